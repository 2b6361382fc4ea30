// What is looked up.

#include "store/links_internal.h"

#include <stdlib.h>

static enum status prepare(struct links *links, const char *sql, struct db_statement **out,
                           struct err *err);
static enum status counted(struct links *links, enum status status);
static str lower_cdhash(str cdhash, char to[LINKS_CDHASH_HEX]);
static bool is_sane_path(str path);
static enum status has_row(struct db_statement *s, struct err *err);
static enum status read_hosts(struct db_statement *s, struct arena *a, str **names, size_t *count,
                              struct err *err);

enum status links_find_by_cdhash(struct links *links, str cdhash, struct arena *a,
                                 struct link_facts *out, struct err *err)
{
    char lower[LINKS_CDHASH_HEX];
    struct db_statement *s = NULL;
    if (cdhash.len != sizeof lower)
        return END;  // Unsigned slices have an empty one; they are not each other.
    enum status status = prepare(links, links_sql_by_cdhash, &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, lower_cdhash(cdhash, lower));
    status = links_row_next(s, a, out, err);
    db_reset(s);
    return counted(links, status);
}

// Who looks up for each event of a stream goes on without the answer.
static enum status counted(struct links *links, enum status status)
{
    links->failed_count += status == ERR_IO || status == ERR_FORMAT;
    return status;
}

uint64_t links_failed_count(const struct links *links)
{
    return links->failed_count;
}

// What waits to be written counts as put.
static enum status prepare(struct links *links, const char *sql, struct db_statement **out,
                           struct err *err)
{
    enum status status = links_queue_write(links, err);
    if (status == OK)
        status = db_statement(links->db, sql, out, err);
    return counted(links, status);
}

// `cdhash` is as long as `to`. What is no digit is none of a cdhash, and no database need like it.
static str lower_cdhash(str cdhash, char to[LINKS_CDHASH_HEX])
{
    for (size_t i = 0; i < cdhash.len; i++) {
        const char c = cdhash.at[i];
        const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        to[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : is_digit ? c : '?';
    }
    return (str){ .at = to, .len = cdhash.len };
}

enum status links_find_by_path(struct links *links, str host, str path, struct arena *a,
                               struct link_facts **out, size_t *out_count, struct err *err)
{
    struct db_statement *s = NULL;
    if (!is_sane_path(path) || host.len > LINKS_HOST_MAX)
        return END;
    const enum status status = prepare(links, links_sql_by_path, &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, bytes_of_str(host));
    db_bind_octets(s, 2, bytes_of_str(path));
    return counted(links, links_row_all(s, a, out, out_count, err));
}

enum status links_find_on_any_host(struct links *links, str path, struct arena *a,
                                   struct link_facts **out, size_t *out_count, struct err *err)
{
    struct db_statement *s = NULL;
    if (!is_sane_path(path))
        return END;
    enum status status = prepare(links, links_sql_on_any_host, &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, bytes_of_str(path));
    status = counted(links, links_row_all(s, a, out, out_count, err));
    if (status != OK)
        return status;
    const str copy = arena_str(a, path);
    for (size_t i = 0; i < *out_count; i++)
        (*out)[i].path = copy;
    return OK;
}

static bool is_sane_path(str path)
{
    return path.len > 0 && path.len <= LINKS_PATH_MAX;
}

enum status links_find_host(struct links *links, str host, struct err *err)
{
    static const char sql[] = "SELECT 1 FROM link_host h WHERE name = $1 AND EXISTS"
                              " (SELECT 1 FROM link_place p WHERE p.host = h.id)";
    struct db_statement *s = NULL;
    if (host.len > LINKS_HOST_MAX)
        return END;
    const enum status status = prepare(links, sql, &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, bytes_of_str(host));
    return counted(links, has_row(s, err));
}

enum status links_find_cdhash_on_host(struct links *links, str host, str cdhash, struct err *err)
{
    static const char sql[] = "SELECT 1 FROM link_image i JOIN link_place p ON p.image = i.id"
                              " WHERE i.cdhash = $2"
                              " AND p.host = (SELECT id FROM link_host WHERE name = $1) LIMIT 1";
    char lower[LINKS_CDHASH_HEX];
    struct db_statement *s = NULL;
    if (host.len > LINKS_HOST_MAX || cdhash.len != sizeof lower)
        return END;
    const enum status status = prepare(links, sql, &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, bytes_of_str(host));
    db_bind_text(s, 2, lower_cdhash(cdhash, lower));
    return counted(links, has_row(s, err));
}

static enum status has_row(struct db_statement *s, struct err *err)
{
    const enum status status = db_step(s, err);
    db_reset(s);
    return status;
}

enum status links_are_kept(struct db *db, bool *out, struct err *err)
{
    int64_t count = 0;
    const enum status status = db_number(
        db, "SELECT count(*) FROM (SELECT 1 FROM link_place LIMIT 1) AS one", &count, err);
    *out = count > 0;
    return status;
}

enum status links_hosts(struct links *links, struct arena *a, str **out, size_t *out_count,
                        struct err *err)
{
    struct db_statement *s = NULL;
    str *names = NULL;
    size_t count = 0;
    enum status status = prepare(links, "SELECT name FROM link_host ORDER BY name", &s, err);
    if (status == OK) {
        status = read_hosts(s, a, &names, &count, err);
        db_reset(s);
    }
    if (status == OK) {
        *out = arena_alloc(a, (count + 1) * sizeof *names);
        if (count > 0)
            memcpy(*out, names, count * sizeof *names);
        *out_count = count;
    }
    free(names);
    return status;
}

static enum status read_hosts(struct db_statement *s, struct arena *a, str **names, size_t *count,
                              struct err *err)
{
    size_t capacity = 0;
    enum status status;
    while ((status = db_step(s, err)) == OK) {
        const str name = str_of_bytes(db_octets(s, 0));
        if (*count == LINKS_HOSTS_MAX || name.len > LINKS_HOST_MAX)
            return fail(err, ERR_LIMIT, "more than %u hosts, or a name of more than %u octets",
                        LINKS_HOSTS_MAX, LINKS_HOST_MAX);
        if (*count == capacity) {
            capacity = capacity == 0 ? 64 : capacity * 2;
            *names = memory_resize(*names, capacity * sizeof **names);
        }
        (*names)[(*count)++] = name.len == 0 ? STR_EMPTY : arena_str(a, name);
    }
    return status == END ? OK : status;
}
