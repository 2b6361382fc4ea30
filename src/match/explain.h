// What a rule was compiled to, in words, for those who write rules.

#ifndef MATCH_EXPLAIN_H
#define MATCH_EXPLAIN_H

#include "base/buf.h"
#include "match/match.h"

// How slots of events are called.
struct explain_names {
    const void *context;
    str (*of)(const void *context, uint16_t slot);
};

// The head: what it is, its keys, spans and pipes.
void explain_query(const struct eql_plan *plan, const struct explain_names *names, struct buf *out);
// One stage, or STAGE_UNTIL: its conditions one by one in the order of asking, and the fields it
// needs.
void explain_stage(const struct eql_plan *plan, uint32_t stage, const struct explain_names *names,
                   struct buf *out);

// All of a rule: beside that, which events its stages are asked of, how they are found, the signals
// they need, and what its state may grow to.
void rules_explain(const struct rules *r, size_t rule, const struct match_options *options,
                   struct buf *out);

// A value as a rule would write it; long ones cut.
void explain_value(struct value v, struct buf *out);

#endif
