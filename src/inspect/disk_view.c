#include "inspect/disk_view.h"

#include <unistd.h>

static void look(void *context, const str *paths, size_t count, struct macho_place *out);
static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err);
static void close_part(void *context, struct macho_source *source);

struct macho_disk disk_view_places(struct disk_view *view)
{
    return (struct macho_disk){ .look = look, .context = view, .is_whole = view->disk->is_whole };
}

static void look(void *context, const str *paths, size_t count, struct macho_place *out)
{
    struct disk_view *view = context;
    for (size_t i = 0; i < count && view->looks < DISK_LOOKS_MAX; i++, view->looks++)
        out[i] = view->around != NULL ? around_look(view->around, paths[i])
                                      : disk_look(view->disk, paths[i]);
}

struct macho_bundle disk_view_bundle(struct disk_view *view)
{
    return (struct macho_bundle){ .open = open_part,
                                  .close = close_part,
                                  .context = view,
                                  .is_around = disk_has_bundle(view->place) };
}

static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err)
{
    struct disk_view *view = context;
    uint64_t size = 0;
    view->part_fd = view->around != NULL ? around_open_part(view->around, part, &size)
                                         : disk_open_part(view->disk, view->place, part, &size);
    if (view->part_fd == DISK_PART_CLOSED)
        return fail(err, ERR_IO, "is there and may not be read");
    if (view->part_fd < 0)
        return END;
    *out = macho_source_of_open(&view->part_fd, size);
    return OK;
}

static void close_part(void *context, struct macho_source *source)
{
    struct disk_view *view = context;
    (void)source;
    (void)close(view->part_fd);
    view->part_fd = -1;
}
