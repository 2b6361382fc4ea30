// A query of the public library, and the slots that its names were given.

#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "pomona/eql.h"

#include "eql/plan.h"

#define QUERY_CATEGORIES_MAX \
    31u  // Different ones of a query. The bit above them is for all others.
#define QUERY_CATEGORY_OTHER (1u << 31)
#define QUERY_SLOT_NONE      UINT16_MAX

struct query_field {
    str name;
    str *paths;  // Of _arraysearch; NULL for an ordinary field.
    uint32_t path_count;
};

struct pomona_eql {
    struct arena arena;
    struct eql_plan *plan;
    struct query_field *fields;
    uint32_t field_count;
    str categories[QUERY_CATEGORIES_MAX];
    uint32_t category_count;
    bool is_full;          // More names were asked for than there is room for.
    uint16_t entity_slot;  // Where ancestors are asked for.
    uint16_t parent_slot;
    const struct pomona_eql_schema *schema;  // While it is compiled.
};

// The bits of an event's categories.
uint32_t query_categories(const struct pomona_eql *q, const struct pomona_str *names, size_t count);

#endif
