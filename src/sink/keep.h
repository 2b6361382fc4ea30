// Findings into the store: the sink that outlives the run.

#ifndef SINK_KEEP_H
#define SINK_KEEP_H

#include "base/buf.h"
#include "event/batch.h"
#include "store/store.h"

// All of the batch in one transaction: it is kept when this returns. `text` is room to work in.
MUST_CHECK enum status sink_keep(struct db *store, int64_t now_ns, const struct batch *batch,
                                 struct buf *text, struct err *err);

#endif
