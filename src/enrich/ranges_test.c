#include "enrich/ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

// A process that keeps ranges.
struct owner {
    struct ranges *ranges;
    int64_t count;
};

static int64_t number(struct ranges_pool *pool, struct owner *o, uint64_t address, uint64_t size,
                      bool is_made_writable)
{
    return ranges_number(pool, &o->ranges, &o->count, ranges_of(address, size), is_made_writable);
}

static void ranges_number__is_that_of_the_newest_that_overlaps(void **state)
{
    (void)state;
    static const struct {
        uint64_t address;
        uint64_t size;
        bool is_made_writable;
        int64_t number;
    } steps[] = {
        { 0x1000, 0x3000, true, 1 },
        { 0x3000, 0x3000, true, 2 },
        { 0x2000, 0x1000, false, 1 },
        { 0x2800, 0x1000, false, 2 },
        { 0x9000, 0x1000, false, 3 },
        { 0x9000, 0x1000, false, 4 },  // Nobody made it writable: each its own.
        { 0x1000, 0x3000, true, 1 },   // The same again, and now the newest.
        { 0x2800, 0x1000, false, 1 },
        { 0x4000, 1, false, 2 },  // An end is not part of it.
        { 0x3fff, 0, false, 1 },  // No octets are one.
        { 0x6000, 0x1000, false, 5 },
        { 0x0fff, 1, false, 6 },
        { 0x0fff, 2, false, 1 },
        { 0x1000, 0x3001, true, 7 },  // Another end, another range.
        { 0x1000, 0x3000, false, 7 },
        { 0, UINT64_MAX, false, 7 },
        { 0x8000, 0, true, 8 },
        { 0x8000, 1, true, 8 },
    };
    struct ranges_pool pool;
    struct owner o = { 0 };
    ranges_init(&pool, RANGES_MAX);
    for (size_t i = 0; i < COUNT(steps); i++)
        assert_int_equal(
            number(&pool, &o, steps[i].address, steps[i].size, steps[i].is_made_writable),
            steps[i].number);
    ranges_release(&o.ranges);
    assert_int_equal(pool.room, 0);
}

static void ranges_of__ends_with_the_last_address(void **state)
{
    (void)state;
    static const struct {
        uint64_t address;
        uint64_t size;
        uint64_t last;
    } cases[] = {
        { 0, 0, 0 },
        { 0, 1, 0 },
        { 0, UINT64_MAX, UINT64_MAX - 1 },
        { 1, UINT64_MAX, UINT64_MAX },
        { UINT64_MAX, 0, UINT64_MAX },
        { UINT64_MAX, UINT64_MAX, UINT64_MAX },
        { UINT64_MAX - 4, 5, UINT64_MAX },
        { UINT64_MAX - 4, 6, UINT64_MAX },
        { UINT64_MAX - 4, 4, UINT64_MAX - 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct range range = ranges_of(cases[i].address, cases[i].size);
        assert_true(range.first == cases[i].address && range.last == cases[i].last);
    }

    // What would go round does not reach what lies at the other end.
    struct ranges_pool pool;
    struct owner o = { 0 };
    ranges_init(&pool, RANGES_MAX);
    assert_int_equal(number(&pool, &o, 0x1000, 0x1000, true), 1);
    assert_int_equal(number(&pool, &o, UINT64_MAX - 0xfff, UINT64_MAX, true), 2);
    assert_int_equal(number(&pool, &o, 0x1000, 1, false), 1);
    assert_int_equal(number(&pool, &o, UINT64_MAX, 1, false), 2);
    ranges_release(&o.ranges);
}

static void ranges_number__remembers_the_last_of_a_process(void **state)
{
    (void)state;
    struct ranges_pool pool;
    struct owner o = { 0 };
    ranges_init(&pool, RANGES_MAX);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(number(&pool, &o, i << 12, 0x1000, true), i + 1);
    assert_int_equal(pool.evicted, 1000 - RANGES_OF_PROCESS_MAX);
    assert_int_equal(number(&pool, &o, 999u << 12, 1, false), 1000);
    assert_int_equal(number(&pool, &o, (1000u - RANGES_OF_PROCESS_MAX) << 12, 1, false),
                     1001 - RANGES_OF_PROCESS_MAX);
    // Numbers are not given out twice.
    assert_int_equal(number(&pool, &o, (999u - RANGES_OF_PROCESS_MAX) << 12, 1, false), 1001);
    ranges_release(&o.ranges);
    assert_int_equal(number(&pool, &o, 999u << 12, 0x1000, true), 1002);
    ranges_release(&o.ranges);
    ranges_release(&o.ranges);
}

static void ranges_number__forgets_those_of_who_used_none_for_longest(void **state)
{
    (void)state;
    struct ranges_pool pool;
    struct owner o[100] = { 0 };
    ranges_init(&pool, 0);  // Room for sixteen times four.
    for (size_t i = 0; i < COUNT(o); i++) {
        assert_int_equal(number(&pool, &o[i], 0x1000, 0x1000, true), 1);
        assert_int_equal(number(&pool, &o[0], 0x1000, 1, false), 1);
        assert_true(pool.room <= RANGES_OF_PROCESS_MAX);
    }
    assert_int_equal(pool.evicted, 84);
    assert_null(o[1].ranges);
    assert_int_equal(number(&pool, &o[1], 0x1000, 1, false), 2);
    // One alone may have as many as any.
    for (uint64_t i = 0; i < 2 * RANGES_OF_PROCESS_MAX; i++)
        (void)number(&pool, &o[2], i << 12, 0x1000, true);
    assert_int_equal(o[2].ranges->count, RANGES_OF_PROCESS_MAX);
    assert_null(o[0].ranges);
    for (size_t i = 0; i < COUNT(o); i++)
        ranges_release(&o[i].ranges);
    assert_int_equal(pool.room, 0);
    assert_null(pool.oldest);
    assert_null(pool.newest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_number__is_that_of_the_newest_that_overlaps),
        cmocka_unit_test(ranges_of__ends_with_the_last_address),
        cmocka_unit_test(ranges_number__remembers_the_last_of_a_process),
        cmocka_unit_test(ranges_number__forgets_those_of_who_used_none_for_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
