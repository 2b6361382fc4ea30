// An exception that would have covered a finding, for whoever closed it as benign: a text to look at, which
// holds nowhere until somebody puts it among the others.
//
// It is as narrow as can be said: the finding's rules, its Mac, exactly who took part (whoever vouches for
// them; code by cdhash where nobody does, or where several act), and 90 days.

#ifndef SCORE_EXCEPTION_PROPOSE_H
#define SCORE_EXCEPTION_PROPOSE_H

#include "base/err.h"
#include "score/exception.h"

#define EXCEPTION_PROPOSED_DAYS 90

struct exception_wish {
    str owner;  // Longer texts than an exception has are cut.
    str reason;
    int64_t now_ns;
};

// Adds a list of one. ERR_CONFIG, with nothing added, where none can be said that covers the finding: somebody
// took part of whom neither signer nor code is known. What is added was read back, and covers it.
MUST_CHECK enum status exception_propose(const struct finding *finding,
                                         const struct exception_wish *wish, struct arena *arena,
                                         struct buf *out, struct err *err);

#endif
