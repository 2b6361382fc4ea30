// Findings into the store: the sink that outlives the run, with a thread of its own. The engine hands over
// what is to be kept and goes on; the thread puts all that came meanwhile in one transaction. Where it cannot
// keep up, whoever hands over waits.

#ifndef SINK_KEEP_H
#define SINK_KEEP_H

#include "event/finding.h"
#include "store/store.h"

// What is handed over and not yet in a transaction; what is more waits. One finding more may be there.
#define KEEPER_ROWS_MAX  4096u
#define KEEPER_BYTES_MAX (16u * 1024u * 1024u)

struct keeper;

// `store` is borrowed, and the thread's alone until keeper_free(). Each transaction is of the time that `clock`
// has then, or, where it is NULL, of act->now_ns.
MUST_CHECK enum status keeper_new(struct db *store, const struct store_act *act, store_clock *clock,
                                  struct keeper **out, struct err *err);
// What was handed over is put first. NULL is fine.
void keeper_free(struct keeper *k);

// A finding, with what it is in Pomona's own form; all is copied. Fails where an earlier one could not be kept.
MUST_CHECK enum status keeper_add(struct keeper *k, const struct finding *f, str record,
                                  struct err *err);
// The batch of this number has no more findings.
MUST_CHECK enum status keeper_end_batch(struct keeper *k, uint64_t number, struct err *err);
// Waits until all that was handed over is kept.
MUST_CHECK enum status keeper_flush(struct keeper *k, struct err *err);
// Of how many batches, from the first, all findings are kept.
uint64_t keeper_kept(struct keeper *k);

#endif
