// How well it could be seen at the end of the period: each signal by Macs in each state, each rule by Macs on which it
// can see.

#include "evidence/gather.h"
#include "match/rules.h"

#include <stdlib.h>

static enum status add_signals(struct evidence_gathering *g, struct err *err);
static enum status add_sight(struct evidence_gathering *g, struct err *err);

enum status evidence_gather_figures(struct evidence_gathering *g, struct err *err)
{
    const enum status status = add_signals(g, err);
    return status == OK ? add_sight(g, err) : status;
}

static enum status add_signals(struct evidence_gathering *g, struct err *err)
{
    const struct evidence_measure *m = &g->measure;
    struct buf *b = evidence_members_begin(g->m, STR("signals.csv"));
    buf_add(b, STR("signal"));
    for (size_t state = 0; state < COVERAGE_STATE_COUNT; state++) {
        const str name = coverage_state_name((enum coverage_state)state);
        buf_printf(b, ",%.*s", STR_ARG(name));
    }
    buf_add_char(b, '\n');
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        size_t macs[COVERAGE_STATE_COUNT] = { 0 };
        for (size_t i = 0; i < m->mac_count; i++)
            macs[m->macs[i].signals[s].state]++;
        evidence_add_cell(b, signal_traits[s].name, false);
        for (size_t state = 0; state < COVERAGE_STATE_COUNT; state++)
            evidence_add_number(b, macs[state], state + 1 == COVERAGE_STATE_COUNT);
    }
    return evidence_members_end(g->m, err);
}

static enum status add_sight(struct evidence_gathering *g, struct err *err)
{
    const struct fidelity_options *o = coverage_options(g->fidelity);
    struct buf *b = evidence_members_begin(g->m, STR("sight.csv"));
    size_t *numbers = memory_zeroed(o->rule_count + 1, sizeof *numbers);
    struct evidence_sight_set *sets = memory_zeroed(o->rule_count + 1, sizeof *sets);
    struct evidence_sight *sight = memory_zeroed(o->rule_count + 1, sizeof *sight);
    for (size_t i = 0; i < o->rule_count; i++) {
        numbers[i] = i;
        sets[i] = (struct evidence_sight_set){ .rules = &numbers[i], .count = 1 };
    }
    evidence_measure_sight(&g->measure, o->rules, sets, o->rule_count, sight);
    buf_add(b, STR("rule"));
    for (size_t k = 0; k < COVERAGE_SIGHT_COUNT; k++) {
        const str name = coverage_sight_name((enum coverage_sight)k);
        buf_printf(b, ",%.*s", STR_ARG(name));
    }
    buf_add_char(b, '\n');
    for (size_t i = 0; i < o->rule_count; i++) {
        evidence_add_cell(b, o->rules[i].facts->id, false);
        for (size_t k = 0; k < COVERAGE_SIGHT_COUNT; k++)
            evidence_add_number(b, sight[i].macs[k], k + 1 == COVERAGE_SIGHT_COUNT);
    }
    free(numbers);
    free(sets);
    free(sight);
    return evidence_members_end(g->m, err);
}
