#include "review/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ME STR("ada")

static void filter_read__is_what_filter_add_writes(void **state)
{
    static const struct {
        const char *line;
        const char *written;
    } cases[] = {
        { "", "state:unclosed" },
        { "   ", "state:unclosed" },
        { "state:all", "state:all" },
        { "state:open level:high", "state:open level:high" },
        { "rule:S05 assignee:me", "state:unclosed rule:S05 assignee:ada" },
        { "curl  wget", "state:unclosed \"curl wget\"" },
        { "\"a:b\" c", "state:unclosed \"a:b c\"" },
        { "host:\"Ada's Mac\"", "state:unclosed host:\"Ada's Mac\"" },
        { "\"host:x", "state:unclosed \"host:x\"" },
        { ":x", "state:unclosed \":x\"" },
        { "since:2026-11-01", "state:unclosed since:2026-11-01T00:00:00.000Z" },
        { "since:2026-11-01T08:30:00Z x", "state:unclosed since:2026-11-01T08:30:00.000Z \"x\"" },
        { "rule:S01 rule:S02", "state:unclosed rule:S02" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct filter f;
        struct err err = { .text = "" };
        struct buf b;
        buf_init(&b, 4096);
        if (filter_read(str_of(cases[i].line), ME, &f, &err) != OK)
            fail_msg("%s: %s", cases[i].line, err.text);
        for (int again = 0; again < 2; again++) {
            buf_reset(&b);
            filter_add(&b, &f);
            if (!str_eq(buf_str(&b), str_of(cases[i].written)))
                fail_msg("%s: \"%.*s\"", cases[i].line, STR_ARG(buf_str(&b)));
            assert_int_equal(filter_read(buf_str(&b), ME, &f, &err), OK);
        }
        buf_done(&b);
    }
}

static void filter_ask__has_all_of_it(void **state)
{
    struct filter f;
    struct err err;
    (void)state;
    assert_int_equal(filter_read(STR("state:assigned level:critical rule:S05 host:mac assignee:bob "
                                     "since:1970-01-02 two words"),
                                 ME, &f, &err),
                     OK);
    const struct findings_filter ask = filter_ask(&f);
    assert_true(ask.has_status && ask.status == FINDING_ASSIGNED && !ask.only_unclosed);
    assert_int_equal(ask.least_level, 4);
    assert_int_equal(ask.since_ns, INT64_C(86400) * 1000000000);
    assert_true(str_eq(ask.rule, STR("S05")) && str_eq(ask.host, STR("mac")) &&
                str_eq(ask.assignee, STR("bob")) && str_eq(ask.text, STR("two words")));
    struct filter again;
    filter_of(&ask, &again);
    assert_true(again.has_status && again.least_level == 4);
    assert_true(str_eq(filter_value(&again, FILTER_HOST), STR("mac")));
}

static void filter_read__says_what_cannot_be_meant(void **state)
{
    static const struct {
        const char *line;
        const char *sentence;
    } cases[] = {
        { "state:shut", "state: takes unclosed, open, assigned, closed or all, not \"shut\"" },
        { "level:5", "level: takes informational, low, medium, high or critical, not \"5\"" },
        { "since:then", "since: takes a date or a time, like 2026-11-01, not \"then\"" },
        { "x colour:red",
          "a filter has state, level, rule, host, assignee and since, not \"colour\"" },
    };
    struct filter f = { .least_level = 2 };
    struct err err;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(filter_read(str_of(cases[i].line), ME, &f, &err), ERR_CONFIG);
        assert_string_equal(err.text, cases[i].sentence);
        assert_int_equal(f.least_level, 2);
    }
}

static void filter_read__refuses_more_than_max(void **state)
{
    static const size_t lens[] = { FILTER_VALUE_MAX + 1, 5 * FILTER_VALUE_MAX, 1u << 20 };
    struct filter f = { .least_level = 2 };
    struct err err;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        char *line = memory_new(lens[i] + 5);
        memcpy(line, "rule:", 5);
        memset(line + 5, 'x', lens[i]);
        for (size_t from = 0; from <= 5; from += 5) {
            const str word = { .at = line + from, .len = lens[i] + 5 - from };
            assert_int_equal(filter_read(word, ME, &f, &err), ERR_CONFIG);
            assert_string_equal(err.text, "a word of a filter has at most 256 octets");
        }
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_read__is_what_filter_add_writes),
        cmocka_unit_test(filter_ask__has_all_of_it),
        cmocka_unit_test(filter_read__says_what_cannot_be_meant),
        cmocka_unit_test(filter_read__refuses_more_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
