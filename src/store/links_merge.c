// One inventory taken into another, file by file, and then what a newer walk of either did not see
// forgotten in the whole.

#include "store/links_internal.h"

#include <sys/stat.h>

static bool is_same_store(str a, str b);
static enum status check_runs(struct links *from, struct err *err);
static enum status merge_all(struct links *into, struct links *from, struct err *err);
static enum status merge_host(struct links *into, struct links *from, str name, struct err *err);
static enum status merge_files(struct links *into, struct links *from, str name, struct err *err);
static enum status end_host(struct links *into, struct links *from, str name, bool is_whole,
                            struct err *err);
static enum status raise_run(struct links *into, struct links_host *host, struct links *from,
                             struct err *err);

enum status links_merge(struct links *into, str from, struct err *err)
{
    struct links *other = NULL;
    enum status status = links_check_host(into, STR_EMPTY, err);
    if (status == OK && is_same_store(into->name, from))
        status =
            fail(err, ERR_CONFIG, "%.*s: an inventory cannot be merged into itself", STR_ARG(from));
    if (status == OK)
        status = links_open(from, LINKS_READ, &other, err);
    if (status != OK)
        return status;
    status = check_runs(other, err);
    if (status == OK)
        status = merge_all(into, other, err);
    if (status != OK)
        store_prefix(err, from);
    links_close(other);
    return status;
}

static bool is_same_store(str a, str b)
{
    struct arena arena = { 0 };
    struct stat of_a;
    struct stat of_b;
    const char *name_a = cstr_of(&arena, a);
    const char *name_b = cstr_of(&arena, b);
    const bool is_same_file = name_a != NULL && name_b != NULL && stat(name_a, &of_a) == 0 &&
                              stat(name_b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
                              of_a.st_ino == of_b.st_ino;
    arena_done(&arena);
    return is_same_file || str_eq(a, b);
}

// One that is too high would win against every run that comes, for ever.
static enum status check_runs(struct links *from, struct err *err)
{
    static const char *const tables[] = { "host", "place", "walk" };
    struct arena arena = { 0 };
    enum status status = OK;
    int64_t strange = 0;
    for (size_t i = 0; status == OK && i < COUNT_OF(tables); i++) {
        const str sql = arena_printf(&arena,
                                     "SELECT count(*) FROM (SELECT 1 FROM link_%s WHERE run IS NULL"
                                     " OR run NOT BETWEEN 0 AND %lld LIMIT 1) AS strange",
                                     tables[i], (long long)LINKS_RUN_MAX - 1);
        status = db_number(from->db, sql.at, &strange, err);
        if (status == OK && strange != 0)
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

// Where `from` breaks off, what came of it is held to our own walks all the same, and in the transaction that
// brings the last of it.
static enum status merge_host(struct links *into, struct links *from, str name, struct err *err)
{
    struct err of_end;
    const enum status status = merge_files(into, from, name, err);
    const enum status ended = end_host(into, from, name, status == OK, &of_end);
    if (status == OK && ended != OK)
        *err = of_end;
    return status == OK ? ended : status;
}

static enum status merge_files(struct links *into, struct links *from, str name, struct err *err)
{
    struct links_rows *rows = NULL;
    struct links_task task = { .kind = LINKS_TASK_TAKE, .host = name };
    enum status status = links_rows_open(from, name, &rows, err);
    while (status == OK && (status = links_rows_next(rows, &task.slices, &task.count, err)) == OK) {
        task.path = task.slices[0].path;
        for (size_t i = 0; status == OK && i < task.count; i++)
            status = links_row_check(&task.slices[i], err);
        if (status == OK && task.path.len > LINKS_PATH_MAX)
            status = fail(err, ERR_LIMIT, "a path is longer than %u octets", LINKS_PATH_MAX);
        if (status == OK)
            status = links_queue_add(into, &task, err);
    }
    links_rows_close(rows);
    return status == END ? OK : status;
}

static enum status end_host(struct links *into, struct links *from, str name, bool is_whole,
                            struct err *err)
{
    struct links_host *host = NULL;
    enum status status = links_batch_begin(into, err);
    if (status == OK)
        status = links_queue_do(into, err);
    if (status == OK)
        status = links_use_host(into, name, &host, err);
    if (status == OK && is_whole)
        status = links_take_walks(into, host, from, err);
    if (status == OK)
        status = links_forget_gone(into, host, err);
    if (status == OK && is_whole)
        status = raise_run(into, host, from, err);
    return links_batch_end(into, false, status, err);
}

// The host's next run here follows its last one there.
static enum status raise_run(struct links *into, struct links_host *host, struct links *from,
                             struct err *err)
{
    static const char find[] = "SELECT run FROM link_host WHERE name = $1";
    static const char raise[] = "UPDATE link_host SET run = $1 WHERE id = $2 AND run < $1";
    struct db_statement *s = NULL;
    int64_t run = 0;
    enum status status = db_statement(from->db, find, &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, bytes_of_str(host->name));
    status = db_step(s, err);
    if (status == OK)
        run = db_int(s, 0);
    db_reset(s);
    if (status == OK || status == END)
        status = db_statement(into->db, raise, &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, run);
    db_bind_int(s, 2, host->id);
    host->has_begun = false;
    return db_do(s, err);
}
