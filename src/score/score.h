// What a match is worth: level, score with its parts, confidence with what was not known,
// and the finding's id.
//
// The level is the rule's, and the next one up on a Mac of $critical_hosts. The score starts at the
// level's base. What makes it worse here is added, at most SCORE_WORSE_MAX together; what makes it
// less so is taken away, at most SCORE_BETTER_MAX together. The two are less than a level apart,
// so sorting by score never puts a lesser level first:
//
//     base                                     10, 30, 50, 70, 90 by level
//     the process is not trusted               +3
//     hidden or temporary place                +3, of the process, a library or a file
//     a library of another signer, or of none  +2
//     what ran is new                          +2, created less than a day before
//     it bears the mark of a download          +1
//     a program of another team was acted upon +1
//     never seen here                          +2, by the baseline
//     every step after the first               +1, at most +3
//     usual here                               -2, by the baseline
//     context dev or test                      -2
//     every kind of unknown                    -1, below, at most -4
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

#define SCORE_MAX        100u
#define SCORE_WORSE_MAX  12u
#define SCORE_BETTER_MAX 7u
// What the baseline has seen on this share of the Macs, and on so many days, is usual here.
#define SCORE_USUAL_PERCENT 10u
#define SCORE_USUAL_DAYS    3u

struct score_options {
    const struct hosts *hosts;
    const str *critical_hosts;  // $critical_hosts: ids or names.
    size_t critical_host_count;
};

struct scorer;

// All of `options` is borrowed.
struct scorer *scorer_new(const struct score_options *options);
void scorer_free(struct scorer *s);
// Fills what finding.h says is filled by score, but for the verdict, which is given.
void score(const struct scorer *s, struct finding *finding, struct batch *batch);
// Fields that every step must show for scoring and for sinks, of those actions of which somebody
// wants something already: to be called when the rules have said what they want.
void score_want(struct projection *projection);

#endif
