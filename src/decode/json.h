// What decode asks of yyjson, in our own terms. A parsed record is one array of values in the
// order of the text; a container knows where the value after it stands, so skipping one costs
// the same whatever is in it.

#ifndef DECODE_JSON_H
#define DECODE_JSON_H

#include "base/str.h"

#include <yyjson.h>

// Call only for text. Borrowed from the record's own octets.
static inline str json_str(yyjson_val *val)
{
    return (str){ .at = unsafe_yyjson_get_str(val), .len = unsafe_yyjson_get_len(val) };
}

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

// An object's members by name. Keys come in any order, so to compare each with what it might be
// is a mispredicted branch for each; that would be most of what decoding costs. Here every key
// goes, unlooked at, into the slot that its first four octets and its length give, and only
// what stands in a wanted name's slot is compared with that name.
//
// The factor is chosen so that no name that we want shares its slot with another key of its
// object. Where several keys share the slot, the object is searched: slower, never wrong. Where one
// stranger has it, there is no such member: most names that are asked for are not there. In an object
// of many keys nearly every slot is shared; there, more bits of the same number tell which names
// cannot be in it.
#define JSON_SLOT_BITS  5
#define JSON_SLOTS      (1u << JSON_SLOT_BITS)
#define JSON_KNOWN_BITS 10
#define JSON_KNOWN      (1u << JSON_KNOWN_BITS)
#define JSON_MANY       24u
#define JSON_FACTOR     0x7cf24aabu

struct json_index {
    yyjson_val *object;
    uint32_t taken;   // One bit a slot: cheaper to clear than the slots.
    uint32_t shared;  // By more than one key, of which the last is seen.
    bool has_known;   // Of objects with more than JSON_MANY keys alone.
    yyjson_val *keys[JSON_SLOTS];
    uint64_t known[JSON_KNOWN / 64];
};
_Static_assert(JSON_SLOTS == 32, "one bit of json_index.taken for each slot");

// The member's value, or NULL. `name` is a literal, so its slot is known to the compiler; of at
// least three octets, because the fourth of a shorter key is not its own.
#define JSON_GET(index, name)                                               \
    ((void)sizeof(struct {                                                  \
         _Static_assert(sizeof(name) > 3, "too short for JSON_GET: " name); \
         int unused;                                                        \
     }),                                                                    \
     json_get((index), json_mixed("" name "\0", sizeof(name) - 1), name, sizeof(name) - 1))

// Four octets are always there: the record's text goes on behind a key, and zeros behind that.
static inline uint32_t json_mixed(const char *name, size_t len)
{
    const uint32_t front =
        (uint32_t)(unsigned char)name[0] | (uint32_t)(unsigned char)name[1] << 8 |
        (uint32_t)(unsigned char)name[2] << 16 | (uint32_t)(unsigned char)name[3] << 24;
    return (front + (uint32_t)len) * JSON_FACTOR;
}

static inline void json_note_known(yyjson_val *object, struct json_index *out)
{
    yyjson_val *key = unsafe_yyjson_get_first(object);
    memset(out->known, 0, sizeof out->known);
    for (size_t left = unsafe_yyjson_get_len(object); left > 0; left--) {
        const uint32_t bit = json_mixed(unsafe_yyjson_get_str(key), unsafe_yyjson_get_len(key)) >>
                             (32 - JSON_KNOWN_BITS);
        out->known[bit / 64] |= UINT64_C(1) << bit % 64;
        key = unsafe_yyjson_get_next(key + 1);
    }
}

// What is no object has no members.
static inline void json_index_of(yyjson_val *object, struct json_index *out)
{
    uint32_t taken = 0;
    uint32_t shared = 0;
    if (yyjson_is_obj(object)) {
        yyjson_val *key = unsafe_yyjson_get_first(object);
        for (size_t left = unsafe_yyjson_get_len(object); left > 0; left--) {
            const uint32_t slot =
                json_mixed(unsafe_yyjson_get_str(key), unsafe_yyjson_get_len(key)) >>
                (32 - JSON_SLOT_BITS);
            shared |= taken & UINT32_C(1) << slot;
            taken |= UINT32_C(1) << slot;
            out->keys[slot] = key;
            key = unsafe_yyjson_get_next(key + 1);
        }
    }
    out->object = object;
    out->taken = taken;
    out->shared = shared;
    out->has_known = yyjson_is_obj(object) && unsafe_yyjson_get_len(object) > JSON_MANY;
    if (out->has_known)
        json_note_known(object, out);
}

// Where keys share the slot: by all of them. Not inline, because it is hardly ever needed.
__attribute__((noinline, unused)) static yyjson_val *json_search(const struct json_index *index,
                                                                 uint32_t mixed, const char *name,
                                                                 size_t len)
{
    const uint32_t bit = mixed >> (32 - JSON_KNOWN_BITS);
    if (index->has_known && (index->known[bit / 64] >> bit % 64 & 1) == 0)
        return NULL;
    return yyjson_obj_getn(index->object, name, len);
}

// Inline by all means: where the name's length is known, comparing is an instruction or two.
__attribute__((always_inline)) static inline yyjson_val *json_get(const struct json_index *index,
                                                                  uint32_t mixed, const char *name,
                                                                  size_t len)
{
    const uint32_t slot = mixed >> (32 - JSON_SLOT_BITS);
    if ((index->taken >> slot & 1) == 0)
        return NULL;
    yyjson_val *key = index->keys[slot];
    if (unsafe_yyjson_get_len(key) == len && memcmp(unsafe_yyjson_get_str(key), name, len) == 0)
        return key + 1;
    return (index->shared >> slot & 1) == 0 ? NULL : json_search(index, mixed, name, len);
}

// Whether containers in one another are at most `max` deep, for which `ends` has room. Values stand
// in the order of the text, so the open containers are those whose end is ahead.
static inline bool json_is_within_depth(yyjson_val *val, yyjson_val **ends, size_t max)
{
    yyjson_val *end = unsafe_yyjson_get_next(val);
    size_t depth = 0;
    for (; val < end; val++) {
        while (depth > 0 && val >= ends[depth - 1])
            depth--;
        if (!yyjson_is_ctn(val))
            continue;
        if (depth == max)
            return false;
        ends[depth++] = unsafe_yyjson_get_next(val);
    }
    return true;
}

#endif
