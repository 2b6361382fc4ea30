#include "score/exception_fixture.h"
#include "score/exception_path.h"
#include "store/test_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WHO "  signer: PRL0XMPL88/com.example.parlo\n"

// A finding to try: what is added to a program of a team in two steps.
enum shape {
    PLAIN,
    LIBRARY,
    TARGET,
    PARENT,
    OTHER_ACTS,     // The second step is another team's.
    UNSIGNED,       // The program is signed by nobody.
    INVALID,        // Its signature does not hold.
    UNTOLD,         // The sensor does not tell.
    TWO_LIBRARIES,  // The second is unsigned.
    PLATFORM,
};

static void make(struct sample *s, enum shape shape)
{
    begin(s, 2);
    if (shape == LIBRARY || shape == TWO_LIBRARIES)
        add_library(s, 1);
    if (shape == TWO_LIBRARIES) {
        add_library(s, 0);
        show_text(s, 0, FIELD_DLL_SIGNER, "unsigned");
    }
    if (shape == TARGET)
        add_target(s, 1);
    if (shape == PARENT) {
        add_parent(s, 0);
        add_parent(s, 1);
    }
    if (shape == OTHER_ACTS)
        show_text(s, 1, FIELD_PROCESS_TEAM_ID, "KWT0XMPL77");
    for (size_t i = 0; i < 2; i++) {
        if (shape == UNSIGNED)
            show(s, i, FIELD_PROCESS_SIGNATURE_EXISTS, value_of_bool(false));
        if (shape == UNSIGNED || shape == INVALID || shape == UNTOLD)
            show(s, i, FIELD_PROCESS_SIGNATURE_TRUSTED, value_of_bool(false));
        if (shape == UNTOLD)
            show(s, i, FIELD_PROCESS_SIGNATURE_TOLD, value_of_bool(false));
        if (shape == PLATFORM)
            show(s, i, FIELD_PROCESS_CS_PLATFORM, value_of_bool(true));
    }
}

static const struct covering {
    const char *who;
    enum shape shape;
    bool is_covered;
} coverings[] = {
    { WHO, PLAIN, true },
    { "  signer: PRL0XMPL88/com.example.*\n", PLAIN, true },
    { "  signer: PRL0XMPL88/*\n", PLAIN, true },
    { "  signer: PRL0XMPL88/com.example.parl\n", PLAIN, false },
    { "  signer: PRL0XMPL89/com.example.parlo\n", PLAIN, false },
    { "  signer: platform:com.example.parlo\n", PLAIN, false },
    { "  signer: platform:com.example.parlo\n", PLATFORM, true },
    { "  signer: platform:com.*\n", PLATFORM, true },
    { WHO, PLATFORM, false },
    // A signature counts where it holds and the sensor tells it; the code counts as it is.
    { WHO, UNSIGNED, false },
    { WHO, INVALID, false },
    { WHO, UNTOLD, false },
    { "  cdhash: " CDHASH "\n", PLAIN, true },
    { "  cdhash: [" CDHASH_2 ", " CDHASH "]\n", UNSIGNED, true },
    { "  cdhash: " CDHASH "\n", INVALID, true },
    { "  cdhash: " CDHASH_2 "\n", PLAIN, false },
    { WHO "  cdhash: " CDHASH_2 "\n", PLAIN, false },
    { WHO "  cdhash: " CDHASH "\n", PLAIN, true },
    // Steps.
    { WHO, OTHER_ACTS, false },
    { WHO "  step: any\n", OTHER_ACTS, true },
    { WHO "  step: 1\n", OTHER_ACTS, true },
    { WHO "  step: 2\n", OTHER_ACTS, false },
    { WHO "  step: 3\n", OTHER_ACTS, false },
    { "  signer: KRX0XMPL55/com.example.koor\n  step: target\n", TARGET, true },
    { "  signer: KRX0XMPL55/com.example.koor\n  step: any\n", TARGET, true },
    { "  signer: KRX0XMPL55/com.example.koor\n", TARGET, false },
    { "  signer: KRX0XMPL55/com.example.koor\n  step: target\n", PLAIN, false },
    { WHO "  target: { signer: KRX0XMPL55/com.example.koor }\n", TARGET, true },
    { WHO "  target: { signer: KRX0XMPL55/com.example.other }\n", TARGET, false },
    { WHO "  target: { signer: KRX0XMPL55/com.example.koor }\n", PLAIN, false },
    { "  signer: platform:com.apple.zsh\n  step: parent\n", PARENT, true },
    { "  signer: platform:com.apple.zsh\n  step: parent\n", PLAIN, false },
    // A host does not vouch for what is mapped into it.
    { WHO, LIBRARY, false },
    { "  cdhash: " CDHASH "\n", LIBRARY, false },
    { WHO "  step: any\n", LIBRARY, false },
    { WHO "  any_library: true\n", LIBRARY, true },
    { WHO "  any_library: true\n", PLAIN, true },
    { WHO "  library: { signer: KWT0XMPL77/com.example.kwartet.* }\n", LIBRARY, true },
    { WHO "  library: { signer: KWT0XMPL77/com.example.other }\n", LIBRARY, false },
    { WHO "  library: { cdhash: " CDHASH_2 ", path: /Users/Shared/** }\n", LIBRARY, true },
    { WHO "  library: { cdhash: " CDHASH_2 ", path: /Users/Shared/* }\n", LIBRARY, false },
    { WHO "  library: { signer: KWT0XMPL77/com.example.kwartet.* }\n", TWO_LIBRARIES, false },
    { WHO "  library: { cdhash: " CDHASH_2 " }\n", TWO_LIBRARIES, true },
    { WHO "  library: { signer: KWT0XMPL77/* }\n", PLAIN, false },
    { "  signer: PRL0XMPL8X/x\n  library: { signer: KWT0XMPL77/* }\n", LIBRARY, false },
    { "  signer: KWT0XMPL77/*\n  step: library\n", LIBRARY, true },
    { "  signer: KWT0XMPL77/*\n  step: library\n", TWO_LIBRARIES, false },
    { "  signer: KWT0XMPL77/*\n  step: library\n", PLAIN, false },
    // Places narrow down.
    { WHO "  path: /Applications/Parlo {version}.app/**\n", PLAIN, true },
    { WHO "  path: /Applications/Parlo {version}.app/*\n", PLAIN, false },
    { WHO "  path: /Applications/Parlo.app/**\n", PLAIN, false },
    { WHO "  hosts: [other, MAC-07]\n", PLAIN, true },
    { WHO "  hosts: [A1B2C3D4-0000-4000-8000-000000000007]\n", PLAIN, true },
    { WHO "  hosts: [mac-08]\n", PLAIN, false },
    { WHO "  contexts: [dev, prod]\n", PLAIN, true },
    { WHO "  contexts: [dev, test]\n", PLAIN, false },
};

static void exceptions_judge__covers_what_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(coverings); i++) {
        const struct covering *c = &coverings[i];
        char text[1024];
        struct sample s;
        make(&s, c->shape);
        (void)snprintf(text, sizeof text, "%s%s", HEAD, c->who);
        struct exceptions *e = load_good(text);
        exceptions_judge(e, &s.finding);
        if ((s.finding.verdict == VERDICT_EXCEPTED) != c->is_covered)
            fail_msg("case %zu: %s", i, c->who);
        assert_true(str_eq(s.finding.verdict_by, c->is_covered ? STR("E-1") : STR_EMPTY));
        exceptions_free(e);
    }
}

// The last nanosecond of the day counts, whatever time it is here and now.
static void exceptions_judge__ends_with_the_day(void **state)
{
    static const struct {
        int64_t time_ns;
        bool is_covered;
    } cases[] = {
        { 0, true },
        { INT64_C(1798761599999999999), true },  // 2026-12-31T23:59:59.999999999Z
        { INT64_C(1798761600000000000), false },
        { INT64_MAX, false },
        { INT64_MIN, true },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sample s;
        struct exceptions *e = load_good(HEAD WHO);
        begin(&s, 1);
        s.finding.time_ns = cases[i].time_ns;
        exceptions_judge(e, &s.finding);
        assert_int_equal(s.finding.verdict == VERDICT_EXCEPTED, cases[i].is_covered);
        assert_int_equal(exceptions_at(e, 0)->late_hits, !cases[i].is_covered);
        assert_int_equal(exceptions_counts(e).expired, !cases[i].is_covered);
        exceptions_free(e);
    }
}

static void exceptions_judge__asks_more_for_critical(void **state)
{
    (void)state;
    for (int is_marked = 0; is_marked < 2; is_marked++) {
        struct sample s;
        struct exceptions *e = load_good(is_marked ? HEAD WHO "  critical: true\n" : HEAD WHO);
        begin(&s, 1);
        s.rule.level = LEVEL_CRITICAL;
        exceptions_judge(e, &s.finding);
        assert_int_equal(s.finding.verdict == VERDICT_EXCEPTED, is_marked);
        s.rule.level = LEVEL_LOW;  // The finding may be graver than its rule.
        s.finding.level = LEVEL_CRITICAL;
        s.finding.verdict = VERDICT_NEW;
        exceptions_judge(e, &s.finding);
        assert_int_equal(s.finding.verdict == VERDICT_EXCEPTED, is_marked);
        exceptions_free(e);
    }
}

static void exceptions_judge__is_of_the_rules_named(void **state)
{
    struct sample s;
    (void)state;
    begin(&s, 1);
    struct exceptions *e = load_good(HEAD WHO);
    s.rule.id = STR("S09-weak");
    exceptions_judge(e, &s.finding);
    assert_int_equal(s.finding.verdict, VERDICT_NEW);
    exceptions_free(e);
    e = load_good("- {id: E, rules: '*', owner: o, reason: r, created: 2026-10-01, expires: "
                  "2026-12-31, signer: PRL0XMPL88/com.example.parlo}\n");
    exceptions_judge(e, &s.finding);
    assert_int_equal(s.finding.verdict, VERDICT_EXCEPTED);
    exceptions_judge(NULL, &s.finding);
    exceptions_free(e);
}

static const char three[] = HEAD WHO "- {id: E-2, rules: S09, owner: o, reason: r, created: "
                                     "2026-10-01, expires: 2026-10-02, signer: "
                                     "PRL0XMPL88/com.example.parlo}\n"
                                     "- {id: E-3, rules: S01, owner: o, reason: r, created: "
                                     "2026-10-01, expires: 2026-12-31, signer: "
                                     "PRL0XMPL88/com.example.parlo}\n";

static void exceptions_counts__are_of_the_first_that_covers(void **state)
{
    struct sample s;
    (void)state;
    begin(&s, 1);
    struct exceptions *e = load_good(three);
    for (int i = 0; i < 3; i++) {
        s.finding.verdict = VERDICT_NEW;
        s.finding.time_ns = NOON_NS + (1 - i) * DAY_NS;
        exceptions_judge(e, &s.finding);
    }
    s.finding.verdict = VERDICT_EXPECTED;  // Somebody else's.
    exceptions_judge(e, &s.finding);
    const struct exceptions_counts counts = exceptions_counts(e);
    assert_int_equal(counts.in, 3);
    assert_int_equal(counts.excepted, 3);
    assert_int_equal(counts.used, 1);
    assert_int_equal(counts.expired, 1);
    assert_int_equal(counts.never_hit, 1);
    assert_int_equal(exceptions_hits(e, 0), 3);
    assert_int_equal(exceptions_at(e, 0)->first_hit_ns, NOON_NS - DAY_NS);
    assert_int_equal(exceptions_at(e, 0)->last_hit_ns, NOON_NS + DAY_NS);
    exceptions_free(e);
}

static void replace_in_store(const struct exceptions *e)
{
    const struct store_act act = { .who = STR("ada"), .now_ns = NOON_NS };
    struct exception_changes changes;
    struct err err = { .text = "" };
    struct db *db = NULL;
    enum status status = store_open(str_of(test_store), DB_CREATE, &db, &err);
    if (status == OK)
        status = exceptions_replace_in(e, db, &act, &changes, &err);
    db_close(db);
    if (status != OK)
        fail_msg("%s", err.text);
}

static struct exceptions *load_stored(void)
{
    struct exceptions *e = NULL;
    struct err err = { .text = "" };
    if (exceptions_load(str_of(test_store), NULL, &e, &err) != OK)
        fail_msg("%s", err.text);
    assert_true(exceptions_are_stored(e));
    return e;
}

// Hits of runs add up, those of an entry that stays outlive an import, and a replaced list is the list.
static void exceptions_save_hits__adds_up_in_the_store(void **state)
{
    struct sample s;
    struct err err = { .text = "" };
    (void)state;
    struct exceptions *e = load_good(three);
    replace_in_store(e);
    exceptions_free(e);
    for (int run = 0; run < 3; run++) {
        begin(&s, 1);
        s.finding.time_ns = NOON_NS + (run == 1 ? -1 : run) * DAY_NS;
        e = load_stored();
        assert_int_equal(exceptions_count(e), 3);
        assert_int_equal(exceptions_at(e, 0)->hits, run);
        exceptions_judge(e, &s.finding);
        assert_int_equal(exceptions_save_hits(e, &err), OK);
        if (run == 1)
            replace_in_store(e);
        exceptions_free(e);
    }
    e = load_stored();
    assert_int_equal(exceptions_at(e, 0)->hits, 3);
    assert_int_equal(exceptions_at(e, 0)->first_hit_ns, NOON_NS - DAY_NS);
    assert_int_equal(exceptions_at(e, 0)->last_hit_ns, NOON_NS + 2 * DAY_NS);
    assert_string_equal(exceptions_at(e, 2)->id.at, "E-3");
    assert_int_equal(exceptions_counts(e).never_hit, 2);
    exceptions_free(e);
    e = load_good(HEAD "  cdhash: " CDHASH "\n");
    replace_in_store(e);
    exceptions_free(e);
    e = load_stored();
    assert_int_equal(exceptions_count(e), 1);
    assert_int_equal(exceptions_at(e, 0)->hits, 3);
    exceptions_free(e);
}

static const struct path_case {
    const char *pattern;
    const char *path;
    bool matches;
} path_cases[] = {
    { "/a", "/a", true },
    { "/a", "/ab", false },
    { "/a/*", "/a/b", true },
    { "/a/*", "/a/", true },
    { "/a/*", "/a/b/c", false },
    { "/a/**", "/a/b/c", true },
    { "/a/**/c", "/a/b/b/c", true },
    { "/a/**/c", "/a/c", false },
    { "/a*c/d", "/abcbc/d", true },
    { "/a***", "/a/b", true },
    { "/v{version}/x", "/v4.11.2/x", true },
    { "/v{version}/x", "/v4/x", true },
    { "/v{version}/x", "/v1.2_3,456-7/x", true },
    { "/v{version}/x", "/v/x", false },
    { "/v{version}/x", "/v.1/x", false },
    { "/v{version}/x", "/v1./x", false },
    { "/v{version}/x", "/v1..2/x", false },
    { "/v{version}/x", "/v1b/x", false },
    { "/v{version}/x", "/v1/2/x", false },
    { "/{version}{version}", "/12", true },
    { "/{version}{version}", "/1", false },
    { "/{version", "/{version", true },
    { "/Applications/Foo {version}.app/**", "/Applications/Foo 2026.1.app/Contents/MacOS/Foo",
      true },
    { "/opt/homebrew/Caskroom/foo/{version}/**", "/opt/homebrew/Caskroom/foo/1.2,34/bin/foo",
      true },
    // Spellings.
    { "/private/tmp/x", "/tmp/x", true },
    { "/tmp/x", "/private/tmp/x", true },
    { "/private/var/a/*", "/private/var/a/b", true },
    { "/privates/tmp/x", "/s/tmp/x", false },
    { "/private/opt/x", "/opt/x", false },
    { "/private/tmpx", "/tmpx", false },
    { "/Users/a/x", "/System/Volumes/Data/Users/a/x", true },
    { "/tmp/x", "/System/Volumes/Data/private/tmp/x", true },
    { "/AppTranslocation/Foo.app/**",
      "/private/var/folders/ab/cdef/X/AppTranslocation/01234567-89AB/d/Foo.app/Contents/MacOS/Foo",
      true },
    { "/Applications/Foo.app/**",
      "/private/var/folders/ab/cdef/X/AppTranslocation/01234567-89AB/d/Foo.app/Contents/MacOS/Foo",
      false },
    { "/private/var/folders/**/AppTranslocation/*/d/Foo.app/x",
      "/var/folders/ab/cdef/T/AppTranslocation/77/d/Foo.app/x", true },
    { "/AppTranslocation/Foo.app/x", "/opt/AppTranslocation/77/d/Foo.app/x", false },
    { "/a", "", false },
};

static void exception_path_matches__as_documented(void **state)
{
    struct arena arena = { 0 };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(path_cases); i++) {
        const struct path_case *c = &path_cases[i];
        const str pattern = exception_path_shortest(str_of(c->pattern), &arena);
        const str path = exception_path_shortest(str_of(c->path), &arena);
        if (exception_path_matches(pattern, path) != c->matches)
            fail_msg("%s, %s", c->pattern, c->path);
    }
    arena_done(&arena);
}

// Neither time nor room grows with what a path could have been split into.
static void exception_path_matches__refuses_more_than_max(void **state)
{
    static char pattern[EXCEPTION_PATH_MAX];
    static char path[EXCEPTION_PATH_MAX + 1];
    (void)state;
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    memset(path, 'a', sizeof path);
    const str stars = { .at = pattern, .len = sizeof pattern };
    assert_true(exception_path_matches(stars, (str){ .at = path, .len = EXCEPTION_PATH_MAX }));
    assert_false(exception_path_matches(stars, (str){ .at = path, .len = sizeof path }));
    path[EXCEPTION_PATH_MAX - 1] = 'b';
    assert_false(exception_path_matches(stars, (str){ .at = path, .len = EXCEPTION_PATH_MAX }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exceptions_judge__covers_what_is_named),
        cmocka_unit_test(exceptions_judge__ends_with_the_day),
        cmocka_unit_test(exceptions_judge__asks_more_for_critical),
        cmocka_unit_test(exceptions_judge__is_of_the_rules_named),
        cmocka_unit_test(exceptions_counts__are_of_the_first_that_covers),
        cmocka_unit_test_setup_teardown(exceptions_save_hits__adds_up_in_the_store, test_store_make,
                                        test_store_remove),
        cmocka_unit_test(exception_path_matches__as_documented),
        cmocka_unit_test(exception_path_matches__refuses_more_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
