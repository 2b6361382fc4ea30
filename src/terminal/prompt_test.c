#include "terminal/prompt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void type(struct prompt *p, const char *text)
{
    for (; *text != '\0'; text++)
        assert_int_equal(prompt_press(p, (unsigned char)*text), PROMPT_GOES_ON);
}

static void assert_line(const struct prompt *p, const char *expected)
{
    const str text = prompt_text(p);
    if (!str_eq(text, str_of(expected)))
        fail_msg("\"%.*s\", expected \"%s\"", STR_ARG(text), expected);
}

static void prompt_press__edits_the_line(void **state)
{
    struct prompt *p = memory_zeroed(1, sizeof *p);
    (void)state;
    prompt_begin(p, STR("one two"));
    type(p, " 3");
    assert_line(p, "one two 3");
    (void)prompt_press(p, KEY_OF_ERASE);
    (void)prompt_press(p, 0xe9);     // é
    (void)prompt_press(p, 0x6f22);   // A character of three octets,
    (void)prompt_press(p, 0x1f600);  // and of four.
    assert_line(p, "one two \xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80");
    (void)prompt_press(p, KEY_OF_LEFT);
    (void)prompt_press(p, KEY_OF_ERASE);
    (void)prompt_press(p, KEY_OF_DELETE);
    assert_line(p, "one two \xc3\xa9");
    (void)prompt_press(p, KEY_OF_CONTROL('W'));
    (void)prompt_press(p, KEY_OF_CONTROL('W'));
    assert_line(p, "one ");
    (void)prompt_press(p, KEY_OF_HOME);
    (void)prompt_press(p, KEY_OF_ERASE);
    (void)prompt_press(p, KEY_OF_RIGHT);
    (void)prompt_press(p, KEY_OF_CONTROL('U'));
    assert_line(p, "ne ");
    (void)prompt_press(p, KEY_OF_END);
    (void)prompt_press(p, KEY_OF_DELETE);
    type(p, "!");
    assert_line(p, "ne !");
    assert_int_equal(prompt_press(p, KEY_OF_ENTER), PROMPT_TAKEN);
    assert_int_equal(prompt_press(p, KEY_OF_ESCAPE), PROMPT_GIVEN_UP);
    free(p);
}

// Nothing that steers or hides, and no key.
static void prompt_press__takes_what_is_shown(void **state)
{
    static const uint32_t keys[] = { 0x01, 0x1c, 0x9b, 0x202e, 0xd800, 0xfeff, KEY_OF_PAGE_UP };
    struct prompt *p = memory_zeroed(1, sizeof *p);
    (void)state;
    prompt_begin(p, STR_EMPTY);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        assert_int_equal(prompt_press(p, keys[i]), PROMPT_GOES_ON);
    (void)prompt_press(p, KEY_OF_LEFT);
    (void)prompt_press(p, KEY_OF_ERASE);
    (void)prompt_press(p, KEY_OF_DELETE);
    (void)prompt_press(p, KEY_OF_CONTROL('W'));
    assert_line(p, "");
    free(p);
}

static void prompt_press__refuses_more_than_max(void **state)
{
    struct prompt *p = memory_zeroed(1, sizeof *p);
    char *text = memory_new(PROMPT_MAX + 9);
    (void)state;
    memset(text, 'x', PROMPT_MAX + 9);
    prompt_begin(p, (str){ .at = text, .len = PROMPT_MAX + 9 });
    assert_int_equal(prompt_text(p).len, PROMPT_MAX);
    type(p, "y");
    assert_int_equal(prompt_text(p).len, PROMPT_MAX);
    free(text);
    free(p);
}

static void prompt_draw__shows_where_one_types(void **state)
{
    struct prompt *p = memory_zeroed(1, sizeof *p);
    struct frame f = { .rows = 0 };
    struct buf b;
    (void)state;
    buf_init(&b, 4096);
    prompt_begin(p, STR("0123456789abcdef"));
    frame_reset(&f, 1, 16);
    prompt_draw(p, STR("cause:"), &f, 0);
    frame_add_lines(&b, &f);
    assert_true(str_eq(buf_str(&b), STR("cause: 89abcdef\n")));
    assert_true(f.has_cursor);
    assert_int_equal(f.cursor_column, 15);
    for (unsigned columns = 1; columns < 16; columns++) {
        frame_reset(&f, 1, columns);
        prompt_draw(p, STR("a long label"), &f, 0);
        assert_true(!f.has_cursor || f.cursor_column < columns);
    }
    buf_done(&b);
    frame_done(&f);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prompt_press__edits_the_line),
        cmocka_unit_test(prompt_press__takes_what_is_shown),
        cmocka_unit_test(prompt_press__refuses_more_than_max),
        cmocka_unit_test(prompt_draw__shows_where_one_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
