#include "inspect/inspect.h"

#include "inspect/around.h"
#include "inspect/tree.h"
#include "platform/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CTIME_NEVER INT64_MIN

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
    bool is_stated;      // A regular file, and `stamp` is its.
    bool is_image;       // By its first octets.
    enum status status;  // Where it was not given to a reader: why not.
    str why;
};

struct inspection {
    const struct inspect_options *options;
    const struct inspect_ear *ear;
    struct tree *tree;
    struct workers *workers;
    struct inspect_counts counts;
    struct pending *pending;  // A ring, by ticket: as many as workers have room for.
    size_t pending_max;
    uint64_t next_ticket;
    struct arena arena;  // Of the file that is told.
};

static enum status walk(struct inspection *in, struct err *err);
static enum status take_file(struct inspection *in, const struct tree_file *file, struct err *err);
static enum status is_image(int fd, struct err *err);
static struct pending *new_pending(struct inspection *in, const struct tree_file *file,
                                   uint64_t *out_ticket);
static void pass(struct inspection *in, const struct tree_file *file, enum status status, str why);
static enum status give(struct inspection *in, const struct tree_file *file, struct err *err);
static enum status find_known(struct inspection *in, struct pending *pending, struct err *err);
static bool are_printable(const struct link_facts *facts, size_t count);
static enum status tell_done(struct inspection *in, struct err *err);
static enum status tell_result(struct inspection *in, const struct workers_result *result,
                               struct err *err);
static enum status keep(struct inspection *in, const struct pending *pending, enum status read,
                        const struct workers_result *result, struct err *err);
static enum status keep_unread(struct inspection *in, const struct pending *pending,
                               struct err *err);
static enum status forget_gone(struct inspection *in, struct err *err);
static bool is_stopped(const struct inspection *in);

enum status inspect_run(const struct inspect_options *options, const struct inspect_ear *ear,
                        struct inspect_counts *out, const char **out_missing, struct err *err)
{
    struct inspection *in = memory_zeroed(1, sizeof *in);
    in->options = options;
    in->ear = ear;
    in->tree = tree_new(options->paths, options->path_count, options->workers.disk);
    struct workers_options workers = options->workers;
    workers.stop = options->stop;
    in->workers = workers_new(&workers);
    in->pending_max = workers_room(in->workers);
    in->pending = memory_zeroed(in->pending_max, sizeof *in->pending);

    enum status status = walk(in, err);
    if (status == OK)
        status = forget_gone(in, err);
    in->counts.is_stopped = is_stopped(in);
    in->counts.has_passed_data = tree_passed_data(in->tree);
    in->counts.left = workers_left(in->workers);
    *out = in->counts;
    *out_missing = workers_missing(in->workers);
    workers_free(in->workers);
    tree_free(in->tree);
    for (size_t i = 0; i < in->pending_max; i++)
        arena_done(&in->pending[i].arena);
    free(in->pending);
    arena_done(&in->arena);
    free(in);
    return status;
}

static enum status walk(struct inspection *in, struct err *err)
{
    enum status status = OK;
    bool has_more = true;
    while (status == OK && !is_stopped(in) && (has_more || workers_are_busy(in->workers))) {
        struct tree_file file;
        if (!has_more || !workers_have_room(in->workers))
            workers_wait(in->workers);
        else if (tree_next(in->tree, &file) == OK)
            status = take_file(in, &file, err);
        else
            has_more = false;
        if (status == OK)
            status = tell_done(in, err);
    }
    return status;
}

static bool is_stopped(const struct inspection *in)
{
    return in->options->stop != NULL && *in->options->stop != 0;
}

static enum status take_file(struct inspection *in, const struct tree_file *file, struct err *err)
{
    struct err why = { .text = "" };
    enum status status = OK;
    in->ear->progress(in->ear->context, &in->counts, tree_progress(in->tree), file->path);
    if (file->why.len > 0) {
        pass(in, file, ERR_IO, file->why);
        return OK;
    }
    if (file->is_other && file->is_named) {
        pass(in, file, ERR_FORMAT, STR("not a regular file"));
        return OK;
    }
    if (!file->is_other && !file->is_named)
        status = is_image(file->fd, &why);
    if (!file->is_other && status == OK)
        return give(in, file, err);
    if (file->fd >= 0)
        (void)close(file->fd);
    if (status == ERR_IO)
        pass(in, file, status, str_of(why.text));
    else
        in->counts.others++;
    workers_hear(in->workers);  // There may be many before the readers have no room.
    return OK;
}

// END where it is none.
static enum status is_image(int fd, struct err *err)
{
    uint8_t head[MACHO_HEAD_BYTES];
    const ssize_t len = pread(fd, head, sizeof head, 0);
    if (len < 0)
        return fail(err, ERR_IO, "%s", strerror(errno));
    return macho_is_image((bytes){ .at = head, .len = (size_t)len }) ? OK : END;
}

// What no reader sees has its place in the order all the same.
static void pass(struct inspection *in, const struct tree_file *file, enum status status, str why)
{
    uint64_t ticket;
    struct pending *pending = new_pending(in, file, &ticket);
    pending->status = status;
    pending->why = arena_str(&pending->arena, why);
    workers_pass(in->workers, ticket);
}

static struct pending *new_pending(struct inspection *in, const struct tree_file *file,
                                   uint64_t *out_ticket)
{
    *out_ticket = in->next_ticket++;
    struct pending *pending = &in->pending[*out_ticket % in->pending_max];
    struct arena arena = pending->arena;
    arena_reset(&arena);
    *pending = (struct pending){
        .arena = arena,
        .stamp = { .size = (uint64_t)file->st.st_size,
                   .mtime_ns = platform_modified_ns(&file->st),
                   .ctime_ns = platform_changed_ns(&file->st) },
    };
    pending->is_named = file->is_named;
    pending->is_stated = S_ISREG(file->st.st_mode);
    pending->path = arena_str(&pending->arena, file->path);
    pending->place = arena_str(&pending->arena, file->place);
    return pending;
}

static enum status give(struct inspection *in, const struct tree_file *file, struct err *err)
{
    uint64_t ticket;
    struct pending *pending = new_pending(in, file, &ticket);
    pending->is_image = !file->is_named || is_image(file->fd, err) == OK;
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
    pending->is_known =
        status == OK && are_printable(pending->known, pending->known_count) &&
        around_holds(options->workers.disk, pending->place, pending->known[0].around);
    return status == END ? OK : status;
}

// The inventory may come from anywhere, as may what a reader says.
static bool are_printable(const struct link_facts *facts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!told_is_printable(&(struct told){ .facts = facts[i], .page = STR_EMPTY }, false))
            return false;
    return true;
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
    const struct pending *pending = &in->pending[result->ticket % in->pending_max];
    struct inspect_file file = {
        .path = pending->path,
        .told = result->told,
        .told_count = result->told_count,
        .is_unchanged = pending->is_known,
        .why = pending->status != OK ? pending->why : result->why,
    };
    const enum status read = pending->status != OK ? pending->status : result->status;
    arena_reset(&in->arena);
    if (pending->is_known) {
        struct told *told = arena_zalloc(&in->arena, pending->known_count * sizeof *told);
        for (size_t i = 0; i < pending->known_count; i++)
            told[i].facts = pending->known[i];
        file.told = told;
        file.told_count = pending->known_count;
        in->counts.unchanged++;
    }
    if (read == END && !pending->is_named) {
        in->counts.others++;
        return OK;
    }
    if (read == END)
        file.why = STR("a universal static library: archives are not read");
    file.is_cut = pending->is_image && (file.told_count == 0 || (read != OK && read != ERR_FORMAT));
    in->counts.files += file.told_count > 0;
    in->counts.images += file.told_count;
    in->counts.failed += read != OK;
    in->ear->file(in->ear->context, &file);
    if (in->options->links == NULL || pending->is_known || pending->place.len == 0)
        return OK;
    return keep(in, pending, read, result, err);
}

// What could not be looked at this time is as it was, and what may lie below it too; what is no image
// any more is forgotten.
static enum status keep(struct inspection *in, const struct pending *pending, enum status read,
                        const struct workers_result *result, struct err *err)
{
    const struct inspect_options *options = in->options;
    if (read == ERR_IO)
        return keep_unread(in, pending, err);
    if (result->told_count == 0 || read == ERR_LIMIT)
        return links_remove(options->links, options->host, pending->place, err);

    struct link_facts *slices = arena_alloc(&in->arena, result->told_count * sizeof *slices);
    for (size_t i = 0; i < result->told_count; i++) {
        slices[i] = result->told[i].facts;
        slices[i].path = pending->place;
        slices[i].size = pending->stamp.size;
        slices[i].mtime_ns = pending->stamp.mtime_ns;
        // What is damaged is read again each time, so that each run says so.
        slices[i].ctime_ns = read == OK ? pending->stamp.ctime_ns : CTIME_NEVER;
    }
    slices[0].around = result->around;
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

// Of a file that is not what it was, and cannot be read, nothing is known: old facts would be told
// of the new file. That includes its ctime, as both others can be set back.
static enum status keep_unread(struct inspection *in, const struct pending *pending,
                               struct err *err)
{
    const struct inspect_options *options = in->options;
    struct link_facts *known;
    size_t count;
    if (!pending->is_stated)
        return links_touch(options->links, options->host, pending->place, err);
    const enum status status = links_unchanged(options->links, options->host, pending->place,
                                               pending->stamp, &in->arena, &known, &count, err);
    return status == END ? links_remove(options->links, options->host, pending->place, err)
                         : status;
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
        if (in->options->links != NULL && !is_stopped(in))
            status = links_prune(in->options->links, in->options->host, place, err);
    }
    return status;
}
