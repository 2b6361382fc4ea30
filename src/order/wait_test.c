// How long records wait, and for whom.

#include "order/fixture.h"

static const struct order_counts *counts(const struct feed *f)
{
    return order_counts(f->o);
}

static void order_next__gives_a_stream_in_order_at_once(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint64_t i = 0; i < 1000; i++) {
        feed_number(&f, i, (int64_t)i * MS);
        EXPECT(&f, (int64_t)i);
    }
    feed_close(&f);
}

static void order_next__waits_for_a_number_that_is_missing(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 2, 20 * MS);
    feed_number(&f, 3, 30 * MS);
    EXPECT(&f, 0);
    assert_int_equal(counts(&f)->held, 2);
    feed_cut(&f);
    feed_number(&f, 1, 10 * MS);
    EXPECT(&f, 1, 2, 3);
    assert_int_equal(counts(&f)->late, 0);
    assert_int_equal(counts(&f)->disordered, 1);
    feed_close(&f);
}

static void order_next__gives_a_hole_up_after_the_bound(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 2, 20 * MS);
    feed_number(&f, 3, 2010 * MS);
    EXPECT(&f, 0);
    feed_number(&f, 4, 2020 * MS);
    EXPECT(&f, 2, 3, 4);
    assert_int_equal(counts(&f)->gaps, 1);
    feed_number(&f, 1, 10 * MS);  // Too late, but it is not missed any more.
    EXPECT(&f, 1);
    assert_int_equal(counts(&f)->late, 1);
    assert_int_equal(counts(&f)->gaps, 0);
    assert_int_equal(counts(&f)->missed, 0);
    feed_close(&f);
}

static void order_next__gives_a_hole_up_after_so_many(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    uint64_t number = 2;
    EXPECT(&f, 0);
    for (; feed_drain(&f) == 0; number++)
        feed_number(&f, number, (int64_t)number);
    assert_in_range(number, 512, 516);
    feed_close(&f);
}

static void order_next__waits_less_and_less_in_a_filtered_file(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint64_t i = 0; i < 200; i++)
        feed_number(&f, 7 * i, (int64_t)i * MS * 10);
    feed_drain(&f);
    assert_in_range(counts(&f)->held, 1, 200);
    for (uint64_t i = 200; i < 2000; i++)
        feed_number(&f, 7 * i, (int64_t)i * MS * 10);
    feed_drain(&f);
    assert_in_range(counts(&f)->held, 1, 16);
    feed_end(&f);
    assert_int_equal(counts(&f)->out, 2000);
    assert_int_equal(counts(&f)->late, 0);
    assert_int_equal(counts(&f)->missed, 1999 * 6);
    feed_close(&f);
}

static void order_next__waits_longer_where_a_record_was_late(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 2, 2 * SECOND);
    feed_number(&f, 3, 10 * SECOND);
    feed_number(&f, 1, 1 * SECOND);  // 9 seconds late.
    assert_int_equal(feed_drain(&f), 4);
    feed_number(&f, 5, 12 * SECOND);
    feed_number(&f, 6, 28 * SECOND);
    EXPECT_NONE(&f);
    feed_number(&f, 4, 11 * SECOND);
    EXPECT(&f, 4, 5, 6);
    assert_int_equal(counts(&f)->late, 1);
    feed_close(&f);
}

static void order_next__never_lets_one_host_wait_for_another(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 2, 1 * MS);
    EXPECT(&f, 0);
    feed_add(&f, (struct told){ .host = 1, .numbering = NUMBERING_ALL, .id = 50 });
    EXPECT(&f, 50);
    feed_close(&f);
}

static void order_next__orders_by_stamp_where_there_are_no_numbers(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    static const int64_t at[] = { 5, 3, 4, 1, 2 };
    for (uint32_t i = 0; i < COUNT_OF(at); i++)
        feed_add(&f,
                 (struct told){ .number = NO_NUMBER, .at_ns = at[i] * MS, .id = (uint32_t)at[i] });
    EXPECT_NONE(&f);
    feed_cut(&f);
    feed_add(&f, (struct told){ .number = NO_NUMBER, .at_ns = 2004 * MS, .id = 6 });
    EXPECT(&f, 1, 2, 3, 4);
    feed_end(&f);
    assert_int_equal(counts(&f)->late, 0);
    feed_close(&f);
}

// Numbers that only order break ties, and nobody waits for one that is missing longer than else.
static void order_next__breaks_ties_by_numbers_that_only_order(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    static const uint64_t numbers[] = { 40, 10, 30, 20 };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        feed_add(&f, (struct told){ .number = numbers[i], .id = (uint32_t)numbers[i] });
    feed_add(&f, (struct told){ .number = 90, .at_ns = 2 * SECOND, .id = 90 });
    EXPECT(&f, 10, 20, 30, 40);
    assert_int_equal(counts(&f)->gaps, 0);
    feed_close(&f);
}

static struct told of(uint32_t sensor, uint64_t number, int64_t at_ns, uint32_t id)
{
    return (struct told){
        .sensor = sensor, .number = number, .at_ns = at_ns, .numbering = NUMBERING_ALL, .id = id
    };
}

static void order_next__puts_sensors_of_a_host_in_order(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_add(&f, of(0, 70, 1 * MS, 1));
    feed_add(&f, of(1, 20, 2 * MS, 2));
    feed_add(&f, of(0, 71, 4 * MS, 4));
    feed_add(&f, of(1, 21, 3 * MS, 3));
    feed_cut(&f);
    feed_add(&f, of(0, 72, 6 * MS, 6));
    feed_add(&f, of(1, 22, 5 * MS, 5));
    order_flush(f.o);
    EXPECT(&f, 1, 2, 3, 4, 5, 6);
    assert_int_equal(counts(&f)->late, 0);
    feed_close(&f);
}

// Once it is seen that their records are not apart, they do not wait for each other.
static void order_next__lets_sensors_in_order_go_at_once(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint32_t i = 0; i < 200; i++)
        feed_add(&f, of(i % 2, 500 + i / 2, i * MS, i));
    assert_int_equal(feed_drain(&f), 200);
    feed_close(&f);
}

static void order_next__keeps_to_the_most_that_may_be_held(void **state)
{
    (void)state;
    struct feed f;
    const struct order_options options = { .held_max = 100 };
    feed_open(&f, &options);
    for (uint32_t i = 0; i < 90; i++)
        feed_add(&f, (struct told){ .number = NO_NUMBER, .at_ns = i, .id = i });
    EXPECT_NONE(&f);
    for (uint32_t i = 0; i < 11; i++)
        feed_add(&f, (struct told){ .host = 1, .number = NO_NUMBER, .at_ns = i, .id = 200 + i });
    assert_int_equal(counts(&f)->released_early, 45);  // Of the host that holds most.
    for (uint32_t i = 0; i < 45; i++)
        assert_int_equal(feed_next(&f), i);
    EXPECT_NONE(&f);
    feed_close(&f);
}

static void order_settle__keeps_to_the_most_octets_that_may_be_held(void **state)
{
    (void)state;
    enum {
        SIZE = 4 * 1024 * 1024,
        COUNT = 20
    };
    struct feed f;
    char *text = calloc(1, SIZE);
    assert_non_null(text);
    feed_open(&f, NULL);
    for (uint32_t i = 0; i < COUNT; i++) {
        const struct told t = { .number = NO_NUMBER, .at_ns = i, .id = i };
        struct event *event = feed_make(&f, &t);
        event->slots[FIELD_RULE_NAME] = value_of_text((str){ text, SIZE });
        order_add(f.o, event);
    }
    EXPECT_NONE(&f);
    feed_cut(&f);
    assert_int_equal(counts(&f)->released_early, COUNT / 2);
    assert_int_equal(feed_drain(&f), COUNT / 2);
    feed_close(&f);
    free(text);
}

static void order_next__gives_to_many_hosts_where_each_holds_little(void **state)
{
    (void)state;
    struct feed f;
    const struct order_options options = { .held_max = 100 };
    feed_open(&f, &options);
    for (uint32_t i = 0; i < 5000; i++) {
        feed_add(&f, (struct told){ .host = i, .number = NO_NUMBER, .id = i });
        (void)feed_drain(&f);
        assert_true(counts(&f)->held <= 100);
    }
    feed_close(&f);
}

static void order_tick__lets_go_by_the_clock(void **state)
{
    (void)state;
    struct feed f;
    const struct order_options options = { .now_ns = feed_now, .context = &f, .is_live = true };
    f.now_ns = START;
    f.o = NULL;
    feed_open(&f, &options);
    feed_number(&f, 0, 0);
    feed_number(&f, 2, 1 * MS);
    feed_cut(&f);
    EXPECT(&f, 0);
    f.now_ns += 900 * MS;
    order_tick(f.o);
    EXPECT_NONE(&f);
    f.now_ns += 100 * MS;
    order_tick(f.o);
    EXPECT(&f, 2);
    assert_int_equal(counts(&f)->gaps, 1);
    feed_close(&f);
}

static void order_settle__keeps_what_was_not_asked_for(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 1, 1 * MS);
    feed_cut(&f);
    feed_number(&f, 2, 2 * MS);
    feed_cut(&f);
    feed_cut(&f);
    EXPECT(&f, 0, 1, 2);
    feed_cut(&f);
    feed_close(&f);
}

static void order_free__frees_what_is_held(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 2, 0);
    feed_cut(&f);
    feed_number(&f, 4, 0);
    feed_number(&f, 5, 4 * 3600 * SECOND);
    feed_cut(&f);
    order_free(f.o);
    order_free(NULL);
    free(f.events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_next__gives_a_stream_in_order_at_once),
        cmocka_unit_test(order_next__waits_for_a_number_that_is_missing),
        cmocka_unit_test(order_next__gives_a_hole_up_after_the_bound),
        cmocka_unit_test(order_next__gives_a_hole_up_after_so_many),
        cmocka_unit_test(order_next__waits_less_and_less_in_a_filtered_file),
        cmocka_unit_test(order_next__waits_longer_where_a_record_was_late),
        cmocka_unit_test(order_next__never_lets_one_host_wait_for_another),
        cmocka_unit_test(order_next__orders_by_stamp_where_there_are_no_numbers),
        cmocka_unit_test(order_next__breaks_ties_by_numbers_that_only_order),
        cmocka_unit_test(order_next__puts_sensors_of_a_host_in_order),
        cmocka_unit_test(order_next__lets_sensors_in_order_go_at_once),
        cmocka_unit_test(order_next__keeps_to_the_most_that_may_be_held),
        cmocka_unit_test(order_settle__keeps_to_the_most_octets_that_may_be_held),
        cmocka_unit_test(order_next__gives_to_many_hosts_where_each_holds_little),
        cmocka_unit_test(order_tick__lets_go_by_the_clock),
        cmocka_unit_test(order_settle__keeps_what_was_not_asked_for),
        cmocka_unit_test(order_free__frees_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
