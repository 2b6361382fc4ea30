// Which numbers of one count have been seen: runs of them, and the holes between.
//
//     older[0]     older[1]          newest
//     [12 .. 40]   [42 .. 97]   ...  [105 .. 733]
//              hole          holes
//
// A number that follows the last one makes the newest run longer, which is all that happens in a
// stream in order. A late number fills a hole. A hole is given up when a record behind it goes on;
// only then are its numbers missed, and a late one takes itself back. Where there are more runs
// than may be, the oldest holes are closed: their numbers stay missed, and one that still comes
// has no place.

#ifndef ORDER_LINE_H
#define ORDER_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_FRONT_MAX  4096u  // So far before the first number another may come.
#define ORDER_PRINTS_MAX 4096u  // Last numbers of which a repeat is told from a restart.

struct order_run {
    uint64_t first;
    uint64_t last;
};

struct order_line {
    struct order_run newest;
    uint64_t next;   // What is below is seen, given up, or before the front.
    uint64_t front;  // Where `next` began: what is missing below was never promised.
    uint64_t floor;  // Holes below are closed.
    uint64_t dated;  // The highest number whose record has a stamp; 0: none.
    uint64_t gaps;   // Given up.
    uint64_t missed;
    struct order_run *older;  // Ascending.
    uint32_t older_count;
    uint32_t older_capacity;
    bool begun;
    bool has_next;  // A record has gone on, or was given up.
    uint32_t
        *prints;  // Of number and stamp, by number; 0: none. Only where repeats are looked for.
    uint32_t print_count;  // A power of two.
    uint32_t print_noted;  // How many were, up to ORDER_PRINTS_MAX.
    uint64_t print_first;  // The first number that was noted.
};

enum order_spot {
    SPOT_NEXT,   // Follows the last.
    SPOT_AHEAD,  // Numbers are missing between the last one and it.
    SPOT_HOLE,   // Late, or before the first.
    SPOT_SEEN,
    SPOT_CLOSED,  // Below what is remembered: nobody knows.
};

void order_line_done(struct order_line *l);
// As new, and keeps its memory.
void order_line_reset(struct order_line *l);

enum order_spot order_line_find(const struct order_line *l, uint64_t number);
// Call with a number that is not seen. `runs_max` bounds what is remembered.
void order_line_add(struct order_line *l, uint64_t number, uint32_t runs_max);
// Nothing is missing before `number`, which was added.
bool order_line_reaches(const struct order_line *l, uint64_t number);
// The record of `number`, which was added, goes on: holes before it are given up. Where it is the
// first, what is missing from `from` on counts as well.
void order_line_give(struct order_line *l, uint64_t number, uint64_t from);
uint64_t order_line_first(const struct order_line *l);

// Remembers the stamp of a number that was added.
void order_line_note(struct order_line *l, uint64_t number, int64_t stamp_ns);
// The number was seen with this stamp.
bool order_line_is_repeat(const struct order_line *l, uint64_t number, int64_t stamp_ns);
// Whether the stamp of `number` is still remembered, given that it was seen.
bool order_line_remembers(const struct order_line *l, uint64_t number);

#endif
