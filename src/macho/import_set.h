// The names of one image's imports while they are gathered: each once. What the tables have is
// offsets into a table of names; they are sorted first, so that names which stand close together
// are read together and the table is walked through once.

#ifndef MACHO_IMPORT_SET_H
#define MACHO_IMPORT_SET_H

#include "base/map.h"
#include "macho/imports.h"
#include "macho/stream.h"

struct macho_import_set {
    struct macho_reading *reading;
    bool is_complete;  // False where a name may be missing; an error of the image says why.
    str *names;        // In the arena; the array is the set's own.
    size_t count;
    size_t capacity;
    size_t text_bytes;
    struct map by_name;
    size_t expected;    // Tables mostly have the same names in the same order: this one is next.
    uint32_t *offsets;  // Noted, and not yet looked up.
    size_t offset_count;
    size_t offset_capacity;
    uint8_t *buffer;  // For the stream at hand.
};

void macho_import_set_init(struct macho_import_set *set, struct macho_reading *reading);
void macho_import_set_done(struct macho_import_set *set);

// Copies the name into the arena where it is new. An empty one is none.
void macho_import_set_add(struct macho_import_set *set, str name);

// False where there are too many.
bool macho_import_set_note(struct macho_import_set *set, uint32_t offset);
// Adds the names at all offsets that were noted, and forgets these. `what` is for errors.
void macho_import_set_look_up(struct macho_import_set *set, struct macho_extent names,
                              const char *what);

// The three places where imports stand. What is damaged becomes an error of the image.
void macho_add_fixups(struct macho_import_set *set);             // fixups.c
void macho_add_binds(struct macho_import_set *set);              // binds.c
void macho_add_undefined_symbols(struct macho_import_set *set);  // symbols.c

#endif
