#include "inspect/here.h"

#include <unistd.h>

struct here {
    const struct disk *disk;
    str place;
    int part_fd;
};

static void look(void *context, const str *paths, size_t count, struct macho_place *out);
static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err);
static void close_part(void *context, struct macho_source *source);

enum status here_read(const struct reader_options *options, const struct reader_job *job,
                      const struct disk *disk,
                      enum status (*tell)(void *context, const struct told *told, struct err *err),
                      void *context, struct arena *a, struct err *err)
{
    struct here here = { .disk = disk, .place = job->place, .part_fd = -1 };
    const struct reader_disk reader = {
        .disk = { .look = look, .context = &here, .is_whole = disk->is_whole },
        .bundle = { .open = open_part, .close = close_part, .context = &here },
        .tell = tell,
        .context = context,
    };
    return reader_read(options, job, &reader, a, err);
}

static void look(void *context, const str *paths, size_t count, struct macho_place *out)
{
    const struct here *here = context;
    for (size_t i = 0; i < count; i++)
        out[i] = disk_look(here->disk, paths[i]);
}

static enum status open_part(void *context, enum macho_bundle_part part, struct macho_source *out,
                             struct err *err)
{
    struct here *here = context;
    uint64_t size = 0;
    (void)err;
    here->part_fd = disk_open_part(here->disk, here->place, part, &size);
    if (here->part_fd < 0)
        return END;
    *out = macho_source_of_open(&here->part_fd, size);
    return OK;
}

static void close_part(void *context, struct macho_source *source)
{
    struct here *here = context;
    (void)source;
    (void)close(here->part_fd);
    here->part_fd = -1;
}
