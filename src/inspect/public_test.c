// What the public library tells of slices, held against the committed images.

#include "inspect/test_public.h"

#define FLAG_RUNTIME       0x10000u
#define FLAG_ADHOC         0x2u
#define FLAG_LINKER_SIGNED 0x20000u

static void text_of__tells_of_the_signature_and_its_claims(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "signed", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_ARCH), "x86_64");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_FILE_TYPE), "execute");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_UUID), "4C4C44C455553144A17B6CF5078EF6C3");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_INSTALL_NAME), "");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_IDENTIFIER), "org.pomona.signed");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_TEAM_ID), "POMONATEST");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_CDHASH),
               "3e56e87a5b9ce445a0693fe9faf94a4fc2addc5d");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_LEAF_TEAM), "POMONATEST");
    test_has(pomona_macho_text_of(s, POMONA_MACHO_TEXT_SIGNING_TIME), "Z");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_CHAIN_WHY), "");
    pomona_macho_free(file);

    file = test_read(IMAGES "dylib", NULL);
    s = pomona_macho_slice_at(file, 0);
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_INSTALL_NAME), "@rpath/libanswer.dylib");
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_FILE_TYPE), "dylib");
    pomona_macho_free(file);

    file = test_read(IMAGES "entitled_differ", NULL);
    s = pomona_macho_slice_at(file, 0);
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_ENTITLEMENTS_XML),
               "{\"com.apple.security.app-sandbox\":true}");
    test_has(pomona_macho_text_of(s, POMONA_MACHO_TEXT_ENTITLEMENTS_DER),
             "\"com.apple.security.cs.disable-library-validation\":true");
    pomona_macho_free(file);
}

static void number_of__tells_where_and_what_it_is(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "fat", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 1);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_OFFSET), 32768);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_SIZE), 49600 - 32768);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_CPU_TYPE), 0x0100000c);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_CPU_SUBTYPE), 0);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_FILE_TYPE), 2);
    // MH_NOUNDEFS, MH_DYLDLINK, MH_TWOLEVEL, MH_PIE
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_HEADER_FLAGS) & 0x200085,
                     0x200085);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_SIGNATURE_FLAGS),
                     FLAG_ADHOC | FLAG_LINKER_SIGNED);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_PAGES), 5);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_PAGES_BROKEN), 0);
    assert_int_equal(pomona_macho_number_of(s, POMONA_MACHO_NUMBER_ERRORS_UNTOLD), 0);
    pomona_macho_free(file);
}

static void mark_of__tells_each_by_itself(void **state)
{
    static const struct {
        const char *image;
        size_t slice;
        enum pomona_macho_mark mark;
    } marked[] = {
        { "hidden", 1, POMONA_MACHO_MARK_HIDDEN },
        { "signed", 0, POMONA_MACHO_MARK_64 },
        { "ppc", 0, POMONA_MACHO_MARK_BIG_ENDIAN },
        { "encrypted", 0, POMONA_MACHO_MARK_ENCRYPTED },
        { "restrict", 0, POMONA_MACHO_MARK_RESTRICT },
        { "links_nothing", 0, POMONA_MACHO_MARK_IMPLIES_LIBSYSTEM },
        { "signed", 0, POMONA_MACHO_MARK_COMMANDS_COMPLETE },
        { "signed", 0, POMONA_MACHO_MARK_LINKS_COMPLETE },
        { "signed", 0, POMONA_MACHO_MARK_IMPORTS_COMPLETE },
        { "signed", 0, POMONA_MACHO_MARK_CMS },
        { "signed", 0, POMONA_MACHO_MARK_REQUIREMENTS },
        { "entitled_differ", 0, POMONA_MACHO_MARK_DER_ENTITLEMENTS },
        { "adhoc_ticket", 0, POMONA_MACHO_MARK_TICKET },
        { "hardened_allow_jit", 0, POMONA_MACHO_MARK_ALLOW_JIT },
        { "hardened_unsigned_memory", 0, POMONA_MACHO_MARK_ALLOW_UNSIGNED_EXECUTABLE_MEMORY },
        { "hardened_page_protection", 0, POMONA_MACHO_MARK_DISABLE_EXECUTABLE_PAGE_PROTECTION },
        { "hardened_library_validation", 0, POMONA_MACHO_MARK_DISABLE_LIBRARY_VALIDATION },
        { "hardened_dyld_environment", 0, POMONA_MACHO_MARK_ALLOW_DYLD_ENVIRONMENT_VARIABLES },
        { "hardened_get_task_allow", 0, POMONA_MACHO_MARK_GET_TASK_ALLOW },
        { "hardened_debugger", 0, POMONA_MACHO_MARK_DEBUGGER },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(marked); i++) {
        char path[256];
        (void)snprintf(path, sizeof path, IMAGES "%s", marked[i].image);
        struct pomona_macho *file = test_read(path, NULL);
        const struct pomona_macho_slice *s = pomona_macho_slice_at(file, marked[i].slice);
        if (!pomona_macho_mark_of(s, marked[i].mark))
            fail_msg("%s has no mark %u", path, (unsigned)marked[i].mark);
        // Claims come one by one.
        for (unsigned mark = POMONA_MACHO_MARK_ALLOW_JIT; mark < TEST_MARKS; mark++)
            if (marked[i].mark >= POMONA_MACHO_MARK_ALLOW_JIT && mark != marked[i].mark)
                assert_false(pomona_macho_mark_of(s, (enum pomona_macho_mark)mark));
        pomona_macho_free(file);
    }
    struct pomona_macho *file = test_read(IMAGES "object", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    static const enum pomona_macho_mark absent[] = {
        POMONA_MACHO_MARK_HIDDEN,
        POMONA_MACHO_MARK_BIG_ENDIAN,
        POMONA_MACHO_MARK_ENCRYPTED,
        POMONA_MACHO_MARK_RESTRICT,
        POMONA_MACHO_MARK_LOOKS_EXHAUSTED,
        POMONA_MACHO_MARK_IMPLIES_LIBSYSTEM,
        POMONA_MACHO_MARK_CMS,
        POMONA_MACHO_MARK_REQUIREMENTS,
        POMONA_MACHO_MARK_TICKET,
        POMONA_MACHO_MARK_DER_ENTITLEMENTS,
        POMONA_MACHO_MARK_MAIN_OF_BUNDLE,
    };
    for (size_t i = 0; i < COUNT_OF(absent); i++)
        assert_false(pomona_macho_mark_of(s, absent[i]));
    pomona_macho_free(file);
}

static void link_at__tells_every_kind_in_order(void **state)
{
    static const struct {
        enum pomona_macho_link_kind kind;
        const char *kind_name;
        const char *name;
        const char *version;
    } expected[] = {
        { POMONA_MACHO_LINK_LOAD, "load", "/usr/lib/libSystem.B.dylib", "1336.0" },
        { POMONA_MACHO_LINK_LOAD, "load", "@rpath/libown.dylib", "1.0" },
        { POMONA_MACHO_LINK_WEAK, "weak", "@rpath/libweak.dylib", "1.0" },
        { POMONA_MACHO_LINK_REEXPORT, "reexport", "/usr/lib/libreexported.dylib", "1.2.3" },
        { POMONA_MACHO_LINK_UPWARD, "upward", "/usr/lib/libupward.dylib", "65535.255.255" },
        { POMONA_MACHO_LINK_LAZY, "lazy", "/usr/lib/liblazy.dylib", "1.2.3" },
        { POMONA_MACHO_LINK_LOAD, "load", "/usr/lib/libuse_plain.dylib", "1.2.3" },
        { POMONA_MACHO_LINK_WEAK, "weak", "/usr/lib/libuse_weak.dylib", "1.2.3" },
        { POMONA_MACHO_LINK_REEXPORT, "reexport", "/usr/lib/libuse_reexport.dylib", "1.2.3" },
        { POMONA_MACHO_LINK_UPWARD, "upward", "/usr/lib/libuse_upward.dylib", "1.2.3" },
        { POMONA_MACHO_LINK_DELAYED, "delayed", "/usr/lib/libuse_delayed.dylib", "1.2.3" },
    };
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "links_kinds", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    char version[POMONA_MACHO_VERSION_BYTES];
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_LINKS), 13);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct pomona_macho_link link = pomona_macho_link_at(s, i);
        assert_int_equal(link.kind, expected[i].kind);
        assert_string_equal(pomona_macho_link_kind_name(link.kind), expected[i].kind_name);
        test_equal(link.name, expected[i].name);
        assert_string_equal(pomona_macho_version_text(link.current_version, version),
                            expected[i].version);
    }
    assert_int_equal(pomona_macho_link_at(s, 4).compatibility_version, 1);
    pomona_macho_free(file);
}

static void build_at__tells_of_both_platforms(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "zippered", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_BUILDS), 2);
    assert_string_equal(pomona_macho_platform_name(pomona_macho_build_at(s, 0).platform), "macos");
    assert_string_equal(pomona_macho_platform_name(pomona_macho_build_at(s, 1).platform),
                        "maccatalyst");
    assert_int_equal(pomona_macho_build_at(s, 1).min_os, 0x000d0100);
    assert_int_equal(pomona_macho_build_at(s, 1).sdk, 0x000e0200);
    pomona_macho_free(file);
}

// Items of one list of texts, a line each.
static void assert_items(const char *path, enum pomona_macho_list list, const char *const *expected,
                         size_t count)
{
    struct pomona_macho *file = test_read(path, NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_count_of(s, list), count);
    for (size_t i = 0; i < count; i++)
        test_equal(pomona_macho_item_at(s, list, i), expected[i]);
    pomona_macho_free(file);
}

#define ASSERT_ITEMS(path, list, ...)                         \
    assert_items(path, list, (const char *[]){ __VA_ARGS__ }, \
                 COUNT_OF(((const char *[]){ __VA_ARGS__ })))

static void item_at__tells_each_list(void **state)
{
    (void)state;
    ASSERT_ITEMS(IMAGES "environment", POMONA_MACHO_LIST_RPATHS, "@executable_path/../Frameworks",
                 "/usr/local/lib");
    ASSERT_ITEMS(IMAGES "environment", POMONA_MACHO_LIST_ENVIRONMENT,
                 "DYLD_VERSIONED_FRAMEWORK_PATH=@loader_path/one", "DYLD_LIBRARY_PATH=/tmp/two");
    ASSERT_ITEMS(IMAGES "links_foundation", POMONA_MACHO_LIST_NATIVE_API_BECAUSE,
                 "links Foundation");
    ASSERT_ITEMS(IMAGES "imports_reaching", POMONA_MACHO_LIST_WATCHED_IMPORTS, "_mach_vm_allocate",
                 "_posix_spawn", "_pthread_create", "_ptrace", "_task_for_pid",
                 "_thread_create_running");
    ASSERT_ITEMS(IMAGES "signed", POMONA_MACHO_LIST_IMPORTS, "dyld_stub_binder");
    ASSERT_ITEMS(IMAGES "entitled_differ", POMONA_MACHO_LIST_ENTITLEMENTS_DIFFER,
                 "com.apple.security.cs.disable-library-validation");
    ASSERT_ITEMS(IMAGES "signed", POMONA_MACHO_LIST_SIGNERS,
                 "UID = POMONATEST, CN = Developer ID Application: Pomona Tests (POMONATEST), "
                 "OU = POMONATEST, O = Pomona Tests, C = XX",
                 "C = XX, O = Pomona Tests, OU = Throw-away, CN = Pomona Test Authority",
                 "C = XX, O = Pomona Tests, OU = Throw-away, CN = Pomona Test Root");
    ASSERT_ITEMS(IMAGES "links_kinds", POMONA_MACHO_LIST_INJECTION_REASONS,
                 "unsigned: nothing keeps code of others out");
}

static void framework_at__tells_what_is_reached_and_how(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "links_cocoa", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_true(pomona_macho_count_of(s, POMONA_MACHO_LIST_FRAMEWORKS) > 4);
    test_equal(pomona_macho_framework_at(s, 0).name, "Cocoa");
    test_equal(pomona_macho_framework_at(s, 0).how, "load");
    test_equal(pomona_macho_framework_at(s, 4).name, "Foundation");
    test_equal(pomona_macho_framework_at(s, 4).how, "through Cocoa, AppKit");
    assert_int_equal(pomona_macho_verdicts_of(s).native_api, POMONA_MACHO_NATIVE_API_YES);
    pomona_macho_free(file);
}

static void code_directory_at__tells_all_and_the_best_is_the_slices(void **state)
{
    static const struct {
        enum pomona_macho_hash hash;
        const char *name;
        const char *cdhash;
        uint32_t slot;
    } expected[] = {
        { POMONA_MACHO_HASH_SHA1, "sha1", "85ec28fbd09b40bc20786f3e514141b5970374ec", 0 },
        { POMONA_MACHO_HASH_SHA384, "sha384", "2cce4ba809f7425c5608e09de20a37a95ca0dbcc", 0x1000 },
        { POMONA_MACHO_HASH_SHA256_TRUNCATED, "sha256t", "6225c45b97496dd0d143018ed4ce93cc4b8527c4",
          0x1001 },
        { POMONA_MACHO_HASH_SHA256, "sha256", "63e373c021c8a9f467d7e41af7536da6722a6d95", 0x1002 },
    };
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "adhoc_all", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_CODE_DIRECTORIES), 4);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct pomona_macho_code_directory d = pomona_macho_code_directory_at(s, i);
        assert_int_equal(d.hash, expected[i].hash);
        assert_string_equal(pomona_macho_hash_name(d.hash), expected[i].name);
        test_equal(d.cdhash, expected[i].cdhash);
        test_equal(d.identifier, "org.pomona.all");
        test_equal(d.team_id, "");
        assert_int_equal(d.slot, expected[i].slot);
        assert_int_equal(d.flags, FLAG_ADHOC);
        assert_true(d.version >= 0x20100);
        assert_true(d.code_limit > 4096 && d.code_limit < 5264);
    }
    test_equal(pomona_macho_text_of(s, POMONA_MACHO_TEXT_CDHASH), expected[1].cdhash);
    pomona_macho_free(file);
}

static void verdicts__are_of_the_slice_and_the_worst_of_the_file(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "fat", NULL);
    const struct pomona_macho_verdicts second =
        pomona_macho_verdicts_of(pomona_macho_slice_at(file, 1));
    assert_int_equal(pomona_macho_slice_count(file), 2);
    assert_int_equal(pomona_macho_size(file), 49600);
    assert_int_equal(pomona_macho_fat_of(file), POMONA_MACHO_FAT_32);
    assert_int_equal(second.signature, POMONA_MACHO_SIGNATURE_LINKER);
    assert_int_equal(second.native_api, POMONA_MACHO_NATIVE_API_NO);
    assert_int_equal(second.injection, POMONA_MACHO_INJECTION_OPEN);
    assert_int_equal(pomona_macho_worst(file).signature, POMONA_MACHO_SIGNATURE_UNSIGNED);
    assert_int_equal(pomona_macho_worst(file).native_api, POMONA_MACHO_NATIVE_API_YES);
    assert_int_equal(pomona_macho_worst(file).injection, POMONA_MACHO_INJECTION_OPEN);
    assert_null(pomona_macho_slice_at(file, 2));
    pomona_macho_free(file);

    file = test_read(IMAGES "fat64", NULL);
    assert_int_equal(pomona_macho_fat_of(file), POMONA_MACHO_FAT_64);
    pomona_macho_free(file);

    file = test_read(IMAGES "hardened", NULL);
    assert_int_equal(pomona_macho_fat_of(file), POMONA_MACHO_FAT_NONE);
    assert_int_equal(pomona_macho_worst(file).injection, POMONA_MACHO_INJECTION_CLOSED);
    assert_int_equal(pomona_macho_worst(file).signature, POMONA_MACHO_SIGNATURE_ADHOC);
    assert_int_equal(
        pomona_macho_number_of(pomona_macho_slice_at(file, 0), POMONA_MACHO_NUMBER_SIGNATURE_FLAGS),
        FLAG_ADHOC | FLAG_RUNTIME);
    pomona_macho_free(file);
}

static void error_at__tells_what_is_wrong(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "hidden", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 1);
    assert_int_equal(pomona_macho_count_of(s, POMONA_MACHO_LIST_ERRORS), 1);
    test_equal(pomona_macho_error_at(s, 0).reason, "this slice is hidden: the fat header counts 1");
    assert_int_equal(pomona_macho_error_at(s, 0).command, -1);
    pomona_macho_free(file);
}

static void json__is_what_inspect_prints(void **state)
{
    static const char begin[] = "{\"path\":\"" IMAGES "signed\",\"size\":10768,\"slice\":0,"
                                "\"slices\":1,\"fat\":null,\"hidden\":false,\"arch\":\"x86_64\"";
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "signed", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    size_t len = 0;
    char *brief = pomona_macho_json(s, false, &len);
    assert_int_equal(len, strlen(brief));
    assert_memory_equal(brief, begin, sizeof begin - 1);
    assert_non_null(strstr(brief, "\"watched\":[],\"complete\":true}"));
    assert_string_equal(brief + len - sizeof ",\"errors\":[]}" + 1, ",\"errors\":[]}");
    char *whole = pomona_macho_json(s, true, NULL);
    assert_non_null(strstr(whole, "\"all\":[\"dyld_stub_binder\"]"));
    free(brief);
    free(whole);
    pomona_macho_free(file);
}

static void names__are_empty_where_there_is_none(void **state)
{
    (void)state;
    assert_string_equal(pomona_macho_signature_name(POMONA_MACHO_SIGNATURE_LINKER),
                        "linker_signed");
    assert_string_equal(pomona_macho_injection_name(POMONA_MACHO_INJECTION_LIMITED), "limited");
    assert_string_equal(pomona_macho_native_api_name(POMONA_MACHO_NATIVE_API_BRIDGE), "bridge");
    assert_string_equal(pomona_macho_chain_name(POMONA_MACHO_CHAIN_CLAIMED), "claimed");
    assert_string_equal(pomona_macho_seal_name(POMONA_MACHO_SEAL_NOT_READ), "not_read");
    assert_string_equal(pomona_macho_candidate_kind_name(POMONA_MACHO_CANDIDATE_WRITABLE),
                        "writable");
    assert_string_equal(pomona_macho_flag_name(FLAG_RUNTIME), "runtime");
    assert_string_equal(pomona_macho_signature_name((enum pomona_macho_signature)5), "");
    assert_string_equal(pomona_macho_injection_name((enum pomona_macho_injection)3), "");
    assert_string_equal(pomona_macho_native_api_name((enum pomona_macho_native_api)5), "");
    assert_string_equal(pomona_macho_chain_name((enum pomona_macho_chain)3), "");
    assert_string_equal(pomona_macho_seal_name((enum pomona_macho_seal)5), "");
    assert_string_equal(pomona_macho_candidate_kind_name((enum pomona_macho_candidate_kind)5), "");
    assert_string_equal(pomona_macho_link_kind_name((enum pomona_macho_link_kind)6), "");
    assert_string_equal(pomona_macho_hash_name(POMONA_MACHO_HASH_NONE), "");
    assert_string_equal(pomona_macho_platform_name(0), "");
    assert_string_equal(pomona_macho_flag_name(0x40), "");
}

static void everything__is_empty_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(pomona_macho_size(NULL), 0);
    assert_int_equal(pomona_macho_fat_of(NULL), POMONA_MACHO_FAT_NONE);
    assert_int_equal(pomona_macho_slice_count(NULL), 0);
    assert_null(pomona_macho_slice_at(NULL, 0));
    assert_int_equal(pomona_macho_worst(NULL).signature, POMONA_MACHO_SIGNATURE_INVALID);
    assert_int_equal(pomona_macho_worst(NULL).injection, POMONA_MACHO_INJECTION_OPEN);
    assert_int_equal(pomona_macho_verdicts_of(NULL).native_api, POMONA_MACHO_NATIVE_API_UNKNOWN);
    assert_int_equal(pomona_macho_chain_of(NULL), POMONA_MACHO_CHAIN_NONE);
    assert_int_equal(pomona_macho_error_at(NULL, 0).command, -1);
    assert_null(pomona_macho_json(NULL, true, NULL));
    // Only the seals have a name, "none", also of nothing.
    assert_int_equal(test_ask_all(NULL), TEST_SEALED);
    pomona_macho_free(NULL);
    pomona_macho_anchors_close(NULL);
}

static void everything__is_empty_for_constants_that_are_not_known(void **state)
{
    (void)state;
    struct pomona_macho *file = test_read(IMAGES "signed", NULL);
    const struct pomona_macho_slice *s = pomona_macho_slice_at(file, 0);
    test_equal(pomona_macho_text_of(s, (enum pomona_macho_text)TEST_TEXTS), "");
    assert_int_equal(pomona_macho_number_of(s, (enum pomona_macho_number)TEST_NUMBERS), 0);
    assert_false(pomona_macho_mark_of(s, (enum pomona_macho_mark)TEST_MARKS));
    assert_int_equal(pomona_macho_seal_of(s, (enum pomona_macho_sealed)TEST_SEALED),
                     POMONA_MACHO_SEAL_NONE);
    assert_int_equal(pomona_macho_count_of(s, (enum pomona_macho_list)TEST_LISTS), 0);
    test_equal(pomona_macho_item_at(s, (enum pomona_macho_list)TEST_LISTS, 0), "");
    // A list that is none of texts.
    test_equal(pomona_macho_item_at(s, POMONA_MACHO_LIST_LINKS, 0), "");
    test_equal(pomona_macho_item_at(s, POMONA_MACHO_LIST_SIGNERS, SIZE_MAX), "");
    test_equal(pomona_macho_link_at(s, SIZE_MAX).name, "");
    pomona_macho_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of__tells_of_the_signature_and_its_claims),
        cmocka_unit_test(number_of__tells_where_and_what_it_is),
        cmocka_unit_test(mark_of__tells_each_by_itself),
        cmocka_unit_test(link_at__tells_every_kind_in_order),
        cmocka_unit_test(build_at__tells_of_both_platforms),
        cmocka_unit_test(item_at__tells_each_list),
        cmocka_unit_test(framework_at__tells_what_is_reached_and_how),
        cmocka_unit_test(code_directory_at__tells_all_and_the_best_is_the_slices),
        cmocka_unit_test(verdicts__are_of_the_slice_and_the_worst_of_the_file),
        cmocka_unit_test(error_at__tells_what_is_wrong),
        cmocka_unit_test(json__is_what_inspect_prints),
        cmocka_unit_test(names__are_empty_where_there_is_none),
        cmocka_unit_test(everything__is_empty_of_nothing),
        cmocka_unit_test(everything__is_empty_for_constants_that_are_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
