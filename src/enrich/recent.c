#include "enrich/recent.h"

#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>

struct sought {
    const struct recent *recent;
    str key;
};

static struct recent_entry *find(const struct recent *r, str key, uint64_t hash);
static bool is_same(const void *context, uint32_t value);
static uint32_t take_place(struct recent *r);

void recent_init(struct recent *r, uint32_t max, void (*release)(void *value))
{
    *r = (struct recent){ .max = max, .release = release };
}

void recent_done(struct recent *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        r->release(r->at[i].value);
        free(r->at[i].key);
    }
    free(r->at);
    map_done(&r->by_key);
    recent_init(r, r->max, r->release);
}

void *recent_find(const struct recent *r, str key)
{
    const struct recent_entry *entry = find(r, key, str_hash(key, 0));
    return entry == NULL ? NULL : entry->value;
}

void recent_put_own(struct recent *r, str key, void *value)
{
    const uint64_t hash = str_hash(key, 0);
    struct recent_entry *entry = find(r, key, hash);
    if (entry != NULL) {
        r->release(entry->value);
        entry->value = value;
        return;
    }
    const uint32_t place = take_place(r);
    assert(r->at != NULL);
    entry = &r->at[place];
    *entry = (struct recent_entry){
        .hash = hash,
        .key = memory_new(key.len),
        .key_len = key.len,
        .value = value,
    };
    if (key.len > 0)
        memcpy(entry->key, key.at, key.len);
    map_add(&r->by_key, hash, place);
}

static struct recent_entry *find(const struct recent *r, str key, uint64_t hash)
{
    const struct sought sought = { .recent = r, .key = key };
    const uint32_t place = map_find(&r->by_key, hash, is_same, &sought);
    return place == MAP_NONE ? NULL : &r->at[place];
}

static bool is_same(const void *context, uint32_t value)
{
    const struct sought *sought = context;
    const struct recent_entry *entry = &sought->recent->at[value];
    return str_eq(sought->key, (str){ .at = entry->key, .len = entry->key_len });
}

// A new place, or that of the oldest.
static uint32_t take_place(struct recent *r)
{
    if (r->count < r->max) {
        // Grows by doubling, up to the maximum.
        if ((r->count & (r->count - 1)) == 0)
            r->at =
                memory_resize(r->at, (r->count == 0 ? 1 : (size_t)r->count * 2) * sizeof *r->at);
        return r->count++;
    }
    assert(r->at != NULL);  // There is a maximum: it was not reached without entries.
    const uint32_t place = r->oldest;
    r->evicted++;
    struct recent_entry *entry = &r->at[place];
    (void)map_remove(&r->by_key, entry->hash, place);
    r->release(entry->value);
    free(entry->key);
    r->oldest = (place + 1) % r->max;
    return place;
}
