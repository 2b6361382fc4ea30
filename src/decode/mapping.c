// Tables from a path in the record to a slot or a fact of the event.

#include "decode/dialect.h"

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
    for (size_t i = 0; i < count; i++) {
        const struct mapping *m = &mappings[i];
        yyjson_val *val = decode_at(object, m->path);
        const bool is_there = val != NULL && !yyjson_is_null(val);
        const enum decode_drop drop = is_there ? apply(c, m, val) : DECODE_DROP_MISSING_KEY;
        if (drop == DECODE_KEPT)
            continue;
        if (m->is_required)
            return decode_refuse(c, drop, m->path.at, NULL);
        c->is_value_odd |= is_there;
    }
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
