// The store: findings and what was decided of them, the link inventory, assets, coverage, ATT&CK snapshots,
// and the audit log of all changes, in one database.
//
// Its tables have a version. store_open() brings an older one up to date (DB_CREATE, DB_CHANGE), says
// so of one that it may only read, and refuses a newer one.

#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/db.h"

// The version that this program makes.
int store_version(void);

// Fails as db_open() does; also ERR_FORMAT where it is damaged, is no store, or is of a newer program (the
// sentence says what to do). The sentence begins with the name, without what is secret in it.
MUST_CHECK enum status store_open(str name, enum db_mode mode, struct db **out, struct err *err);

// The name without what is secret in it, in the arena where that is another text.
str store_shown(struct arena *a, str name);
// Puts that before a sentence.
void store_prefix(struct err *err, str name);

// Who changes something, when, and why: every change of state says so, and is kept in the audit log
// (store/audit.h) in the same transaction.
struct store_act {
    str who;
    int64_t now_ns;
    str why;  // Empty where nobody was asked.
};
// Nanoseconds since 1970, for who acts over a long time.
typedef int64_t store_clock(void);

#endif
