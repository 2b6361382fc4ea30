// What was seen before: numbers under hashes, in a bounded amount of memory.
//
// Two tables of half the size each. New ones go into the young one; where that is full it becomes the
// old one, and what was in the old one and was not asked for since is forgotten. So what is asked for
// stays, at a cost of sixteen octets and no links between entries.

#ifndef ENRICH_SEEN_H
#define ENRICH_SEEN_H

#include "base/str.h"

struct seen_cell {
    uint64_t key;  // 0: empty.
    uint64_t number;
};

struct seen_table {
    struct seen_cell *cells;
    uint32_t capacity;  // A power of two, or 0.
    uint32_t count;
};

struct seen {
    struct seen_table young;
    struct seen_table old;
    uint32_t moved;  // Of the old ones, those that are young again.
    uint32_t max;    // Of each table.
    uint64_t evicted;
};

// At most `max` are remembered, at least two.
void seen_init(struct seen *s, uint32_t max);
void seen_done(struct seen *s);

// A key for a text of a host; `kind` tells apart what is not to be mixed up. 64 bits of hash are taken
// for the text.
uint64_t seen_key(uint32_t host, uint8_t kind, str text);

// The number under the key, until the next call; NULL where it was not seen or is forgotten.
uint64_t *seen_find(struct seen *s, uint64_t key);
// Call only where it is not there.
void seen_add(struct seen *s, uint64_t key, uint64_t number);

#endif
