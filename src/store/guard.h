// How every database of this room is opened, and the calls of SQLite that all of them make. A file may
// come from anywhere, so nothing in it is run: no functions, triggers or views of its schema, and no
// rows beyond our size. What lies beside it may too: a journal can name other files, and SQLite
// unlinks them when it plays the journal back. So none of ours has a write-ahead log, and none that
// is only read has a journal.

#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include "base/err.h"
#include "base/str.h"

#include <sqlite3.h>

enum guard_mode {
    GUARD_READ,
    GUARD_CHANGE,  // Must be there.
    GUARD_CREATE,
};

// What of ours it is, for sentences: "link inventory", "a" or "the" stands before it.
struct guard {
    sqlite3 *db;
    const char *noun;
};

// `g->noun` is set. What was opened is in `g->db`, also where it failed.
MUST_CHECK enum status guard_open(struct guard *g, const char *name, enum guard_mode mode,
                                  struct err *err);
MUST_CHECK enum status guard_prepare(const struct guard *g, const char *sql, sqlite3_stmt **out,
                                     struct err *err);
MUST_CHECK enum status guard_run(const struct guard *g, const char *sql, struct err *err);
MUST_CHECK enum status guard_number(const struct guard *g, const char *sql, int64_t *out,
                                    struct err *err);
// Steps a statement that gives no rows, and resets it.
MUST_CHECK enum status guard_do(const struct guard *g, sqlite3_stmt *statement, struct err *err);
// What went wrong last.
MUST_CHECK enum status guard_fail(const struct guard *g, struct err *err);
// Borrowed: the statement must be reset or stepped to its end before the text goes.
bool guard_bind_text(sqlite3_stmt *statement, int index, str text);
bool guard_bind_octets(sqlite3_stmt *statement, int index, bytes octets);

#endif
