// Time stamps as sensors print them. Written by hand because strptime() knows no fractions,
// minds the locale, and would be most of the cost of a small record.

#include "decode/dialect.h"

#include "base/date.h"

#define NS_PER_SECOND 1000000000LL
#define DAY_SECONDS   86400LL
#define TIME_LEN_MIN  20u  // "2025-08-07T15:13:09Z"
#define TIME_LEN_MAX  30u  // and nine decimals with their point
#define TIME_YEAR_MIN 1970
#define TIME_YEAR_MAX 2261  // The last whole year that 64 bits of nanoseconds hold.

static int two_digits(const char *at);
static bool take_fraction(str text, int64_t *out_ns);
static bool is_date(int year, int month, int day);

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
