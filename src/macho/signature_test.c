#include "macho/macho.h"

#include "macho/print.h"
#include "macho/test_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ARM64         0x0100000cu
#define EXECUTE       2u
#define SIGNATURE_AT  48u  // Behind the header and the one command.
#define SIGNATURE_LEN 4096u
#define BLOBS_MAX     16u

static const struct test_directory sha1 = { 0x10000, 1, 20, "org.pomona.test", "TEAM123456" };
static const struct test_directory sha256 = { 0x10000, 2, 32, "org.pomona.test", "TEAM123456" };
static const struct test_directory sha256t = { 0x10000, 3, 20, "org.pomona.test", "TEAM123456" };
static const struct test_directory sha384 = { 0x10000, 4, 48, "org.pomona.test", "TEAM123456" };
static const struct test_directory linker = { 0x20002, 2, 32, "a.out", NULL };
static const struct test_directory adhoc = { 0x2, 2, 32, "tool", NULL };

static const char entitlements[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><plist version=\"1.0\"><dict>"
    "<key>com.apple.security.cs.allow-jit</key><true/>"
    "<key>com.apple.security.get-task-allow</key><false/>"
    "<key>keychain-access-groups</key><array><string>a \"b\"</string><string>c"
    "</string></array><key>n</key><integer>7</integer></dict></plist>";

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

// A signature under way: blobs are added behind the room for the index.
struct signing {
    struct test_image t;
    uint32_t count;
    size_t start;
};

static struct signing sign_begin(void)
{
    struct signing s = { .t = { .is_64 = true } };
    test_begin(&s.t, ARM64, EXECUTE);
    test_signature_command(&s.t, SIGNATURE_AT, SIGNATURE_LEN);
    test_end_commands(&s.t);
    s.start = s.t.len;
    test_zeros(&s.t, 12 + 8 * BLOBS_MAX);
    return s;
}

static void sign_slot(struct signing *s, uint32_t slot)
{
    test_put(&s->t, s->start + 12 + 8 * s->count, slot, 4, true);
    test_put(&s->t, s->start + 16 + 8 * s->count, s->t.len - s->start, 4, true);
    s->count++;
}

static void sign_directory(struct signing *s, uint32_t slot, struct test_directory directory)
{
    sign_slot(s, slot);
    test_code_directory(&s->t, directory);
}

static void sign_blob(struct signing *s, uint32_t slot, uint32_t magic, const char *text)
{
    sign_slot(s, slot);
    test_u32be(&s->t, magic);
    test_u32be(&s->t, (uint32_t)(8 + strlen(text)));
    test_octets(&s->t, text, strlen(text));
}

static void sign_end(struct signing *s)
{
    test_put(&s->t, s->start, 0xfade0cc0, 4, true);
    test_put(&s->t, s->start + 4, s->t.len - s->start, 4, true);
    test_put(&s->t, s->start + 8, s->count, 4, true);
    test_zeros(&s->t, SIGNATURE_AT + SIGNATURE_LEN - s->t.len);
}

static struct macho_image *read_signed(const struct signing *s)
{
    struct macho_file file;
    struct err err = { .text = "" };
    if (macho_read_bytes(test_bytes(&s->t), &arena, &file, &err) != OK)
        fail_msg("%s", err.text);
    return &file.images[0];
}

static void assert_text(str actual, const char *expected)
{
    assert_int_equal(actual.len, strlen(expected));
    assert_memory_equal(actual.at, expected, actual.len);
}

static void assert_invalid(const struct signing *s, const char *reason)
{
    const struct macho_image *image = read_signed(s);
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    assert_true(image->error_count > 0);
    assert_text(image->errors[0].reason, reason);
    assert_true(image->links_complete);
}

static void macho_read__tells_signature_of_linker_and_adhoc(void **state)
{
    (void)state;
    struct signing s = sign_begin();
    sign_directory(&s, 0, linker);
    sign_end(&s);
    const struct macho_signature *signature = &read_signed(&s)->signature;
    assert_int_equal(signature->state, MACHO_SIGNED_BY_LINKER);
    assert_text(signature->best->identifier, "a.out");
    assert_int_equal(signature->best->team_id.len, 0);
    assert_text(signature->best->cdhash, "bdffcbeb8533f5d80c51f6285fd2ff15af9222a4");

    s = sign_begin();
    sign_directory(&s, 0, adhoc);
    sign_blob(&s, 0x10000, 0xfade0b01, "");
    sign_end(&s);
    assert_int_equal(read_signed(&s)->signature.state, MACHO_SIGNED_ADHOC);
}

// Expected hashes were computed apart from the program, over the same octets.
static void macho_read__ranks_code_directories_by_hash(void **state)
{
    (void)state;
    struct signing s = sign_begin();
    sign_directory(&s, 0, sha1);
    sign_directory(&s, 0x1000, sha384);
    sign_directory(&s, 0x1001, sha256t);
    sign_directory(&s, 0x1002, sha256);
    sign_blob(&s, 0x10000, 0xfade0b01, "cms");
    sign_end(&s);
    const struct macho_image *image = read_signed(&s);
    const struct macho_signature *signature = &image->signature;
    assert_int_equal(image->error_count, 0);
    assert_int_equal(signature->state, MACHO_SIGNED);
    assert_int_equal(signature->directory_count, 4);
    assert_text(signature->directories[0].cdhash, "ce7bdf32bdca0f4fb28dc111fb5838ab049fe9b4");
    assert_text(signature->directories[1].cdhash, "5ee9d84a2ee02b0b540ca35fb56efcaea31efce9");
    assert_text(signature->directories[2].cdhash, "c891c6f61a3f6f6321a17f0f8780569912039987");
    assert_text(signature->directories[3].cdhash, "de805377341831a09925cfe77a453980af105665");
    assert_ptr_equal(signature->best, &signature->directories[1]);
    assert_text(signature->best->team_id, "TEAM123456");
}

static void macho_read__tells_entitlements_as_json(void **state)
{
    (void)state;
    struct signing s = sign_begin();
    sign_directory(&s, 0, adhoc);
    sign_blob(&s, 5, 0xfade7171, entitlements);
    sign_blob(&s, 7, 0xfade7172, "der");
    sign_blob(&s, 2, 0xfade0c01, "");
    sign_end(&s);
    const struct macho_signature *signature = &read_signed(&s)->signature;
    assert_int_equal(signature->state, MACHO_SIGNED_ADHOC);
    assert_true(signature->has_der_entitlements && signature->has_requirements);
    assert_true(signature->claims.allow_jit);
    assert_false(signature->claims.get_task_allow);
    assert_text(
        signature->entitlements,
        "{\"com.apple.security.cs.allow-jit\":true,\"com.apple.security.get-task-allow\":false,"
        "\"keychain-access-groups\":[\"a \\\"b\\\"\",\"c\"],\"n\":7}");
}

static void macho_read__refuses_entitlements_that_are_none(void **state)
{
    (void)state;
    struct signing s = sign_begin();
    sign_directory(&s, 0, adhoc);
    sign_blob(&s, 5, 0xfade7171, "no list");
    sign_end(&s);
    const struct macho_image *image = read_signed(&s);
    assert_true(image->signature.entitlements_unread);
    assert_text(image->errors[0].reason,
                "entitlements of 7 octets are not a property list with a dictionary");

    s = sign_begin();
    sign_directory(&s, 0, adhoc);
    sign_blob(&s, 5, 0xfade7172, entitlements);
    sign_end(&s);
    assert_invalid(&s, "entitlements have the magic 0xfade7172");
}

static void macho_read__says_why_signature_is_invalid(void **state)
{
    (void)state;
    struct signing s = sign_begin();
    sign_end(&s);
    assert_invalid(&s, "code signature without a code directory");

    s = sign_begin();
    sign_directory(&s, 0x1000, adhoc);
    sign_end(&s);
    assert_invalid(&s, "code signature without a code directory in slot 0");

    s = sign_begin();
    sign_directory(&s, 0, sha256);
    sign_end(&s);
    assert_invalid(&s, "code signature is neither ad-hoc nor made with a certificate");

    s = sign_begin();
    sign_directory(&s, 0, sha256);
    sign_directory(&s, 0x1000, sha256);
    sign_end(&s);
    assert_invalid(&s, "two code directories of hash type 2");

    s = sign_begin();
    sign_directory(&s, 0, sha256);
    sign_directory(&s, 0, sha1);
    sign_end(&s);
    assert_invalid(&s, "slot 0x0 stands twice in the code signature");

    s = sign_begin();
    sign_directory(&s, 0, (struct test_directory){ 0, 9, 32, "x", NULL });
    sign_end(&s);
    assert_invalid(&s, "code directory of hash type 9 and size 32");

    s = sign_begin();
    sign_blob(&s, 0, 0xfade0c02, "short");
    sign_end(&s);
    assert_invalid(&s, "slot 0x0 holds no code directory (magic 0xfade0c02, 13 octets)");

    s = sign_begin();
    sign_directory(&s, 0, adhoc);
    sign_end(&s);
    test_put(&s.t, s.start + 16, SIGNATURE_LEN - 4, 4, true);
    assert_invalid(&s, "blob at 4092 lies outside the code signature of 233 octets");
}

static void macho_read__bounds_what_signature_states(void **state)
{
    (void)state;
    struct signing s = sign_begin();
    sign_directory(&s, 0, adhoc);
    sign_end(&s);
    struct signing changed = s;
    const size_t directory = s.start + 12 + 8 * BLOBS_MAX;

    test_put(&changed.t, s.start + 8, MACHO_BLOBS_MAX + 1, 4, true);
    assert_invalid(&changed, "65 blobs in the code signature; at most 64 are read");
    changed = s;
    test_put(&changed.t, s.start + 8, 50, 4, true);
    assert_invalid(&changed, "index of 50 blobs does not fit in the code signature of 233 octets");
    changed = s;
    test_put(&changed.t, s.start + 4, SIGNATURE_LEN + 1, 4, true);
    assert_invalid(&changed, "blob of 4097 octets at 0 ends past the code signature of 4096");
    changed = s;
    test_put(&changed.t, directory + 20, 93, 4, true);
    assert_invalid(&changed, "identifier at 93 lies outside the code directory of 93 octets");
    changed = s;
    test_put(&changed.t, directory + 28, UINT32_MAX, 4, true);
    assert_invalid(&changed,
                   "0 and 4294967295 hashes at 93 lie outside the code directory of 93 octets");
    changed = s;
    changed.t.at[directory + 92] = 'x';
    assert_invalid(&changed, "identifier does not end within 5 octets");
    changed = s;
    test_put(&changed.t, 44, SIGNATURE_LEN + 1, 4, false);
    assert_invalid(&changed, "code signature of 4097 octets at 48 ends past the image of 4144");
}

static void macho_read__bounds_identifiers_and_entitlements(void **state)
{
    (void)state;
    static struct test_image large;
    char identifier[MACHO_IDENTIFIER_MAX + 2];
    memset(identifier, 'a', sizeof identifier - 1);
    identifier[sizeof identifier - 1] = '\0';
    struct signing s = sign_begin();
    sign_directory(&s, 0, (struct test_directory){ 2, 2, 32, identifier, NULL });
    sign_end(&s);
    assert_invalid(&s, "identifier does not end within 1025 octets");

    // Larger than a test image: the blob is the last one and its octets do not matter.
    const size_t len = 48 + 64 + MACHO_ENTITLEMENTS_BYTES_MAX + 9;
    large = (struct test_image){ .is_64 = true };
    test_begin(&large, ARM64, EXECUTE);
    test_signature_command(&large, 48, (uint32_t)len - 48);
    test_end_commands(&large);
    test_u32be(&large, 0xfade0cc0);
    test_u32be(&large, (uint32_t)len - 48);
    test_u32be(&large, 1);
    test_u32be(&large, 5);
    test_u32be(&large, 20);
    test_u32be(&large, 0xfade7171);
    test_u32be(&large, MACHO_ENTITLEMENTS_BYTES_MAX + 9);
    uint8_t *octets = calloc(1, len);
    memcpy(octets, large.at, large.len);
    struct macho_file file;
    struct err err;
    assert_int_equal(macho_read_bytes((bytes){ .at = octets, .len = len }, &arena, &file, &err),
                     OK);
    assert_text(file.images[0].errors[0].reason,
                "entitlements of 1048577 octets; at most 1048576 are read");
    assert_true(file.images[0].signature.entitlements_unread);
    free(octets);
}

static void read_and_print(bytes in)
{
    const struct macho_source source = macho_source_of_bytes(&in);
    const struct macho_report_options options = { .path = STR("x"), .with_pages = true };
    struct macho_file file;
    struct err err;
    if (macho_read(&source, &arena, &file, &err) == OK) {
        const struct macho_report *reports = macho_report_on(&source, &file, &options, &arena);
        const struct macho_verdicts worst = macho_worst_of(&file, reports);
        struct buf b;
        buf_init(&b, MACHO_PRINT_MAX);
        macho_print_json(&b,
                         &(struct macho_subject){
                             .path = STR("x"), .file = &file, .report = reports, .worst = &worst },
                         &arena);
        assert_false(b.failed);
        buf_done(&b);
    }
    arena_reset(&arena);
}

static void macho_read__survives_every_change_and_truncation_of_signature(void **state)
{
    (void)state;
    struct signing s = sign_begin();
    sign_directory(&s, 0, sha1);
    sign_directory(&s, 0x1000, sha256);
    sign_blob(&s, 5, 0xfade7171, entitlements);
    sign_blob(&s, 0x10000, 0xfade0b01, "cms");
    const size_t len = s.t.len;
    sign_end(&s);
    for (size_t at = 0; at < len; at++) {
        const uint8_t was = s.t.at[at];
        for (unsigned bit = 0; bit < 8; bit++) {
            s.t.at[at] = (uint8_t)(was ^ 1u << bit);
            read_and_print(test_bytes(&s.t));
        }
        s.t.at[at] = 0xff;
        read_and_print(test_bytes(&s.t));
        s.t.at[at] = was;
    }
    for (size_t cut = 0; cut <= len; cut++) {
        uint8_t *exact = malloc(cut > 0 ? cut : 1);
        memcpy(exact, s.t.at, cut);
        read_and_print((bytes){ .at = exact, .len = cut });
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(macho_read__tells_signature_of_linker_and_adhoc, forget),
        cmocka_unit_test_teardown(macho_read__ranks_code_directories_by_hash, forget),
        cmocka_unit_test_teardown(macho_read__tells_entitlements_as_json, forget),
        cmocka_unit_test_teardown(macho_read__refuses_entitlements_that_are_none, forget),
        cmocka_unit_test_teardown(macho_read__says_why_signature_is_invalid, forget),
        cmocka_unit_test_teardown(macho_read__bounds_what_signature_states, forget),
        cmocka_unit_test_teardown(macho_read__bounds_identifiers_and_entitlements, forget),
        cmocka_unit_test_teardown(macho_read__survives_every_change_and_truncation_of_signature,
                                  forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
