// Texts that many have in common, each kept once: thousands of open sequences are of the same few
// programs. A text counts who holds it.

#ifndef MATCH_TEXTS_H
#define MATCH_TEXTS_H

#include "base/map.h"
#include "base/str.h"

struct text {
    char *at;  // NULL: the place is free.
    uint64_t hash;
    uint32_t len;
    uint32_t references;
};

// By value; a zeroed one is empty.
struct texts {
    struct text *at;
    uint32_t capacity;
    uint32_t count;  // Places that were ever in use.
    uint32_t *free;  // Places that are so no more.
    uint32_t free_count;
    struct map by_text;
};

void texts_done(struct texts *t);
// The number of the text, which is copied where it is new. The caller holds one reference.
uint32_t texts_keep(struct texts *t, str text);
void texts_release(struct texts *t, uint32_t number);

static inline str texts_at(const struct texts *t, uint32_t number)
{
    return (str){ .at = t->at[number].at, .len = t->at[number].len };
}

#endif
