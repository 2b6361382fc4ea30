// Who wrote each file last, on which Mac, and since when there is a file of that name: as far as
// this run saw it. A rename takes along what is known of the old name.
//
// Where there is no more room one gives way that was not written lately: a hand goes round over the
// places, spares once what was written since it last came by, and takes the first other. That costs
// a bit for each file, where keeping them in order would touch two more at each write.

#ifndef ENRICH_WRITERS_H
#define ENRICH_WRITERS_H

#include "base/map.h"

#define WRITERS_MAX 200000u

// What a file is, as file.Ext.macho_type has it.
enum macho_type {
    MACHO_TYPE_UNKNOWN,
    MACHO_TYPE_EXECUTE,
    MACHO_TYPE_DYLIB,
    MACHO_TYPE_BUNDLE,
    MACHO_TYPE_OTHER,
    MACHO_TYPE_NONE,
    MACHO_TYPE_COUNT
};

struct writer {
    uint64_t key;     // Of host and path: 64 bits of hash are taken for these.
    uint64_t entity;  // Likewise of the process's entity; 0: nobody knows who wrote it.
    uint64_t team;    // And of its team; 0: none.
    int64_t born_ns;  // When it was created, or else first written or renamed; 0: not yet set.
    enum macho_type type;
    bool is_platform;
    bool is_installer;  // Or an updater.
    bool is_used;       // The place.
    bool is_spared;     // Written since the hand came by.
};

struct writers {
    struct map by_key;
    struct writer *at;
    uint32_t count;  // Places that were ever in use.
    uint32_t capacity;
    uint32_t max;
    uint32_t free_count;
    uint32_t *free;  // Places that are so no more.
    uint32_t hand;
    uint64_t evicted;
};

// At least two.
void writers_init(struct writers *w, uint32_t max);
void writers_done(struct writers *w);

// NULL where nobody was seen to write it. Good until the next call of one of those below.
const struct writer *writers_find(const struct writers *w, uint32_t host, str path);
// The entry of the path, zeroed but for its key where it is new: the caller fills it.
struct writer *writers_note(struct writers *w, uint32_t host, str path);
// The same of a rename: what is known of `from` is now so of `to`, and `from` is gone.
struct writer *writers_move(struct writers *w, uint32_t host, str from, str to);
void writers_remove(struct writers *w, uint32_t host, str path);

#endif
