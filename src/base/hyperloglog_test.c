#include "base/hyperloglog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// Numbers one after the other are the weakest of hashes.
static void add_numbers(struct hyperloglog *h, uint64_t from, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        hyperloglog_add(h, from + i);
}

static void hyperloglog_count__is_near(void **state)
{
    static const uint64_t counts[] = { 0, 1, 2, 65, 500, 2048, 5120, 10000, 100000, 1000000 };
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct hyperloglog h = { 0 };
        add_numbers(&h, 1 + i * 10000000, counts[i]);
        const uint64_t told = hyperloglog_count(&h);
        const uint64_t off = told > counts[i] ? told - counts[i] : counts[i] - told;
        // Three standard errors, 7 %.
        if (off * 100 > counts[i] * 7)
            fail_msg("%llu told for %llu", (unsigned long long)told, (unsigned long long)counts[i]);
    }
}

// Over many sets, the root of the mean square is what the theory says.
static void hyperloglog_count__errs_as_it_should(void **state)
{
    double squares = 0;
    (void)state;
    for (uint64_t set = 0; set < 100; set++) {
        struct hyperloglog h = { 0 };
        add_numbers(&h, set << 32, 20000);
        const double error = ((double)hyperloglog_count(&h) - 20000) / 20000;
        squares += error * error;
    }
    assert_true(squares / 100 < 0.03 * 0.03);
    assert_true(squares / 100 > 0.01 * 0.01);
}

static void hyperloglog_merge__is_that_of_both(void **state)
{
    struct hyperloglog a = { 0 };
    struct hyperloglog b = { 0 };
    struct hyperloglog both = { 0 };
    (void)state;
    add_numbers(&a, 0, 6000);
    add_numbers(&b, 4000, 6000);
    add_numbers(&both, 0, 10000);
    hyperloglog_merge(&a, &b);
    assert_memory_equal(&a, &both, sizeof a);
    add_numbers(&both, 3000, 5000);
    assert_memory_equal(&a, &both, sizeof a);
}

static void hyperloglog_count__takes_registers_that_cannot_be(void **state)
{
    struct hyperloglog h;
    (void)state;
    memset(&h, 0xff, sizeof h);
    assert_true(hyperloglog_count(&h) > 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hyperloglog_count__is_near),
        cmocka_unit_test(hyperloglog_count__errs_as_it_should),
        cmocka_unit_test(hyperloglog_merge__is_that_of_both),
        cmocka_unit_test(hyperloglog_count__takes_registers_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
