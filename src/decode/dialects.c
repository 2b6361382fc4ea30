// Every dialect, one line each, in the order in which a record is shown to them: those whose records
// have another's shape and more stand before it.

#include "decode/dialects.h"

static const struct dialect *const dialects[] = {
    &decode_jamf_alert,
    &decode_jamf,
    &decode_mac_monitor,
    &decode_osquery,
    &decode_santa,
    &decode_santa_log,
    &decode_eslogger,
    &decode_ocsf,
    &decode_unified_log,
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
