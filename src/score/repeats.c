#include "score/repeats.h"

#include "score/group.h"

#include <stdlib.h>

static bool has_any(const struct finding *finding, const enum field *fields, size_t count);
static uint64_t add_usual(uint64_t hash, const struct finding *finding);
static uint64_t add_user(uint64_t hash, const struct finding *finding);
static uint64_t add_first(uint64_t hash, const struct finding_step *step, const enum field *fields,
                          size_t count);
static bool has_value(const struct finding_step *step, enum field field);
static uint64_t add_value(uint64_t hash, const struct finding_step *step, enum field field);
static bool any(const void *context, uint32_t value);

// What a step is known by: the first of each that it shows.
static const enum field programs[] = { FIELD_PROCESS_HASH_CDHASH, FIELD_PROCESS_EXECUTABLE,
                                       FIELD_PROCESS_ENTITY_ID };
static const enum field libraries[] = { FIELD_DLL_HASH_CDHASH, FIELD_DLL_PATH };
static const enum field targets[] = { FIELD_TARGET_EXECUTABLE, FIELD_TARGET_ENTITY_ID };

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
    uint64_t hash = str_hash(rule->id, str_hash(verdict_name(finding->verdict), 0));
    hash = str_hash(finding->host_id, hash);
    if (!has_any(finding, rule->suppress_by, rule->suppress_by_count))
        return add_usual(hash, finding);
    // Of every step, in order: a step that does not show it counts as well.
    for (size_t i = 0; i < rule->suppress_by_count; i++)
        for (size_t k = 0; k < finding->step_count; k++)
            hash = add_value(hash, &finding->steps[k], rule->suppress_by[i]);
    return hash;
}

static bool has_any(const struct finding *finding, const enum field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < finding->step_count; k++)
            if (has_value(&finding->steps[k], fields[i]))
                return true;
    return false;
}

// What is not known makes nothing the same: of one of which nothing is known, only itself is a repeat.
static uint64_t add_usual(uint64_t hash, const struct finding *finding)
{
    if (!has_any(finding, programs, COUNT_OF(programs)) &&
        !has_any(finding, libraries, COUNT_OF(libraries)) &&
        !has_any(finding, targets, COUNT_OF(targets)))
        return str_hash(str_of(finding->id), hash);
    for (size_t i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->steps[i];
        hash = add_first(hash, step, programs, COUNT_OF(programs));
        hash = add_first(hash, step, libraries, COUNT_OF(libraries));
        hash = add_first(hash, step, targets, COUNT_OF(targets));
    }
    return add_user(hash, finding);
}

// Whoever uses osascript uses the same osascript.
static uint64_t add_user(uint64_t hash, const struct finding *finding)
{
    const struct finding_step *last = &finding->steps[finding->step_count - 1];
    const struct value is_platform = finding_step_value(last, FIELD_PROCESS_CS_PLATFORM);
    if (is_platform.type != VALUE_BOOL || !is_platform.boolean)
        return hash;
    return add_value(add_value(hash, last, FIELD_PARENT_EXECUTABLE), last,
                     FIELD_PROCESS_COMMAND_LINE);
}

static uint64_t add_first(uint64_t hash, const struct finding_step *step, const enum field *fields,
                          size_t count)
{
    size_t i = 0;
    while (i + 1 < count && !has_value(step, fields[i]))
        i++;
    return add_value(hash, step, fields[i]);
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

void repeats_name(struct repeats *r, const struct finding *finding, const char *id,
                  uint32_t revision)
{
    struct repeat *repeat = repeats_find(r, finding, repeats_hash(finding));
    if (repeat == NULL)
        return;
    repeat->revision = revision;
    memcpy(repeat->id, id, sizeof repeat->id);
}

void repeats_take_name(struct repeats *r, struct finding *finding)
{
    const struct repeat *repeat = repeats_find(r, finding, repeats_hash(finding));
    if (repeat == NULL)
        return;
    finding->revision = repeat->revision + 1;
    memcpy(finding->id, repeat->id, sizeof finding->id);
}
