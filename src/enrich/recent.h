// The last so many things that were looked up, each under a text. When it is full the one that
// was added first gives way.

#ifndef ENRICH_RECENT_H
#define ENRICH_RECENT_H

#include "base/map.h"

struct recent_entry {
    uint64_t hash;
    char *key;
    size_t key_len;
    void *value;
};

struct recent {
    struct map by_key;
    struct recent_entry *at;
    uint32_t count;
    uint32_t oldest;
    uint32_t max;
    uint64_t evicted;
    void (*release)(void *value);
};

// By value. `release` is called for every value that is given up.
void recent_init(struct recent *r, uint32_t max, void (*release)(void *value));
void recent_done(struct recent *r);

void *recent_find(const struct recent *r, str key);  // NULL where there is none.
// Owns `value` from now on. In place of what was there under the key.
void recent_put_own(struct recent *r, str key, void *value);

#endif
