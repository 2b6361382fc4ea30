// What must be seen for a rule to be completed, from its query alone.

#include "match/rules.h"

uint32_t rules_stage_count(const struct rules *r, size_t rule)
{
    const struct eql_plan *plan = r->at[rule].plan;
    return plan->stage_count + plan->has_until;
}

struct signal_need rules_need(const struct rules *r, size_t rule, uint32_t stage)
{
    const struct eql_plan *plan = r->at[rule].plan;
    const uint32_t number = stage < plan->stage_count ? stage : STAGE_UNTIL;
    const struct rule_stage which = { (uint32_t)rule, number };
    const struct eql_stage *what = rule_stage_of(r, which);
    struct signal_need need = { .is_guard = number == STAGE_UNTIL || what->missing };
    bool fields[FIELD_COUNT] = { false };
    for (size_t action = 0; action < ACTION_COUNT; action++)
        if (dispatch_has(&r->dispatch[action], which))
            need.any_of |= SIGNAL_BIT(signal_of_action((enum action)action));
    dispatch_shows(plan, number, fields);
    for (size_t field = 0; field < FIELD_COUNT; field++) {
        const enum signal fact = fields[field] ? signal_of_field((enum field)field) : SIGNAL_COUNT;
        if (fact != SIGNAL_COUNT)
            need.facts |= SIGNAL_BIT(fact);
    }
    if (eql_asks_ancestors(plan->pool, what->condition))
        need.facts |= SIGNAL_BIT(SIGNAL_PARENT);
    return need;
}
