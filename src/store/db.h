// One database behind two drivers: SQLite in a file (the default) and PostgreSQL behind a URL. This
// is all of SQL that the rest of the room sees, and both drivers pass one contract suite.
//
// Statements are written once, in what both understand: parameters are $1, $2 …; types BIGINT,
// DOUBLE PRECISION, TEXT and BYTEA (which SQLite takes for what is stored in them); upserts by
// ON CONFLICT. What differs (who makes an integer key, what a lock is) is not used: keys are ours.
//
// One writer at a time in both: a transaction that writes takes the database's one lock first, and
// waits for it DB_BUSY_MS at most, or as long as db_set_patience() says. A reader sees what was committed whole.

#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/arena.h"
#include "base/err.h"

#define DB_BUSY_MS     5000
#define DB_PATIENCE_MS 300000  // Of who has worked for long, and whose work would be lost.
#define DB_ROW_MAX     (64u * 1024u * 1024u)  // Octets of one value.
#define DB_PARAMS_MAX  64u

enum db_kind {
    DB_SQLITE,
    DB_POSTGRES,
};

enum db_mode {
    DB_READ,    // Must be there, and is not changed.
    DB_CHANGE,  // Must be there.
    DB_CREATE,
};

struct db;
struct db_statement;

// Whether the name is a URL ("postgresql://…" or "postgres://…") and not a file's.
bool db_is_url(str name);

// Opens and says nothing of what is in it: store_open() (store/store.h) does, and is what everybody
// else calls. Fails with ERR_IO where it cannot be reached, ERR_FORMAT where it is no database,
// ERR_CONFIG where the name makes no sense. The sentence does not begin with the name.
MUST_CHECK enum status db_open(str name, enum db_mode mode, struct db **out, struct err *err);
// How long the lock is waited for: who has time waits until a long import or VACUUM of others is over.
MUST_CHECK enum status db_set_patience(struct db *db, int64_t ms, struct err *err);
// What was not committed is gone. NULL is fine.
void db_close(struct db *db);
enum db_kind db_kind(const struct db *db);
// Of a file: a write-ahead log lay beside it when it was opened. Either another program has it open, or the last one did
// not close it.
bool db_was_left_open(const struct db *db);

// Statements without parameters, of which semicolons may part several; rows are not given out.
MUST_CHECK enum status db_run(struct db *db, const char *sql, struct err *err);
// A transaction that writes. They do not nest.
MUST_CHECK enum status db_begin(struct db *db, struct err *err);
MUST_CHECK enum status db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
bool db_is_in_transaction(const struct db *db);
// Commits where `status` is OK, else takes back; returns what became of it.
MUST_CHECK enum status db_end(struct db *db, enum status status, struct err *err);

// Prepared when its text is first used, and kept until the database is closed. `sql` is a literal: it is
// known by its address. The one that is given out is reset and has no values bound.
MUST_CHECK enum status db_statement(struct db *db, const char *sql, struct db_statement **out,
                                    struct err *err);
// The same of text that is made; the caller finishes it.
MUST_CHECK enum status db_prepare(struct db *db, const char *sql, struct db_statement **out,
                                  struct err *err);
void db_finish(struct db_statement *s);  // NULL is fine.

// Text as both databases take it: a zero octet, and what is no UTF-8, PostgreSQL refuses, and the transaction with
// it. These, and what steers a terminal, become visible. In the arena where it is another text.
str db_printable(struct arena *arena, str text);

// Parameters count from 1. Text and octets are borrowed until the statement is reset or done. A value that
// cannot be bound is told by the next step.
void db_bind_text(struct db_statement *s, int at, str text);
void db_bind_octets(struct db_statement *s, int at, bytes octets);
void db_bind_int(struct db_statement *s, int at, int64_t value);
void db_bind_real(struct db_statement *s, int at, double value);
void db_bind_null(struct db_statement *s, int at);

// OK with a row, END behind the last one.
MUST_CHECK enum status db_step(struct db_statement *s, struct err *err);
void db_reset(struct db_statement *s);
// Steps a statement that gives no rows, and resets it.
MUST_CHECK enum status db_do(struct db_statement *s, struct err *err);
// How many rows the last db_do() changed.
uint64_t db_changed(const struct db *db);

// Of the row; columns count from 0. Text and octets are borrowed until the next step, reset or finish; NULL is
// empty, or 0.
str db_text(struct db_statement *s, int column);
bytes db_octets(struct db_statement *s, int column);
int64_t db_int(struct db_statement *s, int column);
double db_real(struct db_statement *s, int column);
bool db_is_null(struct db_statement *s, int column);

// One number, of the first column of the first row; END where there is no row.
MUST_CHECK enum status db_number(struct db *db, const char *sql, int64_t *out, struct err *err);

#endif
