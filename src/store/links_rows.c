// All rows of a host, path by path: paths by the page, since a server sends an answer whole, and the
// slices of one when it is their turn.

#include "store/links_internal.h"

#include <stdlib.h>

#define PAGE_PATHS 256u

struct links_rows {
    struct links *links;
    str host;
    str paths[PAGE_PATHS];
    size_t count;
    size_t at;
    bool is_last;           // The page.
    struct arena of_paths;  // The page's, and the host's name.
    struct arena of_slices;
};

static enum status read_page(struct links_rows *rows, struct err *err);
static enum status read_paths(struct links_rows *rows, struct db_statement *s, str before,
                              struct err *err);

enum status links_rows_open(struct links *links, str host, struct links_rows **out, struct err *err)
{
    if (host.len > LINKS_HOST_MAX)
        return fail(err, ERR_LIMIT, "a host's name is longer than %u octets", LINKS_HOST_MAX);
    const enum status status = links_queue_write(links, err);
    if (status != OK)
        return status;
    struct links_rows *rows = memory_zeroed(1, sizeof *rows);
    rows->links = links;
    rows->host = arena_str(&rows->of_paths, host);
    *out = rows;
    return OK;
}

// A path that went since its page was read is passed over.
enum status links_rows_next(struct links_rows *rows, const struct link_facts **out,
                            size_t *out_count, struct err *err)
{
    struct link_facts *slices = NULL;
    enum status status = END;
    while (status == END) {
        if (rows->at == rows->count) {
            status = rows->is_last ? END : read_page(rows, err);
            if (status != OK || rows->count == 0)
                return status == OK ? END : status;
        }
        arena_reset(&rows->of_slices);
        status = links_row_whole(rows->links, rows->host, rows->paths[rows->at++], &rows->of_slices,
                                 &slices, out_count, err);
    }
    *out = slices;
    return status;
}

static enum status read_page(struct links_rows *rows, struct err *err)
{
    static const char sql[] =
        "SELECT DISTINCT path FROM link_place WHERE path > $2"
        " AND host = (SELECT id FROM link_host WHERE name = $1) ORDER BY path LIMIT $3";
    struct arena earlier = rows->of_paths;
    const str before = rows->count == 0 ? STR_EMPTY : rows->paths[rows->count - 1];
    rows->of_paths = (struct arena){ 0 };
    rows->host = arena_str(&rows->of_paths, rows->host);
    rows->count = rows->at = 0;

    struct db_statement *s = NULL;
    enum status status = db_statement(rows->links->db, sql, &s, err);
    if (status == OK) {
        db_bind_octets(s, 1, bytes_of_str(rows->host));
        db_bind_octets(s, 2, bytes_of_str(before));
        db_bind_int(s, 3, PAGE_PATHS);
        status = read_paths(rows, s, before, err);
        db_reset(s);
    }
    rows->is_last = rows->count < PAGE_PATHS;
    arena_done(&earlier);
    return status;
}

// A file that is damaged may have them in another order, or again: two inventories are gone through in step.
static enum status read_paths(struct links_rows *rows, struct db_statement *s, str before,
                              struct err *err)
{
    enum status status = OK;
    while (rows->count < PAGE_PATHS && (status = db_step(s, err)) == OK) {
        const str path = str_of_bytes(db_octets(s, 0));
        if (str_cmp(path, before) <= 0)
            return fail(err, ERR_FORMAT, "damaged link inventory: its paths are not in order");
        rows->paths[rows->count] = before = arena_str(&rows->of_paths, path);
        rows->count++;
    }
    return status == END ? OK : status;
}

void links_rows_close(struct links_rows *rows)
{
    if (rows == NULL)
        return;
    arena_done(&rows->of_paths);
    arena_done(&rows->of_slices);
    free(rows);
}
