#include "store/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROW_BYTES_MAX (8u * 1024 * 1024)
#define BUSY_MS       5000

static enum status check_beside(const struct guard *g, enum guard_mode mode, struct err *err);
static bool wants_write_ahead(const struct guard *g);
static enum status check_journal(const char *journal, struct err *err);
static enum status harden(const struct guard *g, struct err *err);
static enum status check_left_over(const struct guard *g, struct err *err);

enum status guard_open(struct guard *g, const char *name, enum guard_mode mode, struct err *err)
{
    struct stat st;
    const bool is_there = stat(name, &st) == 0;
    if (is_there && !S_ISREG(st.st_mode))  // Opening a pipe would wait for ever.
        return fail(err, ERR_CONFIG, "is not a regular file");
    if (is_there && st.st_size == 0 && mode == GUARD_READ)
        return fail(err, ERR_FORMAT, "not a %s (application id 0x0)", g->noun);

    const int flags = mode == GUARD_READ
                          ? SQLITE_OPEN_READONLY
                          : SQLITE_OPEN_READWRITE | (mode == GUARD_CREATE ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(name, &g->db, flags, NULL) != SQLITE_OK)
        return guard_fail(g, err);
    enum status status = check_beside(g, mode, err);
    if (status == OK)
        status = harden(g, err);
    return status == OK && mode == GUARD_READ ? check_left_over(g, err) : status;
}

// Opening has read no more than the header; the first statement would play back what lies there.
static enum status check_beside(const struct guard *g, enum guard_mode mode, struct err *err)
{
    const char *name = sqlite3_db_filename(g->db, "main");
    // Ours never have one, and even to read it SQLite writes.
    if (access(sqlite3_filename_wal(name), F_OK) == 0)
        return fail(err, ERR_FORMAT, "a write-ahead log lies beside it (-wal)");
    if (wants_write_ahead(g))
        return fail(err, ERR_FORMAT, "kept with a write-ahead log, as no %s is", g->noun);
    return mode == GUARD_READ ? OK : check_journal(sqlite3_filename_journal(name), err);
}

// By the header's two versions of the format, read through SQLite's own descriptor: to close another
// one of the same file would drop this process's locks.
static bool wants_write_ahead(const struct guard *g)
{
    uint8_t header[20] = { 0 };
    sqlite3_file *file = NULL;
    return sqlite3_file_control(g->db, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&file) ==
               SQLITE_OK &&
           file->pMethods != NULL &&
           file->pMethods->xRead(file, header, sizeof header, 0) == SQLITE_OK &&
           (header[18] == 2 || header[19] == 2);
}

// A journal that ends in the magic number names a super-journal before it, a file that SQLite reads
// and unlinks (https://www.sqlite.org/fileformat2.html, "The Rollback Journal"). One is only
// written where a transaction spans several databases, which none of ours does.
static enum status check_journal(const char *journal, struct err *err)
{
    static const uint8_t magic[] = { 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7 };
    uint8_t tail[sizeof magic] = { 0 };
    struct stat st;
    if (lstat(journal, &st) != 0 && errno == ENOENT)
        return OK;
    const int fd = open(journal, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    bool is_read = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (is_read && st.st_size >= (off_t)sizeof tail)
        is_read = pread(fd, tail, sizeof tail, st.st_size - (off_t)sizeof tail) == sizeof tail;
    if (fd >= 0)
        (void)close(fd);
    if (!is_read)
        return fail(err, ERR_IO, "the journal beside it (-journal) cannot be read");
    if (memcmp(tail, magic, sizeof magic) == 0)
        return fail(err, ERR_FORMAT, "the journal beside it (-journal) names other files");
    return OK;
}

static enum status harden(const struct guard *g, struct err *err)
{
    (void)sqlite3_limit(g->db, SQLITE_LIMIT_LENGTH, (int)ROW_BYTES_MAX);
    (void)sqlite3_busy_timeout(g->db, BUSY_MS);
    (void)sqlite3_db_config(g->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(g->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(g->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    return guard_run(g, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON", err);
}

// A writer died in the middle of its batch. To take that back is to write, and what is only read
// may be a stranger's.
static enum status check_left_over(const struct guard *g, struct err *err)
{
    struct err ignored;
    int64_t version;
    if (guard_number(g, "PRAGMA user_version", &version, &ignored) == OK ||
        sqlite3_extended_errcode(g->db) != SQLITE_READONLY_ROLLBACK)
        return OK;  // What else is wrong with it is said by whoever reads it first.
    return fail(err, ERR_FORMAT,
                "was not closed: a journal lies beside it (-journal), which only "
                "opening it to write takes back");
}

enum status guard_prepare(const struct guard *g, const char *sql, sqlite3_stmt **out,
                          struct err *err)
{
    return sqlite3_prepare_v2(g->db, sql, -1, out, NULL) == SQLITE_OK ? OK : guard_fail(g, err);
}

enum status guard_run(const struct guard *g, const char *sql, struct err *err)
{
    return sqlite3_exec(g->db, sql, NULL, NULL, NULL) == SQLITE_OK ? OK : guard_fail(g, err);
}

enum status guard_number(const struct guard *g, const char *sql, int64_t *out, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    enum status status = guard_prepare(g, sql, &statement, err);
    if (status == OK && sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else if (status == OK)
        status = guard_fail(g, err);
    (void)sqlite3_finalize(statement);
    return status;
}

enum status guard_do(const struct guard *g, sqlite3_stmt *statement, struct err *err)
{
    const enum status status = sqlite3_step(statement) == SQLITE_DONE ? OK : guard_fail(g, err);
    (void)sqlite3_reset(statement);
    return status;
}

// SQLITE_ERROR is what a statement of ours gets where the tables are not ours.
enum status guard_fail(const struct guard *g, struct err *err)
{
    switch (sqlite3_errcode(g->db)) {
    case SQLITE_NOTADB:
        return fail(err, ERR_FORMAT, "not a %s", g->noun);
    case SQLITE_ERROR:
        return fail(err, ERR_FORMAT, "damaged %s: %s", g->noun, sqlite3_errmsg(g->db));
    case SQLITE_CORRUPT:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return fail(err, ERR_FORMAT, "%s", sqlite3_errmsg(g->db));
    default:
        return fail(err, ERR_IO, "%s", sqlite3_errmsg(g->db));
    }
}

bool guard_bind_text(sqlite3_stmt *statement, int index, str text)
{
    return sqlite3_bind_text(statement, index, text.len == 0 ? "" : text.at, (int)text.len,
                             SQLITE_STATIC) == SQLITE_OK;
}

bool guard_bind_octets(sqlite3_stmt *statement, int index, bytes octets)
{
    return sqlite3_bind_blob(statement, index, octets.len == 0 ? (const void *)"" : octets.at,
                             (int)octets.len, SQLITE_STATIC) == SQLITE_OK;
}
