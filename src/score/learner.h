// Learning: counts, over a stream of events, who did what to whom, on which hosts and days, and which
// rules spoke of it. Nothing that is counted here is expected by that; store/baseline.h says how it
// becomes so.
//
// Events of another execution context than those in which rules speak are not learned, for nothing is
// ever found there. Behaviours whose actor or object has no identity are counted and left out.

#ifndef SCORE_LEARNER_H
#define SCORE_LEARNER_H

#include "event/finding.h"
#include "event/host.h"
#include "store/baseline.h"

#define LEARNER_ENTRIES_MAX 1000000u

struct learner_counts {
    uint64_t events;      // That were looked at.
    uint64_t behaviours;  // That were counted in an entry, and those that were not:
    uint64_t without_identity;
    uint64_t other_context;
    uint64_t beyond_limit;
    uint64_t entries;
    uint64_t hosts;
    // By learner_save():
    uint64_t expected_before;        // Entries that somebody had promoted already.
    uint64_t critical;               // Entries that a critical rule matched.
    uint64_t critical_but_expected;  // Both.
};

struct learner;

// `contexts` is borrowed; none: all of them.
struct learner *learner_new(const str *contexts, size_t context_count);
void learner_free(struct learner *l);
void learner_see(struct learner *l, const struct hosts *hosts, const struct event *event);
// A finding, when all its steps were seen.
void learner_take(struct learner *l, const struct finding *finding);
// Adds all of it to the baseline in the store, in one transaction with its entry of the audit log.
MUST_CHECK enum status learner_save(struct learner *l, struct db *db, const struct store_act *act,
                                    struct err *err);
const struct learner_counts *learner_counts(const struct learner *l);

#endif
