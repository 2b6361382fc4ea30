#include "match/key.h"

#include <stdlib.h>

#define VALUE_OCTETS_MAX (KEY_VALUE_MAX + 24u)  // With what stands before and behind it.

static bool next_values(struct key_builder *b, struct value *out);
static bool advance(struct key_builder *b);
static void add_value(struct key *key, struct value v);
static uint32_t kept_len(uint32_t len);
static void add_octets(struct key *key, const void *at, size_t len);
static bool is_repeated(const struct value *list, uint32_t index);

void key_builder_begin(struct key_builder *b, const struct eql_stage *stage,
                       const struct event *event)
{
    b->stage = stage;
    b->event = event;
    b->given = 0;
    b->at_end = false;
    memset(b->next, 0, sizeof b->next);
}

const struct key *key_builder_next(struct key_builder *b)
{
    struct value values[EQL_KEYS_MAX];
    const uint32_t count = b->stage->key_count;
    do {
        if (b->at_end)
            return NULL;
        if (b->given == KEY_COMBINATIONS_MAX) {
            b->cut++;
            b->at_end = true;
            return NULL;
        }
    } while (!next_values(b, values));

    const size_t wanted = sizeof(struct key) + (count + 1) * VALUE_OCTETS_MAX;
    if (b->capacity < wanted) {
        b->key = memory_resize(b->key, wanted);
        b->capacity = wanted;
    }
    b->key->len = 0;
    for (uint32_t i = 0; i < count; i++)
        add_value(b->key, values[i]);
    b->key->hash = str_hash((str){ .at = b->key->at, .len = b->key->len }, 0);
    b->given++;
    return b->key;
}

// A list without values is as good as none.
static struct value field_of_event(const struct key_builder *b, uint32_t i)
{
    const struct value missing = { .type = VALUE_MISSING };
    const uint16_t field = b->stage->keys[i].field;
    if (field >= b->event->slot_count)
        return missing;
    const struct value v = b->event->slots[field];
    return v.type == VALUE_LIST && v.len == 0 ? missing : v;
}

// One value for each field. False where this combination makes no key; the next one may.
static bool next_values(struct key_builder *b, struct value *out)
{
    bool whole = true;
    for (uint32_t i = 0; i < b->stage->key_count; i++) {
        struct value v = field_of_event(b, i);
        if (v.type == VALUE_LIST) {
            const bool has = b->next[i] < v.len && !is_repeated(v.list, b->next[i]);
            v = has ? v.list[b->next[i]] : (struct value){ .type = VALUE_MISSING };
            whole = whole && has;
        }
        if (v.type == VALUE_MISSING && !b->stage->keys[i].optional)
            whole = false;
        out[i] = v;
    }
    b->at_end = !advance(b);
    return whole;
}

// Counts through the combinations, the last field fastest.
static bool advance(struct key_builder *b)
{
    for (uint32_t i = b->stage->key_count; i > 0; i--) {
        const struct value v = field_of_event(b, i - 1);
        const uint32_t count = v.type == VALUE_LIST ? v.len : 1;
        if (++b->next[i - 1] < count)
            return true;
        b->next[i - 1] = 0;
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

static bool is_repeated(const struct value *list, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (is_same(list[i], list[index]))
            return true;
    return false;
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
