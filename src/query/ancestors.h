// Processes that events tell of, for `child of` and `descendant of` in ad-hoc queries: each has the
// marks that it got itself and those of its ancestors, as far as they were seen before it.

#ifndef QUERY_ANCESTORS_H
#define QUERY_ANCESTORS_H

#include "base/map.h"
#include "event/event.h"

#define ANCESTORS_MAX 1000000u  // Processes; where there are more, the first to come is forgotten.

struct ancestor;

struct ancestors {
    struct map by_entity;
    struct ancestor *at;
    uint32_t count;
    uint32_t capacity;
    uint32_t next;  // Who is forgotten next.
    uint64_t evicted;
};

// By value; a zeroed one is an empty one.
void ancestors_done(struct ancestors *a);

// The marks of the process, which is added where it is new; borrowed until the next call. `parent`
// may be missing. NULL where the entity is. `lineage_count`: as lineage_init().
struct lineage *ancestors_meet(struct ancestors *a, struct value entity, struct value parent,
                               uint32_t lineage_count);

#endif
