// Days and hosts: what is counted, what is estimated, and what octets are taken back.

#include "store/day_set.h"
#include "store/host_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void day_set_add__counts_each_day_once(void **state)
{
    struct day_set s = { 0 };
    (void)state;
    assert_int_equal(day_set_count(&s), 0);
    for (int32_t day = 20000; day < 20010; day++) {
        day_set_add(&s, day);
        day_set_add(&s, day);
    }
    day_set_add(&s, 19990);  // Late telemetry.
    assert_int_equal(day_set_count(&s), 11);
    day_set_add(&s, -5);  // Too old to tell whether it was counted.
    assert_int_equal(day_set_count(&s), 11);
}

static void day_set_add__remembers_how_many_left_the_window(void **state)
{
    struct day_set s = { 0 };
    (void)state;
    for (int32_t day = 0; day < 1000; day++)
        day_set_add(&s, day);
    assert_int_equal(day_set_count(&s), 1000);
    day_set_add(&s, 100000);
    assert_int_equal(day_set_count(&s), 1001);
}

static void day_set_merge__counts_common_days_once(void **state)
{
    struct day_set a = { 0 };
    struct day_set b = { 0 };
    (void)state;
    for (int32_t day = 0; day < 10; day++)
        day_set_add(&a, 100 + day);
    for (int32_t day = 5; day < 20; day++)
        day_set_add(&b, 100 + day);
    day_set_merge(&b, &a);
    assert_int_equal(day_set_count(&b), 20);
}

static void day_set_day_of__is_that_of_the_calendar(void **state)
{
    (void)state;
    assert_int_equal(day_set_day_of(0), 0);
    assert_int_equal(day_set_day_of(-1), -1);
    assert_int_equal(day_set_day_of(INT64_C(86400) * 1000000000), 1);
    assert_int_equal(day_set_day_of(INT64_MIN), -106752);
}

static void day_set_read__takes_what_was_written_and_nothing_else(void **state)
{
    struct day_set s = { 0 };
    struct day_set again;
    uint8_t octets[DAY_SET_BYTES];
    (void)state;
    day_set_add(&s, 20514);
    day_set_add(&s, 20600);
    day_set_write(&s, octets);
    assert_true(day_set_read(&again, (bytes){ octets, sizeof octets }));
    assert_memory_equal(&again, &s, sizeof s);
    for (size_t len = 0; len < sizeof octets; len++)
        assert_false(day_set_read(&again, (bytes){ octets, len }));
    memset(octets, 0x7f, sizeof octets);
    assert_false(day_set_read(&again, (bytes){ octets, sizeof octets }));
}

static void add_hosts(struct host_set *s, uint64_t from, uint64_t count)
{
    for (uint64_t i = from; i < from + count; i++)
        host_set_add(s, (struct host_seen){ .host = i, .events = 1, .first_day = (int32_t)i });
}

static void host_set_count__is_exact_for_few(void **state)
{
    struct host_set s = { 0 };
    (void)state;
    add_hosts(&s, 0, HOST_SET_MAX);
    add_hosts(&s, 0, HOST_SET_MAX);
    assert_int_equal(host_set_count(&s), HOST_SET_MAX);
    assert_null(s.more);
    assert_int_equal(host_set_noisiest(&s), 2);
    host_set_done(&s);
}

static void host_set_count__is_near_for_many(void **state)
{
    struct host_set s = { 0 };
    (void)state;
    for (uint64_t i = 0; i < 5000; i++) {
        add_hosts(&s, i, 1);
        // One that makes most of the noise is not pushed out by the others.
        host_set_add(&s, (struct host_seen){ .host = 99999, .events = 10 });
    }
    assert_in_range(host_set_count(&s), 4700, 5300);
    assert_int_equal(s.count, HOST_SET_MAX);
    assert_in_range(host_set_noisiest(&s), 50000, 50000 + 55000 / HOST_SET_MAX);
    host_set_done(&s);
}

static void host_set_merge__is_that_of_both(void **state)
{
    struct host_set few = { 0 };
    struct host_set many = { 0 };
    (void)state;
    add_hosts(&few, 0, 40);
    add_hosts(&many, 20, 40);
    host_set_merge(&many, &few);
    assert_int_equal(host_set_count(&many), 60);
    assert_null(many.more);
    add_hosts(&many, 60, 1000);
    host_set_merge(&few, &many);
    assert_in_range(host_set_count(&few), 1000, 1130);
    host_set_done(&few);
    host_set_done(&many);
}

static void assert_round_trip(const struct host_set *s)
{
    struct host_set again;
    struct buf octets;
    buf_init(&octets, 65536);
    host_set_write(s, &octets);
    const bytes whole = bytes_of_str(buf_str(&octets));
    assert_true(host_set_read(&again, whole));
    assert_int_equal(host_set_count(&again), host_set_count(s));
    assert_int_equal(host_set_noisiest(&again), host_set_noisiest(s));
    host_set_done(&again);
    for (size_t len = 0; len < whole.len; len++)
        if (host_set_read(&again, (bytes){ whole.at, len })) {
            assert_true(len == 1 + 20 * (size_t)s->count);  // Without the estimate.
            host_set_done(&again);
        }
    buf_done(&octets);
}

static void host_set_read__takes_what_was_written_and_nothing_else(void **state)
{
    struct host_set s = { 0 };
    const uint8_t many[] = { HOST_SET_MAX + 1 };
    struct host_set again;
    (void)state;
    assert_round_trip(&s);
    add_hosts(&s, 7, 3);
    assert_round_trip(&s);
    add_hosts(&s, 100, 300);
    assert_round_trip(&s);
    host_set_done(&s);
    assert_false(host_set_read(&again, (bytes){ many, sizeof many }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(day_set_add__counts_each_day_once),
        cmocka_unit_test(day_set_add__remembers_how_many_left_the_window),
        cmocka_unit_test(day_set_merge__counts_common_days_once),
        cmocka_unit_test(day_set_day_of__is_that_of_the_calendar),
        cmocka_unit_test(day_set_read__takes_what_was_written_and_nothing_else),
        cmocka_unit_test(host_set_count__is_exact_for_few),
        cmocka_unit_test(host_set_count__is_near_for_many),
        cmocka_unit_test(host_set_merge__is_that_of_both),
        cmocka_unit_test(host_set_read__takes_what_was_written_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
