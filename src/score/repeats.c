#include "score/repeats.h"

#include "score/group.h"

#include <stdlib.h>

static uint64_t add_field(uint64_t hash, const struct finding *finding, enum field field);
static uint64_t add_usual(uint64_t hash, const struct finding *finding);
static bool has_value(const struct finding_step *step, enum field field);
static uint64_t add_value(uint64_t hash, const struct finding_step *step, enum field field);
static bool any(const void *context, uint32_t value);

void repeats_init(struct repeats *r, uint32_t max)
{
    *r = (struct repeats){ .max = max };
}

void repeats_done(struct repeats *r)
{
    map_done(&r->by_hash);
    free(r->at);
    *r = (struct repeats){ 0 };
}

uint64_t repeats_hash(const struct finding *finding)
{
    const struct rule_facts *rule = finding->rule;
    uint64_t hash = str_hash(rule->id, (uint64_t)finding->verdict);
    hash = str_hash(finding->host_id, hash);
    if (rule->suppress_by_count == 0)
        return add_usual(hash, finding);
    for (size_t i = 0; i < rule->suppress_by_count; i++)
        hash = add_field(hash, finding, rule->suppress_by[i]);
    return hash;
}

static uint64_t add_usual(uint64_t hash, const struct finding *finding)
{
    for (size_t i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->steps[i];
        hash = add_value(hash, step,
                         has_value(step, FIELD_PROCESS_HASH_CDHASH) ? FIELD_PROCESS_HASH_CDHASH
                                                                    : FIELD_PROCESS_EXECUTABLE);
        hash = add_value(hash, step,
                         has_value(step, FIELD_DLL_HASH_CDHASH) ? FIELD_DLL_HASH_CDHASH
                                                                : FIELD_DLL_PATH);
        hash = add_value(hash, step, FIELD_TARGET_EXECUTABLE);
    }
    return hash;
}

// Of every step, in order: a step that does not show it counts as well.
static uint64_t add_field(uint64_t hash, const struct finding *finding, enum field field)
{
    for (size_t i = 0; i < finding->step_count; i++)
        hash = add_value(hash, &finding->steps[i], field);
    return hash;
}

static bool has_value(const struct finding_step *step, enum field field)
{
    return finding_step_value(step, field).type != VALUE_MISSING;
}

static uint64_t add_value(uint64_t hash, const struct finding_step *step, enum field field)
{
    const struct value v = finding_step_value(step, field);
    const uint64_t seed = hash + v.type + 1;
    switch (v.type) {
    case VALUE_TEXT:
        return str_hash(value_str(v), seed);
    case VALUE_INT:
        return str_hash((str){ .at = (const char *)&v.integer, .len = sizeof v.integer }, seed);
    case VALUE_BOOL:
        return str_hash(v.boolean ? STR("true") : STR("false"), seed);
    default:
        return str_hash(STR_EMPTY, seed);
    }
}

struct repeat *repeats_find(struct repeats *r, const struct finding *finding, uint64_t hash)
{
    const uint32_t index = map_find(&r->by_hash, hash, any, NULL);
    if (index == MAP_NONE)
        return NULL;
    struct repeat *repeat = &r->at[index];
    const int64_t window =
        finding->rule->suppress_window_ns > 0 ? finding->rule->suppress_window_ns : GROUP_REPEAT_NS;
    // Both are times of events, and may be anything.
    const uint64_t since = finding->time_ns >= repeat->first_ns
                               ? (uint64_t)finding->time_ns - (uint64_t)repeat->first_ns
                               : (uint64_t)repeat->first_ns - (uint64_t)finding->time_ns;
    if (since <= (uint64_t)window)
        return repeat;
    (void)map_remove(&r->by_hash, hash, index);
    return NULL;
}

// All 64 bits agree: that is what a repeat is known by.
static bool any(const void *context, uint32_t value)
{
    (void)context;
    (void)value;
    return true;
}

void repeats_add(struct repeats *r, const struct finding *finding, uint64_t hash)
{
    uint32_t index = r->count;
    if (r->count == r->max) {
        index = r->oldest;
        r->oldest = (r->oldest + 1) % r->max;
        // One that was forgotten before is not in the map any more.
        r->evicted += map_remove(&r->by_hash, r->at[index].hash, index);
    } else {
        if (r->count == r->capacity) {
            r->capacity = r->capacity == 0 ? 64 : r->capacity * 2;
            r->capacity = r->capacity < r->max ? r->capacity : r->max;
            r->at = memory_resize(r->at, r->capacity * sizeof *r->at);
        }
        r->count++;
    }
    struct repeat *repeat = &r->at[index];
    *repeat = (struct repeat){ .hash = hash, .first_ns = finding->time_ns };
    memcpy(repeat->id, finding->id, sizeof repeat->id);
    map_add(&r->by_hash, hash, index);
}

void repeats_name(struct repeats *r, const struct finding *finding, const char *id)
{
    struct repeat *repeat = repeats_find(r, finding, repeats_hash(finding));
    if (repeat != NULL)
        memcpy(repeat->id, id, sizeof repeat->id);
}
