#include "score/learner.h"

#include "score/behaviour.h"

#include <stdlib.h>

#define ENTRIES_MIN 64u
#define NO_DAY      INT32_MIN

struct learned {
    struct baseline_evidence evidence;  // All but `rules`.
    str rules[BASELINE_RULES_MAX];
    size_t rule_count;
};

struct learned_host {
    bool is_seen;
    uint64_t hash;
    str id;
    int32_t last_day;  // Added last to `days`.
    struct day_set days;
};

struct learner {
    const str *contexts;
    size_t context_count;
    struct learned *at;
    size_t count;
    size_t capacity;
    struct map index;            // Of actor, behaviour, object: numbers in `at`.
    struct learned_host *hosts;  // By the number of the host.
    size_t host_capacity;
    struct arena texts;
    struct arena scratch;  // Of one event.
    int64_t first_ns;
    int64_t last_ns;
    struct learner_counts counts;
};

struct wanted {
    const struct learner *learner;
    const struct behaviour *behaviour;
};

static struct learned_host *see_host(struct learner *l, const struct hosts *hosts,
                                     const struct event *event);
static bool is_in_context(const struct learner *l, const struct event *event);
static void count_behaviour(struct learner *l, const struct behaviour *b,
                            const struct learned_host *host, const struct event *event);
static struct learned *find(const struct learner *l, const struct behaviour *b);
static struct learned *find_or_add(struct learner *l, const struct behaviour *b, int64_t time_ns);
static void note_rule(struct learner *l, struct learned *e, str rule);
static enum status save(struct learner *l, struct db *db, const struct store_act *act,
                        struct err *err);
static enum status save_hosts(struct learner *l, struct db *db, struct err *err);
static enum status save_entries(struct learner *l, struct db *db, struct err *err);

struct learner *learner_new(const str *contexts, size_t context_count)
{
    struct learner *l = memory_zeroed(1, sizeof *l);
    l->contexts = contexts;
    l->context_count = context_count;
    l->first_ns = INT64_MAX;
    l->last_ns = INT64_MIN;
    return l;
}

void learner_free(struct learner *l)
{
    if (l == NULL)
        return;
    for (size_t i = 0; i < l->count; i++)
        host_set_done(&l->at[i].evidence.hosts);
    free(l->at);
    free(l->hosts);
    map_done(&l->index);
    arena_done(&l->texts);
    arena_done(&l->scratch);
    free(l);
}

const struct learner_counts *learner_counts(const struct learner *l)
{
    return &l->counts;
}

void learner_see(struct learner *l, const struct hosts *hosts, const struct event *event)
{
    if (event->action >= ACTION_COUNT || event->host >= hosts->count)
        return;
    l->counts.events++;
    if (event->time_ns < l->first_ns)
        l->first_ns = event->time_ns;
    if (event->time_ns > l->last_ns)
        l->last_ns = event->time_ns;
    // A quiet Mac is one of those that did nothing of the kind.
    const struct learned_host *host = see_host(l, hosts, event);
    if (!behaviour_is_of(event->action))
        return;
    struct behaviour behaviours[BEHAVIOURS_MAX];
    arena_reset(&l->scratch);
    const size_t count =
        behaviour_find_all(event->action, signer_facts_of_event(event), &l->scratch, behaviours);
    const bool is_in = count > 0 && is_in_context(l, event);
    for (size_t i = 0; i < count; i++) {
        if (!is_in)
            l->counts.other_context++;
        else if (!behaviours[i].is_known)
            l->counts.without_identity++;
        else
            count_behaviour(l, &behaviours[i], host, event);
    }
}

static struct learned_host *see_host(struct learner *l, const struct hosts *hosts,
                                     const struct event *event)
{
    if (event->host >= l->host_capacity) {
        const size_t capacity = 2 * ((size_t)event->host + 1);
        l->hosts = memory_resize(l->hosts, capacity * sizeof *l->hosts);
        memset(&l->hosts[l->host_capacity], 0, (capacity - l->host_capacity) * sizeof *l->hosts);
        l->host_capacity = capacity;
    }
    struct learned_host *host = &l->hosts[event->host];
    const int32_t day = day_set_day_of(event->time_ns);
    if (!host->is_seen) {
        host->is_seen = true;
        host->id = arena_str(&l->texts, hosts->at[event->host].id);
        host->hash = str_hash(host->id, 0);
        host->last_day = NO_DAY;
        l->counts.hosts++;
    }
    if (day != host->last_day) {
        day_set_add(&host->days, day);
        host->last_day = day;
    }
    return host;
}

static bool is_in_context(const struct learner *l, const struct event *event)
{
    const struct value context = event->slots[FIELD_PROCESS_CONTEXT];
    if (l->context_count == 0 || context.type != VALUE_TEXT)
        return true;
    for (size_t i = 0; i < l->context_count; i++)
        if (str_eq(l->contexts[i], value_str(context)))
            return true;
    return false;
}

static void count_behaviour(struct learner *l, const struct behaviour *b,
                            const struct learned_host *host, const struct event *event)
{
    struct learned *e = find_or_add(l, b, event->time_ns);
    if (e == NULL) {
        l->counts.beyond_limit++;
        return;
    }
    const struct value merged = event->slots[FIELD_EVENT_MERGED];
    const uint64_t events =
        merged.type == VALUE_INT && merged.integer > 0 ? 1 + (uint64_t)merged.integer : 1;
    struct baseline_evidence *evidence = &e->evidence;
    const int32_t day = day_set_day_of(event->time_ns);
    l->counts.behaviours++;
    evidence->events += events;
    if (event->time_ns < evidence->first_ns)
        evidence->first_ns = event->time_ns;
    if (event->time_ns > evidence->last_ns)
        evidence->last_ns = event->time_ns;
    day_set_add(&evidence->days, day);
    host_set_add(&evidence->hosts,
                 (struct host_seen){ .host = host->hash, .events = events, .first_day = day });
}

static uint64_t hash_of(const struct behaviour *b)
{
    return str_hash(b->object, str_hash(b->name, str_hash(b->actor, 0)));
}

static bool is_wanted(const void *context, uint32_t value)
{
    const struct wanted *w = context;
    const struct baseline_evidence *e = &w->learner->at[value].evidence;
    return str_eq(e->behaviour, w->behaviour->name) && str_eq(e->actor, w->behaviour->actor) &&
           str_eq(e->object, w->behaviour->object);
}

static struct learned *find(const struct learner *l, const struct behaviour *b)
{
    const struct wanted wanted = { .learner = l, .behaviour = b };
    const uint32_t at = map_find(&l->index, hash_of(b), is_wanted, &wanted);
    return at == MAP_NONE ? NULL : &l->at[at];
}

static struct learned *find_or_add(struct learner *l, const struct behaviour *b, int64_t time_ns)
{
    struct learned *known = find(l, b);
    if (known != NULL || l->count == LEARNER_ENTRIES_MAX)
        return known;
    if (l->at == NULL || l->count == l->capacity) {
        l->capacity = l->capacity == 0 ? ENTRIES_MIN : 2 * l->capacity;
        l->at = memory_resize(l->at, l->capacity * sizeof *l->at);
    }
    struct learned *e = &l->at[l->count];
    *e = (struct learned){
        .evidence = {
            .behaviour = b->name,
            .actor = arena_str(&l->texts, b->actor),
            .object = arena_str(&l->texts, b->object),
            .actor_signing_id = arena_str(&l->texts, str_to(b->actor_signing_id, SIGNER_ID_MAX)),
            .actor_path = arena_str(&l->texts, str_to(b->actor_path, BASELINE_TEXT_MAX)),
            .object_signing_id = arena_str(&l->texts, str_to(b->object_signing_id, SIGNER_ID_MAX)),
            .object_path = arena_str(&l->texts, str_to(b->object_path, BASELINE_TEXT_MAX)),
            .first_ns = time_ns,
            .last_ns = time_ns,
        },
    };
    map_add(&l->index, hash_of(b), (uint32_t)l->count);
    l->count++;
    l->counts.entries++;
    return e;
}

void learner_take(struct learner *l, const struct finding *finding)
{
    struct behaviour behaviours[BEHAVIOURS_MAX];
    for (size_t i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->steps[i];
        arena_reset(&l->scratch);
        const size_t count =
            behaviour_find_all(step->action, signer_facts_of_step(step), &l->scratch, behaviours);
        for (size_t k = 0; k < count; k++) {
            struct learned *e = behaviours[k].is_known ? find(l, &behaviours[k]) : NULL;
            if (e == NULL)
                continue;
            note_rule(l, e, finding->rule->id);
            e->evidence.is_critical |= finding->rule->level == LEVEL_CRITICAL;
        }
    }
}

static void note_rule(struct learner *l, struct learned *e, str rule)
{
    for (size_t i = 0; i < e->rule_count; i++)
        if (str_eq(e->rules[i], rule))
            return;
    if (e->rule_count < BASELINE_RULES_MAX)
        e->rules[e->rule_count++] = arena_str(&l->texts, rule);
}

enum status learner_save(struct learner *l, struct db *db, const struct store_act *act,
                         struct err *err)
{
    const enum status status = db_begin(db, err);
    return status == OK ? db_end(db, save(l, db, act, err), err) : status;
}

static enum status save(struct learner *l, struct db *db, const struct store_act *act,
                        struct err *err)
{
    enum status status = save_hosts(l, db, err);
    if (status == OK)
        status = save_entries(l, db, err);
    const struct baseline_run run = { .entries = l->counts.entries,
                                      .hosts = l->counts.hosts,
                                      .events = l->counts.behaviours,
                                      .first_ns = l->first_ns,
                                      .last_ns = l->last_ns };
    return status == OK && l->counts.events > 0 ? baseline_store_put_run(db, act, &run, err)
                                                : status;
}

static enum status save_hosts(struct learner *l, struct db *db, struct err *err)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < l->host_capacity; i++) {
        const struct learned_host *host = &l->hosts[i];
        if (host->is_seen)
            status = baseline_store_put_host(db, host->hash, host->id, &host->days, err);
    }
    return status;
}

static enum status save_entries(struct learner *l, struct db *db, struct err *err)
{
    struct buf rules;
    struct baseline_hosts *hosts = NULL;
    enum status status = baseline_hosts_open(db, &hosts, err);
    buf_init(&rules, (size_t)BASELINE_RULES_MAX * 512);
    for (size_t i = 0; status == OK && i < l->count; i++) {
        struct learned *e = &l->at[i];
        bool was_expected = false;
        buf_reset(&rules);
        for (size_t k = 0; k < e->rule_count; k++) {
            buf_add(&rules, k > 0 ? STR(" ") : STR_EMPTY);
            buf_add(&rules, e->rules[k]);
        }
        e->evidence.rules = buf_str(&rules);
        status = baseline_store_put(db, hosts, &e->evidence, &was_expected, err);
        l->counts.expected_before += was_expected;
        l->counts.critical += e->evidence.is_critical;
        l->counts.critical_but_expected += was_expected && e->evidence.is_critical;
    }
    baseline_hosts_close(hosts);
    buf_done(&rules);
    return status;
}
