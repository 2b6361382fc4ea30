#include "base/buf.h"
#include "inspect/disk_path.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static struct disk disk;
static const struct disk own = { .root = STR_INIT("") };

static const char *below(const char *path)
{
    return arena_printf(&arena, "%.*s%s", STR_ARG(disk.root), path).at;
}

static void make_directory(const char *path)
{
    if (mkdir(below(path), 0755) != 0)
        fail_msg("mkdir %s", path);
}

static void make_file(const char *path, const char *octets)
{
    const int fd = open(below(path), O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd < 0 || write(fd, octets, strlen(octets)) != (ssize_t)strlen(octets) || close(fd) != 0)
        fail_msg("write %s", path);
}

static void make_link(const char *path, const char *target)
{
    if (symlink(target, below(path)) != 0)
        fail_msg("symlink %s", path);
}

static int make_root(void **state)
{
    (void)state;
    char name[] = "/tmp/disk_test_XXXXXX";
    (void)umask(022);
    if (mkdtemp(name) == NULL)
        return -1;
    char *real = realpath(name, NULL);
    disk.root = arena_str(&arena, str_of(real));
    free(real);
    return chmod(name, 0755);
}

static int remove_root(void **state)
{
    (void)state;
    const char *command = arena_printf(&arena, "rm -rf '%.*s'", STR_ARG(disk.root)).at;
    const int code = system(command);
    arena_done(&arena);
    return code;
}

// NULL: nothing lies there.
static void assert_resolves(const char *path, const char *expected)
{
    struct err err = { .text = "" };
    str out = STR_EMPTY;
    const enum status status = disk_resolve(&disk, str_of(path), &arena, &out, &err);
    if (expected == NULL && status != END)
        fail_msg("%s: status %d, %.*s", path, (int)status, STR_ARG(out));
    if (expected == NULL)
        return;
    if (status != OK)
        fail_msg("%s: status %d, %s", path, (int)status, err.text);
    assert_string_equal(out.at, below(expected));
}

static void disk_resolve__stays_inside(void **state)
{
    (void)state;
    make_directory("/private");
    make_directory("/private/tmp");
    make_directory("/usr");
    make_file("/private/tmp/x", "x");
    make_file("/usr/x", "x");
    make_link("/tmp", "private/tmp");
    make_link("/absolute", "/private/tmp");
    make_link("/up", "../../../../../../../../usr");
    make_link("/absolute_up", "/../../../usr/../../private/tmp/x");
    make_link("/private/tmp/last", "../../usr/x");
    make_link("/private/tmp/slashes", "//..//.//..///usr/x//");
    make_link("/outside", arena_printf(&arena, "%.*s/usr", STR_ARG(disk.root)).at);
    make_link("/passwd", "/etc/passwd");

    assert_resolves("/", "");
    assert_resolves("/usr", "/usr");
    assert_resolves("/usr/", "/usr");
    assert_resolves("//usr/./x", "/usr/x");
    assert_resolves("/../../usr/x", "/usr/x");
    assert_resolves("/usr/../usr/../../usr/x", "/usr/x");
    assert_resolves("/tmp/x", "/private/tmp/x");
    assert_resolves("/tmp/../tmp/x", "/private/tmp/x");
    assert_resolves("/absolute/x", "/private/tmp/x");
    assert_resolves("/up/x", "/usr/x");
    assert_resolves("/absolute_up", "/private/tmp/x");
    assert_resolves("/tmp/last", "/usr/x");
    assert_resolves("/tmp/slashes", "/usr/x");
    assert_resolves("/outside", NULL);
    assert_resolves("/passwd", NULL);
    assert_resolves("/absent", NULL);
    assert_resolves("/usr/x/below_a_file", NULL);
}

static void disk_resolve__ends_where_links_go_around(void **state)
{
    (void)state;
    struct err err;
    str out;
    char path[32];
    char target[32];
    make_link("/self", "self");
    make_link("/a", "b");
    make_link("/b", "/a");
    make_link("/deeper", "deeper/deeper");
    make_file("/link0", "x");
    for (unsigned i = 1; i <= DISK_LINKS_MAX + 1; i++) {
        (void)snprintf(path, sizeof path, "/link%u", i);
        (void)snprintf(target, sizeof target, "link%u", i - 1);
        make_link(path, target);
    }
    static const char *const loops[] = { "/self", "/a/x", "/deeper" };
    for (size_t i = 0; i < COUNT_OF(loops); i++) {
        assert_int_equal(disk_resolve(&disk, str_of(loops[i]), &arena, &out, &err), ERR_LIMIT);
        assert_string_equal(err.text, "more than 40 links on the way");
    }
    assert_resolves("/link40", "/link0");
    assert_int_equal(disk_resolve(&disk, STR("/link41"), &arena, &out, &err), ERR_LIMIT);
}

static void disk_resolve__refuses_what_is_too_long(void **state)
{
    (void)state;
    static char path[DISK_PATH_MAX + 2];
    struct err err;
    str out;
    memset(path, '/', sizeof path);
    assert_int_equal(disk_resolve(&disk, (str){ path, DISK_PATH_MAX }, &arena, &out, &err), OK);
    assert_int_equal(disk_resolve(&disk, (str){ path, DISK_PATH_MAX + 1 }, &arena, &out, &err),
                     ERR_LIMIT);
    assert_string_equal(err.text, "a path of 4097 octets");
    assert_int_equal(disk_resolve(&disk, STR("/a\0b"), &arena, &out, &err), ERR_LIMIT);
    assert_int_equal(disk_resolve(&own, STR("/a\0b"), &arena, &out, &err), ERR_LIMIT);
    // Each step of it is a link that makes what is still to do longer.
    char target[DISK_PATH_MAX];
    memset(target, 'x', sizeof target);
    for (size_t i = 0; i < sizeof target; i += 128)
        target[i] = '/';
    memcpy(target, "grow/grow/grow", 14);
    target[sizeof target - 1] = '\0';
    make_link("/grow", target);
    assert_int_equal(disk_resolve(&disk, STR("/grow"), &arena, &out, &err), ERR_LIMIT);
    assert_string_equal(err.text, "a path longer than 4096 octets");
}

// 1000 directories in one another, made without a path of that length.
static void make_deep(const char *path, unsigned count)
{
    int fd = open(below(path), O_RDONLY | O_DIRECTORY);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(mkdirat(fd, "d", 0755), 0);
        const int next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
        assert_true(next >= 0);
        (void)close(fd);
        fd = next;
    }
    (void)close(fd);
}

static str deep_path(const char *top, unsigned count, const char *last)
{
    struct buf b;
    buf_init(&b, 2 * DISK_PATH_MAX);
    buf_add(&b, str_of(top));
    for (unsigned i = 0; i < count; i++)
        buf_add(&b, STR("/d"));
    buf_add(&b, str_of(last));
    const str path = arena_str(&arena, buf_str(&b));
    buf_done(&b);
    return path;
}

static void disk_resolve__refuses_more_directories_than_max(void **state)
{
    (void)state;
    struct err err;
    str out;
    make_deep("", DISK_STEPS_MAX + 1);
    const str most = deep_path("", DISK_STEPS_MAX, "/d");
    assert_int_equal(disk_resolve(&disk, most, &arena, &out, &err), OK);
    assert_int_equal(disk_resolve(&disk, deep_path("", DISK_STEPS_MAX, "/x"), &arena, &out, &err),
                     END);
    const str more = deep_path("", DISK_STEPS_MAX + 1, "/x");
    assert_int_equal(disk_resolve(&disk, more, &arena, &out, &err), ERR_LIMIT);
    assert_string_equal(err.text, "more than 512 directories on the way");
    assert_false(disk_look(&disk, more).is_known);
    // To go up is to walk again.
    const str up = deep_path("", 300, "/../../x");
    assert_int_equal(disk_resolve(&disk, up, &arena, &out, &err), ERR_LIMIT);
    assert_int_equal(disk_resolve(&disk, deep_path("", 100, "/../x"), &arena, &out, &err), END);
}

static void disk_place_of__is_the_macs_own(void **state)
{
    (void)state;
    make_directory("/private");
    make_directory("/private/tmp");
    make_file("/private/tmp/x", "x");
    make_link("/tmp", "private/tmp");
    const struct {
        const char *named;
        const char *place;
    } places[] = {
        { "/", "/" },
        { "", "/" },
        { ".", "/" },
        { "..", "/" },
        { "/private/tmp/x", "/private/tmp/x" },
        { "private/tmp/x", "/private/tmp/x" },
        { "/tmp/x", "/private/tmp/x" },
        { "/tmp/", "/private/tmp" },
        { "/../../tmp/x", "/private/tmp/x" },
        { below(""), "/" },
        { below("/"), "/" },
        { below("/tmp/x"), "/private/tmp/x" },
        { below("/private/../tmp"), "/private/tmp" },
        { below("x"), "" },
        { "/absent", "" },
        { "/etc/passwd", "" },
        { below("/../"), "" },
    };
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const str place = disk_place_of(&disk, str_of(places[i].named), &arena);
        if (!str_eq(place, str_of(places[i].place)))
            fail_msg("%s: \"%.*s\"", places[i].named, STR_ARG(place));
    }
}

static void disk_place_of__has_no_links_without_a_root(void **state)
{
    (void)state;
    make_directory("/real");
    make_file("/real/x", "x");
    make_link("/link", "real");
    const str place = disk_place_of(&own, str_of(below("/link/x")), &arena);
    assert_true(str_eq(place, str_of(below("/real/x"))));
    assert_int_equal(disk_place_of(&own, str_of(below("/absent")), &arena).len, 0);
}

static void assert_place(const struct disk *d, const char *path, int known, int there, int writable)
{
    const struct macho_place place = disk_look(d, str_of(path));
    if (place.is_known != (known != 0) || place.is_there != (there != 0) ||
        place.is_writable != (writable != 0))
        fail_msg("%s: %d %d %d", path, place.is_known, place.is_there, place.is_writable);
}

static void disk_look__says_what_is_there(void **state)
{
    (void)state;
    make_directory("/usr");
    make_directory("/usr/lib");
    make_file("/usr/lib/a.dylib", "x");
    make_link("/usr/lib/b.dylib", "/usr/lib/a.dylib");
    make_link("/usr/lib/dangling", "/usr/lib/absent");
    make_link("/loop", "loop");
    if (geteuid() != 0) {
        print_message("skipped: only root makes files that only root may write\n");
        skip();
    }
    assert_place(&disk, "/usr/lib/a.dylib", 1, 1, 0);
    assert_place(&disk, "/usr/lib/b.dylib", 1, 1, 0);
    assert_place(&disk, "/usr/lib/dangling", 1, 0, 0);
    assert_place(&disk, "/usr/lib/absent", 1, 0, 0);
    assert_place(&disk, "/usr/absent/absent/x", 1, 0, 0);
    assert_place(&disk, "/absent", 1, 0, 0);
    assert_place(&disk, "/", 1, 1, 0);
    assert_place(&disk, "/loop", 0, 0, 0);
    assert_place(&disk, "usr/lib/a.dylib", 0, 0, 0);
    assert_place(&disk, "", 0, 0, 0);
    assert_place(&own, "/", 1, 1, 0);
    assert_place(&own, "/absent-of-pomona", 1, 0, 0);
}

// Without a root the last directory that is there is looked for, and not each tried.
static void disk_look__finds_the_deepest_that_is_there(void **state)
{
    (void)state;
    make_directory("/open");
    assert_int_equal(chmod(below("/open"), 0777), 0);
    make_deep("/open", 100);
    const char *top = below("");
    for (unsigned i = 0; i < 100; i++) {
        const str missing = deep_path("/open", i, "/m/m/m/m/m/m/m/m/m/m/m");
        assert_place(&disk, missing.at, 1, 0, i == 0 || geteuid() != 0);
        assert_place(&own, arena_printf(&arena, "%s%s", top, missing.at).at, 1, 0,
                     i == 0 || geteuid() != 0);
    }
    assert_place(&own, below("/open//d///d/x"), 1, 0, geteuid() != 0);
    assert_place(&own, below("/open/d"), 1, 1, geteuid() != 0);
    make_file("/file", "x");
    assert_place(&own, below("/file/x/y"), 1, 0, geteuid() != 0);
    assert_place(&own, deep_path("", DISK_STEPS_MAX, "").at, 1, 0, 0);
    assert_place(&own, deep_path("", DISK_STEPS_MAX + 1, "").at, 0, 0, 0);
}

static void disk_look__says_who_may_write(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root gives files away\n");
        skip();
    }
    static const struct {
        uid_t user;
        gid_t group;
        mode_t mode;
        int is_writable;
    } owners[] = {
        { 0, 0, 0755, 0 },  { 0, 0, 0775, 0 },    { 0, 0, 0777, 1 },
        { 0, 80, 0775, 1 }, { 0, 20, 0775, 1 },   { 0, 80, 0755, 0 },
        { 0, 81, 0775, 0 }, { 501, 20, 0755, 1 }, { 501, 0, 0555, 1 },
    };
    make_directory("/d");
    make_file("/f", "x");
    for (size_t i = 0; i < COUNT_OF(owners); i++) {
        assert_int_equal(chown(below("/d"), owners[i].user, owners[i].group), 0);
        assert_int_equal(chmod(below("/d"), owners[i].mode), 0);
        assert_int_equal(chown(below("/f"), owners[i].user, owners[i].group), 0);
        assert_int_equal(chmod(below("/f"), owners[i].mode), 0);
        assert_place(&disk, "/d/absent", 1, 0, owners[i].is_writable);
        assert_place(&disk, "/d", 1, 1, owners[i].is_writable);
        assert_place(&disk, "/f", 1, 1, owners[i].is_writable);
    }
}

// Between two looks a directory becomes a link that leads out: what was walked to stays what it was.
static void disk_path_walk__holds_what_it_walked_to(void **state)
{
    (void)state;
    static struct disk_path w;
    struct err err;
    char octet = 0;
    make_directory("/inside");
    make_directory("/outside");
    make_file("/inside/x", "i");
    make_file("/outside/x", "o");
    make_directory("/root");
    assert_int_equal(rename(below("/inside"), below("/root/d")), 0);
    const struct disk copy = { .root = str_of(below("/root")) };
    assert_int_equal(disk_path_walk(&w, &copy, STR("/d/x"), &err), OK);
    assert_int_equal(rename(below("/root/d"), below("/root/moved")), 0);
    make_link("/root/d", "../outside");
    const int fd = openat(w.directory, w.name, O_RDONLY | O_NOFOLLOW);
    assert_int_equal(read(fd, &octet, 1), 1);
    assert_int_equal(octet, 'i');
    (void)close(fd);
    disk_path_done(&w);
    assert_int_equal(disk_path_walk(&w, &copy, STR("/d/x"), &err), END);
    disk_path_done(&w);
    const struct disk absent = { .root = str_of(below("/absent")) };
    assert_int_equal(disk_path_walk(&w, &absent, STR("/"), &err), END);
    assert_int_equal(w.directory, -1);
    disk_path_done(&w);
    assert_place(&absent, "/x", 0, 0, 0);
}

static void disk_open__opens_what_is_resolved(void **state)
{
    (void)state;
    struct err err;
    int fd = -1;
    make_file("/x", "x");
    make_link("/link", "/x");
    make_link("/out", "/etc/passwd");
    assert_int_equal(disk_open(&disk, STR("/link"), 0, &fd, &err), OK);
    (void)close(fd);
    assert_int_equal(disk_open(&disk, STR("/out"), 0, &fd, &err), END);
    assert_int_equal(disk_open(&own, str_of(below("/x")), 0, &fd, &err), OK);
    (void)close(fd);
    assert_int_equal(disk_open(&own, str_of(below("/absent")), 0, &fd, &err), END);
    assert_int_equal(disk_open(&own, str_of(below("/x/below_a_file")), 0, &fd, &err), END);
    assert_int_equal(disk_open(&disk, STR("/x/below_a_file"), 0, &fd, &err), END);
    assert_int_equal(disk_open(&own, str_of(below("/link")), O_NOFOLLOW, &fd, &err), ERR_IO);
}

static void assert_part(const char *place, enum macho_bundle_part part, const char *expected)
{
    char octets[64] = "";
    uint64_t size = 0;
    const int fd = disk_open_part(&disk, str_of(place), part, &size);
    if (expected == NULL) {
        if (fd >= 0)
            fail_msg("%s, part %d: there", place, (int)part);
        return;
    }
    if (fd < 0)
        fail_msg("%s, part %d: not there", place, (int)part);
    assert_int_equal(read(fd, octets, sizeof octets - 1), strlen(expected));
    assert_int_equal(size, strlen(expected));
    assert_string_equal(octets, expected);
    (void)close(fd);
}

static void disk_open_part__knows_an_application(void **state)
{
    (void)state;
    make_directory("/A.app");
    make_directory("/A.app/Contents");
    make_directory("/A.app/Contents/MacOS");
    make_directory("/A.app/Contents/_CodeSignature");
    make_file("/A.app/Contents/Info.plist", "info");
    make_file("/A.app/Contents/_CodeSignature/CodeResources", "resources");
    make_file("/A.app/Contents/CodeResources", "ticket");
    assert_part("/A.app/Contents/MacOS/A", MACHO_BUNDLE_INFO, "info");
    assert_part("/A.app/Contents/MacOS/A", MACHO_BUNDLE_RESOURCES, "resources");
    assert_part("/A.app/Contents/MacOS/A", MACHO_BUNDLE_TICKET, "ticket");
    assert_part("/A.app/Contents/MacOS/deeper/A", MACHO_BUNDLE_INFO, NULL);
    assert_part("/A.app/Contents/A", MACHO_BUNDLE_INFO, NULL);
    assert_part("/B.app/Contents/MacOS/B", MACHO_BUNDLE_INFO, NULL);
    assert_part("", MACHO_BUNDLE_INFO, NULL);
    assert_part("A", MACHO_BUNDLE_INFO, NULL);
    assert_part("/A", MACHO_BUNDLE_INFO, NULL);
}

static void disk_open_part__knows_a_version_of_a_framework(void **state)
{
    (void)state;
    make_directory("/F.framework");
    make_directory("/F.framework/Versions");
    make_directory("/F.framework/Versions/A");
    make_directory("/F.framework/Versions/A/Resources");
    make_directory("/F.framework/Versions/A/_CodeSignature");
    make_file("/F.framework/Versions/A/Resources/Info.plist", "info");
    make_file("/F.framework/Versions/A/_CodeSignature/CodeResources", "resources");
    make_link("/F.framework/Versions/Current", "A");
    assert_part("/F.framework/Versions/A/F", MACHO_BUNDLE_INFO, "info");
    assert_part("/F.framework/Versions/A/F", MACHO_BUNDLE_RESOURCES, "resources");
    assert_part("/F.framework/Versions/A/F", MACHO_BUNDLE_TICKET, NULL);
    assert_part("/F.framework/Versions/Current/F", MACHO_BUNDLE_INFO, "info");
    assert_part("/F.framework/Versions/B/F", MACHO_BUNDLE_INFO, NULL);
    assert_part("/F.framework/Versions/F", MACHO_BUNDLE_INFO, NULL);
}

static void disk_open_part__knows_flat_bundles(void **state)
{
    (void)state;
    static const char *const names[] = { "/X.app", "/X.appex", "/X.framework", "/X.bundle",
                                         "/X.xpc", "/X.kext",  "/X.plugin",    "/X.dext" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *part = arena_printf(&arena, "%s/Info.plist", names[i]).at;
        make_directory(names[i]);
        make_file(part, names[i]);
        assert_part(arena_printf(&arena, "%s/X", names[i]).at, MACHO_BUNDLE_INFO, names[i]);
    }
    make_directory("/Y.framework");
    make_directory("/Y.framework/Resources");
    assert_part("/Y.framework/Y", MACHO_BUNDLE_INFO, NULL);
    make_file("/Y.framework/Resources/Info.plist", "below");
    assert_part("/Y.framework/Y", MACHO_BUNDLE_INFO, "below");
    make_file("/Y.framework/Info.plist", "above");
    assert_part("/Y.framework/Y", MACHO_BUNDLE_INFO, "above");
    make_directory("/X.directory");
    make_file("/X.directory/Info.plist", "info");
    assert_part("/X.directory/X", MACHO_BUNDLE_INFO, NULL);
}

static void disk_open_part__opens_regular_files_only(void **state)
{
    (void)state;
    make_directory("/X.app");
    make_directory("/X.app/Info.plist");
    assert_part("/X.app/X", MACHO_BUNDLE_INFO, NULL);
    assert_int_equal(mkfifo(below("/X.app/CodeResources"), 0644), 0);
    assert_part("/X.app/X", MACHO_BUNDLE_TICKET, NULL);
    make_directory("/Y.app");
    make_link("/Y.app/Info.plist", "/etc/passwd");
    make_link("/Y.app/CodeResources", "../Y.app/CodeResources");
    assert_part("/Y.app/Y", MACHO_BUNDLE_INFO, NULL);
    assert_part("/Y.app/Y", MACHO_BUNDLE_TICKET, NULL);
    // Without a root as well: a link would lead out of the bundle.
    uint64_t size;
    assert_int_equal(disk_open_part(&own, str_of(below("/Y.app/Y")), MACHO_BUNDLE_INFO, &size),
                     DISK_PART_CLOSED);
    assert_int_equal(disk_open_part(&own, str_of(below("/Y.app/Y")), MACHO_BUNDLE_RESOURCES, &size),
                     DISK_PART_MISSING);
    assert_int_equal(disk_open_part(&disk, STR("/X.app/X"), MACHO_BUNDLE_INFO, &size),
                     DISK_PART_CLOSED);
    assert_int_equal(disk_open_part(&disk, STR("/X.app/X"), MACHO_BUNDLE_RESOURCES, &size),
                     DISK_PART_MISSING);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(disk_resolve__stays_inside),
        ON_DISK(disk_resolve__ends_where_links_go_around),
        ON_DISK(disk_resolve__refuses_what_is_too_long),
        ON_DISK(disk_resolve__refuses_more_directories_than_max),
        ON_DISK(disk_path_walk__holds_what_it_walked_to),
        ON_DISK(disk_open__opens_what_is_resolved),
        ON_DISK(disk_look__finds_the_deepest_that_is_there),
        ON_DISK(disk_place_of__is_the_macs_own),
        ON_DISK(disk_place_of__has_no_links_without_a_root),
        ON_DISK(disk_look__says_what_is_there),
        ON_DISK(disk_look__says_who_may_write),
        ON_DISK(disk_open_part__knows_an_application),
        ON_DISK(disk_open_part__knows_a_version_of_a_framework),
        ON_DISK(disk_open_part__knows_flat_bundles),
        ON_DISK(disk_open_part__opens_regular_files_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
