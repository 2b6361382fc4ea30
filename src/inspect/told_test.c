#include "inspect/told.h"

#include "inspect/told_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct buf written;

static int write_sample(void **state)
{
    (void)state;
    const struct told told = told_sample();
    buf_init(&written, TOLD_FILE_MAX);
    told_write(&written, &told);
    return written.failed ? -1 : 0;
}

static int forget(void **state)
{
    (void)state;
    buf_done(&written);
    return 0;
}

static void told_read__gives_what_was_written(void **state)
{
    (void)state;
    const struct told sample = told_sample();
    struct told told;
    assert_true(told_read(bytes_of_str(buf_str(&written)), &told));
    assert_int_equal(told.facts.slice, 3);
    assert_int_equal(told.facts.flags, 0x80010000);
    assert_true(told.facts.jit_declared);
    assert_false(told.facts.get_task_allow);
    assert_true(told.facts.disable_library_validation);
    assert_false(told.facts.allow_dyld_environment);
    assert_true(str_eq(told.facts.arch, sample.facts.arch));
    assert_true(str_eq(told.facts.file_type, sample.facts.file_type));
    assert_true(str_eq(told.facts.cdhash, sample.facts.cdhash));
    assert_true(str_eq(told.facts.identifier, sample.facts.identifier));
    assert_true(str_eq(told.facts.team_id, sample.facts.team_id));
    assert_true(str_eq(told.facts.native_api, sample.facts.native_api));
    assert_true(str_eq(told.facts.because, sample.facts.because));
    assert_true(str_eq(told.facts.frameworks, sample.facts.frameworks));
    assert_true(str_eq(told.facts.entitlements, sample.facts.entitlements));
    assert_true(str_eq(told.facts.signature, sample.facts.signature));
    assert_true(str_eq(told.facts.chain, sample.facts.chain));
    assert_true(str_eq(told.facts.injection, sample.facts.injection));
    assert_true(str_eq(told.facts.object, sample.facts.object));
    assert_true(str_eq(told.page, sample.page));
    assert_true(told_is_printable(&told, true));
    assert_false(told_is_printable(&told, false));
}

static void told_read__refuses_every_truncation(void **state)
{
    (void)state;
    struct told told = { .facts = { .slice = 77 } };
    const bytes whole = bytes_of_str(buf_str(&written));
    for (size_t len = 0; len < whole.len; len++) {
        uint8_t *cut = malloc(len + 1);  // So that a sanitizer sees a step too far.
        memcpy(cut, whole.at, len);
        cut = realloc(cut, len > 0 ? len : 1);
        assert_false(told_read((bytes){ .at = cut, .len = len }, &told));
        free(cut);
    }
    buf_add_char(&written, 0);
    assert_false(told_read(bytes_of_str(buf_str(&written)), &told));
    assert_int_equal(told.facts.slice, 77);
}

// A change either is refused or changes what is told; nothing that steers a terminal gets through.
static void told_is_printable__holds_for_every_changed_octet(void **state)
{
    (void)state;
    uint8_t *octets = malloc(written.len);
    memcpy(octets, written.at, written.len);
    for (size_t i = 0; i < written.len; i++) {
        for (unsigned change = 1; change < 256; change++) {
            struct told told;
            octets[i] ^= (uint8_t)change;
            if (told_read((bytes){ .at = octets, .len = written.len }, &told) &&
                told_is_printable(&told, true) && !told_shows_no_control(&told))
                fail_msg("octet %zu, xor %u", i, change);
            octets[i] ^= (uint8_t)change;
        }
    }
    free(octets);
}

static void told_read__refuses_marks_that_are_none(void **state)
{
    (void)state;
    struct told told;
    for (size_t i = 8; i < 12; i++) {
        const char mark = written.at[i];
        written.at[i] = 2;
        assert_false(told_read(bytes_of_str(buf_str(&written)), &told));
        written.at[i] = mark;
    }
    assert_true(told_read(bytes_of_str(buf_str(&written)), &told));
}

static void told_write__refuses_more_than_max(void **state)
{
    (void)state;
    struct told told = told_sample();
    char *text = malloc((size_t)TOLD_TEXT_MAX + 1);
    memset(text, 'x', (size_t)TOLD_TEXT_MAX + 1);
    told.facts.object = (str){ .at = text, .len = TOLD_TEXT_MAX };
    buf_reset(&written);
    told_write(&written, &told);
    assert_false(written.failed);
    assert_true(told_read(bytes_of_str(buf_str(&written)), &told));
    told.facts.object = (str){ .at = text, .len = (size_t)TOLD_TEXT_MAX + 1 };
    buf_reset(&written);
    told_write(&written, &told);
    assert_true(written.failed);
    assert_false(told_read(bytes_of_str(buf_str(&written)), &told));
    free(text);
}

static void told_is_printable__knows_what_steers_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool in_page;
        bool in_colour;
    } texts[] = {
        { "", true, true },
        { "plain, \xc3\xa4, \xe2\x82\xac", true, true },
        { "a\nb", true, true },
        { "a\tb", false, false },
        { "a\rb", false, false },
        { "\033[31mred\033[0m", false, true },
        { "\033[1m\033[2m\033[32m\033[33m\033[0m\n", false, true },
        { "\033[0m\033[31mstays red\n", false, false },
        { "\033[mplain", false, false },
        { "\033[30mblack on black\033[0m", false, false },
        { "\033[8mhidden\033[0m", false, false },
        { "\033[1;31mbold\033[0m", false, false },
        { "\033[31", false, false },
        { "\033[2J", false, false },
        { "\033]0;title\007", false, false },
        { "\033", false, false },
        { "\x7f", false, false },
        { "\xc2\x9b"
          "31m",
          false, false },
        { "\xe2\x80\xaegnp.exe", false, false },
        { "\xff", false, false },
        { "\xe2\x82", false, false },
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct told page = { .facts = { .object = STR("\"size\":1}") },
                                   .page = str_of(texts[i].text) };
        if (told_is_printable(&page, false) != texts[i].in_page)
            fail_msg("page %zu", i);
        if (told_is_printable(&page, true) != texts[i].in_colour)
            fail_msg("page in colour %zu", i);
    }
}

static void told_is_object__holds_for_the_rest_of_one_object(void **state)
{
    (void)state;
    static const char *const objects[] = {
        "\"size\":1}",
        "\"size\":0,\"a\":\"\xc3\xa4 \\\"\\\\\\/\\b\\f\\n\\r\\t\\u00aF\"}",
        "\"size\":-10.25e+3,\"a\":[0.5,1E9,2e-1,true,false,null,[],{}]}",
        "\"size\":{\"path\":1,\"p\\u0061th\":[{\"path\":{}}]}}",
        "\"size\":1,\"paths\":1,\"\":2}",
    };
    static const char *const others[] = {
        "",
        "}",
        "\"size\"",
        "\"size\":",
        "\"size\":1",
        "\"slice\":1}",
        "\"size\":1}}",
        "\"size\":1}\n",
        "\"size\":1} ",
        "\"size\": 1}",
        "\"size\":1,}",
        "\"size\":1,\"a\"}",
        "\"size\":1}\n{\"path\":\"/forged\"}",
        "\"size\":1,\"path\":\"/forged\"}",
        "\"size\":1,\"p\\u0061th\":\"/forged\"}",
        "\"size\":1,\"a\":[}",
        "\"size\":1,\"a\":[1}",
        "\"size\":1,\"a\":[1,]}",
        "\"size\":1,\"a\":{\"b\":1]}",
        "\"size\":1,\"a\":{1}}",
        "\"size\":1,\"a\":{\"b\"}}",
        "\"size\":1,\"a\":\"}",
        "\"size\":1,\"a\":\"\\\"}",
        "\"size\":1,\"a\":\"\\x\"}",
        "\"size\":1,\"a\":\"\\u00g0\"}",
        "\"size\":1,\"a\":\"\\u00\"}",
        "\"size\":1,\"a\":\"\xff\"}",
        "\"size\":1,\"a\":\"\t\"}",
        "\"size\":1,\"a\":\"\x7f\"}",
        "\"size\":1,\"a\":\"\xc2\x9b\"}",
        "\"size\":1,\"a\":\"\xe2\x80\xae\"}",
        "\"size\":1,\"a\":01}",
        "\"size\":1,\"a\":-}",
        "\"size\":1,\"a\":1.}",
        "\"size\":1,\"a\":1e}",
        "\"size\":1,\"a\":.5}",
        "\"size\":1,\"a\":+1}",
        "\"size\":1,\"a\":tru}",
        "\"size\":1,\"a\":nul",
        "\"size\":1,\"a\":}",
        "\"size\":1 \"a\":1}",
        "\"size\":1,a:1}",
    };
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        const str object = str_of(objects[i]);
        if (!told_is_object(object))
            fail_msg("%s", objects[i]);
        for (size_t len = 0; len < object.len; len++)
            assert_false(told_is_object(str_to(object, len)));
    }
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (told_is_object(str_of(others[i])))
            fail_msg("%s", others[i]);
    assert_false(told_is_object((str){ .at = "\"size\":1\0}", .len = 10 }));
}

static bool is_object_of_depth(size_t depth)
{
    struct buf b;
    buf_init(&b, 4096);
    buf_add(&b, STR("\"size\":"));
    for (size_t i = 1; i < depth; i++)
        buf_add_char(&b, '[');
    buf_add_char(&b, '1');
    for (size_t i = 1; i < depth; i++)
        buf_add_char(&b, ']');
    buf_add_char(&b, '}');
    const bool is_object = told_is_object(buf_str(&b));
    buf_done(&b);
    return is_object;
}

static void told_is_object__refuses_more_than_max(void **state)
{
    (void)state;
    assert_true(is_object_of_depth(TOLD_DEPTH_MAX));
    assert_false(is_object_of_depth(TOLD_DEPTH_MAX + 1));
}

static void told_is_page_of__knows_the_heading(void **state)
{
    (void)state;
    const str path = STR("/bin/told");
    assert_true(told_is_page_of(told_sample().page, path));
    assert_true(
        told_is_page_of(STR("/bin/told  slice 1 of 2\n\n  image\n\033[2m  x\033[0m\n"), path));
    assert_true(told_is_page_of(STR("/a\\u{a}b\n"), STR("/a\nb")));
    assert_false(told_is_page_of(STR("/bin/other\n  signed\n"), path));
    assert_false(told_is_page_of(STR("/bin/told\n/bin/other\n  signed\n"), path));
    assert_false(told_is_page_of(STR("/bin/told\n\033[1m/bin/other\n"), path));
    assert_false(told_is_page_of(STR(""), path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(told_read__gives_what_was_written, write_sample, forget),
        cmocka_unit_test_setup_teardown(told_read__refuses_every_truncation, write_sample, forget),
        cmocka_unit_test_setup_teardown(told_is_printable__holds_for_every_changed_octet,
                                        write_sample, forget),
        cmocka_unit_test_setup_teardown(told_read__refuses_marks_that_are_none, write_sample,
                                        forget),
        cmocka_unit_test_setup_teardown(told_write__refuses_more_than_max, write_sample, forget),
        cmocka_unit_test(told_is_printable__knows_what_steers_a_terminal),
        cmocka_unit_test(told_is_object__holds_for_the_rest_of_one_object),
        cmocka_unit_test(told_is_object__refuses_more_than_max),
        cmocka_unit_test(told_is_page_of__knows_the_heading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
