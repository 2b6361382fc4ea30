#include "terminal/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_shown(struct view *v, unsigned rows, unsigned columns, const char *expected)
{
    struct frame f = { .rows = 0 };
    struct buf b;
    buf_init(&b, 65536);
    frame_reset(&f, rows, columns);
    view_draw(v, &f, 0, rows);
    frame_add_lines(&b, &f);
    buf_add_char(&b, '\0');
    assert_string_equal(b.at, expected);
    buf_done(&b);
    frame_done(&f);
}

static void view_set__breaks_lines(void **state)
{
    struct view v = { .count = 0 };
    (void)state;
    view_set(&v, STR("one two three\n\nfourteenletters x\ny"), 8, false);
    assert_shown(&v, 9, 8, "one two\nthree\n\nfourteen\nletters\nx\ny\n\n\n");
    view_set(&v, STR("\xe6\xbc\xa2\xe6\xbc\xa2"), 1, false);
    assert_int_equal(v.count, 1);
    view_set(&v, STR_EMPTY, 8, false);
    assert_int_equal(v.count, 0);
    assert_true(view_press(&v, 'G', 3));
    assert_shown(&v, 1, 8, "\n");
    view_done(&v);
}

static void view_press__scrolls(void **state)
{
    static const struct {
        uint32_t key;
        size_t top;
    } keys[] = {
        { 'j', 1 },
        { KEY_OF_DOWN, 2 },
        { KEY_OF_ENTER, 3 },
        { 'k', 2 },
        { KEY_OF_UP, 1 },
        { KEY_OF_PAGE_DOWN, 3 },
        { ' ', 5 },
        { KEY_OF_PAGE_DOWN, 7 },
        { KEY_OF_PAGE_DOWN, 7 },
        { 'j', 7 },
        { KEY_OF_PAGE_UP, 5 },
        { 'g', 0 },
        { KEY_OF_PAGE_UP, 0 },
        { 'k', 0 },
        { KEY_OF_END, 7 },
        { KEY_OF_HOME, 0 },
    };
    struct view v = { .count = 0 };
    (void)state;
    view_set(&v, STR("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n"), 8, false);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_true(view_press(&v, keys[i].key, 3));
        assert_int_equal(v.top, keys[i].top);
    }
    assert_false(view_press(&v, 'x', 3));
    (void)view_press(&v, 'G', 3);
    assert_shown(&v, 3, 8, "7\n8\n9\n");
    // A larger terminal shows more of what is above.
    assert_shown(&v, 5, 8, "5\n6\n7\n8\n9\n");
    view_set(&v, STR("0\n1\n"), 8, true);
    assert_shown(&v, 3, 8, "0\n1\n\n");
    view_done(&v);
}

static void view_set__refuses_more_than_max(void **state)
{
    struct view v = { .count = 0 };
    const size_t len = VIEW_TEXT_MAX + 9u;
    char *text = memory_new(len);
    (void)state;
    memset(text, '\n', len);
    view_set(&v, (str){ .at = text, .len = len }, 8, false);
    assert_int_equal(v.count, VIEW_LINES_MAX);
    memset(text, 'x', len);
    view_set(&v, (str){ .at = text, .len = len }, 1000, false);
    (void)view_press(&v, 'G', 1);
    assert_shown(&v, 1, 60, "(the rest is too long to be shown here)\n");
    free(text);
    view_done(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(view_set__breaks_lines),
        cmocka_unit_test(view_press__scrolls),
        cmocka_unit_test(view_set__refuses_more_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
