#include "terminal/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANY 65536u

static void assert_lines(const struct frame *f, const char *expected)
{
    struct buf b;
    buf_init(&b, MANY);
    frame_add_lines(&b, f);
    buf_add_char(&b, '\0');
    assert_string_equal(b.at, expected);
    buf_done(&b);
}

static void frame_put__cuts_to_its_place(void **state)
{
    struct frame f = { .rows = 0 };
    (void)state;
    frame_reset(&f, 3, 12);
    assert_int_equal(frame_put(&f, 0, 0, 4, LOOK_PLAIN, STR("four")), 4);
    assert_int_equal(frame_put(&f, 0, 5, 4, LOOK_PLAIN, STR("five5")), 4);
    assert_int_equal(frame_put(&f, 1, 10, 99, LOOK_PLAIN, STR("edge")), 2);
    assert_int_equal(frame_put(&f, 1, 12, 4, LOOK_PLAIN, STR("outside")), 0);
    assert_int_equal(frame_put(&f, 3, 0, 4, LOOK_PLAIN, STR("below")), 0);
    // Two columns do not fit into the one that is left.
    (void)frame_put(&f, 2, 0, 4, LOOK_PLAIN, STR("ab\xe6\xbc\xa2\xe6\xbc\xa2"));
    assert_lines(&f, "four fiv~\n          e~\nab~\n");
    frame_reset(&f, 1, 12);
    assert_lines(&f, "\n");
    frame_done(&f);
}

static void frame_put__makes_text_harmless(void **state)
{
    struct frame f = { .rows = 0 };
    (void)state;
    frame_reset(&f, 4, 60);
    frame_put_row(&f, 0, LOOK_PLAIN, STR("a\033[31mb\nc\td\\e"));
    frame_put_row(&f, 1, LOOK_PLAIN, STR("x\xff\xe2\x80\xaey\0z"));
    (void)frame_put_escaped(&f, 2, 0, 60, LOOK_PLAIN, STR("\\x1b stays, \033 does not, \xff not"));
    f.is_ascii = true;
    frame_put_row(&f, 3, LOOK_PLAIN, STR("caf\xc3\xa9"));
    assert_lines(&f, "a\\x1b[31mb\\nc\\td\\\\e\nx\\xff\\u{202e}y\\x00z\n"
                     "\\x1b stays, \\x1b does not, \\xff not\ncaf\\u{e9}\n");
    frame_done(&f);
}

static void frame_put__fills_what_is_reversed(void **state)
{
    struct frame f = { .rows = 0 };
    (void)state;
    frame_reset(&f, 1, 8);
    frame_put_row(&f, 0, LOOK_REVERSE, STR("ab"));
    assert_int_equal(f.count, 1);
    assert_int_equal(f.pieces[0].text.len, 8);
    (void)frame_put(&f, 0, 3, 2, LOOK_REVERSE | LOOK_RED, STR("xy"));
    assert_lines(&f, "ab xy\n");
    frame_done(&f);
}

// Neither a size nor a text that somebody sends makes it large.
static void frame_reset__refuses_more_than_max(void **state)
{
    struct frame f = { .rows = 0 };
    char *text = memory_new(MANY);
    (void)state;
    memset(text, '\x01', MANY);
    frame_reset(&f, 1u << 30, 1u << 30);
    assert_int_equal(f.rows, FRAME_ROWS_MAX);
    assert_int_equal(f.columns, FRAME_COLUMNS_MAX);
    frame_put_row(&f, 0, LOOK_PLAIN, (str){ .at = text, .len = MANY });
    assert_int_equal(f.count, 1);
    assert_int_equal(f.pieces[0].text.len, FRAME_COLUMNS_MAX);
    free(text);
    frame_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_put__cuts_to_its_place),
        cmocka_unit_test(frame_put__makes_text_harmless),
        cmocka_unit_test(frame_put__fills_what_is_reversed),
        cmocka_unit_test(frame_reset__refuses_more_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
