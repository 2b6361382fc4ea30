// All rows of a host, path by path: the first row of the next path has been read when the slices of
// this one are given out, so it waits, with its text in the other of two arenas.

#include "store/internal.h"

#include <stdlib.h>

struct links_rows {
    struct links *links;
    sqlite3_stmt *statement;
    char host[LINKS_HOST_MAX];
    struct link_facts slices[LINKS_PATH_ROWS_MAX];
    size_t count;
    struct link_facts waiting;
    bool is_waiting;
    bool is_at_end;
    struct arena arena;       // Of the slices, but for the first one's.
    struct arena of_waiting;  // Of the row that waits, which becomes the first.
};

static enum status read_path(struct links_rows *rows, struct err *err);
static enum status check_order(const struct links_rows *rows, struct err *err);
static bool is_of_path(const struct links_rows *rows, const struct link_facts *row);

enum status links_rows_open(struct links *links, str host, struct links_rows **out, struct err *err)
{
    if (host.len > LINKS_HOST_MAX)
        return fail(err, ERR_LIMIT, "a host's name is longer than %u octets", LINKS_HOST_MAX);
    struct links_rows *rows = memory_zeroed(1, sizeof *rows);
    rows->links = links;
    if (host.len > 0)
        memcpy(rows->host, host.at, host.len);
    enum status status = format_prepare_rows(links, &rows->statement, err);
    if (status == OK &&
        !sql_bind_text(rows->statement, 1, (str){ .at = rows->host, .len = host.len }))
        status = sql_fail(links, err);
    if (status != OK) {
        links_rows_close(rows);
        return status;
    }
    *out = rows;
    return OK;
}

enum status links_rows_next(struct links_rows *rows, const struct link_facts **out,
                            size_t *out_count, struct err *err)
{
    // What waited was read into the arena of the path before it.
    const struct arena arena = rows->arena;
    rows->arena = rows->of_waiting;
    rows->of_waiting = arena;
    arena_reset(&rows->arena);
    rows->count = 0;
    if (rows->is_waiting)
        rows->slices[rows->count++] = rows->waiting;
    rows->is_waiting = false;

    const enum status status = rows->is_at_end ? END : read_path(rows, err);
    if (status != OK && (status != END || rows->count == 0))
        return status;
    *out = rows->slices;
    *out_count = rows->count;
    return OK;
}

static enum status read_path(struct links_rows *rows, struct err *err)
{
    for (;;) {
        struct link_facts row;
        const enum status status = row_next(rows->links, rows->statement, &rows->arena, &row, err);
        rows->is_at_end = status != OK;
        if (status != OK)
            return status;
        if (rows->count > 0 && !is_of_path(rows, &row)) {
            rows->waiting = row;
            rows->is_waiting = true;
            return check_order(rows, err);
        }
        if (rows->count == LINKS_PATH_ROWS_MAX)
            return fail(err, ERR_LIMIT, "more than %u different slices of one path",
                        LINKS_PATH_ROWS_MAX);
        rows->slices[rows->count++] = row;
    }
}

static bool is_of_path(const struct links_rows *rows, const struct link_facts *row)
{
    return str_eq(row->path, rows->slices[0].path);
}

// As in a file whose text is not stored as ours is: to go through two such in step would miss some.
static enum status check_order(const struct links_rows *rows, struct err *err)
{
    return str_cmp(rows->waiting.path, rows->slices[0].path) > 0
               ? OK
               : fail(err, ERR_FORMAT, "damaged link inventory: its paths are not in order");
}

void links_rows_close(struct links_rows *rows)
{
    if (rows == NULL)
        return;
    (void)sqlite3_finalize(rows->statement);
    arena_done(&rows->arena);
    arena_done(&rows->of_waiting);
    free(rows);
}
