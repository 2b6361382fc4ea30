// A path of a copied disk, walked step by step from the root's descriptor, with every link on the
// way followed by hand as on the Mac. What is then opened in `directory` by `name`, without following
// a link, is what was walked to, whatever anybody puts in place of its directories meanwhile.

#ifndef INSPECT_DISK_PATH_H
#define INSPECT_DISK_PATH_H

#include "inspect/disk.h"

#include <sys/stat.h>

struct disk_path {
    const struct disk *disk;
    int directory;                 // Open; -1 where the root itself cannot be opened.
    char name[DISK_PATH_MAX + 1];  // What was walked to, in it; "." for the directory itself.
    struct stat st;                // Of that; with END, of the last on the way that is there.
    char done[DISK_PATH_MAX + 1];  // On the Mac, without links; no slash at its end.
    size_t done_len;
    char rest[2 * DISK_PATH_MAX + 2];  // What is still to do lies at its end,
    size_t rest_at;                    // from here.
    unsigned links;
    unsigned steps;
};

// `disk` has a root, and is borrowed. END where nothing lies at the path, ERR_LIMIT where it is too
// long or goes around. disk_path_done() in any case.
MUST_CHECK enum status disk_path_walk(struct disk_path *w, const struct disk *disk, str path,
                                      struct err *err);
void disk_path_done(struct disk_path *w);

#endif
