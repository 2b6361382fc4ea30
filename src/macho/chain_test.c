#include "macho/signers.h"

#include "macho/test_signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "macho/test_authority.h"

static void macho_read_signers__verifies_up_to_an_anchor(void **state)
{
    (void)state;
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    assert_verified(anchors);
    // An intermediate is trusted where it is given.
    struct macho_anchors *other = anchors_of(middle.certificate);
    assert_verified(other);
    macho_anchors_close(other);
    other = anchors_of(authority.certificate);
    assert_claimed(other, "the signer's certificate: self-signed certificate in certificate chain");
    macho_anchors_close(other);
}

static void macho_read_signers__refuses_what_was_changed(void **state)
{
    (void)state;
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    s.t.at[test_signed_offset(&s, 0) + 12 + 3] ^= 4;  // A flag of the code directory.
    assert_claimed(anchors, "the code directory is not the one that was signed");

    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    const size_t end = test_signed_offset(&s, 1) + s.blobs[1].len;
    s.t.at[end - 1] ^= 1;  // The signature.
    assert_claimed(anchors, "the signature is not that of its signer");

    // Signed attributes that say of another directory that it is this one.
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    uint8_t digest[32];
    bool is_found = false;
    test_digest(2, (bytes){ .at = s.blobs[0].at, .len = s.blobs[0].len }, digest, 32);
    for (size_t i = test_signed_offset(&s, 1); i + 32 < end && !is_found; i++) {
        is_found = memcmp(s.t.at + i, digest, 32) == 0;
        s.t.at[i] ^= is_found;
    }
    assert_true(is_found);
    assert_claimed(anchors, "the code directory is not the one that was signed");
}

static void macho_read_signers__asks_for_certificates_that_sign_code(void **state)
{
    (void)state;
    struct test_wish wish = { .name = "x", .unit = TEST_TEAM };
    sign_as(&middle, wish);
    assert_claimed(anchors, "the signer's certificate is not for signing code");
    wish.purpose = TEST_TIME_STAMPING;
    sign_as(&middle, wish);
    assert_claimed(anchors, "the signer's certificate is not for signing code");
    wish.purpose = "1.2.840.113635.100.4.1.1";
    sign_as(&middle, wish);
    assert_verified(anchors);
    wish.purpose = "1.2.840.113635.100.4.11";
    sign_as(&middle, wish);
    assert_claimed(anchors, "the signer's certificate is not for signing code");
}

static void macho_read_signers__knows_critical_extensions_of_apple_only(void **state)
{
    (void)state;
    struct test_wish wish = { .name = "x",
                              .unit = TEST_TEAM,
                              .purpose = TEST_CODE_SIGNING,
                              .private_extension = "1.2.840.113635.100.60.1" };
    sign_as(&middle, wish);
    assert_claimed(anchors, "the signer's certificate: unhandled critical extension");
    wish.private_extension = "1.3.6.1.4.1.5";
    sign_as(&middle, wish);
    assert_claimed(anchors, "the signer's certificate: unhandled critical extension");
}

static void macho_read_signers__refuses_issuers_that_may_not_issue(void **state)
{
    (void)state;
    // A version-3 certificate that does not say what it is: libcrypto would let it pass by its key
    // usage, which it does not say either.
    sign_as(&leaf,
            (struct test_wish){ .name = "x", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING });
    X509 *const others[] = { root.certificate, middle.certificate, leaf.certificate };
    struct test_holder forged = test_issue(
        &leaf, (struct test_wish){ .name = "x", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING },
        NULL);
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(&forged, others, 3, TEST_SIGNED_AT);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
    test_holder_done(&forged);
    assert_claimed(anchors, "the signer's certificate: invalid CA certificate");
}

// The time is that of the signature: certificates expire, and what they signed stays.
static void macho_read_signers__judges_at_the_time_of_signing(void **state)
{
    (void)state;
    sign_one(&leaf, middle.certificate, "291231000000Z");
    assert_verified(anchors);
    sign_one(&leaf, middle.certificate, "300101000001Z");
    assert_claimed(anchors, "the signer's certificate: certificate has expired");
    sign_one(&leaf, middle.certificate, "191231000000Z");
    assert_claimed(anchors, "the signer's certificate: certificate is not yet valid");
}

// What the signer says of the time does not count then.
static void macho_read_signers__takes_time_from_timestamp(void **state)
{
    (void)state;
    sign_stamped(&authority, "20220101000000Z", NULL);
    assert_verified(anchors);
    assert_text(signers_of(&s, anchors).signing_time, "2035-01-01T00:00:00Z");
    sign_stamped(&authority, "20310101000000Z", NULL);
    assert_claimed(anchors, "the timestamp's certificate: certificate has expired");
    sign_stamped(&authority, "20220101000000Z", "another signature");
    assert_claimed(anchors, "the timestamp is of another signature");
    sign_stamped(&leaf, "20220101000000Z", NULL);
    assert_claimed(anchors, "the timestamp's certificate is not for signing timestamps");
    sign_stamped(&authority, "20220101000000Z", NULL);
    s.t.at[test_signed_offset(&s, 1) + s.blobs[1].len - 1] ^= 1;
    assert_claimed(anchors, "the timestamp is not that of its signer");
    struct test_holder other =
        test_issue(&middle, (struct test_wish){ .name = "y", .purpose = TEST_TIME_STAMPING },
                   EVP_EC_gen("secp256k1"));
    sign_stamped(&other, "20220101000000Z", NULL);
    test_holder_done(&other);
    const struct macho_signers signers = signers_of(&s, anchors);
    assert_true(str_ends_with(signers.why, STR(" has a key of a kind or size that is not read")));
}

enum cover {
    COVER_NONE,
    COVER_LIST,
    COVER_HASH,
    COVER_OTHER,
};

static void sign_two(enum cover cover)
{
    X509 *const others[] = { root.certificate, middle.certificate };
    static const uint8_t types[] = { 1, 2 };
    static struct test_blob other;
    test_signed_begin(&s);
    const struct test_blob *directories[2];
    directories[0] = test_signed_directory(&s, 0, signed_sha1);
    directories[1] = test_signed_directory(&s, 0x1000, signed_sha256);
    struct test_cms c = test_cms_begin(&leaf, others, 2, TEST_SIGNED_AT);
    if (cover == COVER_LIST)
        test_cms_list(&c, directories, types, 2);
    if (cover == COVER_HASH || cover == COVER_OTHER) {
        test_cms_hash(&c, directories[0], 1);
        test_cms_hash(&c, directories[1], 2);
    }
    if (cover == COVER_OTHER) {
        other = *directories[1];
        other.at[20] ^= 1;
        directories[0] = &other;
        test_cms_list(&c, directories, types, 2);
    }
    test_cms_sign(&c, directories[0] == &other ? &s.blobs[0] : directories[0]);
    test_cms_end(&c, &s);
}

static void macho_read_signers__asks_that_each_directory_was_signed(void **state)
{
    (void)state;
    sign_two(COVER_LIST);
    assert_verified(anchors);
    sign_two(COVER_HASH);
    assert_verified(anchors);
    sign_two(COVER_NONE);
    assert_claimed(anchors, "the code directory of sha256 was not signed");
    sign_two(COVER_OTHER);
    assert_claimed(anchors, "the code directory of sha1 was not signed");
    sign_two(COVER_LIST);
    s.t.at[test_signed_offset(&s, 1) + 12 + 3] ^= 4;
    assert_claimed(anchors, "the code directory of sha256 was not signed");
}

// A public key that nobody has the other half of.
static EVP_PKEY *rsa_of(int bits, int exponent_bits)
{
    EVP_PKEY *key = NULL;
    BIGNUM *modulus = BN_new();
    BIGNUM *exponent = BN_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    test_must(BN_set_bit(modulus, bits - 1) == 1 && BN_set_bit(modulus, 0) == 1);
    test_must(BN_set_bit(exponent, exponent_bits - 1) == 1 && BN_set_bit(exponent, 0) == 1);
    test_must(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
              OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    test_must(EVP_PKEY_fromdata_init(context) == 1 &&
              EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(exponent);
    BN_free(modulus);
    return key;
}

// Signed by the leaf, with a certificate of this key among the others.
static void sign_beside(EVP_PKEY *key)
{
    struct test_holder beside = test_issue(&middle, (struct test_wish){ .name = "beside" }, key);
    X509 *const others[] = { middle.certificate, beside.certificate };
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(&leaf, others, 2, TEST_SIGNED_AT);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
    test_holder_done(&beside);
}

static void macho_read_signers__bounds_keys(void **state)
{
    (void)state;
    EVP_PKEY *const refused[] = { EVP_EC_gen("secp256k1"), rsa_of(8193, 17), rsa_of(2048, 65),
                                  EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };
    EVP_PKEY *const taken[] = { EVP_EC_gen("P-521"), rsa_of(8192, 17), rsa_of(2048, 64) };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        sign_beside(refused[i]);
        const struct macho_signers signers = signers_of(&s, anchors);
        assert_int_equal(signers.chain, MACHO_CHAIN_CLAIMED);
        assert_true(
            str_ends_with(signers.why, STR(" has a key of a kind or size that is not read")));
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        sign_beside(taken[i]);
        assert_verified(anchors);
    }
}

// What all of Apple's certificates for developers have.
static void macho_read_signers__verifies_signatures_of_rsa_keys(void **state)
{
    (void)state;
    struct test_holder holder = test_issue(
        &middle, (struct test_wish){ .name = "x", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING },
        EVP_RSA_gen(2048));
    sign_one(&holder, middle.certificate, TEST_SIGNED_AT);
    assert_verified(anchors);
    s.t.at[test_signed_offset(&s, 1) + s.blobs[1].len - 1] ^= 1;
    assert_claimed(anchors, "the signature is not that of its signer");
    test_holder_done(&holder);
}

static void macho_read_signers__refuses_issuer_that_does_not_say_it_is_one(void **state)
{
    (void)state;
    // Its key may sign certificates; that alone was enough once.
    struct test_holder vague = test_issue(
        &root, (struct test_wish){ .name = "Vague", .key_usage = "critical,keyCertSign" }, NULL);
    sign_as(&vague,
            (struct test_wish){ .name = "x", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING });
    assert_claimed(anchors, "the signer's certificate: invalid CA certificate");
    test_holder_done(&vague);
}

static void macho_read_signers__asks_when_it_was_signed(void **state)
{
    (void)state;
    // libcrypto would write the time of now.
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    static const uint8_t signing_time[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05 };
    bool is_found = false;
    for (size_t i = test_signed_offset(&s, 1); i + 9 < TEST_IMAGE_MAX && !is_found; i++) {
        is_found = memcmp(s.t.at + i, signing_time, sizeof signing_time) == 0;
        s.t.at[i + 8] ^= is_found ? 0x70 : 0;
    }
    assert_true(is_found);
    const struct macho_signers signers = signers_of(&s, NULL);
    assert_int_equal(signers.signing_time.len, 0);
    assert_claimed(anchors, "the signature is not that of its signer");
}

// One directory with an attribute of Apple's that says this.
static void sign_attribute(const char *kind, int type, const void *octets, int len)
{
    X509 *const others[] = { root.certificate, middle.certificate };
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(&leaf, others, 2, TEST_SIGNED_AT);
    test_must(CMS_signed_add1_attr_by_txt(c.signer, kind, type, octets, len) == 1);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
}

static void sign_list(const char *inside)
{
    const str list = arena_printf(&arena, "<plist><dict>%s</dict></plist>", inside);
    sign_attribute(TEST_CDHASHES, V_ASN1_OCTET_STRING, list.at, (int)list.len);
}

static void macho_read_signers__refuses_lists_of_directories_that_are_none(void **state)
{
    (void)state;
    static const char damaged[] = "the list of code directories is damaged";
    sign_attribute(TEST_CDHASHES, V_ASN1_OCTET_STRING, "none", 4);
    assert_claimed(
        anchors,
        "hashes of code directories of 4 octets are not a property list with a dictionary");
    sign_attribute(TEST_CDHASHES, V_ASN1_UTF8STRING, "none", 4);
    assert_claimed(anchors, damaged);
    sign_list("");
    assert_claimed(anchors, damaged);
    sign_list("<key>cdhashes</key><array><string>x</string></array>");
    assert_claimed(anchors, damaged);
    sign_list("<key>cdhashes</key><array><data>AAAA</data></array>");
    assert_claimed(anchors, damaged);
    str many = STR("<key>cdhashes</key><array>");
    for (size_t i = 0; i < 17; i++)
        many = arena_printf(&arena, "%.*s<data>AAAAAAAAAAAAAAAAAAAAAAAAAAA=</data>", STR_ARG(many));
    many = arena_printf(&arena, "%.*s</array>", STR_ARG(many));
    sign_list(many.at);
    assert_claimed(anchors, damaged);
    sign_attribute(TEST_CDHASHES_2, V_ASN1_SEQUENCE, "\x30\x00", 2);
    assert_claimed(anchors, "hash 1 of a code directory is damaged");
    sign_attribute(TEST_CDHASHES_2, V_ASN1_OCTET_STRING, "x", 1);
    assert_claimed(anchors, "hash 1 of a code directory is damaged");
}

static void macho_read_signers__asks_for_one_signer_and_its_certificate(void **state)
{
    (void)state;
    struct test_holder other = test_issue(
        &middle, (struct test_wish){ .name = "y", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING },
        NULL);
    const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_PARTIAL | CMS_NOSMIMECAP;
    X509 *const others[] = { root.certificate, middle.certificate };
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(&leaf, others, 2, TEST_SIGNED_AT);
    test_must(CMS_add1_signer(c.cms, other.certificate, other.key, EVP_sha256(), flags) != NULL);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
    assert_claimed(anchors, "CMS signature has more than one signer");

    test_signed_begin(&s);
    directory = test_signed_directory(&s, 0, signed_sha256);
    c.cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    c.signer =
        CMS_add1_signer(c.cms, leaf.certificate, leaf.key, EVP_sha256(), flags | CMS_NOCERTS);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
    assert_claimed(anchors, "the signer's certificate is not in the CMS signature");
    assert_refused(false, "the signer's certificate is not in the CMS signature");
    test_holder_done(&other);
}

static void macho_read_signers__asks_for_directory_in_slot_0(void **state)
{
    (void)state;
    X509 *const others[] = { root.certificate, middle.certificate };
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0x1000, signed_sha256);
    struct test_cms c = test_cms_begin(&leaf, others, 2, TEST_SIGNED_AT);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
    assert_claimed(anchors, "there is no code directory in slot 0");
    // Told twice: of the signature as it lies there, and of who would have signed it.
    assert_int_equal(image->error_count, 2);
    assert_string_equal(image->errors[1].reason.at, "there is no code directory in slot 0");
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
}

static void macho_read_signers__refuses_longer_chains_than_max(void **state)
{
    (void)state;
    enum {
        COUNT = MACHO_CHAIN_MAX + 1
    };
    struct test_holder holders[COUNT];
    X509 *others[COUNT];
    for (int i = 0; i < COUNT; i++) {
        holders[i] = test_issue(i == 0 ? &root : &holders[i - 1],
                                (struct test_wish){ .name = arena_printf(&arena, "Middle %d", i).at,
                                                    .constraints = "critical,CA:TRUE" },
                                NULL);
        others[i] = holders[i].certificate;
    }
    for (int count = COUNT - 1; count <= COUNT; count++) {
        struct test_holder last = test_issue(
            &holders[count - 1],
            (struct test_wish){ .name = "x", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING },
            NULL);
        test_signed_begin(&s);
        const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
        struct test_cms c = test_cms_begin(&last, others, (size_t)count, TEST_SIGNED_AT);
        test_cms_sign(&c, directory);
        test_cms_end(&c, &s);
        test_holder_done(&last);
        if (count < COUNT)
            assert_verified(anchors);
        else
            assert_claimed(anchors, "the signer's certificate: certificate chain too long");
    }
    for (int i = 0; i < COUNT; i++)
        test_holder_done(&holders[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(macho_read_signers__verifies_up_to_an_anchor, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_what_was_changed, forget),
        cmocka_unit_test_teardown(macho_read_signers__asks_for_certificates_that_sign_code, forget),
        cmocka_unit_test_teardown(macho_read_signers__knows_critical_extensions_of_apple_only,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_issuers_that_may_not_issue, forget),
        cmocka_unit_test_teardown(macho_read_signers__judges_at_the_time_of_signing, forget),
        cmocka_unit_test_teardown(macho_read_signers__takes_time_from_timestamp, forget),
        cmocka_unit_test_teardown(macho_read_signers__asks_that_each_directory_was_signed, forget),
        cmocka_unit_test_teardown(macho_read_signers__bounds_keys, forget),
        cmocka_unit_test_teardown(macho_read_signers__verifies_signatures_of_rsa_keys, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_issuer_that_does_not_say_it_is_one,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__asks_when_it_was_signed, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_lists_of_directories_that_are_none,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__asks_for_one_signer_and_its_certificate,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__asks_for_directory_in_slot_0, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_longer_chains_than_max, forget),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
