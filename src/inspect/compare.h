// Two slices that are a pair.

#ifndef INSPECT_COMPARE_H
#define INSPECT_COMPARE_H

#include "inspect/diff.h"
#include "inspect/slice.h"

// Whom the changes are told to, and of what.
struct compare {
    diff_tell *tell;
    void *context;
    str host;
    str path;
    struct arena *arena;  // For what is said; the caller resets it.
    size_t told;
};

MUST_CHECK enum status compare_slices(struct compare *c, const struct slice *a,
                                      const struct slice *b, struct err *err);

// One change of a slice; `from` or `to` may be NULL.
MUST_CHECK enum status compare_tell(struct compare *c, enum diff_kind kind,
                                    const struct slice *slice, const str *from, const str *to,
                                    struct err *err);

#endif
