// Canaries that were emitted, and which signals' records of them came back.
//
// A canary is known by its nonce and by the Mac that it ran on: as whoever emitted it calls that Mac, or, where
// nobody kept that, by the telemetry's id of it. Which asset that is follows from names when a report is made,
// and is not kept.

#ifndef STORE_CANARIES_H
#define STORE_CANARIES_H

#include "event/signal.h"
#include "store/store.h"

// The signals that a canary can prove. Some are facts of its exec.
#define CANARIES_SIGNALS                                                                       \
    (SIGNAL_BIT(SIGNAL_EXEC) | SIGNAL_BIT(SIGNAL_ARGUMENTS) | SIGNAL_BIT(SIGNAL_ENVIRONMENT) | \
     SIGNAL_BIT(SIGNAL_PARENT) | SIGNAL_BIT(SIGNAL_CDHASH) | SIGNAL_BIT(SIGNAL_EXIT) |         \
     SIGNAL_BIT(SIGNAL_FILE) | SIGNAL_BIT(SIGNAL_LIBRARY_LOAD) |                               \
     SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION))

// Text is borrowed; of what is given out, until the callback returns.
struct canaries_row {
    str nonce;
    str host;  // Empty: nobody knows where, and nothing came back.
    int64_t emitted_ns;
    uint32_t acts;         // Signals whose records are expected: SIGNAL_BIT() of each.
    int64_t looked_ns;     // When telemetry was last looked through for it; 0: never.
    int64_t looked_to_ns;  // The last event of that telemetry.
};

struct canaries_proof {
    str nonce;
    str host;  // Of the canary's row.
    enum signal signal;
    str host_id;  // What the telemetry calls the Mac.
    str host_name;
    int64_t at_ns;  // Of the record.
    str sensor;
    str evidence;  // Which record it is.
};

// In the transaction that is open. ERR_CONFIG where this nonce is kept of this Mac already.
MUST_CHECK enum status canaries_put(struct db *db, const struct canaries_row *row, struct err *err);

// In the transaction that is open: a process with the nonce was seen on the Mac. Gives out the host of its row, in the
// arena: the row that says this Mac; else the only one of the nonce, where nothing came back for it so far; else a
// new one, since the same nonce was emitted on a Mac of which nobody said so.
struct canaries_seen {
    str nonce;
    str host_id;
    str host_name;
    int64_t at_ns;
};
MUST_CHECK enum status canaries_seen_on(struct db *db, const struct canaries_seen *seen,
                                        struct arena *arena, str *host, struct err *err);
// In the transaction that is open. The first proof of a signal stays. `*is_new` is whether this is it.
MUST_CHECK enum status canaries_prove(struct db *db, const struct canaries_proof *proof,
                                      bool *is_new, struct err *err);
// In the transaction that is open: telemetry up to `to_ns` was looked through for all canaries of the nonce. Where none
// is kept, one is, of which nobody knows where it was emitted.
MUST_CHECK enum status canaries_look(struct db *db, str nonce, int64_t now_ns, int64_t to_ns,
                                     struct err *err);
// In the transaction that is open: forgets those that were emitted before, with their proofs. `*out` is how many.
MUST_CHECK enum status canaries_forget(struct db *db, int64_t before_ns, uint64_t *out,
                                       struct err *err);

typedef void canaries_take(void *context, const struct canaries_row *row);
typedef void canaries_take_proof(void *context, const struct canaries_proof *proof);
// Those of a nonce only, unless it is empty. Both in order of nonces and hosts, so that the proofs of a canary come
// together. Proofs of signals that this program does not know are passed over.
MUST_CHECK enum status canaries_each(struct db *db, str nonce, canaries_take *take, void *context,
                                     struct err *err);
MUST_CHECK enum status canaries_proofs(struct db *db, str nonce, canaries_take_proof *take,
                                       void *context, struct err *err);

#endif
