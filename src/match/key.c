#include "match/key.h"

#include <stdlib.h>

#define VALUE_OCTETS_MAX (KEY_VALUE_MAX + 24u)  // With what stands before and behind it.

static bool take_field(struct key_builder *b, uint32_t i);
static bool take_value(struct key_values *values, struct value v);
static bool advance(struct key_builder *b);
static struct value plain(struct value v);
static bool is_same(struct value a, struct value b);
static void add_value(struct key *key, struct value v);
static uint32_t kept_len(uint32_t len);
static void add_octets(struct key *key, const void *at, size_t len);

void key_builder_begin(struct key_builder *b, const struct eql_stage *stage,
                       const struct event *event)
{
    b->stage = stage;
    b->event = event;
    b->given = 0;
    b->at_end = false;
    for (uint32_t i = 0; i < stage->key_count && !b->at_end; i++)
        b->at_end = !take_field(b, i);
}

// The different values of a key's field. False where there is none and there must be one.
static bool take_field(struct key_builder *b, uint32_t i)
{
    struct key_values *values = &b->fields[i];
    const uint16_t field = b->stage->keys[i].field;
    struct value v = { .type = VALUE_MISSING };
    if (field < b->event->slot_count)
        v = b->event->slots[field];
    values->count = values->next = 0;
    const uint32_t len = v.type == VALUE_LIST ? v.len : 0;
    for (uint32_t at = 0; at < len; at++) {
        if (at < KEY_LIST_MAX && take_value(values, v.list[at]))
            continue;
        b->cut++;
        break;
    }
    if (v.type != VALUE_LIST || len == 0)
        values->at[values->count++] = v.type == VALUE_LIST ? (struct value){ 0 } : v;
    return values->at[0].type != VALUE_MISSING || b->stage->keys[i].optional;
}

// False where there is no room for another one.
static bool take_value(struct key_values *values, struct value v)
{
    for (uint32_t i = 0; i < values->count; i++)
        if (is_same(values->at[i], v))
            return true;
    if (values->count == KEY_COMBINATIONS_MAX)
        return false;
    values->at[values->count++] = v;
    return true;
}

const struct key *key_builder_next(struct key_builder *b)
{
    const uint32_t count = b->stage->key_count;
    if (b->at_end)
        return NULL;
    if (b->given++ == KEY_COMBINATIONS_MAX) {
        b->cut++;
        return NULL;
    }
    const size_t wanted = sizeof(struct key) + (count + 1) * VALUE_OCTETS_MAX;
    if (b->capacity < wanted) {
        b->key = memory_resize(b->key, wanted);
        b->capacity = wanted;
    }
    b->key->len = 0;
    for (uint32_t i = 0; i < count; i++)
        add_value(b->key, b->fields[i].at[b->fields[i].next]);
    b->key->hash = str_hash((str){ .at = b->key->at, .len = b->key->len }, 0);
    b->at_end = !advance(b);
    return b->key;
}

// Counts through the combinations, the last field fastest.
static bool advance(struct key_builder *b)
{
    for (uint32_t i = b->stage->key_count; i > 0; i--) {
        struct key_values *values = &b->fields[i - 1];
        if (++values->next < values->count)
            return true;
        values->next = 0;
    }
    return false;
}

// A real number that is whole is that number.
static struct value plain(struct value v)
{
    const bool is_whole = v.type == VALUE_FLOAT && v.real >= -9.2e18 && v.real <= 9.2e18 &&
                          v.real == (double)(int64_t)v.real;
    return is_whole ? value_of_int((int64_t)v.real) : v;
}

static bool is_same(struct value a, struct value b)
{
    a = plain(a);
    b = plain(b);
    if (a.type != b.type)
        return false;
    return a.type == VALUE_TEXT ? str_eq(value_str(a), value_str(b)) : a.integer == b.integer;
}

// Type, length, octets: no two lists of values look alike.
static void add_value(struct key *key, struct value v)
{
    v = plain(v);
    add_octets(key, &v.type, sizeof v.type);
    if (v.type != VALUE_TEXT) {
        const uint64_t number = v.type == VALUE_MISSING ? 0
                                : v.type == VALUE_BOOL  ? v.boolean
                                                        : (uint64_t)v.integer;
        add_octets(key, &number, sizeof number);
        return;
    }
    const str text = value_str(v);
    const uint32_t len = (uint32_t)text.len;
    add_octets(key, &len, sizeof len);
    add_octets(key, text.at, kept_len(len));
    if (text.len > KEY_VALUE_MAX) {
        const uint64_t hashes[] = { str_hash(text, 1), str_hash(text, 2) };
        add_octets(key, hashes, sizeof hashes);
    }
}

static uint32_t kept_len(uint32_t len)
{
    return len < KEY_VALUE_MAX ? len : KEY_VALUE_MAX;
}

uint32_t key_values(const struct key *key, struct value *out)
{
    uint32_t count = 0;
    for (const char *at = key->at; at < key->at + key->len && count < EQL_KEYS_MAX; count++) {
        struct value v = { .type = (uint8_t)*at++ };
        if (v.type != VALUE_TEXT) {
            uint64_t number;
            memcpy(&number, at, sizeof number);
            v.integer = (int64_t)number;
            if (v.type == VALUE_BOOL)
                v = value_of_bool(number != 0);
            at += sizeof number;
        } else {
            uint32_t len;
            memcpy(&len, at, sizeof len);
            at += sizeof len;
            v = value_of_text((str){ .at = at, .len = kept_len(len) });
            at += v.len + (len > KEY_VALUE_MAX ? 2 * sizeof(uint64_t) : 0);
        }
        out[count] = v;
    }
    return count;
}

static void add_octets(struct key *key, const void *at, size_t len)
{
    if (len > 0)
        memcpy(key->at + key->len, at, len);
    key->len += (uint32_t)len;
}

struct key *key_keep(const struct key *key)
{
    struct key *copy = memory_new(key_bytes(key));
    memcpy(copy, key, key_bytes(key));
    return copy;
}

void key_builder_done(struct key_builder *b)
{
    free(b->key);
    *b = (struct key_builder){ 0 };
}
