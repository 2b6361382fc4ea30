// What the caller of the public library gives: sources, surroundings, anchors.

#include "inspect/public.h"

#include <stdio.h>
#include <stdlib.h>

static void look(void *context, const str *paths, size_t count, struct macho_place *out);
static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err);
static void close_part(void *context, struct macho_source *source);
static enum status read_given(void *context, uint64_t offset, uint8_t *to, size_t len,
                              struct err *err);

struct macho_disk public_around_places(struct public_around *around)
{
    if (around->given->look == NULL)
        return (struct macho_disk){ .look = NULL };
    return (
        struct macho_disk){ .look = look, .context = around, .is_whole = around->given->is_whole };
}

static void look(void *context, const str *paths, size_t count, struct macho_place *out)
{
    struct public_around *around = context;
    struct pomona_str *asked = arena_alloc(&around->arena, count * sizeof *asked);
    struct pomona_macho_place *found = arena_zalloc(&around->arena, count * sizeof *found);
    for (size_t i = 0; i < count; i++)
        asked[i] = public_str(paths[i]);
    around->given->look(around->given->context, asked, count, found);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct macho_place){ .is_known = found[i].is_known,
                                       .is_there = found[i].is_there,
                                       .is_writable = found[i].is_writable };
    arena_reset(&around->arena);
}

struct macho_bundle public_around_bundle(struct public_around *around)
{
    if (around->given->open_part == NULL)
        return (struct macho_bundle){ .open = NULL };
    return (struct macho_bundle){ .open = open_part, .close = close_part, .context = around };
}

static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err)
{
    struct public_around *around = context;
    (void)err;
    around->part = (struct pomona_macho_source){ .size = 0 };
    if (!around->given->open_part(around->given->context, (enum pomona_macho_part)part,
                                  &around->part))
        return END;
    *out = public_source_of(&around->part);
    return OK;
}

static void close_part(void *context, struct macho_source *source)
{
    struct public_around *around = context;
    (void)source;
    if (around->given->close_part != NULL)
        around->given->close_part(around->given->context, &around->part);
}

void public_around_done(struct public_around *around)
{
    arena_done(&around->arena);
}

struct macho_source public_source_of(struct pomona_macho_source *given)
{
    return (struct macho_source){ .read = read_given, .context = given, .size = given->size };
}

static enum status read_given(void *context, uint64_t offset, uint8_t *to, size_t len,
                              struct err *err)
{
    const struct pomona_macho_source *given = context;
    // Nothing of nothing needs no callback.
    if (len == 0 || (given->read != NULL && given->read(given->context, offset, to, len)))
        return OK;
    return fail(err, ERR_IO, "%zu octets at %llu could not be read", len,
                (unsigned long long)offset);
}

// --- Anchors

bool pomona_macho_anchors_open(const char *path, struct pomona_macho_anchors **out,
                               struct pomona_macho_error *error)
{
    struct macho_anchors *roots;
    struct err err;
    const enum status status = macho_anchors_open(str_of(path), &roots, &err);
    if (status != OK) {
        public_tell_error(status, &err, error);
        return false;
    }
    struct pomona_macho_anchors *anchors = memory_new(sizeof *anchors);
    anchors->roots = roots;
    *out = anchors;
    return true;
}

void pomona_macho_anchors_close(struct pomona_macho_anchors *anchors)
{
    if (anchors == NULL)
        return;
    macho_anchors_close(anchors->roots);
    free(anchors);
}

void public_tell_error(enum status status, const struct err *err, struct pomona_macho_error *error)
{
    static const enum pomona_macho_error_kind kinds[] = {
        [ERR_FORMAT] = POMONA_MACHO_ERROR_FORMAT,
        [ERR_LIMIT] = POMONA_MACHO_ERROR_LIMIT,
        [ERR_IO] = POMONA_MACHO_ERROR_IO,
        [ERR_CONFIG] = POMONA_MACHO_ERROR_USAGE,
    };
    if (error == NULL)
        return;
    error->kind = kinds[status];
    (void)snprintf(error->text, sizeof error->text, "%s", err->text);
}
