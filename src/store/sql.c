// The few calls of SQLite that everybody in this room makes.

#include "store/internal.h"

enum status sql_prepare(struct links *links, const char *sql, sqlite3_stmt **out, struct err *err)
{
    return sqlite3_prepare_v2(links->db, sql, -1, out, NULL) == SQLITE_OK ? OK
                                                                          : sql_fail(links, err);
}

enum status sql_run(struct links *links, const char *sql, struct err *err)
{
    return sqlite3_exec(links->db, sql, NULL, NULL, NULL) == SQLITE_OK ? OK : sql_fail(links, err);
}

enum status sql_number(struct links *links, const char *sql, int64_t *out, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    enum status status = sql_prepare(links, sql, &statement, err);
    if (status == OK && sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else if (status == OK)
        status = sql_fail(links, err);
    (void)sqlite3_finalize(statement);
    return status;
}

enum status sql_do(struct links *links, sqlite3_stmt *statement, struct err *err)
{
    const enum status status = sqlite3_step(statement) == SQLITE_DONE ? OK : sql_fail(links, err);
    (void)sqlite3_reset(statement);
    return status;
}

// SQLITE_ERROR is what a statement of ours gets where the tables are not ours.
enum status sql_fail(struct links *links, struct err *err)
{
    switch (sqlite3_errcode(links->db)) {
    case SQLITE_NOTADB:
        return fail(err, ERR_FORMAT, "not a link inventory");
    case SQLITE_ERROR:
        return fail(err, ERR_FORMAT, "damaged link inventory: %s", sqlite3_errmsg(links->db));
    case SQLITE_CORRUPT:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return fail(err, ERR_FORMAT, "%s", sqlite3_errmsg(links->db));
    default:
        return fail(err, ERR_IO, "%s", sqlite3_errmsg(links->db));
    }
}

bool sql_bind_text(sqlite3_stmt *statement, int index, str text)
{
    return sqlite3_bind_text(statement, index, text.len == 0 ? "" : text.at, (int)text.len,
                             SQLITE_STATIC) == SQLITE_OK;
}
