// The files below the paths that were named, one after the other, in the order of their names.
//
// Directories are walked by descriptors, so that nobody can lead the walk elsewhere by putting a
// link where a directory was. Links are not followed: they would lead out of the tree, or around
// in it; only a path that was named may be one. What is held is the names of the directories on
// the way down, and no more.

#ifndef INSPECT_TREE_H
#define INSPECT_TREE_H

#include "base/arena.h"
#include "base/err.h"
#include "inspect/disk.h"

#include <sys/stat.h>

#define TREE_DEPTH_MAX 256u      // Directories inside one another.
#define TREE_NAMES_MAX 8000000u  // In one directory.

struct tree;

// One file, or why there is none. Text lives until the next tree_next().
struct tree_file {
    str path;   // As it is told: as named, or of the Mac where there is a --root.
    str place;  // The same, absolute and without links on the way: what the inventory has.
    int fd;  // Of a regular file, open for reading; the caller closes it. -1 where there is none.
    struct stat st;  // Also of what could not be opened; zero where it is not known.
    bool is_named;   // Not found in a directory, but given.
    bool is_other;   // Neither a regular file nor a directory; or gone since it was found.
    str why;         // Why it could not be opened; empty where it could.
};

// `paths` and `disk` are borrowed.
struct tree *tree_new(const str *paths, size_t count, const struct disk *disk);
void tree_free(struct tree *t);

// END behind the last one.
MUST_CHECK enum status tree_next(struct tree *t, struct tree_file *out);

// How much of the walk is done, from 0 to 1: every entry of a directory counts as much as another.
double tree_progress(const struct tree *t);

// Whether the `index`th of the paths is a directory that was walked whole, and where it is.
bool tree_walked(const struct tree *t, size_t index, str *out_place);

// Whether the second place of the user's files, /System/Volumes/Data, was passed over: on a Mac, and
// where what links join to it lies at its first place too.
bool tree_passed_data(const struct tree *t);

#endif
