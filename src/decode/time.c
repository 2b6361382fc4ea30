// Time stamps as sensors print them. Written by hand because strptime() knows no fractions,
// minds the locale, and would be most of the cost of a small record.

#include "decode/dialect.h"

#include "base/date.h"

#define NS_PER_SECOND   1000000000LL
#define DAY_SECONDS     86400LL
#define TIME_LEN_MIN    20u  // "2025-08-07T15:13:09Z"
#define TIME_LEN_MAX    30u  // and nine decimals with their point
#define TIME_YEAR_MIN   1970
#define TIME_YEAR_MAX   2261                // The last whole year that 64 bits of nanoseconds hold.
#define DOUBLE_EXACT_NS 9007199254740992.0  // Beyond, a double skips nanoseconds.
#define CENTURY_BEGIN   946684800u          // 2000-01-01, in seconds.
#define CENTURY_END     4102444800u         // 2100-01-01

static int two_digits(const char *at);
static bool take_fraction(str text, int64_t *out_ns);
static bool is_date(int year, int month, int day);
static bool take_offset(str *text, int64_t *out_seconds);
static int64_t likely_unit(uint64_t number, int64_t unit_ns);
static bool is_of_century(uint64_t number, int64_t unit_ns);

bool decode_time(str text, int64_t *out_ns)
{
    const char *at = text.at;
    if (text.len < TIME_LEN_MIN || text.len > TIME_LEN_MAX || at[4] != '-' || at[7] != '-' ||
        at[10] != 'T' || at[13] != ':' || at[16] != ':' || at[text.len - 1] != 'Z')
        return false;

    const int century = two_digits(at);
    const int year_of_century = two_digits(at + 2);
    const int month = two_digits(at + 5);
    const int day = two_digits(at + 8);
    const int hour = two_digits(at + 11);
    const int minute = two_digits(at + 14);
    const int second = two_digits(at + 17);
    // One negative makes the whole negative.
    if ((century | year_of_century | month | day | hour | minute | second) < 0)
        return false;

    const int year = century * 100 + year_of_century;
    if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t fraction;
    if (!take_fraction(text, &fraction))
        return false;

    const int64_t seconds =
        date_days_since_1970(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
    *out_ns = seconds * NS_PER_SECOND + fraction;
    return true;
}

// -1 where they are none.
static int two_digits(const char *at)
{
    const unsigned high = (unsigned)(unsigned char)at[0] - '0';
    const unsigned low = (unsigned)(unsigned char)at[1] - '0';
    return high > 9 || low > 9 ? -1 : (int)(high * 10 + low);
}

static bool take_fraction(str text, int64_t *out_ns)
{
    *out_ns = 0;
    const str decimals = { .at = text.at + 20, .len = text.len - TIME_LEN_MIN };
    if (decimals.len == 0)
        return true;
    if (text.at[19] != '.' || decimals.len == 1)
        return false;

    // The 'Z' is one of the octets that were counted.
    int64_t ns = 0;
    for (size_t i = 0; i < 9; i++) {
        unsigned digit = 0;
        if (i < decimals.len - 1)
            digit = (unsigned)(unsigned char)decimals.at[i] - '0';
        if (digit > 9)
            return false;
        ns = ns * 10 + digit;
    }
    *out_ns = ns;
    return true;
}

static bool is_date(int year, int month, int day)
{
    return year >= TIME_YEAR_MIN && year <= TIME_YEAR_MAX && date_exists(year, month, day);
}

// Put into the strict form, less its offset, and read as that.
bool decode_time_loose(str text, int64_t *out_ns)
{
    char strict[TIME_LEN_MAX];
    int64_t offset_seconds;
    int64_t ns;
    if (!take_offset(&text, &offset_seconds) || text.len + 1 > sizeof strict ||
        text.len + 1 < TIME_LEN_MIN || (text.at[10] != 'T' && text.at[10] != ' '))
        return false;
    memcpy(strict, text.at, text.len);
    strict[10] = 'T';
    strict[text.len] = 'Z';
    if (!decode_time((str){ .at = strict, .len = text.len + 1 }, &ns))
        return false;
    *out_ns = ns - offset_seconds * NS_PER_SECOND;
    return *out_ns >= 0;
}

// "Z", "+02:00", "+0200", "+02" or nothing at the end of a time, which is then cut off.
static bool take_offset(str *text, int64_t *out_seconds)
{
    *out_seconds = 0;
    if (text->len < TIME_LEN_MIN - 1)
        return false;
    if (text->at[text->len - 1] == 'Z') {
        text->len--;
        return true;
    }
    size_t sign = text->len - 1;
    while (sign >= TIME_LEN_MIN - 1 && text->at[sign] != '+' && text->at[sign] != '-')
        sign--;
    if (sign < TIME_LEN_MIN - 1)
        return true;  // No offset: the last sign is of the date.
    const str offset = str_from(*text, sign + 1);
    const size_t colon = offset.len == 5 && offset.at[2] == ':' ? 1 : 0;
    if (offset.len - colon != 4 && offset.len != 2)
        return false;
    const int hours = two_digits(offset.at);
    const int minutes = offset.len == 2 ? 0 : two_digits(offset.at + 2 + colon);
    if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59)
        return false;
    *out_seconds = (text->at[sign] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    text->len = sign;
    return true;
}

// Pipelines write times in units of their own. The four that there are lie so far apart that a number
// which is a time of this century in one of them is one in no other: where the sensor's own unit makes
// it none, that one is meant.
static int64_t likely_unit(uint64_t number, int64_t unit_ns)
{
    static const int64_t units[] = { NS_PER_SECOND, 1000000, 1000, 1 };
    if (is_of_century(number, unit_ns))
        return unit_ns;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (is_of_century(number, units[i]))
            return units[i];
    return unit_ns;
}

static bool is_of_century(uint64_t number, int64_t unit_ns)
{
    const uint64_t per_second = (uint64_t)(NS_PER_SECOND / unit_ns);
    return number / per_second >= CENTURY_BEGIN && number / per_second < CENTURY_END;
}

bool decode_epoch(yyjson_val *val, int64_t unit_ns, int64_t *out_ns)
{
    if (yyjson_is_str(val))
        return decode_epoch_text(json_str(val), unit_ns, out_ns);
    if (yyjson_is_real(val)) {
        const double number = yyjson_get_real(val);
        if (number >= 0 && number < 9.2e18)
            unit_ns = likely_unit((uint64_t)number, unit_ns);
        const double ns = number * (double)unit_ns;
        if (!(ns >= 0 && ns < 9.2e18))
            return false;
        // A double has no more than microseconds of such a number: what is behind is its own doing.
        *out_ns = ns < DOUBLE_EXACT_NS ? (int64_t)ns : (int64_t)(ns / 1000 + 0.5) * 1000;
        return true;
    }
    const uint64_t n = yyjson_get_uint(val);
    unit_ns = likely_unit(n, unit_ns);
    if (!yyjson_is_uint(val) || n > (uint64_t)(INT64_MAX / unit_ns))
        return false;
    *out_ns = (int64_t)n * unit_ns;
    return true;
}

int64_t decode_born(yyjson_val *time)
{
    int64_t ns;
    if (!yyjson_is_str(time) ||
        (!decode_time(json_str(time), &ns) && !decode_time_loose(json_str(time), &ns)))
        return 0;
    return ns < NS_PER_SECOND ? 0 : ns;
}

// Decimals are read digit by digit: a double has not enough of them for nanoseconds.
bool decode_epoch_text(str text, int64_t unit_ns, int64_t *out_ns)
{
    uint64_t whole;
    const size_t dot = str_find_char(text, '.');
    if (!str_to_u64(str_to(text, dot), &whole))
        return false;
    unit_ns = likely_unit(whole, unit_ns);
    if (whole > (uint64_t)(INT64_MAX / unit_ns) - 1)
        return false;
    int64_t ns = (int64_t)whole * unit_ns;
    int64_t place = unit_ns;
    for (size_t i = dot + 1; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        place /= 10;
        ns += (text.at[i] - '0') * place;
    }
    *out_ns = ns;
    return true;
}
