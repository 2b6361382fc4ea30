#include "enrich/writers.h"

#include "base/arena.h"

#include <stdlib.h>

#define NONE      MAP_NONE
#define COUNT_MIN 64u

static uint64_t key_of(uint32_t host, str path);
static uint32_t place_of(const struct writers *w, uint64_t key);
static bool is_same(const void *context, uint32_t value);
static uint32_t take_place(struct writers *w);
static void evict(struct writers *w);
static void remove_at(struct writers *w, uint32_t place);

void writers_init(struct writers *w, uint32_t max)
{
    *w = (struct writers){ .max = max < 2 ? 2 : max };
}

void writers_done(struct writers *w)
{
    map_done(&w->by_key);
    free(w->at);
    free(w->free);
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
        w->at[place] = (struct writer){ .key = key, .is_used = true };
        map_add(&w->by_key, key, place);
    } else {
        w->at[place].is_spared = true;
    }
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
    for (size_t i = 0; i < COUNT_OF(linked) && str_starts_with(path, STR("/private/")); i++)
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
    if (w->by_key.count >= w->max)
        evict(w);
    if (w->free_count > 0)
        return w->free[--w->free_count];
    if (w->count == w->capacity) {
        w->capacity = w->capacity == 0 ? COUNT_MIN : w->capacity * 2;
        w->at = memory_resize(w->at, w->capacity * sizeof *w->at);
        w->free = memory_resize(w->free, w->capacity * sizeof *w->free);
    }
    return w->count++;
}

// Ends within two rounds: the first spares what it may.
static void evict(struct writers *w)
{
    for (;;) {
        const uint32_t place = w->hand;
        struct writer *writer = &w->at[place];
        w->hand = (w->hand + 1) % w->count;
        if (writer->is_used && !writer->is_spared) {
            remove_at(w, place);
            w->evicted++;
            return;
        }
        writer->is_spared = false;
    }
}

static void remove_at(struct writers *w, uint32_t place)
{
    (void)map_remove(&w->by_key, w->at[place].key, place);
    w->at[place].is_used = false;
    w->free[w->free_count++] = place;
}
