// What is noted of the disk, and when it no longer holds.

#include "inspect/around.h"

#include "platform/platform.h"
#include "store/links.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define TOOL "/X.app/Contents/MacOS/X"

static struct arena arena;
static struct disk disk;

static const char *below(const char *path)
{
    return arena_printf(&arena, "%.*s%s", STR_ARG(disk.root), path).at;
}

static void make_file(const char *path, const char *octets)
{
    const int fd = open(below(path), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0 || write(fd, octets, strlen(octets)) != (ssize_t)strlen(octets) || close(fd) != 0)
        fail_msg("write %s", path);
}

static int make_root(void **state)
{
    static const char *const directories[] = { "/X.app", "/X.app/Contents", "/X.app/Contents/MacOS",
                                               "/lib" };
    char name[] = "/tmp/around_test_XXXXXX";
    (void)state;
    (void)umask(022);
    if (mkdtemp(name) == NULL)
        return -1;
    char *real = realpath(name, NULL);
    disk.root = arena_str(&arena, str_of(real));
    free(real);
    for (size_t i = 0; i < COUNT_OF(directories); i++)
        if (mkdir(below(directories[i]), 0755) != 0)
            return -1;
    make_file("/lib/a.dylib", "a");
    make_file("/X.app/Contents/Info.plist", "plist");
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    const int code = system(arena_printf(&arena, "rm -rf '%.*s'", STR_ARG(disk.root)).at);
    arena_done(&arena);
    return code;
}

// What a reader of the tool asks: two places and all parts of its bundle.
static str ask(struct around *a)
{
    around_begin(a, &disk, STR(TOOL));
    (void)around_look(a, STR("/lib/a.dylib"));
    (void)around_look(a, STR("/lib/b.dylib"));
    for (int part = 0; part < MACHO_BUNDLE_PARTS; part++) {
        uint64_t size;
        const int fd = around_open_part(a, (enum macho_bundle_part)part, &size);
        assert_true((fd >= 0) == (part == MACHO_BUNDLE_INFO));
        if (fd >= 0)
            assert_int_equal(close(fd), 0);
    }
    return arena_str(&arena, around_text(a));
}

static bool text_holds(str text)
{
    return around_holds(&disk, STR(TOOL), text);
}

static void around_look__answers_as_the_disk_does(void **state)
{
    (void)state;
    struct around a = { .is_partial = false };
    static const char *const paths[] = { "/lib/a.dylib", "/lib/b.dylib", "/", "relative", "" };
    around_begin(&a, &disk, STR(TOOL));
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        const struct macho_place of_disk = disk_look(&disk, str_of(paths[i]));
        const struct macho_place place = around_look(&a, str_of(paths[i]));
        assert_int_equal(place.is_known, of_disk.is_known);
        assert_int_equal(place.is_there, of_disk.is_there);
        assert_int_equal(place.is_writable, of_disk.is_writable);
    }
    assert_true(text_holds(around_text(&a)));
    around_done(&a);
}

static void around_text__is_what_was_asked(void **state)
{
    (void)state;
    struct around a = { .is_partial = false };
    const unsigned is_free = disk_look(&disk, STR("/lib")).is_writable;
    const str text = ask(&a);
    const str before =
        arena_printf(&arena, "1\nL11%u /lib/a.dylib\nL10%u /lib/b.dylib\nP0 5 ", is_free, is_free);
    assert_true(str_starts_with(text, before));
    assert_true(str_ends_with(text, STR("\nP1 -\nP2 -\n")));
    // Another slice asks the same; another file has its own.
    (void)around_look(&a, STR("/lib/a.dylib"));
    assert_true(str_eq(around_text(&a), text));
    around_begin(&a, &disk, STR("/lib/a.dylib"));
    assert_true(str_eq(around_text(&a), STR("1\n")));
    around_done(&a);
}

// No bundle is around it, and that is said by its path.
static void around_open_part__notes_nothing_without_a_bundle(void **state)
{
    (void)state;
    struct around a = { .is_partial = false };
    uint64_t size;
    around_begin(&a, &disk, STR("/lib/a.dylib"));
    assert_int_equal(around_open_part(&a, MACHO_BUNDLE_INFO, &size), -1);
    assert_true(str_eq(around_text(&a), STR("1\n")));
    assert_true(text_holds(around_text(&a)));
    around_done(&a);
}

static void make_missing(void)
{
    make_file("/lib/b.dylib", "b");
}

static void remove_found(void)
{
    assert_int_equal(unlink(below("/lib/a.dylib")), 0);
}

static void open_to_all(void)
{
    assert_int_equal(chmod(below("/lib"), 0777), 0);
    assert_int_equal(chmod(below("/lib/a.dylib"), 0666), 0);
}

static void append_to_part(void)
{
    make_file("/X.app/Contents/Info.plist", " ");
}

static void exchange_part(void)
{
    const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
    assert_int_equal(utimensat(AT_FDCWD, below("/X.app/Contents/Info.plist"), times, 0), 0);
}

static void remove_part(void)
{
    assert_int_equal(unlink(below("/X.app/Contents/Info.plist")), 0);
}

static void make_part(void)
{
    make_file("/X.app/Contents/CodeResources", "ticket");
}

// The time that is set back is not the one that tells.
static void set_time_of_part_back(void)
{
    struct stat st;
    const char *path = below("/X.app/Contents/Info.plist");
    assert_int_equal(stat(path, &st), 0);
    const int64_t was = platform_modified_ns(&st);
    const int64_t changed = platform_changed_ns(&st);
    const struct timespec then = { .tv_sec = was / 1000000000, .tv_nsec = was % 1000000000 };
    const struct timespec times[2] = { then, then };
    for (int i = 0; i < 1000; i++) {
        struct stat now;
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
        assert_int_equal(stat(path, &now), 0);
        if (platform_changed_ns(&now) != changed)
            return;
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
}

static void around_holds__until_an_answer_is_another(void **state)
{
    static void (*const changes[])(void) = { make_missing,   remove_found,         open_to_all,
                                             append_to_part, exchange_part,        remove_part,
                                             make_part,      set_time_of_part_back };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct around a = { .is_partial = false };
        const str text = ask(&a);
        assert_true(text_holds(text));
        if (changes[i] == open_to_all && disk_look(&disk, STR("/lib")).is_writable)
            assert_int_not_equal(geteuid(), 0);  // To others than root all is free already.
        else {
            changes[i]();
            if (text_holds(text))
                fail_msg("change %zu is not seen", i);
        }
        around_done(&a);
        assert_int_equal(remove_root(state), 0);
        assert_int_equal(make_root(state), 0);
    }
}

// An empty one is what an inventory of version 1 has.
static void around_holds__believes_nothing_else(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",      "\n",      "2\n",     "1\n\n",    "1\nL000", "1\nL000 ",     "1\nP",
        "1\nP0", "1\nP3 -", "1\nP/ -", "1\nP1 - ", "1\nQ0 -", "1\nL222 /lib", "1\nP1 -\nL1"
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (text_holds(str_of(texts[i])))
            fail_msg("\"%s\" holds", texts[i]);
    assert_true(text_holds(STR("1\n")));
    assert_true(text_holds(STR("1\nP1 -\nP2 -\n")));
}

static void around_holds__needs_whole_lines(void **state)
{
    (void)state;
    struct around a = { .is_partial = false };
    const str text = ask(&a);
    for (size_t len = 0; len < text.len; len++)
        if (text_holds(str_to(text, len)) && (len == 0 || text.at[len - 1] != '\n'))
            fail_msg("the first %zu octets hold", len);
    around_done(&a);
}

static void around_text__is_empty_where_a_path_has_a_line_end(void **state)
{
    (void)state;
    struct around a = { .is_partial = false };
    around_begin(&a, &disk, STR(TOOL));
    (void)around_look(&a, STR("/lib/a\nP1 -"));
    (void)around_look(&a, STR("/lib"));
    assert_int_equal(around_text(&a).len, 0);
    around_begin(&a, &disk, STR(TOOL));
    assert_int_equal(around_text(&a).len, 2);
    around_done(&a);
}

static void around_look__knows_of_no_path_that_no_disk_has(void **state)
{
    (void)state;
    struct around a = { .is_partial = false };
    char *path = memory_new(DISK_PATH_MAX + 1);
    memset(path, '/', DISK_PATH_MAX + 1);
    around_begin(&a, &disk, STR(TOOL));
    assert_true(around_look(&a, (str){ .at = path, .len = DISK_PATH_MAX }).is_known);
    const size_t noted = around_text(&a).len;
    assert_int_equal(noted, 2 + 5 + DISK_PATH_MAX + 1);
    assert_true(text_holds(around_text(&a)));
    assert_false(around_look(&a, (str){ .at = path, .len = DISK_PATH_MAX + 1 }).is_known);
    assert_false(around_look(&a, (str){ .at = "/\0x", .len = 3 }).is_known);
    assert_int_equal(around_text(&a).len, noted);
    free(path);
    around_done(&a);
}

static void around_text__is_empty_past_max(void **state)
{
    (void)state;
    struct around a = { .is_partial = false };
    char path[1024];
    size_t count = 0;
    memset(path, '.', sizeof path);
    path[0] = '/';
    path[5] = '/';
    around_begin(&a, &disk, STR(TOOL));
    while (around_text(&a).len > 0) {
        assert_true(count < 1000 && around_text(&a).len <= LINKS_AROUND_MAX);
        (void)snprintf(path + 1, 5, "%04zu", count++);
        path[5] = '/';
        (void)around_look(&a, (str){ .at = path, .len = sizeof path });
    }
    assert_int_equal(count, LINKS_AROUND_MAX / (sizeof path + 6) + 1);
    around_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(around_look__answers_as_the_disk_does, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(around_text__is_what_was_asked, make_root, remove_root),
        cmocka_unit_test_setup_teardown(around_open_part__notes_nothing_without_a_bundle, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(around_holds__until_an_answer_is_another, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(around_holds__believes_nothing_else, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(around_holds__needs_whole_lines, make_root, remove_root),
        cmocka_unit_test_setup_teardown(around_text__is_empty_where_a_path_has_a_line_end,
                                        make_root, remove_root),
        cmocka_unit_test_setup_teardown(around_look__knows_of_no_path_that_no_disk_has, make_root,
                                        remove_root),
        cmocka_unit_test_setup_teardown(around_text__is_empty_past_max, make_root, remove_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
