// The disk around one image, as the reader asks for it (macho/report.h): for whoever reads and
// looks in the same process.

#ifndef INSPECT_DISK_VIEW_H
#define INSPECT_DISK_VIEW_H

#include "inspect/around.h"

struct disk_view {
    const struct disk *disk;
    str place;              // The image's own, absolute on its Mac; empty where it is not known.
    struct around *around;  // Of the same disk and place; NULL: nothing is noted.
    int part_fd;
    size_t looks;  // Until now, of DISK_LOOKS_MAX.
};

// Both borrow the view, which stays where it is.
struct macho_disk disk_view_places(struct disk_view *view);
struct macho_bundle disk_view_bundle(struct disk_view *view);

#endif
