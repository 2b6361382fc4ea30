#include "match/match.h"

#include "match/sequence.h"

#include <stdlib.h>

struct matcher {
    const struct rules *rules;
    struct sequences *sequences;
    struct eql_scratch *scratch;
    struct match_counts counts;
};

struct matcher *matcher_new(const struct rules *rules, const struct hosts *hosts,
                            const struct match_options *options)
{
    struct matcher *m = memory_zeroed(1, sizeof *m);
    m->rules = rules;
    m->sequences = sequences_new(rules, hosts, options, &m->counts);
    m->scratch = eql_scratch_new();
    return m;
}

void matcher_free(struct matcher *m)
{
    if (m == NULL)
        return;
    sequences_free(m->sequences);
    eql_scratch_free(m->scratch);
    free(m);
}

void match(struct matcher *m, const struct event *event, struct batch *batch)
{
    const struct rule_dispatch *dispatch = &m->rules->dispatch[event->action];
    const size_t before = batch->finding_count;
    struct evidence *evidence = NULL;

    m->counts.in++;
    sequences_advance_clock(m->sequences, event);
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct rule_stage stage = dispatch->at[i];
        const struct eql_plan *plan = m->rules->at[stage.rule].plan;
        if (!sequences_wait(m->sequences, stage) ||
            !eql_holds(plan, rule_stage_of(m->rules, stage)->condition, event, m->scratch))
            continue;
        if (plan->is_sequence)
            sequences_take(m->sequences, stage, event, &evidence, batch);
        else
            sequences_report_event(m->sequences, stage.rule, event, &evidence, batch);
    }
    m->counts.memory_bytes -= evidence_drop(evidence);
    m->counts.findings += batch->finding_count - before;
}

const struct match_counts *matcher_counts(const struct matcher *m)
{
    return &m->counts;
}
