#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect_json(str in, str out)
{
    struct buf b;
    buf_init(&b, 4096);
    buf_add_json(&b, in);
    assert_false(b.failed);
    assert_true(str_eq(buf_str(&b), out));
    buf_done(&b);
}

static void buf_add__appends_any_octet(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 64);
    assert_true(str_eq(buf_str(&b), STR_EMPTY));
    buf_add(&b, STR("a\0b"));
    buf_add_char(&b, '\0');
    buf_add(&b, STR_EMPTY);
    buf_printf(&b, "%d|%s", -5, "x");
    assert_true(str_eq(buf_str(&b), STR("a\0b\0-5|x")));
    buf_done(&b);
}

static void buf_add__refuses_more_than_max(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    buf_add(&b, STR("abcd"));
    assert_false(b.failed);
    buf_add_char(&b, 'e');
    assert_true(b.failed);
    buf_done(&b);
}

static void buf_add__fails_for_good(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    buf_add(&b, STR("abc"));
    buf_add(&b, STR("de"));
    buf_add_char(&b, 'd');
    buf_printf(&b, "%c", 'd');
    assert_true(b.failed);
    assert_true(str_eq(buf_str(&b), STR("abc")));
    buf_done(&b);
}

static void buf_reset__empties_and_forgives(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    buf_add(&b, STR("abcde"));
    assert_true(b.failed);
    buf_reset(&b);
    assert_false(b.failed);
    buf_add(&b, STR("xy"));
    assert_true(str_eq(buf_str(&b), STR("xy")));
    buf_done(&b);
}

static void buf_add__grows_past_its_first_memory(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100000);
    for (int i = 0; i < 10000; i++)
        buf_printf(&b, "%04d", i);
    assert_false(b.failed);
    assert_int_equal(b.len, 40000);
    assert_true(str_eq(str_from(buf_str(&b), 39996), STR("9999")));
    buf_done(&b);
}

static void buf_done__leaves_an_empty_one(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    buf_add(&b, STR("a"));
    buf_done(&b);
    buf_done(&b);
    assert_true(str_eq(buf_str(&b), STR_EMPTY));
}

static void buf_add_json__escapes_what_json_must(void **state)
{
    (void)state;
    expect_json(STR("plain /path"), STR("plain /path"));
    expect_json(STR("a\"b\\c"), STR("a\\\"b\\\\c"));
    expect_json(STR("\n\t\r\x01\x1f"), STR("\\n\\t\\u000d\\u0001\\u001f"));
    expect_json(STR("\0"), STR("\\u0000"));
    expect_json(STR("\x7f"), STR("\\u007f"));
    expect_json(STR_EMPTY, STR_EMPTY);
}

static void buf_add_json__names_by_number_what_a_terminal_would_not_show(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 256);
    // DEL, C1's CSI, a bidi override, a zero-width space, a tag; an umlaut and an emoji stand.
    buf_add_json(
        &b, STR("\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x81\x81\xc3\xa4\xf0\x9f\x8d\x8e"));
    assert_true(str_eq(buf_str(&b),
                       STR("\\u007f\\u009b\\u202e\\u200b\\udb40\\udc41\xc3\xa4\xf0\x9f\x8d\x8e")));
    buf_done(&b);
}

static void buf_add_json__replaces_what_is_not_utf8(void **state)
{
    (void)state;
    expect_json(STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x8d\x8f"),
                STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x8d\x8f"));
    expect_json(STR("a\xff"
                    "b"),
                STR("a\xef\xbf\xbd"
                    "b"));
    expect_json(STR("\xc3"), STR("\xef\xbf\xbd"));
    expect_json(STR("\xc3\""), STR("\xef\xbf\xbd\\\""));
    expect_json(STR("\xed\xa0\x80"), STR("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"));
}

static void buf_add_printable__shows_what_would_steer_a_terminal(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    buf_add_printable(&b, STR("a\033[31m\n\xc2\x9b\xff\x7f\xc3\xa4"));
    assert_true(str_eq(buf_str(&b), STR("a\\x1b[31m\n\\xc2\\x9b\\xff\\x7f\xc3\xa4")));
    buf_done(&b);
}

static void buf_add_cell__is_one_cell_and_no_formula(void **state)
{
    static const struct {
        str text;
        bool is_quoted;
        const char *cell;
    } cases[] = {
        { STR_INIT(""), false, "" },
        { STR_INIT(""), true, "\"\"" },
        { STR_INIT("a b"), false, "a b" },
        { STR_INIT("a,b"), false, "\"a,b\"" },
        { STR_INIT("\"a\"\nb"), false, "\"\"\"a\"\"\nb\"" },
        { STR_INIT("=cmd|'x'!A1"), false, "'=cmd|'x'!A1" },
        { STR_INIT("-1+2"), true, "\"'-1+2\"" },
        { STR_INIT("a=b"), false, "a=b" },
        { STR_INIT("\x1b[2J\t=\xff"), false, "\\x1b[2J\\x09=\\xff" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;
        buf_init(&b, 64);
        buf_add_cell(&b, cases[i].text, cases[i].is_quoted);
        assert_true(str_eq(buf_str(&b), str_of(cases[i].cell)));
        buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_add_printable__shows_what_would_steer_a_terminal),
        cmocka_unit_test(buf_add_cell__is_one_cell_and_no_formula),
        cmocka_unit_test(buf_add__appends_any_octet),
        cmocka_unit_test(buf_add__refuses_more_than_max),
        cmocka_unit_test(buf_add__fails_for_good),
        cmocka_unit_test(buf_reset__empties_and_forgives),
        cmocka_unit_test(buf_add__grows_past_its_first_memory),
        cmocka_unit_test(buf_done__leaves_an_empty_one),
        cmocka_unit_test(buf_add_json__escapes_what_json_must),
        cmocka_unit_test(buf_add_json__names_by_number_what_a_terminal_would_not_show),
        cmocka_unit_test(buf_add_json__replaces_what_is_not_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
