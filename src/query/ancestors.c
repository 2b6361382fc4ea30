#include "query/ancestors.h"

#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>

#define ANCESTORS_AT_FIRST 256u

// An entity is known by two hashes of its text: 128 bits.
struct ancestor {
    uint64_t entity;
    uint64_t check;
    bool has_parent;
    struct lineage lineage;
};

struct entity_key {
    const struct ancestors *ancestors;
    uint64_t entity;
    uint64_t check;
};

static struct ancestor *find(const struct ancestors *a, struct entity_key key);
static struct ancestor *add(struct ancestors *a, struct entity_key key, uint32_t lineage_count);
static uint32_t take_place(struct ancestors *a);

static struct entity_key key_of(const struct ancestors *a, struct value v)
{
    const str text = v.type == VALUE_TEXT
                         ? value_str(v)
                         : (str){ .at = (const char *)&v.integer, .len = sizeof v.integer };
    return (struct entity_key){ a, str_hash(text, v.type), str_hash(text, v.type + 100u) };
}

void ancestors_done(struct ancestors *a)
{
    map_done(&a->by_entity);
    for (uint32_t i = 0; i < a->count; i++)
        lineage_done(&a->at[i].lineage);
    free(a->at);
    *a = (struct ancestors){ 0 };
}

struct lineage *ancestors_meet(struct ancestors *a, struct value entity, struct value parent,
                               uint32_t lineage_count)
{
    if (entity.type == VALUE_MISSING || entity.type == VALUE_LIST)
        return NULL;
    struct ancestor *p = find(a, key_of(a, entity));
    if (p == NULL)
        p = add(a, key_of(a, entity), lineage_count);
    if (p->has_parent || parent.type == VALUE_MISSING || parent.type == VALUE_LIST)
        return &p->lineage;
    const struct ancestor *above = find(a, key_of(a, parent));
    if (above != NULL && above != p) {
        p->has_parent = true;
        lineage_inherit(&p->lineage, &above->lineage);
    }
    return &p->lineage;
}

static bool is_entity(const void *context, uint32_t value)
{
    const struct entity_key *key = context;
    const struct ancestor *p = &key->ancestors->at[value];
    return p->entity == key->entity && p->check == key->check;
}

static struct ancestor *find(const struct ancestors *a, struct entity_key key)
{
    const uint32_t at = map_find(&a->by_entity, key.entity, is_entity, &key);
    return at == MAP_NONE ? NULL : &a->at[at];
}

static struct ancestor *add(struct ancestors *a, struct entity_key key, uint32_t lineage_count)
{
    const uint32_t at = take_place(a);
    struct ancestor *p = &a->at[at];
    *p = (struct ancestor){ .entity = key.entity, .check = key.check };
    lineage_init(&p->lineage, lineage_count);
    map_add(&a->by_entity, key.entity, at);
    return p;
}

// A place that nobody has; where there is none, that of the one who came first.
static uint32_t take_place(struct ancestors *a)
{
    if (a->count < ANCESTORS_MAX) {
        if (a->at == NULL || a->count == a->capacity) {
            a->capacity = a->capacity == 0 ? ANCESTORS_AT_FIRST : a->capacity * 2;
            a->at = memory_resize(a->at, a->capacity * sizeof *a->at);
        }
        return a->count++;
    }
    assert(a->at != NULL);  // It is full.
    const uint32_t at = a->next;
    a->next = (a->next + 1) % ANCESTORS_MAX;
    a->evicted++;
    (void)map_remove(&a->by_entity, a->at[at].entity, at);
    lineage_done(&a->at[at].lineage);
    return at;
}
