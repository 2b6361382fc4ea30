#include "macho/test_signed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HASHES_AT (88u + 5u + 7u * 32u)  // Of the directory below: header, "tool", special slots.

static const struct test_directory adhoc = { 0x2, 2, 32, "tool", NULL };

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct macho_image *read_image(const struct test_signed *s)
{
    struct macho_file file;
    struct err err = { .text = "" };
    if (macho_read_bytes(test_bytes(&s->t), &arena, &file, &err) != OK)
        fail_msg("%s", err.text);
    return &file.images[0];
}

static void assert_text(str actual, const char *expected)
{
    assert_string_equal(arena_str(&arena, actual).at, expected);
}

// One directory of `adhoc`, and where it stands.
static size_t begin(struct test_signed *s)
{
    test_signed_begin(s);
    (void)test_signed_directory(s, 0, adhoc);
    test_signed_end(s);
    return test_signed_offset(s, 0);
}

static void assert_refused(const struct test_signed *s, const char *reason, bool is_told)
{
    const struct macho_image *image = read_image(s);
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    assert_true(image->error_count > 0);
    assert_text(image->errors[0].reason, reason);
    assert_int_equal(image->signature.directory_count, is_told ? 1 : 0);
}

static void macho_read__tells_where_parts_of_signature_lie(void **state)
{
    (void)state;
    static struct test_signed s;
    test_signed_begin(&s);
    (void)test_signed_blob(&s, 2, 0xfade0c01, "\0\0\0", 4);
    (void)test_signed_blob(&s, 0x10000, 0xfade0b01, "cms", 3);
    (void)test_signed_blob(&s, 0x10002, 0xfade7fff, "ticket", 6);
    (void)test_signed_directory(&s, 0, adhoc);
    test_signed_end(&s);
    const struct macho_image *image = read_image(&s);
    const struct macho_signature *signature = &image->signature;
    assert_int_equal(image->error_count, 0);
    assert_int_equal(signature->state, MACHO_SIGNED_ADHOC);
    assert_int_equal(signature->extent.offset, TEST_CODE_LIMIT);
    assert_int_equal(signature->requirements.offset, test_signed_offset(&s, 0));
    assert_int_equal(signature->requirements.size, 12);
    assert_int_equal(signature->cms.offset, test_signed_offset(&s, 1));
    assert_int_equal(signature->ticket.size, 14);
    assert_int_equal(signature->xml.size, 0);
    const struct macho_code_directory *directory = signature->best;
    assert_int_equal(directory->extent.offset, test_signed_offset(&s, 3));
    assert_int_equal(directory->extent.size, HASHES_AT + 3 * 32);
    assert_int_equal(directory->hash_offset, HASHES_AT);
    assert_int_equal(directory->hash_size, 32);
    assert_int_equal(directory->special_count, 7);
    assert_int_equal(directory->code_count, 3);
    assert_int_equal(directory->page_shift, 12);
    assert_int_equal(directory->code_limit, TEST_CODE_LIMIT);
    assert_int_equal(directory->slot, 0);
    uint8_t digest[32];
    test_digest(2, (bytes){ .at = s.blobs[3].at, .len = s.blobs[3].len }, digest, sizeof digest);
    assert_memory_equal(directory->digest, digest, sizeof digest);
}

static void macho_read__refuses_pages_and_limits_that_kernel_refuses(void **state)
{
    (void)state;
    static struct test_signed s;
    const size_t at = begin(&s);
    s.t.at[at + 39] = 0;
    assert_refused(&s, "code directory with pages of 2^0 octets", true);
    s.t.at[at + 39] = 13;
    assert_refused(&s, "code directory with pages of 2^13 octets", true);
    s.t.at[at + 39] = 14;
    assert_int_equal(read_image(&s)->signature.state, MACHO_SIGNED_ADHOC);
    s.t.at[at + 39] = 12;
    test_put(&s.t, at + 32, TEST_IMAGE_MAX + 1, 4, true);
    assert_refused(&s, "code directory seals 24577 octets of an image of 24576", true);
    test_put(&s.t, at + 32, TEST_CODE_LIMIT, 4, true);
    test_put(&s.t, at + 56, UINT64_C(1) << 33, 8, true);  // codeLimit64 goes before codeLimit.
    assert_refused(&s, "code directory seals 8589934592 octets of an image of 24576", true);
}

static void macho_read__refuses_scattered_pages(void **state)
{
    (void)state;
    static struct test_signed s;
    const char *reason = "pages are scattered: what is sealed cannot be told";
    const size_t at = begin(&s);
    // One page and the end, nothing at all, and nothing that is there.
    test_put(&s.t, at + 44, HASHES_AT, 4, true);
    test_put(&s.t, at + HASHES_AT, 1, 4, true);
    test_put(&s.t, at + HASHES_AT + 24, 0, 4, true);
    assert_refused(&s, reason, true);
    assert_int_equal(read_image(&s)->signature.best->scatter_offset, HASHES_AT);
    test_put(&s.t, at + HASHES_AT, 0, 4, true);
    assert_refused(&s, reason, true);
    test_put(&s.t, at + 44, UINT32_MAX, 4, true);
    assert_refused(&s, reason, true);
}

static void macho_read__refuses_fields_that_are_not_there(void **state)
{
    (void)state;
    static struct test_signed s;
    test_signed_begin(&s);
    struct test_blob *blob = test_signed_directory(&s, 0, adhoc);
    blob->len = 80;
    blob->at[6] = 0;
    blob->at[7] = 80;
    test_signed_end(&s);
    assert_refused(&s, "code directory of 80 octets is too short for version 0x20400", false);

    const size_t at = begin(&s);
    test_put(&s.t, at + 8, 0x20600, 4, true);
    memset(s.t.at + at + 88, 0, 20);  // Over the identifier, which ends all the same.
    assert_int_equal(read_image(&s)->signature.state, MACHO_SIGNED_ADHOC);
    s.t.at[at + 96] = 2;
    test_put(&s.t, at + 100, 400, 4, true);
    test_put(&s.t, at + 104, 13, 4, true);
    assert_int_equal(read_image(&s)->signature.state, MACHO_SIGNED_ADHOC);
    test_put(&s.t, at + 104, 14, 4, true);
    assert_refused(&s, "linkage of 14 octets at 400 ends past the code directory of 413", true);
}

static void macho_read__bounds_team_identifier(void **state)
{
    (void)state;
    static struct test_signed s;
    const size_t at = begin(&s);
    test_put(&s.t, at + 48, 413, 4, true);
    assert_refused(&s, "team identifier at 413 lies outside the code directory of 413 octets",
                   false);
    test_put(&s.t, at + 48, 412, 4, true);
    s.t.at[at + 412] = 'T';
    assert_refused(&s, "team identifier does not end within 1 octets", false);
}

static void macho_read__refuses_magics_that_kernel_refuses(void **state)
{
    (void)state;
    static struct test_signed s;
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, adhoc);
    (void)test_signed_blob(&s, 8, 0xfade8181, "", 0);
    (void)test_signed_blob(&s, 7, 0xfade7171, "", 0);
    test_signed_end(&s);
    assert_refused(&s, "DER entitlements have the magic 0xfade7171", true);
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, adhoc);
    (void)test_signed_blob(&s, 11, 0xfade8180, "", 0);
    test_signed_end(&s);
    assert_refused(&s, "launch constraints have the magic 0xfade8180", true);
}

static void macho_read__leaves_slots_alone_that_it_does_not_know(void **state)
{
    (void)state;
    static struct test_signed s;
    test_signed_begin(&s);
    (void)test_signed_directory(&s, 0, adhoc);
    (void)test_signed_blob(&s, 0x10000, 0xfade0b01, "", 0);
    (void)test_signed_blob(&s, 0x10000, 0xfade0b01, "second", 6);
    (void)test_signed_blob(&s, 77, 0x12345678, "what", 4);
    test_signed_end(&s);
    const struct macho_image *image = read_image(&s);
    assert_int_equal(image->error_count, 0);
    assert_int_equal(image->signature.state, MACHO_SIGNED_ADHOC);
    assert_false(image->signature.has_cms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(macho_read__tells_where_parts_of_signature_lie, forget),
        cmocka_unit_test_teardown(macho_read__refuses_pages_and_limits_that_kernel_refuses, forget),
        cmocka_unit_test_teardown(macho_read__refuses_scattered_pages, forget),
        cmocka_unit_test_teardown(macho_read__refuses_fields_that_are_not_there, forget),
        cmocka_unit_test_teardown(macho_read__bounds_team_identifier, forget),
        cmocka_unit_test_teardown(macho_read__refuses_magics_that_kernel_refuses, forget),
        cmocka_unit_test_teardown(macho_read__leaves_slots_alone_that_it_does_not_know, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
