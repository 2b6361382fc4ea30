#include "query/stamp.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define MAY_4  1651665600000000000  // 2022-05-04T12:00:00Z
#define ABSENT INT64_MIN

static void stamp_of_text__reads_iso_8601(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        { "2022-05-04T12:00:00Z", MAY_4 },
        { "2022-05-04T12:00:00.000Z", MAY_4 },
        { "2022-05-04 12:00:00", MAY_4 },
        { "2022-05-04t12:00z", MAY_4 },
        { "2022-05-04T14:30:00+02:30", MAY_4 },
        { "2022-05-04T04:00:00-0800", MAY_4 },
        { "2022-05-04T13:00:00+01", MAY_4 },
        { "2022-05-04T12:00:00.1Z", MAY_4 + 100000000 },
        { "2022-05-04T12:00:00,123456789Z", MAY_4 + 123456789 },
        { "2022-05-04T11:59:60Z", MAY_4 },
        { "2022-05-04", MAY_4 - 43200000000000 },
        { "1970-01-01", 0 },
        { "1969-12-31T23:59:59.999999999Z", -1 },
        { "2000-02-29", 951782400000000000 },
        { "2262-04-11T23:47:16.854775807Z", INT64_MAX },
        { "2262-04-11T23:47:16.854775808Z", ABSENT },
        { "2300-01-01", ABSENT },
        { "1600-01-01", ABSENT },
        { "2022-05-04T12:00:00.1234567890Z", ABSENT },
        { "2022-05-04T12:00:00.Z", ABSENT },
        { "2022-05-04T12", ABSENT },
        { "2022-05-04T24:00:00Z", ABSENT },
        { "2022-05-04T12:60:00Z", ABSENT },
        { "2022-05-04T12:00:61Z", ABSENT },
        { "2022-05-04T12:00:00Zulu", ABSENT },
        { "2022-05-04T12:00:00+24:00", ABSENT },
        { "2022-05-04T12:00:00+02:", ABSENT },
        { "2022-02-29", ABSENT },
        { "2022-13-01", ABSENT },
        { "2022-00-01", ABSENT },
        { "2022-05-00", ABSENT },
        { "2022-05-04x", ABSENT },
        { "2022-05-4T1", ABSENT },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ns = ABSENT;
        const bool is_time = stamp_of_text(str_of(cases[i].text), STAMP_AUTO, &ns);
        if (is_time != (cases[i].ns != ABSENT) || ns != cases[i].ns)
            fail_msg("%s: %lld", cases[i].text, (long long)ns);
    }
}

// No front of a stamp is read as another time than its date alone or its minutes.
static void stamp_of_text__takes_no_truncated_stamp_for_another(void **state)
{
    const str whole = STR("2022-05-04T12:00:00.125+02:00");
    (void)state;
    for (size_t len = 0; len < whole.len; len++) {
        int64_t ns;
        const bool is_time = stamp_of_text(str_to(whole, len), STAMP_ISO, &ns);
        // The date; minutes; seconds; decimals; the offset's hours; and "+02:0" less its zero.
        const bool is_whole_part =
            len == 10 || len == 16 || len == 19 || (len > 20 && len <= 23) || len == 26;
        assert_int_equal(is_time, is_whole_part);
    }
}

static void stamp_of_text__reads_numbers_exactly(void **state)
{
    static const struct {
        const char *text;
        enum stamp_unit unit;
        int64_t ns;
    } cases[] = {
        { "123456789116", STAMP_AUTO, 123456789116000000 },
        { "1651665600.123456789", STAMP_S, MAY_4 + 123456789 },
        { "1651665600000.5", STAMP_MS, MAY_4 + 500000 },
        { "1651665600000000.25", STAMP_US, MAY_4 + 250 },
        { "1651665600000000000", STAMP_NS, MAY_4 },
        { "132961392000000000", STAMP_FILETIME, MAY_4 },
        { "-0.5", STAMP_S, -500000000 },
        { "-1.5", STAMP_MS, -1500000 },
        { "", STAMP_AUTO, ABSENT },
        { ".5", STAMP_S, ABSENT },
        { "5.", STAMP_S, ABSENT },
        { "1e3", STAMP_S, ABSENT },
        { "+1", STAMP_S, ABSENT },
        { " 1", STAMP_S, ABSENT },
        { "0x10", STAMP_S, ABSENT },
        { "9223372036854775807", STAMP_S, ABSENT },
        { "9223372036854775808", STAMP_NS, ABSENT },
        { "-9223372036854775808", STAMP_FILETIME, ABSENT },
        { "2022-05-04", STAMP_MS, ABSENT },
        { "1651665600", STAMP_ISO, ABSENT },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ns = ABSENT;
        const bool is_time = stamp_of_text(str_of(cases[i].text), cases[i].unit, &ns);
        if (is_time != (cases[i].ns != ABSENT) || ns != cases[i].ns)
            fail_msg("%s: %lld", cases[i].text, (long long)ns);
    }
}

static void stamp_of_int__scales_by_the_unit(void **state)
{
    static const int64_t numbers[] = {
        [STAMP_AUTO] = 1651665600000, [STAMP_NS] = MAY_4,     [STAMP_US] = 1651665600000000,
        [STAMP_MS] = 1651665600000,   [STAMP_S] = 1651665600, [STAMP_FILETIME] = 132961392000000000,
    };
    int64_t ns;
    (void)state;
    for (size_t unit = 0; unit < COUNT_OF(numbers); unit++) {
        assert_true(stamp_of_int(numbers[unit], (enum stamp_unit)unit, &ns));
        assert_int_equal(ns, MAY_4);
    }
    assert_false(stamp_of_int(1, STAMP_ISO, &ns));
    assert_false(stamp_of_int(INT64_MAX, STAMP_MS, &ns));
    assert_false(stamp_of_int(INT64_MIN, STAMP_FILETIME, &ns));
    assert_false(stamp_of_int(0, STAMP_FILETIME, &ns));  // 1601.
}

static void stamp_of_real__keeps_distances(void **state)
{
    int64_t a;
    int64_t b;
    (void)state;
    assert_true(stamp_of_real(1651665600.1, STAMP_S, &a));
    assert_true(stamp_of_real(1651665660.1, STAMP_S, &b));
    assert_int_equal(b - a, 60000000000);
    assert_int_equal(a, MAY_4 + 100000000);
    assert_true(stamp_of_real(-1.5, STAMP_MS, &a));
    assert_int_equal(a, -1500000);
    assert_true(stamp_of_real(132961392000000000.0, STAMP_FILETIME, &a));
    assert_int_equal(a, MAY_4);
    assert_false(stamp_of_real(1e300, STAMP_S, &a));
    assert_false(stamp_of_real(-1e19, STAMP_NS, &a));
    assert_false(stamp_of_real(INFINITY, STAMP_S, &a));
    assert_false(stamp_of_real(NAN, STAMP_S, &a));
    assert_false(stamp_of_real(1.0, STAMP_ISO, &a));
}

static void stamp_add__tells_the_second(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        { MAY_4 + 999999999, "2022-05-04T12:00:00Z" },
        { 0, "1970-01-01T00:00:00Z" },
        { -1, "1969-12-31T23:59:59Z" },
        { INT64_MIN, "1677-09-21T00:12:43Z" },
        { INT64_MAX, "2262-04-11T23:47:16Z" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;
        buf_init(&b, 64);
        stamp_add(&b, cases[i].ns);
        assert_true(str_eq(buf_str(&b), str_of(cases[i].text)));
        buf_done(&b);
    }
}

static void stamp_unit_of__knows_the_names(void **state)
{
    enum stamp_unit unit;
    (void)state;
    assert_true(stamp_unit_of(STR("filetime"), &unit));
    assert_int_equal(unit, STAMP_FILETIME);
    assert_true(stamp_unit_of(STR("auto"), &unit));
    assert_int_equal(unit, STAMP_AUTO);
    assert_false(stamp_unit_of(STR("minutes"), &unit));
    assert_false(stamp_unit_of(STR(""), &unit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamp_of_text__reads_iso_8601),
        cmocka_unit_test(stamp_of_text__takes_no_truncated_stamp_for_another),
        cmocka_unit_test(stamp_of_text__reads_numbers_exactly),
        cmocka_unit_test(stamp_of_int__scales_by_the_unit),
        cmocka_unit_test(stamp_of_real__keeps_distances),
        cmocka_unit_test(stamp_add__tells_the_second),
        cmocka_unit_test(stamp_unit_of__knows_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
