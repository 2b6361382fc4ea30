// Reading for the public library (include/pomona/macho.h): the caller's options and callbacks are
// put in the words of the reader, and all that it tells is kept in the handle.

#include "inspect/disk_view.h"
#include "inspect/public.h"
#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// Those of the first version, up to its last member: no program knows of fewer.
#define OPTIONS_SIZE_MIN                                   \
    (offsetof(struct pomona_macho_options, surroundings) + \
     sizeof(const struct pomona_macho_surroundings *))
#define OPTIONS_SIZE_MAX 4096u

// One call, until it returns.
struct request {
    struct pomona_macho_options options;
    struct pomona_macho *handle;  // What it fills.
    struct disk disk;
    str place;  // The image's own path, as it is judged by.
    struct disk_view view;
    struct public_around around;
    struct arena scratch;
};

static enum status begin(struct request *r, const struct pomona_macho_options *options,
                         struct err *err);
static enum status take_options(const struct pomona_macho_options *given,
                                struct pomona_macho_options *out, struct err *err);
static enum status open_disk(struct request *r, struct err *err);
static enum status open_file(struct request *r, const char *path, int *out, struct err *err);
static enum status read_whole(struct request *r, const struct macho_source *source,
                              struct err *err);
static void look_around(struct request *r, struct macho_disk *places, struct macho_bundle *bundle);
static const str *api_frameworks(struct request *r, size_t *out_count);
static void add_slices(struct pomona_macho *handle);
static bool finish(struct request *r, enum status status, const struct err *err,
                   struct pomona_macho **out, struct pomona_macho_error *error);
bool pomona_macho_read_path(const char *path, const struct pomona_macho_options *options,
                            struct pomona_macho **out, struct pomona_macho_error *error)
{
    struct request r;
    struct macho_source source;
    struct err err;
    int fd = -1;
    enum status status = begin(&r, options, &err);
    if (status == OK)
        status = open_file(&r, path, &fd, &err);
    if (status == OK)
        status = macho_source_of_fd(&fd, &source, &err);
    if (status == OK)
        status = read_whole(&r, &source, &err);
    if (fd >= 0)
        (void)close(fd);
    return finish(&r, status, &err, out, error);
}

bool pomona_macho_read_fd(int fd, const struct pomona_macho_options *options,
                          struct pomona_macho **out, struct pomona_macho_error *error)
{
    struct request r;
    struct macho_source source;
    struct err err;
    enum status status = begin(&r, options, &err);
    if (status == OK)
        status = macho_source_of_fd(&fd, &source, &err);
    if (status == OK)
        status = read_whole(&r, &source, &err);
    return finish(&r, status, &err, out, error);
}

bool pomona_macho_read_memory(const void *at, size_t len,
                              const struct pomona_macho_options *options, struct pomona_macho **out,
                              struct pomona_macho_error *error)
{
    struct request r;
    struct err err;
    bytes in = bytes_of_str(STR_EMPTY);
    if (at != NULL)
        in = (bytes){ .at = at, .len = len };
    const struct macho_source source = macho_source_of_bytes(&in);
    enum status status = begin(&r, options, &err);
    if (status == OK)
        status = read_whole(&r, &source, &err);
    return finish(&r, status, &err, out, error);
}

bool pomona_macho_read_source(const struct pomona_macho_source *source,
                              const struct pomona_macho_options *options, struct pomona_macho **out,
                              struct pomona_macho_error *error)
{
    struct request r;
    struct err err;
    struct pomona_macho_source given = { .size = 0 };
    enum status status = begin(&r, options, &err);
    if (status == OK && source == NULL)
        status = fail(&err, ERR_CONFIG, "no source");
    else if (status == OK)
        given = *source;
    const struct macho_source reading = public_source_of(&given);
    if (status == OK)
        status = read_whole(&r, &reading, &err);
    return finish(&r, status, &err, out, error);
}

void pomona_macho_free(struct pomona_macho *file)
{
    if (file == NULL)
        return;
    arena_done(&file->arena);
    free(file);
}

bool pomona_macho_is_image(const void *head, size_t len)
{
    return head != NULL && macho_is_image((bytes){ .at = head, .len = len });
}

// --- Options

static enum status begin(struct request *r, const struct pomona_macho_options *options,
                         struct err *err)
{
    *r = (struct request){ .handle = memory_zeroed(1, sizeof *r->handle), .place = STR_EMPTY };
    r->handle->path = STR_EMPTY;
    r->view = (struct disk_view){ .disk = &r->disk, .place = STR_EMPTY, .part_fd = -1 };
    const enum status status = take_options(options, &r->options, err);
    if (status != OK)
        return status;
    if (r->options.disk != NULL && r->options.surroundings != NULL)
        return fail(err, ERR_CONFIG, "both a disk and surroundings in place of it");
    if (r->options.path != NULL) {
        r->handle->path = arena_str(&r->handle->arena, str_of(r->options.path));
        r->place = r->handle->path;
    }
    return r->options.disk == NULL ? OK : open_disk(r, err);
}

static enum status take_options(const struct pomona_macho_options *given,
                                struct pomona_macho_options *out, struct err *err)
{
    *out = (struct pomona_macho_options){ .size = sizeof *out };
    if (given == NULL)
        return OK;
    if (given->size < OPTIONS_SIZE_MIN || given->size > OPTIONS_SIZE_MAX)
        return fail(err, ERR_CONFIG, "options of %zu octets; they have %zu", given->size,
                    sizeof *out);
    memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
    const char *at = (const char *)given;
    for (size_t i = sizeof *out; i < given->size; i++)
        if (at[i] != 0)
            return fail(err, ERR_CONFIG, "options that this version of the library does not know");
    return OK;
}

static enum status open_disk(struct request *r, struct err *err)
{
    struct stat st;
    r->disk.is_whole = true;
    char *real = realpath(r->options.disk, NULL);
    if (real == NULL)
        return fail(err, ERR_IO, "%s: %s", r->options.disk, strerror(errno));
    r->disk.root = arena_str(&r->scratch, str_of(real));
    free(real);
    if (stat(r->disk.root.at, &st) != 0 || !S_ISDIR(st.st_mode))
        return fail(err, ERR_CONFIG, "%s: not a directory", r->options.disk);
    if (str_eq(r->disk.root, STR("/")))
        r->disk = (struct disk){ .root = STR_EMPTY, .is_whole = platform_is_mac() };
    return OK;
}

static enum status open_file(struct request *r, const char *path, int *out, struct err *err)
{
    const bool is_copy = r->disk.root.len > 0;
    if (path == NULL)
        return fail(err, ERR_CONFIG, "no path");
    const str place = disk_place_of(&r->disk, str_of(path), &r->scratch);
    if (r->options.path == NULL) {
        r->place = arena_str(&r->handle->arena, place);
        r->handle->path = is_copy ? r->place : arena_str(&r->handle->arena, str_of(path));
    }
    if (is_copy && place.len == 0)
        return fail(err, ERR_IO, "%s", strerror(ENOENT));
    const enum status status = disk_open(&r->disk, is_copy ? place : str_of(path), 0, out, err);
    return status == END ? fail(err, ERR_IO, "%s", strerror(ENOENT)) : status;
}

// --- Reading

static enum status read_whole(struct request *r, const struct macho_source *source, struct err *err)
{
    struct pomona_macho *handle = r->handle;
    struct arena *a = &handle->arena;
    struct macho_disk places = { .look = NULL };
    struct macho_bundle bundle = { .open = NULL };
    struct macho_report_options report = {
        .path = r->place,
        .anchors = r->options.anchors == NULL ? NULL : r->options.anchors->roots,
        .with_pages = r->options.verify_pages,
    };
    const enum status status = macho_read(source, a, &handle->file, err);
    if (status != OK)
        return status;
    look_around(r, &places, &bundle);
    report.disk = places.look == NULL ? NULL : &places;
    report.bundle = bundle.open == NULL ? NULL : &bundle;
    report.api_frameworks = api_frameworks(r, &report.api_framework_count);
    handle->reports = macho_report_on(source, &handle->file, &report, a);
    handle->worst = macho_worst_of(&handle->file, handle->reports);
    add_slices(handle);
    return OK;
}

static void look_around(struct request *r, struct macho_disk *places, struct macho_bundle *bundle)
{
    if (r->options.disk != NULL) {
        r->view.place = r->place;
        *places = disk_view_places(&r->view);
        *bundle = disk_view_bundle(&r->view);
    } else if (r->options.surroundings != NULL) {
        r->around.given = r->options.surroundings;
        *places = public_around_places(&r->around);
        *bundle = public_around_bundle(&r->around);
        bundle->is_around = disk_has_bundle(r->place);
    }
}

static const str *api_frameworks(struct request *r, size_t *out_count)
{
    if (r->options.api_frameworks == NULL)
        return macho_default_api_frameworks(out_count);
    const size_t count = r->options.api_framework_count;
    str *names = arena_alloc(&r->scratch, count * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = str_of(r->options.api_frameworks[i]);
    *out_count = count;
    return names;
}

static void add_slices(struct pomona_macho *handle)
{
    static const struct macho_code_directory none;
    const struct macho_file *file = &handle->file;
    handle->slices = arena_zalloc(&handle->arena, file->image_count * sizeof *handle->slices);
    for (size_t i = 0; i < file->image_count; i++) {
        const struct macho_image *image = &file->images[i];
        struct pomona_macho_slice *slice = &handle->slices[i];
        slice->file = handle;
        slice->index = i;
        slice->image = image;
        slice->report = &handle->reports[i];
        slice->best = image->signature.best != NULL ? image->signature.best : &none;
        for (size_t j = 0; image->has_uuid && j < sizeof image->uuid; j++)
            (void)snprintf(slice->uuid + 2 * j, 3, "%02X", image->uuid[j]);
    }
}

static bool finish(struct request *r, enum status status, const struct err *err,
                   struct pomona_macho **out, struct pomona_macho_error *error)
{
    arena_done(&r->scratch);
    public_around_done(&r->around);
    if (status == OK) {
        *out = r->handle;
        return true;
    }
    pomona_macho_free(r->handle);
    public_tell_error(status, err, error);
    return false;
}
