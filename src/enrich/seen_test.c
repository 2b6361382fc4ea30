#include "enrich/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static uint64_t key_of(uint32_t host, uint32_t n)
{
    char text[16];
    (void)snprintf(text, sizeof text, "image-%u", n);
    return seen_key(host, 1, str_of(text));
}

static void seen_find__tells_hosts_kinds_and_texts_apart(void **state)
{
    (void)state;
    struct seen s;
    seen_init(&s, 100);
    assert_null(seen_find(&s, key_of(0, 1)));
    seen_add(&s, key_of(0, 1), 7);
    assert_int_equal(*seen_find(&s, key_of(0, 1)), 7);
    *seen_find(&s, key_of(0, 1)) = 8;
    assert_int_equal(*seen_find(&s, key_of(0, 1)), 8);
    assert_null(seen_find(&s, key_of(1, 1)));
    assert_null(seen_find(&s, key_of(0, 2)));
    assert_null(seen_find(&s, seen_key(0, 2, STR("image-1"))));
    seen_done(&s);
}

static void seen_add__forgets_what_nobody_asks_for(void **state)
{
    (void)state;
    struct seen s;
    seen_init(&s, 1000);
    seen_add(&s, key_of(0, 0), 42);
    for (uint32_t n = 1; n <= 10000; n++) {
        assert_null(seen_find(&s, key_of(0, n)));
        seen_add(&s, key_of(0, n), n);
        assert_int_equal(*seen_find(&s, key_of(0, 0)), 42);
        assert_true(s.young.count + s.old.count <= 1000);
    }
    assert_null(seen_find(&s, key_of(0, 1)));
    // Each that was added is there, was moved, or was counted.
    assert_int_equal(s.evicted + s.young.count + s.old.count - s.moved, 10001);
    seen_done(&s);
}

static void seen_add__does_with_the_least_room(void **state)
{
    (void)state;
    struct seen s;
    seen_init(&s, 0);
    for (uint32_t n = 0; n < 5; n++)
        seen_add(&s, key_of(0, n), n);
    assert_int_equal(s.evicted, 3);
    assert_non_null(seen_find(&s, key_of(0, 4)));
    seen_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seen_find__tells_hosts_kinds_and_texts_apart),
        cmocka_unit_test(seen_add__forgets_what_nobody_asks_for),
        cmocka_unit_test(seen_add__does_with_the_least_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
