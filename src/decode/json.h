// What decode asks of yyjson, in our own terms. A parsed record is one array of values in the
// order of the text; a container knows where the value after it stands, so skipping one costs
// the same whatever is in it.

#ifndef DECODE_JSON_H
#define DECODE_JSON_H

#include "base/str.h"

#include <yyjson.h>

// Each member of an object or element of a list, once.
#define JSON_MEMBERS(object, i, max, key, val) yyjson_obj_foreach(object, i, max, key, val)
#define JSON_ELEMENTS(list, i, max, val)       yyjson_arr_foreach(list, i, max, val)

// Keys come in any order: compare the length in a switch, then the octets, whose number the
// compiler knows.
#define JSON_KEY_IS(key, literal) \
    ((key).len == sizeof(literal) - 1 && memcmp((key).at, "" literal, sizeof(literal) - 1) == 0)

// Call only for text. Borrowed from the record's own octets.
static inline str json_str(yyjson_val *val)
{
    return (str){ .at = unsafe_yyjson_get_str(val), .len = unsafe_yyjson_get_len(val) };
}

// Values in `val`, itself included.
static inline size_t json_weight(yyjson_val *val)
{
    return (size_t)(unsafe_yyjson_get_next(val) - val);
}

#endif
