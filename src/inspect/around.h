// What else of the disk the facts of a file depend on: the places that its reader looked at, the
// parts of the bundle that it opened, and what it found. The inventory keeps it with the file, and
// the file is unchanged only while the disk still gives the same answers.
//
//     1                     the form of what follows
//     L101 /path            a place: whether it is known, there, writable
//     P0 SIZE MTIME CTIME   a part of the bundle, by its number
//     P1 -                  there is none
//
// An answer is noted once, however many slices ask. Where two differ, both are, and never hold.

#ifndef INSPECT_AROUND_H
#define INSPECT_AROUND_H

#include "base/buf.h"
#include "base/map.h"
#include "inspect/disk.h"

struct around {
    const struct disk *disk;
    str place;         // The file's own, absolute on its Mac; empty where it is not known.
    struct buf lines;  // At most LINKS_AROUND_MAX octets.
    struct map noted;  // Where in `lines` each begins.
    bool is_partial;   // Something could not be noted.
};

// Ready for the next file; `a` is zeroed before the first. Disk and place are borrowed.
void around_begin(struct around *a, const struct disk *disk, str place);
void around_done(struct around *a);

// As disk_look() and disk_open_part().
struct macho_place around_look(struct around *a, str path);
int around_open_part(struct around *a, enum macho_bundle_part part, uint64_t *out_size);

// What was noted since the file was begun; until the next call. Empty where not all of it could be.
str around_text(const struct around *a);
// Asks the disk again. False for an empty text: nobody knows what the facts depend on.
bool around_holds(const struct disk *disk, str place, str text);

#endif
