#include "score/baseline.h"

#include "score/behaviour.h"
#include "store/baseline.h"

#include <stdlib.h>

#define SECOND_NS INT64_C(1000000000)

struct baseline {
    struct baseline_fact *facts;
    size_t count;
    uint64_t hosts;
    uint64_t expected;
};

// What is being found out of one finding.
struct judgement {
    const struct baseline *baseline;
    struct finding *finding;
    size_t behaviour_count;
    size_t covered_count;
    const struct baseline_fact *by[BASELINE_NAMED_MAX];
    size_t by_count;
    size_t more;  // Entries that are not named.
};

static void judge_step(struct judgement *j, const struct finding_step *step, struct arena *arena);
static const struct baseline_fact *find(const struct baseline *b,
                                        const struct behaviour *behaviour);
static bool covers(const struct baseline_fact *fact, const struct finding *finding,
                   int64_t time_ns);
static void note_rarity(struct judgement *j, const struct baseline_fact *fact);
static void note_by(struct judgement *j, const struct baseline_fact *fact);
static str name_entries(const struct judgement *j, struct arena *arena);

enum status baseline_open(str store, struct baseline **out, struct err *err)
{
    struct db *db = NULL;
    struct baseline_meta meta;
    struct baseline *b = memory_zeroed(1, sizeof *b);
    enum status status = store_open(store, DB_READ, &db, err);
    if (status == OK) {
        status = baseline_store_meta(db, &meta, err);
        if (status == OK)
            status = baseline_store_facts(db, &b->facts, &b->count, err);
        if (status != OK)
            err_prefix(err, "the baseline cannot be read");
    }
    db_close(db);
    if (status != OK) {
        baseline_free(b);
        return status;
    }
    b->hosts = meta.hosts;
    b->expected = meta.entries[BASELINE_EXPECTED];
    *out = b;
    return OK;
}

void baseline_free(struct baseline *b)
{
    if (b == NULL)
        return;
    free(b->facts);
    free(b);
}

size_t baseline_entry_count(const struct baseline *b)
{
    return b->count;
}

uint64_t baseline_expected_count(const struct baseline *b)
{
    return b->expected;
}

void baseline_judge(const struct baseline *b, struct finding *finding, struct arena *arena)
{
    struct judgement j = { .baseline = b, .finding = finding };
    if (b == NULL)
        return;
    size_t before_last = 0;
    for (size_t i = 0; i < finding->step_count; i++) {
        before_last = j.behaviour_count;
        judge_step(&j, &finding->steps[i], arena);
    }
    if (finding->verdict == VERDICT_EXCEPTED || j.behaviour_count == 0 ||
        j.covered_count < j.behaviour_count)
        return;
    // What it comes to must be among what is known: that an application is started as always says
    // nothing of the shell that it then starts. Files that are removed at the end are no act of their own.
    const struct finding_step *last = &finding->steps[finding->step_count - 1];
    if (before_last == j.behaviour_count &&
        (action_traits[last->action].categories & CATEGORY_FILE) == 0)
        return;
    finding->verdict = VERDICT_EXPECTED;
    finding->verdict_by = name_entries(&j, arena);
}

static void judge_step(struct judgement *j, const struct finding_step *step, struct arena *arena)
{
    struct behaviour behaviours[BEHAVIOURS_MAX];
    const size_t count =
        behaviour_find_all(step->action, signer_facts_of_step(step), arena, behaviours);
    for (size_t i = 0; i < count; i++) {
        j->behaviour_count++;
        if (!behaviours[i].is_known)
            continue;
        const struct baseline_fact *fact = find(j->baseline, &behaviours[i]);
        note_rarity(j, fact);
        if (fact == NULL || !covers(fact, j->finding, step->time_ns))
            continue;
        j->covered_count++;
        note_by(j, fact);
    }
}

static const struct baseline_fact *find(const struct baseline *b, const struct behaviour *behaviour)
{
    uint8_t key[BASELINE_KEY_BYTES];
    size_t from = 0;
    size_t to = b->count;
    baseline_key_of(behaviour->actor, behaviour->name, behaviour->object, key);
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = memcmp(b->facts[middle].key, key, BASELINE_KEY_BYTES);
        if (order == 0)
            return &b->facts[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static bool covers(const struct baseline_fact *fact, const struct finding *finding, int64_t time_ns)
{
    return fact->state == BASELINE_EXPECTED && time_ns < (int64_t)fact->expires_s * SECOND_NS &&
           (finding->rule->level != LEVEL_CRITICAL || fact->allows_critical);
}

// Of what was never seen here, none of the hosts did it.
static void note_rarity(struct judgement *j, const struct baseline_fact *fact)
{
    struct finding_rarity *rarity = &j->finding->rarity;
    const uint64_t hosts = fact == NULL ? 0 : fact->hosts;
    const uint64_t days = fact == NULL ? 0 : fact->days;
    if (rarity->is_known &&
        (rarity->hosts < hosts || (rarity->hosts == hosts && rarity->days <= days)))
        return;
    *rarity = (struct finding_rarity){
        .is_known = true, .hosts = hosts, .hosts_total = j->baseline->hosts, .days = days
    };
}

static void note_by(struct judgement *j, const struct baseline_fact *fact)
{
    for (size_t i = 0; i < j->by_count; i++)
        if (j->by[i] == fact)
            return;
    if (j->by_count < BASELINE_NAMED_MAX)
        j->by[j->by_count++] = fact;
    else
        j->more++;
}

static str name_entries(const struct judgement *j, struct arena *arena)
{
    str names = STR_EMPTY;
    for (size_t i = 0; i < j->by_count; i++) {
        char id[BASELINE_ID_HEX + 1];
        baseline_id_of(j->by[i]->key, id);
        names = arena_printf(arena, "%.*s%s%s", STR_ARG(names), i == 0 ? "baseline " : ", ", id);
    }
    return j->more == 0 ? names : arena_printf(arena, "%.*s and %zu more", STR_ARG(names), j->more);
}
