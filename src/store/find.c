// What is looked up.

#include "store/internal.h"

#include <stdlib.h>

static str lower_cdhash(str cdhash, char to[LINKS_CDHASH_HEX]);
static bool is_sane_path(str path);
static enum status has_row(struct links *links, sqlite3_stmt *find, bool is_bound, struct err *err);

enum status links_find_by_cdhash(struct links *links, str cdhash, struct arena *a,
                                 struct link_facts *out, struct err *err)
{
    char lower[LINKS_CDHASH_HEX];
    sqlite3_stmt *find = links->statements[FIND_BY_CDHASH];
    if (cdhash.len != sizeof lower)
        return END;  // Unsigned slices have an empty one; they are not each other.
    const enum status status = sql_bind_text(find, 1, lower_cdhash(cdhash, lower))
                                   ? row_next(links, find, a, out, err)
                                   : sql_fail(links, err);
    (void)sqlite3_reset(find);
    return status;
}

// `cdhash` is as long as `to`.
static str lower_cdhash(str cdhash, char to[LINKS_CDHASH_HEX])
{
    for (size_t i = 0; i < cdhash.len; i++) {
        const char c = cdhash.at[i];
        to[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    return (str){ .at = to, .len = cdhash.len };
}

enum status links_find_by_path(struct links *links, str host, str path, struct arena *a,
                               struct link_facts **out, size_t *out_count, struct err *err)
{
    sqlite3_stmt *find = links->statements[FIND_BY_PATH];
    if (!is_sane_path(path) || host.len > LINKS_HOST_MAX)
        return END;
    if (!sql_bind_text(find, 1, host) || !sql_bind_text(find, 2, path))
        return sql_fail(links, err);
    return row_all(links, find, a, out, out_count, err);
}

enum status links_find_on_any_host(struct links *links, str path, struct arena *a,
                                   struct link_facts **out, size_t *out_count, struct err *err)
{
    sqlite3_stmt *find = links->statements[FIND_ON_ANY_HOST];
    if (!is_sane_path(path))
        return END;
    if (!sql_bind_text(find, 1, path))
        return sql_fail(links, err);
    return row_all(links, find, a, out, out_count, err);
}

static bool is_sane_path(str path)
{
    return path.len > 0 && path.len <= LINKS_TEXT_MAX;
}

enum status links_find_host(struct links *links, str host, struct err *err)
{
    sqlite3_stmt *find = links->statements[FIND_HOST];
    if (host.len > LINKS_HOST_MAX)
        return END;
    return has_row(links, find, sql_bind_text(find, 1, host), err);
}

enum status links_find_cdhash_on_host(struct links *links, str host, str cdhash, struct err *err)
{
    char lower[LINKS_CDHASH_HEX];
    sqlite3_stmt *find = links->statements[FIND_CDHASH_ON_HOST];
    if (host.len > LINKS_HOST_MAX || cdhash.len != sizeof lower)
        return END;
    return has_row(
        links, find,
        sql_bind_text(find, 1, host) && sql_bind_text(find, 2, lower_cdhash(cdhash, lower)), err);
}

static enum status has_row(struct links *links, sqlite3_stmt *find, bool is_bound, struct err *err)
{
    const int code = is_bound ? sqlite3_step(find) : SQLITE_ERROR;
    const enum status status = code == SQLITE_ROW    ? OK
                               : code == SQLITE_DONE ? END
                                                     : sql_fail(links, err);
    (void)sqlite3_reset(find);
    return status;
}

enum status links_hosts(struct links *links, struct arena *a, str **out, size_t *out_count,
                        struct err *err)
{
    sqlite3_stmt *statement = NULL;
    str *names = NULL;
    size_t count = 0;
    size_t capacity = 0;
    int code = SQLITE_ROW;
    enum status status = sql_prepare(
        links, links->version == 1 ? "SELECT ''" : "SELECT name FROM host ORDER BY name",
        &statement, err);
    while (status == OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const int len = sqlite3_column_bytes(statement, 0);
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (count == LINKS_HOSTS_MAX || len > (int)LINKS_HOST_MAX)
            status = fail(err, ERR_LIMIT, "more than %u hosts, or a name of more than %u octets",
                          LINKS_HOSTS_MAX, LINKS_HOST_MAX);
        if (count == capacity) {
            capacity = capacity == 0 ? 64 : capacity * 2;
            names = memory_resize(names, capacity * sizeof *names);
        }
        if (status == OK)
            names[count++] =
                text == NULL ? STR_EMPTY : arena_str(a, (str){ .at = text, .len = (size_t)len });
    }
    if (status == OK && code != SQLITE_DONE)
        status = sql_fail(links, err);
    (void)sqlite3_finalize(statement);
    if (status == OK) {
        *out = arena_alloc(a, (count + 1) * sizeof *names);
        if (count > 0)
            memcpy(*out, names, count * sizeof *names);
        *out_count = count;
    }
    free(names);
    return status;
}
