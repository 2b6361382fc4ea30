// Stamps that cannot be, and clocks that are set.

#include "order/fixture.h"

#define HOUR (3600 * SECOND)
#define YEAR (365 * 24 * HOUR)

static const struct order_counts *counts(const struct feed *f)
{
    return order_counts(f->o);
}

static int64_t next_time(struct feed *f)
{
    const struct event *event = order_next(f->o);
    assert_non_null(event);
    assert_int_equal(event->slots[FIELD_TIMESTAMP].integer, event->time_ns);
    return event->time_ns - START;
}

static void order_add__changes_one_stamp_that_is_far_ahead(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 1 * SECOND);
    feed_number(&f, 1, YEAR);
    feed_cut(&f);
    feed_number(&f, 2, 2 * SECOND);
    assert_int_equal(next_time(&f), 1 * SECOND);
    assert_int_equal(next_time(&f), 1 * SECOND);
    assert_int_equal(next_time(&f), 2 * SECOND);
    assert_int_equal(counts(&f)->clamped, 1);
    assert_int_equal(counts(&f)->jumps, 0);
    assert_int_equal(counts(&f)->late, 0);
    assert_int_equal(order_sensor_counts(f.o, 0)->clamped, 1);
    feed_close(&f);
}

static void order_add__believes_stamps_that_stay_ahead(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 1, YEAR);
    feed_number(&f, 1, YEAR);  // A repeat of it says nothing.
    EXPECT(&f, 0);
    feed_number(&f, 2, YEAR + SECOND);
    assert_int_equal(next_time(&f), YEAR);
    assert_int_equal(next_time(&f), YEAR + SECOND);
    assert_int_equal(counts(&f)->clamped, 0);
    assert_int_equal(counts(&f)->duplicates, 1);
    feed_number(&f, 3, 3 * YEAR);  // The last one of all.
    feed_end(&f);
    assert_int_equal(counts(&f)->clamped, 0);
    feed_close(&f);
}

// What comes late from before a night of silence is no word against the morning.
static void order_add__does_not_take_a_late_record_for_a_word_against_a_jump(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    feed_number(&f, 0, 0);
    feed_number(&f, 2, 8 * HOUR);
    feed_number(&f, 1, 1 * SECOND);
    feed_number(&f, 3, 8 * HOUR + SECOND);
    EXPECT(&f, 0, 1, 2, 3);
    assert_int_equal(counts(&f)->clamped, 0);
    feed_close(&f);
}

static void order_add__follows_a_clock_that_falls_back(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint64_t i = 0; i < 10; i++)
        feed_number(&f, i, YEAR + (int64_t)i * SECOND);
    for (uint64_t i = 10; i < 100; i++)
        feed_number(&f, i, (int64_t)i * SECOND);
    assert_int_equal(feed_drain(&f), 100);
    assert_int_equal(counts(&f)->jumps, 1);
    assert_int_equal(counts(&f)->late, 0);
    assert_int_equal(counts(&f)->restarts, 0);
    feed_close(&f);
}

static void order_add__follows_a_clock_that_falls_back_without_numbers(void **state)
{
    (void)state;
    struct feed f;
    feed_open(&f, NULL);
    for (uint32_t i = 0; i < 10; i++)
        feed_add(&f, (struct told){ .number = NO_NUMBER, .at_ns = YEAR + i * MS, .id = i });
    for (uint32_t i = 10; i < 20; i++)
        feed_add(&f, (struct told){ .number = NO_NUMBER, .at_ns = i * MS, .id = i });
    order_flush(f.o);
    for (int64_t i = 0; i < 20; i++)
        assert_int_equal(feed_next(&f), i);
    assert_int_equal(counts(&f)->jumps, 1);
    assert_int_equal(counts(&f)->late, 0);
    feed_close(&f);
}

static void order_add__survives_the_ends_of_time(void **state)
{
    (void)state;
    struct feed f;
    const struct order_options options = { .now_ns = feed_now, .context = &f };
    for (size_t i = 0; i < 2; i++) {
        static const int64_t times[] = { INT64_MAX, INT64_MIN + 1, 0, INT64_MIN, INT64_MAX };
        f.now_ns = START;
        feed_open(&f, i == 0 ? NULL : &options);
        for (size_t k = 0; k < 20; k++) {
            struct told t = { .number = k, .numbering = NUMBERING_ALL, .id = (uint32_t)k };
            struct event *event = feed_make(&f, &t);
            event->time_ns = times[k % COUNT_OF(times)];
            event->slots[FIELD_TIMESTAMP].integer = event->time_ns;
            event->numbering = k < 10 ? NUMBERING_ALL : NUMBERING_ORDER;
            order_add(f.o, event);
        }
        feed_end(&f);
        assert_int_equal(counts(&f)->out, 20);
        feed_close(&f);
    }
}

static void order_add__keeps_the_differences_of_a_clock_in_the_future(void **state)
{
    (void)state;
    struct feed f;
    const struct order_options options = { .now_ns = feed_now, .context = &f, .is_live = true };
    f.now_ns = START;
    feed_open(&f, &options);
    feed_number(&f, 0, 0);
    feed_number(&f, 1, 299 * SECOND);  // Within what clocks differ.
    feed_number(&f, 2, YEAR);
    feed_number(&f, 3, YEAR + 3 * SECOND);
    feed_number(&f, 4, 5 * SECOND);
    assert_int_equal(next_time(&f), 0);
    assert_int_equal(next_time(&f), 299 * SECOND);
    assert_int_equal(next_time(&f), 0);
    assert_int_equal(next_time(&f), 3 * SECOND);
    assert_int_equal(next_time(&f), 5 * SECOND);
    assert_int_equal(counts(&f)->clamped, 2);
    feed_number(&f, 3, YEAR + 3 * SECOND);  // A repeat is known by the stamp that it came with.
    assert_int_equal(counts(&f)->duplicates, 1);
    feed_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_add__changes_one_stamp_that_is_far_ahead),
        cmocka_unit_test(order_add__believes_stamps_that_stay_ahead),
        cmocka_unit_test(order_add__does_not_take_a_late_record_for_a_word_against_a_jump),
        cmocka_unit_test(order_add__follows_a_clock_that_falls_back),
        cmocka_unit_test(order_add__follows_a_clock_that_falls_back_without_numbers),
        cmocka_unit_test(order_add__survives_the_ends_of_time),
        cmocka_unit_test(order_add__keeps_the_differences_of_a_clock_in_the_future),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
