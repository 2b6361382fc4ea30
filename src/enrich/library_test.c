#include "enrich/library.h"

#include "enrich/recent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool from_env(const char *path, const char *variable)
{
    const struct value list[] = { value_of_text(STR("DYLD_PRINT_TO_FILE=/x")),
                                  value_of_text(str_of(variable)) };
    return library_is_from_env(str_of(path), list, 2);
}

static void library_is_from_env__knows_libraries_and_directories(void **state)
{
    (void)state;
    assert_true(from_env("/a/x.dylib", "DYLD_INSERT_LIBRARIES=/a/x.dylib"));
    assert_true(from_env("/a/x.dylib", "DYLD_INSERT_LIBRARIES=/b/y.dylib:/a/x.dylib"));
    assert_false(from_env("/a/x.dylib.2", "DYLD_INSERT_LIBRARIES=/a/x.dylib"));
    assert_false(from_env("/a/x.dylib", "DYLD_INSERT_LIBRARIES=/a"));
    assert_true(from_env("/a/b/x.dylib", "DYLD_LIBRARY_PATH=/a"));
    assert_true(from_env("/a/b/x.dylib", "DYLD_FRAMEWORK_PATH=/z:/a/b//"));
    assert_false(from_env("/a/b/x", "DYLD_FALLBACK_LIBRARY_PATH=/a/b"));
    assert_false(from_env("/ab/x", "DYLD_LIBRARY_PATH=/a"));
    assert_false(from_env("/a", "DYLD_LIBRARY_PATH=/a"));
    assert_false(from_env("/c/x", "DYLD_SHARED_CACHE_DIR=/c"));
    assert_false(from_env("/x", "DYLD_PRINT_LIBRARIES=/x"));
}

// However the variable spells it, the last part stays.
static void library_is_from_env__is_not_fooled_by_spelling(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "/Users/a//x.dylib",        "/Users/a/b/../x.dylib", "x.dylib",       "./x.dylib",
        "@executable_path/x.dylib", "/users/A/X.dylib",      "/link/x.dylib",
    };
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        char variable[128];
        (void)snprintf(variable, sizeof variable, "DYLD_INSERT_LIBRARIES=%s", spellings[i]);
        assert_true(from_env("/Users/a/x.dylib", variable));
    }
    assert_false(from_env("/Users/a/x.dylib", "DYLD_INSERT_LIBRARIES=/Users/a/y.dylib"));
    assert_false(from_env("/Users/a/x.dylib", "DYLD_INSERT_LIBRARIES=/Users/a/"));
}

static void library_is_from_env__is_not_fooled_by_spelling_of_directories(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "/Users/a",           "/users/A", "/Users/b/../a", "//Users/./a//", "/../Users/a",
        "/Users/a/b/c/../..", "Users/a",  "./a",           "../a",
    };
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        char variable[128];
        (void)snprintf(variable, sizeof variable, "DYLD_LIBRARY_PATH=/z:%s", spellings[i]);
        assert_true(from_env("/Users/a/x.dylib", variable));
    }
    assert_true(from_env("/private/tmp/d/x", "DYLD_LIBRARY_PATH=/z/../private/tmp/d"));
    assert_false(from_env("/Users/a/x.dylib", "DYLD_LIBRARY_PATH=/Users/a/.."
                                              "/b"));
    assert_false(from_env("/Users/a/x.dylib", "DYLD_LIBRARY_PATH=/.."));
    assert_false(from_env("/Users/a/x.dylib", "DYLD_LIBRARY_PATH=.:"));
    assert_false(from_env("/Users/a/x.dylib", "DYLD_LIBRARY_PATH=x.dylib"));
}

// Records have the resolved path, variables what somebody wrote.
static void library_is_from_env__sees_through_private(void **state)
{
    (void)state;
    assert_true(from_env("/private/tmp/x.dylib", "DYLD_INSERT_LIBRARIES=/tmp/x.dylib"));
    assert_true(from_env("/tmp/x.dylib", "DYLD_INSERT_LIBRARIES=/private/tmp/x.dylib"));
    assert_true(from_env("/private/tmp/d/x", "DYLD_LIBRARY_PATH=/tmp/d/"));
}

static void library_is_from_env__takes_nothing_for_everything(void **state)
{
    (void)state;
    assert_false(from_env("/a/x", ""));
    assert_false(from_env("/a/x", "DYLD_LIBRARY_PATH"));
    assert_false(from_env("/a/x", "DYLD_LIBRARY_PATH="));
    assert_false(from_env("/a/x", "DYLD_LIBRARY_PATH=:"));
    assert_false(from_env("/a/x", "DYLD_LIBRARY_PATH=/"));
    assert_false(from_env("", "DYLD_INSERT_LIBRARIES="));
    assert_false(library_is_from_env(STR("/a/x"), NULL, 0));
}

static void library_signer__is_told_against_the_process(void **state)
{
    (void)state;
    struct library library = { .signature = LIBRARY_SIGNED, .team_id = STR("TEAM000001") };
    assert_true(str_eq(library_signer(&library, STR("TEAM000001")), STR("same_team")));
    assert_true(str_eq(library_signer(&library, STR("TEAM000002")), STR("foreign")));
    assert_true(str_eq(library_signer(&library, STR_EMPTY), STR("foreign")));
    library.signature = LIBRARY_ADHOC;
    assert_true(str_eq(library_signer(&library, STR("TEAM000001")), STR("adhoc")));
    library.signature = LIBRARY_UNSIGNED;
    assert_true(str_eq(library_signer(&library, STR_EMPTY), STR("unsigned")));
    library.signature = LIBRARY_UNKNOWN;
    assert_true(str_eq(library_signer(&library, STR_EMPTY), STR("unknown")));
    library.signature = LIBRARY_PLATFORM;
    assert_true(str_eq(library_signer(&library, STR("TEAM000001")), STR("platform")));
}

static void libraries_find__knows_the_system_volume_and_nothing_else_unasked(void **state)
{
    (void)state;
    struct libraries *l = libraries_new(NULL, false);
    const str sealed = STR("/usr/lib/libz.dylib");
    const str other = STR("/Users/Shared/libz.dylib");
    assert_int_equal(libraries_find(l, 0, sealed, path_class_of(sealed))->signature,
                     LIBRARY_PLATFORM);
    assert_int_equal(libraries_find(l, 0, other, path_class_of(other))->signature, LIBRARY_UNKNOWN);
    libraries_free(l);
    libraries_free(NULL);
}

static void recent_put_own__gives_up_the_oldest(void **state)
{
    (void)state;
    struct recent r;
    recent_init(&r, 3, free);
    static const char *const keys[] = { "a", "b", "c", "d" };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        int *value = memory_new(sizeof *value);
        *value = (int)i;
        recent_put_own(&r, str_of(keys[i]), value);
    }
    assert_null(recent_find(&r, STR("a")));
    assert_int_equal(*(int *)recent_find(&r, STR("b")), 1);
    assert_int_equal(*(int *)recent_find(&r, STR("d")), 3);
    int *value = memory_new(sizeof *value);
    *value = 7;
    recent_put_own(&r, STR("b"), value);
    assert_int_equal(*(int *)recent_find(&r, STR("b")), 7);
    assert_int_equal(r.count, 3);
    recent_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(library_is_from_env__knows_libraries_and_directories),
        cmocka_unit_test(library_is_from_env__is_not_fooled_by_spelling),
        cmocka_unit_test(library_is_from_env__is_not_fooled_by_spelling_of_directories),
        cmocka_unit_test(library_is_from_env__sees_through_private),
        cmocka_unit_test(library_is_from_env__takes_nothing_for_everything),
        cmocka_unit_test(library_signer__is_told_against_the_process),
        cmocka_unit_test(libraries_find__knows_the_system_volume_and_nothing_else_unasked),
        cmocka_unit_test(recent_put_own__gives_up_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
