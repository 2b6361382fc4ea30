#include "assets/normal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef bool normal_take(str text, struct arena *arena, str *out);

// NULL: refused.
static void check(normal_take *take, const char *text, const char *wanted)
{
    struct arena arena = { 0 };
    str out;
    const bool is_taken = take(str_of(text), &arena, &out);
    assert_int_equal(is_taken, wanted != NULL);
    if (!str_eq(out, str_of(wanted)))
        print_error("\"%s\" became \"%.*s\"\n", text, STR_ARG(out));
    assert_true(str_eq(out, str_of(wanted)));
    arena_done(&arena);
}

static void normal__names_have_one_form(void **state)
{
    (void)state;
    check(normal_serial, "c02 ab1", "C02AB1");
    check(normal_serial, "VMware-56 4d", "VMWARE-564D");
    check(normal_serial, "N/A", "");
    check(normal_serial, "0000000000", "");
    check(normal_serial, "To Be Filled By O.E.M.", "");
    check(normal_serial, "C02;DROP", NULL);
    check(normal_serial, "C02\x1b[31m", NULL);
    check(normal_serial, "0123456789012345678901234567890123456789012345678901234567890123456789",
          NULL);
    check(normal_uuid, "{aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb}",
          "AAAAAAAA-1111-2222-3333-BBBBBBBBBBBB");
    check(normal_uuid, "aaaaaaaa111122223333bbbbbbbbbbbb", "AAAAAAAA-1111-2222-3333-BBBBBBBBBBBB");
    check(normal_uuid, "00000000-0000-0000-0000-000000000000", "");
    check(normal_uuid, "Not Collected", "");
    check(normal_uuid, "00008103-001A2B3C4D5E6F78", NULL);
    check(normal_uuid, "aaaaaaaa-1111-2222-3333-bbbbbbbbbbb", NULL);
    check(normal_uuid, "aaaaaaaa-1111-2222-3333-bbbbbbbbbbbbb", NULL);
    check(normal_uuid, "aaaaaaaa1-111-2222-3333-bbbbbbbbbbbb", NULL);
    check(normal_host, "Mac-1.corp.example.", "Mac-1.corp.example");
    check(normal_host, "Anna\xe2\x80\x99s Mac", "Anna\xe2\x80\x99s Mac");
    check(normal_host, "localhost", "");
    check(normal_host,
          "mac\xe2\x80\xae"
          "1",
          NULL);
    check(normal_host, "mac\n1", NULL);
    check(normal_text, "unknown", "");
    check(normal_text, "Ops, second floor", "Ops, second floor");
}

static void normal_yes__knows_the_words_of_the_products(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
        bool is_taken;
    } cases[] = {
        { "Yes", 1, true },
        { "TRUE", 1, true },
        { "1", 1, true },
        { "Managed", 1, true },
        { "On (automatic)", 1, true },
        { "Intune", 1, true },
        { "Boot Partitions Encrypted", 1, true },
        { "ALL_ENCRYPTED", 1, true },
        { "no", 0, true },
        { "Off", 0, true },
        { "Unmanaged", 0, true },
        { "MDE", 0, true },
        { "Not Encrypted", 0, true },
        { "", -1, true },
        { "Not Collected", -1, true },
        { "SOME_ENCRYPTED", -1, false },
        { "Pending", -1, false },
        { "2", -1, false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t value;
        assert_int_equal(normal_yes(str_of(cases[i].text), &value), cases[i].is_taken);
        assert_int_equal(value, cases[i].value);
    }
}

static void normal__numbers_and_times_have_one_form(void **state)
{
    static const int64_t morning = INT64_C(1793525400) * 1000000000;
    static const struct {
        const char *text;
        int64_t value;
        bool is_taken;
    } times[] = {
        { "2026-11-01T09:30:00Z", morning, true },
        { "2026-11-01 09:30:00", morning, true },
        { "2026-11-01 10:30:00.000 +01:00", morning, true },
        { "2026-11-01", morning - INT64_C(34200) * 1000000000, true },
        { "1793525400", morning, true },
        { "1793525400000", morning, true },
        { "", 0, true },
        { "11/1/2026, 9:30:00 AM", 0, false },
        { "2026-13-01", 0, false },
        { "99999999999999999999", 0, false },
    };
    int64_t value;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        assert_int_equal(normal_time(str_of(times[i].text), &value), times[i].is_taken);
        assert_int_equal(value, times[i].value);
    }
    assert_true(normal_criticality(STR("Critical"), &value) && value == 4);
    assert_true(normal_criticality(STR("2"), &value) && value == 2);
    assert_true(normal_criticality(STR(""), &value) && value == 0);
    assert_false(normal_criticality(STR("5"), &value));
    assert_false(normal_criticality(STR("severe"), &value));
}

static void normal_os__parts_version_and_build(void **state)
{
    static const struct {
        const char *text;
        const char *version;
        const char *build;
    } cases[] = {
        { "macOS 15.0 (24A335)", "15.0", "24A335" },
        { "15.1", "15.1", "" },
        { "Mac OS X 10.15.7", "10.15.7", "" },
        { "14.5.0 (23F79)", "14.5.0", "23F79" },
        { "unknown", "", "" },
    };
    struct arena arena = { 0 };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str version;
        str build = STR_EMPTY;
        assert_true(normal_os(str_of(cases[i].text), &arena, &version, &build));
        assert_true(str_eq(version, str_of(cases[i].version)));
        assert_true(str_eq(build, str_of(cases[i].build)));
    }
    assert_true(normal_is_mac(STR("macOS")) && normal_is_mac(STR("darwin")));
    assert_true(normal_is_mac(STR("")));
    assert_false(normal_is_mac(STR("Windows")) || normal_is_mac(STR("iPhone")));
    arena_done(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal__names_have_one_form),
        cmocka_unit_test(normal_yes__knows_the_words_of_the_products),
        cmocka_unit_test(normal__numbers_and_times_have_one_form),
        cmocka_unit_test(normal_os__parts_version_and_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
