// A query over a stream of events: values are handed to match as it knows them, and what it finds
// goes through the pipes to the caller.

#include "match/match.h"
#include "match/sequence.h"
#include "query/ancestors.h"
#include "query/query.h"
#include "query/results.h"

#include <stdlib.h>

// What match holds of an event: what the caller kept.
struct kept {
    struct held held;
    void *own;
};

struct pomona_eql_run {
    const struct pomona_eql *query;
    struct pomona_eql_options options;
    const struct eql_plan *plans[1];
    struct sequences *sequences;
    struct eql_scratch *scratch;
    struct ancestors ancestors;
    struct results results;
    struct arena arena;  // The event's values.
    struct value *slots;
    struct event event;
    const struct pomona_eql_event *given;
    uint64_t events;
    struct pomona_eql_match match;  // What pomona_eql_next() gave last.
    struct result *taken;
    void **shown;
    struct pomona_eql_value join_keys[EQL_KEYS_MAX];
};

static void take_event(struct pomona_eql_run *run, const struct pomona_eql_event *given);
static struct value value_from_public(struct pomona_eql_run *run, const struct pomona_eql_value *v);
static void mark_ancestors(struct pomona_eql_run *run);
static void ask(struct pomona_eql_run *run, struct rule_stage stage);
static struct held *keep(void *context, const struct event *event);
static void release(void *context, struct held *held);
static void found(void *context, const struct sequence_match *match);
static void drop_result(void *context, struct result *result);
static void drop_taken(struct pomona_eql_run *run);
static struct pomona_eql_value public_of_value(struct value v);

struct pomona_eql_run *pomona_eql_run_new(const struct pomona_eql *query,
                                          const struct pomona_eql_options *options)
{
    static const struct pomona_eql_options none = { 0 };
    struct pomona_eql_run *run = memory_zeroed(1, sizeof *run);
    const struct pomona_eql_options *o = options == NULL ? &none : options;
    const uint32_t partials_max = o->partials_max > 0 ? o->partials_max : PARTIALS_MAX_DEFAULT;
    run->query = query;
    run->options = *o;
    run->plans[0] = query->plan;
    run->scratch = eql_scratch_new(query->plan->pool);
    run->slots = memory_zeroed(query->field_count + 1, sizeof *run->slots);
    run->event = (struct event){ .slots = run->slots, .slot_count = query->field_count };
    run->shown = memory_zeroed(query->plan->stage_count, sizeof *run->shown);
    const struct sequences_options sequences = {
        .plans = run->plans,
        .plan_count = 1,
        .scratch = run->scratch,
        .partials_max = partials_max,
        .rule_partials_max = partials_max,
        .memory_max_bytes =
            o->memory_max_bytes > 0 ? o->memory_max_bytes : MATCH_MEMORY_MAX_DEFAULT,
        .keep = keep,
        .release = release,
        .found = found,
        .context = run,
    };
    run->sequences = sequences_new(&sequences);
    results_init(&run->results, query->plan, drop_result, run);
    return run;
}

void pomona_eql_run_free(struct pomona_eql_run *run)
{
    if (run == NULL)
        return;
    drop_taken(run);
    results_done(&run->results);
    sequences_free(run->sequences);
    eql_scratch_free(run->scratch);
    ancestors_done(&run->ancestors);
    arena_done(&run->arena);
    free(run->slots);
    free(run->shown);
    free(run);
}

bool pomona_eql_feed(struct pomona_eql_run *run, const struct pomona_eql_event *given)
{
    const struct eql_plan *plan = run->query->plan;
    drop_taken(run);
    if (results_are_complete(&run->results))
        return false;
    take_event(run, given);
    sequences_advance_clock(run->sequences, &run->event);
    eql_look_at(run->scratch, &run->event);
    if (plan->pool->lineage_count > 0)
        mark_ancestors(run);
    for (uint32_t stage = plan->stage_count; stage > 0; stage--)
        ask(run, (struct rule_stage){ 0, stage - 1 });
    if (plan->has_until)
        ask(run, (struct rule_stage){ 0, STAGE_UNTIL });
    sequences_done_with(run->sequences);
    if (run->arena.used > 0)
        arena_reset(&run->arena);
    run->given = NULL;
    return !results_are_complete(&run->results);
}

static void take_event(struct pomona_eql_run *run, const struct pomona_eql_event *given)
{
    for (uint32_t i = 0; i < run->query->field_count; i++)
        run->slots[i] = value_from_public(run, &given->values[i]);
    run->event.time_ns = given->time_ns;
    run->event.sequence = given->tiebreaker;
    run->event.has_sequence = given->has_tiebreaker;
    run->event.categories = query_categories(run->query, given->categories, given->category_count);
    run->event.arrival = run->events++;
    run->given = given;
}

// The lists of a field's rows are lists of values: there is no third level.
static struct value value_from_public(struct pomona_eql_run *run, const struct pomona_eql_value *v)
{
    static const uint8_t types[] = {
        [POMONA_EQL_MISSING] = VALUE_MISSING, [POMONA_EQL_BOOLEAN] = VALUE_BOOL,
        [POMONA_EQL_INTEGER] = VALUE_INT,     [POMONA_EQL_REAL] = VALUE_FLOAT,
        [POMONA_EQL_STRING] = VALUE_TEXT,     [POMONA_EQL_LIST] = VALUE_LIST,
    };
    if (v->type == POMONA_EQL_BOOLEAN)
        return value_of_bool(v->boolean);
    if (v->type != POMONA_EQL_LIST)
        return (struct value){ .integer = v->integer, .len = v->len, .type = types[v->type] };
    struct value *list = arena_alloc(&run->arena, (v->len + 1) * sizeof *list);
    for (uint32_t i = 0; i < v->len; i++)
        list[i] = value_from_public(run, &v->list[i]);
    return value_of_list(list, v->len);
}

static void mark_ancestors(struct pomona_eql_run *run)
{
    const struct pomona_eql *q = run->query;
    const struct value missing = { .type = VALUE_MISSING };
    const struct value entity =
        q->entity_slot == QUERY_SLOT_NONE ? missing : run->slots[q->entity_slot];
    const struct value parent =
        q->parent_slot == QUERY_SLOT_NONE ? missing : run->slots[q->parent_slot];
    struct lineage *lineage =
        ancestors_meet(&run->ancestors, entity, parent, q->plan->pool->lineage_count);
    run->event.lineage = lineage;
    for (uint32_t i = 0; lineage != NULL && i < q->plan->pool->lineage_count; i++) {
        const struct plan_lineage *asked = &q->plan->pool->lineages[i];
        if ((asked->categories & run->event.categories) != 0 &&
            eql_holds(run->scratch, asked->condition, NULL))
            lineage_meet(lineage, i);
    }
}

static void ask(struct pomona_eql_run *run, struct rule_stage stage)
{
    const struct eql_plan *plan = run->query->plan;
    const struct eql_stage *what =
        stage.stage == STAGE_UNTIL ? &plan->until : &plan->stages[stage.stage];
    if ((what->categories & run->event.categories) == 0)
        return;
    if (plan->is_sequence && !sequences_wait(run->sequences, stage))
        return;
    if (!(what->depends ? eql_may_hold(run->scratch, what->condition, NULL)
                        : eql_holds(run->scratch, what->condition, NULL)))
        return;
    if (plan->is_sequence)
        sequences_take(run->sequences, stage, &run->event);
    else
        sequences_report_event(run->sequences, 0, &run->event);
}

void pomona_eql_end(struct pomona_eql_run *run)
{
    drop_taken(run);
    sequences_end(run->sequences);
    results_end(&run->results);
}

static struct held *keep(void *context, const struct event *event)
{
    struct pomona_eql_run *run = context;
    struct kept *kept = memory_zeroed(1, sizeof *kept);
    size_t size = 0;
    (void)event;
    kept->own = run->options.keep == NULL
                    ? run->given->own
                    : run->options.keep(run->options.context, run->given, &size);
    const size_t whole = sizeof *kept + size;
    kept->held.references = 1;
    kept->held.size_bytes = whole < UINT32_MAX ? (uint32_t)whole : UINT32_MAX;
    return &kept->held;
}

static void release(void *context, struct held *held)
{
    struct pomona_eql_run *run = context;
    struct kept *kept = (struct kept *)held;
    if (run->options.release != NULL)
        run->options.release(run->options.context, kept->own);
    free(kept);
}

static void found(void *context, const struct sequence_match *match)
{
    struct pomona_eql_run *run = context;
    struct result *result =
        memory_zeroed(1, sizeof *result + match->step_count * sizeof *result->steps);
    result->key = match->key == NULL ? NULL : key_keep(match->key);
    result->step_count = (uint32_t)match->step_count;
    for (size_t i = 0; i < match->step_count; i++) {
        result->steps[i] = match->steps[i];
        if (result->steps[i] != NULL)
            result->steps[i]->references++;
    }
    results_add(&run->results, result);
}

static void drop_result(void *context, struct result *result)
{
    struct pomona_eql_run *run = context;
    for (uint32_t i = 0; i < result->step_count; i++)
        sequences_drop(run->sequences, result->steps[i]);
    free(result->key);
    free(result);
}

static void drop_taken(struct pomona_eql_run *run)
{
    if (run->taken != NULL)
        drop_result(run, run->taken);
    run->taken = NULL;
}

const struct pomona_eql_match *pomona_eql_next(struct pomona_eql_run *run)
{
    drop_taken(run);
    run->taken = results_take(&run->results);
    if (run->taken == NULL)
        return NULL;
    const struct result *r = run->taken;
    for (uint32_t i = 0; i < r->step_count; i++)
        run->shown[i] = r->steps[i] == NULL ? NULL : ((const struct kept *)r->steps[i])->own;
    struct value values[EQL_KEYS_MAX];
    const uint32_t key_count = r->key == NULL ? 0 : key_values(r->key, values);
    for (uint32_t i = 0; i < key_count; i++)
        run->join_keys[i] = public_of_value(values[i]);
    run->match = (struct pomona_eql_match){ .events = run->shown,
                                            .event_count = r->step_count,
                                            .join_keys = run->join_keys,
                                            .join_key_count = key_count };
    return &run->match;
}

static struct pomona_eql_value public_of_value(struct value v)
{
    switch (v.type) {
    case VALUE_BOOL:
        return (struct pomona_eql_value){ .type = POMONA_EQL_BOOLEAN, .boolean = v.boolean };
    case VALUE_INT:
        return (struct pomona_eql_value){ .type = POMONA_EQL_INTEGER, .integer = v.integer };
    case VALUE_FLOAT:
        return (struct pomona_eql_value){ .type = POMONA_EQL_REAL, .real = v.real };
    case VALUE_TEXT:
        return (
            struct pomona_eql_value){ .type = POMONA_EQL_STRING, .len = v.len, .string = v.text };
    default:
        return (struct pomona_eql_value){ .type = POMONA_EQL_MISSING };
    }
}

struct pomona_eql_counts pomona_eql_run_counts(const struct pomona_eql_run *run)
{
    const struct sequence_counts *total = sequences_total(run->sequences);
    struct pomona_eql_counts counts = {
        .events = run->events,
        .matches = total->matches,
        .partials_begun = total->begun,
        .partials_expired = total->expired,
        .partials_replaced = total->replaced,
        .partials_killed = total->killed,
        .partials_spoiled = total->spoiled,
        .keys_cut = sequences_keys_cut(run->sequences),
        .combinations_cut = eql_combinations_cut(run->scratch),
        .patterns_cut = eql_patterns_cut(run->scratch),
        .processes_evicted = run->ancestors.evicted,
        .partials_open = total->open,
        .memory_bytes = total->memory_bytes,
    };
    for (size_t i = 0; i < EVICT_REASON_COUNT; i++)
        counts.partials_evicted += total->evicted[i];
    return counts;
}
