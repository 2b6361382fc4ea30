// A loaded rule set: plans, and for every action the stages that an event of it may meet.

#ifndef MATCH_RULES_H
#define MATCH_RULES_H

#include "eql/plan.h"
#include "match/match.h"
#include "match/rule_file.h"

struct rule {
    struct rule_facts facts;
    str query;
    struct eql_plan *plan;
};

#define STAGE_UNTIL UINT32_MAX

// One stage of one rule. Of a rule the later stages stand first, and `until` stands last: the
// order in which an event is tried.
struct rule_stage {
    uint32_t rule;
    uint32_t stage;  // Or STAGE_UNTIL.
};

struct rule_dispatch {
    struct rule_stage *at;
    size_t count;
    bool shows[FIELD_COUNT];  // Fields that conditions and keys of these stages name.
};

struct rules {
    struct arena arena;
    struct rule *at;
    size_t count;
    struct rule_list *lists;
    size_t list_count;
    struct rule_problem *problems;
    size_t problem_count;
    struct rule_dispatch dispatch[ACTION_COUNT];
};

static inline const struct eql_stage *rule_stage_of(const struct rules *r, struct rule_stage s)
{
    const struct eql_plan *plan = r->at[s.rule].plan;
    return s.stage == STAGE_UNTIL ? &plan->until : &plan->stages[s.stage];
}

#endif
