#include "store/beside.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status check_journal(const char *journal, struct err *err);
static bool has_log(sqlite3 *sqlite);
static bool is_left_empty(const char *log);

enum status beside_check(sqlite3 *sqlite, bool writes, struct err *err)
{
    static const char *const endings[] = { "-wal", "-shm", "-journal" };
    const char *name = sqlite3_db_filename(sqlite, "main");
    struct arena arena = { 0 };
    struct stat st;
    enum status status = OK;
    for (size_t i = 0; status == OK && i < COUNT_OF(endings); i++)
        if (lstat(arena_printf(&arena, "%s%s", name, endings[i]).at, &st) == 0 &&
            !S_ISREG(st.st_mode))
            status =
                fail(err, ERR_FORMAT, "what lies beside it (%s) is no regular file", endings[i]);
    arena_done(&arena);
    return status == OK && writes ? check_journal(sqlite3_filename_journal(name), err) : status;
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
    if (fd < 0 && errno == ENOENT)
        return OK;  // Who wrote it has ended.
    bool is_read = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (is_read && st.st_size >= (off_t)sizeof tail)
        is_read = pread(fd, tail, sizeof tail, st.st_size - (off_t)sizeof tail) >= 0;
    if (fd >= 0)
        (void)close(fd);
    if (!is_read)
        return fail(err, ERR_IO, "the journal beside it (-journal) cannot be read");
    if (memcmp(tail, magic, sizeof magic) == 0)
        return fail(err, ERR_FORMAT, "the journal beside it (-journal) names other files");
    return OK;
}

bool beside_is_closed(sqlite3 *sqlite)
{
    const char *name = sqlite3_db_filename(sqlite, "main");
    struct arena arena = { 0 };
    const str path = str_of(name);
    const size_t slash = str_rfind_char(path, '/');
    const str directory = slash == 0 ? STR("/") : slash < path.len ? str_to(path, slash) : STR(".");
    const char *at = cstr_of(&arena, directory);
    const bool is_closed = at != NULL && access(at, W_OK) != 0 && has_log(sqlite) &&
                           access(sqlite3_filename_wal(name), F_OK) != 0;
    arena_done(&arena);
    return is_closed;
}

// By the header's two versions of the format, read through SQLite's own descriptor: to close another
// one of the same file would drop this process's locks.
static bool has_log(sqlite3 *sqlite)
{
    uint8_t header[20] = { 0 };
    sqlite3_file *file = NULL;
    return sqlite3_file_control(sqlite, "main", SQLITE_FCNTL_FILE_POINTER, (void *)&file) ==
               SQLITE_OK &&
           file->pMethods != NULL &&
           file->pMethods->xRead(file, header, sizeof header, 0) == SQLITE_OK && header[18] == 2 &&
           header[19] == 2;
}

void beside_close(sqlite3 *sqlite)
{
    struct arena arena = { 0 };
    const char *path = sqlite == NULL ? NULL : sqlite3_db_filename(sqlite, "main");
    const bool only_reads = path != NULL && sqlite3_db_readonly(sqlite, "main") == 1;
    const char *name = cstr_of(&arena, str_of(path));
    const char *log = arena_printf(&arena, "%s-wal", name == NULL ? "" : name).at;
    (void)sqlite3_close(sqlite);
    sqlite3 *again = NULL;
    // The last one who closes and may write takes it away.
    if (only_reads && name != NULL && is_left_empty(log) &&
        sqlite3_open_v2(name, &again, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        (void)sqlite3_exec(again, "PRAGMA user_version", NULL, NULL, NULL);
    (void)sqlite3_close(again);
    arena_done(&arena);
}

static bool is_left_empty(const char *log)
{
    struct stat st;
    return lstat(log, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}
