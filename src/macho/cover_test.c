#include "macho/cover.h"

#include "macho/signers.h"
#include "macho/test_signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "macho/test_authority.h"

#define ALTERED "the code directory is not the one that was signed"
#define WRONG   "the signature is not that of its signer"
#define FLAGS   (CMS_BINARY | CMS_DETACHED | CMS_PARTIAL | CMS_NOSMIMECAP)

static X509 *others[2];

static int set_up_others(void **state)
{
    const int status = set_up(state);
    others[0] = root.certificate;
    others[1] = middle.certificate;
    return status;
}

static void cover_check__finds_each_change_of_the_directory(void **state)
{
    (void)state;
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    assert_signed(false, "");
    assert_signed(true, "");
    // Of its head, where a change of another kind is an error by itself, only the flags.
    const size_t at = test_signed_offset(&s, 0);
    for (size_t i = 0; i < s.blobs[0].len; i++) {
        if (i < 12 || (i >= 16 && i < 64))
            continue;
        s.t.at[at + i] ^= 1;
        const struct macho_signers signers = signers_of(&s, NULL);
        assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
        assert_true(i < 16 || str_eq(signers.why, STR(ALTERED)));
        s.t.at[at + i] ^= 1;
        arena_reset(&arena);
    }
    s.t.at[at + s.blobs[0].len - 1] ^= 1;
    assert_refused(false, ALTERED);
    assert_refused(true, ALTERED);
}

// The signer's hash of one kind, the directory's own of another.
static void sign_with(const EVP_MD *kind, struct test_directory of)
{
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, of);
    struct test_cms c = { .cms = CMS_sign(NULL, NULL, NULL, NULL, FLAGS) };
    c.signer = CMS_add1_signer(c.cms, leaf.certificate, leaf.key, kind, FLAGS);
    test_must(c.signer != NULL);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
}

static void cover_check__knows_the_hashes_of_signers(void **state)
{
    (void)state;
    const EVP_MD *const kinds[] = { EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(),
                                    EVP_sha512() };
    const struct test_directory directories[] = { signed_sha1,
                                                  signed_sha256,
                                                  { 0x10000, 3, 20, "tool", TEST_TEAM },
                                                  { 0x10000, 4, 48, "tool", TEST_TEAM } };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        for (size_t d = 0; d < COUNT_OF(directories); d++) {
            sign_with(kinds[i], directories[d]);
            assert_signed(true, "");
            s.t.at[test_signed_offset(&s, 0) + s.blobs[0].len - 1] ^= 1;
            assert_refused(false, ALTERED);
        }
    // SHA3-256 by name: a Mac does not know it either.
    static const uint8_t sha256[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 };
    sign_with(EVP_sha256(), signed_sha256);
    for (size_t i = test_signed_offset(&s, 1); i + sizeof sha256 < s.t.len; i++)
        if (memcmp(s.t.at + i, sha256, sizeof sha256) == 0)
            s.t.at[i + 8] = 8;
    assert_refused(false, "CMS signature has no hash of the code directory");
}

static void cover_check__says_what_could_not_be_read(void **state)
{
    (void)state;
    sign_with(EVP_sha256(), signed_sha1);
    (void)signers_of(&s, NULL);
    struct macho_signers signers;
    bytes in = test_bytes(&s.t);
    const struct macho_source source = { .read = read_at, .context = &in, .size = in.len };
    // The directory's hash is known already, and is to be taken again from what is gone.
    image->signature.directories[0].extent.offset = in.len;
    macho_read_signers(&source, image, NULL, false, &arena, &signers);
    assert_text(signers.why, "the code directory could not be read");
    assert_int_equal(image->signature.state, MACHO_SIGNED);
    assert_int_equal(image->error_count, 1);
}

// What is in the two attributes: hashes of these directories, 0 to 3. 2: one that is not there.
static void sign_lists(const char *listed, const char *hashed)
{
    static struct test_blob other;
    static const uint8_t types[] = { 1, 2, 2 };
    test_signed_begin(&s);
    const struct test_blob *directories[3];
    directories[0] = test_signed_directory(&s, 0, signed_sha1);
    directories[1] = test_signed_directory(&s, 0x1000, signed_sha256);
    other = *directories[1];
    other.at[20] ^= 1;
    directories[2] = &other;
    struct test_cms c = test_cms_begin(&leaf, others, 2, TEST_SIGNED_AT);
    const struct test_blob *chosen[8];
    uint8_t chosen_types[8];
    size_t count = 0;
    for (; listed != NULL && listed[count] != '\0'; count++) {
        chosen[count] = directories[listed[count] - '0'];
        chosen_types[count] = types[listed[count] - '0'];
    }
    if (listed != NULL)
        test_cms_list(&c, chosen, chosen_types, count);
    for (size_t i = 0; hashed != NULL && hashed[i] != '\0'; i++)
        test_cms_hash(&c, directories[hashed[i] - '0'], types[hashed[i] - '0']);
    test_cms_sign(&c, directories[0]);
    test_cms_end(&c, &s);
}

static void cover_check__asks_that_each_list_names_all_directories(void **state)
{
    (void)state;
    static const char first[] = "the code directory of sha1 was not signed";
    static const char second[] = "the code directory of sha256 was not signed";
    static const char other[] = "a code directory that was signed is not there";
    static const struct {
        const char *listed;
        const char *hashed;
        const char *why;
    } cases[] = {
        { "01", "01", "" },     { "01", NULL, "" },     { NULL, "01", "" },
        { "10", "10", "" },     { NULL, NULL, second }, { "0", "01", second },
        { "01", "0", second },  { "1", "01", first },   { "01", "1", first },
        { "02", NULL, second }, { "012", "01", other }, { "01", "210", other },
        { "", NULL, first },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sign_lists(cases[i].listed, cases[i].hashed);
        if (cases[i].why[0] == '\0')
            assert_signed(true, "");
        else
            assert_refused(false, cases[i].why);
    }
}

// As codesign(1) writes it; anything else is parsed.
static str list_of(const struct test_blob *directory, bool is_plain)
{
    uint8_t digest[20];
    uint8_t base64[64];
    test_digest(2, (bytes){ .at = directory->at, .len = directory->len }, digest, sizeof digest);
    (void)EVP_EncodeBlock(base64, digest, sizeof digest);
    return arena_printf(
        &arena,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST "
        "1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist "
        "version=\"1.0\">\n<dict>\n\t<key>cdhashes</key>\n\t<array>\n\t\t<data>\n\t\t%s%s\n\t\t"
        "</data>\n\t</array>\n</dict>\n</plist>\n",
        (char *)base64, is_plain ? "" : "\n");
}

static void cover_check__reads_lists_as_they_are_written(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        test_signed_begin(&s);
        const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
        static struct test_blob other;
        other = *directory;
        other.at[20] ^= i >= 2;
        const str list = list_of(&other, i % 2 == 0);
        struct test_cms c = test_cms_begin(&leaf, others, 2, TEST_SIGNED_AT);
        test_must(CMS_signed_add1_attr_by_txt(c.signer, TEST_CDHASHES, V_ASN1_OCTET_STRING, list.at,
                                              (int)list.len) == 1);
        test_cms_sign(&c, directory);
        test_cms_end(&c, &s);
        if (i < 2)
            assert_signed(true, "");
        else
            assert_refused(false, "the code directory of sha256 was not signed");
    }
}

static void chain_check_signature__finds_signature_of_another_key(void **state)
{
    (void)state;
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    s.t.at[test_signed_offset(&s, 1) + s.blobs[1].len - 1] ^= 1;
    assert_signed(false, "");
    assert_refused(true, WRONG);
    const struct macho_signers signers = signers_of(&s, anchors);
    assert_text(signers.why, WRONG);
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    // The time is a signed attribute.
    sign_one(&leaf, middle.certificate, TEST_SIGNED_AT);
    for (size_t i = test_signed_offset(&s, 1); i + 13 < s.t.len; i++)
        if (memcmp(s.t.at + i, TEST_SIGNED_AT, 13) == 0)
            s.t.at[i] ^= 1;
    assert_signed(false, "");
    assert_refused(true, WRONG);
}

static void chain_check_signature__says_what_cannot_be_told(void **state)
{
    (void)state;
    static const char algorithm[] = "the signature is of an algorithm that is not read";
    struct test_holder holder = test_issue(
        &middle, (struct test_wish){ .name = "x", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING },
        EVP_EC_gen("secp256k1"));
    sign_one(&holder, middle.certificate, TEST_SIGNED_AT);
    test_holder_done(&holder);
    assert_signed(false, "");
    assert_signed(true, "the signer's certificate has a key of a kind or size that is not read");

    holder = test_issue(
        &middle, (struct test_wish){ .name = "x", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING },
        EVP_RSA_gen(2048));
    for (unsigned is_pss = 0; is_pss < 2; is_pss++) {
        test_signed_begin(&s);
        const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
        struct test_cms c = { .cms = CMS_sign(NULL, NULL, NULL, NULL, FLAGS) };
        c.signer = CMS_add1_signer(c.cms, holder.certificate, holder.key, EVP_sha256(),
                                   FLAGS | (is_pss ? CMS_KEY_PARAM : 0));
        test_must(c.signer != NULL);
        if (is_pss)
            test_must(EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(c.signer),
                                                   RSA_PKCS1_PSS_PADDING) == 1);
        test_cms_sign(&c, directory);
        test_cms_end(&c, &s);
        assert_signed(true, is_pss ? algorithm : "");
    }
    test_holder_done(&holder);
}

static void chain_check_signature__reads_signers_named_by_their_key(void **state)
{
    (void)state;
    struct test_holder holder = test_issue(
        &middle, (struct test_wish){ .name = "x", .unit = TEST_TEAM, .purpose = TEST_CODE_SIGNING },
        NULL);
    test_extension(holder.certificate, holder.certificate, NID_subject_key_identifier, "hash");
    test_must(X509_sign(holder.certificate, middle.key, EVP_sha256()) > 0);
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(&leaf, others, 2, TEST_SIGNED_AT);
    CMS_ContentInfo_free(c.cms);
    STACK_OF(X509) *stack = sk_X509_new_null();
    test_must(sk_X509_push(stack, middle.certificate) > 0);
    c.cms = CMS_sign(NULL, NULL, stack, NULL, FLAGS);
    sk_X509_free(stack);
    c.signer =
        CMS_add1_signer(c.cms, holder.certificate, holder.key, EVP_sha256(), FLAGS | CMS_USE_KEYID);
    test_must(c.signer != NULL);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
    assert_signed(true, "");
    assert_text(signers_of(&s, NULL).names.at[0], "CN = x, OU = " TEST_TEAM);
    assert_verified(anchors);
    s.t.at[test_signed_offset(&s, 1) + s.blobs[1].len - 1] ^= 1;
    assert_refused(true, WRONG);
    test_holder_done(&holder);
}

// The signature is over the directory itself then, and no list can say of others.
static void sign_bare(bool has_second)
{
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    if (has_second)
        (void)test_signed_directory(&s, 0x1000, signed_sha1);
    struct test_cms c = { .cms = CMS_sign(NULL, NULL, NULL, NULL, FLAGS) };
    c.signer = CMS_add1_signer(c.cms, leaf.certificate, leaf.key, EVP_sha256(), FLAGS | CMS_NOATTR);
    test_must(c.signer != NULL);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
}

static void chain_check_signature__reads_signatures_without_attributes(void **state)
{
    (void)state;
    sign_bare(false);
    assert_signed(true, "");
    assert_claimed(anchors, "CMS signature does not say when it was made");
    s.t.at[test_signed_offset(&s, 0) + s.blobs[0].len - 1] ^= 1;
    assert_signed(false, "");
    assert_refused(true, WRONG);
    sign_bare(true);
    assert_refused(false, "the code directory of sha1 was not signed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(cover_check__finds_each_change_of_the_directory, forget),
        cmocka_unit_test_teardown(cover_check__knows_the_hashes_of_signers, forget),
        cmocka_unit_test_teardown(cover_check__says_what_could_not_be_read, forget),
        cmocka_unit_test_teardown(cover_check__asks_that_each_list_names_all_directories, forget),
        cmocka_unit_test_teardown(cover_check__reads_lists_as_they_are_written, forget),
        cmocka_unit_test_teardown(chain_check_signature__finds_signature_of_another_key, forget),
        cmocka_unit_test_teardown(chain_check_signature__says_what_cannot_be_told, forget),
        cmocka_unit_test_teardown(chain_check_signature__reads_signers_named_by_their_key, forget),
        cmocka_unit_test_teardown(chain_check_signature__reads_signatures_without_attributes,
                                  forget),
    };
    return cmocka_run_group_tests(tests, set_up_others, tear_down);
}
