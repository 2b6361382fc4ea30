// What is read of a name here is what libcrypto reads of it.

#include "macho/subject.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#define NAME_MAX_BYTES 600u

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static str text_by_libcrypto(bytes encoded)
{
    const uint8_t *at = encoded.at;
    char *text = NULL;
    str out = STR_EMPTY;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)encoded.len);
    BIO *bio = BIO_new(BIO_s_mem());
    if (name != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE) >= 0) {
        const long len = BIO_get_mem_data(bio, &text);
        out = arena_str(&arena, (str){ .at = text, .len = (size_t)len });
    }
    BIO_free(bio);
    X509_NAME_free(name);
    ERR_clear_error();
    return out;
}

static void assert_same(bytes encoded)
{
    const str here = subject_text(encoded, &arena);
    const str there = text_by_libcrypto(encoded);
    if (!str_eq(here, there))
        fail_msg("\"%.*s\" and \"%.*s\"", STR_ARG(here), STR_ARG(there));
}

struct part {
    int nid;
    int type;
    str value;
};

static bytes encode(const struct part *parts, size_t count)
{
    static uint8_t out[NAME_MAX_BYTES];
    X509_NAME *name = X509_NAME_new();
    for (size_t i = 0; i < count; i++)
        assert_int_equal(X509_NAME_add_entry_by_NID(name, parts[i].nid, parts[i].type,
                                                    (const unsigned char *)parts[i].value.at,
                                                    (int)parts[i].value.len, -1, 0),
                         1);
    const int len = i2d_X509_NAME(name, NULL);
    assert_in_range(len, 1, NAME_MAX_BYTES);
    uint8_t *to = out;
    (void)i2d_X509_NAME(name, &to);
    X509_NAME_free(name);
    return (bytes){ .at = out, .len = (size_t)len };
}

static bytes a_name(void)
{
    static const struct part parts[] = {
        { NID_userId, V_ASN1_UTF8STRING, STR_INIT("ABCDE12345") },
        { NID_commonName, V_ASN1_UTF8STRING, STR_INIT("Developer ID Application: X (ABCDE12345)") },
        { NID_organizationalUnitName, V_ASN1_UTF8STRING, STR_INIT("ABCDE12345") },
        { NID_organizationName, V_ASN1_UTF8STRING, STR_INIT("X - Y/Z_1 @ it's") },
        { NID_localityName, V_ASN1_IA5STRING, STR_INIT("Cupertino") },
        { NID_stateOrProvinceName, V_ASN1_PRINTABLESTRING, STR_INIT("California") },
        { NID_countryName, V_ASN1_PRINTABLESTRING, STR_INIT("US") },
    };
    return encode(parts, COUNT_OF(parts));
}

static void subject_text__tells_a_plain_name_in_its_own_order(void **state)
{
    (void)state;
    const bytes name = a_name();
    assert_string_equal(subject_text(name, &arena).at,
                        "UID = ABCDE12345, CN = Developer ID Application: X (ABCDE12345), "
                        "OU = ABCDE12345, O = X - Y/Z_1 @ it's, L = Cupertino, "
                        "ST = California, C = US");
    assert_string_equal(subject_unit(name, &arena).at, "ABCDE12345");
    assert_same(name);
}

static void subject_text__is_libcryptos_for_every_octet(void **state)
{
    (void)state;
    static const int types[] = { V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING,
                                 V_ASN1_BMPSTRING, V_ASN1_T61STRING };
    uint8_t changed[NAME_MAX_BYTES];
    for (size_t type = 0; type < COUNT_OF(types); type++) {
        const struct part part = { NID_commonName, types[type], STR("abcd") };
        const bytes name = encode(&part, 1);
        memcpy(changed, name.at, name.len);
        // The text stands at the end.
        for (unsigned octet = 0; octet < 256; octet++)
            for (size_t at = name.len - part.value.len; at < name.len; at++) {
                const uint8_t before = changed[at];
                changed[at] = (uint8_t)octet;
                assert_same((bytes){ .at = changed, .len = name.len });
                changed[at] = before;
                arena_reset(&arena);
            }
    }
}

static void subject_text__is_libcryptos_for_other_attributes_and_lengths(void **state)
{
    (void)state;
    static const int nids[] = { NID_commonName,
                                NID_surname,
                                NID_serialNumber,
                                NID_title,
                                NID_pkcs9_emailAddress,
                                NID_domainComponent,
                                NID_givenName,
                                NID_organizationalUnitName,
                                NID_userId };
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"
                                  "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"
                                  "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"
                                  "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"
                                  "0123456789abcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; i < COUNT_OF(nids); i++)
        for (size_t len = 0; len < sizeof letters; len++) {
            const struct part part = { nids[i], V_ASN1_IA5STRING, { .at = letters, .len = len } };
            assert_same(encode(&part, 1));
            arena_reset(&arena);
        }
    struct part many[20];
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = (struct part){ NID_commonName, V_ASN1_UTF8STRING, STR("x") };
        assert_same(encode(many, i + 1));
    }
}

static void subject_text__is_libcryptos_for_every_change_and_truncation(void **state)
{
    (void)state;
    uint8_t changed[NAME_MAX_BYTES];
    const bytes name = a_name();
    memcpy(changed, name.at, name.len);
    for (size_t len = 0; len < name.len; len++)
        assert_same((bytes){ .at = changed, .len = len });
    for (size_t at = 0; at < name.len; at++)
        for (unsigned octet = 0; octet < 256; octet++) {
            changed[at] = (uint8_t)octet;
            assert_same((bytes){ .at = changed, .len = name.len });
            changed[at] = name.at[at];
            arena_reset(&arena);
        }
}

static void subject_count__tells_all_and_the_first(void **state)
{
    (void)state;
    str first;
    assert_int_equal(subject_count(a_name(), SUBJECT_ORGANIZATION, &arena, &first), 1);
    assert_string_equal(first.at, "X - Y/Z_1 @ it's");
    assert_int_equal(subject_count(a_name(), SUBJECT_UNIT, &arena, &first), 1);
    assert_string_equal(first.at, "ABCDE12345");
    // Plain, and not.
    const struct part parts[] = {
        { NID_organizationalUnitName, V_ASN1_UTF8STRING, STR("one") },
        { NID_organizationName, V_ASN1_UTF8STRING, STR("whole") },
        { NID_organizationalUnitName, V_ASN1_UTF8STRING, STR("two") },
        { NID_commonName, V_ASN1_UTF8STRING, STR("caf\xc3\xa9, bar") },
    };
    for (size_t count = 3; count <= COUNT_OF(parts); count++) {
        assert_int_equal(subject_count(encode(parts, count), SUBJECT_UNIT, &arena, &first), 2);
        assert_string_equal(first.at, "one");
        assert_int_equal(subject_count(encode(parts, count), SUBJECT_ORGANIZATION, &arena, &first),
                         1);
        assert_string_equal(first.at, "whole");
    }
    assert_int_equal(subject_count(encode(parts, 1), SUBJECT_ORGANIZATION, &arena, &first), 0);
    assert_int_equal(first.len, 0);
}

static void subject_unit__is_the_first_also_of_a_name_that_is_not_plain(void **state)
{
    (void)state;
    const struct part parts[] = {
        { NID_commonName, V_ASN1_UTF8STRING, STR("caf\xc3\xa9, bar") },
        { NID_organizationalUnitName, V_ASN1_UTF8STRING, STR("one") },
        { NID_organizationalUnitName, V_ASN1_UTF8STRING, STR("two") },
    };
    assert_string_equal(subject_unit(encode(parts, 3), &arena).at, "one");
    assert_string_equal(subject_unit(encode(parts + 1, 2), &arena).at, "one");
    assert_int_equal(subject_unit(encode(parts, 1), &arena).len, 0);
    assert_int_equal(subject_unit((bytes){ .at = (const uint8_t *)"", .len = 0 }, &arena).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(subject_text__tells_a_plain_name_in_its_own_order, forget),
        cmocka_unit_test_teardown(subject_text__is_libcryptos_for_every_octet, forget),
        cmocka_unit_test_teardown(subject_text__is_libcryptos_for_other_attributes_and_lengths,
                                  forget),
        cmocka_unit_test_teardown(subject_text__is_libcryptos_for_every_change_and_truncation,
                                  forget),
        cmocka_unit_test_teardown(subject_count__tells_all_and_the_first, forget),
        cmocka_unit_test_teardown(subject_unit__is_the_first_also_of_a_name_that_is_not_plain,
                                  forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
