// What a match is worth: level, score with its parts, confidence with what was not known,
// and the finding's id.
//
// The level is the rule's. The score starts at the level's base and says how much worse the
// circumstances make it; it never reaches the base of the next level, so sorting by score
// never puts a lesser level first:
//
//     base                        10, 30, 50, 70, 90 by level
//     the process is not trusted  +5 (SCORE_UNTRUSTED)
//     hidden or temporary place   +5 (SCORE_PLACE), of the process, a library or a file
//     every step after the first  +1 (SCORE_STEP), at most +5
//     every kind of unknown       -1 (SCORE_UNKNOWN), below, at most -5
//
// Confidence starts at 100 and loses what could not be seen: a part for each kind of unknown,
// once for a finding however many of its steps have it. The table in score.c names them. What the
// Mac could not show comes with the finding (finding->doubts), each with what it costs: 5 points
// for signals of the analytic that no sensor there shows, 5 for what would have ruled the finding
// out, 5 for facts that the rule names and no record there tells (fidelity.h).
//
// The id is 128 bits, two chains of the 64-bit hash of base/str.h that differ in their seed,
// over rule id, rule version, host id, and each step's time, sequence number, action and
// process entity, in order, each with its length before it. No wall clock, no offset, no order
// of inputs: a replay yields the same ids.

#ifndef SCORE_SCORE_H
#define SCORE_SCORE_H

#include "event/batch.h"
#include "event/projection.h"

#define SCORE_MAX          100u
#define SCORE_UNTRUSTED    5u
#define SCORE_PLACE        5u
#define SCORE_STEP         1u
#define SCORE_STEPS_MAX    5u
#define SCORE_UNKNOWN      1u
#define SCORE_UNKNOWNS_MAX 5u

struct score_counts {
    uint64_t in;
    uint64_t by_level[LEVEL_COUNT];
};

struct scorer;

struct scorer *scorer_new(void);
void scorer_free(struct scorer *s);
void score(struct scorer *s, struct finding *finding, struct batch *batch);
// Fields that every step must show for scoring and for sinks, of those actions of which somebody
// wants something already: to be called when the rules have said what they want.
void score_want(struct projection *projection);
const struct score_counts *scorer_counts(const struct scorer *s);

#endif
