// Reading one JSON value: text, numbers, and how deep it is.

#include "base/base64.h"
#include "base/utf8.h"
#include "decode/dialect.h"

#define CDHASH_LEN 20u  // Octets of a cdhash: SHA-1's, or the front of another's.

static bool is_utf8(str text);
static bool is_ascii(str text);

bool decode_is_shallow(struct decoding *c, yyjson_val *val)
{
    yyjson_val *ends[DECODE_DEPTH_MAX];
    return json_is_within_depth(val, ends, DECODE_DEPTH_MAX) ||
           decode_refuse(c, DECODE_DROP_TOO_DEEP, "nested too deep", NULL);
}

str decode_text(struct decoding *c, yyjson_val *val)
{
    return yyjson_is_str(val) ? decode_text_of(c, json_str(val)) : STR_EMPTY;
}

str decode_text_of(struct decoding *c, str text)
{
    c->is_text_cut |= text.len > DECODE_TEXT_MAX;
    c->is_invalid_utf8 |= !is_utf8(text);
    return str_to(text, DECODE_TEXT_MAX);
}

static bool is_utf8(str text)
{
    if (is_ascii(text))
        return true;
    for (size_t i = 0; i < text.len;) {
        const size_t len = utf8_len(str_from(text, i));
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

// Nearly all text is, and eight octets of it are seen at once; the last eight may overlap those
// before.
static bool is_ascii(str text)
{
    uint64_t all = 0;
    uint64_t eight;
    if (text.len < sizeof eight) {
        for (size_t i = 0; i < text.len; i++)
            all |= (unsigned char)text.at[i];
        return (all & 0x80) == 0;
    }
    for (size_t i = 0; i + sizeof eight <= text.len; i += sizeof eight) {
        memcpy(&eight, text.at + i, sizeof eight);
        all |= eight;
    }
    memcpy(&eight, text.at + (text.len - sizeof eight), sizeof eight);
    return ((all | eight) & 0x8080808080808080u) == 0;
}

enum decode_drop decode_int(yyjson_val *val, int64_t min, int64_t max, int64_t *out)
{
    if (val == NULL || yyjson_is_null(val))
        return DECODE_DROP_MISSING_KEY;
    if (!yyjson_is_num(val))
        return DECODE_DROP_WRONG_TYPE;
    // The parser makes a real number of what 64 bits do not hold.
    if (yyjson_is_real(val))
        return yyjson_get_real(val) < 1e18 && yyjson_get_real(val) > -1e18
                   ? DECODE_DROP_WRONG_TYPE
                   : DECODE_DROP_OUT_OF_RANGE;
    if (yyjson_is_uint(val) && yyjson_get_uint(val) > INT64_MAX)
        return DECODE_DROP_OUT_OF_RANGE;
    const int64_t n = yyjson_get_sint(val);
    if (n < min || n > max)
        return DECODE_DROP_OUT_OF_RANGE;
    *out = n;
    return DECODE_KEPT;
}

int64_t decode_int_or_none(yyjson_val *val, int64_t max)
{
    int64_t n;
    return decode_int(val, 0, max, &n) == DECODE_KEPT ? n : -1;
}

// A number that 63 bits do not hold (an address may have 64) is kept as the nearest real one.
struct value decode_number(yyjson_val *val)
{
    if (yyjson_is_uint(val) && yyjson_get_uint(val) > INT64_MAX)
        return value_of_float((double)yyjson_get_uint(val));
    if (yyjson_is_int(val))
        return value_of_int(yyjson_get_sint(val));
    return (struct value){ .type = VALUE_MISSING };
}

void decode_set_file(struct decoding *c, str path)
{
    if (path.len == 0)
        return;
    const str name = str_base_name(path);
    const str directory = str_directory(path);
    const size_t dot = str_rfind_char(name, '.');
    const bool is_in_root = directory.len == 0 && path.at[0] == '/';
    decode_set(c, FIELD_FILE_PATH, value_of_text(path));
    decode_set(c, FIELD_FILE_NAME, value_of_text(name));
    decode_set(c, FIELD_FILE_DIRECTORY, value_of_text(is_in_root ? STR("/") : directory));
    // ".profile" is all name.
    if (dot > 0 && dot + 1 < name.len)
        decode_set(c, FIELD_FILE_EXTENSION, value_of_text(str_from(name, dot + 1)));
}

void decode_set_library(struct decoding *c, str path)
{
    if (path.len == 0)
        return;
    decode_set(c, FIELD_DLL_PATH, value_of_text(path));
    decode_set(c, FIELD_DLL_NAME, value_of_text(str_base_name(path)));
}

// Base64 of a cdhash is never as long as its hex.
str decode_cdhash(struct decoding *c, yyjson_val *val)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t octets[BASE64_DECODED_MAX(28)];
    size_t len;
    const str text = yyjson_is_str(val) ? json_str(val) : STR_EMPTY;
    if (text.len == (size_t)2 * CDHASH_LEN)
        return decode_text(c, val);
    if (text.len != 28 || !base64_decode(text, octets, &len) || len != CDHASH_LEN) {
        c->is_value_odd |= val != NULL && !yyjson_is_null(val) && yyjson_get_len(val) > 0;
        return STR_EMPTY;
    }
    char *hex = arena_alloc(&c->batch->arena, (size_t)2 * CDHASH_LEN);
    for (size_t i = 0; i < CDHASH_LEN; i++) {
        hex[2 * i] = digits[octets[i] >> 4];
        hex[2 * i + 1] = digits[octets[i] & 0xf];
    }
    return (str){ .at = hex, .len = (size_t)2 * CDHASH_LEN };
}
