// The table's columns stand in one list, which makes the statements, the binding and the reading.

#include "store/links.h"

#include "base/buf.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#define APPLICATION_ID 0x504f4d4c  // "POML", in PRAGMA application_id
#define FORMAT_VERSION 1
#define ROW_BYTES_MAX  (2u * 1024 * 1024)
#define BUSY_MS        5000

#define SCHEMA                                                                              \
    "CREATE TABLE links ("                                                                  \
    " path TEXT NOT NULL, slice INTEGER NOT NULL, size INTEGER NOT NULL,"                   \
    " mtime_ns INTEGER NOT NULL, arch TEXT NOT NULL, file_type TEXT NOT NULL,"              \
    " cdhash TEXT NOT NULL, identifier TEXT NOT NULL, team_id TEXT NOT NULL,"               \
    " flags INTEGER NOT NULL, native_api TEXT NOT NULL, because TEXT NOT NULL,"             \
    " frameworks TEXT NOT NULL, entitlements TEXT NOT NULL, jit_declared INTEGER NOT NULL," \
    " get_task_allow INTEGER NOT NULL, disable_library_validation INTEGER NOT NULL,"        \
    " allow_dyld_environment INTEGER NOT NULL,"                                             \
    " PRIMARY KEY (path, slice)) WITHOUT ROWID;"                                            \
    "CREATE INDEX links_by_cdhash ON links (cdhash);"
#define COLUMNS                                                                         \
    "path, slice, size, mtime_ns, arch, file_type, cdhash, identifier, team_id, flags," \
    " native_api, because, frameworks, entitlements, jit_declared, get_task_allow,"     \
    " disable_library_validation, allow_dyld_environment"

struct links {
    sqlite3 *db;
    sqlite3_stmt *put;
    sqlite3_stmt *remove;
    sqlite3_stmt *by_cdhash;
    sqlite3_stmt *by_path;
    enum links_mode mode;
};

static enum status open_database(struct links *links, str path, struct err *err);
static enum status check_format(struct links *links, struct err *err);
static enum status make_format(struct links *links, struct err *err);
static enum status prepare_all(struct links *links, struct err *err);
static enum status prepare(struct links *links, const char *sql, sqlite3_stmt **out,
                           struct err *err);
static enum status run(struct links *links, const char *sql, struct err *err);
static enum status number_of(struct links *links, const char *sql, int64_t *out, struct err *err);
static enum status fail_sql(struct links *links, struct err *err);
static bool bind_facts(sqlite3_stmt *put, const struct link_facts *facts);
static bool bind_text(sqlite3_stmt *statement, int index, str text);
static bool fits(const struct link_facts *facts);
static enum status next_row(struct links *links, sqlite3_stmt *statement, struct arena *a,
                            struct link_facts *out, struct err *err);
static str text_of(sqlite3_stmt *statement, int column, struct arena *a);

enum status links_open(str path, enum links_mode mode, struct links **out, struct err *err)
{
    struct links *links = memory_zeroed(1, sizeof *links);
    links->mode = mode;

    enum status status = open_database(links, path, err);
    if (status == OK)
        status = check_format(links, err);
    if (status == OK)
        status = prepare_all(links, err);
    if (status != OK) {
        links_close(links);
        return status;
    }
    *out = links;
    return OK;
}

static enum status open_database(struct links *links, str path, struct err *err)
{
    const int flags = links->mode == LINKS_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                 : SQLITE_OPEN_READONLY;
    struct arena arena = { 0 };
    const char *name = cstr_of(&arena, path);

    if (name == NULL || path.len == 0) {
        arena_done(&arena);
        return fail(err, ERR_CONFIG, "the inventory needs the name of a file");
    }
    struct stat st;
    if (stat(name, &st) == 0 && !S_ISREG(st.st_mode)) {  // Opening a pipe would wait for ever.
        arena_done(&arena);
        return fail(err, ERR_CONFIG, "is not a regular file");
    }
    const int code = sqlite3_open_v2(name, &links->db, flags, NULL);
    arena_done(&arena);
    if (code != SQLITE_OK)
        return fail_sql(links, err);
    // The file may come from anywhere: no functions from its schema, no rows beyond our size.
    (void)sqlite3_limit(links->db, SQLITE_LIMIT_LENGTH, (int)ROW_BYTES_MAX);
    (void)sqlite3_busy_timeout(links->db, BUSY_MS);
    (void)sqlite3_db_config(links->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return run(links, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON", err);
}

static enum status check_format(struct links *links, struct err *err)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;

    if (links->mode == LINKS_WRITE) {
        const enum status status = run(links, "BEGIN IMMEDIATE", err);
        if (status != OK)
            return status;
    }
    if (number_of(links, "PRAGMA application_id", &application, err) != OK ||
        number_of(links, "PRAGMA user_version", &version, err) != OK ||
        number_of(links, "SELECT count(*) FROM sqlite_master", &tables, err) != OK)
        return ERR_FORMAT;
    if (application == 0 && version == 0 && tables == 0 && links->mode == LINKS_WRITE)
        return make_format(links, err);
    if (application != APPLICATION_ID)
        return fail(err, ERR_FORMAT, "not a link inventory (application id 0x%llx)",
                    (unsigned long long)application);
    if (version > FORMAT_VERSION)
        return fail(err, ERR_FORMAT,
                    "made by a newer pomona (inventory version %lld, this one reads %d)",
                    (long long)version, FORMAT_VERSION);
    return version == FORMAT_VERSION
               ? OK
               : fail(err, ERR_FORMAT, "inventory version %lld is not known", (long long)version);
}

static enum status make_format(struct links *links, struct err *err)
{
    struct buf sql;
    buf_init(&sql, 8192);
    buf_printf(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; " SCHEMA,
               APPLICATION_ID, FORMAT_VERSION);
    buf_add_char(&sql, '\0');
    const enum status status = run(links, sql.at, err);
    buf_done(&sql);
    return status;
}

static enum status prepare_all(struct links *links, struct err *err)
{
    enum status status = prepare(
        links, "SELECT " COLUMNS " FROM links WHERE cdhash = ?1 ORDER BY path, slice LIMIT 1",
        &links->by_cdhash, err);
    if (status == OK)
        status = prepare(links, "SELECT " COLUMNS " FROM links WHERE path = ?1 ORDER BY slice",
                         &links->by_path, err);
    if (status == OK && links->mode == LINKS_WRITE)
        status = prepare(links,
                         "INSERT OR REPLACE INTO links (" COLUMNS ") VALUES"
                         " (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
                         &links->put, err);
    if (status == OK && links->mode == LINKS_WRITE)
        status = prepare(links, "DELETE FROM links WHERE path = ?1", &links->remove, err);
    return status;
}

static enum status prepare(struct links *links, const char *sql, sqlite3_stmt **out,
                           struct err *err)
{
    return sqlite3_prepare_v2(links->db, sql, -1, out, NULL) == SQLITE_OK ? OK
                                                                          : fail_sql(links, err);
}

static enum status run(struct links *links, const char *sql, struct err *err)
{
    return sqlite3_exec(links->db, sql, NULL, NULL, NULL) == SQLITE_OK ? OK : fail_sql(links, err);
}

static enum status number_of(struct links *links, const char *sql, int64_t *out, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    enum status status = prepare(links, sql, &statement, err);
    if (status == OK && sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else if (status == OK)
        status = fail_sql(links, err);
    (void)sqlite3_finalize(statement);
    return status;
}

static enum status fail_sql(struct links *links, struct err *err)
{
    const int code = sqlite3_errcode(links->db);
    if (code == SQLITE_NOTADB)
        return fail(err, ERR_FORMAT, "not a link inventory");
    return fail(err, code == SQLITE_CORRUPT ? ERR_FORMAT : ERR_IO, "%s", sqlite3_errmsg(links->db));
}

enum status links_commit(struct links *links, struct err *err)
{
    if (links == NULL || links->mode != LINKS_WRITE || sqlite3_get_autocommit(links->db) != 0)
        return OK;
    return run(links, "COMMIT", err);
}

void links_close(struct links *links)
{
    if (links == NULL)
        return;
    (void)sqlite3_finalize(links->put);
    (void)sqlite3_finalize(links->remove);
    (void)sqlite3_finalize(links->by_cdhash);
    (void)sqlite3_finalize(links->by_path);
    (void)sqlite3_close(links->db);
    free(links);
}

enum status links_put(struct links *links, const struct link_facts *facts, struct err *err)
{
    if (links->mode != LINKS_WRITE)
        return fail(err, ERR_CONFIG, "the inventory is open for reading");
    if (!fits(facts))
        return fail(err, ERR_LIMIT, "a text of slice %u is longer than %u octets",
                    (unsigned)facts->slice, LINKS_TEXT_MAX);
    const bool is_put = bind_facts(links->put, facts) && sqlite3_step(links->put) == SQLITE_DONE;
    const enum status status = is_put ? OK : fail_sql(links, err);
    (void)sqlite3_reset(links->put);
    return status;
}

static bool fits(const struct link_facts *facts)
{
    const str texts[] = { facts->path,        facts->arch,       facts->file_type,
                          facts->cdhash,      facts->identifier, facts->team_id,
                          facts->because,     facts->native_api, facts->frameworks,
                          facts->entitlements };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].len > LINKS_TEXT_MAX)
            return false;
    return true;
}

// In the order of COLUMNS, as next_row() reads them.
static bool bind_facts(sqlite3_stmt *put, const struct link_facts *facts)
{
    return bind_text(put, 1, facts->path) &&
           sqlite3_bind_int64(put, 2, facts->slice) == SQLITE_OK &&
           sqlite3_bind_int64(put, 3, (int64_t)facts->size) == SQLITE_OK &&
           sqlite3_bind_int64(put, 4, facts->mtime_ns) == SQLITE_OK &&
           bind_text(put, 5, facts->arch) && bind_text(put, 6, facts->file_type) &&
           bind_text(put, 7, facts->cdhash) && bind_text(put, 8, facts->identifier) &&
           bind_text(put, 9, facts->team_id) &&
           sqlite3_bind_int64(put, 10, facts->flags) == SQLITE_OK &&
           bind_text(put, 11, facts->native_api) && bind_text(put, 12, facts->because) &&
           bind_text(put, 13, facts->frameworks) && bind_text(put, 14, facts->entitlements) &&
           sqlite3_bind_int(put, 15, facts->jit_declared) == SQLITE_OK &&
           sqlite3_bind_int(put, 16, facts->get_task_allow) == SQLITE_OK &&
           sqlite3_bind_int(put, 17, facts->disable_library_validation) == SQLITE_OK &&
           sqlite3_bind_int(put, 18, facts->allow_dyld_environment) == SQLITE_OK;
}

// Borrowed: the statement is reset before the caller gets control back.
static bool bind_text(sqlite3_stmt *statement, int index, str text)
{
    return sqlite3_bind_text(statement, index, text.len == 0 ? "" : text.at, (int)text.len,
                             SQLITE_STATIC) == SQLITE_OK;
}

enum status links_remove(struct links *links, str path, struct err *err)
{
    if (links->mode != LINKS_WRITE)
        return fail(err, ERR_CONFIG, "the inventory is open for reading");
    if (path.len > LINKS_TEXT_MAX)
        return OK;  // It cannot have been put.
    const bool is_done =
        bind_text(links->remove, 1, path) && sqlite3_step(links->remove) == SQLITE_DONE;
    const enum status status = is_done ? OK : fail_sql(links, err);
    (void)sqlite3_reset(links->remove);
    return status;
}

enum status links_find_by_cdhash(struct links *links, str cdhash, struct arena *a,
                                 struct link_facts *out, struct err *err)
{
    char lower[LINKS_CDHASH_HEX];
    if (cdhash.len != sizeof lower)
        return END;  // Unsigned slices have an empty one; they are not each other.
    for (size_t i = 0; i < cdhash.len; i++) {
        const char c = cdhash.at[i];
        lower[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    const bool is_bound = bind_text(links->by_cdhash, 1, (str){ .at = lower, .len = sizeof lower });
    const enum status status =
        is_bound ? next_row(links, links->by_cdhash, a, out, err) : fail_sql(links, err);
    (void)sqlite3_reset(links->by_cdhash);
    return status;
}

enum status links_find_by_path(struct links *links, str path, struct arena *a,
                               struct link_facts **out, size_t *out_count, struct err *err)
{
    if (path.len == 0 || path.len > LINKS_TEXT_MAX)
        return END;
    struct link_facts *rows = arena_alloc(a, LINKS_PATH_ROWS_MAX * sizeof *rows);
    size_t count = 0;
    enum status status = bind_text(links->by_path, 1, path) ? OK : fail_sql(links, err);
    while (status == OK && count < LINKS_PATH_ROWS_MAX) {
        status = next_row(links, links->by_path, a, &rows[count], err);
        count += status == OK;
    }
    (void)sqlite3_reset(links->by_path);
    if (status != OK && status != END)
        return status;
    if (count == 0)
        return END;
    *out = rows;
    *out_count = count;
    return OK;
}

enum status links_each(struct links *links, links_visit *visit, void *context, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    struct arena arena = { 0 };
    enum status status =
        prepare(links, "SELECT " COLUMNS " FROM links ORDER BY path, slice", &statement, err);
    while (status == OK) {
        struct link_facts facts;
        arena_reset(&arena);
        status = next_row(links, statement, &arena, &facts, err);
        if (status == OK)
            status = visit(context, &facts, err);
    }
    arena_done(&arena);
    (void)sqlite3_finalize(statement);
    return status == END ? OK : status;
}

// END behind the last row.
static enum status next_row(struct links *links, sqlite3_stmt *statement, struct arena *a,
                            struct link_facts *out, struct err *err)
{
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE)
        return END;
    if (code != SQLITE_ROW)
        return fail_sql(links, err);
    *out = (struct link_facts){
        .path = text_of(statement, 0, a),
        .slice = (uint32_t)sqlite3_column_int64(statement, 1),
        .size = (uint64_t)sqlite3_column_int64(statement, 2),
        .mtime_ns = sqlite3_column_int64(statement, 3),
        .arch = text_of(statement, 4, a),
        .file_type = text_of(statement, 5, a),
        .cdhash = text_of(statement, 6, a),
        .identifier = text_of(statement, 7, a),
        .team_id = text_of(statement, 8, a),
        .flags = (uint32_t)sqlite3_column_int64(statement, 9),
        .native_api = text_of(statement, 10, a),
        .because = text_of(statement, 11, a),
        .frameworks = text_of(statement, 12, a),
        .entitlements = text_of(statement, 13, a),
        .jit_declared = sqlite3_column_int(statement, 14) != 0,
        .get_task_allow = sqlite3_column_int(statement, 15) != 0,
        .disable_library_validation = sqlite3_column_int(statement, 16) != 0,
        .allow_dyld_environment = sqlite3_column_int(statement, 17) != 0,
    };
    return OK;
}

static str text_of(sqlite3_stmt *statement, int column, struct arena *a)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    const int len = sqlite3_column_bytes(statement, column);
    if (text == NULL || len <= 0)
        return STR_EMPTY;
    return arena_str(a,
                     str_to((str){ .at = (const char *)text, .len = (size_t)len }, LINKS_TEXT_MAX));
}
