// Images that lie on this machine: those of the Mach-O reader's corpus stand in for a Mac's.

#include "enrich/on_disk.h"

#include "enrich/library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CORPUS "src/macho/corpus/"

static const str apis[] = { STR_INIT("Foundation") };
static const struct enrich_options options = {
    .lists = { .of = { [ENRICH_LIST_API_FRAMEWORKS] = { apis, 1 } } },
    .read_images = true,
};

static void copy(const char *from, const char *to)
{
    char octets[65536];
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    const size_t len = fread(octets, 1, sizeof octets, in);
    assert_int_equal(fwrite(octets, 1, len, out), len);
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
}

static enum library_signature signature_of(struct libraries *l, const char *path)
{
    return libraries_find(l, 0, str_of(path), PATH_CLASS_OTHER)->signature;
}

static void libraries_find__reads_who_signed(void **state)
{
    (void)state;
    struct libraries *l = libraries_new(NULL, true);
    assert_int_equal(signature_of(l, CORPUS "linker_signed"), LIBRARY_ADHOC);
    assert_int_equal(signature_of(l, CORPUS "thin64"), LIBRARY_UNSIGNED);
    assert_int_equal(signature_of(l, CORPUS "fat64"), LIBRARY_UNSIGNED);
    assert_int_equal(signature_of(l, CORPUS "signed"), LIBRARY_SIGNED);
    const struct library *library = libraries_find(l, 0, STR(CORPUS "signed"), PATH_CLASS_OTHER);
    assert_true(str_eq(library->team_id, STR("TEAM123456")));
    assert_true(str_eq(library_signer(library, STR("TEAM123456")), STR("same_team")));
    assert_int_equal(signature_of(l, CORPUS "none"), LIBRARY_UNKNOWN);
    assert_int_equal(signature_of(l, "CMakeLists.txt"), LIBRARY_UNKNOWN);
    libraries_free(l);
}

// What was remembered of a path is not believed of the file that took its place.
static void libraries_find__sees_that_a_file_was_exchanged(void **state)
{
    (void)state;
    char path[] = "on_disk_test.XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    struct libraries *l = libraries_new(NULL, true);
    copy(CORPUS "signed", path);
    assert_int_equal(signature_of(l, path), LIBRARY_SIGNED);
    copy(CORPUS "linker_signed", path);
    assert_int_equal(signature_of(l, path), LIBRARY_ADHOC);
    (void)unlink(path);
    assert_int_equal(signature_of(l, path), LIBRARY_UNKNOWN);
    libraries_free(l);
}

static void on_disk_open__does_not_wait_for_a_pipe(void **state)
{
    (void)state;
    char path[] = "on_disk_test.XXXXXX";
    struct arena arena = { 0 };
    struct on_disk_image image;
    struct on_disk_mark mark;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(on_disk_open(str_of(path), &arena, &image));
    assert_false(on_disk_mark_of(str_of(path), &mark));
    (void)unlink(path);
    assert_false(on_disk_open(STR("src"), &arena, &image));
    assert_false(on_disk_open(STR_EMPTY, &arena, &image));
    assert_false(on_disk_open(STR("a\0b"), &arena, &image));
    char *longest = test_malloc(5000);
    memset(longest, 'x', 5000);
    assert_false(on_disk_open((str){ longest, 5000 }, &arena, &image));
    test_free(longest);
    arena_done(&arena);
}

static void linkages_find__reads_the_image_of_the_record(void **state)
{
    (void)state;
    struct linkages *l = linkages_new(&options, NULL);
    struct program program = { .executable = STR(CORPUS "thin64") };
    struct linkage *linkage = linkages_find(l, 0, &program);
    // It links Foundation, but nothing says that it is the image that ran.
    assert_int_equal(linkage->verdict, LINKAGE_UNKNOWN);
    linkage_release(linkage);

    // Another build lies there now.
    program.executable = STR(CORPUS "linker_signed");
    program.cdhash = STR("0000000000000000000000000000000000000000");
    linkage = linkages_find(l, 0, &program);
    assert_int_equal(linkage->verdict, LINKAGE_UNKNOWN);
    assert_true(str_eq(linkage->because, STR("the image that lies there now is another build")));
    linkage_release(linkage);

    // Found by the record's cdhash, whatever its case, and remembered under it.
    program.cdhash = STR("BDFFCBEB8533F5D80C51F6285FD2FF15AF9222A4");
    linkage = linkages_find(l, 0, &program);
    assert_int_not_equal(linkage->verdict, LINKAGE_YES);
    assert_false(str_eq(linkage->because, STR("the image that lies there now is another build")));
    program.executable = STR("nowhere");
    struct linkage *again = linkages_find(l, 0, &program);
    assert_ptr_equal(again, linkage);
    linkage_release(again);
    program.is_interpreter = true;
    again = linkages_find(l, 0, &program);
    assert_int_equal(again->verdict, LINKAGE_BRIDGE);
    linkage_release(again);
    linkage_release(linkage);
    linkages_free(l);
    linkages_free(NULL);
}

// The image is open while it is judged: strings are read only when nothing else was found.
static void linkages_find__looks_through_the_strings_of_a_loader(void **state)
{
    (void)state;
    static const str core_services = STR_INIT("CoreServices");
    const struct enrich_options with_strings = {
        .read_images = true,
        .lists = { .of = { [ENRICH_LIST_API_FRAMEWORKS] = { &core_services, 1 } } },
    };
    struct linkages *l = linkages_new(&with_strings, NULL);
    const struct program program = {
        .executable = STR(CORPUS "loader"),
        .cdhash = STR("6fc1c9793682d18f073036019b7aab8ce3b903e4"),
    };
    struct linkage *linkage = linkages_find(l, 0, &program);
    assert_int_equal(linkage->verdict, LINKAGE_STRING);
    assert_true(str_eq(linkage_verdict_name(linkage->verdict), STR("string")));
    assert_true(str_eq(linkage->because,
                       STR("names /System/Library/Frameworks/CoreServices.framework/Versions/A/"
                           "CoreServices in its strings, and imports dlopen")));
    linkage_release(linkage);
    linkages_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_find__reads_who_signed),
        cmocka_unit_test(libraries_find__sees_that_a_file_was_exchanged),
        cmocka_unit_test(on_disk_open__does_not_wait_for_a_pipe),
        cmocka_unit_test(linkages_find__reads_the_image_of_the_record),
        cmocka_unit_test(linkages_find__looks_through_the_strings_of_a_loader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
