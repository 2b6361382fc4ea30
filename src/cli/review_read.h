// A finding read back from Pomona's own form (docs/FINDINGS.md), as sinks take it.
//
// What the form does not carry is empty: the description of the rule and what else it is done by. Keys and
// fields that are not known are passed over, and so are values of another type than theirs.

#ifndef CLI_REVIEW_READ_H
#define CLI_REVIEW_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "event/finding.h"

#define REVIEW_DEPTH_MAX 64u
#define REVIEW_ALSO_MAX  64u  // Other rules of one act.

// ERR_FORMAT where the text is no finding. All text goes to the arena.
MUST_CHECK enum status review_read(str json, struct arena *arena, struct finding **out,
                                   struct err *err);

#endif
