#include "match/match.h"

#include "match/evidence.h"
#include "match/recall.h"
#include "match/rules.h"
#include "match/watch.h"

#include <stdlib.h>

struct matcher {
    const struct rules *rules;
    const struct hosts *hosts;
    const struct eql_plan **plans;
    struct sequences *sequences;
    struct eql_scratch *scratch;
    struct recall *recalls[ACTION_COUNT];
    struct watch *watch;
    struct batch *batch;  // Where findings go.
    uint64_t in;
    uint64_t findings;
    struct texts texts;
};

static void mark_lineage(struct matcher *m, const struct event *event);
static struct held *keep(void *context, const struct event *event);
static void release(void *context, struct held *held);
static void report(void *context, const struct sequence_match *found);

static uint64_t or_default(uint64_t value, uint64_t standard)
{
    return value > 0 ? value : standard;
}

struct matcher *matcher_new(const struct rules *rules, const struct hosts *hosts,
                            const struct match_options *options)
{
    struct matcher *m = memory_zeroed(1, sizeof *m);
    m->rules = rules;
    m->hosts = hosts;
    m->watch = options->watch;
    m->scratch = eql_scratch_new(rules->pool);
    m->plans = memory_zeroed(rules->count + 1, sizeof *m->plans);
    for (size_t i = 0; i < rules->count; i++)
        m->plans[i] = rules->at[i].plan;
    const struct sequences_options sequences = {
        .plans = m->plans,
        .plan_count = (uint32_t)rules->count,
        .scratch = m->scratch,
        .partials_max = (uint32_t)or_default(options->partials_max, PARTIALS_MAX_DEFAULT),
        .rule_partials_max =
            (uint32_t)or_default(options->rule_partials_max, RULE_PARTIALS_MAX_DEFAULT),
        .memory_max_bytes = or_default(options->memory_max_bytes, MATCH_MEMORY_MAX_DEFAULT),
        .keep = keep,
        .release = release,
        .found = report,
        .context = m,
    };
    m->sequences = sequences_new(&sequences);
    for (size_t i = 0; i < ACTION_COUNT; i++)
        m->recalls[i] = recall_new(&rules->dispatch[i]);
    return m;
}

void matcher_free(struct matcher *m)
{
    if (m == NULL)
        return;
    sequences_free(m->sequences);
    texts_done(&m->texts);
    for (size_t i = 0; i < ACTION_COUNT; i++)
        recall_free(m->recalls[i]);
    eql_scratch_free(m->scratch);
    free(m->plans);
    free(m);
}

void match(struct matcher *m, const struct event *event, struct batch *batch)
{
    struct recall_cursor cursor;
    struct rule_stage stage;

    m->in++;
    m->batch = batch;
    sequences_advance_clock(m->sequences, event);
    eql_look_at(m->scratch, event);
    if (event->lineage != NULL)
        mark_lineage(m, event);
    if (m->watch != NULL)
        watch_see(m->watch, event, m->scratch);
    recall_begin(m->recalls[event->action], event, m->scratch, &cursor);
    while (recall_next(&cursor, &stage)) {
        const struct eql_stage *what = rule_stage_of(m->rules, stage);
        const bool is_sequence = m->plans[stage.rule]->is_sequence;
        if (is_sequence && !sequences_wait(m->sequences, stage))
            continue;
        if (!(what->depends ? eql_may_hold(m->scratch, what->condition, NULL)
                            : eql_holds(m->scratch, what->condition, NULL)))
            continue;
        static const uint32_t taken[TAKE_OUTCOME_COUNT] = { [TAKE_TAKEN] = 1 };
        const uint32_t *outcomes = taken;
        if (is_sequence)
            outcomes = sequences_take(m->sequences, stage, event);
        else
            sequences_report_event(m->sequences, stage.rule, event);
        if (m->watch != NULL)
            watch_taken(m->watch, stage, outcomes);
    }
    sequences_done_with(m->sequences);
}

void matcher_end(struct matcher *m, struct batch *batch)
{
    m->batch = batch;
    sequences_end(m->sequences);
}

// The process meets conditions that its descendants may be asked for.
static void mark_lineage(struct matcher *m, const struct event *event)
{
    const struct dispatch *d = &m->rules->dispatch[event->action];
    for (uint32_t i = 0; i < d->lineage_count; i++)
        if (!lineage_has_met(event->lineage, d->lineages[i]) &&
            eql_holds(m->scratch, m->rules->pool->lineages[d->lineages[i]].condition, NULL))
            lineage_meet(event->lineage, d->lineages[i]);
}

static struct held *keep(void *context, const struct event *event)
{
    struct matcher *m = context;
    return evidence_keep(event, m->rules->dispatch[event->action].shows, &m->texts);
}

static void release(void *context, struct held *held)
{
    struct matcher *m = context;
    evidence_free(held, &m->texts);
}

// A finding with one step for every event there is.
static void report(void *context, const struct sequence_match *found)
{
    struct matcher *m = context;
    struct batch *batch = m->batch;
    const struct rule *rule = &m->rules->at[found->rule];
    const struct host *host = &m->hosts->at[found->host];
    struct finding *finding = batch_add_finding(batch);
    struct finding_step *steps = arena_alloc(&batch->arena, found->step_count * sizeof *steps);
    size_t count = 0;
    for (size_t i = 0; i < found->step_count; i++) {
        if (found->steps[i] == NULL)
            continue;
        steps[count] = evidence_step(found->steps[i], rule->shows, &m->texts, &batch->arena);
        steps[count++].why = rule->plan->stages[i].text;
    }
    finding->rule = &rule->facts;
    finding->host = found->host;
    finding->host_id = host->id;
    finding->host_name = host->name;
    finding->time_ns = steps[count - 1].time_ns;
    finding->steps = steps;
    finding->step_count = count;
    m->findings++;
}

struct match_counts matcher_counts(const struct matcher *m)
{
    return (struct match_counts){ .in = m->in,
                                  .findings = m->findings,
                                  .keys_cut = sequences_keys_cut(m->sequences),
                                  .combinations_cut = eql_combinations_cut(m->scratch),
                                  .patterns_cut = eql_patterns_cut(m->scratch),
                                  .partials = *sequences_total(m->sequences) };
}

const struct sequence_counts *matcher_rule_counts(const struct matcher *m, size_t rule)
{
    return sequences_of_rule(m->sequences, (uint32_t)rule);
}

size_t matcher_rule_count(const struct matcher *m)
{
    return m->rules->count;
}

const struct rule_facts *matcher_rule(const struct matcher *m, size_t rule)
{
    return &m->rules->at[rule].facts;
}
