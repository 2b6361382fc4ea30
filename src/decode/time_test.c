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

// In the sensor's own unit, whatever it is; in another where that alone makes it a time of this
// century.
static void decode_epoch__takes_the_unit_that_a_number_can_be_of(void **state)
{
    static const struct {
        const char *text;
        int64_t unit_ns;
        int64_t ns;
    } stamps[] = {
        { "1767323045", 1000000000, 1767323045000000000 },
        { "1767323045.678901", 1000000000, 1767323045678901000 },
        { "1767323045678", 1000000, 1767323045678000000 },
        { "1767323045678", 1000000000, 1767323045678000000 },
        { "1767323045", 1000000, 1767323045000000000 },
        { "1767323045.5", 1000000, 1767323045500000000 },
        { "1767323045678901", 1000000, 1767323045678901000 },
        { "1767323045678901234", 1000000, 1767323045678901234 },
        { "1767323045678901234", 1000000000, 1767323045678901234 },
        // Of no unit, so of the sensor's.
        { "0", 1000000000, 0 },
        { "5", 1000000, 5000000 },
        { "86400", 1000000000, 86400000000000 },
        { "4102444800", 1000000000, 4102444800000000000 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(stamps); i++) {
        int64_t ns = -1;
        yyjson_doc *doc = yyjson_read(stamps[i].text, strlen(stamps[i].text), 0);
        assert_true(decode_epoch_text(str_of(stamps[i].text), stamps[i].unit_ns, &ns));
        assert_int_equal(ns, stamps[i].ns);
        assert_true(decode_epoch(yyjson_doc_get_root(doc), stamps[i].unit_ns, &ns));
        assert_int_equal(ns, stamps[i].ns);
        yyjson_doc_free(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_time__reads_stamps_with_up_to_nine_decimals),
        cmocka_unit_test(decode_time__refuses_everything_else),
        cmocka_unit_test(decode_time__refuses_every_truncation),
        cmocka_unit_test(decode_epoch__takes_the_unit_that_a_number_can_be_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
