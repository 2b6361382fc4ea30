// A loaded rule set: plans, and for every action the stages that an event of it may meet.

#ifndef MATCH_RULES_H
#define MATCH_RULES_H

#include "eql/plan.h"
#include "match/dispatch.h"
#include "match/match.h"
#include "match/rule_file.h"

struct rule {
    struct rule_facts facts;
    str query;
    struct eql_plan *plan;
    str path;
    bool shows[FIELD_COUNT];  // Fields that it names.
    uint32_t line;            // Where its query begins.
    uint32_t column;
};

struct rules {
    struct arena arena;
    struct eql_pool *pool;
    struct rule *at;
    size_t count;
    struct rule_list *lists;
    size_t list_count;
    struct sensor_profiles profiles;
    struct rule_problem *problems;
    size_t problem_count;
    struct dispatch dispatch[ACTION_COUNT];
};

static inline const struct eql_stage *rule_stage_of(const struct rules *r, struct rule_stage s)
{
    const struct eql_plan *plan = r->at[s.rule].plan;
    return s.stage == STAGE_UNTIL ? &plan->until : &plan->stages[s.stage];
}

#endif
