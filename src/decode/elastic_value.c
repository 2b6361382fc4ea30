// Values of ECS documents. Any of them may be a list: Elasticsearch makes no difference between a
// value and a list of it, and returns its "fields" as lists throughout.

#include "decode/elastic.h"

#define MILLISECOND_NS 1000000

static bool is_given(yyjson_val *val);

yyjson_val *decode_elastic_one(yyjson_val *val)
{
    return yyjson_is_arr(val) ? yyjson_arr_get_first(val) : val;
}

str decode_elastic_text(struct decoding *c, yyjson_val *val)
{
    val = decode_elastic_one(val);
    if (yyjson_is_str(val))
        return decode_text_of(c, json_str(val));
    c->is_value_odd |= is_given(val);
    return STR_EMPTY;
}

int64_t decode_elastic_number(struct decoding *c, yyjson_val *val, int64_t max)
{
    val = decode_elastic_one(val);
    int64_t n = decode_int_or_none(val, max);
    if (n >= 0 || !is_given(val))
        return n;
    if (yyjson_is_str(val) && str_to_i64(json_str(val), &n) && n >= 0 && n <= max)
        return n;
    c->is_value_odd |= !yyjson_is_str(val) || yyjson_get_len(val) > 0;
    return -1;
}

bool decode_elastic_is(struct decoding *c, yyjson_val *val)
{
    val = decode_elastic_one(val);
    if (yyjson_is_bool(val))
        return yyjson_is_true(val);
    const str text = yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
    const bool is_true = str_eq(text, STR("true"));
    c->is_value_odd |= is_given(val) && !is_true && !str_eq(text, STR("false"));
    return is_true;
}

// Elasticsearch takes a date as text or as milliseconds.
bool decode_elastic_time(struct decoding *c, yyjson_val *val, int64_t *out_ns)
{
    val = decode_elastic_one(val);
    if (yyjson_is_str(val) &&
        (decode_time(json_str(val), out_ns) || decode_time_loose(json_str(val), out_ns)))
        return true;
    if ((yyjson_is_str(val) || yyjson_is_num(val)) && decode_epoch(val, MILLISECOND_NS, out_ns))
        return true;
    c->is_value_odd |= is_given(val);
    return false;
}

struct json_elements decode_elastic_each(yyjson_val *val)
{
    if (yyjson_is_arr(val))
        return json_elements_of(val);
    return (struct json_elements){ .next = val, .left = is_given(val) };
}

static bool is_given(yyjson_val *val)
{
    return val != NULL && !yyjson_is_null(val);
}

void decode_elastic_take(struct decoding *c, enum field field, yyjson_val *val)
{
    if (val != NULL && c->wanted_ever[field])
        decode_set_text(c, field, decode_elastic_text(c, val));
}
