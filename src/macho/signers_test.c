#include "macho/signers.h"

#include "macho/ber.h"
#include "macho/test_signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "macho/test_authority.h"

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
}

static void macho_read_signers__refuses_team_that_the_signer_does_not_confirm(void **state)
{
    (void)state;
    static const struct {
        struct test_wish wish;
        const char *end;
    } cases[] = {
        { { .unit = "team123456" }, " is of team123456" },
        { { .unit = "Department" }, " is of Department" },
        { { .name = "Developer ID Application: X (" TEST_TEAM ")" }, "'s certificate names none" },
        { { .unit = TEST_TEAM, .second_unit = "OTHER12345" }, "'s certificate names several" },
        { { .unit = "OTHER12345", .second_unit = TEST_TEAM }, "'s certificate names several" },
        // Whoever issues to Apple is Apple.
        { { .organization = "Apple Inc." }, "'s certificate names none" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_wish wish = cases[i].wish;
        wish.purpose = TEST_CODE_SIGNING;
        sign_as(&middle, wish);
        (void)signers_of(&s, NULL);
        assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
        assert_int_equal(image->error_count, 1);
        assert_text(image->errors[0].reason,
                    arena_printf(&arena,
                                 "the code directory claims the team TEAM123456, its signer%s",
                                 cases[i].end)
                        .at);
    }
}

static void macho_read_signers__takes_any_team_of_apples_own_certificates(void **state)
{
    (void)state;
    struct test_holder apple = test_issue(&root,
                                          (struct test_wish){ .name = "Middle",
                                                              .organization = "Apple Inc.",
                                                              .constraints = "critical,CA:TRUE" },
                                          NULL);
    struct test_wish wish = { .name = "Apple Mac OS Application Signing",
                              .organization = "Apple Inc.",
                              .purpose = TEST_CODE_SIGNING };
    sign_as(&apple, wish);
    assert_verified(anchors);
    wish.unit = "Apple Worldwide Developer Relations";
    sign_as(&apple, wish);
    assert_verified(anchors);
    // A team of its own, and a developer's certificate: those are held to it.
    wish.unit = "OTHER12345";
    sign_as(&apple, wish);
    (void)signers_of(&s, NULL);
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    wish.unit = NULL;
    wish.organization = "Apple Inc";
    sign_as(&apple, wish);
    (void)signers_of(&s, NULL);
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    test_holder_done(&apple);
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
    macho_read_signers(&source, image, NULL, false, &arena, &signers);
    assert_string_equal(image->errors[0].reason.at,
                        "CMS signature of 65537 octets; at most 65536 are read");
    assert_int_equal(signers.chain, MACHO_CHAIN_CLAIMED);
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
        (void)read_signers(&changed, i % 8 == 0 ? anchors : NULL, i % 8 == 4);
        arena_reset(&arena);
    }
}

// The CMS of the image again, its outer values without a length, as Apple's older tools wrote it.
static size_t write_indefinite(bytes der, uint8_t *to)
{
    struct reader outer = reader_of(der);
    struct reader content = reader_of(ber_expect(&outer, BER_SEQUENCE).content);
    const bytes kind = ber_expect(&content, BER_OBJECT).whole;
    struct reader wrapped = reader_of(ber_expect(&content, BER_CONTEXT(0)).content);
    const bytes inner = ber_expect(&wrapped, BER_SEQUENCE).content;
    size_t len = 0;
    memcpy(to, "\x30\x80", 2);
    memcpy(to + 2, kind.at, kind.len);
    len = 2 + kind.len;
    memcpy(to + len, "\xa0\x80\x30\x80", 4);
    memcpy(to + len + 4, inner.at, inner.len);
    len += 4 + inner.len;
    memset(to + len, 0, 6);
    return len + 6;
}

static void macho_read_signers__reads_values_without_length(void **state)
{
    (void)state;
    uint8_t indefinite[TEST_BLOB_MAX];
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    const size_t len =
        write_indefinite((bytes){ .at = s.blobs[1].at + 8, .len = s.blobs[1].len - 8 }, indefinite);
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, signed_sha256);
    (void)test_signed_blob(&s, 0x10000, 0xfade0b01, indefinite, len);
    test_signed_end(&s);
    assert_verified(anchors);
    assert_int_equal(signers_of(&s, NULL).names.count, 3);
}

static void macho_read_signers__says_what_is_no_signature(void **state)
{
    (void)state;
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, signed_sha256);
    (void)test_signed_blob(&s, 0x10000, 0xfade0b01, "\x30\x03\x02\x01\x01", 5);
    test_signed_end(&s);
    assert_claimed(anchors, "CMS signature of 5 octets is not signed data");
    assert_refused(false, "CMS signature of 5 octets is not signed data");
}

static void write_file(const char *text, size_t len)
{
    FILE *file = fopen(anchors_path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void assert_no_anchors(enum status expected, const char *why)
{
    struct macho_anchors *opened = NULL;
    struct err err;
    assert_int_equal(macho_anchors_open(str_of(anchors_path), &opened, &err), expected);
    assert_text(arena_printf(&arena, "%s: %s", anchors_path, why), err.text);
    assert_null(opened);
}

static void macho_anchors_open__says_what_is_wrong_with_file(void **state)
{
    (void)state;
    (void)unlink(anchors_path);
    assert_no_anchors(ERR_IO, "No such file or directory");
    write_file("text", 4);
    assert_no_anchors(ERR_FORMAT, "no certificate in 4 octets");
    write_file("", 0);
    assert_no_anchors(ERR_FORMAT, "no certificate in 0 octets");
    char *large = calloc(1, MACHO_ANCHOR_BYTES_MAX + 1);
    write_file(large, MACHO_ANCHOR_BYTES_MAX + 1);
    assert_no_anchors(ERR_LIMIT, "more than 1048576 octets");

    FILE *file = fopen(anchors_path, "w");
    for (size_t i = 0; i <= MACHO_ANCHORS_MAX; i++)
        assert_int_equal(PEM_write_X509(file, root.certificate), 1);
    assert_int_equal(fclose(file), 0);
    assert_no_anchors(ERR_LIMIT, "more than 64 certificates");

    file = fopen(anchors_path, "w");
    assert_int_equal(PEM_write_X509(file, root.certificate), 1);
    assert_int_equal(
        fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_no_anchors(ERR_FORMAT, "certificate 2 is damaged");
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
    assert_int_equal(macho_anchors_open(str_of(anchors_path), &opened, &err), OK);
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    assert_verified(opened);
    macho_anchors_close(opened);
    write_file((const char *)der, (size_t)len - 1);
    assert_no_anchors(ERR_FORMAT, arena_printf(&arena, "no certificate in %d octets", len - 1).at);
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
        cmocka_unit_test_teardown(macho_read_signers__refuses_team_that_is_not_the_signers, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_team_that_the_signer_does_not_confirm,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__takes_any_team_of_apples_own_certificates,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__says_of_team_that_nobody_signed, forget),
        cmocka_unit_test_teardown(macho_read_signers__refuses_more_than_max, forget),
        cmocka_unit_test_teardown(macho_read_signers__survives_every_truncation_and_change_of_cms,
                                  forget),
        cmocka_unit_test_teardown(macho_read_signers__reads_values_without_length, forget),
        cmocka_unit_test_teardown(macho_read_signers__says_what_is_no_signature, forget),
        cmocka_unit_test_teardown(macho_anchors_open__says_what_is_wrong_with_file, forget),
        cmocka_unit_test_teardown(macho_anchors_open__reads_der, forget),
        cmocka_unit_test_teardown(macho_chain_name__names_each, forget),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
