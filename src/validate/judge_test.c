// What a replay is worth beside its labels, with findings that are made up: the rules are those of
// tests/validate.

#include "validate/judge.h"

#include "base/buf.h"
#include "validate/exercise.h"
#include "validate/fixture.h"
#include "validate/form.h"

#define TOOL  STR("/Users/Shared/tool")
#define HEX64 "3f0a9c7e5b1d2846ac90e7f1b3d5c2847f6e1a0b9c8d7e6f5a4b3c2d1e0f9a8b"

static struct rules *rules;

static int load_rules(void **state)
{
    (void)state;
    const str paths[] = { STR("tests/validate/rules") };
    struct err err;
    if (rules_load(paths, 1, NULL, &rules, &err) != OK)
        fail_msg("%s", err.text);
    return 0;
}

static int free_rules(void **state)
{
    (void)state;
    rules_free(rules);
    return 0;
}

// A scenario that expects V1 or V1-weak of TOOL, and what was raised in it.
struct trial {
    struct arena arena;
    str wanted[2];
    struct scenario_expect expect;
    struct raised raised[4];
    str path;
    int64_t pid;
    struct replay_mark mark;
    struct replay_host host;
    struct judged judged;
};

static void make(struct trial *t, enum scenario_kind kind)
{
    *t = (struct trial){ .wanted = { STR("V1"), STR("V1-weak") }, .path = TOOL, .pid = 501 };
    t->expect =
        (struct scenario_expect){ .rules = t->wanted, .rule_count = 2, .process = TOOL, .pid = -1 };
    t->mark = (struct replay_mark){ .begins = 3, .ends = 5, .begins_ns = 1000000000 };
    t->host = (struct replay_host){ .events = 9, .marks = &t->mark };
    t->judged.scenario = (struct scenario){ .name = STR("x"),
                                            .kind = kind,
                                            .rule = STR("V1"),
                                            .expects = &t->expect,
                                            .expect_count = kind == SCENARIO_ATTACK,
                                            .max_level = LEVEL_LOW };
    t->judged.replay =
        (struct replay){ .raised = t->raised, .hosts = &t->host, .host_count = 1, .events = 9 };
}

static struct raised *raise_rule(struct trial *t, str rule, const char *id, uint64_t event)
{
    struct raised *raised = &t->raised[t->judged.replay.raised_count++];
    *raised = (struct raised){ .id = str_of(id),
                               .rule = rule,
                               .level = LEVEL_HIGH,
                               .confidence = 80,
                               .event = event,
                               .time_ns = 1000000000 + (int64_t)event * 1000000,
                               .paths = &t->path,
                               .path_count = 1,
                               .pids = &t->pid,
                               .pid_count = 1,
                               .pid = 501,
                               .process = TOOL };
    return raised;
}

static void done(struct trial *t)
{
    arena_done(&t->arena);
}

static void judge__prefers_the_rule_that_is_hoped_for_and_counts_from_the_first(void **state)
{
    (void)state;
    struct trial t;
    make(&t, SCENARIO_ATTACK);
    (void)raise_rule(&t, STR("V1-weak"), "a", 4);
    (void)raise_rule(&t, STR("V1"), "b", 7);
    judge(&t.judged, rules, &t.arena);
    const struct judged_expect *expect = &t.judged.expects[0];
    assert_int_equal(t.judged.outcome, OUTCOME_AS_LABELLED);
    assert_int_equal(expect->choice, 0);
    assert_true(str_eq(expect->by->rule, STR("V1")));
    assert_int_equal(expect->events, 2);  // Of events 3 and 4.
    assert_int_equal(expect->after_ms, 4);
    assert_false(expect->has_late);  // It came before the act was complete.
    done(&t);
}

static void judge__tells_how_late(void **state)
{
    (void)state;
    struct trial t;
    make(&t, SCENARIO_ATTACK);
    (void)raise_rule(&t, STR("V1"), "b", 7);
    judge(&t.judged, rules, &t.arena);
    assert_true(t.judged.expects[0].has_late);
    assert_int_equal(t.judged.expects[0].late, 2);
    done(&t);
}

static void judge__says_why_something_is_missed(void **state)
{
    (void)state;
    struct trial t;
    make(&t, SCENARIO_ATTACK);
    judge(&t.judged, rules, &t.arena);
    assert_int_equal(t.judged.expects[0].miss, MISS_SILENT);
    assert_int_equal(t.judged.outcome, OUTCOME_WRONG);
    // V1-weak needs nothing but remote threads, and they do not come.
    assert_true((t.judged.expects[0].blind & SIGNAL_BIT(SIGNAL_REMOTE_THREAD)) != 0);
    done(&t);

    make(&t, SCENARIO_ATTACK);
    t.expect.process = STR("/bin/other");
    (void)raise_rule(&t, STR("V1"), "a", 4);
    judge(&t.judged, rules, &t.arena);
    assert_int_equal(t.judged.expects[0].miss, MISS_OTHER_PROCESS);
    assert_int_equal(t.judged.wrong_count, 1);
    done(&t);

    make(&t, SCENARIO_ATTACK);
    t.wanted[0] = t.wanted[1] = STR("V9");
    judge(&t.judged, rules, &t.arena);
    assert_int_equal(t.judged.expects[0].miss, MISS_NOT_LOADED);
    done(&t);
}

// Nobody is told of it, so it finds nothing, and is not falsely raised.
static void judge__counts_nothing_that_is_excused(void **state)
{
    (void)state;
    struct trial t;
    make(&t, SCENARIO_ATTACK);
    struct raised *raised = raise_rule(&t, STR("V1"), "a", 4);
    raised->verdict = VERDICT_EXCEPTED;
    raised->verdict_by = STR("EX-7");
    judge(&t.judged, rules, &t.arena);
    assert_int_equal(t.judged.expects[0].miss, MISS_EXCUSED);
    assert_int_equal(t.judged.excused, 1);
    assert_int_equal(t.judged.wrong_count, 0);
    struct buf text;
    buf_init(&text, 1024);
    form_add_miss(&text, &t.judged.expects[0]);
    assert_true(str_contains(buf_str(&text), STR("V1 spoke, but was excepted by EX-7")));
    buf_done(&text);
    done(&t);
}

static void judge__takes_what_is_told_together_for_one(void **state)
{
    (void)state;
    struct trial t;
    make(&t, SCENARIO_ATTACK);
    (void)raise_rule(&t, STR("V1"), "a", 4);
    (void)raise_rule(&t, STR("V2"), "a", 4);
    (void)raise_rule(&t, STR("V3"), "b", 5);
    judge(&t.judged, rules, &t.arena);
    assert_int_equal(t.judged.missed, 0);
    assert_int_equal(t.judged.wrong_count, 1);
    assert_true(str_eq(t.judged.wrong[0]->rule, STR("V3")));
    done(&t);
}

static void judge__allows_what_the_scenario_allows(void **state)
{
    (void)state;
    struct trial t;
    const str allow[] = { STR("V2") };
    make(&t, SCENARIO_BENIGN);
    t.judged.scenario.allow = allow;
    t.judged.scenario.allow_count = 1;
    (void)raise_rule(&t, STR("V2"), "a", 4);
    raise_rule(&t, STR("V3"), "b", 4)->level = LEVEL_LOW;
    judge(&t.judged, rules, &t.arena);
    assert_int_equal(t.judged.outcome, OUTCOME_AS_LABELLED);
    done(&t);
}

// At any level, allowed or not.
static void judge__lets_a_near_miss_not_fire(void **state)
{
    (void)state;
    struct trial t;
    make(&t, SCENARIO_NEAR_MISS);
    raise_rule(&t, STR("V1"), "a", 4)->level = LEVEL_INFORMATIONAL;
    judge(&t.judged, rules, &t.arena);
    assert_int_equal(t.judged.outcome, OUTCOME_WRONG);
    done(&t);

    make(&t, SCENARIO_NEAR_MISS);
    t.judged.scenario.rule = STR("V9");
    judge(&t.judged, rules, &t.arena);
    assert_int_equal(t.judged.outcome, OUTCOME_NOT_ASKED);
    done(&t);
}

static void exercise_rating__has_its_bounds(void **state)
{
    (void)state;
    assert_int_equal(exercise_rating(90, 100), 'P');
    assert_int_equal(exercise_rating(89, 100), 'S');
    assert_int_equal(exercise_rating(75, 100), 'S');
    assert_int_equal(exercise_rating(74, 100), 'M');
    assert_int_equal(exercise_rating(50, 100), 'M');
    assert_int_equal(exercise_rating(49, 100), 'U');
    assert_int_equal(exercise_rating(0, 0), 'U');
    uint32_t points = 0;
    for (size_t i = 0; i < LINE_COUNT; i++)
        points += exercise_line_points((enum exercise_line)i);
    assert_int_equal(points, 100);
}

static const char record_text[] = "title: One day\n"
                                  "scenarios:\n"
                                  "  - scenario: x\n"
                                  "    simulated_at: 2026-03-02T09:00:00Z\n"
                                  "    alerted_at: 2026-03-02T09:01:00Z\n"
                                  "    contained_correctly: yes\n"
                                  "    reversible: yes\n"
                                  "    communicated: yes\n"
                                  "    evidence:\n"
                                  "      - { kind: signature, sha256: " HEX64 " }\n"
                                  "      - { kind: memory, sha256: " HEX64 " }\n"
                                  "      - { kind: lineage, sha256: " HEX64 " }\n"
                                  "      - { kind: log, sha256: " HEX64 " }\n"
                                  "  - scenario: y\n"
                                  "    classified_as: benign\n"
                                  "    suppression: { scope: s, expires: 2026-09-02 }\n"
                                  "  - scenario: y\n"
                                  "    classified_as: benign\n"
                                  "actions: [{ action: a, owner: o }]\n";

static void read_exercise(struct fixture *f, str text, struct exercise_file *out)
{
    char path[256];
    struct err err;
    (void)snprintf(path, sizeof path, "%s/exercise.yaml", f->top);
    fixture_write(path, text);
    if (exercise_read(str_of(path), &f->arena, out, &err) != OK)
        fail_msg("%s", err.text);
}

static void hold_exercise(struct trial *t, bool is_found, struct exercise_file *file,
                          struct exercise *out)
{
    make(t, SCENARIO_ATTACK);
    if (is_found) {
        static const str techniques[] = { STR_INIT("T1106") };
        struct raised *raised = raise_rule(t, STR("V1"), "a", 4);
        raised->level = LEVEL_CRITICAL;
        raised->techniques = techniques;
        raised->technique_count = 1;
    }
    t->judged.replay.seen = UINT32_MAX;
    judge(&t->judged, rules, &t->arena);
    struct judged *results = arena_zalloc(&t->arena, 2 * sizeof *results);
    results[0] = t->judged;
    results[1].scenario = (struct scenario){ .name = STR("y"), .kind = SCENARIO_BENIGN };
    const struct validation v = { .results = results, .count = 2, .rules = rules };
    exercise_score(&v, file, &t->arena, out);
}

static void exercise_score__caps_what_missed_a_critical_rule(void **state)
{
    (void)state;
    struct fixture f;
    struct exercise_file file;
    struct exercise e;
    struct trial t;
    fixture_make(&f);
    (void)fixture_path(&f, "exercise.yaml");
    read_exercise(&f, str_of(record_text), &file);
    hold_exercise(&t, true, &file, &e);
    assert_int_equal(e.points, 100);
    assert_int_equal(e.rating, 'P');
    done(&t);

    file.actions = NULL;
    file.action_count = 0;
    hold_exercise(&t, true, &file, &e);
    assert_int_equal(e.points, 95);
    assert_int_equal(e.open, 5);
    assert_int_equal(e.rating, 0);  // Not as long as something is open.
    done(&t);

    read_exercise(&f, str_of(record_text), &file);
    hold_exercise(&t, false, &file, &e);
    assert_int_equal(e.points, 70);
    assert_non_null(e.missed_critical);
    assert_int_equal(e.rating, 'M');
    done(&t);

    ((struct exercise_record *)(uintptr_t)file.records)[0].is_falsified = true;
    hold_exercise(&t, true, &file, &e);
    assert_int_equal(e.points, 100);
    assert_int_equal(e.rating, 'M');
    assert_true(e.is_capped);
    done(&t);
    fixture_remove(&f);
}

static void exercise_read__survives_every_truncation(void **state)
{
    (void)state;
    struct fixture f;
    char path[256];
    fixture_make(&f);
    (void)fixture_path(&f, "exercise.yaml");
    (void)snprintf(path, sizeof path, "%s/exercise.yaml", f.top);
    for (size_t len = 0; len < sizeof record_text - 1; len++) {
        struct exercise_file file;
        struct err err = { .text = "" };
        fixture_write(path, (str){ .at = record_text, .len = len });
        const enum status status = exercise_read(str_of(path), &f.arena, &file, &err);
        assert_true(status == OK || err.text[0] != '\0');
        arena_reset(&f.arena);
    }
    fixture_remove(&f);
}

static void form_add_xml__lets_nothing_through_that_xml_cannot_hold(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1024);
    form_add_xml(&b, STR("<a href=\"x\">&\x01\x1b[2J\xff\xef\xbf\xbe\n\xc3\xa9"));
    assert_true(
        str_eq(buf_str(&b), STR("&lt;a href=&quot;x&quot;&gt;&amp;\xef\xbf\xbd\xef\xbf\xbd[2J"
                                "\xef\xbf\xbd\xef\xbf\xbd&#10;\xc3\xa9")));
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judge__prefers_the_rule_that_is_hoped_for_and_counts_from_the_first),
        cmocka_unit_test(judge__tells_how_late),
        cmocka_unit_test(judge__says_why_something_is_missed),
        cmocka_unit_test(judge__counts_nothing_that_is_excused),
        cmocka_unit_test(judge__takes_what_is_told_together_for_one),
        cmocka_unit_test(judge__allows_what_the_scenario_allows),
        cmocka_unit_test(judge__lets_a_near_miss_not_fire),
        cmocka_unit_test(exercise_rating__has_its_bounds),
        cmocka_unit_test(exercise_score__caps_what_missed_a_critical_rule),
        cmocka_unit_test(exercise_read__survives_every_truncation),
        cmocka_unit_test(form_add_xml__lets_nothing_through_that_xml_cannot_hold),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
