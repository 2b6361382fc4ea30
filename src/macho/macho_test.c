#include "macho/macho.h"

#include "macho/frameworks.h"
#include "macho/print.h"
#include "macho/test_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ARM64   0x0100000cu
#define X86_64  0x01000007u
#define I386    7u
#define EXECUTE 2u
#define DYLIB   6u

#define assert_text(actual, expected)                                                 \
    do {                                                                              \
        const str assert_text_actual = (actual);                                      \
        assert_int_equal(assert_text_actual.len, strlen(expected));                   \
        assert_memory_equal(assert_text_actual.at, expected, assert_text_actual.len); \
    } while (0)

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct macho_file read_good(const struct test_image *t)
{
    struct macho_file file;
    struct err err = { .text = "" };
    if (macho_read_bytes(test_bytes(t), &arena, &file, &err) != OK)
        fail_msg("%s", err.text);
    return file;
}

static void assert_refused(bytes in, const char *sentence)
{
    struct macho_file file;
    struct err err = { .text = "" };
    assert_int_equal(macho_read_bytes(in, &arena, &file, &err), ERR_FORMAT);
    assert_string_equal(err.text, sentence);
}

static void assert_error(const struct macho_image *image, size_t which, int64_t index,
                         const char *reason)
{
    assert_true(which < image->error_count);
    assert_text(image->errors[which].reason, reason);
    assert_int_equal(image->errors[which].index, index);
}

// Every command that is read, in an executable for arm64.
static void build_rich(struct test_image *t, bool is_64, bool is_big_endian)
{
    t->is_64 = is_64;
    t->is_big_endian = is_big_endian;
    test_begin(t, is_64 ? ARM64 : I386, EXECUTE);
    test_command(t, 0xe, (uint32_t[]){ 12 }, 1, "/usr/lib/dyld");
    test_command(t, 0x1b, (uint32_t[]){ 0x01010101, 0x02020202, 0x03030303, 0x04040404 }, 4, NULL);
    test_command(t, 0x32, (uint32_t[]){ 1, 0x000b0000, 0x000e0401, 0 }, 4, NULL);
    test_dylib(t, 0xc, "/System/Library/Frameworks/Cocoa.framework/Versions/A/Cocoa");
    test_dylib(t, 0x80000018, "/usr/lib/weak.dylib");
    test_dylib(t, 0x8000001f, "/usr/lib/reexport.dylib");
    test_dylib(t, 0x80000023, "/usr/lib/upward.dylib");
    test_dylib(t, 0x20, "/usr/lib/lazy.dylib");
    test_command(t, 0xc, (uint32_t[]){ 28, 0x1a741800, 0x10000, 0x10000, 8 }, 5,
                 "/usr/lib/delayed.dylib");
    test_command(t, 0x8000001c, (uint32_t[]){ 12 }, 1, "@executable_path/../lib");
    test_command(t, 0x27, (uint32_t[]){ 12 }, 1, "DYLD_FRAMEWORK_PATH=x");
    test_end_commands(t);
}

static void assert_rich(const struct macho_image *image)
{
    static const char *const kinds[] = { "load", "weak", "reexport", "upward", "lazy", "delayed" };
    assert_int_equal(image->error_count, 0);
    assert_int_equal(image->link_count, COUNT_OF(kinds));
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        assert_text(macho_link_kind_name(image->links[i].kind), kinds[i]);
    assert_text(image->links[1].name, "/usr/lib/weak.dylib");
    assert_text(image->links[5].name, "/usr/lib/delayed.dylib");
    assert_text(macho_version_text(image->links[0].current_version, &arena), "1.2.3");
    assert_text(macho_version_text(0, &arena), "0.0");
    assert_text(macho_version_text(0x000a0064, &arena), "10.0.100");
    assert_text(macho_version_text(UINT32_MAX, &arena), "65535.255.255");
    assert_int_equal(image->rpaths.count, 1);
    assert_text(image->rpaths.at[0], "@executable_path/../lib");
    assert_int_equal(image->environment.count, 1);
    assert_text(image->environment.at[0], "DYLD_FRAMEWORK_PATH=x");
    assert_true(image->has_uuid && image->is_dynamic && image->links_complete);
    assert_int_equal(image->build_count, 1);
    assert_text(macho_platform_name(image->builds[0].platform), "macos");
    assert_text(macho_version_text(image->builds[0].min_os, &arena), "11.0");
    assert_text(macho_version_text(image->builds[0].sdk, &arena), "14.4.1");
    assert_int_equal(image->signature.state, MACHO_UNSIGNED);
}

static void macho_read__tells_every_command_in_both_widths_and_byte_orders(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct test_image t = { .len = 0 };
        build_rich(&t, (i & 1) != 0, (i & 2) != 0);
        const struct macho_file file = read_good(&t);
        assert_int_equal(file.image_count, 1);
        assert_int_equal(file.fat, MACHO_THIN);
        assert_rich(&file.images[0]);
        assert_text(file.images[0].arch, (i & 1) != 0 ? "arm64" : "cpu-0x7-0");
    }
}

static void macho_read__tells_minimum_versions_and_encryption(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, X86_64, DYLIB);
    test_command(&t, 0x24, (uint32_t[]){ 0x000a0d00, 0 }, 2, NULL);
    test_command(&t, 0x2c, (uint32_t[]){ 0, 4096, 1, 0 }, 4, NULL);
    test_dylib(&t, 0xd, "@rpath/libown.dylib");
    test_end_commands(&t);
    const struct macho_image *image = &read_good(&t).images[0];
    assert_int_equal(image->error_count, 0);
    assert_text(image->arch, "x86_64");
    assert_text(macho_version_text(image->builds[0].min_os, &arena), "10.13");
    assert_true(image->is_encrypted && image->implies_libsystem);
    assert_text(image->install_name, "@rpath/libown.dylib");
}

static void macho_read__finds_lazy_path_in_linkedit(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, ARM64, EXECUTE);
    test_command(&t, 0x3a, (uint32_t[]){ 48, 60 }, 2, NULL);
    test_end_commands(&t);
    test_u32(&t, 28);
    test_zeros(&t, 24);
    test_octets(&t, "/usr/lib/later.dylib\0", 21);
    test_zeros(&t, 11);
    const struct macho_image *image = &read_good(&t).images[0];
    assert_int_equal(image->error_count, 0);
    assert_int_equal(image->link_count, 1);
    assert_int_equal(image->links[0].kind, MACHO_LINK_LAZY);
    assert_text(image->links[0].name, "/usr/lib/later.dylib");
    assert_true(image->links_complete);
}

// Two slices of which the header counts one, and the second claims to be the first.
static void build_fat(struct test_image *t, bool is_fat64, uint32_t told, uint32_t second_offset)
{
    static const uint32_t offsets[] = { 256, 512 };
    test_u32be(t, is_fat64 ? 0xcafebabf : 0xcafebabe);
    test_u32be(t, told);
    for (size_t i = 0; i < 2; i++) {
        const uint32_t offset = i == 0 ? offsets[0] : second_offset;
        test_u32be(t, i == 0 ? X86_64 : ARM64);
        test_u32be(t, i == 0 ? 3 : 0);
        if (is_fat64)
            test_u32be(t, 0);
        test_u32be(t, offset);
        if (is_fat64)
            test_u32be(t, 0);
        test_u32be(t, 200);
        test_zeros(t, is_fat64 ? 8 : 4);
    }
    for (size_t i = 0; i < 2; i++) {
        test_zeros(t, offsets[i] - t->len);
        t->is_64 = true;
        test_begin(t, i == 0 ? X86_64 : ARM64, EXECUTE);
        test_dylib(t, 0xc, "/usr/lib/libSystem.B.dylib");
        test_end_commands(t);
        test_zeros(t, offsets[i] + 200 - t->len);
    }
}

static void macho_read__tells_every_slice_of_fat_and_fat64(void **state)
{
    (void)state;
    for (int is_fat64 = 0; is_fat64 < 2; is_fat64++) {
        struct test_image t = { .len = 0 };
        build_fat(&t, is_fat64 != 0, 2, 512);
        const struct macho_file file = read_good(&t);
        assert_int_equal(file.fat, is_fat64 != 0 ? MACHO_FAT64 : MACHO_FAT);
        assert_int_equal(file.image_count, 2);
        assert_text(file.images[0].arch, "x86_64");
        assert_text(file.images[1].arch, "arm64");
        assert_int_equal(file.images[1].error_count, 0);
        assert_int_equal(file.images[1].link_count, 1);
    }
}

static void macho_read__finds_hidden_slice(void **state)
{
    (void)state;
    struct test_image t = { .len = 0 };
    build_fat(&t, false, 1, 512);
    const struct macho_file file = read_good(&t);
    assert_int_equal(file.image_count, 2);
    assert_true(file.images[1].is_hidden);
    assert_error(&file.images[1], 0, -1, "this slice is hidden: the fat header counts 1");
    assert_int_equal(file.images[1].link_count, 1);
}

static void macho_read__does_not_read_overlapping_slices_twice(void **state)
{
    (void)state;
    struct test_image t = { .len = 0 };
    build_fat(&t, false, 2, 300);
    const struct macho_file file = read_good(&t);
    assert_error(&file.images[1], 0, -1, "slice at 300 overlaps slice 0");
    assert_false(file.images[1].links_complete);
}

static void macho_read__says_where_fat_header_and_image_disagree(void **state)
{
    (void)state;
    struct test_image t = { .len = 0 };
    build_fat(&t, false, 2, 512);
    test_put(&t, 8 + 20, X86_64, 4, true);
    assert_error(&read_good(&t).images[1], 0, -1,
                 "the fat header says cpu-0x1000007-0, the image says arm64");
}

static void macho_read__reads_what_is_there_of_cut_slice(void **state)
{
    (void)state;
    struct test_image t = { .len = 0 };
    build_fat(&t, false, 2, 512);
    t.len = 650;
    const struct macho_image *image = &read_good(&t).images[1];
    assert_error(image, 0, -1, "slice of 200 octets at 512 ends past the file of 650");
    assert_int_equal(image->link_count, 1);
    assert_true(image->links_complete);
}

static void macho_read__refuses_what_is_no_image(void **state)
{
    (void)state;
    static const uint8_t java[] = { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 80, 10, 0, 1, 0, 2, 7 };
    static const uint8_t many[] = { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65, 0, 0, 0, 7 };
    static const uint8_t none[] = { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 0, 0, 0, 0, 7 };
    static const uint8_t text[] = "#!/bin/sh\n";
    assert_refused((bytes){ java, sizeof java }, "not a Mach-O file (magic 0xcafebabe)");
    // Of Java 21, whose version is above the number of slices that are read.
    static const uint8_t newer[] = { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65, 1, 0, 10, 0, 1, 0, 2, 7 };
    struct macho_file file;
    struct err err;
    assert_refused((bytes){ newer, sizeof newer }, "not a Mach-O file (magic 0xcafebabe)");
    assert_int_equal(macho_read_bytes((bytes){ many, sizeof many }, &arena, &file, &err),
                     ERR_LIMIT);
    assert_string_equal(err.text, "fat header of 65 slices; at most 64 are read");
    assert_refused((bytes){ text, sizeof text - 1 }, "not a Mach-O file (magic 0x23212f62)");
    assert_refused((bytes){ none, sizeof none }, "fat header without slices");
    assert_refused((bytes){ none, 4 }, "fat header does not fit in 4 octets");
    assert_refused((bytes){ none, 0 }, "not a Mach-O file (0 octets)");
    assert_false(macho_is_image((bytes){ java, sizeof java }));
    assert_true(macho_is_image((bytes){ (const uint8_t *)"\xcf\xfa\xed\xfe", 4 }));
}

// The kernel passes over entries of CPUs that it does not know: the first may be of any.
static void is_image__tells_fat_headers_from_java_classes(void **state)
{
    (void)state;
    struct test_image t = { .len = 0 };
    build_fat(&t, false, 2, 512);
    test_put(&t, 8, 0x00123456, 4, true);
    assert_true(macho_is_image(test_bytes(&t)));
    assert_int_equal(read_good(&t).image_count, 2);

    // Every constant of a class: a name, a number, a long one that takes two places, a method.
    static const uint8_t java[] = { 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61, 0, 6, 1, 0, 1,
                                    'A',  3,    0,    0,    0, 1, 5, 0,  0, 0, 0, 0, 0,
                                    0,    1,    10,   0,    1, 0, 2, 15, 1, 0, 1 };
    for (size_t len = 11; len <= sizeof java; len++)
        assert_false(macho_is_image((bytes){ java, len }));
    // Without a version of Java, without constants, and with a tag that is none.
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = { { 7, 44 }, { 9, 1 }, { 10, 2 }, { 14, 13 }, { 19, 0 }, { 33, 21 } };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        uint8_t changed[sizeof java];
        memcpy(changed, java, sizeof java);
        changed[changes[i].at] = changes[i].value;
        assert_true(macho_is_image((bytes){ changed, sizeof changed }));
    }
}

static void macho_read__looks_for_a_hidden_slice_behind_archives(void **state)
{
    (void)state;
    struct test_image t = { .len = 0 };
    build_fat(&t, false, 1, 512);
    memcpy(t.at + 256, "!<arch>\n", 8);
    const struct macho_file file = read_good(&t);
    assert_int_equal(file.image_count, 2);
    assert_true(file.images[1].is_hidden);
    assert_int_equal(file.images[1].link_count, 1);
}

static void macho_read__tells_what_stands_before_damaged_command(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, ARM64, EXECUTE);
    test_dylib(&t, 0xc, "/usr/lib/libSystem.B.dylib");
    const size_t second = t.len;
    test_dylib(&t, 0xc, "/usr/lib/libobjc.A.dylib");
    test_end_commands(&t);

    test_put(&t, second + 4, 7, 4, false);
    const struct macho_image *image = &read_good(&t).images[0];
    assert_error(image, 0, 1, "load command 0xc has a size of 7");
    assert_int_equal(image->link_count, 1);
    assert_false(image->links_complete || image->commands_complete);
    assert_int_equal(image->signature.state, MACHO_SIGNATURE_INVALID);

    test_put(&t, second + 4, 4096, 4, false);
    assert_error(&read_good(&t).images[0], 0, 1,
                 "load command 0xc of 4096 octets ends past the load commands");

    test_put(&t, second + 4, 48, 4, false);
    test_put(&t, second + 8, 48, 4, false);
    assert_error(&read_good(&t).images[0], 0, 1,
                 "dylib name at 48 lies outside its command of 48 octets");
    assert_false(read_good(&t).images[0].links_complete);

    test_put(&t, second + 8, 24, 4, false);
    memset(t.at + second + 24, 'x', 24);
    image = &read_good(&t).images[0];
    assert_error(image, 0, 1, "dylib name does not end inside its command");
    assert_int_equal(image->link_count, 1);
}

static void macho_read__doubts_links_where_a_variable_is_damaged(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, ARM64, EXECUTE);
    test_command(&t, 0x27, (uint32_t[]){ 99 }, 1, "DYLD_INSERT_LIBRARIES=/x");
    test_end_commands(&t);
    const struct macho_image *image = &read_good(&t).images[0];
    assert_error(image, 0, 0, "environment at 99 lies outside its command of 44 octets");
    assert_false(image->links_complete);
}

static void macho_read__doubts_commands_that_dyld_must_know(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, ARM64, EXECUTE);
    test_command(&t, 0x80000028, (uint32_t[]){ 0, 0, 0, 0 }, 4, NULL);  // LC_MAIN
    test_command(&t, 0x7f, (uint32_t[]){ 0, 0 }, 2, NULL);
    test_end_commands(&t);
    const struct macho_image *image = &read_good(&t).images[0];
    assert_true(image->error_count == 0 && image->links_complete);

    test_command(&t, 0x8000007f, (uint32_t[]){ 0, 0 }, 2, NULL);
    test_end_commands(&t);
    image = &read_good(&t).images[0];
    assert_error(image, 0, 2,
                 "load command 0x8000007f must be known to dyld, and is not known here");
    assert_false(image->links_complete);
}

static void macho_read__refuses_more_than_max(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, ARM64, EXECUTE);
    test_end_commands(&t);
    test_put(&t, 16, MACHO_COMMANDS_MAX + 1, 4, false);
    assert_error(&read_good(&t).images[0], 0, -1, "16385 load commands; at most 16384 are read");

    const size_t large = 32 + MACHO_COMMANDS_BYTES_MAX + 1;
    uint8_t *image = calloc(1, large);
    memcpy(image, t.at, 32);
    image[16] = image[17] = 0;
    memcpy(image + 20, (const uint8_t[]){ 1, 0, 0x40, 0 }, 4);
    struct macho_file file;
    struct err err;
    assert_int_equal(macho_read_bytes((bytes){ image, large }, &arena, &file, &err), OK);
    assert_error(&file.images[0], 0, -1,
                 "load commands of 4194305 octets; at most 4194304 are read");
    assert_false(file.images[0].links_complete);
    free(image);
}

static void macho_read__counts_errors_past_max(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, ARM64, EXECUTE);
    for (size_t i = 0; i < MACHO_ERRORS_MAX + 3; i++)
        test_command(&t, 0x1b, NULL, 0, NULL);
    for (size_t i = 0; i < MACHO_BUILDS_MAX + 1; i++)
        test_command(&t, 0x32, (uint32_t[]){ 1, 1, 1, 0 }, 4, NULL);
    test_end_commands(&t);
    const struct macho_image *image = &read_good(&t).images[0];
    assert_int_equal(image->error_count, MACHO_ERRORS_MAX);
    assert_int_equal(image->errors_untold, 4);
    assert_error(image, 0, 0, "uuid command of 8 octets is too short");
    assert_int_equal(image->build_count, MACHO_BUILDS_MAX);
}

static void macho_read__bounds_names_and_lazy_links(void **state)
{
    (void)state;
    char name[MACHO_PATH_MAX + 2];
    struct test_image t = { .is_64 = true };
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    test_begin(&t, ARM64, EXECUTE);
    test_dylib(&t, 0xc, name);
    test_end_commands(&t);
    assert_error(&read_good(&t).images[0], 0, 0,
                 "dylib name of 4097 octets; at most 4096 are read");

    struct test_image many = { .is_64 = true };
    test_begin(&many, ARM64, EXECUTE);
    for (size_t i = 0; i < MACHO_LAZY_LINKS_MAX + 1; i++)
        test_command(&many, 0x3a, (uint32_t[]){ 32 + 16 * (MACHO_LAZY_LINKS_MAX + 1), 40 }, 2,
                     NULL);
    test_end_commands(&many);
    test_u32(&many, 28);
    test_zeros(&many, 36);
    const struct macho_image *image = &read_good(&many).images[0];
    assert_int_equal(image->link_count, MACHO_LAZY_LINKS_MAX);
    assert_error(image, 0, MACHO_LAZY_LINKS_MAX, "more than 512 lazy links");
}

// What is told of any input prints, and what prints lies in it: used by the two tests below.
static void read_any(bytes in)
{
    const struct macho_source source = macho_source_of_bytes(&in);
    struct macho_report_options options = { .path = STR("x"), .with_pages = true };
    struct macho_file file;
    struct err err;
    options.api_frameworks = macho_default_api_frameworks(&options.api_framework_count);
    if (macho_read(&source, &arena, &file, &err) != OK)
        return;
    const struct macho_report *reports = macho_report_on(&source, &file, &options, &arena);
    const struct macho_verdicts worst = macho_worst_of(&file, reports);
    for (size_t i = 0; i < file.image_count; i++) {
        const struct macho_subject subject = {
            .path = STR("x"), .file = &file, .index = i, .report = &reports[i], .worst = &worst
        };
        struct buf b;
        buf_init(&b, MACHO_PRINT_MAX);
        macho_print_json(&b, &subject, &arena);
        macho_print_page(&b, &subject, true, &arena);
        assert_false(b.failed);
        buf_done(&b);
    }
    arena_reset(&arena);
}

// One image among archives is one that dyld may take.
static void macho_read__passes_over_archives_only_where_there_is_nothing_else(void **state)
{
    (void)state;
    struct test_image t = { .len = 0 };
    struct macho_file file;
    struct err err;
    build_fat(&t, false, 2, 512);
    const uint32_t first = 256;
    memcpy(t.at + first, "!<arch>\n", 8);
    assert_int_equal(macho_read_bytes(test_bytes(&t), &arena, &file, &err), OK);
    assert_int_equal(file.image_count, 2);
    assert_error(&file.images[0], 0, -1, "not a Mach-O image (magic 0x72613c21)");
    const uint64_t second = file.images[1].offset;
    memcpy(t.at + second, "!<arch>\n", 8);
    assert_int_equal(macho_read_bytes(test_bytes(&t), &arena, &file, &err), END);
}

static void macho_read__survives_every_truncation(void **state)
{
    (void)state;
    struct test_image thin = { .len = 0 };
    struct test_image fat = { .len = 0 };
    build_rich(&thin, true, false);
    build_fat(&fat, true, 1, 512);
    const struct test_image *const images[] = { &thin, &fat };
    for (size_t i = 0; i < COUNT_OF(images); i++)
        for (size_t len = 0; len <= images[i]->len; len++) {
            uint8_t *exact = malloc(len + 1);  // One octet more would be seen by the sanitizer.
            uint8_t *shrunk = realloc(exact, len > 0 ? len : 1);
            memcpy(shrunk, images[i]->at, len);
            read_any((bytes){ .at = shrunk, .len = len });
            free(shrunk);
        }
}

static void macho_read__survives_every_change_of_one_octet(void **state)
{
    (void)state;
    static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
    struct test_image t = { .len = 0 };
    build_rich(&t, true, false);
    for (size_t at = 0; at < t.len; at++) {
        const uint8_t was = t.at[at];
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            t.at[at] = values[i];
            read_any(test_bytes(&t));
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            t.at[at] = (uint8_t)(was ^ 1u << bit);
            read_any(test_bytes(&t));
        }
        t.at[at] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(macho_read__tells_every_command_in_both_widths_and_byte_orders,
                                  forget),
        cmocka_unit_test_teardown(macho_read__tells_minimum_versions_and_encryption, forget),
        cmocka_unit_test_teardown(macho_read__finds_lazy_path_in_linkedit, forget),
        cmocka_unit_test_teardown(macho_read__tells_every_slice_of_fat_and_fat64, forget),
        cmocka_unit_test_teardown(macho_read__finds_hidden_slice, forget),
        cmocka_unit_test_teardown(macho_read__does_not_read_overlapping_slices_twice, forget),
        cmocka_unit_test_teardown(macho_read__says_where_fat_header_and_image_disagree, forget),
        cmocka_unit_test_teardown(macho_read__reads_what_is_there_of_cut_slice, forget),
        cmocka_unit_test_teardown(macho_read__refuses_what_is_no_image, forget),
        cmocka_unit_test_teardown(is_image__tells_fat_headers_from_java_classes, forget),
        cmocka_unit_test_teardown(macho_read__looks_for_a_hidden_slice_behind_archives, forget),
        cmocka_unit_test_teardown(macho_read__tells_what_stands_before_damaged_command, forget),
        cmocka_unit_test_teardown(macho_read__doubts_links_where_a_variable_is_damaged, forget),
        cmocka_unit_test_teardown(macho_read__doubts_commands_that_dyld_must_know, forget),
        cmocka_unit_test_teardown(macho_read__refuses_more_than_max, forget),
        cmocka_unit_test_teardown(macho_read__counts_errors_past_max, forget),
        cmocka_unit_test_teardown(macho_read__bounds_names_and_lazy_links, forget),
        cmocka_unit_test_teardown(macho_read__passes_over_archives_only_where_there_is_nothing_else,
                                  forget),
        cmocka_unit_test_teardown(macho_read__survives_every_truncation, forget),
        cmocka_unit_test_teardown(macho_read__survives_every_change_of_one_octet, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
