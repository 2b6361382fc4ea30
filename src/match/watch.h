// Why the stages of a rule were or were not met by what was seen: for `pomona rules explain
// --against`.

#ifndef MATCH_WATCH_H
#define MATCH_WATCH_H

#include "base/buf.h"
#include "match/rules.h"

// Of one stage, or of `until`.
struct watch_stage {
    uint64_t asked;  // Events that could have met it.
    uint64_t met;
    uint64_t outcomes[TAKE_OUTCOME_COUNT];  // Of those, for each of their keys.
    // The event that came nearest, where none met it: how many of its conditions held.
    bool has_nearest;
    uint32_t held;
    uint32_t conditions;
    int64_t time_ns;
    struct buf nearest;  // What did not hold, a line each, with the values.
};

struct watch {
    const struct rules *rules;
    uint32_t rule;
    struct watch_stage *stages;  // One for each stage, and one for `until`.
    uint32_t stage_count;
};

void watch_init(struct watch *w, const struct rules *rules, uint32_t rule);
void watch_done(struct watch *w);
// The event, which the scratch looks at.
void watch_see(struct watch *w, const struct event *event, struct eql_scratch *scratch);
// What became of the event in the stage, as sequences_take() says.
void watch_taken(struct watch *w, struct rule_stage stage, const uint32_t *outcomes);

#endif
