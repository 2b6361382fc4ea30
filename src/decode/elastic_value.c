// Values of ECS documents. Any of them may be a list: Elasticsearch makes no difference between a
// value and a list of it, and returns its "fields" as lists throughout.

#include "base/reader.h"
#include "decode/elastic.h"

#define MILLISECOND_NS 1000000
#define SECOND_NS      1000000000
#define AGE_MAX_S      3e9  // Ninety-five years.
#define HEADER_OCTETS  16u  // Of a Mach-O header, up to its type; Defend tells so many.

static bool is_given(yyjson_val *val);
static bool read_hex(str text, uint8_t *out, size_t count);
static str type_of_thin(uint32_t type);

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

int64_t decode_elastic_born(struct decoding *c, yyjson_val *age)
{
    age = decode_elastic_one(age);
    if (!yyjson_is_num(age)) {
        c->is_value_odd |= is_given(age);
        return 0;
    }
    const double seconds = yyjson_get_num(age);
    const int64_t now_ns = c->event->time_ns;
    if (!(seconds > -AGE_MAX_S && seconds < AGE_MAX_S)) {
        c->is_value_odd = true;
        return 0;
    }
    const int64_t age_ns = (int64_t)(seconds * SECOND_NS);
    if (age_ns >= now_ns)
        return 0;  // Before 1970.
    return age_ns < 0 && now_ns > INT64_MAX + age_ns ? INT64_MAX : now_ns - age_ns;
}

// <mach-o/loader.h>, <mach-o/fat.h>. What an image of several architectures is stands behind that.
str decode_elastic_macho_type(struct decoding *c, yyjson_val *header_bytes)
{
    uint8_t octets[HEADER_OCTETS];
    const str text = decode_elastic_text(c, header_bytes);
    if (text.len < 2 * sizeof(uint32_t) || !read_hex(text, octets, sizeof(uint32_t)))
        return STR_EMPTY;
    struct reader r = reader_of((bytes){ .at = octets, .len = sizeof octets });
    const uint32_t magic = reader_u32le(&r);
    if (magic == 0xbebafecau || magic == 0xbfbafecau)
        return STR_EMPTY;
    if (magic != 0xfeedfacfu && magic != 0xfeedfaceu)
        return STR("none");
    if (text.len < 2 * sizeof octets || !read_hex(text, octets, sizeof octets))
        return STR_EMPTY;
    (void)reader_take(&r, 2 * sizeof(uint32_t));  // cputype, cpusubtype
    return type_of_thin(reader_u32le(&r));
}

static bool read_hex(str text, uint8_t *out, size_t count)
{
    for (size_t i = 0; i < 2 * count; i++) {
        const char c = text.at[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return false;
        out[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
    }
    return true;
}

static str type_of_thin(uint32_t type)
{
    switch (type) {
    case 2:
        return STR("execute");
    case 6:
        return STR("dylib");
    case 8:
        return STR("bundle");
    default:
        return STR("other");
    }
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
