#include "decode/dialect.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void decode_time__reads_stamps_with_up_to_nine_decimals(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } stamps[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:00.000000001Z", 1 },
        { "1970-01-01T00:00:00.1Z", 100000000 },
        { "1970-01-01T00:00:00.000000Z", 0 },
        { "1970-03-01T00:00:00Z", 59 * 86400LL * 1000000000 },
        { "2000-02-29T23:59:59.999999999Z", 951868799999999999 },
        { "2025-08-07T15:13:09.811587464Z", 1754579589811587464 },
        { "2025-08-07T15:13:09.798115Z", 1754579589798115000 },
        { "2100-03-01T00:00:00Z", 4107542400000000000 },
        { "2261-12-31T23:59:59.999999999Z", 9214646399999999999 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(stamps); i++) {
        int64_t ns = -1;
        assert_true(decode_time(str_of(stamps[i].text), &ns));
        assert_int_equal(ns, stamps[i].ns);
    }
}

static void decode_time__refuses_everything_else(void **state)
{
    static const char *const stamps[] = {
        "",
        "Z",
        "2025-08-07",
        "2025-08-07T15:13:09",
        "2025-08-07T15:13:09+00:00",
        "2025-08-07 15:13:09Z",
        "2025-08-07T15:13:09.Z",
        "2025-08-07T15:13:09.8115874641Z",
        "2025-08-07T15:13:09.81x587464Z",
        "2025-08-07T15:13:09,811587464Z",
        "2025-08-07T15:13:60Z",
        "2025-08-07T15:60:09Z",
        "2025-08-07T24:00:00Z",
        "2025-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2025-04-31T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z",
        "2025-01-00T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2262-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "-025-08-07T15:13:09Z",
        "2025-08-07T15:13:0 Z",
        "2025/08/07T15:13:09Z",
        "aaaa-aa-aaTaa:aa:aaZ",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(stamps); i++) {
        int64_t ns = -1;
        assert_false(decode_time(str_of(stamps[i]), &ns));
        assert_int_equal(ns, -1);
    }
}

static void decode_time__refuses_every_truncation(void **state)
{
    const str whole = STR("2025-08-07T15:13:09.811587464Z");
    (void)state;
    for (size_t len = 0; len < whole.len; len++) {
        int64_t ns = -1;
        assert_false(decode_time(str_to(whole, len), &ns));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_time__reads_stamps_with_up_to_nine_decimals),
        cmocka_unit_test(decode_time__refuses_everything_else),
        cmocka_unit_test(decode_time__refuses_every_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
