// Memory of one evaluating thread.

#ifndef EQL_SCRATCH_H
#define EQL_SCRATCH_H

#include "base/arena.h"
#include "eql/eql.h"

struct eql_scratch {
    struct arena arena;  // Text that functions build, until the leaf is answered.
    void *regex_match;   // regex.c's own.
    void *regex_limits;
    void *regex_stack;
};

void regex_scratch_init(struct eql_scratch *s);
void regex_scratch_done(struct eql_scratch *s);

#endif
