// Opening, transactions and closing.

#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

static enum status open_database(struct links *links, str path, struct err *err);

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

    struct guard guard = { .noun = SQL_NOUN };
    const enum status status =
        guard_open(&guard, links->name, links->mode == LINKS_READ ? GUARD_READ : GUARD_CREATE, err);
    links->db = guard.db;
    return status;
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
