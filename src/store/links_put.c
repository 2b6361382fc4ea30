// Everything that is written of one file, and the transaction around a batch.

#include "store/links_internal.h"

#include "store/audit.h"

#include <stdio.h>
#include <stdlib.h>

#define DETAIL_MAX 128u

struct wanted_host {
    const struct links_hosts *hosts;
    str name;
};

static enum status begin_host(struct links *links, struct links_host *host, struct err *err);
static bool has_name(const void *context, uint32_t value);
static enum status find_host(struct links *links, struct links_host *host, int64_t *last_run,
                             struct err *err);
static enum status loosen_path(struct links *links, const struct links_host *host, str path,
                               int64_t *newest, struct err *err);
static enum status delete_path(struct links *links, const struct links_host *host, str path,
                               struct err *err);
static enum status put_slice(struct links *links, const struct links_host *host,
                             const struct link_facts *facts, int64_t run, struct err *err);
static enum status image_of(struct links *links, const struct link_facts *facts, int64_t *out,
                            struct err *err);
static enum status add_image(struct links *links, const struct link_facts *facts, int64_t *out,
                             struct err *err);
static enum status bind_path(struct links *links, const char *sql, const struct links_host *host,
                             str path, struct db_statement **out, struct err *err);
static enum status drop_loose(struct links *links, struct err *err);
static int by_number(const void *a, const void *b);
static enum status tell(struct links *links, bool is_last, struct err *err);

enum status links_batch_begin(struct links *links, struct err *err)
{
    links->loose.count = 0;
    links->next_image = 0;
    links->batch = links->counts;
    links->batch_number++;
    return db_begin(links->db, err);
}

// A host whose run began in a batch that was taken back begins it again.
enum status links_batch_end(struct links *links, bool is_last, enum status status, struct err *err)
{
    if (status == OK)
        status = drop_loose(links, err);
    if (status == OK)
        status = tell(links, is_last, err);
    status = db_end(links->db, status, err);
    for (uint32_t i = 0; status != OK && i < links->hosts.count; i++)
        if (links->hosts.at[i].batch_number == links->batch_number)
            links->hosts.at[i].has_begun = false;
    if (status != OK)
        return status;
    links->counts = is_last ? (struct links_counts){ 0 } : links->batch;
    links->has_entry = !is_last && links_owes_entry(links);
    return OK;
}

bool links_owes_entry(const struct links *links)
{
    return links->action != NULL && (links->counts.put > 0 || links->counts.forgotten > 0);
}

// That a run has begun is told with its first batch, and how it went with its last.
static enum status tell(struct links *links, bool is_last, struct err *err)
{
    char detail[DETAIL_MAX];
    const struct links_counts *counts = &links->batch;
    if (links->action == NULL || (counts->put == 0 && counts->forgotten == 0) ||
        (!is_last && links->has_entry))
        return OK;
    (void)snprintf(detail, sizeof detail, "{\"put\":%llu,\"forgotten\":%llu,\"has_ended\":%s}",
                   (unsigned long long)counts->put, (unsigned long long)counts->forgotten,
                   is_last ? "true" : "false");
    return audit_append(links->db, &links->act, str_of(links->action), links->subject,
                        str_of(detail), err);
}

enum status links_use_host(struct links *links, str name, struct links_host **out, struct err *err)
{
    struct links_hosts *hosts = &links->hosts;
    const struct wanted_host wanted = { .hosts = hosts, .name = name };
    const uint64_t hash = str_hash(name, 0);
    uint32_t at = map_find(&hosts->by_name, hash, has_name, &wanted);
    if (at == MAP_NONE) {
        if (hosts->count == LINKS_HOSTS_MAX)
            return fail(err, ERR_LIMIT, "more than %u hosts", LINKS_HOSTS_MAX);
        if (hosts->count == hosts->capacity) {
            hosts->capacity = hosts->capacity == 0 ? 16 : hosts->capacity * 2;
            hosts->at = memory_resize(hosts->at, hosts->capacity * sizeof *hosts->at);
        }
        at = hosts->count++;
        hosts->at[at] = (struct links_host){ .name = arena_str(&hosts->arena, name) };
        map_add(&hosts->by_name, hash, at);
    }
    *out = &hosts->at[at];
    return (*out)->has_begun ? OK : begin_host(links, *out, err);
}

static bool has_name(const void *context, uint32_t value)
{
    const struct wanted_host *wanted = context;
    return str_eq(wanted->hosts->at[value].name, wanted->name);
}

// The first use of a host begins a run of it. A number that no run can have is left as it is, and
// refused.
static enum status begin_host(struct links *links, struct links_host *host, struct err *err)
{
    static const char add[] = "INSERT INTO link_host (run, name, id) VALUES ($1, $2,"
                              " (SELECT coalesce(max(id), 0) + 1 FROM link_host))";
    static const char change[] = "UPDATE link_host SET run = $1 WHERE id = $2";
    struct db_statement *s = NULL;
    int64_t last = 0;
    enum status status = find_host(links, host, &last, err);
    const bool is_there = status == OK;
    if (status != OK && status != END)
        return status;
    if (last < 0 || last >= LINKS_RUN_MAX - 1)
        return fail(err, ERR_FORMAT, "damaged link inventory: a host's last run is %lld",
                    (long long)last);
    host->run = last + 1 > links->now_s ? last + 1 : links->now_s;
    status = db_statement(links->db, is_there ? change : add, &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, host->run);
    if (is_there)
        db_bind_int(s, 2, host->id);
    else
        db_bind_octets(s, 2, bytes_of_str(host->name));
    status = db_do(s, err);
    if (status == OK && !is_there)
        status = find_host(links, host, &last, err);
    host->has_begun = status == OK;
    host->batch_number = links->batch_number;
    return status;
}

static enum status find_host(struct links *links, struct links_host *host, int64_t *last_run,
                             struct err *err)
{
    static const char sql[] = "SELECT id, run FROM link_host WHERE name = $1";
    struct db_statement *s = NULL;
    enum status status = db_statement(links->db, sql, &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, bytes_of_str(host->name));
    status = db_step(s, err);
    if (status == OK) {
        host->id = db_int(s, 0);
        *last_run = db_int(s, 1);
    }
    db_reset(s);
    return status;
}

// What another program saw of the path in a later run of the host, while this one lasts, is no reason to
// forget what this one sees now: it counts as of the later one.
enum status links_put_file(struct links *links, const struct links_host *host,
                           const struct links_task *task, struct err *err)
{
    const size_t loose = links->loose.count;
    const bool is_taken = task->kind == LINKS_TASK_TAKE;
    const int64_t seen = is_taken ? task->slices[0].run : host->run;
    int64_t newest = -1;
    enum status status = loosen_path(links, host, task->path, &newest, err);
    const bool is_there = links->loose.count > loose;
    if (status == OK && is_taken && newest >= seen) {
        links->loose.count = loose;
        return OK;
    }
    if (status == OK && is_there)
        status = delete_path(links, host, task->path, err);
    for (size_t i = 0; status == OK && i < task->count; i++)
        status = put_slice(links, host, &task->slices[i], newest > seen ? newest : seen, err);
    return status;
}

enum status links_remove_path(struct links *links, const struct links_host *host, str path,
                              struct err *err)
{
    const size_t loose = links->loose.count;
    int64_t newest = -1;
    const enum status status = loosen_path(links, host, path, &newest, err);
    const size_t count = links->loose.count - loose;
    if (status != OK || count == 0)
        return status;
    links->batch.forgotten += count;
    return delete_path(links, host, path, err);
}

static enum status delete_path(struct links *links, const struct links_host *host, str path,
                               struct err *err)
{
    static const char sql[] = "DELETE FROM link_place WHERE host = $1 AND path = $2";
    struct db_statement *s = NULL;
    const enum status status = bind_path(links, sql, host, path, &s, err);
    return status == OK ? db_do(s, err) : status;
}

enum status links_touch_path(struct links *links, const struct links_host *host, str path,
                             struct err *err)
{
    static const char sql[] = "UPDATE link_place SET run = $3 WHERE host = $1 AND path = $2"
                              " AND run < $3";
    struct db_statement *s = NULL;
    const enum status status = bind_path(links, sql, host, path, &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 3, host->run);
    return db_do(s, err);
}

static enum status bind_path(struct links *links, const char *sql, const struct links_host *host,
                             str path, struct db_statement **out, struct err *err)
{
    const enum status status = db_statement(links->db, sql, out, err);
    if (status != OK)
        return status;
    db_bind_int(*out, 1, host->id);
    db_bind_octets(*out, 2, bytes_of_str(path));
    return OK;
}

static enum status loosen_path(struct links *links, const struct links_host *host, str path,
                               int64_t *newest, struct err *err)
{
    static const char sql[] = "SELECT image, run FROM link_place WHERE host = $1 AND path = $2"
                              " ORDER BY slice";
    struct db_statement *s = NULL;
    enum status status = bind_path(links, sql, host, path, &s, err);
    if (status != OK)
        return status;
    while ((status = db_step(s, err)) == OK) {
        const int64_t run = db_int(s, 1);
        *newest = run > *newest ? run : *newest;
        links_loosen(links, db_int(s, 0));
    }
    db_reset(s);
    return status == END ? OK : status;
}

void links_loosen(struct links *links, int64_t image)
{
    struct links_loose *loose = &links->loose;
    if (loose->count == loose->capacity) {
        loose->capacity = loose->capacity == 0 ? 256 : loose->capacity * 2;
        loose->ids = memory_resize(loose->ids, loose->capacity * sizeof *loose->ids);
    }
    loose->ids[loose->count++] = image;
}

static enum status put_slice(struct links *links, const struct links_host *host,
                             const struct link_facts *facts, int64_t run, struct err *err)
{
    static const char sql[] =
        "INSERT INTO link_place (host, path, slice, size, mtime_ns, ctime_ns, run, image, around)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (host, path, slice) DO UPDATE"
        " SET size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,"
        " run = excluded.run, image = excluded.image, around = excluded.around";
    int64_t image = 0;
    struct db_statement *s = NULL;
    enum status status = image_of(links, facts, &image, err);
    if (status == OK)
        status = bind_path(links, sql, host, facts->path, &s, err);
    if (status != OK)
        return status;
    const int64_t numbers[] = {
        facts->slice, (int64_t)facts->size, facts->mtime_ns, facts->ctime_ns, run, image
    };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        db_bind_int(s, (int)i + 3, numbers[i]);
    db_bind_octets(s, 9, bytes_of_str(facts->around));
    links->batch.put++;
    return db_do(s, err);
}

// The image of which all this is told, added where there is none. Hashes of images can be made to
// agree: then the first few are compared, and what is not among them stands twice.
static enum status image_of(struct links *links, const struct link_facts *facts, int64_t *out,
                            struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(links->db, links_sql_find_image, &s, err);
    if (status != OK)
        return status;
    links_row_bind(s, facts);
    status = db_step(s, err);
    if (status == OK)
        *out = db_int(s, 0);
    db_reset(s);
    return status == END ? add_image(links, facts, out, err) : status;
}

// Nobody else adds one before this transaction ends, so numbers are counted here.
static enum status add_image(struct links *links, const struct link_facts *facts, int64_t *out,
                             struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = OK;
    if (links->next_image == 0)
        status = db_number(links->db, "SELECT coalesce(max(id), 0) + 1 FROM link_image",
                           &links->next_image, err);
    if (status == OK)
        status = db_statement(links->db, links_sql_add_image, &s, err);
    if (status != OK)
        return status;
    *out = links->next_image++;
    links_row_bind(s, facts);
    db_bind_int(s, LINKS_COLUMN_COUNT + 2, *out);
    return db_do(s, err);
}

static enum status drop_loose(struct links *links, struct err *err)
{
    static const char sql[] = "DELETE FROM link_image WHERE id = $1 AND NOT EXISTS"
                              " (SELECT 1 FROM link_place WHERE image = $1)";
    const struct links_loose *loose = &links->loose;
    enum status status = OK;
    if (loose->count > 0)
        qsort(loose->ids, loose->count, sizeof *loose->ids, by_number);
    for (size_t i = 0; status == OK && i < loose->count; i++) {
        struct db_statement *s = NULL;
        if (i > 0 && loose->ids[i] == loose->ids[i - 1])
            continue;
        status = db_statement(links->db, sql, &s, err);
        if (status != OK)
            break;
        db_bind_int(s, 1, loose->ids[i]);
        status = db_do(s, err);
    }
    return status;
}

static int by_number(const void *a, const void *b)
{
    const int64_t of_a = *(const int64_t *)a;
    const int64_t of_b = *(const int64_t *)b;
    return (of_a > of_b) - (of_a < of_b);
}
