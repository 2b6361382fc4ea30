#include "inspect/here.h"

#include "inspect/disk_view.h"

enum status here_read(const struct reader_options *options, const struct reader_job *job,
                      struct around *around,
                      enum status (*tell)(void *context, const struct told *told, struct err *err),
                      void *context, struct arena *a, struct err *err)
{
    struct disk_view view = {
        .disk = around->disk, .place = job->place, .around = around, .part_fd = -1
    };
    const struct reader_disk reader = {
        .disk = disk_view_places(&view),
        .bundle = disk_view_bundle(&view),
        .tell = tell,
        .context = context,
    };
    return reader_read(options, job, &reader, a, err);
}
