// One act is one finding: what several rules say of the same, and what comes again.
//
// Findings of one Mac whose acts are one are told as one, the gravest, with the others in
// finding->also. Two acts are one where a process that acted in one of them acted in the other, or
// was acted upon there. A part of macOS that acts counts only if the finding is about it (its last
// step), and one that is acted upon never, since launchd and the Finder have to do with everything.
//
//     completed by one event      one finding from the beginning
//     later, within GROUP_OPEN_NS  of the group's last: told again, with the id of the first, the next
//                                  revision, and the rules told before in `also`, without steps; but
//                                  not what is low and of rules that were told of it already
//
// The same rule again, where the fields of its `suppress` have the values that they had, is a repeat:
// within the window it is counted and not told, but for the 10th, 100th, 1,000th … time, each a
// revision of the first. A rule that does not say otherwise has the window GROUP_REPEAT_NS and, of
// all its steps, the program (its cdhash, or else its path, or else the process), the library
// (its cdhash, or its path) and the program acted upon; where the process of the last step is a part
// of macOS, also who started it and its command line, for whoever uses osascript uses the same osascript. The same
// holds where no step shows any field of `suppress`. Of what nothing is known nothing is a repeat. What
// has another verdict is no repeat, and what is new is never told together with what is expected or
// excepted.
//
// Time is that of the events. What is remembered is bounded: the oldest goes, and is counted; then
// an act may be told twice.

#ifndef SCORE_GROUP_H
#define SCORE_GROUP_H

#include "event/batch.h"
#include "event/projection.h"

#define GROUP_OPEN_NS   (INT64_C(10) * 60 * 1000000000)
#define GROUP_REPEAT_NS (INT64_C(24) * 3600 * 1000000000)
#define GROUPS_MAX      65536u
#define GROUP_KEYS_MAX  16u      // Processes by which a group is known; further ones are not.
#define GROUP_RULES_MAX 16u      // Rules that a group remembers.
#define REPEATS_MAX     262144u  // Different findings that are remembered.

struct group_limits {
    uint32_t groups_max;
    uint32_t repeats_max;
};

// Every finding is one of `told`, `joined`, `repeats` and `repeats_told`. What goes out is `told` and
// `revisions`.
struct group_counts {
    uint64_t told;  // Findings that are no revision,
    uint64_t by_level[LEVEL_COUNT];
    uint64_t revisions;
    uint64_t joined;        // Told in another's `also` only, or in a revision.
    uint64_t repeats;       // Not told at all.
    uint64_t repeats_told;  // The 10th, 100th, … each a revision.
    uint64_t groups_evicted;
    uint64_t repeats_evicted;
};

struct grouper;

struct grouper *grouper_new(void);
// That remembers less; each at least 1.
struct grouper *grouper_new_within(struct group_limits limits);
void grouper_free(struct grouper *g);
// Takes the batch's findings from number `from` on, which have been judged, and leaves those that are
// to be told, in the order in which they were completed.
void group(struct grouper *g, struct batch *batch, size_t from);
const struct group_counts *grouper_counts(const struct grouper *g);

#endif
