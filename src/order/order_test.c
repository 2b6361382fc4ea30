#include "order/order.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool admit(struct order *o, uint32_t host, uint64_t sequence, int64_t time_ns)
{
    struct event event = {
        .host = host, .sequence = sequence, .has_sequence = true, .time_ns = time_ns
    };
    return order_admit(o, &event);
}

static bool admit_typed(struct order *o, uint32_t type, uint64_t sequence)
{
    struct event event = { .type_number = type,
                           .type_sequence = sequence,
                           .has_type_sequence = true };
    return order_admit(o, &event);
}

static void order_admit__counts_what_is_missing(void **state)
{
    (void)state;
    struct order *o = order_new();
    assert_true(admit(o, 0, 100, 1));  // The first number is where we came in, not a gap.
    assert_true(admit(o, 0, 101, 2));
    assert_true(admit(o, 0, 105, 3));
    assert_true(admit(o, 40, 7, 1));  // Another host has its own numbers.
    assert_true(admit(o, 40, 8, 2));
    assert_int_equal(order_counts(o)->gaps, 1);
    assert_int_equal(order_counts(o)->missed, 3);
    assert_int_equal(order_missed(o, 0), 3);
    assert_int_equal(order_missed(o, 40), 0);
    assert_int_equal(order_missed(o, 100000), 0);
    order_free(o);
}

static void order_admit__drops_the_same_record_again(void **state)
{
    (void)state;
    struct order *o = order_new();
    assert_true(admit(o, 0, 5, 10));
    assert_false(admit(o, 0, 5, 10));
    assert_int_equal(order_counts(o)->duplicates, 1);
    assert_int_equal(order_counts(o)->in, order_counts(o)->out + order_counts(o)->duplicates);
    order_free(o);
}

static void order_admit__knows_a_restart(void **state)
{
    (void)state;
    struct order *o = order_new();
    assert_true(admit(o, 0, 5000, 10));
    assert_true(admit(o, 0, 0, 20));
    assert_true(admit(o, 0, 1, 21));
    assert_int_equal(order_counts(o)->restarts, 1);
    assert_int_equal(order_counts(o)->gaps, 0);
    order_free(o);
}

static void order_admit__counts_late_stamps_and_late_numbers_are_no_gap(void **state)
{
    (void)state;
    struct order *o = order_new();
    assert_true(admit(o, 0, 1000, 100));
    assert_true(admit(o, 0, 999, 90));
    assert_true(admit(o, 0, 1001, 110));
    assert_int_equal(order_counts(o)->late, 1);
    assert_int_equal(order_counts(o)->gaps, 0);
    order_free(o);
}

static void order_admit__is_not_fooled_for_ever_by_one_stamp_from_the_future(void **state)
{
    (void)state;
    struct order *o = order_new();
    assert_true(admit(o, 0, 1, 1));
    assert_true(admit(o, 0, 2, INT64_MAX));
    for (uint64_t i = 3; i < 100; i++)
        assert_true(admit(o, 0, i, (int64_t)i));
    assert_int_equal(order_counts(o)->jumps, 1);
    assert_int_equal(order_counts(o)->late, 0);
    order_free(o);
}

static void order_admit__is_not_drowned_by_a_wild_number(void **state)
{
    (void)state;
    struct order *o = order_new();
    assert_true(admit(o, 0, 1, 1));
    assert_true(admit(o, 0, UINT64_MAX, 2));
    assert_int_equal(order_counts(o)->gaps, 1);
    assert_int_equal(order_counts(o)->missed, 1000000000);
    assert_true(admit(o, 0, 100, 3));  // Nor are the numbers after it late for ever.
    assert_true(admit(o, 0, 102, 4));
    assert_int_equal(order_counts(o)->gaps, 2);
    assert_int_equal(order_counts(o)->missed, 1000000001);
    assert_int_equal(order_counts(o)->restarts, 0);
    order_free(o);
}

static void order_admit__follows_types_where_there_is_no_global_number(void **state)
{
    (void)state;
    struct order *o = order_new();
    assert_true(admit_typed(o, 9, 1));
    assert_true(admit_typed(o, 11, 50));
    assert_true(admit_typed(o, 9, 4));
    assert_true(admit_typed(o, ORDER_TYPES_MAX, 9));
    assert_true(admit_typed(o, ORDER_TYPES_MAX, 90));
    assert_int_equal(order_counts(o)->gaps, 1);
    assert_int_equal(order_counts(o)->missed, 2);
    order_free(o);
}

// A record that is nothing to us has a number all the same.
static void order_skip__keeps_records_of_no_use_from_being_missed(void **state)
{
    (void)state;
    struct order *o = order_new();
    const struct event skipped = { .sequence = 11, .has_sequence = true };
    assert_true(admit(o, 0, 10, 1));
    order_skip(o, &skipped);
    order_skip(o, &skipped);
    assert_true(admit(o, 0, 12, 2));
    assert_int_equal(order_counts(o)->gaps, 0);
    assert_int_equal(order_counts(o)->in, 2);
    assert_int_equal(order_counts(o)->out, 2);
    assert_int_equal(order_counts(o)->duplicates, 0);
    order_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_admit__counts_what_is_missing),
        cmocka_unit_test(order_admit__drops_the_same_record_again),
        cmocka_unit_test(order_admit__knows_a_restart),
        cmocka_unit_test(order_admit__counts_late_stamps_and_late_numbers_are_no_gap),
        cmocka_unit_test(order_admit__is_not_fooled_for_ever_by_one_stamp_from_the_future),
        cmocka_unit_test(order_admit__is_not_drowned_by_a_wild_number),
        cmocka_unit_test(order_admit__follows_types_where_there_is_no_global_number),
        cmocka_unit_test(order_skip__keeps_records_of_no_use_from_being_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
