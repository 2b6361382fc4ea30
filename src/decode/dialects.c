// Every dialect, one line each, in the order in which a record is shown to them: those whose records
// have another's shape and more stand before it.

#include "decode/dialects.h"

static const struct dialect *const dialects[] = {
    &decode_jamf_alert,   // Eslogger's shape, and more.
    &decode_jamf,         // Likewise.
    &decode_mac_monitor,  // Likewise.
    &decode_osquery,      // Some of its rows have eslogger's keys.
    &decode_santa,        // So have some of its events.
    &decode_sentinelone,  // Cloud Funnel 1 has an "event_type", as eslogger has.
    &decode_crowdstrike, &decode_defender, &decode_eslogger, &decode_ocsf, &decode_unified_log,
    &decode_santa_log,  // Lines of text.
    &decode_elastic,
};
_Static_assert(COUNT_OF(dialects) <= DIALECTS_MAX, "counts of a decoder have room for each");

size_t dialects_count(void)
{
    return COUNT_OF(dialects);
}

str dialects_name(size_t i)
{
    return i < COUNT_OF(dialects) ? dialects[i]->name : STR_EMPTY;
}

size_t dialects_find(str name)
{
    for (size_t i = 0; i < COUNT_OF(dialects); i++)
        if (str_eq(dialects[i]->name, name))
            return i;
    return COUNT_OF(dialects);
}

const struct dialect *decode_dialect(size_t i)
{
    return dialects[i];
}
