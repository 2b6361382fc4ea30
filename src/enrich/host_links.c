#include "enrich/host_links.h"

#include <stdlib.h>

enum place {
    NOT_ASKED,
    ABSENT,
    UNDER_ID,
    UNDER_NAME,
};

// What is known of a host of the records.
struct known_host {
    enum place place;
    bool name_is_shared;
};

struct host_links {
    struct links *links;
    const struct hosts *hosts;
    struct known_host *known;  // By the host's number.
    uint32_t count;            // Of the hosts whose names have been taken note of.
    uint32_t capacity;
    struct map by_name;
};

static void take_note(struct host_links *h);
static bool has_name(const void *context, uint32_t value);
static enum place place_of(struct host_links *h, uint32_t host);
static bool agree(const struct link_facts *rows, size_t count);
static str name_of(const struct host_links *h, uint32_t asked);

struct host_links *host_links_new_own(struct links *links, const struct hosts *hosts)
{
    struct host_links *h = memory_zeroed(1, sizeof *h);
    h->links = links;
    h->hosts = hosts;
    return h;
}

void host_links_free(struct host_links *h)
{
    if (h == NULL)
        return;
    links_close(h->links);
    map_done(&h->by_name);
    free(h->known);
    free(h);
}

struct links *host_links_inventory(struct host_links *h)
{
    return h->links;
}

uint32_t host_links_asked(struct host_links *h, uint32_t host)
{
    take_note(h);
    if (host >= h->count)
        return HOST_LINKS_ANY;
    struct known_host *known = &h->known[host];
    if (known->place == NOT_ASKED)
        known->place = place_of(h, host);
    const bool is_known =
        known->place == UNDER_ID || (known->place == UNDER_NAME && !known->name_is_shared);
    return is_known ? host : HOST_LINKS_ANY;
}

struct wanted_name {
    const struct hosts *hosts;
    str name;
};

// Hosts that came up since the last time.
static void take_note(struct host_links *h)
{
    if (h->hosts->count > h->capacity) {
        h->capacity = h->hosts->capacity;
        h->known = memory_resize(h->known, h->capacity * sizeof *h->known);
    }
    for (; h->count < h->hosts->count; h->count++) {
        const str name = h->hosts->at[h->count].name;
        const struct wanted_name wanted = { .hosts = h->hosts, .name = name };
        h->known[h->count] = (struct known_host){ .place = NOT_ASKED };
        if (name.len == 0)
            continue;
        const uint64_t hash = str_hash(name, 0);
        const uint32_t other = map_find(&h->by_name, hash, has_name, &wanted);
        if (other == MAP_NONE) {
            map_add(&h->by_name, hash, h->count);
        } else {
            h->known[other].name_is_shared = true;
            h->known[h->count].name_is_shared = true;
        }
    }
}

static bool has_name(const void *context, uint32_t value)
{
    const struct wanted_name *wanted = context;
    return str_eq(wanted->hosts->at[value].name, wanted->name);
}

static enum place place_of(struct host_links *h, uint32_t host)
{
    const struct host *of = &h->hosts->at[host];
    struct err err;
    if (links_find_host(h->links, of->id, &err) == OK)
        return UNDER_ID;
    if (of->name.len > 0 && links_find_host(h->links, of->name, &err) == OK)
        return UNDER_NAME;
    return ABSENT;
}

bool host_links_find(struct host_links *h, uint32_t asked, str path, struct arena *a,
                     struct link_facts **out, size_t *out_count)
{
    struct err err;
    if (asked == HOST_LINKS_ANY)
        return links_find_on_any_host(h->links, path, a, out, out_count, &err) == OK &&
               agree(*out, *out_count);
    return links_find_by_path(h->links, name_of(h, asked), path, a, out, out_count, &err) == OK;
}

bool host_links_has_cdhash(struct host_links *h, uint32_t asked, str cdhash, struct arena *a)
{
    struct link_facts row;
    struct err err;
    if (asked == HOST_LINKS_ANY)
        return links_find_by_cdhash(h->links, cdhash, a, &row, &err) == OK;
    return links_find_cdhash_on_host(h->links, name_of(h, asked), cdhash, &err) == OK;
}

bool host_links_has_path(struct host_links *h, uint32_t asked, str path, struct arena *a)
{
    struct link_facts *rows;
    size_t count;
    struct err err;
    if (asked == HOST_LINKS_ANY)
        return links_find_on_any_host(h->links, path, a, &rows, &count, &err) != END;
    return links_find_by_path(h->links, name_of(h, asked), path, a, &rows, &count, &err) == OK;
}

static str name_of(const struct host_links *h, uint32_t asked)
{
    const struct host *host = &h->hosts->at[asked];
    return h->known[asked].place == UNDER_ID ? host->id : host->name;
}

// An old inventory does not tell the state; an unsigned slice is one without a cdhash in any.
static bool agree(const struct link_facts *rows, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (!str_eq(rows[i].team_id, rows[0].team_id) ||
            !str_eq(rows[i].signature, rows[0].signature) ||
            (rows[i].cdhash.len == 0) != (rows[0].cdhash.len == 0))
            return false;
    return true;
}
