// What decode asks of yyjson, in our own terms. A parsed record is one array of values in the
// order of the text; a container knows where the value after it stands, so skipping one costs
// the same whatever is in it.

#ifndef DECODE_JSON_H
#define DECODE_JSON_H

#include "base/str.h"

#include <yyjson.h>

// A walk over an object or a list, once, in the order of the text:
//     struct json_members m = json_members_of(object);
//     while (json_take_member(&m))
//         ... m.key, m.val ...
// What is no object has no members, and what is no list no elements.
struct json_members {
    yyjson_val *next;
    size_t left;
    str key;
    yyjson_val *val;
};

struct json_elements {
    yyjson_val *next;
    size_t left;
    yyjson_val *val;
};

// Keys come in any order: compare the length in a switch, then the octets, whose number the
// compiler knows.
#define JSON_KEY_IS(key, literal) \
    ((key).len == sizeof(literal) - 1 && memcmp((key).at, "" literal, sizeof(literal) - 1) == 0)

// Call only for text. Borrowed from the record's own octets.
static inline str json_str(yyjson_val *val)
{
    return (str){ .at = unsafe_yyjson_get_str(val), .len = unsafe_yyjson_get_len(val) };
}

static inline struct json_members json_members_of(yyjson_val *object)
{
    if (!yyjson_is_obj(object))
        return (struct json_members){ .left = 0 };
    return (struct json_members){ .next = unsafe_yyjson_get_first(object),
                                  .left = unsafe_yyjson_get_len(object) };
}

static inline bool json_take_member(struct json_members *m)
{
    if (m->left == 0)
        return false;
    m->left--;
    m->key = json_str(m->next);
    m->val = m->next + 1;
    m->next = unsafe_yyjson_get_next(m->val);
    return true;
}

static inline struct json_elements json_elements_of(yyjson_val *list)
{
    if (!yyjson_is_arr(list))
        return (struct json_elements){ .left = 0 };
    return (struct json_elements){ .next = unsafe_yyjson_get_first(list),
                                   .left = unsafe_yyjson_get_len(list) };
}

static inline bool json_take_element(struct json_elements *e)
{
    if (e->left == 0)
        return false;
    e->left--;
    e->val = e->next;
    e->next = unsafe_yyjson_get_next(e->val);
    return true;
}

// Values in `val`, itself included.
static inline size_t json_weight(yyjson_val *val)
{
    return (size_t)(unsafe_yyjson_get_next(val) - val);
}

#endif
