// Reading scenarios: all that can stand in one, what is refused and where, what is only warned of, and files
// that are made to hurt.

#include "validate/scenario.h"

#include "base/buf.h"
#include "validate/fixture.h"
#include "validate/walk.h"

static const char whole[] =
    "title: A thread made in another process\n"
    "description: >\n"
    "  Done by a tool.\n"
    "synthetic: false\n"
    "source: a lab\n"
    "kind: attack\n"
    "rule: S05\n"
    "behaviour: injection\n"
    "variant: weak\n"
    "sensor: eslogger\n"
    "recordings: [b.ndjson, a.ndjson]\n"
    "host: mac-1\n"
    "lists: lists.yaml\n"
    "images:\n"
    "  - { path: /tmp/x, cdhash: 89A7567DFE96BB14E51A7B94ACA33C50ED75364F,\n"
    "      team_id: ABCDE12345, identifier: x, signature: signed,\n"
    "      native_api: yes, jit_declared: true, frameworks: [AppKit, Foundation] }\n"
    "expect:\n"
    "  - rules: [S05, S05-weak]\n"
    "    process: /tmp/x\n"
    "    pid: 501\n"
    "    begins: 2026-03-02T09:00:10.5Z\n"
    "    ends: 2026-03-02 09:00:11Z\n"
    "  - S06\n"
    "allow: S03\n"
    "max_level: medium\n";

static void make_scenario(struct fixture *f)
{
    fixture_make(f);
    fixture_file(f, "a.ndjson", "{}\n");
    fixture_file(f, "b.ndjson", "{}\n");
    fixture_file(f, "lists.yaml", "execution_contexts: [prod]\n");
    (void)fixture_path(f, SCENARIO_FILE);
}

static enum status read_text(struct fixture *f, str text, struct scenario *out, struct err *err)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/" SCENARIO_FILE, f->top);
    fixture_write(path, text);
    *err = (struct err){ .text = "" };
    return scenario_read(STR("x"), str_of(f->top), &f->arena, out, err);
}

// The sentence without the directory, which has another name each time.
static void assert_refused(struct fixture *f, const char *text, const char *sentence)
{
    struct scenario s;
    struct err err;
    if (read_text(f, str_of(text), &s, &err) == OK)
        fail_msg("read: %s", text);
    assert_true(str_starts_with(str_of(err.text), str_of(f->top)));
    assert_string_equal(err.text + strlen(f->top) + 1, sentence);
}

static void scenario_read__reads_all_keys(void **state)
{
    (void)state;
    struct fixture f;
    struct scenario s;
    struct err err;
    make_scenario(&f);
    assert_int_equal(read_text(&f, str_of(whole), &s, &err), OK);
    assert_int_equal(s.warning_count, 0);
    assert_true(str_eq(s.description, STR("Done by a tool.")));
    assert_false(s.is_synthetic);
    assert_int_equal(s.kind, SCENARIO_ATTACK);
    assert_int_equal(s.max_level, LEVEL_MEDIUM);
    assert_int_equal(s.recording_count, 2);
    assert_true(str_ends_with(s.recordings[0], STR("/b.ndjson")));
    assert_true(str_ends_with(s.lists, STR("/lists.yaml")));
    assert_int_equal(s.allow_count, 1);
    assert_int_equal(s.expect_count, 2);
    assert_int_equal(s.expects[0].rule_count, 2);
    assert_int_equal(s.expects[0].pid, 501);
    assert_int_equal(s.expects[0].begins_ns, 1772442010500000000);
    assert_int_equal(s.expects[0].ends_ns, 1772442011000000000);
    assert_true(str_eq(s.expects[1].rules[0], STR("S06")));
    assert_int_equal(s.expects[1].pid, -1);
    assert_int_equal(s.image_count, 1);
    assert_true(str_eq(s.images[0].cdhash, STR("89a7567dfe96bb14e51a7b94aca33c50ed75364f")));
    assert_true(str_eq(s.images[0].frameworks, STR("AppKit\nFoundation")));
    assert_true(s.images[0].jit_declared);
    fixture_remove(&f);
}

// Whatever is cut off, it is read or refused with a sentence.
static void scenario_read__survives_every_truncation(void **state)
{
    (void)state;
    struct fixture f;
    make_scenario(&f);
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        struct scenario s;
        struct err err;
        const enum status status = read_text(&f, (str){ .at = whole, .len = len }, &s, &err);
        assert_true(status == OK || err.text[0] != '\0');
        assert_true(s.kind < SCENARIO_KIND_COUNT);
        arena_reset(&f.arena);
    }
    fixture_remove(&f);
}

static void scenario_read__warns_of_keys_that_it_does_not_know(void **state)
{
    (void)state;
    struct fixture f;
    struct scenario s;
    struct err err;
    make_scenario(&f);
    assert_int_equal(read_text(&f,
                               STR("kind: near_miss\nmade_by: elsewhere\nrule: S01\nvariant: ~\n"),
                               &s, &err),
                     OK);
    assert_int_equal(s.warning_count, 1);
    assert_true(str_ends_with(s.warnings[0], STR(":2:1: nothing is made of the key \"made_by\"")));
    // Without a list of recordings: all that lie there, by name.
    assert_int_equal(s.recording_count, 2);
    assert_true(str_ends_with(s.recordings[0], STR("/a.ndjson")));
    assert_int_equal(s.max_level, LEVEL_LOW);
    fixture_remove(&f);
}

static void scenario_read__keeps_a_limited_number_of_warnings(void **state)
{
    (void)state;
    struct fixture f;
    struct scenario s;
    struct err err;
    struct buf text;
    make_scenario(&f);
    buf_init(&text, 65536);
    buf_add(&text, STR("kind: benign\n"));
    for (unsigned i = 0; i < 1000; i++)
        buf_printf(&text, "key%u: 1\n", i);
    assert_int_equal(read_text(&f, buf_str(&text), &s, &err), OK);
    assert_int_equal(s.warning_count, SCENARIO_WARNINGS_MAX);
    assert_true(str_ends_with(s.warnings[SCENARIO_WARNINGS_MAX - 1],
                              STR("there is more; it is not listed")));
    buf_done(&text);
    fixture_remove(&f);
}

static void scenario_read__says_where_it_makes_no_sense(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {
        { "", "scenario.yaml:1:1: the file is empty" },
        { "- 1\n", "scenario.yaml:1:1: a mapping of keys belongs here" },
        { "title: x\n", "scenario.yaml:1:1: the scenario has no \"kind\"" },
        { "kind: raid\n", "scenario.yaml:1:7: kind is attack, near_miss or benign, not \"raid\"" },
        { "kind: attack\n",
          "scenario.yaml:1:1: an attack says in `expect` or `rule` what has to be found" },
        { "kind: near_miss\n",
          "scenario.yaml:1:1: a near-miss says in `rule` which rule it is of" },
        { "kind: benign\nexpect: S01\n", "scenario.yaml:1:1: only an attack expects something" },
        { "kind: benign\nkind: attack\n", "scenario.yaml:2:1: the key stands twice: \"kind\"" },
        { "kind: attack\nexpect: [{process: x}]\n",
          "scenario.yaml:2:10: what is expected has no \"rules\"" },
        { "kind: attack\nexpect: [{rules: [S01], begins: soon}]\n",
          "scenario.yaml:2:33: a time is written as 2026-03-02T09:00:10.5Z, not \"soon\"" },
        { "kind: attack\nexpect: [{rules: [S01], pid: -4}]\n",
          "scenario.yaml:2:30: a pid is a number, not \"-4\"" },
        { "kind: benign\nmax_level: huge\n",
          "scenario.yaml:2:12: a level is informational, low, medium, high or critical, not "
          "\"huge\"" },
        { "kind: benign\nimages: [{cdhash: 12}]\n",
          "scenario.yaml:2:19: a cdhash has 40 hex digits, not \"12\"" },
        { "kind: benign\nimages: [{identifier: x}]\n",
          "scenario.yaml:2:10: an image has no \"path\"" },
        { "kind: benign\nimages: [{path: /x, signature: some}]\n",
          "scenario.yaml:2:32: this is one of signed, adhoc, linker_signed, unsigned, invalid, not "
          "\"some\"" },
        { "kind: benign\nrecordings: ../a.ndjson\n",
          "scenario.yaml: \"../a.ndjson\" does not lie in the scenario's directory" },
        { "kind: benign\nrecordings: [a/../../b.ndjson]\n",
          "scenario.yaml: \"a/../../b.ndjson\" does not lie in the scenario's directory" },
        { "kind: benign\nrecordings: [/etc/passwd]\n",
          "scenario.yaml: \"/etc/passwd\" does not lie in the scenario's directory" },
        { "kind: benign\nrecordings: [\"a.ndjson\\0b\"]\n",
          "scenario.yaml: \"a.ndjson\" does not lie in the scenario's directory" },
        { "kind: benign\nrecordings: [c.ndjson]\n", "c.ndjson: No such file or directory" },
        { "kind: benign\nlists: a.ndjson\n",
          "scenario.yaml: a file of lists is named lists.yaml, not \"a.ndjson\"" },
        { "kind: benign\ntitle: [x]\n", "scenario.yaml:2:8: a text belongs here" },
        { "kind: benign\nsynthetic: perhaps\n",
          "scenario.yaml:2:12: true or false belongs here, not \"perhaps\"" },
    };
    struct fixture f;
    make_scenario(&f);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_refused(&f, cases[i].text, cases[i].sentence);
    fixture_remove(&f);
}

static void scenario_read__refuses_links_out_and_what_is_no_file(void **state)
{
    (void)state;
    struct fixture f;
    struct scenario s;
    struct err err;
    make_scenario(&f);
    assert_int_equal(symlink("/etc/passwd", fixture_path(&f, "out.ndjson")), 0);
    fixture_directory(&f, "d.ndjson");
    assert_int_equal(mkfifo(fixture_path(&f, "pipe.ndjson"), 0600), 0);
    assert_refused(&f, "kind: benign\nrecordings: out.ndjson\n",
                   "scenario.yaml: \"out.ndjson\" is a link out of the scenario's directory");
    assert_refused(&f, "kind: benign\nrecordings: d.ndjson\n", "d.ndjson: is not a regular file");
    assert_refused(&f, "kind: benign\nrecordings: pipe.ndjson\n",
                   "pipe.ndjson: is not a regular file");
    assert_int_equal(symlink("a.ndjson", fixture_path(&f, "in.ndjson")), 0);
    assert_int_equal(read_text(&f, STR("kind: benign\nrecordings: in.ndjson\n"), &s, &err), OK);
    fixture_remove(&f);
}

static void add_many(struct buf *text, const char *before, const char *each, unsigned count)
{
    buf_reset(text);
    buf_add(text, str_of(before));
    for (unsigned i = 0; i < count; i++)
        buf_printf(text, "%s%s", i == 0 ? "" : ",", each);
    buf_add(text, STR("]\n"));
}

static void scenario_read__refuses_more_than_max(void **state)
{
    (void)state;
    struct fixture f;
    struct buf text;
    make_scenario(&f);
    buf_init(&text, 1 << 20);
    add_many(&text, "kind: attack\nexpect: [", "S01", SCENARIO_EXPECTS_MAX + 1);
    buf_add_char(&text, '\0');
    assert_refused(&f, text.at, "scenario.yaml:2:9: a scenario expects at most 64 findings");
    add_many(&text, "kind: benign\nallow: [", "S01", SCENARIO_RULES_MAX + 1);
    buf_add_char(&text, '\0');
    assert_refused(&f, text.at, "scenario.yaml:2:8: a list of rules has at most 64");
    add_many(&text, "kind: benign\nrecordings: [", "a.ndjson", SCENARIO_RECORDINGS_MAX + 1);
    buf_add_char(&text, '\0');
    assert_refused(&f, text.at, "scenario.yaml:2:13: a scenario has at most 256 recordings");
    add_many(&text, "kind: benign\nimages: [", "{path: /x}", SCENARIO_IMAGES_MAX + 1);
    buf_add_char(&text, '\0');
    assert_refused(&f, text.at, "scenario.yaml:2:9: a scenario has at most 4096 images");
    buf_done(&text);
    fixture_remove(&f);
}

// A file of a few thousand octets that means gigabytes.
static void scenario_read__refuses_what_aliases_make_large(void **state)
{
    (void)state;
    struct fixture f;
    struct scenario s;
    struct err err;
    struct buf text;
    make_scenario(&f);
    buf_init(&text, 1 << 20);
    buf_add(&text, STR("kind: attack\nsource: &long "));
    for (unsigned i = 0; i < 100000; i++)
        buf_add_char(&text, 'x');
    buf_add(&text, STR("\nallow: [*long"));
    for (unsigned i = 0; i < 60; i++)
        buf_add(&text, STR(", *long"));
    buf_add(&text, STR("]\n"));
    assert_int_equal(read_text(&f, buf_str(&text), &s, &err), ERR_CONFIG);
    assert_true(str_ends_with(str_of(err.text),
                              STR("the file says more than 4 MiB, counted with its aliases")));
    buf_done(&text);
    fixture_remove(&f);
}

static void walk_find__finds_each_once_in_order(void **state)
{
    (void)state;
    struct fixture f;
    struct walk w = { 0 };
    struct err err;
    fixture_make(&f);
    fixture_directory(&f, "b");
    fixture_file(&f, "b/" SCENARIO_FILE, "");
    fixture_directory(&f, "b/deep");
    fixture_file(&f, "b/deep/" SCENARIO_FILE, "");
    fixture_directory(&f, "a");
    fixture_file(&f, "a/" SCENARIO_FILE, "");
    fixture_directory(&f, ".hidden");
    fixture_file(&f, ".hidden/" SCENARIO_FILE, "");
    assert_int_equal(symlink("b", fixture_path(&f, "link")), 0);  // Would be met twice.
    const str tops[] = { str_of(f.top), str_of(f.top) };
    assert_int_equal(walk_find(&w, tops, 2, &f.arena, &err), OK);
    assert_int_equal(w.count, 3);
    assert_true(str_ends_with(w.at[0].name, STR("/a")));
    assert_true(str_ends_with(w.at[1].name, STR("/b")));
    assert_true(str_ends_with(w.at[2].name, STR("/b/deep")));
    assert_true(str_starts_with(w.at[0].name, STR("pomona-scenarios-")));
    walk_done(&w);
    fixture_remove(&f);
}

static void walk_find__says_what_is_not_there(void **state)
{
    (void)state;
    struct fixture f;
    struct walk w = { 0 };
    struct err err;
    fixture_make(&f);
    const str empty[] = { str_of(f.top) };
    assert_int_equal(walk_find(&w, empty, 1, &f.arena, &err), ERR_CONFIG);
    assert_string_equal(err.text + strlen(f.top), ": there is no scenario.yaml at or below it");
    const str missing[] = { STR("/nonexistent/scenarios") };
    assert_int_equal(walk_find(&w, missing, 1, &f.arena, &err), ERR_IO);
    assert_string_equal(err.text, "/nonexistent/scenarios: No such file or directory");
    walk_done(&w);
    fixture_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenario_read__reads_all_keys),
        cmocka_unit_test(scenario_read__survives_every_truncation),
        cmocka_unit_test(scenario_read__warns_of_keys_that_it_does_not_know),
        cmocka_unit_test(scenario_read__keeps_a_limited_number_of_warnings),
        cmocka_unit_test(scenario_read__says_where_it_makes_no_sense),
        cmocka_unit_test(scenario_read__refuses_links_out_and_what_is_no_file),
        cmocka_unit_test(scenario_read__refuses_more_than_max),
        cmocka_unit_test(scenario_read__refuses_what_aliases_make_large),
        cmocka_unit_test(walk_find__finds_each_once_in_order),
        cmocka_unit_test(walk_find__says_what_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
