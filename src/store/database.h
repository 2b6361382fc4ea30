// One SQLite file, opened so that nothing in it is run, and the few calls that everybody makes of it. The
// file may come from anywhere: no functions, triggers or views of its schema, and no rows beyond our
// size. What lies beside it may too: a journal can name other files, and SQLite unlinks them when
// it plays the journal back.

#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "base/arena.h"
#include "base/err.h"

#include <sqlite3.h>

struct database {
    sqlite3 *db;
    char *name;        // Of the file.
    const char *what;  // For sentences: "link inventory".
    bool writes;
};

// `what` must outlive the database. Where it writes, a file that is not there is made. ERR_IO where
// the file cannot be opened, ERR_FORMAT where SQLite cannot or should not read it. `*out` needs
// database_close() also where it failed.
MUST_CHECK enum status database_open(str path, bool writes, const char *what, struct database *out,
                                     struct err *err);
void database_close(struct database *d);

MUST_CHECK enum status database_prepare(const struct database *d, const char *sql,
                                        sqlite3_stmt **out, struct err *err);
MUST_CHECK enum status database_run(const struct database *d, const char *sql, struct err *err);
MUST_CHECK enum status database_number(const struct database *d, const char *sql, int64_t *out,
                                       struct err *err);
// Steps a statement that gives no rows, and resets it.
MUST_CHECK enum status database_do(const struct database *d, sqlite3_stmt *statement,
                                   struct err *err);
// Why the last call failed.
MUST_CHECK enum status database_fail(const struct database *d, struct err *err);
// Borrowed: the statement must be reset or stepped to its end before the text goes.
bool database_bind_text(sqlite3_stmt *statement, int index, str text);

#endif
