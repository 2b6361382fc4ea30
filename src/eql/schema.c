// Our own events as a query sees them: event/fields.def and the categories of event.h.

#include "eql/eql.h"

static bool find_field(void *context, str name, uint16_t *slot, enum eql_type *type)
{
    static const enum eql_type types[] = {
        [FIELD_TYPE_TEXT] = EQL_TYPE_TEXT,
        [FIELD_TYPE_TEXTS] = EQL_TYPE_TEXT,
        [FIELD_TYPE_INT] = EQL_TYPE_NUMBER,
        [FIELD_TYPE_BOOL] = EQL_TYPE_BOOL,
    };
    (void)context;
    const enum field field = field_of(name);
    if (field == FIELD_COUNT)
        return false;
    *slot = (uint16_t)field;
    *type = types[field_type_of(field)];
    return true;
}

// Our lists are of plain values: an element has no parts.
static bool find_rows(void *context, str name, const str *paths, uint32_t path_count,
                      uint16_t *slot)
{
    enum eql_type type;
    if (path_count > 1 || (path_count == 1 && paths[0].len > 0))
        return false;
    return find_field(context, name, slot, &type);
}

static str nearest_field(void *context, str name)
{
    (void)context;
    const enum field nearest = field_nearest(name);
    return nearest == FIELD_COUNT ? STR_EMPTY : field_name(nearest);
}

static uint32_t find_category(void *context, str name)
{
    (void)context;
    return category_of(name);
}

static str nearest_category(void *context, str name)
{
    (void)context;
    return category_nearest(name);
}

const struct eql_schema eql_event_schema = {
    .field = find_field,
    .rows = find_rows,
    .nearest_field = nearest_field,
    .category = find_category,
    .nearest_category = nearest_category,
    .categories = STR_INIT("process, library, api, file, network, configuration and any"),
};
