// What the tests of signers share: the authority of test_signing.h, set up once, and an image that
// its leaf has signed. Included by the tests only, after cmocka.h.

#ifndef MACHO_TEST_AUTHORITY_H
#define MACHO_TEST_AUTHORITY_H

#include "macho/signers.h"
#include "macho/test_signing.h"

#include <unistd.h>

// Where anchors are read from; each program has its own.
static char anchors_path[] = "/tmp/pomona-anchors-XXXXXX";

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

static inline struct macho_anchors *anchors_of(X509 *certificate)
{
    struct macho_anchors *opened = NULL;
    struct err err = { .text = "" };
    test_write_pem(anchors_path, certificate);
    if (macho_anchors_open(str_of(anchors_path), &opened, &err) != OK)
        fail_msg("%s", err.text);
    return opened;
}

static inline int set_up(void **state)
{
    (void)state;
    const int fd = mkstemp(anchors_path);
    test_must(fd >= 0 && close(fd) == 0);
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

static inline int tear_down(void **state)
{
    (void)state;
    (void)unlink(anchors_path);
    macho_anchors_close(anchors);
    test_holder_done(&authority);
    test_holder_done(&leaf);
    test_holder_done(&middle);
    test_holder_done(&root);
    return 0;
}

static inline int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static inline enum status read_at(void *context, uint64_t offset, uint8_t *to, size_t len,
                                  struct err *err)
{
    const bytes *in = context;
    if (offset > in->len || len > in->len - offset)
        return (fail)(err, ERR_IO, "the disk is gone");
    memcpy(to, in->at + offset, len);
    return OK;
}

static inline struct macho_signers read_signers(const struct test_signed *of,
                                                const struct macho_anchors *trusted,
                                                bool checks_signature)
{
    static struct macho_file file;
    struct macho_signers signers;
    struct err err;
    bytes in = test_bytes(&of->t);
    const struct macho_source source = { .read = read_at, .context = &in, .size = in.len };
    assert_int_equal(macho_read(&source, &arena, &file, &err), OK);
    image = &file.images[0];
    macho_read_signers(&source, image, trusted, checks_signature, &arena, &signers);
    assert_int_equal(ERR_peek_error(), 0);
    return signers;
}

static inline struct macho_signers signers_of(const struct test_signed *of,
                                              const struct macho_anchors *trusted)
{
    return read_signers(of, trusted, false);
}

static inline void assert_text(str actual, const char *expected)
{
    assert_string_equal(arena_str(&arena, actual).at, expected);
}

static inline void assert_verified(const struct macho_anchors *trusted)
{
    const struct macho_signers signers = signers_of(&s, trusted);
    assert_text(signers.why, "");
    assert_int_equal(signers.chain, MACHO_CHAIN_VERIFIED);
    assert_int_equal(image->error_count, 0);
}

// Told of `s` without anchors, where this much is checked: that it cannot be right.
static inline void assert_refused(bool checks_signature, const char *why)
{
    const struct macho_signers signers = read_signers(&s, NULL, checks_signature);
    assert_text(signers.why, why);
    assert_int_equal(signers.chain, MACHO_CHAIN_CLAIMED);
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    assert_int_equal(image->error_count, 1);
    assert_string_equal(image->errors[0].reason.at, why);
}

// And that nothing of what is checked speaks against it.
static inline void assert_signed(bool checks_signature, const char *why)
{
    const struct macho_signers signers = read_signers(&s, NULL, checks_signature);
    assert_text(signers.why, why);
    assert_int_equal(signers.chain, MACHO_CHAIN_CLAIMED);
    assert_int_equal(image->signature.state, MACHO_SIGNED);
    assert_int_equal(image->error_count, 0);
}

static inline void assert_claimed(const struct macho_anchors *trusted, const char *why)
{
    const struct macho_signers signers = signers_of(&s, trusted);
    assert_text(signers.why, why);
    assert_int_equal(signers.chain, MACHO_CHAIN_CLAIMED);
}

// One directory, signed by `holder` whose certificate came from `issuer`.
static inline void sign_one(const struct test_holder *holder, X509 *issuer, const char *at)
{
    X509 *const others[] = { root.certificate, issuer };
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(holder, others, 2, at);
    test_cms_sign(&c, directory);
    test_cms_end(&c, &s);
}

// Issues a leaf, signs with it, and forgets it.
static inline void sign_as(const struct test_holder *issuer, struct test_wish wish)
{
    struct test_holder holder = test_issue(issuer, wish, NULL);
    sign_one(&holder, issuer->certificate, TEST_SIGNED_AT);
    test_holder_done(&holder);
}

static inline void sign_stamped(const struct test_holder *by, const char *at, const char *of)
{
    X509 *const others[] = { root.certificate, middle.certificate };
    test_signed_begin(&s);
    const struct test_blob *directory = test_signed_directory(&s, 0, signed_sha256);
    struct test_cms c = test_cms_begin(&leaf, others, 2, "350101000000Z");
    test_cms_sign(&c, directory);
    test_cms_stamp(&c, by, middle.certificate, at, of);
    test_cms_end(&c, &s);
}

#endif
