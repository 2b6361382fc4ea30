#include "event/host.h"

#include <stdlib.h>

static bool is_same_id(const void *context, uint32_t value);

struct wanted_host {
    const struct hosts *hosts;
    str id;
};

void hosts_init(struct hosts *h)
{
    *h = (struct hosts){ 0 };
}

void hosts_done(struct hosts *h)
{
    free(h->at);
    map_done(&h->by_id);
    arena_done(&h->arena);
    *h = (struct hosts){ 0 };
}

uint32_t hosts_keep(struct hosts *h, str id, str name)
{
    const uint64_t hash = str_hash(id, 0);
    const struct wanted_host wanted = { .hosts = h, .id = id };
    const uint32_t known = map_find(&h->by_id, hash, is_same_id, &wanted);
    if (known != MAP_NONE)
        return known;
    if (id.len == 0 || id.len > HOST_TEXT_MAX || name.len > HOST_TEXT_MAX || h->count == HOSTS_MAX)
        return HOST_NONE;

    if (h->count == h->capacity) {
        h->capacity = h->capacity == 0 ? 16 : h->capacity * 2;
        h->at = memory_resize(h->at, h->capacity * sizeof *h->at);
    }
    h->at[h->count] =
        (struct host){ .id = arena_str(&h->arena, id), .name = arena_str(&h->arena, name) };
    map_add(&h->by_id, hash, h->count);
    return h->count++;
}

static bool is_same_id(const void *context, uint32_t value)
{
    const struct wanted_host *wanted = context;
    return str_eq(wanted->hosts->at[value].id, wanted->id);
}
