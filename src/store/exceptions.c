#include "store/exceptions.h"

#include "store/guard.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define APPLICATION_ID 0x504f4d58  // "POMX", in PRAGMA application_id
#define FORMAT_VERSION 1
#define HITS_MAX       (INT64_MAX / 2)

#define STRINGIFY(x)   #x
#define TEXT_OF(x)     STRINGIFY(x)

#define SCHEMA                                                                                     \
    "PRAGMA application_id = " TEXT_OF(                                                            \
        APPLICATION_ID) ";"                                                                        \
                        "PRAGMA user_version = " TEXT_OF(                                          \
                            FORMAT_VERSION) ";"                                                    \
                                            "CREATE TABLE exceptions_entry (id TEXT PRIMARY KEY, " \
                                            "place INTEGER NOT NULL,"                              \
                                            " text TEXT NOT NULL, hits INTEGER NOT NULL, "         \
                                            "first_hit_ns INTEGER NOT NULL,"                       \
                                            " last_hit_ns INTEGER NOT NULL) WITHOUT ROWID;"

struct exception_store {
    struct guard guard;
    bool writes;
};

static enum status check_format(struct exception_store *s, struct err *err);
static enum status put_rows(struct exception_store *s, const struct exception_row *rows,
                            size_t count, struct err *err);
static enum status add_hits(struct exception_store *s, const struct exception_row *rows,
                            size_t count, struct err *err);
static enum status end(struct exception_store *s, enum status status, struct err *err);
static str text_of(sqlite3_stmt *statement, int column, struct arena *a);

bool exception_store_is(str path)
{
    static const char magic[] = "SQLite format 3";
    char front[sizeof magic] = { 0 };
    struct arena arena = { 0 };
    const char *name = cstr_of(&arena, path);
    const int fd = name == NULL ? -1 : open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const bool is = fd >= 0 && pread(fd, front, sizeof front, 0) == (ssize_t)sizeof front &&
                    memcmp(front, magic, sizeof magic) == 0;
    if (fd >= 0)
        (void)close(fd);
    arena_done(&arena);
    return is;
}

enum status exception_store_open(str path, bool writes, struct exception_store **out,
                                 struct err *err)
{
    struct arena arena = { 0 };
    const char *name = path.len == 0 ? NULL : cstr_of(&arena, path);
    struct exception_store *s = memory_zeroed(1, sizeof *s);
    s->guard.noun = "store of exceptions";
    s->writes = writes;
    enum status status = name == NULL
                             ? fail(err, ERR_CONFIG, "the store needs the name of a file")
                             : guard_open(&s->guard, name, writes ? GUARD_CREATE : GUARD_READ, err);
    arena_done(&arena);
    if (status == OK)
        status = check_format(s, err);
    if (status != OK) {
        exception_store_close(s);
        return status;
    }
    *out = s;
    return OK;
}

void exception_store_close(struct exception_store *s)
{
    if (s == NULL)
        return;
    (void)sqlite3_close(s->guard.db);
    free(s);
}

// Two that make the file at once: the second finds it made.
static enum status check_format(struct exception_store *s, struct err *err)
{
    const struct guard *g = &s->guard;
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    enum status status = s->writes ? guard_run(g, "BEGIN IMMEDIATE", err) : OK;
    if (status == OK)
        status = guard_number(g, "PRAGMA application_id", &application, err);
    if (status == OK)
        status = guard_number(g, "PRAGMA user_version", &version, err);
    if (status == OK)
        status = guard_number(g, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (status != OK)
        return status;
    const bool is_new = application == 0 && version == 0 && tables == 0 && s->writes;
    if (is_new)
        status = guard_run(g, SCHEMA, err);
    else if (application != APPLICATION_ID)
        status = fail(err, ERR_FORMAT, "not a store of exceptions (application id 0x%llx)",
                      (unsigned long long)application);
    else if (version != FORMAT_VERSION)
        status =
            fail(err, ERR_FORMAT, "made by a newer pomona (store version %lld, this one reads %d)",
                 (long long)version, FORMAT_VERSION);
    return s->writes ? end(s, status, err) : status;
}

enum status exception_store_rows(struct exception_store *s, struct arena *a,
                                 struct exception_row **out, size_t *out_count, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    size_t octets = 0;
    int code = SQLITE_ROW;
    enum status status = guard_prepare(&s->guard,
                                       "SELECT id, text, hits, first_hit_ns, last_hit_ns"
                                       " FROM exceptions_entry ORDER BY place, id",
                                       &statement, err);
    struct exception_row *rows = arena_alloc(a, (EXCEPTION_STORE_ROWS_MAX + 1) * sizeof *rows);
    while (status == OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        octets +=
            (size_t)sqlite3_column_bytes(statement, 0) + (size_t)sqlite3_column_bytes(statement, 1);
        if (count == EXCEPTION_STORE_ROWS_MAX || octets > EXCEPTION_STORE_BYTES_MAX) {
            status = fail(err, ERR_LIMIT, "more than %u exceptions, or %u octets of them",
                          EXCEPTION_STORE_ROWS_MAX, EXCEPTION_STORE_BYTES_MAX);
            break;
        }
        const int64_t hits = sqlite3_column_int64(statement, 2);
        rows[count++] = (struct exception_row){
            .id = text_of(statement, 0, a),
            .text = text_of(statement, 1, a),
            .hits = hits < 0          ? 0
                    : hits > HITS_MAX ? (uint64_t)HITS_MAX
                                      : (uint64_t)hits,
            .first_hit_ns = sqlite3_column_int64(statement, 3),
            .last_hit_ns = sqlite3_column_int64(statement, 4),
        };
    }
    if (status == OK && code != SQLITE_DONE)
        status = guard_fail(&s->guard, err);
    (void)sqlite3_finalize(statement);
    if (status != OK)
        return status;
    *out = rows;
    *out_count = count;
    return OK;
}

static str text_of(sqlite3_stmt *statement, int column, struct arena *a)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    const int len = sqlite3_column_bytes(statement, column);
    return text == NULL ? STR_EMPTY : arena_str(a, (str){ .at = text, .len = (size_t)len });
}

enum status exception_store_replace(struct exception_store *s, const struct exception_row *rows,
                                    size_t count, struct err *err)
{
    enum status status = guard_run(&s->guard, "BEGIN IMMEDIATE", err);
    if (status != OK)
        return status;
    // What is put again gets its place back; what has none at the end was not.
    status = guard_run(&s->guard, "UPDATE exceptions_entry SET place = -1", err);
    if (status == OK)
        status = put_rows(s, rows, count, err);
    if (status == OK)
        status = guard_run(&s->guard, "DELETE FROM exceptions_entry WHERE place < 0", err);
    return end(s, status, err);
}

static enum status put_rows(struct exception_store *s, const struct exception_row *rows,
                            size_t count, struct err *err)
{
    sqlite3_stmt *put = NULL;
    enum status status = guard_prepare(&s->guard,
                                       "INSERT INTO exceptions_entry VALUES (?1, ?2, ?3, 0, 0, 0)"
                                       " ON CONFLICT (id) DO UPDATE SET place = ?2, text = ?3",
                                       &put, err);
    for (size_t i = 0; i < count && status == OK; i++) {
        const bool is_bound = guard_bind_text(put, 1, rows[i].id) &&
                              sqlite3_bind_int64(put, 2, (int64_t)i) == SQLITE_OK &&
                              guard_bind_text(put, 3, rows[i].text);
        status = is_bound ? guard_do(&s->guard, put, err) : guard_fail(&s->guard, err);
    }
    (void)sqlite3_finalize(put);
    return status;
}

enum status exception_store_add_hits(struct exception_store *s, const struct exception_row *rows,
                                     size_t count, struct err *err)
{
    const enum status status = guard_run(&s->guard, "BEGIN IMMEDIATE", err);
    return status == OK ? end(s, add_hits(s, rows, count, err), err) : status;
}

static enum status add_hits(struct exception_store *s, const struct exception_row *rows,
                            size_t count, struct err *err)
{
    sqlite3_stmt *add = NULL;
    enum status status =
        guard_prepare(&s->guard,
                      "UPDATE exceptions_entry SET hits = min(max(hits, 0) + ?2, " TEXT_OF(
                          0x3fffffffffffffff) "),"
                                              " first_hit_ns = CASE WHEN hits > 0 THEN "
                                              "min(first_hit_ns, ?3) ELSE ?3 END,"
                                              " last_hit_ns = CASE WHEN hits > 0 THEN "
                                              "max(last_hit_ns, ?4) ELSE ?4 END WHERE id = ?1",
                      &add, err);
    for (size_t i = 0; i < count && status == OK; i++) {
        if (rows[i].hits == 0)
            continue;
        const int64_t hits = rows[i].hits > (uint64_t)HITS_MAX ? HITS_MAX : (int64_t)rows[i].hits;
        const bool is_bound = guard_bind_text(add, 1, rows[i].id) &&
                              sqlite3_bind_int64(add, 2, hits) == SQLITE_OK &&
                              sqlite3_bind_int64(add, 3, rows[i].first_hit_ns) == SQLITE_OK &&
                              sqlite3_bind_int64(add, 4, rows[i].last_hit_ns) == SQLITE_OK;
        status = is_bound ? guard_do(&s->guard, add, err) : guard_fail(&s->guard, err);
    }
    (void)sqlite3_finalize(add);
    return status;
}

// All of what was begun, or nothing.
static enum status end(struct exception_store *s, enum status status, struct err *err)
{
    struct err ignored;
    if (status == OK)
        return guard_run(&s->guard, "COMMIT", err);
    (void)!guard_run(&s->guard, "ROLLBACK", &ignored);
    return status;
}
