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
    const struct process_id *id;
    uint64_t told_hash;
};

static struct process *entry_of(const struct process_table *t, uint32_t index);
static uint64_t hash_of(uint32_t host, int64_t pid, int64_t pidversion);
static uint64_t told_hash_of(uint32_t host, const struct process_id *id);
static struct process *look_up(const struct process_table *t, const struct map *map, uint64_t hash,
                               map_same *same, const struct key *key);
static bool is_same_version(const void *context, uint32_t value);
static bool is_same_told(const void *context, uint32_t value);
static bool is_same_pid(const void *context, uint32_t value);
static bool may_be(const struct process *p, const struct process_id *id, int64_t time_ns);
static bool starts_differ(const struct process *p, const struct process_id *id);
static void forget_names(struct process_table *t, struct process *p);
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
        entity_done(&entry_of(t, i)->entity);
        entity_done(&entry_of(t, i)->parent_entity);
        ranges_release(&entry_of(t, i)->ranges);
        lineage_done(&entry_of(t, i)->lineage);
    }
    for (size_t i = 0; i < t->piece_count; i++)
        free(t->pieces[i]);
    free(t->pieces);
    free(t->hosts);
    map_done(&t->by_id);
    map_done(&t->by_told);
    map_done(&t->by_pid);
    process_table_init(t, t->max, t->lineage_count);
}

struct process *process_table_find(const struct process_table *t, uint32_t host,
                                   const struct process_id *id, int64_t time_ns)
{
    const struct key key = {
        .table = t, .host = host, .id = id, .told_hash = told_hash_of(host, id)
    };
    struct process *p = NULL;
    if (id->pidversion >= 0) {
        p = look_up(t, &t->by_id, hash_of(host, id->pid, id->pidversion), is_same_version, &key);
        // The numbers of another start of the Mac.
        if (p != NULL && starts_differ(p, id))
            return NULL;
    }
    if (p == NULL && key.told_hash != 0)
        p = look_up(t, &t->by_told, key.told_hash, is_same_told, &key);
    if (p != NULL)
        return p;
    p = look_up(t, &t->by_pid, hash_of(host, id->pid, -1), is_same_pid, &key);
    return p != NULL && may_be(p, id, time_ns) ? p : NULL;
}

bool process_table_is_again(const struct process_table *t, uint32_t host,
                            const struct process_id *id)
{
    const struct key key = { .table = t, .host = host, .id = id };
    return id->pidversion >= 0 && look_up(t, &t->by_id, hash_of(host, id->pid, id->pidversion),
                                          is_same_version, &key) != NULL;
}

static struct process *look_up(const struct process_table *t, const struct map *map, uint64_t hash,
                               map_same *same, const struct key *key)
{
    const uint32_t index = map_find(map, hash, same, key);
    return index == MAP_NONE ? NULL : entry_of(t, index);
}

// Whether the newest life of the pid can be the one that is meant: nothing that is told of both differs.
static bool may_be(const struct process *p, const struct process_id *id, int64_t time_ns)
{
    if (id->pid < 0 || (id->pidversion >= 0 && p->id.pidversion >= 0) ||
        (id->entity.len > 0 && p->told_hash != 0) || starts_differ(p, id))
        return false;
    return !p->has_ended || time_ns <= p->ended_ns + END_SLACK_NS;
}

static bool starts_differ(const struct process *p, const struct process_id *id)
{
    if (p->id.start_ns == 0 || id->start_ns == 0)
        return false;
    const int64_t apart = p->id.start_ns - id->start_ns;
    return apart > START_SLACK_NS || apart < -START_SLACK_NS;
}

struct process *process_table_add(struct process_table *t, uint32_t host,
                                  const struct process_id *id, const struct process *keep)
{
    if (t->count >= t->max)
        evict(t, keep);
    const uint32_t index = take_entry(t);
    struct process *p = entry_of(t, index);
    *p = (struct process){
        .index = index,
        .host = host,
        .id = { .pid = id->pid, .pidversion = -1 },
        .parent = PROCESS_ID_NONE,
        .seen_ns = INT64_MIN,
        .ended_next = NONE,
    };
    lineage_init(&p->lineage, t->lineage_count);
    ring_add(t, &t->living, p);
    t->count++;

    const struct key key = { .table = t, .host = host, .id = id };
    struct process *older = look_up(t, &t->by_pid, hash_of(host, id->pid, -1), is_same_pid, &key);
    if (older != NULL) {
        (void)map_remove(&t->by_pid, hash_of(host, id->pid, -1), older->index);
        older->is_newest = false;
    }
    p->is_newest = true;
    map_add(&t->by_pid, hash_of(host, id->pid, -1), index);
    process_table_name(t, p, id);
    return p;
}

void process_table_name(struct process_table *t, struct process *p, const struct process_id *id)
{
    if (p->id.start_ns == 0)
        p->id.start_ns = id->start_ns;
    if (p->id.pid < 0)
        p->id.pid = id->pid;
    const bool is_versioned = id->pidversion >= 0 && p->id.pidversion < 0;
    const bool is_told = id->entity.len > 0 && p->told_hash == 0;
    if (!is_versioned && !is_told)
        return;
    const struct key key = {
        .table = t, .host = p->host, .id = id, .told_hash = told_hash_of(p->host, id)
    };
    if (is_versioned) {
        const uint64_t hash = hash_of(p->host, id->pid, id->pidversion);
        struct process *other = look_up(t, &t->by_id, hash, is_same_version, &key);
        if (other != NULL)
            forget_names(t, other);
        p->id.pidversion = id->pidversion;
        map_add(&t->by_id, hash, p->index);
    }
    if (is_told) {
        struct process *other = look_up(t, &t->by_told, key.told_hash, is_same_told, &key);
        if (other != NULL)
            forget_names(t, other);
        p->told_hash = key.told_hash;
        map_add(&t->by_told, key.told_hash, p->index);
    }
}

static void forget_names(struct process_table *t, struct process *p)
{
    if (p->id.pidversion >= 0)
        (void)map_remove(&t->by_id, hash_of(p->host, p->id.pid, p->id.pidversion), p->index);
    if (p->told_hash != 0)
        (void)map_remove(&t->by_told, p->told_hash, p->index);
    if (p->is_newest)
        (void)map_remove(&t->by_pid, hash_of(p->host, p->id.pid, -1), p->index);
    p->id.pidversion = -1;
    p->told_hash = 0;
    p->is_newest = false;
}

enum identity process_identity(const struct process *p)
{
    if (p->id.pidversion >= 0)
        return IDENTITY_PIDVERSION;
    if (p->told_hash != 0)
        return IDENTITY_SENSOR;
    return p->id.start_ns > 0 ? IDENTITY_START : IDENTITY_PID;
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

static uint64_t hash_of(uint32_t host, int64_t pid, int64_t pidversion)
{
    const int64_t numbers[] = { host, pid, pidversion };
    return bytes_hash((bytes){ .at = (const uint8_t *)numbers, .len = sizeof numbers }, 0);
}

// 0 stands for none, so that no name may have it.
static uint64_t told_hash_of(uint32_t host, const struct process_id *id)
{
    if (id->entity.len == 0)
        return 0;
    const uint64_t hash = str_hash(id->entity, host + UINT64_C(1));
    return hash == 0 ? 1 : hash;
}

static bool is_same_version(const void *context, uint32_t value)
{
    const struct key *key = context;
    const struct process *p = entry_of(key->table, value);
    return p->host == key->host && p->id.pid == key->id->pid &&
           p->id.pidversion == key->id->pidversion;
}

// 64 bits of hash are taken for the name: its text may have become part of another.
static bool is_same_told(const void *context, uint32_t value)
{
    const struct key *key = context;
    const struct process *p = entry_of(key->table, value);
    return p->host == key->host && p->told_hash == key->told_hash;
}

static bool is_same_pid(const void *context, uint32_t value)
{
    const struct key *key = context;
    const struct process *p = entry_of(key->table, value);
    return p->host == key->host && p->id.pid == key->id->pid;
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
    forget_names(t, p);
    if (p->has_ended)
        leave_host(t, p);
    ring_remove(t, p->has_ended ? &t->ended : &t->living, p);
    image_release(p->image);
    image_release(p->parent_image);
    entity_done(&p->entity);
    entity_done(&p->parent_entity);
    ranges_release(&p->ranges);
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
