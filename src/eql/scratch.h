// Memory of one evaluating thread.

#ifndef EQL_SCRATCH_H
#define EQL_SCRATCH_H

#include "base/arena.h"
#include "eql/plan.h"

// Of a field: its value in lower case, for the event with that number.
struct lower_value {
    uint32_t event_number;
    struct value value;
};

struct eql_scratch {
    const struct eql_pool *pool;
    const struct event *event;
    const struct value *row;  // Of the _arraysearch that is going on.
    uint32_t row_len;
    uint32_t row_tries;  // Combinations of values tried in it.
    // For each leaf: twice the number of the event it was last asked of, plus the answer.
    uint32_t *answers;
    uint32_t event_number;
    uint64_t combinations_cut;  // Leaves that were not asked of all combinations of their values.
    uint64_t patterns_cut;  // Patterns that were given up before it was known whether they match.
    struct lower_value *lower;  // By slot.
    uint32_t lower_count;
    struct arena event_arena;  // Of the event that is looked at.
    struct arena arena;        // Text that functions build, until the leaf is answered.
    void *regex_match;         // regex.c's own.
    void *regex_limits;
    void *regex_stack;
};

void regex_scratch_init(struct eql_scratch *s);
void regex_scratch_done(struct eql_scratch *s);

#endif
