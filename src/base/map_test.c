#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define KEYS 4096u

// The caller's side of the bargain: an array of entries, and a way to compare with one.
struct search {
    const uint32_t *keys;
    uint32_t wanted;
};

static bool same_key(const void *context, uint32_t value)
{
    const struct search *search = context;
    return search->keys[value] == search->wanted;
}

static uint32_t find(const struct map *m, const uint32_t *keys, uint64_t hash, uint32_t wanted)
{
    const struct search search = { .keys = keys, .wanted = wanted };
    return map_find(m, hash, same_key, &search);
}

static void map_find__finds_nothing_in_an_empty_one(void **state)
{
    (void)state;
    struct map m = { 0 };
    const uint32_t keys[] = { 5 };
    assert_true(find(&m, keys, 1, 5) == MAP_NONE);
    assert_false(map_remove(&m, 1, 0));
    map_reset(&m);
    map_done(&m);
}

static void map_find__tells_equal_hashes_apart(void **state)
{
    (void)state;
    struct map m = { 0 };
    const uint32_t keys[] = { 10, 11, 12 };
    for (uint32_t i = 0; i < 3; i++)
        map_add(&m, 99, i);
    assert_int_equal(find(&m, keys, 99, 11), 1);
    assert_true(find(&m, keys, 99, 13) == MAP_NONE);
    assert_true(find(&m, keys, 99 + 64, 11) == MAP_NONE);
    map_done(&m);
}

static void map_remove__closes_the_run_behind_it(void **state)
{
    (void)state;
    // All at home in the last cell of the table: the run wraps around its end.
    const uint32_t keys[] = { 0, 1, 2, 3, 4, 5 };
    for (uint32_t gone = 0; gone < 6; gone++) {
        struct map m = { 0 };
        for (uint32_t i = 0; i < 6; i++)
            map_add(&m, 63 + (uint64_t)(i % 2) * 64, i);
        assert_true(map_remove(&m, 63 + (uint64_t)(gone % 2) * 64, gone));
        assert_false(map_remove(&m, 63 + (uint64_t)(gone % 2) * 64, gone));
        assert_int_equal(m.count, 5);
        for (uint32_t i = 0; i < 6; i++)
            assert_true(find(&m, keys, 63 + (uint64_t)(i % 2) * 64, i) ==
                        (i == gone ? MAP_NONE : i));
        map_done(&m);
    }
}

static void map_reset__empties_and_keeps_the_memory(void **state)
{
    (void)state;
    struct map m = { 0 };
    const uint32_t keys[] = { 1 };
    map_add(&m, 7, 0);
    const size_t before = map_bytes(&m);
    map_reset(&m);
    assert_int_equal(m.count, 0);
    assert_int_equal(map_bytes(&m), before);
    assert_true(find(&m, keys, 7, 1) == MAP_NONE);
    map_done(&m);
    assert_int_equal(map_bytes(&m), 0);
}

static void map_reserve__makes_room_for_as_many(void **state)
{
    (void)state;
    static uint32_t keys[KEYS];
    struct map m = { 0 };
    for (uint32_t i = 0; i < KEYS; i++)
        keys[i] = i;
    map_add(&m, 7, 7);
    map_reserve(&m, KEYS);
    assert_int_equal(find(&m, keys, 7, 7), 7);
    const size_t before = map_bytes(&m);
    for (uint32_t i = 0; i < KEYS - 1; i++)
        map_add(&m, i, i);
    assert_int_equal(map_bytes(&m), before);
    map_reserve(&m, 1);
    assert_int_equal(map_bytes(&m), before);
    assert_int_equal(m.count, KEYS);
    map_done(&m);
}

// Adds and removes at random, beside an array that says what must be there.
static void map__agrees_with_an_array(void **state)
{
    (void)state;
    static uint32_t keys[KEYS];
    static bool there[KEYS];
    struct map m = { 0 };
    uint64_t random = 42;
    uint32_t count = 0;
    for (uint32_t i = 0; i < KEYS; i++)
        keys[i] = i;
    for (int step = 0; step < 200000; step++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const uint32_t key = (uint32_t)(random >> 33) % KEYS;
        const uint64_t hash = key % 509;  // Many keys to a hash, and hashes beside each other.
        assert_true(find(&m, keys, hash, key) == (there[key] ? key : MAP_NONE));
        if (there[key])
            assert_true(map_remove(&m, hash, key));
        else
            map_add(&m, hash, key);
        there[key] = !there[key];
        count = there[key] ? count + 1 : count - 1;
        assert_int_equal(m.count, count);
    }
    map_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_find__finds_nothing_in_an_empty_one),
        cmocka_unit_test(map_find__tells_equal_hashes_apart),
        cmocka_unit_test(map_remove__closes_the_run_behind_it),
        cmocka_unit_test(map_reset__empties_and_keeps_the_memory),
        cmocka_unit_test(map_reserve__makes_room_for_as_many),
        cmocka_unit_test(map__agrees_with_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
