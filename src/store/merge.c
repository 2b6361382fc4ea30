// One inventory taken into another, file by file.

#include "store/internal.h"

#include <sys/stat.h>

// The slices of the file that is being collected; the arenas change places with every file.
struct merge {
    struct links *into;
    str host;
    struct link_facts slices[LINKS_PATH_ROWS_MAX];
    size_t count;
    struct arena arena;
    struct arena next;
};

static bool is_same_file(const char *a, const char *b);
static enum status merge_all(struct links *into, struct links *from, struct err *err);
static enum status merge_host(struct merge *m, struct links *from, struct err *err);
static enum status take(struct merge *m, const struct link_facts *slice, struct err *err);
static enum status put_taken(struct merge *m, struct err *err);

enum status links_merge(struct links *into, str from, struct err *err)
{
    struct links *other = NULL;
    if (into->mode != LINKS_WRITE)
        return fail(err, ERR_CONFIG, "the inventory is open for reading");
    enum status status = links_open(from, LINKS_READ, &other, err);
    if (status == OK && is_same_file(into->name, other->name))
        status = fail(err, ERR_CONFIG, "an inventory cannot be merged into itself");
    if (status == OK)
        status = merge_all(into, other, err);
    links_close(other);
    return status;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat of_a;
    struct stat of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

static enum status merge_all(struct links *into, struct links *from, struct err *err)
{
    struct arena names = { 0 };
    struct merge m = { .into = into };
    str *hosts = NULL;
    size_t count = 0;
    enum status status = links_hosts(from, &names, &hosts, &count, err);
    for (size_t i = 0; status == OK && i < count; i++) {
        m.host = hosts[i];
        status = merge_host(&m, from, err);
    }
    arena_done(&m.arena);
    arena_done(&m.next);
    arena_done(&names);
    return status;
}

static enum status merge_host(struct merge *m, struct links *from, struct err *err)
{
    struct links_rows *rows = NULL;
    struct link_facts slice;
    enum status status = links_rows_open(from, m->host, &rows, err);
    while (status == OK && (status = links_rows_next(rows, &m->next, &slice, err)) == OK)
        status = take(m, &slice, err);
    links_rows_close(rows);
    return status == END ? put_taken(m, err) : status;
}

static enum status take(struct merge *m, const struct link_facts *slice, struct err *err)
{
    if (m->count > 0 && !str_eq(m->slices[0].path, slice->path)) {
        const enum status status = put_taken(m, err);
        if (status != OK)
            return status;
        arena_reset(&m->arena);
        const struct arena swapped = m->arena;
        m->arena = m->next;
        m->next = swapped;
    }
    if (m->count == LINKS_PATH_ROWS_MAX)
        return fail(err, ERR_LIMIT, "more than %u slices of one path", LINKS_PATH_ROWS_MAX);
    m->slices[m->count++] = *slice;
    return OK;
}

static enum status put_taken(struct merge *m, struct err *err)
{
    const size_t count = m->count;
    m->count = 0;
    return count == 0 ? OK : links_put(m->into, m->host, m->slices, count, err);
}
