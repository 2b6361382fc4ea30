#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_SIZE  (64u * 1024u)
#define KEEP_MAX    (8u * 1024u * 1024u)  // A reset arena holds on to no more than this.
#define ALIGNMENT   _Alignof(max_align_t)
#define ALIGN_UP(n) (((n) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

struct arena_chunk {
    struct arena_chunk *older;
    size_t size;
    max_align_t memory[];
};

static void add_chunk(struct arena *a, size_t size);

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        memory_out(size);
    const size_t needed = ALIGN_UP(size);
    if (a->chunk == NULL || a->chunk->size - a->used < needed)
        add_chunk(a, needed > CHUNK_SIZE ? needed : CHUNK_SIZE);
    char *at = (char *)a->chunk->memory + a->used;
    a->used += needed;
    return at;
}

static void add_chunk(struct arena *a, size_t size)
{
    struct arena_chunk *chunk = memory_new(sizeof *chunk + size);
    chunk->older = a->chunk;
    chunk->size = size;
    a->chunk = chunk;
    a->used = 0;
    a->total_bytes += size;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    return memset(arena_alloc(a, size), 0, size);
}

void arena_reset(struct arena *a)
{
    if (a->chunk == NULL)
        return;
    if (a->chunk->older != NULL || a->chunk->size > KEEP_MAX) {
        // Some more, so that rounds which grow by little do not take a new one each time.
        const size_t roomy = a->total_bytes + a->total_bytes / 2;
        const size_t wanted = roomy < KEEP_MAX ? roomy : KEEP_MAX;
        arena_done(a);
        add_chunk(a, wanted);
    }
    a->used = 0;
}

void arena_done(struct arena *a)
{
    for (struct arena_chunk *chunk = a->chunk; chunk != NULL;) {
        struct arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
    *a = (struct arena){ 0 };
}

str arena_str(struct arena *a, str s)
{
    char *at = arena_alloc(a, s.len + 1);
    if (s.len > 0)
        memcpy(at, s.at, s.len);
    at[s.len] = '\0';
    return (str){ .at = at, .len = s.len };
}

str arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_list again;
    // Most texts fit into what the chunk has left, and are taken where they were written.
    const size_t there = a->chunk == NULL ? 0 : a->chunk->size - a->used;
    char *const rest = there == 0 ? NULL : (char *)a->chunk->memory + a->used;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(rest, there, format, args);
    va_end(args);
    const size_t size = len < 0 ? 0 : (size_t)len;
    char *at = arena_alloc(a, size + 1);
    if (at != rest || len < 0) {
        at[0] = '\0';
        (void)vsnprintf(at, size + 1, format, again);
    }
    va_end(again);
    return (str){ .at = at, .len = size };
}

const char *cstr_of(struct arena *a, str s)
{
    if (s.len > 0 && memchr(s.at, '\0', s.len) != NULL)
        return NULL;
    return arena_str(a, s).at;
}

void *memory_new(size_t size)
{
    void *at = malloc(size == 0 ? 1 : size);
    if (at == NULL)
        memory_out(size);
    return at;
}

void *memory_zeroed(size_t count, size_t size)
{
    void *at = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    if (at == NULL)
        memory_out(count * size);
    return at;
}

void *memory_resize(void *old, size_t size)
{
    void *at = realloc(old, size == 0 ? 1 : size);
    if (at == NULL)
        memory_out(size);
    return at;
}

void memory_out(size_t size)
{
    (void)fprintf(stderr, "pomona: out of memory (%zu bytes asked for)\n", size);
    abort();
}
