#include "macho/ber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct reader over(const char *octets, size_t len)
{
    return reader_of((bytes){ .at = (const uint8_t *)octets, .len = len });
}

static void ber_take__cuts_values_out(void **state)
{
    (void)state;
    struct reader r = over("\x02\x01\x05\x04\x81\x02xy\x30\x00", 10);
    struct ber value = ber_take(&r);
    assert_int_equal(value.tag, BER_INTEGER);
    assert_int_equal(value.content.len, 1);
    assert_int_equal(value.whole.len, 3);
    assert_int_equal(ber_peek(&r), BER_OCTETS);
    value = ber_expect(&r, BER_OCTETS);
    assert_memory_equal(value.content.at, "xy", 2);
    assert_int_equal(value.whole.len, 5);
    assert_false(ber_at_end(&r));
    value = ber_take(&r);
    assert_int_equal(value.content.len, 0);
    assert_true(ber_at_end(&r) && !r.failed);
    assert_int_equal(ber_peek(&r), 0);
    (void)ber_take(&r);
    assert_true(r.failed);
}

static void ber_take__finds_end_of_indefinite_values(void **state)
{
    (void)state;
    // SEQUENCE { [0] { OCTET STRING with two zeros }, INTEGER }, INTEGER
    static const char octets[] = "\x30\x80\xa0\x80\x04\x02\0\0\0\0\x02\x01\x01\0\0\x02\x01\x07";
    struct reader r = over(octets, sizeof octets - 1);
    const struct ber outer = ber_take(&r);
    assert_true(outer.is_indefinite);
    assert_int_equal(outer.content.len, 11);
    assert_int_equal(outer.whole.len, 15);
    assert_int_equal(ber_take(&r).content.at[0], 7);
    struct reader inner = reader_of(outer.content);
    assert_int_equal(ber_expect(&inner, BER_CONTEXT(0)).content.len, 4);
    assert_int_equal(ber_expect(&inner, BER_INTEGER).content.len, 1);
    assert_true(ber_at_end(&inner) && !inner.failed);
}

static void ber_take__refuses_every_truncation(void **state)
{
    (void)state;
    static const char octets[] = "\x30\x80\xa0\x80\x04\x02\0\0\0\0\x02\x01\x01\0\0";
    for (size_t len = 0; len < sizeof octets - 1; len++) {
        char *exact = malloc(len + 1);
        memcpy(exact, octets, len);
        struct reader r = over(exact, len);
        const struct ber value = ber_take(&r);
        assert_true(r.failed);
        assert_int_equal(value.whole.len, 0);
        free(exact);
    }
}

static void ber_take__refuses_what_it_does_not_read(void **state)
{
    (void)state;
    struct reader r = over("\x1f\x20\x00", 3);
    (void)ber_take(&r);
    assert_true(r.failed);
    r = over("\x04\x80\x00\x00", 4);  // Octets that do not say where they end.
    (void)ber_take(&r);
    assert_true(r.failed);
    r = over("\x04\x85\x00\x00\x00\x00\x00", 7);  // A length of five octets.
    (void)ber_take(&r);
    assert_true(r.failed);
    r = over("\x30\x80\x1f\x20\x00\x00\x00", 7);
    (void)ber_take(&r);
    assert_true(r.failed);
    r = over("\x02\x01\x05", 3);
    (void)ber_expect(&r, BER_SET);
    assert_true(r.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ber_take__cuts_values_out),
        cmocka_unit_test(ber_take__finds_end_of_indefinite_values),
        cmocka_unit_test(ber_take__refuses_every_truncation),
        cmocka_unit_test(ber_take__refuses_what_it_does_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
