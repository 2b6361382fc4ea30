// What numbers tell: what is missing, what is a repeat, and when a sensor began anew.

#include "order/fixture.h"

static const struct order_counts *counts(const struct feed *f)
{
    return order_counts(f->o);
}

static void order_add__counts_what_is_missing(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 100, 1 * MS);  // The first number is where we came in, not a gap.
    feed_number(&f, 101, 2 * MS);
    feed_number(&f, 105, 3 * MS);
    feed_add(&f, (struct told){ .host = 40, .number = 7, .numbering = NUMBERING_ALL });
    feed_add(&f, (struct told){ .host = 40, .number = 8, .numbering = NUMBERING_ALL });
    assert_int_equal(counts(&f)->gaps, 0);  // It may still be filled.
    feed_end(&f);
    assert_int_equal(counts(&f)->gaps, 1);
    assert_int_equal(counts(&f)->missed, 3);
    assert_int_equal(order_missed(f.o, 0), 3);
    assert_int_equal(order_missed(f.o, 40), 0);
    assert_int_equal(order_missed(f.o, 100000), 0);
    feed_close(&f);
}

// However many records came before it is taken: findings must not depend on how input is divided.
static void order_missed__is_of_the_event_that_was_given(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    const uint64_t numbers[] = { 100, 101, 105, 106, 108, 109 };
    const uint64_t missed[] = { 0, 0, 3, 3, 4, 4 };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        feed_number(&f, numbers[i], (int64_t)i * 60000 * MS);
    feed_add(&f, (struct told){ .number = 111, .numbering = NUMBERING_ALL, .is_mark = true });
    order_flush(f.o);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        assert_int_equal(feed_next(&f), numbers[i]);
        assert_int_equal(order_missed(f.o, 0), missed[i]);
    }
    EXPECT_NONE(&f);
    assert_int_equal(order_missed(f.o, 0), 5);
    feed_close(&f);
}

static void order_add__drops_a_record_that_was_seen(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint64_t i = 0; i < 5000; i++)
        feed_number(&f, i, (int64_t)i * MS);
    for (uint64_t i = 5000 - 4096; i < 5000; i++)
        feed_number(&f, i, (int64_t)i * MS);
    assert_int_equal(counts(&f)->duplicates, 4096);
    assert_int_equal(counts(&f)->restarts, 0);
    feed_number(&f, 10, 10 * MS);  // Too old to be sure: rather twice than not at all.
    feed_end(&f);
    assert_int_equal(counts(&f)->duplicates, 4096);
    assert_int_equal(counts(&f)->late, 1);
    assert_int_equal(counts(&f)->out, 5001);
    feed_close(&f);
}

// Another reading of the same records gives no event a second life.
static void order_add__drops_a_whole_copy_of_a_stream(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint64_t i = 300; i < 700; i++)
            feed_number(&f, i, (int64_t)i * MS);
    feed_end(&f);
    assert_int_equal(counts(&f)->duplicates, 400);
    assert_int_equal(counts(&f)->out, 400);
    feed_close(&f);
}

// OCSF counts within one moment, to a thousandth of a second.
static void order_add__drops_nothing_that_tells_another_thing(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint32_t pass = 0; pass < 2; pass++) {
        feed_add(&f, (struct told){ .number = 1, .pid = 40, .id = 1 });
        feed_add(&f, (struct told){ .number = 1, .pid = 41, .id = 2 });
    }
    feed_end(&f);
    assert_int_equal(counts(&f)->out + counts(&f)->duplicates, 4);
    assert_in_range(counts(&f)->out, 2, 4);
    feed_close(&f);
}

static void order_add__drops_nothing_that_has_no_number(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint32_t i = 0; i < 10; i++)
        feed_add(&f, (struct told){ .number = NO_NUMBER, .at_ns = MS });
    feed_end(&f);
    assert_int_equal(counts(&f)->out, 10);
    assert_int_equal(counts(&f)->gaps, 0);
    feed_close(&f);
}

static void order_add__knows_a_restart(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint64_t i = 0; i < 6; i++)
        feed_number(&f, 5000 + i, (int64_t)i * MS);
    for (uint64_t i = 0; i < 6; i++)
        feed_number(&f, i, SECOND + (int64_t)i * MS);
    feed_end(&f);
    assert_int_equal(counts(&f)->restarts, 1);
    assert_int_equal(counts(&f)->gaps, 0);
    assert_int_equal(order_sensor_counts(f.o, 0)->sessions, 2);
    feed_close(&f);
}

static void order_add__counts_what_is_missing_where_a_session_begins(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint64_t i = 0; i < 20; i++)
        feed_number(&f, i, (int64_t)i * MS);
    for (uint64_t i = 3; i < 20; i++)
        feed_number(&f, i, SECOND + (int64_t)i * MS);
    feed_end(&f);
    assert_int_equal(counts(&f)->restarts, 1);
    assert_int_equal(counts(&f)->gaps, 1);
    assert_int_equal(counts(&f)->missed, 3);
    feed_close(&f);
}

static void order_add__counts_ten_restarts_a_minute_and_no_gap(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (int64_t session = 0; session < 11; session++)
        for (uint64_t i = 0; i < 20; i++)
            feed_number(&f, i, session * 6 * SECOND + (int64_t)i * 50 * MS);
    feed_end(&f);
    assert_int_equal(counts(&f)->restarts, 10);
    assert_int_equal(counts(&f)->gaps, 0);
    assert_int_equal(counts(&f)->late, 0);
    assert_int_equal(counts(&f)->out, 220);
    feed_close(&f);
}

static void order_add__gives_a_straggler_its_place_before_the_restart(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint64_t i = 0; i < 10; i++)
        if (i != 8)
            feed_number(&f, i, (int64_t)i * MS);
    assert_int_equal(feed_drain(&f), 8);
    for (uint64_t i = 0; i < 3; i++)
        feed_add(&f, (struct told){ .number = i,
                                    .at_ns = 500 * MS + (int64_t)i * MS,
                                    .numbering = NUMBERING_ALL,
                                    .id = 100 + (uint32_t)i });
    feed_number(&f, 8, 8 * MS);
    feed_number(&f, 9, 9 * MS);  // And a repeat of that session is one still.
    feed_cut(&f);
    order_flush(f.o);
    EXPECT(&f, 8, 9, 100, 101, 102);
    assert_int_equal(counts(&f)->restarts, 1);
    assert_int_equal(counts(&f)->gaps, 0);
    assert_int_equal(counts(&f)->duplicates, 1);
    assert_int_equal(counts(&f)->late, 0);
    feed_close(&f);
}

static void order_add__finds_the_front_of_a_capture_that_begins_shuffled(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 3, 30 * MS);
    feed_number(&f, 1, 10 * MS);
    feed_cut(&f);
    feed_number(&f, 2, 20 * MS);
    feed_number(&f, 0, 0);
    EXPECT_NONE(&f);
    feed_number(&f, 4, 40 * MS);
    order_flush(f.o);
    EXPECT(&f, 0, 1, 2, 3, 4);
    assert_int_equal(counts(&f)->restarts, 0);
    assert_int_equal(counts(&f)->gaps, 0);
    assert_int_equal(counts(&f)->late, 0);
    feed_close(&f);
}

static void order_add__is_not_drowned_by_a_wild_number(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 1, 1 * MS);
    feed_number(&f, UINT64_MAX - 1, 2 * MS);
    feed_number(&f, 5000000000, 3 * MS);
    feed_number(&f, 2, 4 * MS);
    feed_number(&f, 4, 5 * MS);
    feed_end(&f);
    assert_int_equal(counts(&f)->wild, 2);
    assert_int_equal(counts(&f)->gaps, 1);
    assert_int_equal(counts(&f)->missed, 1);
    assert_int_equal(counts(&f)->restarts, 0);
    assert_int_equal(counts(&f)->out, 5);
    feed_close(&f);
}

static void order_add__believes_a_jump_that_goes_on(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 1 * MS);
    feed_number(&f, 2000001, 2 * MS);
    feed_number(&f, 2000001, 2 * MS);  // A repeat of it is no confirmation.
    assert_int_equal(counts(&f)->wild, 1);
    feed_number(&f, 2000002, 3 * MS);
    feed_end(&f);
    assert_int_equal(counts(&f)->wild, 0);
    assert_int_equal(counts(&f)->duplicates, 1);
    assert_int_equal(counts(&f)->gaps, 1);
    assert_int_equal(counts(&f)->missed, 2000000);
    feed_close(&f);
}

static void order_add__believes_no_gap_above_the_most(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 1 * MS);
    feed_number(&f, 5000000000, 2 * MS);
    feed_number(&f, 5000000001, 3 * MS);
    feed_end(&f);
    assert_int_equal(counts(&f)->missed, 1000000000);
    feed_close(&f);
}

static struct told typed(uint32_t type, uint64_t number, int64_t at_ns)
{
    return (struct told){ .number = NO_NUMBER,
                          .type = type,
                          .type_sequence = number,
                          .at_ns = at_ns,
                          .numbering = NUMBERING_TYPES,
                          .action = ACTION_FORK };
}

static void order_add__follows_types_where_only_they_promise(void **state)
{
    (void)state;
    struct feed f;
    struct order_type_counts type;
    feed_open(&f, NULL);
    feed_add(&f, typed(9, 1, 1 * MS));
    feed_add(&f, typed(11, 50, 2 * MS));
    feed_add(&f, typed(9, 4, 3 * MS));
    feed_add(&f, typed(9, 4, 3 * MS));
    feed_add(&f, typed(ORDER_TYPES_MAX, 9, 4 * MS));  // Not followed.
    feed_add(&f, typed(ORDER_TYPES_MAX, 90, 5 * MS));
    feed_end(&f);
    assert_int_equal(counts(&f)->gaps, 1);
    assert_int_equal(counts(&f)->missed, 2);
    assert_int_equal(counts(&f)->duplicates, 1);
    assert_true(order_type_counts(f.o, 0, 0, &type));
    assert_int_equal(type.type_number, 9);
    assert_int_equal(type.missed, 2);
    assert_int_equal(type.action, ACTION_FORK);
    assert_true(order_type_counts(f.o, 0, 1, &type));
    assert_int_equal(type.type_number, 11);
    assert_int_equal(type.missed, 0);
    assert_false(order_type_counts(f.o, 0, 2, &type));
    assert_false(order_type_counts(f.o, 1, 0, &type));
    feed_close(&f);
}

// Global numbers with holes by design say nothing of losses, and losses are not counted twice.
static void order_add__counts_a_loss_once(void **state)
{
    (void)state;
    static const enum numbering numberings[] = { NUMBERING_ALL, NUMBERING_TYPES, NUMBERING_ORDER };
    static const uint64_t missed[] = { 4, 1, 0 };
    for (size_t i = 0; i < COUNT_OF(numberings); i++) {
        struct feed f;
        struct order_type_counts type;
        feed_open(&f, NULL);
        struct told t = { .number = 10, .type = 9, .numbering = numberings[i] };
        feed_add(&f, t);
        t.number = 15;
        t.type_sequence = 2;
        t.at_ns = MS;
        feed_add(&f, t);
        feed_end(&f);
        assert_int_equal(counts(&f)->missed, missed[i]);
        assert_int_equal(order_sensor_counts(f.o, 0)->missed, missed[i]);
        assert_true(order_type_counts(f.o, 0, 0, &type));
        assert_int_equal(type.missed, numberings[i] == NUMBERING_ORDER ? 0 : 1);
        feed_close(&f);
    }
}

// A record that is nothing to us has a number all the same, and releases what waits for it.
static void order_add__takes_numbers_of_records_of_no_use(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 1 * MS);
    feed_number(&f, 2, 3 * MS);
    EXPECT(&f, 0);
    const struct told mark = {
        .number = 1, .at_ns = INT64_MIN, .numbering = NUMBERING_ALL, .is_mark = true
    };
    feed_add(&f, mark);
    feed_add(&f, mark);
    EXPECT(&f, 2);
    feed_end(&f);
    assert_int_equal(counts(&f)->gaps, 0);
    assert_int_equal(counts(&f)->in, 2);
    assert_int_equal(counts(&f)->out, 2);
    assert_int_equal(counts(&f)->duplicates, 0);
    assert_int_equal(order_sensor_counts(f.o, 0)->records, 4);
    feed_close(&f);
}

static void order_add__drops_what_is_of_no_host_and_passes_on_what_is_of_too_many_sensors(
    void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_add(&f, (struct told){ .host = UINT32_MAX, .id = 7 });
    feed_cut(&f);
    EXPECT_NONE(&f);
    assert_int_equal(counts(&f)->hostless, 1);
    for (uint32_t i = 0; i <= ORDER_SENSORS_MAX; i++)
        feed_add(&f, (struct told){ .sensor = i, .number = NO_NUMBER, .id = i });
    feed_end(&f);
    assert_int_equal(counts(&f)->unplaced, 1);
    assert_int_equal(counts(&f)->out, 1 + ORDER_SENSORS_MAX);
    feed_close(&f);
}

static void order_sensor_counts__tells_of_each_sensor(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 1, 10 * SECOND);
    feed_number(&f, 1, 10 * SECOND);
    feed_number(&f, 3, 11 * SECOND);
    feed_number(&f, 2, 10500 * MS);
    feed_add(&f, (struct told){ .host = 3, .sensor = 5, .number = NO_NUMBER });
    feed_end(&f);
    const struct order_sensor_counts *first = order_sensor_counts(f.o, 0);
    assert_int_equal(first->records, 5);
    assert_int_equal(first->sessions, 1);
    assert_int_equal(first->duplicates, 1);
    assert_int_equal(first->disordered, 1);
    assert_int_equal(first->first_ns, START);
    assert_int_equal(first->last_ns, START + 11 * SECOND);
    assert_int_equal(first->silence_ns, 10 * SECOND);
    assert_int_equal(first->lateness_ns, 500 * MS);
    assert_int_equal(order_sensor_counts(f.o, 1)->host, 3);
    assert_int_equal(order_sensor_counts(f.o, 1)->sensor, 5);
    assert_null(order_sensor_counts(f.o, 2));
    feed_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_add__counts_what_is_missing),
        cmocka_unit_test(order_missed__is_of_the_event_that_was_given),
        cmocka_unit_test(order_add__drops_a_record_that_was_seen),
        cmocka_unit_test(order_add__drops_a_whole_copy_of_a_stream),
        cmocka_unit_test(order_add__drops_nothing_that_tells_another_thing),
        cmocka_unit_test(order_add__drops_nothing_that_has_no_number),
        cmocka_unit_test(order_add__knows_a_restart),
        cmocka_unit_test(order_add__counts_what_is_missing_where_a_session_begins),
        cmocka_unit_test(order_add__counts_ten_restarts_a_minute_and_no_gap),
        cmocka_unit_test(order_add__gives_a_straggler_its_place_before_the_restart),
        cmocka_unit_test(order_add__finds_the_front_of_a_capture_that_begins_shuffled),
        cmocka_unit_test(order_add__is_not_drowned_by_a_wild_number),
        cmocka_unit_test(order_add__believes_a_jump_that_goes_on),
        cmocka_unit_test(order_add__believes_no_gap_above_the_most),
        cmocka_unit_test(order_add__follows_types_where_only_they_promise),
        cmocka_unit_test(order_add__counts_a_loss_once),
        cmocka_unit_test(order_add__takes_numbers_of_records_of_no_use),
        cmocka_unit_test(
            order_add__drops_what_is_of_no_host_and_passes_on_what_is_of_too_many_sensors),
        cmocka_unit_test(order_sensor_counts__tells_of_each_sensor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
