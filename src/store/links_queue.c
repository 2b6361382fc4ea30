// What is to be written waits here, with texts of its own, until there is a batch of it: the store's
// lock is held while a batch is written, and not while the next one is read from images.

#include "store/links_internal.h"

#include <assert.h>

#define MANY_SLICES 1000u

static enum status add_tree(struct links *links, enum links_task_kind kind, str host, str path,
                            struct err *err);
static bool is_full(const struct links_queue *q);
static void keep(struct links_queue *q, const struct links_task *task);
static const struct link_facts *copy_slices(struct links_queue *q, const struct links_task *task);
static enum status flush(struct links *links, bool is_last, struct err *err);
static enum status look_again(struct links *links, struct err *err);
static void forget(struct links_queue *q);
static enum status do_task(struct links *links, const struct links_task *task, struct err *err);
static bool is_any(const void *context, uint32_t value);
static bool is_as_it_was(const struct link_facts *row, struct links_stamp stamp);

enum status links_put(struct links *links, str host, const struct link_facts *slices, size_t count,
                      struct err *err)
{
    if (count == 0 || count > LINKS_PATH_ROWS_MAX)
        return fail(err, ERR_LIMIT, "%zu slices of one file; 1 to %u are kept", count,
                    LINKS_PATH_ROWS_MAX);
    if (slices[0].path.len > LINKS_PATH_MAX)
        return fail(err, ERR_LIMIT, "a path is longer than %u octets", LINKS_PATH_MAX);
    enum status status = links_check_host(links, host, err);
    if (status != OK)
        return status;
    for (size_t i = 0; status == OK && i < count; i++)
        status = links_row_check(&slices[i], err);
    if (status == OK)
        return links_queue_add(links,
                               &(struct links_task){ .kind = LINKS_TASK_PUT,
                                                     .host = host,
                                                     .path = slices[0].path,
                                                     .slices = slices,
                                                     .count = count },
                               err);
    struct err of_removal;  // What was known of the path does not hold any more.
    return links_remove(links, host, slices[0].path, &of_removal) == OK
               ? status
               : fail(err, ERR_IO, "%s", of_removal.text);
}

enum status links_remove(struct links *links, str host, str path, struct err *err)
{
    const struct links_task task = { .kind = LINKS_TASK_REMOVE, .host = host, .path = path };
    const enum status status = links_check_host(links, host, err);
    if (status != OK || path.len > LINKS_PATH_MAX)
        return status;  // It cannot have been put.
    return links_queue_add(links, &task, err);
}

enum status links_touch(struct links *links, str host, str path, struct err *err)
{
    return add_tree(links, LINKS_TASK_TOUCH_TREE, host, path, err);
}

enum status links_prune(struct links *links, str host, str root, struct err *err)
{
    return add_tree(links, LINKS_TASK_PRUNE, host, root, err);
}

static enum status add_tree(struct links *links, enum links_task_kind kind, str host, str path,
                            struct err *err)
{
    const enum status status = links_check_host(links, host, err);
    if (status != OK)
        return status;
    if (path.len == 0 || path.len > LINKS_TEXT_MAX)
        return fail(err, ERR_CONFIG, "nothing lies below a path of %zu octets", path.len);
    while (path.len > 0 && path.at[path.len - 1] == '/')
        path.len--;
    if (path.len > LINKS_PATH_MAX)
        return OK;  // Nor can have been put what lies below.
    return links_queue_add(links, &(struct links_task){ .kind = kind, .host = host, .path = path },
                           err);
}

enum status links_unchanged(struct links *links, str host, str path, struct links_stamp stamp,
                            struct arena *a, struct link_facts **out, size_t *out_count,
                            struct err *err)
{
    struct link_facts *rows = NULL;
    size_t count = 0;
    enum status status = links_check_host(links, host, err);
    if (status == OK && path.len > LINKS_PATH_MAX)
        return END;
    if (status == OK)
        status = links_queue_settle(links, path, err);
    if (status == OK)
        status = links_row_whole(links, host, path, a, &rows, &count, err);
    for (size_t i = 0; status == OK && i < count; i++)
        status = is_as_it_was(&rows[i], stamp) && rows[i].object.len > 0 ? OK : END;
    if (status == OK)
        status = links_queue_add(
            links, &(struct links_task){ .kind = LINKS_TASK_TOUCH, .host = host, .path = path },
            err);
    if (status != OK)
        return status;
    *out = rows;
    *out_count = count;
    return OK;
}

// Whoever exchanges a file can give the new one the size and the time of the old one, but its
// status changed now.
static bool is_as_it_was(const struct link_facts *row, struct links_stamp stamp)
{
    return row->size == stamp.size && row->mtime_ns == stamp.mtime_ns &&
           (row->ctime_ns == stamp.ctime_ns || row->ctime_ns == 0 || stamp.ctime_ns == 0);
}

enum status links_check_host(const struct links *links, str host, struct err *err)
{
    if (links->mode != LINKS_WRITE)
        return fail(err, ERR_CONFIG, "the inventory is open for reading");
    if (host.len > LINKS_HOST_MAX)
        return fail(err, ERR_LIMIT, "a host's name is longer than %u octets", LINKS_HOST_MAX);
    return OK;
}

enum status links_queue_add(struct links *links, const struct links_task *task, struct err *err)
{
    const enum status status = is_full(&links->queue) ? links_queue_write(links, err) : OK;
    if (status == OK)
        keep(&links->queue, task);
    return status;
}

static bool is_full(const struct links_queue *q)
{
    return q->count >= LINKS_BATCH_FILES_MAX || q->bytes >= LINKS_BATCH_BYTES_MAX;
}

static void keep(struct links_queue *q, const struct links_task *task)
{
    if (q->tasks == NULL)
        q->tasks = memory_new(LINKS_BATCH_FILES_MAX * sizeof *q->tasks);
    q->tasks[q->count] = (struct links_task){
        .kind = task->kind,
        .host = arena_str(&q->arena, task->host),
        .path = arena_str(&q->arena, task->path),
        .slices = copy_slices(q, task),
        .count = task->count,
    };
    map_add(&q->paths, str_hash(task->path, 0), (uint32_t)q->count);
    q->count++;
    q->prunes = q->prunes || task->kind == LINKS_TASK_PRUNE;
    q->bytes += task->path.len;
}

// Without what is too long, or of no use elsewhere.
static const struct link_facts *copy_slices(struct links_queue *q, const struct links_task *task)
{
    struct link_facts *copies = NULL;
    if (task->count > 0)
        copies = arena_alloc(&q->arena, task->count * sizeof *copies);
    for (size_t i = 0; i < task->count; i++) {
        struct link_facts facts = task->slices[i];
        assert(str_eq(facts.path, task->path));
        if (facts.object.len > LINKS_OBJECT_MAX)
            facts.object = STR_EMPTY;
        if (i > 0 || task->kind == LINKS_TASK_TAKE || facts.around.len > LINKS_AROUND_MAX)
            facts.around = STR_EMPTY;
        q->bytes += links_row_bytes(&facts);
        copies[i] = links_row_copy(&facts, &q->arena);
    }
    return copies;
}

enum status links_queue_settle(struct links *links, str path, struct err *err)
{
    const struct links_queue *q = &links->queue;
    const bool is_settled =
        !q->prunes && map_find(&q->paths, str_hash(path, 0), is_any, NULL) == MAP_NONE;
    return is_settled ? OK : links_queue_write(links, err);
}

// Of two paths of one hash the other is written early, and nothing else.
static bool is_any(const void *context, uint32_t value)
{
    (void)context;
    (void)value;
    return true;
}

enum status links_queue_write(struct links *links, struct err *err)
{
    return links->queue.count == 0 ? OK : flush(links, false, err);
}

enum status links_commit(struct links *links, struct err *err)
{
    if (links == NULL || links->mode != LINKS_WRITE)
        return OK;
    if (links->queue.count == 0 && !links_owes_entry(links))
        return OK;
    const enum status status = flush(links, true, err);
    return status == OK && links->batch.put >= MANY_SLICES ? look_again(links, err) : status;
}

// A server plans by what it knows of its tables, and looks at them now and then only; until then it would
// read all places for each that is asked for.
static enum status look_again(struct links *links, struct err *err)
{
    return db_kind(links->db) == DB_POSTGRES
               ? db_run(links->db, "ANALYZE link_host, link_image, link_place", err)
               : OK;
}

static enum status flush(struct links *links, bool is_last, struct err *err)
{
    enum status status = links_batch_begin(links, err);
    if (status == OK)
        status = links_queue_do(links, err);
    else
        forget(&links->queue);
    status = links_batch_end(links, is_last, status, err);
    if (status != OK)
        store_prefix(err, links->name);
    // Whoever puts takes this for what is wrong with the file that is put now.
    return status == ERR_LIMIT ? ERR_IO : status;
}

// What could not be written is forgotten with the batch: the caller gives up.
enum status links_queue_do(struct links *links, struct err *err)
{
    struct links_queue *q = &links->queue;
    enum status status = OK;
    for (size_t i = 0; status == OK && i < q->count; i++)
        status = do_task(links, &q->tasks[i], err);
    forget(q);
    return status;
}

static void forget(struct links_queue *q)
{
    q->count = 0;
    q->bytes = 0;
    q->prunes = false;
    map_reset(&q->paths);
    arena_reset(&q->arena);
}

static enum status do_task(struct links *links, const struct links_task *task, struct err *err)
{
    struct links_host *host = NULL;
    const enum status status = links_use_host(links, task->host, &host, err);
    if (status != OK)
        return status;
    switch (task->kind) {
    case LINKS_TASK_PUT:
    case LINKS_TASK_TAKE:
        return links_put_file(links, host, task, err);
    case LINKS_TASK_REMOVE:
        return links_remove_path(links, host, task->path, err);
    case LINKS_TASK_TOUCH:
        return links_touch_path(links, host, task->path, err);
    case LINKS_TASK_TOUCH_TREE:
        return links_touch_tree(links, host, task->path, err);
    case LINKS_TASK_PRUNE:
        break;
    }
    return links_prune_tree(links, host, task->path, err);
}
