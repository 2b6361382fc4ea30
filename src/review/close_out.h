// What a close-out says of a finding, and what it has to say at least.

#ifndef REVIEW_CLOSE_OUT_H
#define REVIEW_CLOSE_OUT_H

#include "base/buf.h"
#include "store/findings.h"

struct close_out {
    enum disposition disposition;
    // Empty where they were not given.
    str cause;
    str scope;
    str containment;
    str hypothesis;
};

// What it lacks, as `pomona review close` has to be told; NULL: nothing.
const char *close_out_lacks(const struct close_out *c);
// A true positive also has to say how far it went and what was done about it.
bool close_out_needs_scope(enum disposition disposition);
// An exception or an entry of the baseline can be proposed.
bool close_out_is_benign(enum disposition disposition);
// As a JSON object, as the store keeps it.
void close_out_add(struct buf *out, const struct close_out *c);

#endif
