// Sections are found where they lie, and damaged segments are told.

#include "macho/test_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CSTRINGS 2u

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct macho_image *read_good(struct test_image *t)
{
    static struct test_read read;
    assert_true(test_open(&read, test_bytes(t), &arena));
    return read.image;
}

static void assert_only_error(const struct macho_image *image, const char *reason)
{
    assert_int_equal(image->error_count, 1);
    assert_string_equal(image->errors[0].reason.at, reason);
    assert_int_equal(image->errors[0].index, 0);
    assert_false(image->sections_complete);
}

static void read_segment__keeps_text_constants_and_info_plist(void **state)
{
    (void)state;
    static const struct test_section sections[] = {
        { "__TEXT", "__cstring", CSTRINGS, 16, 4 },
        { "__TEXT", "__own", CSTRINGS, 20, 4 },
        { "__TEXT", "__objc_methname", CSTRINGS, 24, 4 },
        { "__TEXT", "__const", 0, 28, 4 },
        { "__DATA_CONST", "__rodata", 0, 32, 4 },
        { "__TEXT", "__text", 0, 36, 4 },
        { "__DATA", "__const", 1, 40, 4 },
        { "__TEXT", "__const", 0, 0, 4 },
        { "__TEXT", "__info_plist", 0, 44, 8 },
        { "__DATA", "__info_plist", 0, 48, 4 },
    };
    for (unsigned i = 0; i < 4; i++) {
        struct test_image t = { .is_64 = (i & 1) != 0, .is_big_endian = (i & 2) != 0 };
        test_begin(&t, TEST_ARM64, TEST_EXECUTE);
        test_segment(&t, "__TEXT", 0, sections, COUNT_OF(sections));
        test_end_commands(&t);
        const struct macho_image *image = read_good(&t);
        assert_int_equal(image->error_count, 0);
        assert_true(image->sections_complete);
        assert_false(image->is_encrypted);
        assert_int_equal(image->text_sections.count, 2);
        assert_int_equal(image->text_sections.at[0].offset, 16);
        assert_int_equal(image->text_sections.at[1].offset, 20);
        assert_int_equal(image->constant_sections.count, 2);
        assert_int_equal(image->constant_sections.at[0].offset, 28);
        assert_int_equal(image->constant_sections.at[1].offset, 32);
        assert_int_equal(image->info_plist.offset, 44);
        assert_int_equal(image->info_plist.size, 8);
    }
}

static void read_segment__tells_protected_pages(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, TEST_ARM64, TEST_EXECUTE);
    test_segment(&t, "__TEXT", 8, NULL, 0);
    test_end_commands(&t);
    assert_true(read_good(&t)->is_encrypted);
}

// Sections of a segment of `size` octets at the start of the image.
static struct macho_image *read_segment_of(struct test_image *t, const char *name, uint32_t size,
                                           const struct test_section *sections, uint32_t count)
{
    test_begin(t, TEST_ARM64, TEST_EXECUTE);
    const size_t begin = t->len;
    test_segment(t, name, 0, sections, count);
    test_patch(t, begin + 48, size);
    test_end_commands(t);
    return read_good(t);
}

static void assert_other(const struct macho_image *image, size_t which, uint64_t offset,
                         uint64_t size)
{
    assert_true(which < image->other_sections.count);
    assert_int_equal(image->other_sections.at[which].offset, offset);
    assert_int_equal(image->other_sections.at[which].size, size);
}

static void read_segment__keeps_what_no_section_covers(void **state)
{
    (void)state;
    static const struct test_section sections[] = {
        { "__TEXT", "__cstring", CSTRINGS, 20, 20 },
        { "__TEXT", "__strings", 0, 40, 20 },
        { "__TEXT", "__text", 0x80000400, 62, 8 },
        { "__TEXT", "__objc_classname", 2, 70, 9 },
        { "__TEXT", "__objc_methname", CSTRINGS, 79, 10 },
        { "__TEXT", "__unwind_info", 0, 89, 11 },
        { "__DATA", "__bss", 1, 5, 20 },
    };
    struct test_image t = { .is_64 = true };
    const struct macho_image *image =
        read_segment_of(&t, "__TEXT", 120, sections, COUNT_OF(sections));
    assert_true(image->sections_complete);
    assert_int_equal(image->other_sections.count, 4);
    assert_other(image, 0, 0, 20);
    assert_other(image, 1, 40, 22);
    assert_other(image, 2, 79, 10);
    assert_other(image, 3, 100, 20);

    // Without sections, and where one says that it lies nowhere.
    struct test_image bare = { .is_64 = true };
    image = read_segment_of(&bare, "__TEXT", 104, NULL, 0);
    assert_int_equal(image->other_sections.count, 1);
    assert_other(image, 0, 0, 104);
    const struct test_section nowhere = { "__TEXT", "__cstring", CSTRINGS, 0, 20 };
    struct test_image hiding = { .is_64 = true };
    image = read_segment_of(&hiding, "__TEXT", 104, &nowhere, 1);
    assert_other(image, 0, 0, 104);
    // The linker's own tables are read by others.
    struct test_image linkedit = { .is_64 = true };
    image = read_segment_of(&linkedit, "__LINKEDIT", 104, NULL, 0);
    assert_int_equal(image->other_sections.count, 0);
}

static void read_segment__doubts_sections_that_do_not_lie_in_it(void **state)
{
    (void)state;
    static const struct test_section cases[][2] = {
        { { "__TEXT", "__cstring", CSTRINGS, 80, 41 }, { "__TEXT", "__a", 0, 0, 0 } },
        { { "__TEXT", "__cstring", CSTRINGS, 121, 10 }, { "__TEXT", "__a", 0, 0, 0 } },
        { { "__TEXT", "__cstring", CSTRINGS, 40, 20 }, { "__TEXT", "__a", 0, 59, 10 } },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_image t = { .is_64 = true };
        const struct macho_image *image = read_segment_of(&t, "__TEXT", 120, cases[i], 2);
        assert_int_equal(image->error_count, 0);
        assert_false(image->sections_complete);
    }
}

static void read_segment__restricts_only_with_its_section(void **state)
{
    (void)state;
    static const struct {
        const char *segment;
        struct test_section section;
        bool is_restricted;
    } cases[] = {
        { "__RESTRICT", { "__RESTRICT", "__restrict", 0, 0, 0 }, true },
        { "__RESTRICT", { "__RESTRICT", "__other", 0, 0, 0 }, false },
        { "__TEXT", { "__RESTRICT", "__restrict", 0, 0, 0 }, false },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (uint32_t count = 0; count < 2; count++) {
            struct test_image t = { .is_64 = true };
            test_begin(&t, TEST_ARM64, TEST_EXECUTE);
            test_segment(&t, cases[i].segment, 0, &cases[i].section, count);
            test_end_commands(&t);
            assert_int_equal(read_good(&t)->has_restrict, cases[i].is_restricted && count == 1);
        }
}

static void read_segment__refuses_what_lies_outside(void **state)
{
    (void)state;
    static const struct {
        struct test_section section;
        const char *reason;
    } cases[] = {
        { { "__TEXT", "__cstring", CSTRINGS, 16, 1000 },
          "section of constants of 1000 octets at 16 ends past the image of 184" },
        { { "__TEXT", "__cstring", CSTRINGS, 16, UINT64_MAX },
          "section of constants of 18446744073709551615 octets at 16 ends past the image of 184" },
        { { "__TEXT", "__const", 0, 185, 1 },
          "section of constants of 1 octets at 185 ends past the image of 184" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_image t = { .is_64 = true };
        test_begin(&t, TEST_ARM64, TEST_EXECUTE);
        test_segment(&t, "__TEXT", 0, &cases[i].section, 1);
        test_end_commands(&t);
        assert_only_error(read_good(&t), cases[i].reason);
    }
}

static void read_segment__refuses_an_info_plist_outside_and_a_second_one(void **state)
{
    (void)state;
    struct test_section sections[] = { { "__TEXT", "__info_plist", 0, 16, 1000 },
                                       { "__TEXT", "__info_plist", 0, 20, 4 },
                                       { "__TEXT", "__info_plist", 0, 24, 4 } };
    struct test_image t = { .is_64 = true };
    test_begin(&t, TEST_ARM64, TEST_EXECUTE);
    test_segment(&t, "__TEXT", 0, sections, COUNT_OF(sections));
    test_end_commands(&t);
    const struct macho_image *image = read_good(&t);
    assert_int_equal(image->error_count, 2);
    assert_string_equal(image->errors[0].reason.at,
                        "section __info_plist of 1000 octets at 16 ends "
                        "past the image of 344");
    assert_string_equal(image->errors[1].reason.at, "a second section __info_plist");
    assert_int_equal(image->info_plist.offset, 20);
}

static void read_segment__refuses_segments_that_are_damaged(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, TEST_ARM64, TEST_EXECUTE);
    test_segment(&t, "__TEXT", 0, NULL, 0);
    test_end_commands(&t);
    struct test_image broken = t;
    test_patch(&broken, 32 + 64, 1);
    assert_only_error(read_good(&broken),
                      "segment of 1 sections ends past its command of 72 octets");
    test_patch(&broken, 32 + 64, UINT32_MAX);
    assert_only_error(read_good(&broken),
                      "segment of 4294967295 sections ends past its command of 72 octets");
    broken = t;
    test_patch(&broken, 32 + 48, 200);
    assert_only_error(read_good(&broken), "segment of 200 octets at 0 ends past the image of 104");
    broken = t;
    test_patch(&broken, 32 + 4, 64);
    test_patch(&broken, 20, 64);
    assert_only_error(read_good(&broken), "segment command of 64 octets is too short");
}

static void read_segment__keeps_no_more_sections_than_max(void **state)
{
    (void)state;
    struct test_section *sections = test_malloc((MACHO_SECTIONS_MAX + 1) * sizeof *sections);
    for (size_t i = 0; i <= MACHO_SECTIONS_MAX; i++)
        sections[i] = (struct test_section){ "__TEXT", "__const", 0, 16, 4 };
    for (uint32_t more = 0; more < 2; more++) {
        // A section of 68 octets each: all of them do not fit into the image of 64 bits.
        struct test_image t = { .is_64 = false };
        test_begin(&t, TEST_ARM64, TEST_EXECUTE);
        for (uint32_t i = 0; i < MACHO_SECTIONS_MAX + more; i += 128)
            test_segment(&t, "__TEXT", 0, sections,
                         MACHO_SECTIONS_MAX + more - i < 128 ? MACHO_SECTIONS_MAX + more - i : 128);
        test_end_commands(&t);
        const struct macho_image *image = read_good(&t);
        assert_int_equal(image->constant_sections.count, MACHO_SECTIONS_MAX);
        assert_int_equal(image->sections_complete, more == 0);
    }
    test_free(sections);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(read_segment__keeps_text_constants_and_info_plist, forget),
        cmocka_unit_test_teardown(read_segment__tells_protected_pages, forget),
        cmocka_unit_test_teardown(read_segment__keeps_what_no_section_covers, forget),
        cmocka_unit_test_teardown(read_segment__doubts_sections_that_do_not_lie_in_it, forget),
        cmocka_unit_test_teardown(read_segment__restricts_only_with_its_section, forget),
        cmocka_unit_test_teardown(read_segment__refuses_what_lies_outside, forget),
        cmocka_unit_test_teardown(read_segment__refuses_an_info_plist_outside_and_a_second_one,
                                  forget),
        cmocka_unit_test_teardown(read_segment__refuses_segments_that_are_damaged, forget),
        cmocka_unit_test_teardown(read_segment__keeps_no_more_sections_than_max, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
