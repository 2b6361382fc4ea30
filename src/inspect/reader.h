// Reads one image file whole and tells it, slice by slice. It opens nothing: what it needs of the
// disk it asks for, so that it can run in a process that may not (workers.h).

#ifndef INSPECT_READER_H
#define INSPECT_READER_H

#include "inspect/told.h"
#include "macho/report.h"

struct reader_options {
    const str *api_frameworks;
    size_t api_framework_count;
    const struct macho_anchors *anchors;
    bool with_pages;    // --verify
    bool with_imports;  // --imports: all names
    bool with_page;     // For a terminal.
    bool in_colour;
};

struct reader_job {
    int fd;         // Borrowed.
    uint64_t size;  // Of the file.
    str path;       // As it is told.
    str place;      // Absolute, on its Mac; empty where it is not known.
};

// Who may see the disk, and who takes what is told.
struct reader_disk {
    struct macho_disk disk;
    struct macho_bundle bundle;
    enum status (*tell)(void *context, const struct told *told, struct err *err);
    void *context;  // Of `tell`.
};

// ERR_FORMAT: not a Mach-O file, or damaged so that links may be missing (what could be read has
// been told); ERR_LIMIT: more to tell than fits; ERR_IO: could not be read.
MUST_CHECK enum status reader_read(const struct reader_options *options,
                                   const struct reader_job *job, const struct reader_disk *disk,
                                   struct arena *a, struct err *err);

#endif
