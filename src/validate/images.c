#include "validate/images.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME_LINKS "links.db"

static enum status make_directory(struct images *out, struct err *err);
static enum status put_all(const struct scenario *s, struct links *links, struct err *err);
static bool stood_before(const struct scenario *s, size_t i);

enum status images_put(const struct scenario *s, struct images *out, struct err *err)
{
    *out = (struct images){ 0 };
    enum status status = make_directory(out, err);
    if (status != OK)
        return status;
    struct links *links = NULL;
    status = links_open(str_of(out->path), LINKS_WRITE, &links, err);
    if (status == OK)
        status = put_all(s, links, err);
    if (status == OK)
        status = links_commit(links, err);
    links_close(links);
    if (status != OK)
        err_prefix(err, "%.*s: images", STR_ARG(s->name));
    return status;
}

static enum status make_directory(struct images *out, struct err *err)
{
    const char *told = getenv("TMPDIR");
    const str top = str_of(told).len == 0 ? STR("/tmp") : str_of(told);
    struct arena arena = { 0 };
    const str pattern = arena_printf(&arena, "%.*s/pomona-validate-XXXXXX", STR_ARG(top));
    const str path = arena_printf(&arena, "%.*s/" NAME_LINKS, STR_ARG(pattern));
    out->directory = memory_new(pattern.len + 1);
    memcpy(out->directory, pattern.at, pattern.len + 1);
    out->path = memory_new(path.len + 1);
    memcpy(out->path, path.at, path.len + 1);
    arena_done(&arena);
    if (mkdtemp(out->directory) == NULL) {
        const int number = errno;
        const enum status status = fail(err, ERR_IO, "%s: %s", out->directory, strerror(number));
        free(out->directory);
        out->directory = NULL;
        return status;
    }
    memcpy(out->path, out->directory, strlen(out->directory));
    return OK;
}

// Images of one path are the slices of one file.
static enum status put_all(const struct scenario *s, struct links *links, struct err *err)
{
    struct link_facts *slices = memory_zeroed(s->image_count + 1, sizeof *slices);
    enum status status = OK;
    for (size_t i = 0; i < s->image_count && status == OK; i++) {
        if (stood_before(s, i))
            continue;
        uint32_t count = 0;
        for (size_t j = i; j < s->image_count && count < LINKS_PATH_ROWS_MAX; j++) {
            if (!str_eq(s->images[j].path, s->images[i].path))
                continue;
            slices[count] = s->images[j];
            slices[count].slice = count;
            count++;
        }
        // Of no host that there is, so what is told of a path holds for all of them.
        status = links_put(links, STR("scenario"), slices, count, err);
    }
    free(slices);
    return status;
}

static bool stood_before(const struct scenario *s, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (str_eq(s->images[j].path, s->images[i].path))
            return true;
    return false;
}

void images_done(struct images *images)
{
    if (images->directory != NULL) {
        (void)unlink(images->path);
        (void)rmdir(images->directory);
    }
    free(images->directory);
    free(images->path);
    *images = (struct images){ 0 };
}
