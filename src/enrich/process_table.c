#include "enrich/process_table.h"

#include <stdlib.h>

#define PIECE_COUNT 1024u
#define NONE        MAP_NONE
// How stale a place in the ring of the living may be: moving there at every event would cost
// more than it tells.
#define SEEN_STEP_NS 1000000000LL

struct key {
    const struct process_table *table;
    uint32_t host;
    struct process_id id;
};

static struct process *entry_of(const struct process_table *t, uint32_t index);
static uint64_t hash_of(uint32_t host, struct process_id id);
static bool is_same(const void *context, uint32_t value);
static uint32_t take_entry(struct process_table *t);
static void evict(struct process_table *t, const struct process *keep);
static void leave_host(struct process_table *t, const struct process *p);
static void ring_add(struct process_table *t, struct process_ring *ring, struct process *p);
static void ring_remove(struct process_table *t, struct process_ring *ring, struct process *p);
static struct process_host *host_of(struct process_table *t, uint32_t host);

void process_table_init(struct process_table *t, uint32_t max, uint32_t lineage_count)
{
    *t = (struct process_table){
        .free = NONE,
        .max = max < 2 ? 2 : max,
        .lineage_count = lineage_count,
        .living = { NONE, NONE },
        .ended = { NONE, NONE },
    };
}

void process_table_done(struct process_table *t)
{
    for (uint32_t i = 0; i < t->used; i++) {
        image_release(entry_of(t, i)->image);
        image_release(entry_of(t, i)->parent_image);
        lineage_done(&entry_of(t, i)->lineage);
    }
    for (size_t i = 0; i < t->piece_count; i++)
        free(t->pieces[i]);
    free(t->pieces);
    free(t->hosts);
    map_done(&t->by_id);
    process_table_init(t, t->max, t->lineage_count);
}

struct process *process_table_find(const struct process_table *t, uint32_t host,
                                   struct process_id id)
{
    const struct key key = { .table = t, .host = host, .id = id };
    const uint32_t index = map_find(&t->by_id, hash_of(host, id), is_same, &key);
    return index == MAP_NONE ? NULL : entry_of(t, index);
}

struct process *process_table_add(struct process_table *t, uint32_t host, struct process_id id,
                                  const struct process *keep)
{
    if (t->count >= t->max)
        evict(t, keep);
    const uint32_t index = take_entry(t);
    struct process *p = entry_of(t, index);
    *p = (struct process){
        .index = index,
        .host = host,
        .id = id,
        .parent = { .pid = -1, .pidversion = -1 },
        .seen_ns = INT64_MIN,
        .ended_next = NONE,
    };
    lineage_init(&p->lineage, t->lineage_count);
    map_add(&t->by_id, hash_of(host, id), index);
    ring_add(t, &t->living, p);
    t->count++;
    return p;
}

void process_table_see(struct process_table *t, struct process *p, int64_t time_ns)
{
    if (p->has_ended || (p->seen_ns != INT64_MIN && time_ns < p->seen_ns + SEEN_STEP_NS))
        return;
    p->seen_ns = time_ns;
    if (t->living.newest == p->index)
        return;
    ring_remove(t, &t->living, p);
    ring_add(t, &t->living, p);
}

void process_table_end(struct process_table *t, struct process *p, int64_t time_ns)
{
    if (p->has_ended)
        return;
    ring_remove(t, &t->living, p);
    ring_add(t, &t->ended, p);
    p->has_ended = true;
    p->ended_ns = time_ns;

    struct process_host *host = host_of(t, p->host);
    if (host->ended_first == NONE)
        host->ended_first = p->index;
    else
        entry_of(t, host->ended_last)->ended_next = p->index;
    host->ended_last = p->index;
}

void process_table_expire(struct process_table *t, uint32_t host, int64_t now_ns)
{
    if (host >= t->host_count)
        return;
    while (t->hosts[host].ended_first != NONE) {
        struct process *p = entry_of(t, t->hosts[host].ended_first);
        if (p->ended_ns > now_ns - EXIT_GRACE_NS)
            return;
        process_table_remove(t, p);
    }
}

static struct process *entry_of(const struct process_table *t, uint32_t index)
{
    return &t->pieces[index / PIECE_COUNT][index % PIECE_COUNT];
}

static uint64_t hash_of(uint32_t host, struct process_id id)
{
    const int64_t numbers[] = { host, id.pid, id.pidversion };
    return bytes_hash((bytes){ .at = (const uint8_t *)numbers, .len = sizeof numbers }, 0);
}

static bool is_same(const void *context, uint32_t value)
{
    const struct key *key = context;
    const struct process *p = entry_of(key->table, value);
    return p->host == key->host && p->id.pid == key->id.pid &&
           p->id.pidversion == key->id.pidversion;
}

static uint32_t take_entry(struct process_table *t)
{
    if (t->free != NONE) {
        const uint32_t index = t->free;
        t->free = entry_of(t, index)->newer;
        return index;
    }
    if (t->used == t->piece_count * PIECE_COUNT) {
        t->pieces = memory_resize(t->pieces, (t->piece_count + 1) * sizeof *t->pieces);
        t->pieces[t->piece_count++] = memory_zeroed(PIECE_COUNT, sizeof **t->pieces);
    }
    return t->used++;
}

static void evict(struct process_table *t, const struct process *keep)
{
    uint32_t index = t->ended.oldest != NONE ? t->ended.oldest : t->living.oldest;
    if (keep != NULL && index == keep->index)
        index = keep->newer != NONE ? keep->newer : t->living.oldest;
    process_table_remove(t, entry_of(t, index));
    t->evicted++;
}

void process_table_remove(struct process_table *t, struct process *p)
{
    map_remove(&t->by_id, hash_of(p->host, p->id), p->index);
    if (p->has_ended)
        leave_host(t, p);
    ring_remove(t, p->has_ended ? &t->ended : &t->living, p);
    image_release(p->image);
    image_release(p->parent_image);
    lineage_done(&p->lineage);
    const uint32_t index = p->index;
    *p = (struct process){ .index = index, .newer = t->free };
    t->free = index;
    t->count--;
}

// Nearly always the first; another only where the first was asked to stay.
static void leave_host(struct process_table *t, const struct process *p)
{
    struct process_host *host = host_of(t, p->host);
    uint32_t previous = NONE;
    uint32_t at = host->ended_first;
    while (at != p->index) {
        previous = at;
        at = entry_of(t, at)->ended_next;
    }
    if (previous == NONE)
        host->ended_first = p->ended_next;
    else
        entry_of(t, previous)->ended_next = p->ended_next;
    if (host->ended_last == p->index)
        host->ended_last = previous;
}

static void ring_add(struct process_table *t, struct process_ring *ring, struct process *p)
{
    p->newer = NONE;
    p->older = ring->newest;
    if (ring->newest != NONE)
        entry_of(t, ring->newest)->newer = p->index;
    else
        ring->oldest = p->index;
    ring->newest = p->index;
}

static void ring_remove(struct process_table *t, struct process_ring *ring, struct process *p)
{
    if (p->older != NONE)
        entry_of(t, p->older)->newer = p->newer;
    else
        ring->oldest = p->newer;
    if (p->newer != NONE)
        entry_of(t, p->newer)->older = p->older;
    else
        ring->newest = p->older;
}

static struct process_host *host_of(struct process_table *t, uint32_t host)
{
    if (host >= t->host_count) {
        uint32_t count = t->host_count == 0 ? 16 : t->host_count;
        while (count <= host)
            count *= 2;
        t->hosts = memory_resize(t->hosts, count * sizeof *t->hosts);
        for (uint32_t i = t->host_count; i < count; i++)
            t->hosts[i] = (struct process_host){ NONE, NONE };
        t->host_count = count;
    }
    return &t->hosts[host];
}
