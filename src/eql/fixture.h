// What the tests of this directory share: one event, and the answer to a condition on it.

#ifndef EQL_FIXTURE_H
#define EQL_FIXTURE_H

#include "eql/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const str fixture_shells[] = { STR_INIT("sh"), STR_INIT("bash"), STR_INIT("zsh") };

static inline bool fixture_find(const void *context, str name, const str **at, size_t *count)
{
    (void)context;
    if (!str_eq(name, STR("shells")))
        return false;
    *at = fixture_shells;
    *count = COUNT_OF(fixture_shells);
    return true;
}

static inline str fixture_nearest(const void *context, str name)
{
    (void)context;
    return str_distance(name, STR("shells"), 2) <= 2 ? STR("shells") : STR_EMPTY;
}

static const struct eql_lists fixture_lists = { .find = fixture_find, .nearest = fixture_nearest };
static const struct eql_options fixture_options = { .lists = &fixture_lists, .allows_pipes = true };

// A process event; what is not set here is missing: user.id, process.exit_code, file.path, ...
static inline void fixture_fill(struct event *event, struct value slots[FIELD_COUNT])
{
    static const struct value args[] = {
        { .text = "zsh", .len = 3, .type = VALUE_TEXT },
        { .text = "-c", .len = 2, .type = VALUE_TEXT },
        { .text = "Whoami", .len = 6, .type = VALUE_TEXT },
    };
    memset(slots, 0, FIELD_COUNT * sizeof *slots);
    slots[FIELD_EVENT_ACTION] = value_of_text(STR("exec"));
    slots[FIELD_PROCESS_NAME] = value_of_text(STR("zsh"));
    slots[FIELD_PROCESS_EXECUTABLE] = value_of_text(STR("/bin/zsh"));
    slots[FIELD_PROCESS_COMMAND_LINE] = value_of_text(STR("zsh -c Whoami"));
    slots[FIELD_PROCESS_WORKING_DIRECTORY] = value_of_text(STR("/Users/Zo\xc3\xab/a*b?c"));
    slots[FIELD_PROCESS_PID] = value_of_int(501);
    slots[FIELD_PROCESS_ARGS_COUNT] = value_of_int(3);
    slots[FIELD_PROCESS_ARGS] = value_of_list(args, COUNT_OF(args));
    slots[FIELD_PROCESS_ENV_VARS] = value_of_list(args, 0);
    slots[FIELD_PROCESS_CS_HARD] = value_of_bool(true);
    slots[FIELD_PROCESS_CS_ADHOC] = value_of_bool(false);
    slots[FIELD_HOST_NAME] = value_of_text(STR("10.1.2.3"));
    slots[FIELD_HOST_ID] = value_of_text(STR("2001:db8::1"));
    slots[FIELD_PARENT_NAME] = value_of_text(STR(""));
    *event = (struct event){
        .action = ACTION_EXEC,
        .categories = CATEGORY_PROCESS,
        .slot_count = FIELD_COUNT,
        .slots = slots,
    };
}

// Fails the test with the sentence where the condition is refused.
static inline bool fixture_holds(const char *condition)
{
    char query[4096];
    struct value slots[FIELD_COUNT];
    struct event event;
    struct eql_plan *plan;
    struct err err;
    (void)snprintf(query, sizeof query, "any where %s", condition);
    if (eql_compile(str_of(query), &fixture_options, &plan, NULL, &err) != OK)
        fail_msg("%s: %s", condition, err.text);
    struct eql_scratch *scratch = eql_scratch_new(plan->pool);
    fixture_fill(&event, slots);
    eql_look_at(scratch, &event);
    const bool holds = eql_holds(scratch, plan->stages[0].condition, NULL);
    eql_scratch_free(scratch);
    eql_plan_free(plan);
    return holds;
}

// A condition and its answer; a table of them, checked one by one.
struct fixture_case {
    const char *condition;
    bool holds;
};

static inline void fixture_check(const struct fixture_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fixture_holds(cases[i].condition) != cases[i].holds)
            fail_msg("%s: expected %s", cases[i].condition, cases[i].holds ? "yes" : "no");
}

// A query and the sentence that refuses it.
struct fixture_refusal {
    const char *query;
    const char *sentence;
};

static inline void fixture_refuse(const struct fixture_refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct eql_plan *plan = NULL;
        struct err err;
        if (eql_compile(str_of(cases[i].query), &fixture_options, &plan, NULL, &err) == OK) {
            eql_plan_free(plan);
            fail_msg("accepted: %s", cases[i].query);
        }
        assert_null(plan);
        assert_string_equal(err.text, cases[i].sentence);
    }
}

#endif
