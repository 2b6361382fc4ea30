// What `--propose` of `pomona review` prints: an exception, or entries of the baseline, for a finding that was benign.

#ifndef CLI_REVIEW_PROPOSE_H
#define CLI_REVIEW_PROPOSE_H

#include "base/buf.h"
#include "store/findings.h"

enum review_proposal {
    REVIEW_NO_PROPOSAL,
    REVIEW_EXCEPTION,
    REVIEW_BASELINE,
};

// Of a finding with its record. The owner is who has it, else who acts. Adds nothing to `out` where it fails.
// `remark`: what the proposal does not do, in the arena, or empty.
MUST_CHECK enum status review_propose(enum review_proposal kind, const struct finding_row *row,
                                      str cause, const struct store_act *act, struct arena *arena,
                                      struct buf *out, str *remark, struct err *err);
// The cause that the fields of a close-out tell; empty where they tell none.
str review_propose_cause(str fields, struct arena *arena);

#endif
