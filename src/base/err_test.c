#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail  // cmocka's; ours is what is tested here.

static void fail__writes_the_sentence_and_returns_the_status(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(fail(&err, ERR_LIMIT, "%u load commands; at most %u are read", 9u, 8u),
                     ERR_LIMIT);
    assert_string_equal(err.text, "9 load commands; at most 8 are read");
}

static void fail__cuts_what_is_too_long(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(fail(&err, ERR_IO, "%0*d", ERR_TEXT_MAX + 100, 7), ERR_IO);
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
}

static void err_prefix__puts_the_subject_before(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(fail(&err, ERR_CONFIG, "no such field"), ERR_CONFIG);
    err_prefix(&err, "%s:%d", "rules/x.yaml", 12);
    assert_string_equal(err.text, "rules/x.yaml:12: no such field");
}

static void err_prefix__cuts_subject_and_sentence(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(fail(&err, ERR_IO, "%0*d", ERR_TEXT_MAX + 100, 7), ERR_IO);
    err_prefix(&err, "%0*d", ERR_TEXT_MAX + 100, 8);
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
    assert_memory_equal(err.text + ERR_TEXT_MAX / 2 - 1, ": 000", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail__writes_the_sentence_and_returns_the_status),
        cmocka_unit_test(fail__cuts_what_is_too_long),
        cmocka_unit_test(err_prefix__puts_the_subject_before),
        cmocka_unit_test(err_prefix__cuts_subject_and_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
