#include "json.h"

#include <assert.h>

static void shuffle(struct rng *rng, uint8_t *order, size_t count);
static void add_value(struct json *j, const struct json_member *m);
static void add_time(struct json *j, uint64_t time_ns, unsigned decimals);
static void add_escaped(struct json *j, char c);
static char *put_digits(char *at, uint64_t number, unsigned digits);

void json_object(struct json *j, const struct json_member *members, size_t count)
{
    uint8_t order[JSON_MEMBERS_MAX] = { 0 };
    assert(count <= JSON_MEMBERS_MAX);
    shuffle(j->rng, order, count);

    buf_add_char(j->out, '{');
    for (size_t i = 0; i < count; i++) {
        const struct json_member *m = &members[order[i]];
        buf_add(j->out, i == 0 ? STR("\"") : STR(",\""));
        buf_add(j->out, m->key);
        buf_add(j->out, STR("\":"));
        add_value(j, m);
    }
    buf_add_char(j->out, '}');
}

// Fisher and Yates.
static void shuffle(struct rng *rng, uint8_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t with = rng_below(rng, (uint32_t)i + 1);
        order[i] = order[with];
        order[with] = (uint8_t)i;
    }
}

static void add_value(struct json *j, const struct json_member *m)
{
    switch (m->kind) {
    case JSON_NULL:
        buf_add(j->out, STR("null"));
        break;
    case JSON_BOOL:
        buf_add(j->out, m->value.truth ? STR("true") : STR("false"));
        break;
    case JSON_UINT:
        json_uint(j, m->value.number);
        break;
    case JSON_INT:
        if (m->value.integer < 0)
            buf_add_char(j->out, '-');
        json_uint(j, m->value.integer < 0 ? 0 - (uint64_t)m->value.integer
                                          : (uint64_t)m->value.integer);
        break;
    case JSON_TEXT:
        json_text(j, m->value.text);
        break;
    case JSON_TIME6:
        add_time(j, m->value.number, 6);
        break;
    case JSON_TIME9:
        add_time(j, m->value.number, 9);
        break;
    case JSON_PART:
        m->value.part.write(j, m->value.part.of);
        break;
    }
}

static void add_time(struct json *j, uint64_t time_ns, unsigned decimals)
{
    char text[JSON_TIME_SIZE];
    const str time = json_time(time_ns, decimals, text);
    buf_add_char(j->out, '"');
    buf_add(j->out, time);
    buf_add_char(j->out, '"');
}

void json_uint(struct json *j, uint64_t number)
{
    char digits[20];  // The longest is 18446744073709551615.
    size_t from = sizeof digits;
    do {
        digits[--from] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buf_add(j->out, (str){ .at = digits + from, .len = sizeof digits - from });
}

void json_text(struct json *j, str text)
{
    buf_add_char(j->out, '"');
    size_t plain = 0;  // Where the stretch begins that can be copied as it is.
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        if (c >= 0x20 && c != '"' && c != '\\' && (c != '/' || j->plain_slashes))
            continue;
        buf_add(j->out, (str){ .at = text.at + plain, .len = i - plain });
        add_escaped(j, text.at[i]);
        plain = i + 1;
    }
    buf_add(j->out, str_from(text, plain));
    buf_add_char(j->out, '"');
}

static void add_escaped(struct json *j, char c)
{
    if (c == '\n')
        buf_add(j->out, STR("\\n"));
    else if (c == '\t')
        buf_add(j->out, STR("\\t"));
    else if ((unsigned char)c < 0x20)
        buf_printf(j->out, "\\u%04x", (unsigned)(unsigned char)c);
    else
        buf_add(j->out, (str){ .at = (const char[]){ '\\', c }, .len = 2 });
}

void json_texts(struct json *j, const void *of)
{
    const struct json_texts *texts = of;
    buf_add_char(j->out, '[');
    for (size_t i = 0; i < texts->count; i++) {
        if (i > 0)
            buf_add_char(j->out, ',');
        json_text(j, texts->at[i]);
    }
    buf_add_char(j->out, ']');
}

// Howard Hinnant's civil_from_days, for days since 1970 and years from then on.
str json_time(uint64_t time_ns, unsigned decimals, char out[JSON_TIME_SIZE])
{
    const uint64_t seconds = time_ns / 1000000000u;
    const uint64_t days = seconds / 86400 + 719468;
    const uint64_t era = days / 146097;
    const uint64_t day_of_era = days % 146097;
    const uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const uint64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint64_t shifted = (5 * day_of_year + 2) / 153;  // Months, from March.
    const uint64_t month = shifted < 10 ? shifted + 3 : shifted - 9;

    char *at = put_digits(out, year_of_era + era * 400 + (month <= 2), 4);
    *at++ = '-';
    at = put_digits(at, month, 2);
    *at++ = '-';
    at = put_digits(at, day_of_year - (153 * shifted + 2) / 5 + 1, 2);
    *at++ = 'T';
    at = put_digits(at, seconds / 3600 % 24, 2);
    *at++ = ':';
    at = put_digits(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, seconds % 60, 2);
    *at++ = '.';
    const uint64_t fraction = time_ns % 1000000000u;
    at = put_digits(at, decimals == 6 ? fraction / 1000 : fraction, decimals);
    *at++ = 'Z';
    return (str){ .at = out, .len = (size_t)(at - out) };
}

static char *put_digits(char *at, uint64_t number, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + digits;
}
