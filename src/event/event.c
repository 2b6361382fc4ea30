#include "event/event.h"

struct field_traits {
    str name;
    enum field_type type;
    str meaning;
};

static const struct field_traits fields[FIELD_COUNT] = {
#define FIELD(identifier, field_name, field_kind, field_meaning) \
    [FIELD_##                                                    \
        identifier] = { STR_INIT(field_name), FIELD_TYPE_##field_kind, STR_INIT(field_meaning) },
#include "event/fields.def"
#undef FIELD
};

const struct action_traits action_traits[ACTION_COUNT] = {
#define ACTION(identifier, action_name, bits, action_type, action_signal)   \
    [ACTION_##identifier] = { STR_INIT(action_name), STR_INIT(action_type), \
                              STR_INIT(action_signal), bits },
    ACTIONS(ACTION)
#undef ACTION
};

static const str category_names[CATEGORY_COUNT] = {
    STR_INIT("process"), STR_INIT("library"),       STR_INIT("api"),   STR_INIT("file"),
    STR_INIT("network"), STR_INIT("configuration"), STR_INIT("alert"),
};

const struct process_facts process_nobody = {
    .id = { .pid = -1, .pidversion = -1, .entity = STR_INIT("") },
    .parent = { .pid = -1, .pidversion = -1, .entity = STR_INIT("") },
    .responsible = { .pid = -1, .pidversion = -1, .entity = STR_INIT("") },
    .cs_validation_category = -1,
    .euid = -1,
    .executable = STR_INIT(""),
    .signing_id = STR_INIT(""),
    .team_id = STR_INIT(""),
    .cdhash = STR_INIT(""),
};

// More edits than this make another word.
static size_t edits_max(str name)
{
    return name.len < 6 ? 2 : name.len / 3;
}

enum field field_of(str name)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (str_eq(fields[i].name, name))
            return (enum field)i;
    return FIELD_COUNT;
}

str field_name(enum field field)
{
    return fields[field].name;
}

enum field_type field_type_of(enum field field)
{
    return fields[field].type;
}

str field_meaning(enum field field)
{
    return fields[field].meaning;
}

enum field field_nearest(str name)
{
    const size_t max = edits_max(name);
    size_t best = max + 1;
    enum field nearest = FIELD_COUNT;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const size_t distance = str_distance(fields[i].name, name, max);
        if (distance < best) {
            best = distance;
            nearest = (enum field)i;
        }
    }
    return nearest;
}

uint32_t category_of(str name)
{
    if (str_eq(name, STR("any")))
        return CATEGORY_ANY;
    for (uint32_t i = 0; i < CATEGORY_COUNT; i++)
        if (str_eq(category_names[i], name))
            return 1u << i;
    return 0;
}

str category_name(uint32_t bit)
{
    for (uint32_t i = 0; i < CATEGORY_COUNT; i++)
        if (bit == 1u << i)
            return category_names[i];
    return bit == CATEGORY_ANY ? STR("any") : STR_EMPTY;
}

str category_nearest(str name)
{
    const size_t max = edits_max(name);
    size_t best = max + 1;
    str nearest = STR_EMPTY;
    for (size_t i = 0; i < CATEGORY_COUNT; i++) {
        const size_t distance = str_distance(category_names[i], name, max);
        if (distance < best) {
            best = distance;
            nearest = category_names[i];
        }
    }
    return nearest;
}

enum action action_of(str name)
{
    for (size_t i = 0; i < ACTION_COUNT; i++)
        if (str_eq(action_traits[i].name, name))
            return (enum action)i;
    return ACTION_COUNT;
}
