// SQLite: one file with a write-ahead log. A store may come from anywhere: nothing in its schema is run,
// and no value is larger than ours may be.

#include "base/buf.h"
#include "base/utf8.h"
#include "store/beside.h"
#include "store/db_driver.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define RETRY_NS 20000000
#define URI_MAX  (16u * 1024)

struct sqlite_statement {
    struct db_statement base;
    sqlite3_stmt *prepared;
    int places[DB_PARAMS_MAX + 1];  // Of $1, $2 …: SQLite counts names as they come.
    bool is_unbound;                // A value could not be bound.
    bool is_no_text;                // One that should be text is none.
};

static enum status set_up(struct db *db, struct err *err);
static enum status open_file(struct db *db, const char *name, enum db_mode mode, struct err *err);
static bool log_lies_beside(struct arena *arena, const char *path);
static enum status open_closed(struct db *db, struct err *err);
static enum status sqlite_wait(struct db *db, struct err *err);
static enum status refuse(const struct db *db, struct err *err);
static int64_t now_ms(void);

static enum status sqlite_open(struct db *db, str name, enum db_mode mode, struct err *err)
{
    struct stat st;
    struct arena arena = { 0 };
    const char *path = cstr_of(&arena, name);
    const bool is_there = path != NULL && stat(path, &st) == 0;
    enum status status = OK;
    if (path == NULL)
        status = fail(err, ERR_CONFIG, "a file's name has no zero octet");
    else if (is_there && !S_ISREG(st.st_mode))  // Opening a pipe would wait for ever.
        status = fail(err, ERR_CONFIG, "is not a regular file");
    else if (is_there && st.st_size == 0 && mode != DB_CREATE)
        status = fail(err, ERR_FORMAT, "is empty, and no store");
    else
        status = open_file(db, path, mode, err);
    if (status == OK)
        db->was_left_open = is_there && log_lies_beside(&arena, path);
    arena_done(&arena);
    return status == OK ? set_up(db, err) : status;
}

// Who closes it last takes the log away. Opening has read nothing yet.
static bool log_lies_beside(struct arena *arena, const char *path)
{
    struct stat st;
    return stat(arena_printf(arena, "%s-wal", path).at, &st) == 0 && st.st_size > 0;
}

static enum status open_file(struct db *db, const char *name, enum db_mode mode, struct err *err)
{
    static const int flags[] = {
        [DB_READ] = SQLITE_OPEN_READONLY,
        [DB_CHANGE] = SQLITE_OPEN_READWRITE,
        [DB_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
    };
    sqlite3 *sqlite = NULL;
    const int code = sqlite3_open_v2(name, &sqlite, flags[mode], NULL);
    db->connection = sqlite;
    if (code != SQLITE_OK)
        return fail(err, ERR_IO, "%s", sqlite3_errmsg(sqlite));
    if (mode != DB_READ && sqlite3_db_readonly(sqlite, "main") == 1)
        return fail(err, ERR_IO, "may only be read, and this would write to it");
    if (mode == DB_READ && beside_is_closed(sqlite))
        return open_closed(db, err);
    return beside_check(sqlite, mode != DB_READ, err);
}

// Where nothing can be laid beside the file, SQLite reads it only if told that nobody writes to it.
static enum status open_closed(struct db *db, struct err *err)
{
    struct buf uri;
    sqlite3 *sqlite = NULL;
    buf_init(&uri, URI_MAX);
    buf_add(&uri, STR("file:"));
    for (const char *at = sqlite3_db_filename(db->connection, "main"); *at != '\0'; at++)
        buf_printf(&uri, "%%%02x", (unsigned)(unsigned char)*at);
    buf_add(&uri, STR("?immutable=1\0"));
    const int code =
        uri.failed ? SQLITE_CANTOPEN
                   : sqlite3_open_v2(uri.at, &sqlite, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    buf_done(&uri);
    (void)sqlite3_close(db->connection);
    db->connection = sqlite;
    return code == SQLITE_OK ? OK : fail(err, ERR_IO, "unable to open database file");
}

static enum status set_up(struct db *db, struct err *err)
{
    sqlite3 *sqlite = db->connection;
    (void)sqlite3_busy_timeout(sqlite, (int)db->patience_ms);
    (void)sqlite3_limit(sqlite, SQLITE_LIMIT_LENGTH, (int)DB_ROW_MAX);
    (void)sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(sqlite, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    // What was committed outlives the machine's power, too: FULL, where NORMAL would only outlive
    // the program.
    static const char always[] = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                                 "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
                                 // 64 MB; and a log of 256 MB before it goes into the file: what is
                                 // written again and again is then written there once.
                                 "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 65536";
    if (sqlite3_exec(sqlite, always, NULL, NULL, NULL) != SQLITE_OK)
        return refuse(db, err);
    return OK;
}

static enum status sqlite_wait(struct db *db, struct err *err)
{
    (void)err;
    (void)sqlite3_busy_timeout(db->connection, (int)db->patience_ms);
    return OK;
}

static enum status refuse(const struct db *db, struct err *err)
{
    const char *why = sqlite3_errmsg(db->connection);
    switch (sqlite3_errcode(db->connection)) {
    case SQLITE_NOTADB:
        return fail(err, ERR_FORMAT, "is no store: not an SQLite file");
    case SQLITE_CORRUPT:
        return fail(err, ERR_FORMAT, "the store is damaged: %s; `pomona store check` says more",
                    why);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
        return fail(err, ERR_FORMAT, "%s", why);
    case SQLITE_TOOBIG:
        return fail(err, ERR_LIMIT, "a value is larger than %u octets", DB_ROW_MAX);
    case SQLITE_BUSY:
        return fail(err, ERR_IO,
                    "another program has been writing to the store for %lld s; try again",
                    (long long)(db->patience_ms / 1000));
    case SQLITE_FULL:
        return fail(err, ERR_IO, "the disk is full; nothing of this was kept");
    case SQLITE_CANTOPEN:
        return fail(err, ERR_IO,
                    "the files beside it (-wal, -shm) cannot be opened, and what is in "
                    "them belongs to it");
    case SQLITE_READONLY:
        if (sqlite3_extended_errcode(db->connection) == SQLITE_READONLY_ROLLBACK)
            return fail(err, ERR_FORMAT,
                        "was not closed: a journal lies beside it (-journal), which only opening "
                        "it to write takes back");
        if (sqlite3_extended_errcode(db->connection) == SQLITE_READONLY_DIRECTORY ||
            sqlite3_extended_errcode(db->connection) == SQLITE_READONLY_CANTINIT)
            return fail(err, ERR_IO,
                        "to read it a file beside it (-shm) is needed, and this user may "
                        "not make one there; read a copy");
        return fail(err, ERR_IO, "may only be read, and this would write to it");
    default:
        return fail(err, ERR_IO, "%s", why);
    }
}

static void sqlite_close(struct db *db)
{
    beside_close(db->connection);
}

// SQLite's own wait does not cover a statement that reads before it writes, as the one does that turns the
// log on: it is refused at once, so it is tried again until as long has passed.
static enum status sqlite_run(struct db *db, const char *sql, struct err *err)
{
    static const struct timespec pause = { .tv_nsec = RETRY_NS };
    const int64_t until_ms = now_ms() + db->patience_ms;
    int code = sqlite3_exec(db->connection, sql, NULL, NULL, NULL);
    while (code == SQLITE_BUSY && now_ms() < until_ms) {
        (void)nanosleep(&pause, NULL);
        code = sqlite3_exec(db->connection, sql, NULL, NULL, NULL);
    }
    return code == SQLITE_OK ? OK : refuse(db, err);
}

static int64_t now_ms(void)
{
    struct timespec now = { .tv_sec = 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// What would be written to a file that has no name any more would be gone, and nobody would know.
static enum status sqlite_begin(struct db *db, struct err *err)
{
    int has_moved = 0;
    (void)sqlite3_file_control(db->connection, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    if (has_moved != 0)
        return fail(err, ERR_IO, "the file was moved, removed or replaced while it was open");
    return sqlite_run(db, "BEGIN IMMEDIATE", err);
}

static enum status sqlite_prepare(struct db *db, const char *sql, struct db_statement **out,
                                  struct err *err)
{
    sqlite3_stmt *prepared = NULL;
    if (sqlite3_prepare_v2(db->connection, sql, -1, &prepared, NULL) != SQLITE_OK)
        return refuse(db, err);
    struct sqlite_statement *s = memory_zeroed(1, sizeof *s);
    s->prepared = prepared;
    for (int i = 1; i <= (int)DB_PARAMS_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "$%d", i);
        s->places[i] = sqlite3_bind_parameter_index(prepared, name);
    }
    *out = &s->base;
    return OK;
}

static struct sqlite_statement *own(struct db_statement *s)
{
    return (struct sqlite_statement *)s;
}

static void sqlite_finish(struct db_statement *s)
{
    (void)sqlite3_finalize(own(s)->prepared);
    free(s);
}

static int place_of(struct db_statement *s, int at)
{
    return at >= 1 && at <= (int)DB_PARAMS_MAX ? own(s)->places[at] : 0;
}

static void note(struct db_statement *s, int code)
{
    if (code != SQLITE_OK)
        own(s)->is_unbound = true;
}

// What PostgreSQL refuses is refused here too: what one store takes the other does.
static bool is_text(str text)
{
    for (size_t i = 0; i < text.len;) {
        const size_t len = (unsigned char)text.at[i] < 0x80 ? 1 : utf8_len(str_from(text, i));
        if (len == 0 || text.at[i] == '\0')
            return false;
        i += len;
    }
    return true;
}

static void sqlite_bind_text(struct db_statement *s, int at, str text)
{
    own(s)->is_no_text |= !is_text(text);
    note(s, text.len > DB_ROW_MAX
                ? SQLITE_TOOBIG
                : sqlite3_bind_text(own(s)->prepared, place_of(s, at), text.len == 0 ? "" : text.at,
                                    (int)text.len, SQLITE_STATIC));
}

static void sqlite_bind_octets(struct db_statement *s, int at, bytes octets)
{
    note(s, octets.len > DB_ROW_MAX
                ? SQLITE_TOOBIG
                : sqlite3_bind_blob(own(s)->prepared, place_of(s, at),
                                    octets.len == 0 ? (const void *)"" : octets.at, (int)octets.len,
                                    SQLITE_STATIC));
}

static void sqlite_bind_int(struct db_statement *s, int at, int64_t value)
{
    note(s, sqlite3_bind_int64(own(s)->prepared, place_of(s, at), value));
}

static void sqlite_bind_real(struct db_statement *s, int at, double value)
{
    note(s, sqlite3_bind_double(own(s)->prepared, place_of(s, at), value));
}

static void sqlite_bind_null(struct db_statement *s, int at)
{
    note(s, sqlite3_bind_null(own(s)->prepared, place_of(s, at)));
}

static enum status sqlite_step(struct db_statement *s, struct err *err)
{
    sqlite3 *sqlite = s->db->connection;
    if (own(s)->is_unbound)
        return fail(err, ERR_LIMIT,
                    "a value cannot be kept: there is no such parameter, or it is "
                    "too large");
    if (own(s)->is_no_text)
        return fail(err, ERR_FORMAT, "a text is not UTF-8, or has a zero octet");
    switch (sqlite3_step(own(s)->prepared)) {
    case SQLITE_ROW:
        return OK;
    case SQLITE_DONE:
        s->db->changed = (uint64_t)sqlite3_changes64(sqlite);
        return END;
    default:
        return refuse(s->db, err);
    }
}

static void sqlite_reset(struct db_statement *s)
{
    (void)sqlite3_reset(own(s)->prepared);
    (void)sqlite3_clear_bindings(own(s)->prepared);
    own(s)->is_unbound = false;
    own(s)->is_no_text = false;
}

static str sqlite_text(struct db_statement *s, int column)
{
    const char *at = (const char *)sqlite3_column_text(own(s)->prepared, column);
    return at == NULL
               ? STR_EMPTY
               : (str){ .at = at, .len = (size_t)sqlite3_column_bytes(own(s)->prepared, column) };
}

static bytes sqlite_octets(struct db_statement *s, int column)
{
    const uint8_t *at = sqlite3_column_blob(own(s)->prepared, column);
    return (bytes){ .at = at,
                    .len =
                        at == NULL ? 0 : (size_t)sqlite3_column_bytes(own(s)->prepared, column) };
}

static int64_t sqlite_integer(struct db_statement *s, int column)
{
    return sqlite3_column_int64(own(s)->prepared, column);
}

static double sqlite_real(struct db_statement *s, int column)
{
    return sqlite3_column_double(own(s)->prepared, column);
}

static bool sqlite_is_null(struct db_statement *s, int column)
{
    return sqlite3_column_type(own(s)->prepared, column) == SQLITE_NULL;
}

const struct db_driver db_sqlite = {
    .kind = DB_SQLITE,
    .open = sqlite_open,
    .close = sqlite_close,
    .wait = sqlite_wait,
    .run = sqlite_run,
    .begin = sqlite_begin,
    .prepare = sqlite_prepare,
    .finish = sqlite_finish,
    .bind_text = sqlite_bind_text,
    .bind_octets = sqlite_bind_octets,
    .bind_int = sqlite_bind_int,
    .bind_real = sqlite_bind_real,
    .bind_null = sqlite_bind_null,
    .step = sqlite_step,
    .reset = sqlite_reset,
    .text = sqlite_text,
    .octets = sqlite_octets,
    .integer = sqlite_integer,
    .real = sqlite_real,
    .is_null = sqlite_is_null,
};
