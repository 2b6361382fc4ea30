// One inventory taken into another, file by file.

#include "store/internal.h"

#include <sys/stat.h>

static bool is_same_file(const char *a, const char *b);
static enum status merge_all(struct links *into, struct links *from, struct err *err);
static enum status merge_host(struct links *into, struct links *from, str host, struct err *err);

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
    str *hosts = NULL;
    size_t count = 0;
    enum status status = links_hosts(from, &names, &hosts, &count, err);
    for (size_t i = 0; status == OK && i < count; i++)
        status = merge_host(into, from, hosts[i], err);
    arena_done(&names);
    return status;
}

static enum status merge_host(struct links *into, struct links *from, str host, struct err *err)
{
    struct links_rows *rows = NULL;
    const struct link_facts *slices;
    size_t count;
    enum status status = links_rows_open(from, host, &rows, err);
    while (status == OK && (status = links_rows_next(rows, &slices, &count, err)) == OK)
        status = links_put(into, host, slices, count, err);
    links_rows_close(rows);
    return status == END ? OK : status;
}
