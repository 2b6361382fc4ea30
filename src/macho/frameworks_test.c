#include "macho/frameworks.h"

#include "macho/print.h"
#include "macho/test_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define EXECUTE 2u
#define SYSTEM  "/System/Library/Frameworks/"

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct macho_linkage judge(const char *const *names, size_t count, const char *path)
{
    static struct macho_link links[8];
    struct macho_image image = {
        .links = links,
        .link_count = count,
        .links_complete = true,
        .is_dynamic = true,
        .file_type = EXECUTE,
    };
    struct macho_linkage linkage;
    size_t api_count;
    const str *apis = macho_default_api_frameworks(&api_count);
    assert_true(count <= COUNT_OF(links));
    for (size_t i = 0; i < count; i++)
        links[i] = (struct macho_link){ .kind = MACHO_LINK_LOAD, .name = str_of(names[i]) };
    macho_native_api(NULL, &image, NULL, str_of(path), apis, api_count, &arena, &linkage);
    return linkage;
}

static void assert_verdict(const char *name, enum macho_native_api verdict, const char *because)
{
    const struct macho_linkage linkage = judge(&name, 1, "/bin/tool");
    assert_int_equal(linkage.verdict, verdict);
    assert_true(linkage.because.count > 0);
    assert_string_equal(linkage.because.at[0].at, because);
}

static void native_api__follows_umbrellas(void **state)
{
    (void)state;
    assert_verdict(SYSTEM "Foundation.framework/Versions/C/Foundation", MACHO_NATIVE_API_YES,
                   "links Foundation");
    assert_verdict(SYSTEM "Foundation.framework/Foundation", MACHO_NATIVE_API_YES,
                   "links Foundation");
    assert_verdict(
        SYSTEM "AppKit.framework/Versions/C/AppKit", MACHO_NATIVE_API_YES,
        "links AppKit, which re-exports ApplicationServices, which re-exports CoreServices");
    assert_verdict(
        SYSTEM "Carbon.framework/Versions/A/Carbon", MACHO_NATIVE_API_YES,
        "links Carbon, which re-exports ApplicationServices, which re-exports CoreServices");
    assert_verdict(SYSTEM "CoreServices.framework/Versions/A/Frameworks/LaunchServices.framework/"
                          "Versions/A/LaunchServices",
                   MACHO_NATIVE_API_YES, "links LaunchServices, a part of CoreServices");
    assert_verdict(SYSTEM
                   "ApplicationServices.framework/Versions/A/Frameworks/HIServices.framework/"
                   "Versions/A/HIServices",
                   MACHO_NATIVE_API_NO, "links none of the frameworks, nor an umbrella over one");
    assert_verdict("/usr/lib/swift/libswiftFoundation.dylib", MACHO_NATIVE_API_YES,
                   "links libswiftFoundation.dylib, Swift's Foundation");
    assert_verdict("/usr/lib/swift/libswiftAppKit.dylib", MACHO_NATIVE_API_YES,
                   "links libswiftAppKit.dylib, Swift's AppKit, which re-exports "
                   "ApplicationServices, which re-exports CoreServices");
    assert_verdict("@rpath/libswiftFoundation.dylib", MACHO_NATIVE_API_YES,
                   "links libswiftFoundation.dylib, Swift's Foundation");
}

static void native_api__is_no_only_where_nothing_is_in_doubt(void **state)
{
    (void)state;
    assert_verdict("/usr/lib/libSystem.B.dylib", MACHO_NATIVE_API_NO,
                   "links none of the frameworks, nor an umbrella over one");
    assert_verdict(SYSTEM "CoreFoundation.framework/CoreFoundation", MACHO_NATIVE_API_NO,
                   "links none of the frameworks, nor an umbrella over one");
    assert_verdict("@rpath/libswiftCore.dylib", MACHO_NATIVE_API_NO,
                   "links none of the frameworks, nor an umbrella over one");
    assert_verdict("@rpath/libown.dylib", MACHO_NATIVE_API_UNKNOWN,
                   "links @rpath/libown.dylib, which was not read");
    assert_verdict("@rpath/Foundation.framework/Foundation", MACHO_NATIVE_API_UNKNOWN,
                   "links @rpath/Foundation.framework/Foundation, which was not read");
    assert_verdict(SYSTEM "../../../tmp/Foundation.framework/Foundation", MACHO_NATIVE_API_UNKNOWN,
                   "links " SYSTEM
                   "../../../tmp/Foundation.framework/Foundation, which was not read");
}

// As dyld and the disk take them.
static void native_api__follows_every_spelling_of_a_path(void **state)
{
    (void)state;
    static const char *const foundations[] = {
        "/" SYSTEM "Foundation.framework/Foundation",
        "/System/./Library/Frameworks/Foundation.framework/./Versions/C/Foundation",
        SYSTEM "Foundation.framework/Versions/C/Foundation/",
        SYSTEM "Foundation.framework/Versions/C/Foundation/.",
        SYSTEM "Foundation.framework/Resources/../Foundation",
        "/usr/../" SYSTEM "Foundation.framework/Foundation",
        "/System/Cryptexes/OS" SYSTEM "Foundation.framework/Foundation",
    };
    for (size_t i = 0; i < COUNT_OF(foundations); i++)
        assert_verdict(foundations[i], MACHO_NATIVE_API_YES, "links Foundation");
    assert_verdict(SYSTEM "foundation.framework/Versions/C/Foundation", MACHO_NATIVE_API_YES,
                   "links Foundation");
    assert_verdict(SYSTEM "Foundation.framework/Versions/C/foundation", MACHO_NATIVE_API_YES,
                   "links foundation");
    assert_verdict("/system/library/frameworks/Foundation.FRAMEWORK/Foundation",
                   MACHO_NATIVE_API_YES, "links Foundation");
    assert_verdict(SYSTEM "cocoa.framework/cocoa", MACHO_NATIVE_API_YES,
                   "links cocoa, which re-exports AppKit, which re-exports ApplicationServices, "
                   "which re-exports CoreServices");
    assert_verdict(SYSTEM "Foundation.framework/Versions/C/Foundation_debug", MACHO_NATIVE_API_YES,
                   "links Foundation");
    assert_verdict(SYSTEM "Foundation.framework/Foundation_other", MACHO_NATIVE_API_NO,
                   "links none of the frameworks, nor an umbrella over one");
}

static void native_api__takes_nothing_for_the_systems_that_others_may_write(void **state)
{
    (void)state;
    static const char *const foreign[] = {
        "/System/Volumes/Data/Users/Shared/libwrap.dylib",
        "/System/Volumes/Preboot/x/libwrap.dylib",
        "/System/Library/Caches/libwrap.dylib",
        "/usr/lib/../local/lib/libwrap.dylib",
        "@rpath/libswiftEvil.dylib",
        "@rpath/libswift/../evil.dylib",
        "@rpath/libswiftCore.dylib/../evil.dylib",
        "@loader_path/libswiftCore.dylib",
        "/nowhere/Foundation.framework/Foundation",
    };
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        char because[128];
        (void)snprintf(because, sizeof because, "links %s, which was not read", foreign[i]);
        assert_verdict(foreign[i], MACHO_NATIVE_API_UNKNOWN, because);
    }
}

static void native_api__doubts_variables_that_load(void **state)
{
    (void)state;
    static const struct {
        const char *variable;
        enum macho_native_api verdict;
    } cases[] = {
        { "DYLD_INSERT_LIBRARIES=/x", MACHO_NATIVE_API_UNKNOWN },
        { "DYLD_LIBRARY_PATH=@executable_path/lib", MACHO_NATIVE_API_UNKNOWN },
        { "DYLD_VERSIONED_FRAMEWORK_PATH=/x", MACHO_NATIVE_API_UNKNOWN },
        { "DYLD_IMAGE_SUFFIX=_debug", MACHO_NATIVE_API_UNKNOWN },
        { "DYLD_PRINT_LIBRARIES=1", MACHO_NATIVE_API_NO },
        { "DYLD_PRINT=_PATH", MACHO_NATIVE_API_NO },
        { "X_PATH=1", MACHO_NATIVE_API_NO },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str variable = str_of(cases[i].variable);
        const struct macho_image image = { .file_type = EXECUTE,
                                           .is_dynamic = true,
                                           .links_complete = true,
                                           .environment = { .at = &variable, .count = 1 } };
        char because[128];
        struct macho_linkage linkage;
        macho_native_api(NULL, &image, NULL, STR_EMPTY, NULL, 0, &arena, &linkage);
        assert_int_equal(linkage.verdict, cases[i].verdict);
        (void)snprintf(because, sizeof because, "sets %s for itself (LC_DYLD_ENVIRONMENT)",
                       cases[i].variable);
        if (cases[i].verdict == MACHO_NATIVE_API_UNKNOWN)
            assert_string_equal(linkage.because.at[0].at, because);
    }
}

static void assert_importing(const char *const *names, size_t count, enum macho_native_api verdict,
                             const char *because)
{
    str all[4];
    const struct macho_imports imports = { .all = { .at = all, .count = count },
                                           .count = count,
                                           .is_complete = true };
    const struct macho_image image = { .file_type = EXECUTE,
                                       .is_dynamic = true,
                                       .links_complete = true };
    struct macho_linkage linkage;
    size_t api_count;
    const str *apis = macho_default_api_frameworks(&api_count);
    assert_true(count <= COUNT_OF(all));
    for (size_t i = 0; i < count; i++)
        all[i] = str_of(names[i]);
    macho_native_api(NULL, &image, &imports, STR_EMPTY, apis, api_count, &arena, &linkage);
    assert_int_equal(linkage.verdict, verdict);
    assert_string_equal(linkage.because.at[0].at, because);
}

static void native_api__doubts_names_of_frameworks_that_are_not_linked(void **state)
{
    (void)state;
    static const char *const names[] = { "_puts", "_OBJC_CLASS_$_NSFileManager",
                                         "_FSEventStreamCreate", "_NSLog" };
    static const char *const others[] = { "_NSLinkModule", "_OBJC_CLASS_$_NSObject", "_MD5_Init",
                                          "__NSGetExecutablePath" };
    assert_importing(names, COUNT_OF(names), MACHO_NATIVE_API_UNKNOWN,
                     "imports FSEventStreamCreate of CoreServices, which it does not link");
    assert_importing(names, 2, MACHO_NATIVE_API_UNKNOWN,
                     "imports OBJC_CLASS_$_NSFileManager of Foundation, which it does not link");
    assert_importing(others, COUNT_OF(others), MACHO_NATIVE_API_NO,
                     "links none of the frameworks, nor an umbrella over one");
    static const char *const telling[] = {
        "_LSCopyApplicationURLsForBundleIdentifier",
        "_MDQueryCreate",
        "_kLSDefaultHandler",
        "_kMDItemPath",
        "_MDItemCreate",
        "_kMDQueryScope",
    };
    for (size_t i = 0; i < COUNT_OF(telling); i++)
        assert_true(str_eq(macho_framework_of_symbol(str_of(telling[i])), STR("CoreServices")));
    assert_true(
        str_eq(macho_framework_of_symbol(STR("_OBJC_METACLASS_$_NSURL")), STR("Foundation")));
    static const char *const silent[] = {
        "", "_", "_NS", "_LSx", "_NSVersionOfRunTimeLibrary$X", "NSLog", "_FSEvent"
    };
    for (size_t i = 0; i < COUNT_OF(silent); i++)
        assert_int_equal(macho_framework_of_symbol(str_of(silent[i])).len, 0);
}

static void native_api__doubts_what_could_not_be_read(void **state)
{
    (void)state;
    struct macho_image image = { .file_type = EXECUTE, .is_dynamic = true };
    struct macho_linkage linkage;
    macho_native_api(NULL, &image, NULL, STR_EMPTY, NULL, 0, &arena, &linkage);
    assert_int_equal(linkage.verdict, MACHO_NATIVE_API_UNKNOWN);
    assert_string_equal(linkage.because.at[0].at, "the load commands could not all be read");
    image.links_complete = true;
    image.is_encrypted = true;
    macho_native_api(NULL, &image, NULL, STR_EMPTY, NULL, 0, &arena, &linkage);
    assert_string_equal(linkage.because.at[0].at, "the image is encrypted");
    image.is_encrypted = false;
    image.is_dynamic = false;
    macho_native_api(NULL, &image, NULL, STR_EMPTY, NULL, 0, &arena, &linkage);
    assert_string_equal(linkage.because.at[0].at,
                        "an executable without dyld: packed or static, it may load anything");
    assert_int_equal(linkage.verdict, MACHO_NATIVE_API_UNKNOWN);
}

static void native_api__takes_interpreters_for_bridges(void **state)
{
    (void)state;
    static const char *const libsystem[] = { "/usr/lib/libSystem.B.dylib" };
    static const char *const foundation[] = { SYSTEM "Foundation.framework/Foundation" };
    assert_int_equal(judge(libsystem, 1, "/usr/bin/python3.11").verdict, MACHO_NATIVE_API_BRIDGE);
    assert_int_equal(judge(foundation, 1, "/usr/bin/osascript").verdict, MACHO_NATIVE_API_YES);
    assert_true(macho_is_interpreter(STR("/x/Python"), STR_EMPTY));
    assert_true(macho_is_interpreter(STR_EMPTY, STR("com.apple.perl5")));
    assert_false(macho_is_interpreter(STR("/usr/bin/nodejs-helper"), STR("com.example.tool")));
    assert_false(macho_is_interpreter(STR("py"), STR_EMPTY));
}

static void native_api__asks_for_the_frameworks_that_it_is_given(void **state)
{
    (void)state;
    struct macho_link link = { .kind = MACHO_LINK_WEAK,
                               .name = STR(SYSTEM "Security.framework/Security") };
    const struct macho_image image = { .links = &link,
                                       .link_count = 1,
                                       .links_complete = true,
                                       .is_dynamic = true,
                                       .file_type = EXECUTE };
    const str api = STR("Security");
    struct macho_linkage linkage;
    macho_native_api(NULL, &image, NULL, STR_EMPTY, &api, 1, &arena, &linkage);
    assert_int_equal(linkage.verdict, MACHO_NATIVE_API_YES);
    assert_string_equal(linkage.because.at[0].at, "links Security (weak)");
}

static void native_api__tells_each_framework_once_and_how(void **state)
{
    (void)state;
    static const char *const names[] = { SYSTEM "Cocoa.framework/Versions/A/Cocoa",
                                         SYSTEM "Foundation.framework/Versions/C/Foundation",
                                         "@rpath/Foundation.framework/Foundation" };
    const struct macho_linkage linkage = judge(names, COUNT_OF(names), "");
    size_t foundations = 0;
    for (size_t i = 0; i < linkage.framework_count; i++) {
        foundations += str_eq(linkage.frameworks[i].name, STR("Foundation"));
        if (str_eq(linkage.frameworks[i].name, STR("CoreServices")))
            assert_string_equal(linkage.frameworks[i].how.at,
                                "through Cocoa, AppKit, ApplicationServices");
    }
    assert_int_equal(foundations, 1);
    assert_string_equal(linkage.frameworks[0].how.at, "load");
}

static void print_text__disarms_what_moves_the_cursor(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 256);
    macho_print_text(&b, STR("a\x1b[31m\n\xff\xc2\x9b\xe2\x80\xae\xc3\xa4"));
    buf_add_char(&b, '\0');
    assert_string_equal(b.at, "a\\u{1b}[31m\\u{a}\\xff\\u{9b}\\u{202e}\xc3\xa4");
    buf_done(&b);
}

// An executable that imports `symbol` and has `text` among its literals; what it links is not of
// the application's own.
static void build_loader(struct test_image *t, const char *link, const char *symbol, str text)
{
    test_begin(t, TEST_ARM64, TEST_EXECUTE);
    test_command(t, 0xe, (uint32_t[]){ 12 }, 1, "/usr/lib/dyld");
    test_dylib(t, 0xc, link);
    const size_t binds = test_number_at(t, 0);
    test_command(t, 0x80000022, (uint32_t[10]){ 0 }, 10, NULL);
    const size_t section = t->len + 72;
    const struct test_section sections[] = { { "__TEXT", "__cstring", 2, 1, text.len } };
    test_segment(t, "__TEXT", 0, sections, 1);
    test_end_commands(t);
    test_patch(t, binds + 12, strlen(symbol) + 3);
    test_patch(t, binds + 8, test_here(t));
    test_octets(t, "\x40", 1);
    test_octets(t, symbol, strlen(symbol) + 1);
    test_octets(t, "\x90", 1);
    test_patch(t, section + 48, test_here(t));
    test_octets(t, text.at, text.len);
}

static void assert_judged(const struct test_read *read, const char *path, const char *verdict,
                          const char *because)
{
    struct macho_linkage linkage;
    size_t api_count;
    const str *apis = macho_default_api_frameworks(&api_count);
    assert_int_equal(read->image->error_count, 0);
    macho_native_api(&read->source, read->image, &read->imports, str_of(path), apis, api_count,
                     &arena, &linkage);
    assert_true(str_eq(macho_native_api_name(linkage.verdict), str_of(verdict)));
    assert_int_equal(linkage.because.count, 1);
    assert_string_equal(linkage.because.at[0].at, because);
}

static void assert_loader(const char *link, const char *symbol, str text, const char *verdict,
                          const char *because)
{
    struct test_image t = { .is_64 = true };
    struct test_read read;
    build_loader(&t, link, symbol, text);
    assert_true(test_open(&read, test_bytes(&t), &arena));
    assert_judged(&read, "/bin/tool", verdict, because);
}

#define LIBSYSTEM "/usr/lib/libSystem.B.dylib"

static void native_api__is_string_where_a_loader_names_a_framework(void **state)
{
    (void)state;
    static const char no[] = "links none of the frameworks, nor an umbrella over one";
    const str path = STR("x\0" SYSTEM "CoreServices.framework/CoreServices");
    assert_loader(LIBSYSTEM, "_dlopen", path, "string",
                  "names " SYSTEM "CoreServices.framework/CoreServices in its strings, and imports "
                  "dlopen");
    assert_loader(LIBSYSTEM, "_NSLinkModule", path, "string",
                  "names " SYSTEM "CoreServices.framework/CoreServices in its strings, and imports "
                  "NSLinkModule");
    assert_loader(SYSTEM "CoreFoundation.framework/CoreFoundation", "_CFBundleCreate",
                  STR(SYSTEM "Carbon.framework\0"), "string",
                  "names " SYSTEM "Carbon.framework in its strings, and imports CFBundleCreate");
    assert_loader(LIBSYSTEM, "_dlopen$X", STR("libswiftFoundation.dylib"), "string",
                  "names libswiftFoundation.dylib in its strings, and imports dlopen$X");
    // What finds any function finds dlopen too.
    assert_loader(LIBSYSTEM, "_dlsym", path, "string",
                  "names " SYSTEM "CoreServices.framework/CoreServices in its strings, and imports "
                  "dlsym");
    assert_loader("@rpath/libown.dylib", "_dlsym", path, "unknown",
                  "links @rpath/libown.dylib, which was not read");
    assert_loader(LIBSYSTEM, "__sl_dlopen", path, "string",
                  "names " SYSTEM "CoreServices.framework/CoreServices in its strings, and imports "
                  "_sl_dlopen");
    // Before "unknown" and after "yes".
    assert_loader("@rpath/libown.dylib", "_dlopen", path, "string",
                  "names " SYSTEM "CoreServices.framework/CoreServices in its strings, and imports "
                  "dlopen");
    assert_loader(SYSTEM "Foundation.framework/Foundation", "_dlopen", path, "yes",
                  "links Foundation");
    // What loads nothing, or nothing of interest, is what it links.
    assert_loader(LIBSYSTEM, "_dlclose", path, "no", no);
    assert_loader(LIBSYSTEM, "_dlopen", STR(SYSTEM "Security.framework/Security\0"), "no", no);
}

static void native_api__tells_the_first_loader_whatever_their_order(void **state)
{
    (void)state;
    static str names[] = { STR_INIT("_dlopen"), STR_INIT("_open"), STR_INIT("_NSAddImage"),
                           STR_INIT("_dlopen_from") };
    const str text = STR(SYSTEM "Carbon.framework\0");
    struct test_image t = { .is_64 = true };
    struct test_read read;
    build_loader(&t, LIBSYSTEM, "_dlopen", text);
    assert_true(test_open(&read, test_bytes(&t), &arena));
    read.imports.all = (struct macho_text_list){ .at = names, .count = COUNT_OF(names) };
    assert_judged(&read, "/bin/tool", "string",
                  "names " SYSTEM "Carbon.framework in its strings, and imports NSAddImage");
}

static void native_api__doubts_imports_that_are_not_known(void **state)
{
    (void)state;
    const str text = STR(SYSTEM "Foundation.framework/Foundation\0");
    struct test_image t = { .is_64 = true };
    struct test_read read;
    struct macho_linkage linkage;
    const str api = STR("Foundation");
    build_loader(&t, LIBSYSTEM, "_open", text);
    assert_true(test_open(&read, test_bytes(&t), &arena));
    assert_judged(&read, "/bin/tool", "no",
                  "links none of the frameworks, nor an umbrella over one");
    read.imports.is_complete = false;
    assert_judged(&read, "/bin/tool", "string",
                  "names " SYSTEM "Foundation.framework/Foundation in its strings, and its imports "
                  "could not all be read");
    assert_judged(&read, "/bin/node", "bridge", "an interpreter: its scripts reach the frameworks");
    macho_native_api(&read.source, read.image, NULL, STR_EMPTY, &api, 1, &arena, &linkage);
    assert_int_equal(linkage.verdict, MACHO_NATIVE_API_STRING);
    assert_string_equal(linkage.because.at[0].at,
                        "names " SYSTEM "Foundation.framework/Foundation in its strings, and its "
                        "imports were not read");
    // Nobody can read what is encrypted, and without a source nobody looks.
    macho_native_api(NULL, read.image, NULL, STR_EMPTY, &api, 1, &arena, &linkage);
    assert_int_equal(linkage.verdict, MACHO_NATIVE_API_NO);
    read.image->is_encrypted = true;
    assert_judged(&read, "/bin/tool", "unknown", "the image is encrypted");
}

static void native_api__doubts_strings_that_were_not_all_looked_through(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    struct test_read read;
    build_loader(&t, LIBSYSTEM, "_dlopen", STR("nothing"));
    assert_true(test_open(&read, test_bytes(&t), &arena));
    read.image->sections_complete = false;
    assert_judged(&read, "/bin/tool", "unknown",
                  "imports dlopen, and only 7 octets of its strings were looked through");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(native_api__follows_umbrellas, forget),
        cmocka_unit_test_teardown(native_api__is_no_only_where_nothing_is_in_doubt, forget),
        cmocka_unit_test_teardown(native_api__follows_every_spelling_of_a_path, forget),
        cmocka_unit_test_teardown(native_api__takes_nothing_for_the_systems_that_others_may_write,
                                  forget),
        cmocka_unit_test_teardown(native_api__doubts_variables_that_load, forget),
        cmocka_unit_test_teardown(native_api__doubts_names_of_frameworks_that_are_not_linked,
                                  forget),
        cmocka_unit_test_teardown(native_api__doubts_what_could_not_be_read, forget),
        cmocka_unit_test_teardown(native_api__takes_interpreters_for_bridges, forget),
        cmocka_unit_test_teardown(native_api__asks_for_the_frameworks_that_it_is_given, forget),
        cmocka_unit_test_teardown(native_api__tells_each_framework_once_and_how, forget),
        cmocka_unit_test_teardown(native_api__is_string_where_a_loader_names_a_framework, forget),
        cmocka_unit_test_teardown(native_api__tells_the_first_loader_whatever_their_order, forget),
        cmocka_unit_test_teardown(native_api__doubts_imports_that_are_not_known, forget),
        cmocka_unit_test_teardown(native_api__doubts_strings_that_were_not_all_looked_through,
                                  forget),
        cmocka_unit_test_teardown(print_text__disarms_what_moves_the_cursor, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
