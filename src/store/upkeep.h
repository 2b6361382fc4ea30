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
// Forgets findings that were closed before the time, with their notes; audited. `*out` is how many.
MUST_CHECK enum status upkeep_forget(struct db *db, const struct store_act *act,
                                     int64_t closed_before_ns, uint64_t *out, struct err *err);
// Gives back the room of what is gone.
MUST_CHECK enum status upkeep_vacuum(struct db *db, struct err *err);

#endif
