// Runs and holes against a plain list of what was seen.

#include "order/line.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NUMBERS 600u

struct plain {
    bool is_seen[NUMBERS];
    uint64_t next;
    uint64_t first;
};

static void count(const struct plain *p, uint64_t *gaps, uint64_t *missed)
{
    *gaps = *missed = 0;
    for (uint64_t i = p->first; i < p->next; i++) {
        *missed += !p->is_seen[i];
        *gaps += !p->is_seen[i] && (i == p->first || p->is_seen[i - 1]);
    }
}

static void order_line__agrees_with_a_plain_list(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct order_line line = { 0 };
        struct plain plain = { 0 };
        uint64_t random = seed * 0x9e3779b97f4a7c15u;
        uint64_t last = 0;
        for (uint64_t i = 0; i < 400; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            const uint64_t number = (i + (random >> 33) % 50) % NUMBERS;
            const bool is_seen = plain.is_seen[number];
            if (line.begun && number <= last)
                assert_int_equal(order_line_find(&line, number), is_seen ? SPOT_SEEN : SPOT_HOLE);
            if (is_seen)
                continue;
            order_line_add(&line, number, NUMBERS);
            plain.is_seen[number] = true;
            last = number > last ? number : last;
            if ((random >> 20) % 4 == 0) {
                if (!line.has_next)
                    plain.first = order_line_first(&line);
                order_line_give(&line, number, plain.first);
                plain.next = number + 1 > plain.next ? number + 1 : plain.next;
            }
            uint64_t gaps;
            uint64_t missed;
            count(&plain, &gaps, &missed);
            assert_int_equal(line.gaps, gaps);
            assert_int_equal(line.missed, missed);
        }
        order_line_done(&line);
    }
}

static void order_line_add__closes_the_oldest_holes_beyond_the_most_runs(void **state)
{
    (void)state;
    struct order_line line = { 0 };
    for (uint64_t i = 0; i < 1000; i++) {
        order_line_add(&line, 3 * i, 32);
        assert_true(line.older_count <= 32);
    }
    assert_int_equal(order_line_find(&line, 1), SPOT_CLOSED);
    assert_int_equal(order_line_find(&line, 0), SPOT_CLOSED);
    assert_int_equal(order_line_find(&line, 2996), SPOT_HOLE);
    order_line_give(&line, 2997, 0);
    assert_int_equal(line.gaps, 999);
    assert_int_equal(line.missed, 2 * 999);
    order_line_done(&line);
}

static void order_line_is_repeat__knows_the_last_numbers(void **state)
{
    (void)state;
    struct order_line line = { 0 };
    for (uint64_t i = 0; i < 10000; i++) {
        order_line_add(&line, 500 + i, 32);
        order_line_note(&line, 500 + i, (int64_t)i);
        const uint64_t window = i < ORDER_PRINTS_MAX ? i + 1 : ORDER_PRINTS_MAX;
        for (uint64_t k = i + 1 - window; k <= i; k += 1 + i / 8) {
            assert_true(order_line_is_repeat(&line, 500 + k, (int64_t)k));
            assert_false(order_line_is_repeat(&line, 500 + k, (int64_t)k + 1));
            assert_true(order_line_remembers(&line, 500 + k));
        }
    }
    assert_false(order_line_remembers(&line, 500));
    assert_int_equal(line.print_count, ORDER_PRINTS_MAX);
    order_line_reset(&line);
    assert_false(order_line_is_repeat(&line, 10499, 9999));
    order_line_done(&line);
}

// A host may have 2 * 256 * 32 such counts, and a stream 100,000 hosts.
static void order_line_note__takes_no_room_for_numbers_that_did_not_come(void **state)
{
    (void)state;
    struct order_line line = { 0 };
    for (uint64_t i = 0; i < 6; i++) {
        order_line_add(&line, i * 5000, 32);
        order_line_note(&line, i * 5000, (int64_t)i);
        assert_true(order_line_is_repeat(&line, i * 5000, (int64_t)i));
    }
    assert_in_range(line.print_count, 1, 256);
    order_line_done(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_line__agrees_with_a_plain_list),
        cmocka_unit_test(order_line_add__closes_the_oldest_holes_beyond_the_most_runs),
        cmocka_unit_test(order_line_is_repeat__knows_the_last_numbers),
        cmocka_unit_test(order_line_note__takes_no_room_for_numbers_that_did_not_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
