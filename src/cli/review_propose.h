// What `--propose` of `pomona review` prints: an exception for a finding that was benign.

#ifndef CLI_REVIEW_PROPOSE_H
#define CLI_REVIEW_PROPOSE_H

#include "base/buf.h"
#include "store/findings.h"

bool review_propose_is_benign(enum disposition disposition);
// Of a finding with its record. The owner is who has it, else who acts. Returns the code, and says why it is not
// EXIT_DONE; `out` then has nothing.
int review_propose(const struct finding_row *row, str cause, const struct store_act *act,
                   struct arena *arena, struct buf *out);
// The cause that the fields of a close-out tell; empty where they tell none.
str review_propose_cause(str fields, struct arena *arena);

#endif
