// Memory that is given back all at once: one arena per batch, per loaded rule set, per image.
//
// Nothing taken from an arena is freed singly. What outlives the arena is copied by its
// new owner. Running out of memory ends the process through memory_out() (decision 0001):
// every size that comes from input is compared with a named maximum before it gets here.

#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunk;  // The newest; older ones hang behind it.
    size_t used;                // Octets of the newest that are taken.
    size_t total_bytes;         // What all chunks hold together.
};

// By value; a zeroed struct arena is an empty one.
void arena_done(struct arena *a);

// Forgets everything but keeps one chunk large enough for what was in use, up to a cap.
void arena_reset(struct arena *a);

// Never NULL. Aligned for any type; not zeroed by _alloc, zeroed by _zalloc.
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));
void *arena_zalloc(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));

// A copy in the arena, with a NUL behind it that is not counted.
str arena_str(struct arena *a, str s);
str arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

// NUL-terminated copy; fails (NULL) when `s` has a NUL inside.
const char *cstr_of(struct arena *a, str s);

// malloc and friends that end the process rather than return NULL.
void *memory_new(size_t size) __attribute__((malloc, returns_nonnull));
void *memory_zeroed(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *memory_resize(void *old, size_t size) __attribute__((returns_nonnull));
// One sentence on stderr, then abort(): the core dump is the report.
_Noreturn void memory_out(size_t size);

#endif
