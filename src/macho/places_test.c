#include "macho/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void normal_path__goes_where_the_path_leads(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "/usr/lib/a", "/usr/lib/a" },
        { "//usr///lib/a/", "/usr/lib/a" },
        { "/usr/./lib/a/.", "/usr/lib/a" },
        { "/usr/lib/x/../a", "/usr/lib/a" },
        { "/../../a/..", "/" },
        { "/", "/" },
        { "//", "/" },
        { "/...", "/..." },
        { "/.a/b..", "/.a/b.." },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const str normal = macho_normal_path(&arena, str_of(cases[i][0]));
        if (!str_eq(normal, str_of(cases[i][1])))
            fail_msg("%s: %.*s, not %s", cases[i][0], STR_ARG(normal), cases[i][1]);
    }
    // What is normal is not copied.
    const str same = STR("/usr/lib/a");
    assert_ptr_equal(macho_normal_path(&arena, same).at, same.at);
}

static void is_sealed_path__knows_what_others_may_write_to(void **state)
{
    (void)state;
    static const char *const sealed[] = {
        "/System/Library/x",
        "/usr/lib/x",
        "/bin/x",
        "/sbin/x",
        "/Library/Apple/x",
        "/SYSTEM/x",
        "/System/Volumes/Preboot/Cryptexes/OS/usr/lib/x",
        "/usr/libexec/x",
    };
    static const char *const others[] = {
        "",
        "/",
        "x",
        "/tmp/x",
        "/Library/x",
        "/usr/local/x",
        "/USR/Local/x",
        "/System/Volumes/Data/x",
        "/System/Volumes/Preboot/x",
        "/System/Library/Caches/x",
        "/System/Library/Speech/x",
        "/usr/lib/../local/x",
        "/System//Volumes/Data/x",
        "/System/./Volumes/Data/x",
        "/System",
        "@rpath/x",
    };
    for (size_t i = 0; i < COUNT_OF(sealed); i++)
        if (!macho_is_sealed_path(str_of(sealed[i])))
            fail_msg("%s is not sealed", sealed[i]);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (macho_is_sealed_path(str_of(others[i])) || macho_is_system_path(str_of(others[i])))
            fail_msg("%s is sealed", others[i]);
    assert_true(macho_is_system_path(STR("/usr/lib/x")));
    assert_true(macho_is_system_path(STR("/System/Cryptexes/OS/x")));
    assert_false(macho_is_system_path(STR("/bin/x")));
}

static void is_swift_runtime__knows_names(void **state)
{
    (void)state;
    assert_true(macho_is_swift_runtime(STR("libswiftCore.dylib")));
    assert_true(macho_is_swift_runtime(STR("libswift_Concurrency.dylib")));
    assert_true(macho_is_swift_runtime(STR("libswiftos.dylib")));
    static const char *const others[] = {
        "",          "libswift.dylib",      "libswiftEvil.dylib",  "libswiftCore.dylib/x",
        "libswift",  "libswift/../x.dylib", "libswiftCore",        "/libswiftCore.dylib",
        "libswift/", "libswiftCor.dylib",   "libswiftCoree.dylib",
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (macho_is_swift_runtime(str_of(others[i])))
            fail_msg("%s is taken for Swift's", others[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(normal_path__goes_where_the_path_leads, forget),
        cmocka_unit_test(is_sealed_path__knows_what_others_may_write_to),
        cmocka_unit_test(is_swift_runtime__knows_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
