#include "inspect/tree.h"

#include "base/buf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME_BYTES_MAX 255u

static struct arena arena;
static struct buf walked;
static str top;
static const struct disk own = { .root = STR_INIT("") };

static const char *below(const char *path)
{
    return arena_printf(&arena, "%.*s%s", STR_ARG(top), path).at;
}

static void make_directory(const char *path)
{
    if (mkdir(below(path), 0755) != 0)
        fail_msg("mkdir %s", path);
}

static void make_file(const char *path)
{
    const int fd = open(below(path), O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd < 0 || close(fd) != 0)
        fail_msg("make %s", path);
}

static void make_link(const char *path, const char *target)
{
    if (symlink(target, below(path)) != 0)
        fail_msg("symlink %s", path);
}

static int make_top(void **state)
{
    (void)state;
    char name[] = "/tmp/tree_test_XXXXXX";
    (void)umask(022);
    if (mkdtemp(name) == NULL || chmod(name, 0755) != 0)
        return -1;
    char *real = realpath(name, NULL);
    top = arena_str(&arena, str_of(real));
    free(real);
    buf_init(&walked, 1024 * 1024);
    return 0;
}

static int remove_top(void **state)
{
    (void)state;
    const char *command = arena_printf(&arena, "rm -rf '%.*s'", STR_ARG(top)).at;
    const int code = system(command);
    arena_done(&arena);
    buf_done(&walked);
    return code;
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 512; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static str without_top(str path)
{
    return str_starts_with(path, top) ? str_from(path, top.len) : path;
}

static void write_down(const struct tree_file *file)
{
    buf_add(&walked, without_top(file->path));
    if (!str_eq(file->path, file->place))
        buf_printf(&walked, " at %.*s", STR_ARG(without_top(file->place)));
    buf_add(&walked, file->is_named ? STR(" named") : STR_EMPTY);
    buf_add(&walked, file->is_other ? STR(" other") : STR_EMPTY);
    if (file->why.len > 0)
        buf_printf(&walked, ": %.*s", STR_ARG(file->why));
    buf_add_char(&walked, '\n');
    assert_int_equal(file->fd >= 0, !file->is_other && file->why.len == 0);
    if (file->fd >= 0)
        assert_true(S_ISREG(file->st.st_mode));
}

// What tree_walked() says at the end stands in the last lines.
static void walk(const struct disk *disk, const char *const *paths, size_t count)
{
    str named[8];
    struct tree_file file;
    const unsigned before = open_descriptors();
    double done = 0;
    for (size_t i = 0; i < count; i++)
        named[i] = str_of(paths[i]);
    struct tree *t = tree_new(named, count, disk);
    buf_reset(&walked);
    while (tree_next(t, &file) == OK) {
        const double now = tree_progress(t);
        if (now < done || now > 1)
            fail_msg("%.*s: progress went from %f to %f", STR_ARG(file.path), done, now);
        done = now;
        write_down(&file);
        if (file.fd >= 0)
            (void)close(file.fd);
    }
    assert_true(tree_progress(t) >= 1 && tree_progress(t) <= 1);
    for (size_t i = 0; i < count; i++) {
        str place;
        if (tree_walked(t, i, &place))
            buf_printf(&walked, "walked %.*s\n", STR_ARG(without_top(place)));
    }
    tree_free(t);
    assert_int_equal(open_descriptors(), before);
}

static void assert_walk(const struct disk *disk, const char *const *paths, size_t count,
                        const char *expected)
{
    walk(disk, paths, count);
    if (!str_eq(buf_str(&walked), str_of(expected)))
        fail_msg("walked\n%.*sexpected\n%s", STR_ARG(buf_str(&walked)), expected);
}

static void tree_next__goes_in_the_order_of_names(void **state)
{
    (void)state;
    make_directory("/b");
    make_directory("/b/empty");
    make_directory("/b/z");
    make_file("/b/z/1");
    make_file("/b/a");
    make_file("/b.txt");
    make_file("/B");
    make_file("/\xc3\xa4");
    make_file("/a\nb");
    make_file("/.hidden");
    const char *const paths[] = { below("") };
    assert_walk(&own, paths, 1, "/.hidden\n/B\n/a\nb\n/b/a\n/b/z/1\n/b.txt\n/\xc3\xa4\nwalked \n");
}

static void tree_next__follows_only_links_that_are_named(void **state)
{
    (void)state;
    make_directory("/d");
    make_file("/d/f");
    make_link("/d/up", "..");
    make_link("/d/self", ".");
    make_link("/d/g", "f");
    make_link("/to_d", "d");
    make_link("/to_f", "d/f");
    make_link("/to_nothing", "absent");
    make_link("/around", "around");
    const char *const paths[] = { below("/to_d"), below("/to_f"), below("/to_d/"),
                                  below("/to_nothing"), below("/around") };
    assert_walk(&own, paths, COUNT_OF(paths),
                "/to_d/f at /d/f\n/to_d/g at /d/g other\n/to_d/self at /d/self other\n"
                "/to_d/up at /d/up other\n/to_f at /d/f named\n"
                "/to_d/f at /d/f\n/to_d/g at /d/g other\n/to_d/self at /d/self other\n"
                "/to_d/up at /d/up other\n"
                "/to_nothing at  named: No such file or directory\n"
                "/around at  named: Too many levels of symbolic links\nwalked /d\nwalked /d\n");
}

static void tree_next__takes_paths_as_they_are_named(void **state)
{
    (void)state;
    make_directory("/d");
    make_file("/d/f");
    make_file("/g");
    const char *const paths[] = { below("/d/f"),    below("/d/f"),    below("/d//"),
                                  below("/d/../g"), below("/absent"), "",
                                  below("/g/") };
    assert_walk(&own, paths, COUNT_OF(paths),
                "/d/f named\n/d/f named\n/d//f at /d/f\n/d/../g at /g named\n"
                "/absent at  named: No such file or directory\n"
                " named: No such file or directory\n"
                "/g/ at  named: Not a directory\nwalked /d\n");
    assert_walk(&own, NULL, 0, "");
}

static void tree_next__opens_no_pipe(void **state)
{
    (void)state;
    make_directory("/d");
    assert_int_equal(mkfifo(below("/d/pipe"), 0644), 0);
    make_file("/d/q");
    const char *const paths[] = { below("/d"), below("/d/pipe"), "/dev/null" };
    assert_walk(&own, paths, COUNT_OF(paths),
                "/d/pipe other\n/d/q\n/d/pipe named other\n/dev/null named other\nwalked /d\n");
}

// A copied disk: paths are the Mac's own, and nothing leads out.
static void tree_next__stays_below_the_root(void **state)
{
    (void)state;
    make_directory("/private");
    make_directory("/private/tmp");
    make_file("/private/tmp/x");
    make_link("/tmp", "/private/tmp");
    make_link("/out", "/etc");
    make_link("/up", "../../../etc/passwd");
    const struct disk disk = { .root = top };
    const char *const paths[] = { "/",    "/tmp", "tmp/x",           "/tmp/",
                                  "/out", "/up",  below("/private"), "/../../private/tmp/x" };
    assert_walk(&disk, paths, COUNT_OF(paths),
                "/out other\n/private/tmp/x\n/tmp other\n/up other\n"
                "/private/tmp/x\n/private/tmp/x named\n/private/tmp/x\n"
                "/out at  named: No such file or directory\n"
                "/up at  named: No such file or directory\n"
                "/private/tmp/x\n/private/tmp/x named\n"
                "walked /\nwalked /private/tmp\nwalked /private/tmp\nwalked /private\n");
}

static bool passes_data(const struct disk *disk)
{
    const str root = STR("/");
    struct tree_file file;
    struct tree *t = tree_new(&root, 1, disk);
    while (tree_next(t, &file) == OK)
        if (file.fd >= 0)
            (void)close(file.fd);
    const bool has_passed = tree_passed_data(t);
    tree_free(t);
    return has_passed;
}

static void tree_next__passes_over_the_second_place_of_the_data(void **state)
{
    (void)state;
    make_directory("/System");
    make_directory("/System/Volumes");
    make_directory("/System/Volumes/Data");
    make_directory("/System/Volumes/Data/Users");
    make_directory("/Users");
    make_file("/Users/a");
    make_file("/System/Volumes/Data/Users/a");
    make_file("/System/Volumes/y");
    const struct disk disk = { .root = top };
    const char *const all[] = { "/" };
    assert_walk(&disk, all, 1,
                "/System/Volumes/Data other\n/System/Volumes/y\n/Users/a\nwalked /\n");
    assert_true(passes_data(&disk));
    const char *const data[] = { "/System/Volumes/Data" };
    assert_walk(&disk, data, 1, "/System/Volumes/Data/Users/a\nwalked /System/Volumes/Data\n");
}

// A copy in which what a Mac joins is not joined.
static void tree_next__walks_the_data_that_lies_nowhere_else(void **state)
{
    (void)state;
    make_directory("/System");
    make_directory("/System/Volumes");
    make_directory("/System/Volumes/Data");
    make_file("/System/Volumes/Data/x");
    const struct disk disk = { .root = top };
    const char *const all[] = { "/" };
    assert_walk(&disk, all, 1, "/System/Volumes/Data/x\nwalked /\n");
    assert_false(passes_data(&disk));
    make_directory("/Users");
    assert_false(passes_data(&disk));
    make_file("/Users/a");
    assert_true(passes_data(&disk));
    make_directory("/Applications");
    make_directory("/System/Volumes/Data/Applications");
    assert_true(passes_data(&disk));
    make_file("/System/Volumes/Data/Applications/x");
    assert_false(passes_data(&disk));
    make_file("/Applications/x");
    assert_true(passes_data(&disk));
}

static void tree_next__tells_what_may_not_be_opened(void **state)
{
    (void)state;
    make_directory("/closed");
    make_file("/closed/x");
    make_file("/f");
    make_file("/unreadable");
    assert_int_equal(chmod(below("/closed"), 0), 0);
    assert_int_equal(chmod(below("/unreadable"), 0), 0);
    if (geteuid() == 0 && seteuid(65534) != 0) {
        print_message("skipped: root may open everything\n");
        skip();
    }
    const char *const paths[] = { below(""), below("/closed"), below("/closed/x") };
    walk(&own, paths, COUNT_OF(paths));
    (void)!seteuid(getuid());
    assert_true(str_eq(buf_str(&walked),
                       STR("/closed: Permission denied\n/f\n/unreadable: Permission denied\n"
                           "/closed named: Permission denied\n"
                           "/closed/x at  named: Permission denied\nwalked \n")));
}

static void make_chain(unsigned depth)
{
    int at = open(below(""), O_RDONLY | O_DIRECTORY);
    for (unsigned i = 0; i < depth; i++) {
        assert_int_equal(mkdirat(at, "d", 0755), 0);
        const int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        (void)close(at);
        at = next;
    }
    const int fd = openat(at, "f", O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)close(at);
}

static void tree_next__goes_as_deep_as_max(void **state)
{
    (void)state;
    const char *const paths[] = { below("") };
    make_chain(TREE_DEPTH_MAX - 1);
    walk(&own, paths, 1);
    assert_true(str_ends_with(buf_str(&walked), STR("/d/d/f\nwalked \n")));
}

static void tree_next__refuses_to_go_deeper_than_max(void **state)
{
    (void)state;
    const char *const paths[] = { below("") };
    make_chain(TREE_DEPTH_MAX);
    make_file("/e");
    walk(&own, paths, 1);
    assert_true(str_ends_with(
        buf_str(&walked),
        STR("/d/d: more directories inside one another than are walked\n/e\nwalked \n")));
    assert_false(str_contains(buf_str(&walked), STR("/f")));
}

// A path that is longer than any system call takes is walked by descriptors, up to a length.
static void tree_next__refuses_a_path_that_is_too_long(void **state)
{
    (void)state;
    char name[NAME_BYTES_MAX + 1];
    const char *const paths[] = { below("") };
    memset(name, 'n', NAME_BYTES_MAX);
    name[NAME_BYTES_MAX] = '\0';
    int at = open(below(""), O_RDONLY | O_DIRECTORY);
    const unsigned fitting = (2 * DISK_PATH_MAX - (unsigned)top.len - 1) / (NAME_BYTES_MAX + 1);
    for (unsigned i = 0; i <= fitting; i++) {
        assert_int_equal(mkdirat(at, name, 0755), 0);
        const int next = openat(at, name, O_RDONLY | O_DIRECTORY);
        (void)close(at);
        at = next;
    }
    (void)close(at);
    walk(&own, paths, 1);
    assert_true(str_ends_with(buf_str(&walked), STR("nnn: a path in it is too long\nwalked \n")));
    assert_int_equal(str_find_char(buf_str(&walked), '\n') + 1 + strlen("walked \n"), walked.len);
}

static void tree_next__goes_through_a_wide_directory(void **state)
{
    (void)state;
    const char *const paths[] = { below("") };
    struct buf expected;
    buf_init(&expected, 1024 * 1024);
    for (unsigned i = 0; i < 3000; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "/%04u", (i * 7) % 3000);
        make_file(name);
        buf_printf(&expected, "/%04u\n", i);
    }
    buf_add(&expected, STR("walked \n"));
    buf_add_char(&expected, '\0');
    assert_walk(&own, paths, 1, expected.at);
    buf_done(&expected);
}

static void tree_next__passes_over_what_is_gone(void **state)
{
    (void)state;
    make_file("/a");
    make_file("/b");
    make_file("/c");
    make_directory("/d");
    const str path = str_of(below(""));
    struct tree *t = tree_new(&path, 1, &own);
    struct tree_file file;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(tree_next(t, &file), OK);
        assert_int_equal(file.is_other, i == 1 || i == 3);
        assert_int_equal(file.why.len, 0);
        if (file.fd >= 0)
            (void)close(file.fd);
        (void)unlink(below("/b"));
        (void)rmdir(below("/d"));
    }
    assert_int_equal(tree_next(t, &file), END);
    tree_free(t);
}

static void tree_free__may_come_in_the_middle(void **state)
{
    (void)state;
    make_directory("/d");
    make_directory("/d/e");
    make_file("/d/e/f");
    make_file("/d/e/g");
    const unsigned before = open_descriptors();
    const str path = str_of(below(""));
    struct tree *t = tree_new(&path, 1, &own);
    struct tree_file file;
    str place;
    assert_int_equal(tree_next(t, &file), OK);
    (void)close(file.fd);
    assert_true(tree_progress(t) < 1);
    assert_true(tree_walked(t, 0, &place));
    tree_free(t);
    tree_free(NULL);
    assert_int_equal(open_descriptors(), before);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(tree_next__goes_in_the_order_of_names),
        ON_DISK(tree_next__follows_only_links_that_are_named),
        ON_DISK(tree_next__takes_paths_as_they_are_named),
        ON_DISK(tree_next__opens_no_pipe),
        ON_DISK(tree_next__stays_below_the_root),
        ON_DISK(tree_next__passes_over_the_second_place_of_the_data),
        ON_DISK(tree_next__walks_the_data_that_lies_nowhere_else),
        ON_DISK(tree_next__tells_what_may_not_be_opened),
        ON_DISK(tree_next__goes_as_deep_as_max),
        ON_DISK(tree_next__refuses_to_go_deeper_than_max),
        ON_DISK(tree_next__refuses_a_path_that_is_too_long),
        ON_DISK(tree_next__goes_through_a_wide_directory),
        ON_DISK(tree_next__passes_over_what_is_gone),
        ON_DISK(tree_free__may_come_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
