#include "macho/signers.h"

#include "macho/test_signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOT_PATH "signers_test.root.pem"

static const struct test_directory signed_sha1 = { 0x10000, 1, 20, "tool", TEST_TEAM };
static const struct test_directory signed_sha256 = { 0x10000, 2, 32, "tool", TEST_TEAM };

static struct arena arena;
static struct macho_image *image;
static struct test_holder root;
static struct test_holder middle;
static struct test_holder leaf;
static struct test_holder authority;
static struct macho_anchors *anchors;
static struct test_signed s;

static struct macho_anchors *anchors_of(X509 *certificate)
{
    struct macho_anchors *opened = NULL;
    struct err err = { .text = "" };
    test_write_pem(ROOT_PATH, certificate);
    if (macho_anchors_open(STR(ROOT_PATH), &opened, &err) != OK)
        fail_msg("%s", err.text);
    (void)unlink(ROOT_PATH);
    return opened;
}

static int set_up(void **state)
{
    (void)state;
    macho_signers_prepare();
    root = test_issue(NULL, (struct test_wish){ .name = "Root", .constraints = "critical,CA:TRUE" },
                      NULL);
    middle = test_issue(&root,
                        (struct test_wish){ .name = "Middle",
                                            .unit = "Authority",
                                            .constraints = "critical,CA:TRUE",
                                            .private_extension = TEST_APPLE_CODE },
                        NULL);
    leaf = test_issue(&middle,
                      (struct test_wish){ .name = "Leaf: Jos\xc3\xa9, \"J\"",
                                          .unit = TEST_TEAM,
                                          .purpose = TEST_CODE_SIGNING,
                                          .private_extension = TEST_APPLE_CODE },
                      NULL);
    authority = test_issue(
        &middle, (struct test_wish){ .name = "Clock", .purpose = TEST_TIME_STAMPING }, NULL);
    anchors = anchors_of(root.certificate);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    macho_anchors_close(anchors);
    test_holder_done(&authority);
    test_holder_done(&leaf);
    test_holder_done(&middle);
    test_holder_done(&root);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len, struct err *err)
{
    const bytes *in = context;
    if (offset > in->len || len > in->len - offset)
        return (fail)(err, ERR_IO, "the disk is gone");
    memcpy(to, in->at + offset, len);
    return OK;
}

static struct macho_signers signers_of(const struct test_signed *of,
                                       const struct macho_anchors *trusted)
{
    static struct macho_file file;
    struct macho_signers signers;
    struct err err;
    bytes in = test_bytes(&of->t);
    const struct macho_source source = { .read = read_at, .context = &in, .size = in.len };
    assert_int_equal(macho_read(&source, &arena, &file, &err), OK);
    image = &file.images[0];
    macho_read_signers(&source, image, trusted, &arena, &signers);
    assert_int_equal(ERR_peek_error(), 0);
    return signers;
}

static void assert_text(str actual, const char *expected)
{
    assert_string_equal(arena_str(&arena, actual).at, expected);
}

static void assert_verified(const struct macho_anchors *trusted)
{
    const struct macho_signers signers = signers_of(&s, trusted);
    assert_text(signers.why, "");
    assert_int_equal(signers.chain, MACHO_CHAIN_VERIFIED);
    assert_int_equal(image->error_count, 0);
}

static void assert_claimed(const struct macho_anchors *trusted, const char *why)
{
    const struct macho_signers signers = signers_of(&s, trusted);
    assert_text(signers.why, why);
    assert_int_equal(signers.chain, MACHO_CHAIN_CLAIMED);
}

// One directory, signed by `holder` whose certificate came from `issuer`.
static void sign_one(const struct test_holder *holder, X509 *issuer, const char *at)
{
    X509 *const others[] = { root.certificate, issuer };
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(holder, others, 2, at);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
}

static void macho_read_signers__tells_certificates_leaf_first(void **state)
{
    (void)state;
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    const struct macho_signers signers = signers_of(&s, NULL);
    assert_int_equal(image->error_count, 0);
    assert_int_equal(image->signature.state, MACHO_SIGNED);
    assert_int_equal(signers.chain, MACHO_CHAIN_CLAIMED);
    assert_int_equal(signers.why.len, 0);
    assert_int_equal(signers.names.count, 3);
    assert_text(signers.names.at[0], "CN = \"Leaf: Jos\\C3\\A9, \\\"J\\\"\", OU = " TEST_TEAM);
    assert_text(signers.names.at[1], "CN = Middle, OU = Authority");
    assert_text(signers.names.at[2], "CN = Root");
    assert_text(signers.leaf_team, TEST_TEAM);
    assert_text(signers.signing_time, "2021-06-01T12:00:00Z");
}

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
    assert_claimed(anchors, "the signature is not that of its signer");
}

// Issues a leaf, signs with it, and forgets it.
static void sign_as(const struct test_holder *issuer, struct test_wish wish)
{
    struct test_holder holder = test_issue(issuer, wish, NULL);
    sign_one(&holder, issuer->certificate, TEST_SIGNED_AT);
    test_holder_done(&holder);
}

static void macho_read_signers__asks_for_certificates_that_sign_code(void **state)
{
    (void)state;
    struct test_wish wish = { .name = "x" };
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
    sign_as(&leaf, (struct test_wish){ .name = "x", .purpose = TEST_CODE_SIGNING });
    X509 *const others[] = { root.certificate, middle.certificate, leaf.certificate };
    struct test_holder forged =
        test_issue(&leaf, (struct test_wish){ .name = "x", .purpose = TEST_CODE_SIGNING }, NULL);
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

static void sign_stamped(const struct test_holder *by, const char *at, const char *of)
{
    X509 *const others[] = { root.certificate, middle.certificate };
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(&leaf, others, 2, "350101000000Z");
    test_cms_sign(&c, directory);
    test_cms_stamp(&c, by, middle.certificate, at, of);
    test_cms_end(&c, &s);
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
    if (cover == COVER_HASH || cover == COVER_OTHER)
        test_cms_hash(&c, directories[1]);
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
    // Taking one away would leave the weaker one to be believed.
    sign_two(COVER_OTHER);
    assert_claimed(anchors, "a code directory that was signed is not there");
    sign_two(COVER_LIST);
    s.t.at[test_signed_offset(&s, 1) + 12 + 3] ^= 4;
    assert_claimed(anchors, "the code directory of sha256 was not signed");
}

static void macho_read_signers__refuses_team_that_is_not_the_signers(void **state)
{
    (void)state;
    struct test_wish wish = { .name = "x", .unit = "OTHER12345", .purpose = TEST_CODE_SIGNING };
    sign_as(&middle, wish);
    const struct macho_signers signers = signers_of(&s, anchors);
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    assert_text(signers.leaf_team, "OTHER12345");
    assert_string_equal(
        image->errors[0].reason.at,
        "the code directory claims the team TEAM123456, its signer is of OTHER12345");
    // Apple's own certificates have a department there.
    wish.unit = "Apple Worldwide Developer Relations";
    sign_as(&middle, wish);
    assert_verified(anchors);
    wish.unit = "team123456";
    sign_as(&middle, wish);
    assert_verified(anchors);
}

static void macho_read_signers__says_of_team_that_nobody_signed(void **state)
{
    (void)state;
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, (struct test_directory){ 2, 2, 32, "tool", TEST_TEAM });
    test_signed_end(&s);
    const struct macho_signers signers = signers_of(&s, anchors);
    assert_int_equal(signers.chain, MACHO_CHAIN_NONE);
    assert_int_equal(signers.why.len, 0);
    assert_string_equal(image->errors[0].reason.at,
                        "the code directory claims the team TEAM123456, and nobody signed it");
    assert_int_equal(image->signature.state, MACHO_SIGNED_ADHOC);
}

static void macho_read_signers__bounds_keys(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("secp256k1");
    struct test_holder holder =
        test_issue(&middle, (struct test_wish){ .name = "x", .purpose = TEST_CODE_SIGNING }, key);
    sign_one(&holder, middle.certificate, TEST_SIGNED_AT);
    test_holder_done(&holder);
    const struct macho_signers signers = signers_of(&s, anchors);
    assert_int_equal(signers.chain, MACHO_CHAIN_CLAIMED);
    assert_true(str_ends_with(signers.why, STR(" has a key of a kind or size that is not read")));
}

static void macho_read_signers__refuses_more_than_max(void **state)
{
    (void)state;
    X509 *others[MACHO_CERTIFICATES_MAX];
    struct test_holder holders[MACHO_CERTIFICATES_MAX];
    for (size_t i = 0; i < MACHO_CERTIFICATES_MAX; i++) {
        holders[i] = test_issue(NULL, (struct test_wish){ .name = "x" }, root.key);
        others[i] = holders[i].certificate;
    }
    for (size_t count = MACHO_CERTIFICATES_MAX - 1; count <= MACHO_CERTIFICATES_MAX; count++) {
        test_signed_begin(&s);
        const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
        struct test_cms c = test_cms_begin(&leaf, others, count, TEST_SIGNED_AT);
        test_cms_sign(&c, directory);
        test_cms_end(&c, &s);
        const struct macho_signers signers = signers_of(&s, NULL);
        assert_int_equal(signers.names.count, count == MACHO_CERTIFICATES_MAX ? 0 : 16);
    }
    assert_string_equal(image->errors[0].reason.at,
                        "more than 16 certificates in the CMS signature");
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    for (size_t i = 0; i < MACHO_CERTIFICATES_MAX; i++)
        X509_free(holders[i].certificate);

    // The blob ends where the image does: only its length is looked at.
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    (void)signers_of(&s, NULL);
    struct macho_signers signers;
    const struct macho_source source = { .read = read_at, .context = &(bytes){ .len = 0 } };
    image->signature.cms.size = 8 + MACHO_CMS_BYTES_MAX + 1;
    macho_read_signers(&source, image, anchors, &arena, &signers);
    assert_string_equal(image->errors[0].reason.at,
                        "CMS signature of 65537 octets; at most 65536 are read");
    assert_text(signers.why, "the CMS signature could not be read");
}

static void macho_read_signers__survives_every_truncation_and_change_of_cms(void **state)
{
    (void)state;
    static struct test_signed changed;
    sign_stamped(&authority, "20220101000000Z", NULL);
    const size_t at = test_signed_offset(&s, 1);
    const size_t len = s.blobs[1].len;
    for (size_t i = 8; i < len; i++) {
        changed.t = s.t;
        test_put(&changed.t, at + 4, i, 4, true);  // A blob that ends sooner.
        struct macho_signers signers = signers_of(&changed, anchors);
        assert_int_not_equal(signers.chain, MACHO_CHAIN_VERIFIED);
        assert_int_equal(signers.names.count, 0);
        changed.t = s.t;
        changed.t.at[at + i] ^= 0x11;
        (void)signers_of(&changed, i % 8 == 0 ? anchors : NULL);
        arena_reset(&arena);
    }
}

static void macho_read_signers__says_what_is_no_signature(void **state)
{
    (void)state;
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, signed_sha256);
    (void)test_signed_blob(&s, 0x10000, 0xfade0b01, "\x30\x03\x02\x01\x01", 5);
    test_signed_end(&s);
    assert_claimed(anchors, "CMS signature of 5 octets is not signed data");
    assert_string_equal(image->errors[0].reason.at, "CMS signature of 5 octets is not signed data");
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
}

static void write_file(const char *text, size_t len)
{
    FILE *file = fopen(ROOT_PATH, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void assert_no_anchors(enum status expected, const char *why)
{
    struct macho_anchors *opened = NULL;
    struct err err;
    assert_int_equal(macho_anchors_open(STR(ROOT_PATH), &opened, &err), expected);
    assert_string_equal(err.text, why);
    assert_null(opened);
    (void)unlink(ROOT_PATH);
}

static void macho_anchors_open__says_what_is_wrong_with_file(void **state)
{
    (void)state;
    (void)unlink(ROOT_PATH);
    assert_no_anchors(ERR_IO, ROOT_PATH ": No such file or directory");
    write_file("text", 4);
    assert_no_anchors(ERR_FORMAT, ROOT_PATH ": no certificate in 4 octets");
    write_file("", 0);
    assert_no_anchors(ERR_FORMAT, ROOT_PATH ": no certificate in 0 octets");
    char *large = calloc(1, MACHO_ANCHOR_BYTES_MAX + 1);
    write_file(large, MACHO_ANCHOR_BYTES_MAX + 1);
    assert_no_anchors(ERR_LIMIT, ROOT_PATH ": more than 1048576 octets");

    FILE *file = fopen(ROOT_PATH, "w");
    for (size_t i = 0; i <= MACHO_ANCHORS_MAX; i++)
        assert_int_equal(PEM_write_X509(file, root.certificate), 1);
    assert_int_equal(fclose(file), 0);
    assert_no_anchors(ERR_LIMIT, ROOT_PATH ": more than 64 certificates");

    file = fopen(ROOT_PATH, "w");
    assert_int_equal(PEM_write_X509(file, root.certificate), 1);
    assert_int_equal(
        fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_no_anchors(ERR_FORMAT, ROOT_PATH ": certificate 2 is damaged");
    struct macho_anchors *opened = NULL;
    struct err err;
    assert_int_equal(macho_anchors_open((str){ .at = "a\0b", .len = 3 }, &opened, &err), ERR_IO);
    free(large);
    macho_anchors_close(NULL);
}

static void macho_anchors_open__reads_der(void **state)
{
    (void)state;
    struct macho_anchors *opened = NULL;
    struct err err = { .text = "" };
    uint8_t *der = NULL;
    const int len = i2d_X509(root.certificate, &der);
    assert_true(len > 0);
    write_file((const char *)der, (size_t)len);
    assert_int_equal(macho_anchors_open(STR(ROOT_PATH), &opened, &err), OK);
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    assert_verified(opened);
    macho_anchors_close(opened);
    write_file((const char *)der, (size_t)len - 1);
    assert_no_anchors(ERR_FORMAT,
                      arena_printf(&arena, ROOT_PATH ": no certificate in %d octets", len - 1).at);
    OPENSSL_free(der);
}

static void macho_chain_name__names_each(void **state)
{
    (void)state;
    assert_text(macho_chain_name(MACHO_CHAIN_NONE), "none");
    assert_text(macho_chain_name(MACHO_CHAIN_CLAIMED), "claimed");
    assert_text(macho_chain_name(MACHO_CHAIN_VERIFIED), "verified");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(macho_read_signers__tells_certificates_leaf_first, forget),
        cmocka_unit_test_teardown(macho_read_signers__verifies_up_to_an_anchor, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_what_was_changed, forget),
        cmocka_unit_test_teardown(macho_read_signers__asks_for_certificates_that_sign_code, forget),
        cmocka_unit_test_teardown(macho_read_signers__knows_critical_extensions_of_apple_only,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_issuers_that_may_not_issue, forget),
        cmocka_unit_test_teardown(macho_read_signers__judges_at_the_time_of_signing, forget),
        cmocka_unit_test_teardown(macho_read_signers__takes_time_from_timestamp, forget),
        cmocka_unit_test_teardown(macho_read_signers__asks_that_each_directory_was_signed, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_team_that_is_not_the_signers, forget),
        cmocka_unit_test_teardown(macho_read_signers__says_of_team_that_nobody_signed, forget),
        cmocka_unit_test_teardown(macho_read_signers__bounds_keys, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_more_than_max, forget),
        cmocka_unit_test_teardown(macho_read_signers__survives_every_truncation_and_change_of_cms,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__says_what_is_no_signature, forget),
        cmocka_unit_test_teardown(macho_anchors_open__says_what_is_wrong_with_file, forget),
        cmocka_unit_test_teardown(macho_anchors_open__reads_der, forget),
        cmocka_unit_test_teardown(macho_chain_name__names_each, forget),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
