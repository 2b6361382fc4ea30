#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void utf8_len__knows_the_ends_of_each_length(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t code_point;
        size_t len;
    } characters[] = {
        { "\x01", 0x01, 1 },
        { "\x7f", 0x7f, 1 },
        { "\xc2\x80", 0x80, 2 },
        { "\xdf\xbf", 0x7ff, 2 },
        { "\xe0\xa0\x80", 0x800, 3 },
        { "\xed\x9f\xbf", 0xd7ff, 3 },
        { "\xee\x80\x80", 0xe000, 3 },
        { "\xef\xbf\xbf", 0xffff, 3 },
        { "\xf0\x90\x80\x80", 0x10000, 4 },
        { "\xf4\x8f\xbf\xbf", 0x10ffff, 4 },
    };
    for (size_t i = 0; i < COUNT_OF(characters); i++) {
        const str s = str_of(characters[i].text);
        assert_int_equal(utf8_len(s), characters[i].len);
        assert_int_equal(utf8_code_point(s), characters[i].code_point);
    }
}

static void utf8_len__refuses_every_truncation(void **state)
{
    (void)state;
    static const char *const characters[] = { "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x8d\x8f" };
    for (size_t i = 0; i < COUNT_OF(characters); i++) {
        const str s = str_of(characters[i]);
        for (size_t len = 0; len < s.len; len++)
            assert_int_equal(utf8_len(str_to(s, len)), 0);
        assert_int_equal(utf8_len(s), s.len);
    }
}

static void utf8_len__refuses_what_the_standard_does(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "\x80",      // A continuation alone.
        "\xc0\x80",  // Overlong.
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80",  // A surrogate.
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80",  // Past U+10FFFF.
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc3(",  // Not a continuation.
        "\xe2\x82(",
        "\xf0\x9f\x8d(",
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_int_equal(utf8_len(str_of(refused[i])), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_len__knows_the_ends_of_each_length),
        cmocka_unit_test(utf8_len__refuses_every_truncation),
        cmocka_unit_test(utf8_len__refuses_what_the_standard_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
