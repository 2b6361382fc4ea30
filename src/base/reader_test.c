#include "base/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t octets[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88 };
static const bytes all = { .at = octets, .len = sizeof octets };

static void reader_integers__follow_their_byte_order(void **state)
{
    (void)state;
    struct reader r = reader_of(all);
    assert_int_equal(reader_u8(&r), 0x01);
    r.pos = 0;
    assert_int_equal(reader_u16be(&r), 0x0102);
    assert_int_equal(reader_u16le(&r), 0x0403);
    r.pos = 0;
    assert_int_equal(reader_u32be(&r), 0x01020304);
    assert_true(reader_u32le(&r) == 0x88070605u);
    r.pos = 0;
    assert_true(reader_u64be(&r) == 0x0102030405060788u);
    r.pos = 0;
    assert_true(reader_u64le(&r) == 0x8807060504030201u);
    assert_false(r.failed);
}

static void reader_take__fails_for_good_past_the_end(void **state)
{
    (void)state;
    struct reader r = reader_of(all);
    (void)reader_take(&r, 6);
    assert_int_equal(reader_u32le(&r), 0);
    assert_true(r.failed);
    // Two octets are left, but the reader is not to be believed any more.
    assert_int_equal(reader_u8(&r), 0);
    assert_int_equal(reader_take(&r, 0).len, 0);
    assert_true(r.failed);
}

static void reader_take__takes_all_and_then_nothing(void **state)
{
    (void)state;
    struct reader r = reader_of(all);
    assert_int_equal(reader_take(&r, sizeof octets).len, sizeof octets);
    assert_int_equal(reader_take(&r, 0).len, 0);
    assert_false(r.failed);
    (void)reader_take(&r, 1);
    assert_true(r.failed);
}

static void reader_take__refuses_a_length_that_would_wrap(void **state)
{
    (void)state;
    struct reader r = reader_of(all);
    (void)reader_take(&r, 4);
    assert_int_equal(reader_take(&r, SIZE_MAX).len, 0);
    assert_true(r.failed);
}

static void reader_text__ends_at_the_first_nul(void **state)
{
    (void)state;
    struct reader r = reader_of(bytes_of_str(STR("ab\0cdef")));
    assert_true(str_eq(reader_text(&r, 4), STR("ab")));
    assert_true(str_eq(reader_text(&r, 3), STR("def")));
    assert_false(r.failed);
    assert_true(str_eq(reader_text(&r, 1), STR_EMPTY));
    assert_true(r.failed);
}

static void bytes_slice__refuses_what_lies_outside(void **state)
{
    (void)state;
    bytes part = { .at = NULL, .len = 77 };
    assert_false(bytes_slice(all, 9, 0, &part));
    assert_false(bytes_slice(all, 8, 1, &part));
    assert_false(bytes_slice(all, 1, UINT64_MAX, &part));
    assert_false(bytes_slice(all, UINT64_MAX, 2, &part));
    assert_int_equal(part.len, 77);
    assert_true(bytes_slice(all, 8, 0, &part));
    assert_int_equal(part.len, 0);
    assert_true(bytes_slice(all, 2, 6, &part));
    assert_ptr_equal(part.at, octets + 2);
    assert_int_equal(part.len, 6);
}

static void reader_of__takes_no_octets_at_all(void **state)
{
    (void)state;
    struct reader r = reader_of((bytes){ .at = NULL, .len = 0 });
    assert_int_equal(reader_take(&r, 0).len, 0);
    assert_int_equal(reader_u64le(&r), 0);
    assert_true(r.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_integers__follow_their_byte_order),
        cmocka_unit_test(reader_take__fails_for_good_past_the_end),
        cmocka_unit_test(reader_take__takes_all_and_then_nothing),
        cmocka_unit_test(reader_take__refuses_a_length_that_would_wrap),
        cmocka_unit_test(reader_text__ends_at_the_first_nul),
        cmocka_unit_test(bytes_slice__refuses_what_lies_outside),
        cmocka_unit_test(reader_of__takes_no_octets_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
