// Values as JSON of protobuf has them.

#include "base/base64.h"
#include "decode/santa.h"

static bool is_there(yyjson_val *val)
{
    return val != NULL && !yyjson_is_null(val);
}

str decode_santa_text(struct decoding *c, yyjson_val *val)
{
    c->is_value_odd |= is_there(val) && !yyjson_is_str(val);
    return decode_text(c, val);
}

enum decode_drop decode_santa_int(yyjson_val *val, int64_t min, int64_t max, int64_t *out)
{
    int64_t n;
    if (!yyjson_is_str(val))
        return decode_int(val, min, max, out);
    if (!str_to_i64(json_str(val), &n))
        return DECODE_DROP_WRONG_TYPE;
    if (n < min || n > max)
        return DECODE_DROP_OUT_OF_RANGE;
    *out = n;
    return DECODE_KEPT;
}

int64_t decode_santa_int_or_none(struct decoding *c, yyjson_val *val, int64_t max)
{
    int64_t n;
    if (decode_santa_int(val, 0, max, &n) == DECODE_KEPT)
        return n;
    c->is_value_odd |= is_there(val);
    return -1;
}

bool decode_santa_octets(struct decoding *c, yyjson_val *val, str *out)
{
    const str text = yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
    char *octets = arena_alloc(&c->batch->arena, BASE64_DECODED_MAX(text.len) + 1);
    size_t len;
    if (!yyjson_is_str(val) || !base64_decode(text, (uint8_t *)octets, &len)) {
        c->is_value_odd |= is_there(val);
        return false;
    }
    *out = (str){ .at = octets, .len = len };
    return true;
}

bool decode_santa_is(yyjson_val *val, str name, uint64_t number)
{
    if (yyjson_is_str(val))
        return str_eq(json_str(val), name);
    return yyjson_is_uint(val) && yyjson_get_uint(val) == number;
}
