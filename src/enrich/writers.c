#include "enrich/writers.h"

#include "base/arena.h"

#include <stdlib.h>

#define NONE      MAP_NONE
#define COUNT_MIN 64u

static uint64_t key_of(uint32_t host, str path);
static uint32_t place_of(const struct writers *w, uint64_t key);
static bool is_same(const void *context, uint32_t value);
static uint32_t take_place(struct writers *w);
static void remove_at(struct writers *w, uint32_t place);
static void link_newest(struct writers *w, uint32_t place);
static void unlink_place(struct writers *w, uint32_t place);

void writers_init(struct writers *w, uint32_t max)
{
    *w = (struct writers){ .max = max < 2 ? 2 : max, .free = NONE, .oldest = NONE, .newest = NONE };
}

void writers_done(struct writers *w)
{
    map_done(&w->by_key);
    free(w->at);
    writers_init(w, w->max);
}

const struct writer *writers_find(const struct writers *w, uint32_t host, str path)
{
    const uint32_t place = place_of(w, key_of(host, path));
    return place == NONE ? NULL : &w->at[place];
}

struct writer *writers_note(struct writers *w, uint32_t host, str path)
{
    const uint64_t key = key_of(host, path);
    uint32_t place = place_of(w, key);
    if (place == NONE) {
        place = take_place(w);
        w->at[place] = (struct writer){ .key = key };
        map_add(&w->by_key, key, place);
    } else {
        unlink_place(w, place);
    }
    link_newest(w, place);
    return &w->at[place];
}

struct writer *writers_move(struct writers *w, uint32_t host, str from, str to)
{
    const uint64_t from_key = key_of(host, from);
    const uint32_t old = place_of(w, from_key);
    const struct writer known = old == NONE ? (struct writer){ 0 } : w->at[old];
    if (old != NONE && from_key != key_of(host, to))
        remove_at(w, old);
    struct writer *writer = writers_note(w, host, to);
    // Whatever lay there before is gone, whether or not the new one is known.
    writer->entity = known.entity;
    writer->team = known.team;
    writer->born_ns = known.born_ns;
    writer->type = known.type;
    writer->is_platform = known.is_platform;
    writer->is_installer = known.is_installer;
    return writer;
}

void writers_remove(struct writers *w, uint32_t host, str path)
{
    const uint32_t place = place_of(w, key_of(host, path));
    if (place != NONE)
        remove_at(w, place);
}

// /tmp, /var and /etc are links to what lies below /private: sensors write either.
static uint64_t key_of(uint32_t host, str path)
{
    static const str linked[] = { STR_INIT("/private/tmp/"), STR_INIT("/private/var/"),
                                  STR_INIT("/private/etc/") };
    for (size_t i = 0; i < COUNT_OF(linked); i++)
        if (str_starts_with(path, linked[i]))
            return str_hash(str_from(path, sizeof "/private" - 1), host);
    return str_hash(path, host);
}

static uint32_t place_of(const struct writers *w, uint64_t key)
{
    return map_find(&w->by_key, key, is_same, NULL);
}

// All 64 bits agree: that is taken for the path.
static bool is_same(const void *context, uint32_t value)
{
    (void)context;
    (void)value;
    return true;
}

static uint32_t take_place(struct writers *w)
{
    if (w->by_key.count >= w->max) {
        remove_at(w, w->oldest);
        w->evicted++;
    }
    if (w->free != NONE) {
        const uint32_t place = w->free;
        w->free = w->at[place].newer;
        return place;
    }
    if (w->count == w->capacity) {
        w->capacity = w->capacity == 0 ? COUNT_MIN : w->capacity * 2;
        w->at = memory_resize(w->at, w->capacity * sizeof *w->at);
    }
    return w->count++;
}

static void remove_at(struct writers *w, uint32_t place)
{
    (void)map_remove(&w->by_key, w->at[place].key, place);
    unlink_place(w, place);
    w->at[place] = (struct writer){ .newer = w->free };
    w->free = place;
}

static void link_newest(struct writers *w, uint32_t place)
{
    w->at[place].older = w->newest;
    w->at[place].newer = NONE;
    *(w->newest == NONE ? &w->oldest : &w->at[w->newest].newer) = place;
    w->newest = place;
}

static void unlink_place(struct writers *w, uint32_t place)
{
    const struct writer *writer = &w->at[place];
    *(writer->older == NONE ? &w->oldest : &w->at[writer->older].newer) = writer->newer;
    *(writer->newer == NONE ? &w->newest : &w->at[writer->newer].older) = writer->older;
}
