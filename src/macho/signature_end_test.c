#include "macho/macho.h"
#include "macho/test_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEGMENT_BYTES 72u
#define SIGNATURE_LEN 256u

static struct arena arena;
static struct test_image t;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

// An image with a signature, and `behind` octets after it of which the segment has `in_segment`.
// With two commands both name the same signature.
static size_t begin(uint32_t behind, uint32_t in_segment, uint32_t commands)
{
    const uint32_t at = 32 + SEGMENT_BYTES + 16 * commands;
    t = (struct test_image){ .is_64 = true };
    test_begin(&t, 0x0100000c, 2);
    test_command(&t, 0x19,
                 (uint32_t[]){ 0x494c5f5f, 0x44454b4e, 0x5449, 0, 0, 0, 0x10000, 0, 0, 0,
                               at + SIGNATURE_LEN + in_segment, 0, 1, 1, 0, 0 },
                 16, NULL);
    for (uint32_t i = 0; i < commands; i++)
        test_signature_command(&t, at, SIGNATURE_LEN);
    test_end_commands(&t);
    const size_t start = t.len;
    test_u32be(&t, 0xfade0cc0);
    test_u32be(&t, SIGNATURE_LEN);
    test_u32be(&t, 1);
    test_u32be(&t, 0);
    test_u32be(&t, 20);
    test_code_directory(&t, (struct test_directory){ 2, 2, 32, "tool", NULL });
    test_zeros(&t, start + SIGNATURE_LEN - t.len);
    test_zeros(&t, behind);
    return start + SIGNATURE_LEN;
}

static const struct macho_image *read_image(void)
{
    struct macho_file file;
    struct err err;
    assert_int_equal(macho_read_bytes(test_bytes(&t), &arena, &file, &err), OK);
    return &file.images[0];
}

static void assert_signature(enum macho_signature_state expected, const char *reason)
{
    const struct macho_image *image = read_image();
    assert_int_equal(image->signature.state, expected);
    assert_int_equal(image->error_count, reason != NULL);
    if (reason != NULL)
        assert_string_equal(arena_str(&arena, image->errors[0].reason).at, reason);
}

static void macho_read__takes_signature_that_is_last(void **state)
{
    (void)state;
    (void)begin(0, 0, 1);
    assert_signature(MACHO_SIGNED_ADHOC, NULL);
    // Zeros up to the next page say nothing, in a segment or not.
    (void)begin(16384, 16384, 1);
    assert_signature(MACHO_SIGNED_ADHOC, NULL);
    (void)begin(15, 0, 1);
    assert_signature(MACHO_SIGNED_ADHOC, NULL);
}

static void macho_read__refuses_octets_of_a_segment_behind_signature(void **state)
{
    (void)state;
    size_t end = begin(1, 1, 1);
    t.at[end] = 1;
    assert_signature(MACHO_SIGNATURE_INVALID,
                     "1 octets of segments behind the code signature are not sealed");
    end = begin(16384, 5000, 1);
    t.at[end + 16383] = 1;
    assert_signature(MACHO_SIGNATURE_INVALID,
                     "5000 octets of segments behind the code signature are not sealed");
    (void)begin(16385, 16385, 1);
    assert_signature(MACHO_SIGNATURE_INVALID,
                     "16385 octets of segments behind the code signature are not sealed");
}

static void macho_read__says_of_octets_behind_signature(void **state)
{
    (void)state;
    const size_t end = begin(3000, 0, 1);
    t.at[end + 2999] = 1;
    assert_signature(MACHO_SIGNED_ADHOC, "3000 octets behind the code signature are not sealed");
}

static void macho_read__refuses_a_second_code_signature(void **state)
{
    (void)state;
    (void)begin(0, 0, 2);
    assert_signature(MACHO_SIGNATURE_INVALID, "a second code signature");
    // Also where the first lies outside the image, and so is none.
    (void)begin(0, 0, 2);
    test_put(&t, 32 + SEGMENT_BYTES + 8, UINT32_MAX, 4, false);
    const struct macho_image *image = read_image();
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);
    assert_int_equal(image->signature.directory_count, 1);
    assert_int_equal(image->error_count, 2);
    assert_string_equal(arena_str(&arena, image->errors[1].reason).at, "a second code signature");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(macho_read__takes_signature_that_is_last, forget),
        cmocka_unit_test_teardown(macho_read__refuses_octets_of_a_segment_behind_signature, forget),
        cmocka_unit_test_teardown(macho_read__says_of_octets_behind_signature, forget),
        cmocka_unit_test_teardown(macho_read__refuses_a_second_code_signature, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
