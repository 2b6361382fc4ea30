#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void str_eq__compares_octets(void **state)
{
    (void)state;
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_false(str_eq(STR("ab"), STR("a")));
    assert_true(str_eq((str){ .at = NULL, .len = 0 }, STR_EMPTY));
}

static void str_of__takes_null_as_empty(void **state)
{
    (void)state;
    assert_true(str_eq(str_of(NULL), STR_EMPTY));
    assert_true(str_eq(str_of("abc"), STR("abc")));
}

static void str_starts_ends__hold_for_the_whole_and_for_nothing(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("/usr/lib"), STR("/usr")));
    assert_true(str_starts_with(STR("/usr"), STR("/usr")));
    assert_true(str_starts_with(STR("/usr"), STR_EMPTY));
    assert_false(str_starts_with(STR("/us"), STR("/usr")));
    assert_true(str_ends_with(STR("a.dylib"), STR(".dylib")));
    assert_false(str_ends_with(STR("lib"), STR(".dylib")));
    assert_false(str_ends_with(STR("a.dylic"), STR(".dylib")));
}

static void str_from_to__stay_inside(void **state)
{
    (void)state;
    assert_true(str_eq(str_from(STR("abc"), 1), STR("bc")));
    assert_true(str_eq(str_from(STR("abc"), 3), STR_EMPTY));
    assert_true(str_eq(str_from(STR("abc"), SIZE_MAX), STR_EMPTY));
    assert_true(str_eq(str_to(STR("abc"), 2), STR("ab")));
    assert_true(str_eq(str_to(STR("abc"), SIZE_MAX), STR("abc")));
}

static void str_cmp__orders_as_memcmp_then_by_length(void **state)
{
    (void)state;
    assert_true(str_cmp(STR("a"), STR("b")) < 0);
    assert_true(str_cmp(STR("b"), STR("a")) > 0);
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
    assert_int_equal(str_cmp(STR_EMPTY, STR_EMPTY), 0);
}

static void str_nocase__folds_ascii_only(void **state)
{
    (void)state;
    assert_true(str_eq_nocase(STR("CoreServices"), STR("coreSERVICES")));
    assert_false(str_eq_nocase(STR("core"), STR("cores")));
    assert_false(str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
    assert_false(str_eq_nocase(STR("["), STR("{")));
    assert_true(str_cmp_nocase(STR("B"), STR("a")) > 0);
    assert_true(str_cmp_nocase(STR("A"), STR("aa")) < 0);
}

static void str_contains__finds_at_both_ends(void **state)
{
    (void)state;
    assert_true(str_contains(STR("abcabd"), STR("abd")));
    assert_true(str_contains(STR("aab"), STR("ab")));
    assert_true(str_contains(STR("abc"), STR("abc")));
    assert_true(str_contains(STR_EMPTY, STR_EMPTY));
    assert_false(str_contains(STR("ab"), STR("abc")));
    assert_false(str_contains(STR("aaa"), STR("b")));
    assert_true(str_contains_nocase(STR("xLIBy"), STR("lib")));
    assert_true(str_contains_nocase(STR("abc"), STR_EMPTY));
    assert_false(str_contains_nocase(STR("li"), STR("lib")));
}

static void str_find_char__is_the_length_where_there_is_none(void **state)
{
    (void)state;
    assert_int_equal(str_find_char(STR("a/b/c"), '/'), 1);
    assert_int_equal(str_rfind_char(STR("a/b/c"), '/'), 3);
    assert_int_equal(str_find_char(STR("abc"), '/'), 3);
    assert_int_equal(str_rfind_char(STR("abc"), '/'), 3);
    assert_int_equal(str_find_char(STR_EMPTY, '/'), 0);
}

static void str_base_name__splits_at_the_last_slash(void **state)
{
    (void)state;
    assert_true(str_eq(str_base_name(STR("/usr/bin/ruby")), STR("ruby")));
    assert_true(str_eq(str_base_name(STR("ruby")), STR("ruby")));
    assert_true(str_eq(str_base_name(STR("/usr/")), STR_EMPTY));
    assert_true(str_eq(str_directory(STR("/usr/bin/ruby")), STR("/usr/bin")));
    assert_true(str_eq(str_directory(STR("ruby")), STR_EMPTY));
    assert_true(str_eq(str_directory(STR("/ruby")), STR_EMPTY));
}

static void str_take_until__yields_every_part(void **state)
{
    (void)state;
    str rest = STR("a,,bc");
    str part;
    assert_true(str_take_until(&rest, ',', &part));
    assert_true(str_eq(part, STR("a")));
    assert_true(str_take_until(&rest, ',', &part));
    assert_true(str_eq(part, STR_EMPTY));
    assert_true(str_take_until(&rest, ',', &part));
    assert_true(str_eq(part, STR("bc")));
    assert_false(str_take_until(&rest, ',', &part));
}

static void str_to_u64__refuses_what_is_not_a_number_that_fits(void **state)
{
    (void)state;
    uint64_t n = 7;
    static const char *const refused[] = {
        "", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_false(str_to_u64(str_of(refused[i]), &n));
    assert_int_equal(n, 7);
    assert_true(str_to_u64(STR("18446744073709551615"), &n));
    assert_true(n == UINT64_MAX);
    assert_true(str_to_u64(STR("007"), &n));
    assert_int_equal(n, 7);
}

static void str_to_i64__holds_both_ends(void **state)
{
    (void)state;
    int64_t n = 7;
    assert_false(str_to_i64(STR("9223372036854775808"), &n));
    assert_false(str_to_i64(STR("-9223372036854775809"), &n));
    assert_false(str_to_i64(STR("-"), &n));
    assert_false(str_to_i64(STR("--1"), &n));
    assert_int_equal(n, 7);
    assert_true(str_to_i64(STR("9223372036854775807"), &n));
    assert_true(n == INT64_MAX);
    assert_true(str_to_i64(STR("-9223372036854775808"), &n));
    assert_true(n == INT64_MIN);
    assert_true(str_to_i64(STR("-0"), &n));
    assert_int_equal(n, 0);
}

static void str_distance__counts_edits_up_to_max(void **state)
{
    (void)state;
    assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 5), 3);
    assert_int_equal(str_distance(STR("Process.PID"), STR("process.pid"), 5), 0);
    assert_int_equal(str_distance(STR_EMPTY, STR("abc"), 5), 3);
    assert_int_equal(str_distance(STR("abc"), STR("xyz"), 2), 3);
}

static void str_distance__refuses_more_than_max(void **state)
{
    (void)state;
    char longest[65];
    memset(longest, 'a', sizeof longest);
    const str at_limit = { .at = longest, .len = 64 };
    const str past_it = { .at = longest, .len = 65 };
    assert_int_equal(str_distance(at_limit, at_limit, 3), 0);
    assert_int_equal(str_distance(past_it, past_it, 3), 4);
}

static void str_hash__depends_on_text_and_seed(void **state)
{
    (void)state;
    assert_true(str_hash(STR("abc"), 1) == bytes_hash(bytes_of_str(STR("abc")), 1));
    assert_true(str_hash(STR("abc"), 1) != str_hash(STR("abc"), 2));
    assert_true(str_hash(STR("abc"), 1) != str_hash(STR("abd"), 1));
    assert_true(str_hash(STR_EMPTY, 1) == str_hash((str){ .at = NULL, .len = 0 }, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(str_eq__compares_octets),
        cmocka_unit_test(str_of__takes_null_as_empty),
        cmocka_unit_test(str_starts_ends__hold_for_the_whole_and_for_nothing),
        cmocka_unit_test(str_from_to__stay_inside),
        cmocka_unit_test(str_cmp__orders_as_memcmp_then_by_length),
        cmocka_unit_test(str_nocase__folds_ascii_only),
        cmocka_unit_test(str_contains__finds_at_both_ends),
        cmocka_unit_test(str_find_char__is_the_length_where_there_is_none),
        cmocka_unit_test(str_base_name__splits_at_the_last_slash),
        cmocka_unit_test(str_take_until__yields_every_part),
        cmocka_unit_test(str_to_u64__refuses_what_is_not_a_number_that_fits),
        cmocka_unit_test(str_to_i64__holds_both_ends),
        cmocka_unit_test(str_distance__counts_edits_up_to_max),
        cmocka_unit_test(str_distance__refuses_more_than_max),
        cmocka_unit_test(str_hash__depends_on_text_and_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
