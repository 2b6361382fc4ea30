// Tables from a path in the record to a slot or a fact of the event.

#include "decode/dialect.h"

#define KEYS_MAX (DECODE_KEYS_SLOTS / 4 * 3)  // So that a search for what is not there ends soon.

static bool map_value(struct decoding *c, const struct mapping *m, yyjson_val *val);
static size_t keys_slot(const char *key, size_t len);
static yyjson_val *find_key(const struct decode_keys *keys, str key);
static enum decode_drop apply(struct decoding *c, const struct mapping *m, yyjson_val *val);
static enum decode_drop read_int(yyjson_val *val, int64_t *out);
static enum decode_drop read_bool(yyjson_val *val, bool *out);
static enum decode_drop read_time(const struct mapping *m, yyjson_val *val, int64_t *out);
static void put_text(struct decoding *c, const struct mapping *m, str text);
static void put_int(struct decoding *c, const struct mapping *m, int64_t n);
static void put_bool(struct decoding *c, const struct mapping *m, bool value);
static void *fact_at(struct decoding *c, const struct mapping *m);

bool decode_map(struct decoding *c, yyjson_val *object, const struct mapping *mappings,
                size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!map_value(c, &mappings[i], decode_at(object, mappings[i].path)))
            return false;
    return true;
}

bool decode_map_keys(struct decoding *c, const struct decode_keys *keys,
                     const struct mapping *mappings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!map_value(c, &mappings[i], decode_find(keys, mappings[i].path)))
            return false;
    return true;
}

static bool map_value(struct decoding *c, const struct mapping *m, yyjson_val *val)
{
    const bool is_there = val != NULL && !yyjson_is_null(val);
    const enum decode_drop drop = is_there ? apply(c, m, val) : DECODE_DROP_MISSING_KEY;
    if (drop == DECODE_KEPT)
        return true;
    if (m->is_required)
        return decode_refuse(c, drop, m->path.at, NULL);
    c->is_value_odd |= is_there && drop != DECODE_DROP_MISSING_KEY;
    return true;
}

// The longest key first: "a.b" may be one key or two.
yyjson_val *decode_at(yyjson_val *object, str path)
{
    yyjson_val *val = yyjson_obj_getn(object, path.at, path.len);
    for (size_t dot = path.len; val == NULL && dot-- > 0;) {
        if (path.at[dot] != '.')
            continue;
        yyjson_val *inner = yyjson_obj_getn(object, path.at, dot);
        if (yyjson_is_obj(inner))
            val = decode_at(inner, str_from(path, dot + 1));
    }
    return val;
}

void decode_keys_of(yyjson_val *object, struct decode_keys *out)
{
    out->object = object;
    out->is_partial = false;
    memset(out->slots, 0, sizeof out->slots);
    if (!yyjson_is_obj(object))
        return;
    const size_t size = unsafe_yyjson_get_len(object);
    yyjson_val *key = unsafe_yyjson_get_first(object);
    out->is_partial = size > KEYS_MAX;
    for (size_t left = out->is_partial ? KEYS_MAX : size; left > 0; left--) {
        size_t slot = keys_slot(unsafe_yyjson_get_str(key), unsafe_yyjson_get_len(key));
        while (out->slots[slot] != NULL)
            slot = (slot + 1) % DECODE_KEYS_SLOTS;
        out->slots[slot] = key;
        key = unsafe_yyjson_get_next(key + 1);
    }
}

// Keys of one record begin alike and end alike ("src.process.pid", "src.process.parent.pid"), so
// both ends count, and the length.
static size_t keys_slot(const char *key, size_t len)
{
    uint64_t front = 0;
    uint64_t end = 0;
    if (len >= sizeof front) {
        memcpy(&front, key, sizeof front);
        memcpy(&end, key + (len - sizeof end), sizeof end);
    } else if (len > 0) {
        memcpy(&front, key, len);
    }
    const uint64_t mixed = (front ^ (end << 7 | end >> 57) ^ len) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 32) % DECODE_KEYS_SLOTS;
}

// The longest key first, as decode_at().
yyjson_val *decode_find(const struct decode_keys *keys, str path)
{
    yyjson_val *val = find_key(keys, path);
    for (size_t dot = path.len; val == NULL && dot-- > 0;) {
        if (path.at[dot] != '.')
            continue;
        yyjson_val *inner = find_key(keys, str_to(path, dot));
        if (yyjson_is_obj(inner))
            val = decode_at(inner, str_from(path, dot + 1));
    }
    return val;
}

static yyjson_val *find_key(const struct decode_keys *keys, str key)
{
    yyjson_val *at;
    for (size_t slot = keys_slot(key.at, key.len); (at = keys->slots[slot]) != NULL;
         slot = (slot + 1) % DECODE_KEYS_SLOTS)
        if (str_eq(json_str(at), key))
            return at + 1;
    return keys->is_partial ? yyjson_obj_getn(keys->object, key.at, key.len) : NULL;
}

static enum decode_drop apply(struct decoding *c, const struct mapping *m, yyjson_val *val)
{
    enum decode_drop drop = DECODE_DROP_WRONG_TYPE;
    int64_t n = 0;
    bool is_true = false;
    switch (m->as) {
    case AS_TEXT:
        if (!yyjson_is_str(val))
            return drop;
        put_text(c, m, decode_text(c, val));
        return yyjson_get_len(val) > 0 ? DECODE_KEPT : DECODE_DROP_MISSING_KEY;
    case AS_BOOL:
        drop = read_bool(val, &is_true);
        if (drop == DECODE_KEPT)
            put_bool(c, m, is_true);
        return drop;
    case AS_INT:
        drop = read_int(val, &n);
        break;
    default:
        drop = read_time(m, val, &n);
        break;
    }
    if (drop == DECODE_KEPT)
        put_int(c, m, n);
    return drop;
}

// Many exports write every number as text.
static enum decode_drop read_int(yyjson_val *val, int64_t *out)
{
    if (!yyjson_is_str(val))
        return decode_int(val, INT64_MIN, INT64_MAX, out);
    if (yyjson_get_len(val) == 0)
        return DECODE_DROP_MISSING_KEY;
    return str_to_i64(json_str(val), out) ? DECODE_KEPT : DECODE_DROP_WRONG_TYPE;
}

static enum decode_drop read_bool(yyjson_val *val, bool *out)
{
    int64_t n = 0;
    if (yyjson_is_bool(val)) {
        *out = yyjson_is_true(val);
        return DECODE_KEPT;
    }
    const str text = yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
    const bool is_word = str_eq(text, STR("true")) || str_eq(text, STR("false"));
    if (is_word)
        n = text.len == 4;
    else if (read_int(val, &n) != DECODE_KEPT || n < 0 || n > 1)
        return DECODE_DROP_WRONG_TYPE;
    *out = n == 1;
    return DECODE_KEPT;
}

static enum decode_drop read_time(const struct mapping *m, yyjson_val *val, int64_t *out)
{
    if (m->as == AS_TIME) {
        if (!yyjson_is_str(val))
            return DECODE_DROP_WRONG_TYPE;
        return decode_time_loose(json_str(val), out) ? DECODE_KEPT : DECODE_DROP_BAD_TIME;
    }
    if (!yyjson_is_str(val) && !yyjson_is_num(val))
        return DECODE_DROP_WRONG_TYPE;
    const int64_t unit_ns = m->as == AS_SECONDS ? 1000000000 : 1000000;
    return decode_epoch(val, unit_ns, out) ? DECODE_KEPT : DECODE_DROP_BAD_TIME;
}

static void put_text(struct decoding *c, const struct mapping *m, str text)
{
    if (m->is_slot)
        decode_set_text(c, (enum field)m->at, text);
    else
        *(str *)fact_at(c, m) = text;
}

static void put_int(struct decoding *c, const struct mapping *m, int64_t n)
{
    if (m->is_slot)
        decode_set(c, (enum field)m->at, value_of_int(n));
    else
        *(int64_t *)fact_at(c, m) = n;
}

static void put_bool(struct decoding *c, const struct mapping *m, bool value)
{
    if (m->is_slot)
        decode_set(c, (enum field)m->at, value_of_bool(value));
    else
        *(bool *)fact_at(c, m) = value;
}

static void *fact_at(struct decoding *c, const struct mapping *m)
{
    return (char *)c->event + m->at;
}
