#include "match/key.h"

#include <stdlib.h>

#define VALUE_OCTETS_MAX (KEY_VALUE_MAX + 16u)  // With type and length before it.

static bool next_values(struct key_builder *b, struct value *out);
static bool advance(struct key_builder *b);
static void add_value(struct key *key, struct value v);
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
        if (b->at_end || b->given == KEY_COMBINATIONS_MAX)
            return NULL;
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

static struct value field_of_event(const struct key_builder *b, uint32_t i)
{
    const uint16_t field = b->stage->keys[i].field;
    return field == PLAN_FIELD_NONE ? (struct value){ .type = VALUE_MISSING }
                                    : b->event->slots[field];
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

static bool is_same(struct value a, struct value b)
{
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
    const str text = v.type == VALUE_TEXT ? value_str(v) : STR_EMPTY;
    const uint32_t len = (uint32_t)text.len;
    add_octets(key, &v.type, sizeof v.type);
    if (v.type != VALUE_TEXT) {
        const uint64_t number = v.type == VALUE_MISSING ? 0
                                : v.type == VALUE_BOOL  ? v.boolean
                                                        : (uint64_t)v.integer;
        add_octets(key, &number, sizeof number);
        return;
    }
    add_octets(key, &len, sizeof len);
    if (text.len <= KEY_VALUE_MAX) {
        add_octets(key, text.at, text.len);
        return;
    }
    const uint64_t hashes[] = { str_hash(text, 1), str_hash(text, 2) };
    add_octets(key, hashes, sizeof hashes);
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
