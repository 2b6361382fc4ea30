// The disk of the Mac that is looked at: this machine's own, or a copy of one below a directory
// (--root), in which paths and links mean what they meant on the Mac.

#ifndef INSPECT_DISK_H
#define INSPECT_DISK_H

#include "base/arena.h"
#include "base/err.h"
#include "macho/injection.h"
#include "macho/sealed.h"

#define DISK_PATH_MAX  4096u
#define DISK_LINKS_MAX 40u     // Followed for one path, as the kernel does.
#define DISK_STEPS_MAX 512u    // Directories entered for one path; a Mac's has 1024 octets.
#define DISK_LOOKS_MAX 16384u  // Places that are looked at for one file, of all its slices.

struct disk {
    str root;       // Without a slash at its end; empty: this machine's own disk.
    bool is_whole;  // All of the Mac's disk is there: it is a copy, or this is a Mac.
};

// The path under which the Mac's `path` (absolute) is to be opened here, with every link on the way
// followed as on the Mac, the last one too. END where nothing lies there, ERR_LIMIT for a path that
// is too long or goes around. NUL-terminated; in the arena.
MUST_CHECK enum status disk_resolve(const struct disk *disk, str path, struct arena *a, str *out,
                                    struct err *err);

// Opens what lies at the Mac's path for reading, without waiting: on a copied disk what
// disk_resolve() finds, on this machine's own whatever open() does with `flags`, O_NOFOLLOW or 0.
// ERR_IO where it cannot be opened, END where nothing lies there.
MUST_CHECK enum status disk_open(const struct disk *disk, str path, int flags, int *out,
                                 struct err *err);

// What lies at the Mac's path, for macho_judge_injection().
struct macho_place disk_look(const struct disk *disk, str path);

// A part of the bundle around the image at `place`, open for reading, and its size; negative where
// there is none, or none that may be read. Contents/MacOS/X, X.framework/Versions/A/X and X.app/X
// know their bundles.
#define DISK_PART_MISSING (-1)
#define DISK_PART_CLOSED  (-2)  // Something is there.
int disk_open_part(const struct disk *disk, str place, enum macho_bundle_part part,
                   uint64_t *out_size);

// Whether a bundle may be around it, by its path alone: where not, there are no parts to ask for.
bool disk_has_bundle(str place);

// The Mac's own, absolute path of what was named on the command line: below the root where there
// is one (also where the root's own path stands before it), else without links. Empty where it
// does not exist.
str disk_place_of(const struct disk *disk, str named, struct arena *a);

#endif
