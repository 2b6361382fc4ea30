// The form in which entries go from one baseline to another (docs/BASELINE.md), for who has entries but no baseline.

#ifndef CLI_BASELINE_EXCHANGE_H
#define CLI_BASELINE_EXCHANGE_H

#include "base/buf.h"
#include "store/baseline.h"

// Adds what `pomona baseline import` takes. ERR_CONFIG, with nothing added, where a name of an entry is no UTF-8.
MUST_CHECK enum status baseline_exchange_add(struct buf *out, const struct baseline_row *rows,
                                             size_t count, struct err *err);

#endif
