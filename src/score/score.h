// What a match is worth: level, score with its parts, confidence with what was not known,
// and the finding's id.
//
// The id is the first 128 bits of XXH3-128 over rule id, rule version, host, and each step's
// time, sequence number, action and entity, in order, each with its length before it. No wall
// clock, no offset: a replay yields the same ids.

#ifndef SCORE_SCORE_H
#define SCORE_SCORE_H

#include "event/batch.h"
#include "event/projection.h"

struct score_counts {
    uint64_t in;
    uint64_t by_level[LEVEL_COUNT];
};

struct scorer;

struct scorer *scorer_new(void);
void scorer_free(struct scorer *s);
// `missed_before`: of each host, records known to be lost so far (may be NULL).
void score(struct scorer *s, struct finding *finding, uint64_t missed_on_host, struct batch *batch);
// Fields that every step must show for scoring and for sinks.
void score_want(struct projection *projection);
const struct score_counts *scorer_counts(const struct scorer *s);

#endif
