// A hash table from something the caller keeps to a small number: the place where it keeps it.
//
// The table holds 64-bit hashes and 32-bit values only, so one table serves every kind of key:
// the caller stores its entries in an array of its own, and says by a callback whether the
// entry at a value is the one wanted. Open addressing, linear probing, removal by shifting
// back: no tombstones, so cost does not creep up with churn.

#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

#define MAP_NONE UINT32_MAX

struct map_cell {
    uint64_t hash;
    uint32_t value;  // MAP_NONE where the cell is empty.
};

struct map {
    struct map_cell *cells;
    uint32_t capacity;  // A power of two, or 0.
    uint32_t count;
};

// Whether the entry at `value` has the key that is looked for.
typedef bool map_same(const void *context, uint32_t value);

// By value; a zeroed struct map is an empty one.
void map_done(struct map *m);
void map_reset(struct map *m);

// The value, or MAP_NONE. `same` is called only where all 64 bits of the hash agree.
uint32_t map_find(const struct map *m, uint64_t hash, map_same *same, const void *context);

// Adds without looking whether the key is there. The caller bounds how many.
void map_add(struct map *m, uint64_t hash, uint32_t value);

// Makes room for so many together, as adding them one by one would in several steps.
void map_reserve(struct map *m, uint32_t count);

// Removes the pair (hash, value). False when it was not there.
bool map_remove(struct map *m, uint64_t hash, uint32_t value);

// The memory in use, in octets.
static inline size_t map_bytes(const struct map *m)
{
    return (size_t)m->capacity * sizeof(struct map_cell);
}

#endif
