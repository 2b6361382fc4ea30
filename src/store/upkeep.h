// Looking after a store: is it whole, a copy of it, and what is no longer needed.

#ifndef STORE_UPKEEP_H
#define STORE_UPKEEP_H

#include "store/store.h"

#define UPKEEP_PROBLEMS_MAX 100u

// What is wrong with it, one sentence a call; text is borrowed.
typedef void upkeep_tell(void *context, str problem);

// Pages, indexes, and rows that point to others. `*problems` is how many were told (UPKEEP_PROBLEMS_MAX at
// most). PostgreSQL looks after its own pages; there only what rows point to is known to hold.
MUST_CHECK enum status upkeep_check(struct db *db, upkeep_tell *tell, void *context,
                                    size_t *problems, struct err *err);
// A whole copy, also while others write. ERR_CONFIG where the file is there already, or the store is
// PostgreSQL's, which has tools of its own for that.
MUST_CHECK enum status upkeep_backup(struct db *db, str path, struct err *err);
struct upkeep_forgotten {
    uint64_t findings;
    uint64_t canaries;
};
// Forgets findings that were closed before the time, with their notes, and canaries that were emitted before it, with
// their proofs; audited.
MUST_CHECK enum status upkeep_forget(struct db *db, const struct store_act *act, int64_t before_ns,
                                     struct upkeep_forgotten *out, struct err *err);
// What all of it takes on the disk, without room that is free, in octets.
MUST_CHECK enum status upkeep_size(struct db *db, uint64_t *out, struct err *err);
// Forgets findings, those first that were closed longest ago, until all takes no more than `octets`, and gives back their
// room; audited. What is open stays, however much it is: `*left` is what all takes then.
MUST_CHECK enum status upkeep_forget_to_size(struct db *db, const struct store_act *act,
                                             uint64_t octets, struct upkeep_forgotten *out,
                                             uint64_t *left, struct err *err);
// For who opens a file to write to it, without the write lock: whether its pages are whole, where nobody has looked for
// UPKEEP_LOOK_DAYS, or where it was left open and nobody has looked for an hour. Indexes are not compared with
// their tables, as upkeep_check() does. ERR_FORMAT where it is damaged. One of more than UPKEEP_LOOK_OCTETS takes
// too long to be looked at unasked: END where that would have been for want of UPKEEP_LOOK_DAYS.
#define UPKEEP_LOOK_DAYS   7
#define UPKEEP_LOOK_OCTETS (INT64_C(1024) * 1024 * 1024)
MUST_CHECK enum status upkeep_look(struct db *db, int64_t now_ns, struct err *err);
// Whether it is a file that somebody wrote to since it was made, or copied by upkeep_backup().
MUST_CHECK enum status upkeep_is_live(struct db *db, bool *out, struct err *err);
// Keeps that somebody looked, and it was whole.
MUST_CHECK enum status upkeep_looked(struct db *db, int64_t now_ns, struct err *err);
// Gives back the room of what is gone.
MUST_CHECK enum status upkeep_vacuum(struct db *db, struct err *err);

#endif
