#include "enrich/ranges.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 4u

static int64_t made_writable(struct ranges_pool *pool, struct ranges **owner, int64_t *count,
                             struct range range);
static const struct range *newest_overlapping(const struct ranges *r, struct range range);
static void make_room(struct ranges_pool *pool, struct ranges **owner);
static void forget_first(struct ranges *r);
static void use(struct ranges *r);
static void link_newest(struct ranges *r);
static void unlink_ranges(struct ranges *r);

void ranges_init(struct ranges_pool *pool, uint32_t max)
{
    *pool = (struct ranges_pool){
        .max = max < RANGES_OF_PROCESS_MAX ? RANGES_OF_PROCESS_MAX : max,
    };
}

struct range ranges_of(uint64_t address, uint64_t size)
{
    const uint64_t more = size == 0 ? 0 : size - 1;
    return (struct range){
        .first = address,
        .last = more > UINT64_MAX - address ? UINT64_MAX : address + more,
    };
}

int64_t ranges_number(struct ranges_pool *pool, struct ranges **owner, int64_t *count,
                      struct range range, bool is_made_writable)
{
    if (*owner != NULL)
        use(*owner);
    if (is_made_writable)
        return made_writable(pool, owner, count, range);
    const struct range *known = newest_overlapping(*owner, range);
    return known != NULL ? known->number : ++*count;
}

static int64_t made_writable(struct ranges_pool *pool, struct ranges **owner, int64_t *count,
                             struct range range)
{
    struct ranges *r = *owner;
    range.number = 0;
    for (uint32_t i = 0; r != NULL && i < r->count && range.number == 0; i++)
        if (r->at[i].first == range.first && r->at[i].last == range.last) {
            range.number = r->at[i].number;
            memmove(&r->at[i], &r->at[i + 1], (r->count - i - 1) * sizeof *r->at);
            r->count--;
        }
    if (range.number == 0)
        range.number = ++*count;
    make_room(pool, owner);
    r = *owner;
    r->at[r->count++] = range;
    return range.number;
}

static const struct range *newest_overlapping(const struct ranges *r, struct range range)
{
    for (uint32_t i = r == NULL ? 0 : r->count; i > 0; i--)
        if (r->at[i - 1].first <= range.last && range.first <= r->at[i - 1].last)
            return &r->at[i - 1];
    return NULL;
}

// For one more.
static void make_room(struct ranges_pool *pool, struct ranges **owner)
{
    struct ranges *r = *owner;
    if (r != NULL && r->count < r->capacity)
        return;
    if (r != NULL && r->capacity == RANGES_OF_PROCESS_MAX) {
        forget_first(r);
        return;
    }
    const uint32_t old = r == NULL ? 0 : r->capacity;
    const uint32_t capacity = old == 0 ? CAPACITY_MIN : old * 2;
    if (r != NULL)
        unlink_ranges(r);
    // Itself it is not in the list meanwhile, and has at most half of what one process may.
    while (pool->room - old + capacity > pool->max && pool->oldest != NULL) {
        pool->evicted += pool->oldest->count;
        ranges_release(pool->oldest->owner);
    }
    pool->room += capacity - old;
    r = memory_resize(r, sizeof *r + capacity * sizeof *r->at);
    if (old == 0)
        *r = (struct ranges){ .pool = pool, .owner = owner };
    r->capacity = capacity;
    *owner = r;
    link_newest(r);
}

static void forget_first(struct ranges *r)
{
    r->count--;
    memmove(&r->at[0], &r->at[1], r->count * sizeof *r->at);
    r->pool->evicted++;
}

void ranges_release(struct ranges **owner)
{
    struct ranges *r = *owner;
    if (r == NULL)
        return;
    unlink_ranges(r);
    r->pool->room -= r->capacity;
    *owner = NULL;
    free(r);
}

static void use(struct ranges *r)
{
    if (r->newer == NULL)
        return;
    unlink_ranges(r);
    link_newest(r);
}

static void link_newest(struct ranges *r)
{
    struct ranges_pool *pool = r->pool;
    r->older = pool->newest;
    r->newer = NULL;
    *(pool->newest == NULL ? &pool->oldest : &pool->newest->newer) = r;
    pool->newest = r;
}

static void unlink_ranges(struct ranges *r)
{
    struct ranges_pool *pool = r->pool;
    *(r->older == NULL ? &pool->oldest : &r->older->newer) = r->newer;
    *(r->newer == NULL ? &pool->newest : &r->newer->older) = r->older;
}
