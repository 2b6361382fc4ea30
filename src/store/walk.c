// What lies below a directory: seen again, gone, and the directories that were walked.
//
// A walk is kept with its path, without the slash at its end, and the run in which it was. One that
// lies below another of the same or a newer run says nothing more and is dropped.

#include "store/internal.h"

// A directory that was walked, and when.
struct walk {
    str path;
    int64_t run;
};

static enum status begin_tree(struct links *links, str host, str *root, struct err *err);
static enum status forget_older(struct links *links, struct walk walk, struct err *err);
static enum status drop_below(struct links *links, struct walk walk, struct err *err);
static enum status add_walk(struct links *links, struct walk walk, struct err *err);
static enum status list_walks(struct links *links, str host, struct arena *a, struct walk **out,
                              size_t *out_count, struct err *err);
static enum status read_walks(struct links *links, sqlite3_stmt *list, struct arena *a,
                              struct walk *out, size_t *out_count, struct err *err);
static enum status do_tree(struct links *links, const char *beginning, struct walk walk,
                           struct err *err);
static enum status do_below(struct links *links, const char *beginning, struct walk walk,
                            struct err *err);
static enum status do_range(struct links *links, const char *beginning, const char *range, str from,
                            str to, int64_t run, struct err *err);

enum status links_touch(struct links *links, str host, str path, struct err *err)
{
    const enum status status = begin_tree(links, host, &path, err);
    return status == OK ? do_tree(links, "UPDATE place SET run = ?2",
                                  (struct walk){ .path = path, .run = links->run }, err)
                        : status;
}

enum status links_prune(struct links *links, str host, str root, struct err *err)
{
    enum status status = begin_tree(links, host, &root, err);
    const struct walk walk = { .path = root, .run = links->run };
    if (status == OK)
        status = forget_older(links, walk, err);
    return status == OK ? add_walk(links, walk, err) : status;
}

static enum status begin_tree(struct links *links, str host, str *root, struct err *err)
{
    const enum status status = put_begin(links, host, err);
    if (status != OK)
        return status;
    if (root->len == 0 || root->len >= LINKS_TEXT_MAX)
        return fail(err, ERR_CONFIG, "nothing lies below a path of %zu octets", root->len);
    while (root->len > 0 && root->at[root->len - 1] == '/')
        root->len--;
    return OK;
}

// A run of somebody else who writes at the same time has a higher number.
static enum status forget_older(struct links *links, struct walk walk, struct err *err)
{
    const enum status status =
        do_tree(links, "INSERT OR IGNORE INTO temp.loose SELECT image FROM place", walk, err);
    return status == OK ? do_tree(links, "DELETE FROM place", walk, err) : status;
}

static enum status add_walk(struct links *links, struct walk walk, struct err *err)
{
    static const char *const statements[] = {
        "INSERT INTO walk (host, path, run) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (host, path) DO UPDATE SET run = max(run, excluded.run)",
        "DELETE FROM walk WHERE host = ?1 AND path NOT IN (SELECT path FROM walk"
        " WHERE host = ?1 ORDER BY run DESC, path LIMIT ?4)",
    };
    enum status status = drop_below(links, walk, err);
    for (size_t i = 0; status == OK && i < COUNT_OF(statements); i++) {
        sqlite3_stmt *statement = NULL;
        status = sql_prepare(links, statements[i], &statement, err);
        if (status == OK) {
            const bool is_bound =
                sqlite3_bind_int64(statement, 1, links->host_id) == SQLITE_OK &&
                (i > 0 || (sql_bind_text(statement, 2, walk.path) &&
                           sqlite3_bind_int64(statement, 3, walk.run) == SQLITE_OK)) &&
                (i == 0 || sqlite3_bind_int64(statement, 4, LINKS_WALKS_MAX) == SQLITE_OK);
            status = is_bound ? sql_do(links, statement, err) : sql_fail(links, err);
        }
        (void)sqlite3_finalize(statement);
    }
    return status;
}

// Also those of the same run.
static enum status drop_below(struct links *links, struct walk walk, struct err *err)
{
    walk.run++;
    return do_below(links, "DELETE FROM walk", walk, err);
}

enum status walk_merge(struct links *into, struct links *from, str host, struct err *err)
{
    struct arena arena = { 0 };
    struct walk *walks = NULL;
    size_t count = 0;
    enum status status = list_walks(from, host, &arena, &walks, &count, err);
    for (size_t i = 0; status == OK && i < count; i++)
        status = add_walk(into, walks[i], err);
    arena_done(&arena);
    return status;
}

enum status walk_forget_gone(struct links *links, str host, struct err *err)
{
    struct arena arena = { 0 };
    struct walk *walks = NULL;
    size_t count = 0;
    enum status status = put_begin(links, host, err);
    if (status == OK)
        status = list_walks(links, host, &arena, &walks, &count, err);
    for (size_t i = 0; status == OK && i < count; i++) {
        status = drop_below(links, walks[i], err);
        if (status == OK)
            status = forget_older(links, walks[i], err);
    }
    arena_done(&arena);
    return status;
}

// The newest, where a hand that is not ours wrote more than we would.
static enum status list_walks(struct links *links, str host, struct arena *a, struct walk **out,
                              size_t *out_count, struct err *err)
{
    sqlite3_stmt *list = NULL;
    *out_count = 0;
    *out = arena_alloc(a, LINKS_WALKS_MAX * sizeof **out);
    if (links->version == 1)
        return OK;
    enum status status =
        sql_prepare(links,
                    "SELECT w.path, w.run FROM host h CROSS JOIN walk w ON w.host = h.id"
                    " WHERE h.name = ?1 ORDER BY w.run DESC, w.path LIMIT ?2",
                    &list, err);
    if (status == OK)
        status = sql_bind_text(list, 1, host) &&
                         sqlite3_bind_int64(list, 2, LINKS_WALKS_MAX) == SQLITE_OK
                     ? read_walks(links, list, a, *out, out_count, err)
                     : sql_fail(links, err);
    (void)sqlite3_finalize(list);
    return status;
}

static enum status read_walks(struct links *links, sqlite3_stmt *list, struct arena *a,
                              struct walk *out, size_t *out_count, struct err *err)
{
    int code;
    while ((code = sqlite3_step(list)) == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(list, 0);
        const int len = sqlite3_column_bytes(list, 0);
        if (len >= (int)LINKS_TEXT_MAX)
            continue;  // We write none.
        out[(*out_count)++] = (struct walk){
            .path = text == NULL
                        ? STR_EMPTY
                        : arena_str(a, (str){ .at = (const char *)text, .len = (size_t)len }),
            .run = sqlite3_column_int64(list, 1),
        };
    }
    return code == SQLITE_DONE ? OK : sql_fail(links, err);
}

// Both parts of the tree: what lies at the root, and what lies below it.
static enum status do_tree(struct links *links, const char *beginning, struct walk walk,
                           struct err *err)
{
    const enum status status =
        do_range(links, beginning, "path = ?3 AND ?4 = ?3", walk.path, walk.path, walk.run, err);
    return status == OK ? do_below(links, beginning, walk, err) : status;
}

// Below "/a" lies what begins with "/a/", and in the order of octets '0' follows '/'.
static enum status do_below(struct links *links, const char *beginning, struct walk walk,
                            struct err *err)
{
    struct arena arena = { 0 };
    const enum status status =
        do_range(links, beginning, "path >= ?3 AND path < ?4",
                 arena_printf(&arena, "%.*s/", STR_ARG(walk.path)),
                 arena_printf(&arena, "%.*s0", STR_ARG(walk.path)), walk.run, err);
    arena_done(&arena);
    return status;
}

static enum status do_range(struct links *links, const char *beginning, const char *range, str from,
                            str to, int64_t run, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    buf_printf(&sql, "%s WHERE host = ?1 AND run < ?2 AND %s", beginning, range);
    buf_add_char(&sql, '\0');
    enum status status = sql_prepare(links, sql.at, &statement, err);
    buf_done(&sql);
    if (status == OK)
        status = sqlite3_bind_int64(statement, 1, links->host_id) == SQLITE_OK &&
                         sqlite3_bind_int64(statement, 2, run) == SQLITE_OK &&
                         sql_bind_text(statement, 3, from) && sql_bind_text(statement, 4, to)
                     ? sql_do(links, statement, err)
                     : sql_fail(links, err);
    (void)sqlite3_finalize(statement);
    return status;
}
