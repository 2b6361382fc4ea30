#include "match/texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void texts_keep__keeps_a_text_once(void **state)
{
    (void)state;
    struct texts t = { 0 };
    char text[16] = "/usr/bin/true";
    const uint32_t first = texts_keep(&t, str_of(text));
    text[5] = 's';
    const uint32_t other = texts_keep(&t, str_of(text));
    assert_int_not_equal(first, other);
    assert_int_equal(texts_keep(&t, STR("/usr/bin/true")), first);
    assert_true(str_eq(texts_at(&t, first), STR("/usr/bin/true")));
    texts_release(&t, first);
    assert_int_equal(texts_keep(&t, STR("/usr/bin/true")), first);  // Somebody still held it.
    texts_release(&t, first);
    texts_release(&t, first);
    assert_int_equal(texts_keep(&t, STR("another")), first);  // The place is used again.
    assert_true(str_eq(texts_at(&t, other), STR("/usr/sin/true")));
    assert_int_equal(texts_at(&t, texts_keep(&t, STR_EMPTY)).len, 0);
    texts_done(&t);
}

static void texts_release__gives_places_back(void **state)
{
    (void)state;
    struct texts t = { 0 };
    for (int round = 0; round < 3; round++) {
        uint32_t numbers[1000];
        for (uint32_t i = 0; i < 1000; i++) {
            char text[16];
            (void)snprintf(text, sizeof text, "%u", i);
            numbers[i] = texts_keep(&t, str_of(text));
        }
        assert_int_equal(t.count, 1000);
        for (uint32_t i = 0; i < 1000; i++)
            texts_release(&t, numbers[i]);
        assert_int_equal(t.free_count, 1000);
        assert_int_equal(t.by_text.count, 0);
    }
    texts_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_keep__keeps_a_text_once),
        cmocka_unit_test(texts_release__gives_places_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
