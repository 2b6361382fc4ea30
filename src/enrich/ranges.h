// Names of ranges of memory, so that a rule can join what was made writable with what becomes of it
// though the two ranges overlap without being equal.
//
//     made writable   [0x1000 ........ 0x4000)          number 1
//     made writable              [0x3000 .... 0x6000)   number 2
//     executable           [0x2000 . 0x3000)            number 1: the newest that it overlaps
//     executable               [0x2800 . 0x3800)        number 2
//     executable                            [0x9000 ... number 3, which nobody else gets
//
// A process remembers the last RANGES_OF_PROCESS_MAX that were made writable. All together
// remember at most RANGES_MAX; beyond, the process that used its own least recently forgets them.

#ifndef ENRICH_RANGES_H
#define ENRICH_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#define RANGES_OF_PROCESS_MAX 64u
#define RANGES_MAX            262144u

struct range {
    uint64_t first;
    uint64_t last;  // Its last octet: the end behind it may be out of range.
    int64_t number;
};

// Of one process; the most recently made writable comes last.
struct ranges {
    struct ranges_pool *pool;
    struct ranges **owner;  // Where the process keeps it.
    struct ranges *older;   // By use.
    struct ranges *newer;
    uint32_t count;
    uint32_t capacity;
    struct range at[];
};

struct ranges_pool {
    struct ranges *oldest;
    struct ranges *newest;
    uint32_t room;  // Of all.
    uint32_t max;
    uint64_t evicted;
};

// At least RANGES_OF_PROCESS_MAX.
void ranges_init(struct ranges_pool *pool, uint32_t max);

// `size` octets from `address`; one where it is 0, and never past the last address.
struct range ranges_of(uint64_t address, uint64_t size);
// The number of the range, from 1. `owner` (NULL in it: none yet) stays where it is until
// ranges_release(); `count` is how many numbers the process has given out.
int64_t ranges_number(struct ranges_pool *pool, struct ranges **owner, int64_t *count,
                      struct range range, bool is_made_writable);
// Forgets them all. NULL in it does nothing.
void ranges_release(struct ranges **owner);

#endif
