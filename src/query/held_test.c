#include "query/held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define EVENTS_MAX 16u

static const struct input_options options = {
    .timestamp_field = STR_INIT("t"),
    .category_field = STR_INIT("category"),
    .tiebreaker_field = STR_INIT("n"),
};

// Sorts events of those tiebreakers (JSON, "" for none), all of one time but where "@" begins a later
// one; `expected` is their order, one letter each in the order of `tiebreakers`.
static void check_order(const char *const *tiebreakers, const char *expected)
{
    char order[EVENTS_MAX + 1] = "";
    struct held h;
    struct input *in = input_new(&options, NULL, 0);
    held_init(&h, HELD_MAX_BYTES);
    for (size_t i = 0; tiebreakers[i] != NULL; i++) {
        char text[128];
        const bool is_later = tiebreakers[i][0] == '@';
        const char *tiebreaker = tiebreakers[i] + (is_later ? 1 : 0);
        const int len = snprintf(text, sizeof text, "{\"t\":%d%s%s}", is_later ? 2 : 1,
                                 tiebreaker[0] == '\0' ? "" : ",\"n\":", tiebreaker);
        const struct records_item record = { .text = { .at = text, .len = (size_t)len } };
        const struct input_event *event = input_take(in, &record);
        assert_non_null(event);
        assert_true(held_keep(&h, event, 0, (str){ .at = &"abcdefghijklmnop"[i], .len = 1 }));
    }
    held_sort(&h);
    for (size_t i = 0; i < h.count; i++) {
        const struct held_shown *shown = h.at[i].event.own;
        assert_int_equal(shown->len, 1);
        assert_false(h.at[i].event.has_tiebreaker);
        order[i] = shown->at[0];
    }
    assert_string_equal(order, expected);
    held_done(&h);
    input_free(in);
}

static void held_sort__orders_by_time_tiebreaker_arrival(void **state)
{
    (void)state;
    check_order((const char *const[]){ "@1", "2", "1", "@0", NULL }, "cbda");
    check_order((const char *const[]){ "", "\"b\"", "2", "\"a\"", "", "1.5", "-3", NULL },
                "gfcdbae");
    check_order((const char *const[]){ "1", "1", "1.0", "1", NULL }, "abcd");
    check_order((const char *const[]){ "9007199254740993", "9007199254740992.0", "9007199254740992",
                                       "1e400", "9223372036854775807", "-1e400", NULL },
                "fbcaed");
    check_order((const char *const[]){ "0", "-0.5", "0.5", "-1", NULL }, "dbac");
    check_order((const char *const[]){ "true", "null", "1", "[]", NULL }, "cabd");
    check_order((const char *const[]){ "\"\"", "\"ab\"", "\"a\"", NULL }, "acb");
    check_order((const char *const[]){ NULL }, "");
}

// What was kept is its own: the record and its values are gone by then.
static void held_keep__copies_values(void **state)
{
    static const str paths[] = { STR_INIT("x") };
    const struct input_field fields[] = {
        { .name = STR("a") },
        { .name = STR("b") },
        { .name = STR("c"), .paths = paths, .path_count = 1 },
    };
    char text[] = "{\"t\":5,\"category\":[\"p\",\"q\"],\"a\":\"one\",\"b\":[\"two\",3],\"c\":[{"
                  "\"x\":\"y\"}]}";
    const struct records_item record = { .text = { .at = text, .len = sizeof text - 1 } };
    struct held h;
    (void)state;
    held_init(&h, HELD_MAX_BYTES);
    struct input *in = input_new(&options, fields, COUNT_OF(fields));
    const struct input_event *event = input_take(in, &record);
    assert_non_null(event);
    assert_true(held_keep(&h, event, COUNT_OF(fields), STR("shown")));
    memset(text, 'x', sizeof text);
    input_free(in);

    const struct pomona_eql_event *kept = &h.at[0].event;
    assert_int_equal(kept->time_ns, 5000000);
    assert_int_equal(kept->category_count, 2);
    assert_memory_equal(kept->categories[1].at, "q", 1);
    assert_memory_equal(kept->values[0].string, "one", 3);
    assert_int_equal(kept->values[1].len, 2);
    assert_memory_equal(kept->values[1].list[0].string, "two", 3);
    assert_int_equal(kept->values[1].list[1].integer, 3);
    assert_memory_equal(kept->values[2].list[0].list[0].string, "y", 1);
    held_done(&h);
}

static void held_keep__refuses_more_than_max(void **state)
{
    const struct records_item record = { .text = STR("{\"t\":1}") };
    struct held h;
    size_t kept = 0;
    (void)state;
    struct input *in = input_new(&options, NULL, 0);
    const struct input_event *event = input_take(in, &record);
    const uint64_t max_bytes = 2u * 1024u * 1024u;
    held_init(&h, max_bytes);
    while (held_keep(&h, event, 0, record.text))
        kept++;
    assert_in_range(kept, 1000, 100000);
    assert_int_equal(h.count, kept);
    assert_true(h.arena.total_bytes + h.capacity * sizeof *h.at <= max_bytes);
    held_done(&h);

    static char large[1024 * 1024];
    held_init(&h, sizeof large - 1);
    assert_false(held_keep(&h, event, 0, (str){ .at = large, .len = sizeof large }));
    held_done(&h);
    input_free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_sort__orders_by_time_tiebreaker_arrival),
        cmocka_unit_test(held_keep__copies_values),
        cmocka_unit_test(held_keep__refuses_more_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
