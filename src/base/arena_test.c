#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void arena_alloc__is_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a = { 0 };
    unsigned char *all[300];
    for (size_t size = 0; size < COUNT_OF(all); size++) {
        all[size] = arena_alloc(&a, size);
        assert_int_equal((uintptr_t)all[size] % _Alignof(max_align_t), 0);
        memset(all[size], (int)(size % 251), size);
    }
    for (size_t size = 0; size < COUNT_OF(all); size++)
        for (size_t i = 0; i < size; i++)
            assert_int_equal(all[size][i], size % 251);
    arena_done(&a);
}

static void arena_alloc__takes_what_is_larger_than_a_chunk(void **state)
{
    (void)state;
    struct arena a = { 0 };
    char *small = arena_alloc(&a, 8);
    memset(small, 's', 8);
    char *large = arena_alloc(&a, 1000000);
    memset(large, 'l', 1000000);
    assert_memory_equal(small, "ssssssss", 8);
    assert_true(a.total_bytes >= 1000000);
    arena_done(&a);
    assert_int_equal(a.total_bytes, 0);
}

static void arena_zalloc__is_zeroed_after_reset(void **state)
{
    (void)state;
    struct arena a = { 0 };
    memset(arena_alloc(&a, 64), 0xff, 64);
    arena_reset(&a);
    const unsigned char *at = arena_zalloc(&a, 64);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(at[i], 0);
    arena_done(&a);
}

static void arena_reset__keeps_one_chunk_for_the_next_round(void **state)
{
    (void)state;
    struct arena a = { 0 };
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            memset(arena_alloc(&a, 5000), 1, 5000);
        arena_reset(&a);
        assert_true(a.total_bytes >= 500000 && a.total_bytes < 1000000);
    }
    arena_done(&a);
}

static void arena_reset__keeps_room_for_a_little_more(void **state)
{
    (void)state;
    struct arena a = { 0 };
    (void)arena_alloc(&a, 60u * 1024);
    (void)arena_alloc(&a, 60u * 1024);
    arena_reset(&a);
    const size_t kept = a.total_bytes;
    (void)arena_alloc(&a, 150u * 1024);
    arena_reset(&a);
    assert_int_equal(a.total_bytes, kept);
    arena_done(&a);
}

static void arena_reset__gives_back_more_than_max(void **state)
{
    (void)state;
    struct arena a = { 0 };
    (void)arena_alloc(&a, 40u * 1024 * 1024);
    arena_reset(&a);
    assert_true(a.total_bytes <= 8u * 1024 * 1024);
    arena_done(&a);
}

static void arena_reset__does_nothing_to_an_empty_one(void **state)
{
    (void)state;
    struct arena a = { 0 };
    arena_reset(&a);
    arena_done(&a);
    arena_done(&a);
}

static void arena_str__copies_with_a_nul_behind(void **state)
{
    (void)state;
    struct arena a = { 0 };
    char text[] = "abc";
    const str copy = arena_str(&a, str_of(text));
    text[0] = 'x';
    assert_true(str_eq(copy, STR("abc")));
    assert_int_equal(copy.at[copy.len], '\0');
    assert_int_equal(arena_str(&a, STR_EMPTY).len, 0);
    arena_done(&a);
}

static void arena_printf__is_as_long_as_it_must(void **state)
{
    (void)state;
    struct arena a = { 0 };
    assert_true(str_eq(arena_printf(&a, "%s-%u", "x", 7u), STR("x-7")));
    assert_int_equal(arena_printf(&a, "%100000d", 1).len, 100000);
    assert_int_equal(arena_printf(&a, "%s", "").len, 0);
    arena_done(&a);
}

static void cstr_of__refuses_a_nul_inside(void **state)
{
    (void)state;
    struct arena a = { 0 };
    assert_string_equal(cstr_of(&a, STR("path")), "path");
    assert_string_equal(cstr_of(&a, STR_EMPTY), "");
    assert_null(cstr_of(&a, STR("pa\0th")));
    arena_done(&a);
}

static void memory_zeroed__takes_nothing_for_one(void **state)
{
    (void)state;
    unsigned char *none = memory_zeroed(0, 0);
    unsigned char *some = memory_zeroed(3, 4);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(some[i], 0);
    some = memory_resize(some, 100);
    assert_int_equal(some[11], 0);
    free(none);
    free(some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_alloc__is_aligned_and_apart),
        cmocka_unit_test(arena_alloc__takes_what_is_larger_than_a_chunk),
        cmocka_unit_test(arena_zalloc__is_zeroed_after_reset),
        cmocka_unit_test(arena_reset__keeps_one_chunk_for_the_next_round),
        cmocka_unit_test(arena_reset__keeps_room_for_a_little_more),
        cmocka_unit_test(arena_reset__gives_back_more_than_max),
        cmocka_unit_test(arena_reset__does_nothing_to_an_empty_one),
        cmocka_unit_test(arena_str__copies_with_a_nul_behind),
        cmocka_unit_test(arena_printf__is_as_long_as_it_must),
        cmocka_unit_test(cstr_of__refuses_a_nul_inside),
        cmocka_unit_test(memory_zeroed__takes_nothing_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
