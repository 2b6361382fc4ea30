// Every image below the paths that were named: read by workers, told in the order of their names,
// and kept in the link inventory, from which those that did not change are told again.

#ifndef INSPECT_INSPECT_H
#define INSPECT_INSPECT_H

#include "inspect/workers.h"
#include "store/links.h"

#include <signal.h>

struct inspect_options {
    const str *paths;
    size_t path_count;
    struct workers_options workers;
    struct links *links;  // NULL: nothing is kept.
    str host;             // Whose images they are, in the inventory.
    bool reads_again;     // Also what did not change since it was kept.
    // Set by a signal handler: what was read is told and kept, and nothing more is begun.
    const volatile sig_atomic_t *stop;
};

struct inspect_counts {
    uint64_t files;   // Image files, of which `unchanged` were not read again.
    uint64_t images;  // Slices of them.
    uint64_t unchanged;
    uint64_t others;  // Files that are no images, or no files.
    uint64_t failed;
    uint64_t walked;  // Directories among the paths.
    uint64_t left;    // Readers that could not be ended (process.h).
    bool is_stopped;
    // /System/Volumes/Data was passed over: what lies in it was found at its first place.
    bool has_passed_data;
};

// One file, or why there is nothing of it. Lives until the callback returns.
struct inspect_file {
    str path;
    const struct told *told;
    size_t told_count;
    bool is_unchanged;  // Told by the inventory: without a page.
    bool is_cut;        // It claims to be an image, and there is more of it than was told.
    str why;            // What is wrong with it; empty where nothing is.
};

struct inspect_ear {
    void (*file)(void *context, const struct inspect_file *file);
    // Between files: how much of the walk is done, from 0 to 1, and where it is.
    void (*progress)(void *context, const struct inspect_counts *counts, double done, str path);
    void *context;
};

// ERR_IO: the inventory, or the making of processes, failed. What a single file does wrong is told
// of that file.
MUST_CHECK enum status inspect_run(const struct inspect_options *options,
                                   const struct inspect_ear *ear, struct inspect_counts *out,
                                   const char **out_missing, struct err *err);

#endif
