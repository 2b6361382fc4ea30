#include "inspect/inspect.h"

#include "inspect/tree.h"
#include "platform/platform.h"

#include <stdlib.h>
#include <unistd.h>

#define PENDING_MAX 1024u  // More than workers have room for.

// A file between its place in the walk and its place in what is told.
struct pending {
    struct arena arena;
    str path;
    str place;
    struct links_stamp stamp;
    struct link_facts *known;  // Where it did not change.
    size_t known_count;
    bool is_known;
    bool is_named;
};

struct inspection {
    const struct inspect_options *options;
    const struct inspect_ear *ear;
    struct tree *tree;
    struct workers *workers;
    struct inspect_counts counts;
    struct pending pending[PENDING_MAX];  // By ticket.
    uint64_t next_ticket;
    struct arena arena;  // Of the file that is told.
    bool tree_failed;    // Something could not be walked: nothing is forgotten.
};

static enum status walk(struct inspection *in, struct err *err);
static enum status take_file(struct inspection *in, const struct tree_file *file, struct err *err);
static bool is_image(int fd);
static enum status give(struct inspection *in, const struct tree_file *file, struct err *err);
static enum status find_known(struct inspection *in, struct pending *pending, struct err *err);
static enum status tell_done(struct inspection *in, struct err *err);
static enum status tell_result(struct inspection *in, const struct workers_result *result,
                               struct err *err);
static enum status keep(struct inspection *in, const struct pending *pending,
                        const struct workers_result *result, struct err *err);
static enum status forget_gone(struct inspection *in, struct err *err);
static bool is_stopped(const struct inspection *in);

enum status inspect_run(const struct inspect_options *options, const struct inspect_ear *ear,
                        struct inspect_counts *out, const char **out_missing, struct err *err)
{
    struct inspection *in = memory_zeroed(1, sizeof *in);
    in->options = options;
    in->ear = ear;
    in->tree = tree_new(options->paths, options->path_count, options->workers.disk);
    in->workers = workers_new(&options->workers);

    enum status status = walk(in, err);
    if (status == OK && options->links != NULL)
        status = forget_gone(in, err);
    in->counts.is_stopped = is_stopped(in);
    *out = in->counts;
    *out_missing = workers_missing(in->workers);
    workers_free(in->workers);
    tree_free(in->tree);
    for (size_t i = 0; i < PENDING_MAX; i++)
        arena_done(&in->pending[i].arena);
    arena_done(&in->arena);
    free(in);
    return status;
}

static enum status walk(struct inspection *in, struct err *err)
{
    enum status status = OK;
    bool has_more = true;
    while (status == OK && !is_stopped(in) && (has_more || workers_are_busy(in->workers))) {
        status = tell_done(in, err);
        if (status == OK && has_more && workers_have_room(in->workers)) {
            struct tree_file file;
            has_more = tree_next(in->tree, &file) == OK;
            if (has_more)
                status = take_file(in, &file, err);
        } else if (status == OK && workers_are_busy(in->workers)) {
            workers_wait(in->workers);
        }
    }
    return status == OK ? tell_done(in, err) : status;
}

static bool is_stopped(const struct inspection *in)
{
    return in->options->stop != NULL && *in->options->stop != 0;
}

static enum status take_file(struct inspection *in, const struct tree_file *file, struct err *err)
{
    in->ear->progress(in->ear->context, &in->counts, tree_progress(in->tree), file->path);
    if (file->why.len > 0) {
        const struct inspect_file told = { .path = file->path, .why = file->why };
        in->counts.failed++;
        in->tree_failed = true;
        in->ear->file(in->ear->context, &told);
        return OK;
    }
    if (file->is_other && file->is_named) {
        const struct inspect_file told = { .path = file->path, .why = STR("not a regular file") };
        in->counts.failed++;
        in->ear->file(in->ear->context, &told);
        return OK;
    }
    if (file->is_other || (!file->is_named && !is_image(file->fd))) {
        in->counts.others++;
        if (file->fd >= 0)
            (void)close(file->fd);
        return OK;
    }
    return give(in, file, err);
}

static bool is_image(int fd)
{
    uint8_t head[MACHO_HEAD_BYTES];
    const ssize_t len = pread(fd, head, sizeof head, 0);
    return len > 0 && macho_is_image((bytes){ .at = head, .len = (size_t)len });
}

static enum status give(struct inspection *in, const struct tree_file *file, struct err *err)
{
    const uint64_t ticket = in->next_ticket++;
    struct pending *pending = &in->pending[ticket % PENDING_MAX];
    struct arena arena = pending->arena;

    arena_reset(&arena);
    *pending = (struct pending){
        .arena = arena,
        .stamp = { .size = (uint64_t)file->st.st_size,
                   .mtime_ns = platform_modified_ns(&file->st),
                   .ctime_ns = platform_changed_ns(&file->st) },
    };
    pending->is_named = file->is_named;
    pending->path = arena_str(&pending->arena, file->path);
    pending->place = arena_str(&pending->arena, file->place);
    const enum status status = find_known(in, pending, err);
    if (status != OK || pending->is_known) {
        (void)close(file->fd);
        if (status == OK)
            workers_pass(in->workers, ticket);
        return status;
    }
    const struct reader_job job = {
        .fd = file->fd,
        .size = pending->stamp.size,
        .path = pending->path,
        .place = pending->place,
    };
    return workers_give(in->workers, ticket, &job, err);
}

static enum status find_known(struct inspection *in, struct pending *pending, struct err *err)
{
    const struct inspect_options *options = in->options;
    if (options->links == NULL || options->reads_again || pending->place.len == 0)
        return OK;
    const enum status status =
        links_unchanged(options->links, options->host, pending->place, pending->stamp,
                        &pending->arena, &pending->known, &pending->known_count, err);
    pending->is_known = status == OK;
    return status == END ? OK : status;
}

static enum status tell_done(struct inspection *in, struct err *err)
{
    struct workers_result result;
    enum status status = OK;
    while (status == OK && workers_take(in->workers, &result))
        status = tell_result(in, &result, err);
    return status;
}

static enum status tell_result(struct inspection *in, const struct workers_result *result,
                               struct err *err)
{
    const struct pending *pending = &in->pending[result->ticket % PENDING_MAX];
    struct inspect_file file = {
        .path = pending->path,
        .told = result->told,
        .told_count = result->told_count,
        .is_unchanged = pending->is_known,
        .why = result->why,
    };
    arena_reset(&in->arena);
    if (pending->is_known) {
        struct told *told = arena_zalloc(&in->arena, pending->known_count * sizeof *told);
        for (size_t i = 0; i < pending->known_count; i++)
            told[i].facts = pending->known[i];
        file.told = told;
        file.told_count = pending->known_count;
        in->counts.unchanged++;
    }
    if (result->status == END && !pending->is_named) {
        in->counts.others++;
        return OK;
    }
    if (result->status == END)
        file.why = STR("a universal static library: archives are not read");
    in->counts.files += file.told_count > 0;
    in->counts.images += file.told_count;
    in->counts.failed += result->status != OK;
    in->ear->file(in->ear->context, &file);
    if (in->options->links == NULL || pending->is_known || pending->place.len == 0)
        return OK;
    return keep(in, pending, result, err);
}

// What could not be read this time is as it was; what is no image any more is forgotten.
static enum status keep(struct inspection *in, const struct pending *pending,
                        const struct workers_result *result, struct err *err)
{
    const struct inspect_options *options = in->options;
    if (result->told_count == 0 && result->status == ERR_FORMAT)
        return links_remove(options->links, options->host, pending->place, err);
    if (result->told_count == 0)
        return links_touch(options->links, options->host, pending->place, err);

    struct link_facts *slices = arena_alloc(&in->arena, result->told_count * sizeof *slices);
    for (size_t i = 0; i < result->told_count; i++) {
        slices[i] = result->told[i].facts;
        slices[i].path = pending->place;
        slices[i].size = pending->stamp.size;
        slices[i].mtime_ns = pending->stamp.mtime_ns;
        slices[i].ctime_ns = pending->stamp.ctime_ns;
    }
    const enum status status =
        links_put(options->links, options->host, slices, result->told_count, err);
    if (status != ERR_LIMIT)
        return status;
    const struct inspect_file told = { .path = pending->path,
                                       .why = STR("more to keep of it than the inventory takes") };
    in->counts.failed++;
    in->ear->file(in->ear->context, &told);
    return OK;
}

// Only below what was walked to its end.
static enum status forget_gone(struct inspection *in, struct err *err)
{
    enum status status = OK;
    for (size_t i = 0; i < in->options->path_count && status == OK; i++) {
        str place;
        if (!tree_walked(in->tree, i, &place))
            continue;
        in->counts.walked++;
        if (!in->tree_failed && !is_stopped(in))
            status = links_prune(in->options->links, in->options->host, place, err);
    }
    return status;
}
