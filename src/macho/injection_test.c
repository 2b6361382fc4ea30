#include "macho/injection.h"

#include "macho/hijack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define EXECUTE    2u
#define DYLIB      6u
#define RUNTIME    0x10000u
#define ADHOC      0x2u
#define RESTRICT   0x800u
#define REQUIRE_LV 0x2000u
#define LINKS_MAX  4u
#define IMAGE_PATH "/Applications/A.app/Contents/MacOS/A"
#define HARDENED   "hardened runtime with library validation, and no exceptions"
#define PLUG_IN    "/Applications/A.app/Contents/Frameworks/libp.dylib"

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

// A disk that is a list of paths; a '+' before one means that others may write there.
struct listed {
    const char *const *paths;
    size_t count;
    size_t looks;
};

static struct macho_place look_at(const struct listed *listed, str path)
{
    for (size_t i = 0; i < listed->count; i++) {
        const str there = str_of(listed->paths[i]);
        const bool is_writable = str_starts_with(there, STR("+"));
        if (str_eq(is_writable ? str_from(there, 1) : there, path))
            return (struct macho_place){ .is_known = true,
                                         .is_there = true,
                                         .is_writable = is_writable };
    }
    // What is missing below it could be put there by others.
    return (struct macho_place){ .is_known = true,
                                 .is_writable = str_starts_with(path, STR("/Users/")) };
}

static void look(void *context, const str *paths, size_t count, struct macho_place *out)
{
    struct listed *listed = context;
    listed->looks += count;
    for (size_t i = 0; i < count; i++)
        out[i] = look_at(listed, paths[i]);
}

struct subject {
    uint32_t file_type;
    uint32_t flags;
    enum macho_signature_state state;
    struct macho_claims claims;
    bool has_restrict;
    bool entitlements_unread;
    struct macho_link links[LINKS_MAX];
    const char *rpaths[LINKS_MAX];
    const char *environment;
};

static struct macho_injection judge(const struct subject *subject, const char *path,
                                    const char *const *there, size_t there_count)
{
    static struct macho_code_directory directory;
    static struct macho_link links[LINKS_MAX];
    static str rpaths[LINKS_MAX];
    static str environment;
    struct listed listed = { .paths = there, .count = there_count };
    const struct macho_disk disk = { .look = look, .context = &listed, .is_whole = true };
    struct macho_image image = {
        .commands_complete = true,
        .file_type = subject->file_type == 0 ? EXECUTE : subject->file_type,
        .has_restrict = subject->has_restrict,
        .links = links,
        .rpaths = { .at = rpaths },
        .environment = { .at = &environment },
        .signature = { .state = subject->state,
                       .entitlements_unread = subject->entitlements_unread,
                       .claims = subject->claims },
    };
    directory = (struct macho_code_directory){ .flags = subject->flags,
                                               .identifier = STR("com.example.a") };
    if (subject->state != MACHO_UNSIGNED)
        image.signature.best = &directory;
    while (image.link_count < LINKS_MAX && subject->links[image.link_count].name.len > 0) {
        links[image.link_count] = subject->links[image.link_count];
        image.link_count++;
    }
    while (image.rpaths.count < LINKS_MAX && subject->rpaths[image.rpaths.count] != NULL) {
        rpaths[image.rpaths.count] = str_of(subject->rpaths[image.rpaths.count]);
        image.rpaths.count++;
    }
    environment = str_of(subject->environment);
    image.environment.count = environment.len > 0;
    struct macho_injection out;
    macho_judge_injection(&image, NULL, str_of(path), there == NULL ? NULL : &disk, &arena, &out);
    return out;
}

static void assert_verdict(const struct macho_injection *injection, const char *verdict,
                           const char *reason)
{
    assert_string_equal(macho_injection_name(injection->verdict).at, verdict);
    for (size_t i = 0; i < injection->reasons.count; i++)
        if (str_eq(injection->reasons.at[i], str_of(reason)))
            return;
    fail_msg("\"%s\" is not among %zu reasons, \"%.*s\" the first", reason,
             injection->reasons.count, STR_ARG(injection->reasons.at[0]));
}

static void judge_injection__tells_what_the_signature_allows(void **state)
{
    (void)state;
    const struct {
        struct subject subject;
        const char *verdict;
        const char *reason;
    } cases[] = {
        { { .state = MACHO_UNSIGNED }, "open", "unsigned: nothing keeps code of others out" },
        { { .state = MACHO_SIGNATURE_INVALID, .flags = RUNTIME },
          "open",
          "the signature is invalid" },
        { { .state = MACHO_SIGNED_ADHOC, .flags = ADHOC },
          "open",
          "not hardened: DYLD variables and libraries of anyone are taken" },
        { { .state = MACHO_SIGNED, .flags = RUNTIME, .entitlements_unread = true },
          "open",
          "entitlements could not be read: they may allow anything" },
        { { .state = MACHO_SIGNED,
            .flags = RUNTIME,
            .entitlements_unread = true,
            .file_type = DYLIB },
          "limited",
          "a library: what the process that loads it allows, decides" },
        { { .state = MACHO_SIGNED },
          "open",
          "not hardened: DYLD variables and libraries of anyone are taken" },
        { { .state = MACHO_SIGNED, .has_restrict = true },
          "limited",
          "not hardened, but restricted (__RESTRICT or its flag): DYLD variables are ignored" },
        { { .state = MACHO_SIGNED, .flags = RESTRICT },
          "limited",
          "not hardened, but restricted (__RESTRICT or its flag): DYLD variables are ignored" },
        { { .state = MACHO_SIGNED, .flags = REQUIRE_LV },
          "limited",
          "not hardened, but libraries are validated: only those of its team and Apple's get in" },
        { { .state = MACHO_SIGNED, .flags = RUNTIME }, "closed", HARDENED },
        { { .state = MACHO_SIGNED_ADHOC, .flags = RUNTIME | ADHOC }, "closed", HARDENED },
        { { .state = MACHO_SIGNED, .flags = RUNTIME, .file_type = DYLIB },
          "limited",
          "a library: what the process that loads it allows, decides" },
        { { .state = MACHO_SIGNED, .flags = RUNTIME, .file_type = 11 },
          "limited",
          "a kernel extension: the kernel decides, not dyld" },
        { { .state = MACHO_UNSIGNED, .file_type = 1 }, "closed", "not loaded by dyld" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct macho_injection injection = judge(&cases[i].subject, IMAGE_PATH, NULL, 0);
        assert_verdict(&injection, cases[i].verdict, cases[i].reason);
    }
}

static void judge_injection__tells_what_entitlements_open(void **state)
{
    (void)state;
    const struct {
        struct macho_claims claims;
        const char *verdict;
        const char *reason;
    } cases[] = {
        { { .get_task_allow = true },
          "open",
          "get-task-allow: any process of the user may take its task port" },
        { { .allow_dyld_environment = true, .disable_library_validation = true },
          "open",
          "allow-dyld-environment-variables, and libraries are not validated" },
        { { .allow_dyld_environment = true },
          "limited",
          "allow-dyld-environment-variables: libraries of its team and Apple's can be put before "
          "its own" },
        { { .disable_library_validation = true },
          "limited",
          "disable-library-validation: it loads libraries of any signer" },
        { { .allow_jit = true }, "limited", "allow-jit: it may write code and run it" },
        { { .allow_unsigned_executable_memory = true },
          "limited",
          "allow-unsigned-executable-memory: memory may be writable and executable" },
        { { .disable_executable_page_protection = true },
          "limited",
          "disable-executable-page-protection: its own code may be changed" },
        { { .debugger = true }, "limited", "cs.debugger: it may take the task port of others" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct subject subject = { .state = MACHO_SIGNED,
                                         .flags = RUNTIME,
                                         .claims = cases[i].claims };
        const struct macho_injection injection = judge(&subject, IMAGE_PATH, NULL, 0);
        assert_verdict(&injection, cases[i].verdict, cases[i].reason);
    }
}

static void judge_injection__tells_environment_of_the_image(void **state)
{
    (void)state;
    const struct subject subject = { .state = MACHO_SIGNED,
                                     .flags = RUNTIME,
                                     .environment = "DYLD_INSERT_LIBRARIES=/tmp/x.dylib" };
    const struct macho_injection injection = judge(&subject, IMAGE_PATH, NULL, 0);
    assert_verdict(&injection, "limited",
                   "sets DYLD_INSERT_LIBRARIES=/tmp/x.dylib for itself (LC_DYLD_ENVIRONMENT)");
}

static void assert_candidate(const struct macho_injection *injection, size_t which,
                             const char *kind, const char *path, bool is_writable)
{
    assert_true(which < injection->candidate_count);
    const struct macho_candidate *candidate = &injection->candidates[which];
    assert_string_equal(macho_candidate_name(candidate->kind).at, kind);
    assert_int_equal(candidate->path.len, strlen(path));
    assert_memory_equal(candidate->path.at, path, strlen(path));
    assert_int_equal(candidate->is_writable, is_writable);
}

#define SIGNED_OPENLY \
    .state = MACHO_SIGNED, .flags = RUNTIME, .claims = { .disable_library_validation = true }

static void judge_injection__finds_place_before_a_later_rpath(void **state)
{
    (void)state;
    const char *const there[] = { PLUG_IN };
    const struct subject subject = {
        SIGNED_OPENLY,
        .links = { { .name = STR("@rpath/libp.dylib") } },
        .rpaths = { "/Users/Shared/lib", "@executable_path/../Frameworks/", "@loader_path" },
    };
    const struct macho_injection injection = judge(&subject, IMAGE_PATH, there, 1);
    assert_int_equal(injection.candidate_count, 1);
    assert_candidate(&injection, 0, "rpath", "/Users/Shared/lib/libp.dylib", true);
    assert_verdict(&injection, "open",
                   "@rpath/libp.dylib is found in a later rpath only; others than root may write "
                   "there");
}

static void judge_injection__asks_library_validation_about_places(void **state)
{
    (void)state;
    const char *const there[] = { PLUG_IN };
    const struct subject subject = {
        .state = MACHO_SIGNED,
        .flags = RUNTIME,
        .links = { { .name = STR("@rpath/libp.dylib") } },
        .rpaths = { "/Users/Shared/lib", "@executable_path/../Frameworks" },
    };
    const struct macho_injection injection = judge(&subject, IMAGE_PATH, there, 1);
    assert_int_equal(injection.verdict, MACHO_INJECTION_LIMITED);
    assert_int_equal(injection.candidate_count, 1);
}

static void judge_injection__says_nothing_where_the_first_rpath_has_it(void **state)
{
    (void)state;
    const char *const there[] = { PLUG_IN };
    const struct subject subject = {
        .state = MACHO_SIGNED,
        .flags = RUNTIME,
        .links = { { .name = STR("@rpath/libp.dylib") },
                   { .name = STR("@rpath/libswiftCore.dylib") } },
        .rpaths = { "@loader_path/../Frameworks", "/usr/lib/swift", "/Users/Shared/lib" },
    };
    const char *const both[] = { PLUG_IN,
                                 "/Applications/A.app/Contents/Frameworks/libswiftCore.dylib" };
    struct macho_injection injection = judge(&subject, IMAGE_PATH, both, 2);
    assert_int_equal(injection.candidate_count, 0);
    assert_verdict(&injection, "closed", HARDENED);
    // Swift's runtime is found in the shared cache, behind a place in the application.
    injection = judge(&subject, IMAGE_PATH, there, 1);
    assert_int_equal(injection.candidate_count, 1);
    assert_candidate(&injection, 0, "rpath",
                     "/Applications/A.app/Contents/Frameworks/libswiftCore.dylib", false);
}

// Nobody plants below what is sealed, but a path may lead out of it, and not all that is called
// Swift's lies there.
static void judge_injection__looks_where_a_path_leads(void **state)
{
    (void)state;
    const char *const there[] = { "+/Users/Shared/libswiftEvil.dylib", "+/usr/local/lib/a.dylib" };
    const struct subject subject = {
        SIGNED_OPENLY,
        .links = { { .name = STR("@rpath/libswiftEvil.dylib") },
                   { .name = STR("/usr/lib/../local/lib/a.dylib") },
                   { .name = STR("/System/Library/Caches/b.dylib") },
                   { .name = STR("//usr/lib/libz.dylib") } },
        .rpaths = { "/usr/lib/swift", "/Users/Shared" },
    };
    const struct macho_injection injection = judge(&subject, IMAGE_PATH, there, 2);
    assert_int_equal(injection.candidate_count, 3);
    assert_candidate(&injection, 0, "writable", "/Users/Shared/libswiftEvil.dylib", true);
    assert_candidate(&injection, 1, "writable", "/usr/local/lib/a.dylib", true);
    assert_candidate(&injection, 2, "missing", "/System/Library/Caches/b.dylib", false);
}

static void judge_injection__knows_the_root_as_a_directory(void **state)
{
    (void)state;
    const char *const there[] = { "+/a.dylib", "+/b.dylib" };
    const struct subject subject = { SIGNED_OPENLY,
                                     .links = { { .name = STR("@loader_path/a.dylib") },
                                                { .name = STR("@executable_path/b.dylib") } } };
    const struct macho_injection injection = judge(&subject, "/top", there, 2);
    assert_int_equal(injection.candidate_count, 2);
    assert_candidate(&injection, 0, "writable", "/a.dylib", true);
    assert_candidate(&injection, 1, "writable", "/b.dylib", true);
}

static void judge_injection__tells_what_is_found_nowhere(void **state)
{
    (void)state;
    const char *const there[] = { "/nothing" };
    const struct subject subject = {
        SIGNED_OPENLY,
        .links = { { .name = STR("/opt/x/liba.dylib"), .kind = MACHO_LINK_WEAK },
                   { .name = STR("/opt/x/libb.dylib") },
                   { .name = STR("@rpath/libc.dylib"), .kind = MACHO_LINK_WEAK },
                   { .name = STR("/usr/lib/libweak.dylib"), .kind = MACHO_LINK_WEAK } },
        .rpaths = { "/usr/lib/swift", "@loader_path/./x/.." },
    };
    const struct macho_injection injection = judge(&subject, IMAGE_PATH, there, 1);
    assert_int_equal(injection.candidate_count, 3);
    assert_candidate(&injection, 0, "weak", "/opt/x/liba.dylib", false);
    assert_candidate(&injection, 1, "missing", "/opt/x/libb.dylib", false);
    assert_candidate(&injection, 2, "weak", "/Applications/A.app/Contents/MacOS/libc.dylib", false);
    assert_verdict(&injection, "limited",
                   "/opt/x/liba.dylib is weak and found nowhere, and 1 more");
}

static void judge_injection__leaves_open_what_a_loader_may_know(void **state)
{
    (void)state;
    const char *const there[] = { "/nothing" };
    const struct subject subject = {
        .file_type = DYLIB,
        .state = MACHO_UNSIGNED,
        .links = { { .name = STR("@rpath/libc.dylib"), .kind = MACHO_LINK_WEAK },
                   { .name = STR("@executable_path/libd.dylib") } },
        .rpaths = { "@loader_path" },
    };
    struct macho_injection injection = judge(&subject, "/opt/lib/liba.dylib", there, 1);
    assert_int_equal(injection.candidate_count, 0);
    // In an application the program is known.
    injection = judge(&subject, "/Applications/B.app/Contents/Frameworks/liba.dylib", there, 1);
    assert_int_equal(injection.candidate_count, 1);
    assert_candidate(&injection, 0, "missing", "/Applications/B.app/Contents/MacOS/libd.dylib",
                     false);
}

static void judge_injection__tells_relative_and_writable_places(void **state)
{
    (void)state;
    const char *const there[] = { "+/opt/x/liba.dylib" };
    const struct subject subject = {
        SIGNED_OPENLY,
        .links = { { .name = STR("libr.dylib") },
                   { .name = STR("/opt/x/liba.dylib") },
                   { .name = STR("@rpath/libc.dylib") } },
        .rpaths = { "lib" },
    };
    const struct macho_injection injection = judge(&subject, IMAGE_PATH, there, 1);
    assert_int_equal(injection.candidate_count, 3);
    assert_candidate(&injection, 0, "relative", "libr.dylib", true);
    assert_candidate(&injection, 1, "writable", "/opt/x/liba.dylib", true);
    assert_candidate(&injection, 2, "relative", "lib/libc.dylib", true);
    assert_int_equal(injection.verdict, MACHO_INJECTION_OPEN);
}

static void judge_injection__takes_nothing_for_no_place(void **state)
{
    (void)state;
    static struct macho_link links[] = { { .name = STR_INIT("") },
                                         { .name = STR_INIT("@rpath/libc.dylib") } };
    static str rpaths[] = { STR_INIT("") };
    struct listed listed = { .count = 0 };
    const struct macho_disk disk = { .look = look, .context = &listed, .is_whole = true };
    const struct macho_image image = { .file_type = EXECUTE,
                                       .commands_complete = true,
                                       .links = links,
                                       .link_count = COUNT_OF(links),
                                       .rpaths = { .at = rpaths, .count = COUNT_OF(rpaths) } };
    struct macho_injection out;
    macho_judge_injection(&image, NULL, STR(IMAGE_PATH), &disk, &arena, &out);
    assert_int_equal(out.candidate_count, 1);
    assert_candidate(&out, 0, "missing", "/libc.dylib", false);
}

static void judge_injection__looks_at_no_more_than_max(void **state)
{
    (void)state;
    static struct macho_link links[MACHO_LOOKS_MAX + 1];
    struct listed listed = { .count = 0 };
    const struct macho_disk disk = { .look = look, .context = &listed, .is_whole = true };
    for (size_t i = 0; i < COUNT_OF(links); i++)
        links[i].name = STR("/opt/a");
    const struct macho_image image = { .file_type = EXECUTE,
                                       .commands_complete = true,
                                       .links = links,
                                       .link_count = COUNT_OF(links) };
    struct macho_injection out;
    macho_judge_injection(&image, NULL, STR(IMAGE_PATH), &disk, &arena, &out);
    assert_int_equal(listed.looks, MACHO_LOOKS_MAX);
    assert_true(out.looks_exhausted);
    assert_verdict(&out, "open", "more than 2048 places to look at: not all were");
}

static void judge_injection__stops_at_max_however_many_rpaths_there_are(void **state)
{
    (void)state;
    static struct macho_link links[8000];
    static str rpaths[8000];
    for (size_t i = 0; i < COUNT_OF(links); i++) {
        links[i].name = STR("@rpath/a");
        rpaths[i] = STR("/opt");
    }
    const struct macho_image image = { .file_type = EXECUTE,
                                       .commands_complete = true,
                                       .links = links,
                                       .link_count = COUNT_OF(links),
                                       .rpaths = { .at = rpaths, .count = COUNT_OF(rpaths) } };
    struct macho_injection out;
    arena_done(&arena);
    macho_judge_injection(&image, NULL, STR(IMAGE_PATH), NULL, &arena, &out);
    assert_true(out.looks_exhausted);
    assert_true(arena.total_bytes < MACHO_LOOKS_MAX * 1024);
}

static void judge_injection__stays_by_the_image_where_the_disk_is_not_whole(void **state)
{
    (void)state;
    static struct macho_link links[] = { { .name = STR_INIT("/opt/a.dylib") },
                                         { .name = STR_INIT("@loader_path/b.dylib") } };
    struct listed listed = { .count = 0 };
    const struct macho_disk disk = { .look = look, .context = &listed };
    const struct macho_image image = {
        .file_type = EXECUTE, .commands_complete = true, .links = links, .link_count = 2
    };
    struct macho_injection out;
    macho_judge_injection(&image, NULL, STR(IMAGE_PATH), &disk, &arena, &out);
    assert_int_equal(listed.looks, 1);
    assert_int_equal(out.candidate_count, 1);
}

static void judge_injection__believes_macos_only_where_it_lies(void **state)
{
    (void)state;
    static const struct macho_code_directory directory = { .identifier = STR_INIT("com.apple.ls") };
    struct macho_image image = {
        .file_type = EXECUTE,
        .commands_complete = true,
        .signature = { .state = MACHO_SIGNED, .best = &directory },
    };
    str names[] = { STR("CN = Software Signing, O = Apple Inc."),
                    STR("C = US, O = Apple Inc., CN = Apple Root CA") };
    struct macho_signers signers = { .names = { .at = names, .count = 2 },
                                     .chain = MACHO_CHAIN_CLAIMED };
    static const struct {
        const char *path;
        const char *verdict;
    } cases[] = { { "/bin/ls", "closed" },
                  { "/tmp/ls", "open" },
                  { "/usr/local/bin/ls", "open" },
                  { "/bin/../tmp/ls", "open" } };
    struct macho_injection out;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        macho_judge_injection(&image, &signers, str_of(cases[i].path), NULL, &arena, &out);
        assert_string_equal(macho_injection_name(out.verdict).at, cases[i].verdict);
    }
    macho_judge_injection(&image, &signers, STR("/bin/ls"), NULL, &arena, &out);
    assert_verdict(&out, "closed",
                   "a part of macOS, where nobody else may write or set DYLD variables");
    // Nor without Apple's name in the signature, whatever the identifier says.
    signers.names.count = 1;
    macho_judge_injection(&image, &signers, STR("/bin/ls"), NULL, &arena, &out);
    assert_int_equal(out.verdict, MACHO_INJECTION_OPEN);
    macho_judge_injection(&image, NULL, STR("/bin/ls"), NULL, &arena, &out);
    assert_int_equal(out.verdict, MACHO_INJECTION_OPEN);
    signers.chain = MACHO_CHAIN_VERIFIED;
    macho_judge_injection(&image, &signers, STR("/bin/ls"), NULL, &arena, &out);
    assert_int_equal(out.verdict, MACHO_INJECTION_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judge_injection__tells_what_the_signature_allows),
        cmocka_unit_test(judge_injection__tells_what_entitlements_open),
        cmocka_unit_test(judge_injection__tells_environment_of_the_image),
        cmocka_unit_test(judge_injection__finds_place_before_a_later_rpath),
        cmocka_unit_test(judge_injection__asks_library_validation_about_places),
        cmocka_unit_test(judge_injection__says_nothing_where_the_first_rpath_has_it),
        cmocka_unit_test(judge_injection__looks_where_a_path_leads),
        cmocka_unit_test(judge_injection__knows_the_root_as_a_directory),
        cmocka_unit_test(judge_injection__tells_what_is_found_nowhere),
        cmocka_unit_test(judge_injection__leaves_open_what_a_loader_may_know),
        cmocka_unit_test(judge_injection__tells_relative_and_writable_places),
        cmocka_unit_test(judge_injection__takes_nothing_for_no_place),
        cmocka_unit_test(judge_injection__looks_at_no_more_than_max),
        cmocka_unit_test(judge_injection__stops_at_max_however_many_rpaths_there_are),
        cmocka_unit_test(judge_injection__stays_by_the_image_where_the_disk_is_not_whole),
        cmocka_unit_test(judge_injection__believes_macos_only_where_it_lies),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
