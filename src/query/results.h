// What was found, on its way through the pipes to the caller: `head` lets the first few pass,
// `tail` holds the last few until the end.

#ifndef QUERY_RESULTS_H
#define QUERY_RESULTS_H

#include "eql/plan.h"
#include "match/key.h"
#include "match/sequence.h"

struct result {
    struct result *next;
    struct key *key;  // NULL: not a sequence.
    uint32_t step_count;
    struct held *steps[];  // NULL for a missing event.
};

struct result_queue {
    struct result *first;
    struct result *last;
    uint64_t count;
};

struct pipe_state {
    uint64_t passed;           // head
    struct result_queue held;  // tail
};

struct results {
    const struct eql_plan *plan;
    struct pipe_state pipes[EQL_PIPES_MAX];
    struct result_queue ready;
    void (*drop)(void *context, struct result *result);
    void *context;
};

void results_init(struct results *r, const struct eql_plan *plan,
                  void (*drop)(void *context, struct result *result), void *context);
void results_done(struct results *r);
// Takes the result over.
void results_add(struct results *r, struct result *result);
// Nothing more is added: what `tail` held passes on.
void results_end(struct results *r);
// Whether whatever is added now could never pass.
bool results_are_complete(const struct results *r);
// The caller's to drop; NULL where none is ready.
struct result *results_take(struct results *r);

#endif
