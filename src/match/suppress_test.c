// `suppress` in a rule's file: what is read, and every refusal.

#include "match/fixture.h"
#include "match/rule_file.h"

#define RULE \
    "id: S01\ntitle: T\nversion: 1\ndescription: D\nlevel: high\nquery: process where true\n"
#define PATH_MAX_OCTETS 96

// Reads the rule with `more` behind it; the place of a refusal is counted from RULE's seventh line.
static enum status read_rule(const char *more, struct arena *arena, struct rule_file *out,
                             char why[static 256])
{
    char directory[] = "/tmp/pomona-suppress-XXXXXX";
    char text[1024];
    char path[PATH_MAX_OCTETS];
    struct err err = { .text = "" };
    assert_non_null(mkdtemp(directory));
    (void)snprintf(text, sizeof text, "%s%s", RULE, more);
    fixture_write(directory, "r.yaml", text);
    (void)snprintf(path, sizeof path, "%s/r.yaml", directory);
    const enum status status = rule_file_read(str_of(path), arena, out, &err);
    (void)snprintf(why, 256, "%s", status == OK ? "" : err.text + strlen(path) + 1);
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(directory), 0);
    return status;
}

static void suppress_read__reads_window_and_fields(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t window_s;
        size_t count;
        enum field last;
    } cases[] = {
        { "", 0, 0, FIELD_COUNT },
        { "suppress: { window: 90s }\n", 90, 0, FIELD_COUNT },
        { "suppress: { window: 5m }\n", 300, 0, FIELD_COUNT },
        { "suppress: { window: 24h }\n", 86400, 0, FIELD_COUNT },
        { "suppress: { window: 366d }\n", INT64_C(366) * 86400, 0, FIELD_COUNT },
        { "suppress: { window: 31622400s }\n", 31622400, 0, FIELD_COUNT },
        { "suppress:\n  window: 1h\n  by: [process.hash.cdhash, dll.path]\n", 3600, 2,
          FIELD_DLL_PATH },
        { "suppress:\n  by:\n    - file.path\n", 0, 1, FIELD_FILE_PATH },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena = { 0 };
        struct rule_file file;
        char why[256];
        if (read_rule(cases[i].text, &arena, &file, why) != OK)
            fail_msg("%s", why);
        assert_int_equal(file.facts.suppress_window_ns, cases[i].window_s * 1000000000);
        assert_int_equal(file.facts.suppress_by_count, cases[i].count);
        if (cases[i].count > 0)
            assert_int_equal(file.facts.suppress_by[cases[i].count - 1], cases[i].last);
        arena_done(&arena);
    }
}

#define WINDOW "window is a whole number above 0 with its unit, s, m, h or d, up to 366d, not "
#define KEYS   "suppress has the keys window and by"

static void suppress_read__says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        { "suppress: 24h\n", "7:11: " KEYS },
        { "suppress: {}\n", "7:11: " KEYS },
        { "suppress: [window]\n", "7:11: " KEYS },
        { "suppress:\n  windows: 24h\n", "8:3: " KEYS ", each once, not \"windows\"" },
        { "suppress:\n  [a]: 24h\n", "8:3: " KEYS ", each once, not" },
        { "suppress:\n  window: 1h\n  window: 2h\n", "9:3: " KEYS ", each once, not \"window\"" },
        { "suppress:\n  by: [dll.path]\n  by: [dll.path]\n",
          "9:3: " KEYS ", each once, not \"by\"" },
        { "suppress:\n  window: 24\n", "8:11: " WINDOW "\"24\"" },
        { "suppress:\n  window: h\n", "8:11: " WINDOW "\"h\"" },
        { "suppress:\n  window: 0s\n", "8:11: " WINDOW "\"0s\"" },
        { "suppress:\n  window: -1h\n", "8:11: " WINDOW "\"-1h\"" },
        { "suppress:\n  window: 1.5h\n", "8:11: " WINDOW "\"1.5h\"" },
        { "suppress:\n  window: 5w\n", "8:11: " WINDOW "\"5w\"" },
        { "suppress:\n  window: 367d\n", "8:11: " WINDOW "\"367d\"" },
        { "suppress:\n  window: 31622401s\n", "8:11: " WINDOW "\"31622401s\"" },
        { "suppress:\n  window: 18446744073709551615d\n",
          "8:11: " WINDOW "\"18446744073709551615d\"" },
        { "suppress:\n  window: 18446744073709551617s\n",
          "8:11: " WINDOW "\"18446744073709551617s\"" },
        { "suppress:\n  window: [1h]\n",
          "8:11: window is a whole number above 0 with its unit, s, m, h or d, up to 366d, not" },
        { "suppress:\n  by: process.pid\n", "8:7: a list of texts belongs here" },
        { "suppress:\n  by: []\n", "8:7: by has one to eight fields" },
        { "suppress:\n  by: [a, a, a, a, a, a, a, a, a]\n", "8:7: by has one to eight fields" },
        { "suppress:\n  by: [[a]]\n", "8:8: a list has texts only" },
        { "suppress:\n  by: [process.pid, process.hash.cdash]\n",
          "8:7: by names a field that there is not; it may mean \"process.hash.cdhash\"" },
        { "suppress:\n  by: [nothing_like_it_at_all]\n",
          "8:7: by names no field: \"nothing_like_it_at_all\"" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena = { 0 };
        struct rule_file file;
        char why[256];
        assert_int_equal(read_rule(cases[i].text, &arena, &file, why), ERR_CONFIG);
        assert_string_equal(why, cases[i].why);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suppress_read__reads_window_and_fields),
        cmocka_unit_test(suppress_read__says_what_is_wrong_and_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
