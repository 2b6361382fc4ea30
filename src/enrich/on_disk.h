// Images that lie on this machine: only where the operator says that the records are of it.

#ifndef ENRICH_ON_DISK_H
#define ENRICH_ON_DISK_H

#include "macho/macho.h"
#include "platform/platform.h"

// What changes when a file is exchanged.
struct on_disk_mark {
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    int64_t modified;
    int64_t changed;
    int64_t born_ns;  // 0: the system does not say.
    // Changed so lately that a further change might not show: stamps are of whole seconds.
    bool is_fresh;
};

// False where there is no such regular file.
bool on_disk_mark_of(str path, struct on_disk_mark *out);
enum platform_mark on_disk_quarantine_of(str path);
// An image file that stays open, so that more of it can be read while it is judged.
struct on_disk_image {
    int fd;
    struct macho_source source;
    struct macho_file file;
    bool is_other;  // It could not be opened as one because it is a file of another kind.
};

// False where it cannot be opened, is no regular file or no Mach-O file. Never waits for a pipe.
// `out` must stay where it is until it is closed; what `file` says lives in the arena.
bool on_disk_open(str path, struct arena *a, struct on_disk_image *out);
void on_disk_close(struct on_disk_image *image);

#endif
