#include "review/close_out.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void close_out_lacks__what_its_disposition_needs(void **state)
{
    static const struct {
        struct close_out c;
        const char *lacks;
    } cases[] = {
        { { .cause = STR_INIT("x") },
          "--disposition true-positive, benign-expected, "
          "benign-unexpected, false-positive or undetermined" },
        { { .disposition = DISPOSITION_FALSE_POSITIVE }, "--cause TEXT: why it came to be" },
        { { .disposition = DISPOSITION_UNDETERMINED },
          "--cause TEXT: what could not be found out, and why" },
        { { .disposition = DISPOSITION_TRUE_POSITIVE, .cause = STR_INIT("x") },
          "--scope TEXT of a true positive: which Macs and which code" },
        { { .disposition = DISPOSITION_TRUE_POSITIVE,
            .cause = STR_INIT("x"),
            .scope = STR_INIT("y") },
          "--containment TEXT of a true positive: what was done about it" },
        { { .disposition = DISPOSITION_BENIGN_EXPECTED, .cause = STR_INIT("x") }, NULL },
        { { .disposition = DISPOSITION_TRUE_POSITIVE,
            .cause = STR_INIT("x"),
            .scope = STR_INIT("y"),
            .containment = STR_INIT("z") },
          NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *lacks = close_out_lacks(&cases[i].c);
        if (cases[i].lacks == NULL)
            assert_null(lacks);
        else
            assert_string_equal(lacks, cases[i].lacks);
    }
}

static void close_out_lacks__room_for_more_than_max(void **state)
{
    static char text[FINDINGS_NOTE_MAX + 1];
    struct close_out c = { .disposition = DISPOSITION_UNDETERMINED,
                           .cause = { .at = text, .len = sizeof text } };
    (void)state;
    assert_string_equal(close_out_lacks(&c), "texts of at most 65536 octets");
    c.cause.len--;
    assert_null(close_out_lacks(&c));
}

static void close_out_add__leaves_out_what_was_not_said(void **state)
{
    const struct close_out c = { .disposition = DISPOSITION_BENIGN_UNEXPECTED,
                                 .cause = STR("\"own\" build"),
                                 .hypothesis = STR("theft") };
    struct buf b;
    (void)state;
    buf_init(&b, 4096);
    close_out_add(&b, &c);
    assert_true(str_eq(buf_str(&b), STR("{\"disposition\":\"benign-unexpected\",\"cause\":"
                                        "\"\\\"own\\\" build\",\"hypothesis\":\"theft\"}")));
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_out_lacks__what_its_disposition_needs),
        cmocka_unit_test(close_out_lacks__room_for_more_than_max),
        cmocka_unit_test(close_out_add__leaves_out_what_was_not_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
