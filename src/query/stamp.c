#include "query/stamp.h"

#include "base/date.h"

#include <math.h>
#include <time.h>

#define NS_PER_SECOND   1000000000LL
#define NS_PER_US       1000LL
#define MINUTE_SECONDS  60LL
#define HOUR_SECONDS    3600LL
#define DAY_SECONDS     86400LL
#define DECIMALS_MAX    9u
#define YEAR_MIN        1677  // What 64 bits of nanoseconds hold; the ends are checked exactly.
#define YEAR_MAX        2262
#define OFFSET_HOUR_MAX 23
#define FILETIME_1970   116444736000000000LL

// Nanoseconds of one of the unit, by enum stamp_unit.
static const int64_t unit_ns[] = {
    [STAMP_AUTO] = 1000000, [STAMP_NS] = 1,         [STAMP_US] = 1000,
    [STAMP_MS] = 1000000,   [STAMP_S] = 1000000000, [STAMP_FILETIME] = 100
};

static bool scale(int64_t whole, int64_t fraction_ns, int64_t factor, int64_t *out_ns);
static bool looks_iso(str text);
static bool take_iso(str text, int64_t *out_ns);
static bool take_date(str *rest, int64_t *out_days);
static bool take_clock(str *rest, int64_t *out_seconds, int64_t *out_fraction_ns);
static bool take_offset(str *rest, int64_t *out_seconds);
static bool take_fraction(str *rest, int64_t *out_ns);
static bool take_decimal(str text, enum stamp_unit unit, int64_t *out_ns);
static bool take_digits(str *rest, size_t count, int *out);
static bool take_char(str *rest, char c);
static bool is_date(int year, int month, int day);

bool stamp_unit_of(str name, enum stamp_unit *out)
{
    static const str names[] = {
        [STAMP_AUTO] = STR_INIT("auto"), [STAMP_NS] = STR_INIT("ns"),
        [STAMP_US] = STR_INIT("us"),     [STAMP_MS] = STR_INIT("ms"),
        [STAMP_S] = STR_INIT("s"),       [STAMP_FILETIME] = STR_INIT("filetime"),
        [STAMP_ISO] = STR_INIT("iso")
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(name, names[i])) {
            *out = (enum stamp_unit)i;
            return true;
        }
    return false;
}

bool stamp_of_int(int64_t number, enum stamp_unit unit, int64_t *out_ns)
{
    if (unit == STAMP_ISO)
        return false;
    if (unit == STAMP_FILETIME && __builtin_sub_overflow(number, FILETIME_1970, &number))
        return false;
    return scale(number, 0, unit_ns[unit], out_ns);
}

bool stamp_of_real(double number, enum stamp_unit unit, int64_t *out_ns)
{
    if (unit == STAMP_ISO)
        return false;
    if (unit == STAMP_FILETIME)
        number -= (double)FILETIME_1970;
    const double us = round(number * (double)unit_ns[unit] / (double)NS_PER_US);
    // Not so for what is not a number.
    if (!(fabs(us) < (double)(INT64_MAX / NS_PER_US)))
        return false;
    *out_ns = (int64_t)us * NS_PER_US;
    return true;
}

bool stamp_of_text(str text, enum stamp_unit unit, int64_t *out_ns)
{
    if (unit == STAMP_ISO || (unit == STAMP_AUTO && looks_iso(text)))
        return take_iso(text, out_ns);
    return take_decimal(text, unit, out_ns);
}

static bool scale(int64_t whole, int64_t fraction_ns, int64_t factor, int64_t *out_ns)
{
    int64_t ns;
    if (__builtin_mul_overflow(whole, factor, &ns) || __builtin_add_overflow(ns, fraction_ns, &ns))
        return false;
    *out_ns = ns;
    return true;
}

static bool looks_iso(str text)
{
    return text.len >= 10 && text.at[4] == '-' && text.at[7] == '-';
}

static bool take_iso(str text, int64_t *out_ns)
{
    int64_t days;
    int64_t seconds = 0;
    int64_t fraction_ns = 0;
    if (!take_date(&text, &days))
        return false;
    if (text.len > 0 && !take_clock(&text, &seconds, &fraction_ns))
        return false;
    return scale(days * DAY_SECONDS + seconds, fraction_ns, NS_PER_SECOND, out_ns);
}

static bool take_date(str *rest, int64_t *out_days)
{
    int year;
    int month;
    int day;
    if (!take_digits(rest, 4, &year) || !take_char(rest, '-') || !take_digits(rest, 2, &month) ||
        !take_char(rest, '-') || !take_digits(rest, 2, &day) || !is_date(year, month, day))
        return false;
    *out_days = date_days_since_1970(year, month, day);
    return true;
}

// The whole rest: a time of day and its zone. A leap second is the first of the next minute.
static bool take_clock(str *rest, int64_t *out_seconds, int64_t *out_fraction_ns)
{
    int hour;
    int minute;
    int second = 0;
    int64_t offset;
    if (!take_char(rest, 'T') && !take_char(rest, 't') && !take_char(rest, ' '))
        return false;
    if (!take_digits(rest, 2, &hour) || !take_char(rest, ':') || !take_digits(rest, 2, &minute) ||
        hour > 23 || minute > 59)
        return false;
    if (take_char(rest, ':')) {
        if (!take_digits(rest, 2, &second) || second > 60)
            return false;
        if ((take_char(rest, '.') || take_char(rest, ',')) && !take_fraction(rest, out_fraction_ns))
            return false;
    }
    if (!take_offset(rest, &offset))
        return false;
    *out_seconds = hour * HOUR_SECONDS + minute * MINUTE_SECONDS + second - offset;
    return true;
}

// "Z", "+02:00", "+0200", "+02", or nothing.
static bool take_offset(str *rest, int64_t *out_seconds)
{
    int hours;
    int minutes = 0;
    *out_seconds = 0;
    if (rest->len == 0)
        return true;
    if (take_char(rest, 'Z') || take_char(rest, 'z'))
        return rest->len == 0;
    const bool is_behind = rest->at[0] == '-';
    if (!take_char(rest, '+') && !take_char(rest, '-'))
        return false;
    if (!take_digits(rest, 2, &hours) || hours > OFFSET_HOUR_MAX)
        return false;
    if (rest->len > 0) {
        (void)take_char(rest, ':');
        if (!take_digits(rest, 2, &minutes) || minutes > 59 || rest->len > 0)
            return false;
    }
    const int64_t seconds = hours * HOUR_SECONDS + minutes * MINUTE_SECONDS;
    *out_seconds = is_behind ? -seconds : seconds;
    return true;
}

// One to nine decimals, as billionths.
static bool take_fraction(str *rest, int64_t *out_ns)
{
    int64_t ns = 0;
    size_t count = 0;
    int digit;
    while (take_digits(rest, 1, &digit)) {
        if (count++ == DECIMALS_MAX)
            return false;
        ns = ns * 10 + digit;
    }
    for (size_t i = count; i < DECIMALS_MAX; i++)
        ns *= 10;
    *out_ns = ns;
    return count > 0;
}

static bool take_decimal(str text, enum stamp_unit unit, int64_t *out_ns)
{
    const size_t point = str_find_char(text, '.');
    str decimals = str_from(text, point + 1);
    int64_t whole;
    int64_t billionths = 0;
    if (!str_to_i64(str_to(text, point), &whole))
        return false;
    if (point < text.len && (!take_fraction(&decimals, &billionths) || decimals.len > 0))
        return false;
    if (unit == STAMP_FILETIME && __builtin_sub_overflow(whole, FILETIME_1970, &whole))
        return false;
    const int64_t fraction_ns = billionths * unit_ns[unit] / NS_PER_SECOND;
    return scale(whole, text.at[0] == '-' ? -fraction_ns : fraction_ns, unit_ns[unit], out_ns);
}

static bool take_digits(str *rest, size_t count, int *out)
{
    int number = 0;
    if (rest->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const unsigned digit = (unsigned)(unsigned char)rest->at[i] - '0';
        if (digit > 9)
            return false;
        number = number * 10 + (int)digit;
    }
    *rest = str_from(*rest, count);
    *out = number;
    return true;
}

static bool take_char(str *rest, char c)
{
    if (rest->len == 0 || rest->at[0] != c)
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

static bool is_date(int year, int month, int day)
{
    return year >= YEAR_MIN && year <= YEAR_MAX && date_exists(year, month, day);
}

void stamp_add(struct buf *b, int64_t ns)
{
    const time_t seconds = (time_t)(ns / NS_PER_SECOND - (ns % NS_PER_SECOND < 0));
    struct tm tm;
    if (gmtime_r(&seconds, &tm) != NULL)
        buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
