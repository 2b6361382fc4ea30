// One inventory taken into another, file by file, and then what a newer walk of either did not see
// forgotten in the whole.

#include "store/internal.h"

#include <sys/stat.h>

static bool is_same_file(const char *a, const char *b);
static enum status check_runs(struct links *from, struct err *err);
static enum status merge_all(struct links *into, struct links *from, struct err *err);
static enum status merge_host(struct links *into, struct links *from, str host, struct err *err);
static enum status merge_files(struct links *into, struct links *from, str host, struct err *err);
static enum status is_newer(struct links *into, const struct link_facts *facts, struct err *err);
static enum status raise_run(struct links *into, struct links *from, str host, struct err *err);

enum status links_merge(struct links *into, str from, struct err *err)
{
    struct links *other = NULL;
    if (into->mode != LINKS_WRITE)
        return fail(err, ERR_CONFIG, "the inventory is open for reading");
    enum status status = links_open(from, LINKS_READ, &other, err);
    if (status == OK && is_same_file(into->name, other->name))
        status = fail(err, ERR_CONFIG, "an inventory cannot be merged into itself");
    if (status == OK)
        status = check_runs(other, err);
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

// One that is too high would win against every run that comes, for ever.
static enum status check_runs(struct links *from, struct err *err)
{
    static const char *const tables[] = { "host", "place", "walk" };
    struct arena arena = { 0 };
    enum status status = OK;
    int64_t is_strange = 0;
    for (size_t i = 0; from->version > 1 && status == OK && i < COUNT_OF(tables); i++) {
        const str sql = arena_printf(&arena,
                                     "SELECT EXISTS (SELECT 1 FROM %s"
                                     " WHERE run IS NULL OR run NOT BETWEEN 0 AND %lld)",
                                     tables[i], (long long)LINKS_RUN_MAX - 1);
        status = sql_number(from, sql.at, &is_strange, err);
        if (status == OK && is_strange != 0)
            status =
                fail(err, ERR_FORMAT, "damaged link inventory: a run of a %s cannot be", tables[i]);
    }
    arena_done(&arena);
    return status;
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

// Where `from` breaks off, what came of it is held to our own walks all the same.
static enum status merge_host(struct links *into, struct links *from, str host, struct err *err)
{
    struct err ignored;
    enum status status = put_begin(into, host, err);
    if (status != OK)
        return status;
    status = merge_files(into, from, host, err);
    if (status == OK)
        status = walk_merge(into, from, host, err);
    const enum status forgotten = walk_forget_gone(into, host, status == OK ? err : &ignored);
    if (status == OK)
        status = forgotten;
    return status == OK ? raise_run(into, from, host, err) : status;
}

static enum status merge_files(struct links *into, struct links *from, str host, struct err *err)
{
    struct links_rows *rows = NULL;
    const struct link_facts *slices;
    size_t count;
    enum status status = links_rows_open(from, host, &rows, err);
    while (status == OK && (status = links_rows_next(rows, &slices, &count, err)) == OK) {
        status = put_begin(into, host, err);
        if (status == OK)
            status = is_newer(into, &slices[0], err);
        if (status == OK)
            status = put_file(into, slices, count, slices[0].run, STR_EMPTY, err);
        if (status != OK && status != END)
            break;
        status = OK;
    }
    links_rows_close(rows);
    return status == END ? OK : status;
}

// Than what the host in use has at the path; END where it is not.
static enum status is_newer(struct links *into, const struct link_facts *facts, struct err *err)
{
    sqlite3_stmt *find = into->statements[FIND_RUN];
    enum status status = sqlite3_bind_int64(find, 1, into->host_id) == SQLITE_OK &&
                                 sql_bind_text(find, 2, facts->path) &&
                                 sqlite3_step(find) == SQLITE_ROW
                             ? OK
                             : sql_fail(into, err);
    if (status == OK && sqlite3_column_type(find, 0) != SQLITE_NULL &&
        sqlite3_column_int64(find, 0) >= facts->run)
        status = END;
    (void)sqlite3_reset(find);
    return status;
}

// The host's next run here follows its last one there.
static enum status raise_run(struct links *into, struct links *from, str host, struct err *err)
{
    sqlite3_stmt *find = NULL;
    struct arena arena = { 0 };
    int64_t run = 0;
    enum status status = OK;
    if (from->version > 1)
        status = sql_prepare(from, "SELECT run FROM host WHERE name = ?1", &find, err);
    if (find != NULL && sql_bind_text(find, 1, host) && sqlite3_step(find) == SQLITE_ROW)
        run = sqlite3_column_int64(find, 0);
    (void)sqlite3_finalize(find);
    if (status == OK)
        status =
            sql_run(into,
                    arena_printf(&arena,
                                 "UPDATE host SET run = max(run, %lld) WHERE id = %lld;"
                                 "DELETE FROM temp.used WHERE id = %lld",
                                 (long long)run, (long long)into->host_id, (long long)into->host_id)
                        .at,
                    err);
    into->has_host = false;
    arena_done(&arena);
    return status;
}
