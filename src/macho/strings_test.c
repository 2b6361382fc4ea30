// Paths of frameworks among text: what counts as one, borders of the window, and limits.

#include "macho/strings.h"

#include "macho/frameworks.h"
#include "macho/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SYSTEM "/System/Library/Frameworks/"

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

// Looks for Foundation, AppKit and what is in CoreServices, in one section that is the image.
static struct macho_strings look(bytes in, bool is_literal)
{
    static const str frameworks[] = { STR_INIT("Foundation"), STR_INIT("AppKit") };
    static const str wholes[] = { STR_INIT("CoreServices") };
    const struct macho_wanted_paths wanted = {
        .frameworks = frameworks,
        .framework_count = COUNT_OF(frameworks),
        .wholes = wholes,
        .whole_count = COUNT_OF(wholes),
    };
    struct macho_extent section = { .offset = 0, .size = in.len };
    const struct macho_sections sections = { .at = &section, .count = 1 };
    struct macho_image image = { .size = in.len, .sections_complete = true };
    struct macho_strings strings;
    if (is_literal)
        image.text_sections = sections;
    else
        image.constant_sections = sections;
    const struct macho_source source = macho_source_of_bytes(&in);
    macho_find_framework_path(&source, &image, &wanted, &arena, &strings);
    return strings;
}

static void assert_found(str text, bool is_literal, const char *path)
{
    const struct macho_strings strings = look(bytes_of_str(text), is_literal);
    if (!str_eq(strings.path, str_of(path)))
        fail_msg("%.*s: \"%.*s\", not \"%s\"", STR_ARG(text), STR_ARG(strings.path), path);
    assert_true(strings.is_complete);
}

static void find_framework_path__knows_every_spelling(void **state)
{
    (void)state;
    static const char *const paths[] = {
        SYSTEM "Foundation.framework/Foundation",
        SYSTEM "Foundation.framework/Versions/C/Foundation",
        SYSTEM "Foundation.framework/Versions/Current/Foundation",
        SYSTEM "CoreServices.framework/Versions/A/Frameworks/LaunchServices.framework/Versions/A/"
               "LaunchServices",
        "Foundation.framework/Foundation",
        "AppKit.framework/Versions/C/AppKit",
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char text[256];
        // Alone, and among other text.
        assert_found((str){ paths[i], strlen(paths[i]) + 1 }, true, paths[i]);
        const int len = snprintf(text, sizeof text, "one%c%s%ctwo", 0, paths[i], 0);
        assert_found((str){ text, (size_t)len }, true, paths[i]);
        assert_found((str){ text, (size_t)len }, false, paths[i]);
    }
    assert_found(STR(SYSTEM "AppKit.framework\0x"), true, SYSTEM "AppKit.framework");
    assert_found(STR(SYSTEM "AppKit.framework/\0x"), true, SYSTEM "AppKit.framework");
    assert_found(STR(SYSTEM "AppKit.framework"), true, SYSTEM "AppKit.framework");
    assert_found(STR("/usr/lib/swift/libswiftFoundation.dylib\0x"), true,
                 "libswiftFoundation.dylib");
    assert_found(STR("libswiftAppKit.dylib"), true, "libswiftAppKit.dylib");
}

// Rust and Go put texts behind one another.
static void find_framework_path__finds_text_without_an_end(void **state)
{
    (void)state;
    const str text = STR("no such file/tmp/x" SYSTEM "Foundation.framework/Foundationerror: ");
    assert_found(text, false, SYSTEM "Foundation.framework/Foundation");
    // In C what stands before is part of the path: that of another disk, or of an SDK.
    assert_found(text, true, "");
    assert_found(STR(SYSTEM "AppKit.framework/AppKit" SYSTEM "X.framework/X"), false,
                 SYSTEM "AppKit.framework/AppKit");
    assert_found(STR("xlibswiftFoundation.dylibx"), false, "libswiftFoundation.dylib");
}

static void find_framework_path__passes_over_what_is_no_path_of_one(void **state)
{
    (void)state;
    static const char *const others[] = {
        SYSTEM "Security.framework/Security",
        SYSTEM "Security.framework/Foundation",
        SYSTEM "Foundation.framework/Resources/Info.plist",
        SYSTEM "Foundation.framework/Versions/C",
        SYSTEM "Foundation.framework/Resources/x/Foundation",
        "/usr/../Library/Frameworks/Foundation.framework/Foundation",
        "/System/Cryptexes/App" SYSTEM "Foundation.framework/Foundation",
        "/System/../tmp/Foundation.framework/Foundation",
        SYSTEM "Foundation.frameworks/Foundation",
        SYSTEM "Foundation.framework.dSYM",
        SYSTEM "CoreServices.framework/Versions/A/Frameworks/LaunchServices.framework/Versions/A/"
               "Support/lsregister",
        SYSTEM "XFoundation.framework/XFoundation",
        "@rpath/Foundation.framework/Foundation",
        "/Library/Frameworks/Foundation.framework/Foundation",
        "/SDKs/MacOSX.sdk" SYSTEM "Foundation.framework/Foundation",
        "/Foundation.framework/Foundation",
        ".framework/Foundation",
        ".framework",
        ".framework/",
        SYSTEM ".framework/",
        "Foundation.dylib",
        "libswiftCore.dylib",
        "libswift.dylib",
        ".dylib",
        "....",
    };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_found((str){ others[i], strlen(others[i]) + 1 }, true, "");
    assert_found(STR_EMPTY, true, "");
    assert_found(STR(SYSTEM "Foundation.framework/Versions/C\0/Foundation"), true, "");
}

// dlopen() and the system take out what changes nothing.
static void find_framework_path__sees_through_odd_spellings(void **state)
{
    (void)state;
    static const char *const paths[] = {
        SYSTEM "Foundation.framework/./Foundation",
        SYSTEM "Foundation.framework//Foundation",
        SYSTEM "Foundation.framework//Versions//C/./Foundation",
        SYSTEM "Foundation.framework/Resources/../Foundation",
        SYSTEM "Foundation.framework/Versions/../Foundation",
        "/" SYSTEM "Foundation.framework/Foundation",
        "/System/./Library/Frameworks/Foundation.framework/Foundation",
        "/System/Cryptexes/OS" SYSTEM "Foundation.framework/Foundation",
        "/usr/.." SYSTEM "Foundation.framework/Foundation",
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_found((str){ paths[i], strlen(paths[i]) + 1 }, true, paths[i]);
    assert_found(STR("x:/System//Library/Frameworks/AppKit.framework/AppKit"), false,
                 "/System//Library/Frameworks/AppKit.framework/AppKit");
    assert_found(STR("x /System/./Library/Frameworks/AppKit.framework/AppKit"), false,
                 "/System/./Library/Frameworks/AppKit.framework/AppKit");
}

// Where compilers put no text, and not more of it than pays.
static void find_framework_path__looks_into_other_parts_where_asked_to(void **state)
{
    (void)state;
    static const str frameworks[] = { STR_INIT("Foundation") };
    static const char path[] = SYSTEM "Foundation.framework/Foundation";
    const size_t len = MACHO_STRINGS_OTHER_MAX + sizeof path;
    uint8_t *text = test_calloc(1, len);
    bytes in = { .at = text, .len = len };
    const struct macho_source source = macho_source_of_bytes(&in);
    struct macho_extent section = { .offset = 0, .size = len };
    const struct macho_sections sections = { .at = &section, .count = 1 };
    const struct macho_image image = { .size = len,
                                       .sections_complete = true,
                                       .other_sections = sections };
    const struct macho_image constants = { .size = len,
                                           .sections_complete = true,
                                           .constant_sections = sections };
    for (unsigned i = 0; i < 4; i++) {
        const bool is_early = (i & 1) != 0;
        const struct macho_wanted_paths wanted = { .frameworks = frameworks,
                                                   .framework_count = 1,
                                                   .in_others = (i & 2) != 0,
                                                   .only_literals = (i & 2) != 0 };
        struct macho_strings strings;
        memset(text, 0, len);
        memcpy(text + (is_early ? 0 : MACHO_STRINGS_OTHER_MAX), path, sizeof path);
        macho_find_framework_path(&source, &image, &wanted, &arena, &strings);
        assert_int_equal(strings.path.len > 0, is_early && wanted.in_others);
        assert_true(strings.is_complete);
        macho_find_framework_path(&source, &constants, &wanted, &arena, &strings);
        assert_int_equal(strings.path.len > 0, is_early || !wanted.only_literals);
    }
    test_free(text);
}

static void find_framework_path__sees_paths_across_every_border(void **state)
{
    (void)state;
    static const char path[] = SYSTEM "Foundation.framework/Versions/C/Foundation";
    const size_t len = 3 * MACHO_STREAM_BYTES;
    uint8_t *text = test_calloc(1, len);
    for (size_t window = 1; window < 3; window++)
        for (size_t at = window * (MACHO_STREAM_BYTES - 600); at < window * MACHO_STREAM_BYTES + 8;
             at += 7) {
            memcpy(text + at, path, sizeof path - 1);
            assert_found(str_of_bytes((bytes){ text, len }), true, path);
            memset(text + at, 0, sizeof path - 1);
        }
    // At the very end, and cut there.
    memcpy(text + len - (sizeof path - 1), path, sizeof path - 1);
    assert_found(str_of_bytes((bytes){ text, len }), true, path);
    assert_found(str_of_bytes((bytes){ text, len - 1 }), true, "");
    assert_int_equal(look((bytes){ text, len - 1 }, true).looked, len - 1);
    test_free(text);
}

struct zeros {
    uint64_t read;
};

static enum status read_zeros(void *context, uint64_t offset, uint8_t *to, size_t len,
                              struct err *err)
{
    struct zeros *zeros = context;
    (void)offset;
    (void)err;
    zeros->read += len;
    memset(to, 0, len);
    return OK;
}

static void find_framework_path__looks_through_no_more_than_max(void **state)
{
    (void)state;
    struct zeros zeros = { 0 };
    for (uint32_t more = 0; more < 2; more++) {
        struct macho_extent sections[] = {
            { 0, MACHO_STRINGS_MAX / 2 }, { MACHO_STRINGS_MAX / 2, MACHO_STRINGS_MAX / 2 + more }
        };
        const struct macho_image image = {
            .size = 1u << 30,
            .sections_complete = true,
            .text_sections = { .at = sections, .count = 2 },
        };
        const struct macho_source source = { .read = read_zeros,
                                             .context = &zeros,
                                             .size = 1u << 30 };
        const struct macho_wanted_paths wanted = { 0 };
        struct macho_strings strings;
        macho_find_framework_path(&source, &image, &wanted, &arena, &strings);
        assert_int_equal(strings.looked, MACHO_STRINGS_MAX);
        assert_int_equal(strings.is_complete, more == 0);
        assert_true(zeros.read < (more + 1) * (uint64_t)(MACHO_STRINGS_MAX / 50 * 51));
    }
}

// Sections that lie over one another are not looked through again and again.
static void find_framework_path__is_linear_in_the_image(void **state)
{
    (void)state;
    struct zeros zeros = { 0 };
    struct macho_extent sections[MACHO_SECTIONS_MAX];
    for (size_t i = 0; i < COUNT_OF(sections); i++)
        sections[i] = (struct macho_extent){ 0, 1u << 20 };
    const struct macho_image image = {
        .size = 1u << 20,
        .sections_complete = true,
        .constant_sections = { .at = sections, .count = COUNT_OF(sections) },
    };
    const struct macho_source source = { .read = read_zeros, .context = &zeros, .size = 1u << 20 };
    const struct macho_wanted_paths wanted = { 0 };
    struct macho_strings strings;
    macho_find_framework_path(&source, &image, &wanted, &arena, &strings);
    assert_int_equal(strings.looked, 1u << 20);
    assert_false(strings.is_complete);
}

static enum status read_nothing(void *context, uint64_t offset, uint8_t *to, size_t len,
                                struct err *err)
{
    (void)context;
    (void)offset;
    (void)to;
    (void)len;
    return (fail)(err, ERR_IO, "gone");  // Not cmocka's macro.
}

static void find_framework_path__says_what_it_could_not_read(void **state)
{
    (void)state;
    struct macho_extent section = { 0, 64 };
    struct macho_image image = {
        .size = 64,
        .sections_complete = true,
        .text_sections = { .at = &section, .count = 1 },
    };
    const struct macho_source source = { .read = read_nothing, .size = 64 };
    const struct macho_wanted_paths wanted = { 0 };
    struct macho_strings strings;
    macho_find_framework_path(&source, &image, &wanted, &arena, &strings);
    assert_false(strings.is_complete);
    assert_int_equal(strings.looked, 0);
    assert_int_equal(image.error_count, 0);
    // Nor is it complete where a section may be hidden.
    image.text_sections.count = 0;
    image.sections_complete = false;
    macho_find_framework_path(&source, &image, &wanted, &arena, &strings);
    assert_false(strings.is_complete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(find_framework_path__knows_every_spelling, forget),
        cmocka_unit_test_teardown(find_framework_path__finds_text_without_an_end, forget),
        cmocka_unit_test_teardown(find_framework_path__passes_over_what_is_no_path_of_one, forget),
        cmocka_unit_test_teardown(find_framework_path__sees_through_odd_spellings, forget),
        cmocka_unit_test_teardown(find_framework_path__looks_into_other_parts_where_asked_to,
                                  forget),
        cmocka_unit_test_teardown(find_framework_path__sees_paths_across_every_border, forget),
        cmocka_unit_test_teardown(find_framework_path__looks_through_no_more_than_max, forget),
        cmocka_unit_test_teardown(find_framework_path__is_linear_in_the_image, forget),
        cmocka_unit_test_teardown(find_framework_path__says_what_it_could_not_read, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
