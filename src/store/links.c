// Opening, transactions and closing. The file may come from anywhere, so nothing in it is run: no
// functions, triggers or views of its schema, and no rows beyond our size.

#include "store/internal.h"

#include <stdlib.h>
#include <sys/stat.h>

#define ROW_BYTES_MAX (8u * 1024 * 1024)
#define BUSY_MS       5000

static enum status open_database(struct links *links, str path, struct err *err);
static enum status open_file(struct links *links, int flags, struct err *err);
static enum status harden(struct links *links, struct err *err);
static bool is_left_over(struct links *links);

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

    if (links->mode == LINKS_WRITE)
        return open_file(links, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    const enum status status = open_file(links, SQLITE_OPEN_READONLY, err);
    if (status != OK || !is_left_over(links))
        return status;
    // A writer died in the middle of its batch. To take that back is to write.
    (void)sqlite3_close(links->db);
    links->db = NULL;
    return open_file(links, SQLITE_OPEN_READWRITE, err);
}

static enum status open_file(struct links *links, int flags, struct err *err)
{
    if (sqlite3_open_v2(links->name, &links->db, flags, NULL) != SQLITE_OK)
        return sql_fail(links, err);
    return harden(links, err);
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

static bool is_left_over(struct links *links)
{
    struct err ignored;
    int64_t version;
    return sql_number(links, "PRAGMA user_version", &version, &ignored) != OK &&
           sqlite3_extended_errcode(links->db) == SQLITE_READONLY_ROLLBACK;
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
