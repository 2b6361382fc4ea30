#include "query/input.h"

#include "base/arena.h"
#include "query/show.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SHOWN_MAX (1024u * 1024u)

static const struct input_options plain = {
    .timestamp_field = STR_INIT("@timestamp"),
    .category_field = STR_INIT("event.category"),
    .tiebreaker_field = STR_INIT("n"),
};

static struct records_item record_of(str text)
{
    return (struct records_item){ .text = text, .line = 7, .input = 1 };
}

// The value of `field` in `text`, as it is printed.
static void check_field(struct input_field field, str text, const char *expected)
{
    const struct records_item record = record_of(text);
    struct buf shown;
    struct input *in = input_new(&plain, &field, 1);
    buf_init(&shown, SHOWN_MAX);
    const struct input_event *event = input_take(in, &record);
    assert_non_null(event);
    show_value(&shown, &event->event.values[0]);
    if (!str_eq(buf_str(&shown), str_of(expected)))
        fail_msg("%.*s in %.*s: %.*s, not %s", STR_ARG(field.name), STR_ARG(text),
                 STR_ARG(buf_str(&shown)), expected);
    buf_done(&shown);
    input_free(in);
}

static void check_path(const char *name, const char *members, const char *expected)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "{\"@timestamp\":1,%s}", members);
    check_field((struct input_field){ .name = str_of(name) }, str_of(text), expected);
}

static void input_take__finds_dotted_names(void **state)
{
    (void)state;
    check_path("a", "\"a\":1", "1");
    check_path("a.b.c", "\"a\":{\"b\":{\"c\":1}}", "1");
    check_path("a.b.c", "\"a.b.c\":1", "1");
    check_path("a.b.c", "\"a.b\":{\"c\":1}", "1");
    check_path("a.b.c", "\"a\":{\"b.c\":1}", "1");
    check_path("a.b.c", "\"a\":{\"b\":{\"c\":1},\"b.c\":2},\"a.b\":{\"c\":3},\"a.b.c\":4",
               "[1,2,3,4]");
    check_path("a.b", "\"a\":{\"bc\":1},\"a.bc\":2,\"ab\":3,\"a\":4", "null");
    check_path("a.b", "\"a\":1", "null");
    check_path("a", "\"a\":{\"b\":1}", "null");
    check_path("a..b", "\"a\":{\"\":{\"b\":1}},\"a.\":{\"b\":2}", "[1,2]");
    check_path("a b.\xc3\xa9", "\"a b\":{\"\\u00e9\":1}", "1");
}

static void input_take__takes_all_values_of_lists(void **state)
{
    (void)state;
    check_path("a", "\"a\":[1,\"x\",null,[true,[2.5]],{\"b\":3}]", "[1,\"x\",true,2.5]");
    check_path("a.b", "\"a\":[{\"b\":1},{\"b\":2}]", "[1,2]");
    check_path("a.b", "\"a\":[{\"b\":[1,2]},{\"c\":9},5,{\"b\":null},{\"b\":[3]}]", "[1,2,3]");
    check_path("a", "\"a\":[]", "null");
    check_path("a", "\"a\":[null,{},[]]", "null");
    check_path("a", "\"a\":[7]", "7");
    check_path("a", "\"a\":null", "null");
}

static void input_take__takes_the_first_of_two_keys(void **state)
{
    (void)state;
    check_path("a.b", "\"a\":{\"b\":1,\"b\":2},\"a\":{\"b\":3}", "1");
    check_path("a", "\"a\":null,\"a\":2", "null");
}

static void input_take__takes_values_as_they_are(void **state)
{
    (void)state;
    check_path("a", "\"a\":9223372036854775807", "9223372036854775807");
    check_path("a", "\"a\":-9223372036854775808", "-9223372036854775808");
    check_path("a", "\"a\":9223372036854775808", "9.223372036854776e+18");
    check_path("a", "\"a\":18446744073709551615", "1.8446744073709552e+19");
    check_path("a", "\"a\":123456789012345678901234567890", "1.2345678901234568e+29");
    check_path("a", "\"a\":-99999999999999999999", "-1e+20");
    check_path("a", "\"a\":1e400", "1e999");
    check_path("a", "\"a\":-1e400", "-1e999");
    check_path("a", "\"a\":1e-400", "0.0");
    check_path("a", "\"a\":1.10", "1.1");
    check_path("a", "\"a\":3.0", "3.0");
    check_path("a", "\"a\":true", "true");
    check_path("a", "\"a\":\"\"", "\"\"");
    check_path("a", "\"a\":\"\\u0000\\n\\ud83d\\ude00\"", "\"\\u0000\\n\xf0\x9f\x98\x80\"");
    check_path("a", "\"a\":\"x\xff\"", "\"x\xef\xbf\xbd\"");
}

static void input_take__makes_rows_for_searches(void **state)
{
    const str paths[] = { STR("b"), STR("c.d"), STR("") };
    const struct input_field field = { .name = STR("a"), .paths = paths, .path_count = 3 };
    (void)state;
    check_field(
        field, STR("{\"@timestamp\":1,\"a\":[{\"b\":1},{\"c\":[{\"d\":2},{\"d\":3}]},4,null,[5]]}"),
        "[[1,null,null],[null,[2,3],null],[null,null,4],[null,null,5]]");
    check_field(field, STR("{\"@timestamp\":1,\"a\":{\"b\":6}}"), "[[6,null,null]]");
    check_field(field, STR("{\"@timestamp\":1}"), "null");
}

static void input_take__tells_categories(void **state)
{
    const struct records_item record =
        record_of(STR("{\"@timestamp\":1,\"event\":{\"category\":[\"file\",3,\"process\"]}}"));
    (void)state;
    struct input *in = input_new(&plain, NULL, 0);
    const struct input_event *event = input_take(in, &record);
    assert_non_null(event);
    assert_int_equal(event->event.category_count, 2);
    assert_memory_equal(event->event.categories[0].at, "file", 4);
    assert_int_equal(event->event.categories[1].len, 7);
    input_free(in);
}

static void check_tiebreaker(const char *json, bool has, uint64_t expected)
{
    char text[256];
    const struct records_item record = {
        .text = { .at = text,
                  .len = (size_t)snprintf(text, sizeof text, "{\"@timestamp\":1,\"n\":%s}", json) }
    };
    struct input *in = input_new(&plain, NULL, 0);
    const struct input_event *event = input_take(in, &record);
    assert_non_null(event);
    assert_int_equal(event->event.has_tiebreaker, has);
    assert_true(event->event.tiebreaker == expected);
    input_free(in);
}

static void input_take__orders_whole_tiebreakers(void **state)
{
    (void)state;
    check_tiebreaker("0", true, UINT64_C(1) << 63);
    check_tiebreaker("-9223372036854775808", true, 0);
    check_tiebreaker("9223372036854775807", true, UINT64_MAX);
    check_tiebreaker("[null,3]", true, (UINT64_C(1) << 63) + 3);
    check_tiebreaker("1.5", false, 0);
    check_tiebreaker("\"a\"", false, 0);
    check_tiebreaker("true", false, 0);
    check_tiebreaker("null", false, 0);
}

static void check_refused(const struct input_options *options, str text, enum input_drop reason,
                          const char *why)
{
    const struct records_item record = record_of(text);
    struct input *in = input_new(options, NULL, 0);
    assert_null(input_take(in, &record));
    const struct input_counts *counts = input_counts(in);
    assert_int_equal(counts->events, 0);
    if (counts->dropped[reason] != 1)
        fail_msg("not refused for that: %.*s", STR_ARG(str_to(text, 80)));
    assert_int_equal(input_example(in, reason)->line, 7);
    assert_int_equal(input_example(in, reason)->input, 1);
    if (why != NULL)
        assert_string_equal(input_example(in, reason)->why, why);
    input_free(in);
}

static void input_take__names_what_is_no_event(void **state)
{
    static const struct input_options iso = {
        .timestamp_field = STR_INIT("t"),
        .category_field = STR_INIT("event.category"),
        .timestamp_unit = STAMP_ISO,
    };
    (void)state;
    check_refused(&plain, STR("nonsense"), INPUT_DROP_NOT_JSON, NULL);
    check_refused(&plain, STR(""), INPUT_DROP_NOT_JSON, "ends in the middle");
    check_refused(&plain, STR("  "), INPUT_DROP_NOT_JSON, "ends in the middle");
    check_refused(&plain, STR("{\"@timestamp\":1}{}"), INPUT_DROP_NOT_JSON, NULL);
    check_refused(&plain, STR("{\"@timestamp\":NaN}"), INPUT_DROP_NOT_JSON, NULL);
    check_refused(&plain, STR("[{\"@timestamp\":1}]"), INPUT_DROP_NOT_OBJECT, NULL);
    check_refused(&plain, STR("3"), INPUT_DROP_NOT_OBJECT, NULL);
    check_refused(&plain, STR("{}"), INPUT_DROP_NO_TIME, NULL);
    check_refused(&plain, STR("{\"@timestamp\":null}"), INPUT_DROP_NO_TIME, NULL);
    check_refused(&plain, STR("{\"@timestamp\":\"yesterday\"}"), INPUT_DROP_BAD_TIME, NULL);
    check_refused(&plain, STR("{\"@timestamp\":true}"), INPUT_DROP_BAD_TIME, NULL);
    check_refused(&plain, STR("{\"@timestamp\":1e300}"), INPUT_DROP_BAD_TIME, NULL);
    check_refused(&plain, STR("{\"@timestamp\":{}}"), INPUT_DROP_BAD_TIME, NULL);
    check_refused(&iso, STR("{\"t\":1}"), INPUT_DROP_BAD_TIME, NULL);
    check_refused(&iso, STR("{\"@timestamp\":1}"), INPUT_DROP_NO_TIME, NULL);
}

static void input_take__refuses_more_than_max_depth(void **state)
{
    char text[4 * INPUT_DEPTH_MAX + 64];
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        // The object is a level itself.
        const size_t lists = INPUT_DEPTH_MAX - 1 + extra;
        size_t len = (size_t)snprintf(text, sizeof text, "{\"@timestamp\":1,\"a\":");
        memset(text + len, '[', lists);
        len += lists;
        text[len++] = '5';
        memset(text + len, ']', lists);
        len += lists;
        text[len++] = '}';
        const str whole = { .at = text, .len = len };
        if (extra == 0)
            check_field((struct input_field){ .name = STR("a") }, whole, "5");
        else
            check_refused(&plain, whole, INPUT_DROP_TOO_DEEP, NULL);
    }
}

// A million brackets, and a record too long to be looked at.
static void input_take__survives_nesting_without_end(void **state)
{
    const size_t len = 1000000;
    const struct records_item too_long = { .line = 7, .input = 1, .is_too_long = true };
    char *text = memory_new(len);
    (void)state;
    memset(text, '[', len);
    check_refused(&plain, (str){ .at = text, .len = len }, INPUT_DROP_NOT_JSON,
                  "brackets without end");
    memset(text + len / 2, ']', len / 2);
    check_refused(&plain, (str){ .at = text, .len = len }, INPUT_DROP_NOT_OBJECT, NULL);
    free(text);
    struct input *in = input_new(&plain, NULL, 0);
    assert_null(input_take(in, &too_long));
    assert_int_equal(input_counts(in)->dropped[INPUT_DROP_TOO_LONG], 1);
    input_free(in);
}

static void input_take__refuses_every_truncation(void **state)
{
    const str whole =
        STR("{\"@timestamp\":\"2022-05-04\",\"a\":[1,-2.5e3,true,null,\"\\u00e9\xc3\xa9\"],"
            "\"event\":{\"category\":\"x\"}}");
    const struct input_field field = { .name = STR("a") };
    struct input *in = input_new(&plain, &field, 1);
    (void)state;
    for (size_t len = 0; len <= whole.len; len++) {
        // Octets of their own, so that a read past the end is seen.
        char *text = memory_new(len);
        memcpy(text, whole.at, len);
        const struct records_item record = { .text = { .at = text, .len = len } };
        assert_int_equal(input_take(in, &record) != NULL, len == whole.len);
        free(text);
    }
    assert_int_equal(input_counts(in)->dropped[INPUT_DROP_NOT_JSON], whole.len);
    input_free(in);
}

static void check_shown(const struct input_options *options, str text, const char *expected)
{
    const struct records_item record = record_of(text);
    struct buf shown;
    struct input *in = input_new(options, NULL, 0);
    buf_init(&shown, SHOWN_MAX);
    assert_non_null(input_take(in, &record));
    input_show(in, &shown);
    buf_add_char(&shown, '\0');
    assert_string_equal(shown.at, expected);
    buf_done(&shown);
    input_free(in);
}

static void input_show__gives_the_event_without_blanks(void **state)
{
    (void)state;
    check_shown(
        &plain,
        STR(" {\n\t\"b\" : [ 1.10 , 1e400 ],\r\n \"@timestamp\": 1, \"a b\": \" \\\" \\\\\", "
            "\"b\": 2, \"c\": \"\xff \xc3\xa9\"} "),
        "{\"b\":[1.10,1e400],\"@timestamp\":1,\"a b\":\" \\\" \\\\\",\"b\":2,"
        "\"c\":\"\xef\xbf\xbd \xc3\xa9\"}");
}

static void input_show__gives_fields_as_asked(void **state)
{
    const str names[] = { STR("p.name"), STR("absent"), STR("n"), STR("p"), STR("q\"") };
    struct input_options options = plain;
    options.shown = names;
    options.shown_count = COUNT_OF(names);
    (void)state;
    check_shown(
        &options,
        STR("{\"n\":1,\"@timestamp\":1,\"p\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"q\\\"\":2.50}"),
        "{\"p.name\":[\"a\",\"b\"],\"n\":1,\"q\\\"\":2.5}");
    check_shown(&options, STR("{\"@timestamp\":1}"), "{}");
}

static void input_take__counts_text_that_is_not_utf8(void **state)
{
    const struct records_item sound = record_of(STR("{\"@timestamp\":1,\"a\":\"\xc3\xa9\"}"));
    const struct records_item unsound = record_of(STR("{\"@timestamp\":1,\"a\":\"\xc3\"}"));
    struct input *in = input_new(&plain, NULL, 0);
    (void)state;
    assert_non_null(input_take(in, &sound));
    assert_int_equal(input_counts(in)->invalid_utf8, 0);
    assert_non_null(input_take(in, &unsound));
    assert_int_equal(input_counts(in)->invalid_utf8, 1);
    input_free(in);
}

static void show_value__prints_reals_that_read_back(void **state)
{
    static const double reals[] = {
        0.1, 1.0 / 3, 1e23, 5e-324, 1.7976931348623157e308, -0.0, 1e15
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reals); i++) {
        const struct pomona_eql_value value = { .type = POMONA_EQL_REAL, .real = reals[i] };
        struct buf b;
        buf_init(&b, 64);
        show_value(&b, &value);
        buf_add_char(&b, '\0');
        assert_true(strtod(b.at, NULL) == reals[i]);
        assert_non_null(strpbrk(b.at, ".e"));
        buf_done(&b);
    }
    const struct pomona_eql_value none = { .type = POMONA_EQL_REAL, .real = NAN };
    struct buf b;
    buf_init(&b, 64);
    show_value(&b, &none);
    assert_true(str_eq(buf_str(&b), STR("null")));
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_take__finds_dotted_names),
        cmocka_unit_test(input_take__takes_all_values_of_lists),
        cmocka_unit_test(input_take__takes_the_first_of_two_keys),
        cmocka_unit_test(input_take__takes_values_as_they_are),
        cmocka_unit_test(input_take__makes_rows_for_searches),
        cmocka_unit_test(input_take__tells_categories),
        cmocka_unit_test(input_take__orders_whole_tiebreakers),
        cmocka_unit_test(input_take__names_what_is_no_event),
        cmocka_unit_test(input_take__refuses_more_than_max_depth),
        cmocka_unit_test(input_take__survives_nesting_without_end),
        cmocka_unit_test(input_take__refuses_every_truncation),
        cmocka_unit_test(input_show__gives_the_event_without_blanks),
        cmocka_unit_test(input_show__gives_fields_as_asked),
        cmocka_unit_test(input_take__counts_text_that_is_not_utf8),
        cmocka_unit_test(show_value__prints_reals_that_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
