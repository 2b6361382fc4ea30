// Entries of a baseline by which a finding would have been expected, for whoever closed it as benign: to look at, and
// to be imported by whoever answers for the baseline.
//
// The evidence is the finding's: one Mac, its days, its steps, its rule. A rule of level critical makes proposals of
// them, which somebody still has to promote for that.

#ifndef SCORE_BASELINE_PROPOSE_H
#define SCORE_BASELINE_PROPOSE_H

#include "base/arena.h"
#include "base/err.h"
#include "event/finding.h"
#include "store/baseline.h"

#define BASELINE_PROPOSED_DAYS 90
#define BASELINE_PROPOSED_MAX  256u  // Entries of one finding.

struct baseline_wish {
    str owner;
    str reason;
    int64_t now_ns;
};

struct baseline_proposed {
    struct baseline_row *rows;  // In the arena, in the order of their keys.
    size_t count;
};

// ERR_CONFIG where no entry would make it expected: a behaviour of it is of somebody without an identity, it has none,
// or what it comes to is none.
MUST_CHECK enum status baseline_propose(const struct finding *finding,
                                        const struct baseline_wish *wish, struct arena *arena,
                                        struct baseline_proposed *out, struct err *err);

#endif
