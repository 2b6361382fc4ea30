// Opening, transactions and closing. The file may come from anywhere, so nothing in it is run: no
// functions, triggers or views of its schema, and no rows beyond our size. What lies beside it may
// too: a journal can name other files, and SQLite unlinks them when it plays the journal back.

#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROW_BYTES_MAX (8u * 1024 * 1024)
#define BUSY_MS       5000

static enum status open_database(struct links *links, str path, struct err *err);
static enum status check_beside(struct links *links, struct err *err);
static bool wants_write_ahead(struct links *links);
static enum status check_journal(const char *journal, struct err *err);
static enum status harden(struct links *links, struct err *err);
static enum status check_left_over(struct links *links, struct err *err);

enum status links_open(str path, enum links_mode mode, struct links **out, struct err *err)
{
    struct links *links = memory_zeroed(1, sizeof *links);
    links->mode = mode;

    enum status status = open_database(links, path, err);
    if (status == OK)
        status = format_check(links, err);
    if (status == OK)
        status = format_prepare(links, err);
    if (status == OK && links->is_to_upgrade)
        status = format_upgrade(links, err);
    if (status != OK) {
        links_close(links);
        return status;
    }
    *out = links;
    return OK;
}

enum status links_begin_run(struct links *links, int64_t now_s, struct err *err)
{
    if (links->mode != LINKS_WRITE)
        return fail(err, ERR_CONFIG, "the inventory is open for reading");
    links->now_s = now_s < 0 ? 0 : now_s < LINKS_RUN_MAX ? now_s : LINKS_RUN_MAX - 1;
    links->has_host = false;
    return sql_run(links, "DELETE FROM temp.used", err);
}

static enum status open_database(struct links *links, str path, struct err *err)
{
    struct arena arena = { 0 };
    const char *name = path.len == 0 ? NULL : cstr_of(&arena, path);
    if (name != NULL) {
        links->name = memory_new(path.len + 1);
        memcpy(links->name, name, path.len + 1);
    }
    arena_done(&arena);
    if (links->name == NULL)
        return fail(err, ERR_CONFIG, "the inventory needs the name of a file");
    struct stat st;
    if (stat(links->name, &st) == 0 && !S_ISREG(st.st_mode))  // Opening a pipe would wait for ever.
        return fail(err, ERR_CONFIG, "is not a regular file");

    if (stat(links->name, &st) == 0 && st.st_size == 0 && links->mode == LINKS_READ)
        return fail(err, ERR_FORMAT, "not a link inventory (application id 0x0)");

    const int flags = links->mode == LINKS_READ ? SQLITE_OPEN_READONLY
                                                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(links->name, &links->db, flags, NULL) != SQLITE_OK)
        return sql_fail(links, err);
    enum status status = check_beside(links, err);
    if (status == OK)
        status = harden(links, err);
    return status == OK && links->mode == LINKS_READ ? check_left_over(links, err) : status;
}

// Opening has read no more than the header; the first statement would play back what lies there.
static enum status check_beside(struct links *links, struct err *err)
{
    const char *name = sqlite3_db_filename(links->db, "main");
    // Ours never have one, and even to read it SQLite writes.
    if (access(sqlite3_filename_wal(name), F_OK) == 0)
        return fail(err, ERR_FORMAT, "a write-ahead log lies beside it (-wal)");
    if (wants_write_ahead(links))
        return fail(err, ERR_FORMAT, "kept with a write-ahead log, as no link inventory is");
    return links->mode == LINKS_READ ? OK : check_journal(sqlite3_filename_journal(name), err);
}

// By the header's two versions of the format, read through SQLite's own descriptor: to close another
// one of the same file would drop this process's locks.
static bool wants_write_ahead(struct links *links)
{
    uint8_t header[20] = { 0 };
    sqlite3_file *file = NULL;
    return sqlite3_file_control(links->db, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&file) ==
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

static enum status harden(struct links *links, struct err *err)
{
    (void)sqlite3_limit(links->db, SQLITE_LIMIT_LENGTH, (int)ROW_BYTES_MAX);
    (void)sqlite3_busy_timeout(links->db, BUSY_MS);
    (void)sqlite3_db_config(links->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(links->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(links->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    return sql_run(links, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON", err);
}

// A writer died in the middle of its batch. To take that back is to write, and what is only read
// may be a stranger's.
static enum status check_left_over(struct links *links, struct err *err)
{
    struct err ignored;
    int64_t version;
    if (sql_number(links, "PRAGMA user_version", &version, &ignored) == OK ||
        sqlite3_extended_errcode(links->db) != SQLITE_READONLY_ROLLBACK)
        return OK;  // What else is wrong with it is said by whoever reads it first.
    return fail(err, ERR_FORMAT,
                "was not closed: a journal lies beside it (-journal), which only "
                "opening it to write takes back");
}

enum status links_commit(struct links *links, struct err *err)
{
    if (links == NULL || links->mode != LINKS_WRITE || sqlite3_get_autocommit(links->db) != 0)
        return OK;
    const enum status status = put_drop_loose(links, err);
    links->batch_files = 0;
    links->batch_bytes = 0;
    return status == OK ? sql_run(links, "COMMIT", err) : status;
}

void links_close(struct links *links)
{
    if (links == NULL)
        return;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(links->statements[i]);
    (void)sqlite3_close(links->db);
    free(links->name);
    free(links);
}
