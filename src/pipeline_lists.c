#include "pipeline_lists.h"

#include "enrich/enrich.h"

#define NEAR 4u  // Edits that are too many for a mistyped name.

// What score reads.
static const str others[] = { STR_INIT("critical_hosts") };

#define COUNT (ENRICH_LIST_COUNT + COUNT_OF(others))

static str name_of(size_t i)
{
    return i < ENRICH_LIST_COUNT ? enrich_list_name((enum enrich_list)i)
                                 : others[i - ENRICH_LIST_COUNT];
}

bool pipeline_lists_is_read(str name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (str_eq(name_of(i), name))
            return true;
    return false;
}

str pipeline_lists_nearest(str name)
{
    size_t best = NEAR;
    str nearest = STR_EMPTY;
    for (size_t i = 0; i < COUNT; i++) {
        const size_t distance = str_distance(name_of(i), name, best);
        if (distance < best) {
            best = distance;
            nearest = name_of(i);
        }
    }
    return nearest;
}
