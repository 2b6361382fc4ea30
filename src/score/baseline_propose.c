#include "score/baseline_propose.h"

#include "score/behaviour.h"

#include <stdlib.h>

#define NS_PER_S INT64_C(1000000000)
#define DAY_S    INT64_C(86400)
#define TEXT_CUT 256u  // Octets of a path, an owner or a reason that are kept.

static enum status add_step(struct baseline_proposed *p, const struct finding_step *step,
                            size_t number, size_t *found, struct arena *arena, struct err *err);
static struct baseline_row *row_of(struct baseline_proposed *p, const struct behaviour *b);
static void fill(struct baseline_row *row, const struct behaviour *b);
static void complete(struct baseline_row *row, const struct finding *f,
                     const struct baseline_wish *wish);
static int64_t day_of(int64_t ns);
static int compare(const void *a, const void *b);

enum status baseline_propose(const struct finding *finding, const struct baseline_wish *wish,
                             struct arena *arena, struct baseline_proposed *out, struct err *err)
{
    struct baseline_proposed p = { .rows = arena_zalloc(arena,
                                                        BASELINE_PROPOSED_MAX * sizeof *p.rows) };
    size_t in_last = 0;
    for (size_t i = 0; i < finding->step_count; i++) {
        const enum status status = add_step(&p, &finding->steps[i], i + 1, &in_last, arena, err);
        if (status != OK)
            return status;
    }
    if (p.count == 0)
        return fail(err, ERR_CONFIG, "none of its steps is a behaviour that a baseline counts");
    // As the baseline judges (score/baseline.c): what it comes to must be among what is known.
    const struct finding_step *last = &finding->steps[finding->step_count - 1];
    if (in_last == 0 && (action_traits[last->action].categories & CATEGORY_FILE) == 0)
        return fail(
            err, ERR_CONFIG,
            "its last step is no behaviour that a baseline counts; an exception can say it");
    for (size_t i = 0; i < p.count; i++)
        complete(&p.rows[i], finding, wish);
    qsort(p.rows, p.count, sizeof *p.rows, compare);
    *out = p;
    return OK;
}

static enum status add_step(struct baseline_proposed *p, const struct finding_step *step,
                            size_t number, size_t *found, struct arena *arena, struct err *err)
{
    struct behaviour behaviours[BEHAVIOURS_MAX];
    *found = behaviour_find_all(step->action, signer_facts_of_step(step), arena, behaviours);
    for (size_t i = 0; i < *found; i++) {
        const struct behaviour *b = &behaviours[i];
        if (!b->is_known)
            return fail(err, ERR_CONFIG, "step %zu, %.*s: %s has no identity", number,
                        STR_ARG(b->name), b->actor.len == 0 ? "who acts" : "what it acts on");
        struct baseline_row *row = row_of(p, b);
        if (row == NULL)
            return fail(err, ERR_CONFIG, "it has more than %u behaviours", BASELINE_PROPOSED_MAX);
        struct baseline_evidence *e = &row->evidence;
        e->first_ns = e->events == 0 || step->time_ns < e->first_ns ? step->time_ns : e->first_ns;
        e->last_ns = step->time_ns > e->last_ns ? step->time_ns : e->last_ns;
        e->events++;
    }
    return OK;
}

static struct baseline_row *row_of(struct baseline_proposed *p, const struct behaviour *b)
{
    uint8_t key[BASELINE_KEY_BYTES];
    baseline_key_of(b->actor, b->name, b->object, key);
    for (size_t i = 0; i < p->count; i++)
        if (memcmp(p->rows[i].key, key, sizeof key) == 0)
            return &p->rows[i];
    if (p->count == BASELINE_PROPOSED_MAX)
        return NULL;
    struct baseline_row *row = &p->rows[p->count++];
    memcpy(row->key, key, sizeof key);
    baseline_id_of(key, row->id);
    fill(row, b);
    return row;
}

static void fill(struct baseline_row *row, const struct behaviour *b)
{
    row->evidence = (struct baseline_evidence){
        .behaviour = b->name,
        .actor = b->actor,
        .object = b->object,
        .actor_signing_id = str_to(b->actor_signing_id, TEXT_CUT),
        .actor_path = str_to(b->actor_path, BASELINE_TEXT_MAX),
        .object_signing_id = str_to(b->object_signing_id, TEXT_CUT),
        .object_path = str_to(b->object_path, BASELINE_TEXT_MAX),
    };
}

static void complete(struct baseline_row *row, const struct finding *f,
                     const struct baseline_wish *wish)
{
    struct baseline_evidence *e = &row->evidence;
    const int64_t now_s = wish->now_ns / NS_PER_S;
    const bool is_critical = f->rule->level == LEVEL_CRITICAL;
    // A time before 1970 is a clock's mistake, and no entry has one.
    e->first_ns = e->first_ns > 0 ? e->first_ns : 0;
    e->last_ns = e->last_ns > e->first_ns ? e->last_ns : e->first_ns;
    e->rules = f->rule->id;
    e->is_critical = is_critical;
    row->host_count = 1;
    row->day_count = day_of(e->first_ns) == day_of(e->last_ns) ? 1 : 2;
    row->noisiest = e->events;
    row->state = is_critical ? BASELINE_PROPOSAL : BASELINE_EXPECTED;
    if (is_critical)
        return;
    row->owner = str_to(wish->owner, BASELINE_TEXT_MAX);
    row->reason = str_to(wish->reason, BASELINE_TEXT_MAX);
    row->promoted_s = now_s;
    // To the end of the day.
    row->expires_s = (now_s / DAY_S + BASELINE_PROPOSED_DAYS + 1) * DAY_S;
}

static int64_t day_of(int64_t ns)
{
    return ns / NS_PER_S / DAY_S;
}

static int compare(const void *a, const void *b)
{
    const struct baseline_row *x = a;
    const struct baseline_row *y = b;
    return memcmp(x->key, y->key, BASELINE_KEY_BYTES);
}
