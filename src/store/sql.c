// The few calls of SQLite that everybody who works at the link inventory makes.

#include "store/internal.h"

static struct guard guard_of(const struct links *links)
{
    return (struct guard){ .db = links->db, .noun = SQL_NOUN };
}

enum status sql_prepare(struct links *links, const char *sql, sqlite3_stmt **out, struct err *err)
{
    const struct guard guard = guard_of(links);
    return guard_prepare(&guard, sql, out, err);
}

enum status sql_run(struct links *links, const char *sql, struct err *err)
{
    const struct guard guard = guard_of(links);
    return guard_run(&guard, sql, err);
}

enum status sql_number(struct links *links, const char *sql, int64_t *out, struct err *err)
{
    const struct guard guard = guard_of(links);
    return guard_number(&guard, sql, out, err);
}

enum status sql_do(struct links *links, sqlite3_stmt *statement, struct err *err)
{
    const struct guard guard = guard_of(links);
    return guard_do(&guard, statement, err);
}

enum status sql_fail(struct links *links, struct err *err)
{
    const struct guard guard = guard_of(links);
    return guard_fail(&guard, err);
}

bool sql_bind_text(sqlite3_stmt *statement, int index, str text)
{
    return guard_bind_text(statement, index, text);
}
