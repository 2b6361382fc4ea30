// What the public library tells of images that no linker makes.

#include "macho/test_image.h"

#include "inspect/test_public.h"

#define ARM64      0x0100000cu
#define MH_EXECUTE 2u
#define LC_LOAD    0xcu
#define LC_WEAK    0x80000018u
#define LC_RPATH   0x8000001cu
#define ERRORS_MAX 32u
#define LOOKS_MAX  2048u

static struct test_image image;

static void begin(uint32_t cpu_type)
{
    image = (struct test_image){ .is_64 = true };
    test_begin(&image, cpu_type, MH_EXECUTE);
}

static void add_rpath(const char *path)
{
    test_command(&image, LC_RPATH, (uint32_t[]){ 12 }, 1, path);
}

static struct pomona_macho *read_built(const struct pomona_macho_options *options)
{
    struct pomona_macho *file = NULL;
    struct pomona_macho_error error;
    test_end_commands(&image);
    if (!pomona_macho_read_memory(image.at, image.len, options, &file, &error))
        fail_msg("%s", error.text);
    return file;
}

static void error_at__tells_the_first_and_counts_the_rest(void **state)
{
    (void)state;
    begin(ARM64);
    for (size_t i = 0; i < ERRORS_MAX + 8; i++)
        test_command(&image, LC_LOAD, (uint32_t[]){ 4096, 0, 0, 0 }, 4, "x");
    struct pomona_macho *file = read_built(NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_ERRORS), ERRORS_MAX);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_ERRORS_UNTOLD), 8);
    for (size_t i = 0; i < ERRORS_MAX; i++) {
        assert_int_equal(pomona_macho_error_at(s, i).command, i);
        assert_true(pomona_macho_error_at(s, i).reason.len > 0);
    }
    assert_false(pomona_macho_mark_of(s, POMONA_MACHO_MARK_LINKS_COMPLETE));
    assert_true(pomona_macho_mark_of(s, POMONA_MACHO_MARK_COMMANDS_COMPLETE));
    assert_int_equal(pomona_macho_verdicts_of(s).native_api, POMONA_MACHO_NATIVE_API_UNKNOWN);
    pomona_macho_free(file);
}

static void commands__that_end_early_are_told_as_such(void **state)
{
    (void)state;
    begin(ARM64);
    test_u32(&image, LC_LOAD);
    test_u32(&image, 4);  // No room for itself.
    image.count++;
    struct pomona_macho *file = read_built(NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_false(pomona_macho_mark_of(s, POMONA_MACHO_MARK_COMMANDS_COMPLETE));
    assert_false(pomona_macho_mark_of(s, POMONA_MACHO_MARK_IMPORTS_COMPLETE));
    assert_int_equal(pomona_macho_verdicts_of(s).injection, POMONA_MACHO_INJECTION_OPEN);
    pomona_macho_free(file);
}

static void text__is_what_the_file_holds(void **state)
{
    (void)state;
    begin(0x99);
    test_dylib(&image, LC_LOAD, "/lib\x1b[2J\xff\n.dylib");
    struct pomona_macho *file = read_built(TEST_OPTIONS(.path = "/a\x07"));
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    test_equal(pomona_macho_link_at(s, 0).name, "/lib\x1b[2J\xff\n.dylib");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_ARCH), "cpu-0x99-0");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_UUID), "");
    char *json = pomona_macho_json(s, false, NULL);
    for (const char *at = json; *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20);
    assert_non_null(strstr(json, "{\"path\":\"/a\\u0007\""));
    assert_non_null(strstr(json, "\"uuid\":null"));
    free(json);
    pomona_macho_free(file);
}

static void candidate_at__tells_relative_ones_without_a_disk(void **state)
{
    (void)state;
    begin(ARM64);
    test_dylib(&image, LC_LOAD, "Frameworks/liba.dylib");
    test_dylib(&image, LC_WEAK, "@loader_path/libb.dylib");
    struct pomona_macho *file = read_built(TEST_OPTIONS(.path = "/opt/tool"));
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_CANDIDATES), 1);
    assert_int_equal(pomona_macho_candidate_at(s, 0).kind, POMONA_MACHO_CANDIDATE_RELATIVE);
    test_equal(pomona_macho_candidate_at(s, 0).path, "Frameworks/liba.dylib");
    pomona_macho_free(file);
}

static size_t looked;

static void look(void *context, const struct pomona_str *paths, size_t count,
                 struct pomona_macho_place *out)
{
    (void)context;
    (void)paths;
    looked += count;
    for (size_t i = 0; i < count; i++)
        out[i].is_known = true;
}

static void look__is_asked_for_no_more_than_max(void **state)
{
    const struct pomona_macho_surroundings given = { .look = look, .is_whole = true };
    (void)state;
    begin(ARM64);
    for (size_t i = 0; i < 50; i++) {
        test_dylib(&image, LC_WEAK, "@rpath/liba.dylib");
        add_rpath("/opt/lib");
    }
    looked = 0;
    struct pomona_macho *file =
        read_built(TEST_OPTIONS(.path = "/opt/tool", .surroundings = &given));
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_int_equal(looked, LOOKS_MAX);
    assert_true(pomona_macho_mark_of(s, POMONA_MACHO_MARK_LOOKS_EXHAUSTED));
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_CANDIDATES), 256);
    assert_int_equal(pomona_macho_candidate_at(s, 0).kind, POMONA_MACHO_CANDIDATE_WEAK);
    pomona_macho_free(file);
}

static void slice_at__gives_every_slice_of_a_full_header(void **state)
{
    (void)state;
    image = (struct test_image){ .is_64 = true };
    const uint32_t counted = 64;
    const uint32_t first = 8 + 20 * (counted + 1);
    test_u32be(&image, 0xcafebabe);
    test_u32be(&image, counted);
    for (uint32_t i = 0; i <= counted; i++) {  // One more than is counted.
        test_u32be(&image, ARM64);
        test_u32be(&image, 0);
        test_u32be(&image, first + 32 * i);
        test_u32be(&image, 32);
        test_u32be(&image, 0);
    }
    for (uint32_t i = 0; i <= counted; i++)
        test_begin(&image, ARM64, MH_EXECUTE);
    struct pomona_macho *file = read_built(NULL);
    assert_int_equal(pomona_macho_slice_count(file), counted + 1);
    for (uint32_t i = 0; i <= counted; i++) {
        const struct pomona_macho_slice *s = pomona_macho_slice_at(file, i);
        assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_OFFSET), first + 32 * i);
        assert_int_equal(pomona_macho_mark_of(s, POMONA_MACHO_MARK_HIDDEN), i == counted);
    }
    assert_null(pomona_macho_slice_at(file, counted + 1));
    pomona_macho_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_at__tells_the_first_and_counts_the_rest),
        cmocka_unit_test(commands__that_end_early_are_told_as_such),
        cmocka_unit_test(text__is_what_the_file_holds),
        cmocka_unit_test(candidate_at__tells_relative_ones_without_a_disk),
        cmocka_unit_test(look__is_asked_for_no_more_than_max),
        cmocka_unit_test(slice_at__gives_every_slice_of_a_full_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
