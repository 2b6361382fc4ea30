// What is told of findings that come one event after the other: a case is a list of them, and what is
// told of each event.

#include "score/group_fixture.h"

static const struct test_case {
    const char *name;
    const char *told;
    struct arrival arrivals[ARRIVALS_MAX];
    size_t count;
} cases[] = {
    { "one rule", "S01#0; ", { { BY(0, "S01", HIGH, "p", "aa") } }, 1 },
    { "two rules of one event are one, the gravest",
      "S08#1 (S09); ",
      { { BY(0, "S09", LOW, "p", "aa") }, { BY(0, "S08", HIGH, "p", "aa") } },
      2 },
    { "of equal ones the rule's id decides, not the order",
      "S08#1 (S09); ",
      { { BY(0, "S09", HIGH, "p", "aa") }, { BY(0, "S08", HIGH, "p", "aa") } },
      2 },
    { "two processes of one event are two, as they were completed",
      "S09#0 & S08#1; ",
      { { BY(0, "S09", LOW, "p", "aa") }, { BY(0, "S08", HIGH, "q", "bb") } },
      2 },
    { "a rule that comes later is told anew, and the id stays",
      "S09#0; S05#0 u1 (S09); ",
      { { BY(0, "S09", HIGH, "p", "aa") }, { BY(60, "S05", CRITICAL, "p", "aa") } },
      2 },
    { "a weak rule too",
      "S05#0; S09#0 u1 (S05); ",
      { { BY(0, "S05", CRITICAL, "p", "aa") }, { BY(60, "S09", HIGH, "p", "aa") } },
      2 },
    { "the gravest comes first, whenever it was told",
      "S01#0; S05#0 u1 (S01); S02#0 u2 (S05, S03, S01); ",
      { { BY(0, "S01", LOW, "p", "aa") },
        { BY(1, "S05", CRITICAL, "p", "aa") },
        { BY(2, "S03", LEVEL_MEDIUM, "p", "aa") },
        { BY(2, "S02", HIGH, "p", "aa") } },
      4 },
    { "ten minutes after the last, not the first",
      "S01#0; S02#0 u1 (S01); S03#0 u2 (S02, S01); S04#3; ",
      { { BY(0, "S01", LOW, "p", "aa") },
        { BY(600, "S02", LEVEL_MEDIUM, "p", "aa") },
        { BY(1200, "S03", HIGH, "p", "aa") },
        { BY(1801, "S04", HIGH, "p", "aa") } },
      4 },
    { "who was acted upon acts",
      "S04#0; S05#0 u1 (S04); ",
      { { BY(0, "S04", LOW, "p", "aa"), .target = "t" }, { BY(5, "S05", HIGH, "t", "bb") } },
      2 },
    { "who acted is acted upon",
      "S04#0; S05#0 u1 (S04); ",
      { { BY(0, "S04", LOW, "t", "aa") }, { BY(5, "S05", HIGH, "p", "bb"), .target = "t" } },
      2 },
    { "two who act upon the same have nothing to do with each other",
      "S05#0; S06#1; ",
      { { BY(0, "S05", HIGH, "p", "aa"), .target = "t" },
        { BY(5, "S06", HIGH, "q", "bb"), .target = "t" } },
      2 },
    { "nor by one event, unless it is known what links them",
      "S05#0 & S06#1; S07#4 (S05, S06); ",
      { { BY(0, "S05", HIGH, "p", "aa"), .target = "t" },
        { BY(0, "S06", HIGH, "q", "bb"), .target = "t" },
        { BY(9000, "S06", HIGH, "q", "cc"), .target = "t" },
        { BY(9000, "S05", HIGH, "p", "dd"), .target = "t" },
        { BY(9000, "S07", CRITICAL, "t", "ee") } },
      5 },
    { "a part of macOS that is acted upon links nothing",
      "S05#0; S06#1; ",
      { { BY(0, "S05", HIGH, "p", "aa"), .target = "t", .is_target_platform = true },
        { BY(5, "S06", HIGH, "t", "bb"), .is_platform = true } },
      2 },
    { "a part of macOS that acts before links nothing",
      "S05#0; S06#1; ",
      { { BY(0, "S05", HIGH, "p", "aa"), .before = "launchd" },
        { BY(5, "S06", HIGH, "q", "bb"), .before = "launchd" } },
      2 },
    { "a part of macOS that it is about does",
      "S13#0; S16#0 u1 (S13); ",
      { { BY(0, "S13", HIGH, "osascript", "aa"), .is_platform = true },
        { BY(5, "S16", CRITICAL, "osascript", "aa"), .is_platform = true } },
      2 },
    { "another host is another act",
      "S01#0; S02#1; ",
      { { BY(0, "S01", HIGH, "p", "aa"), .host = "a" },
        { BY(5, "S02", HIGH, "p", "aa"), .host = "b" } },
      2 },
    { "what links two joins that of its own process, the other stays",
      "S01#0; S02#1; S05#1 u1 (S02); ",
      { { BY(0, "S01", LOW, "p", "aa") },
        { BY(1, "S02", LOW, "q", "bb") },
        { BY(2, "S05", HIGH, "q", "bb"), .target = "p" } },
      3 },
    { "an act that is over keeps nothing from the next",
      "S01#0; S02#1; S03#1 u1 (S02); ",
      { { BY(0, "S01", LOW, "r", "aa"), .target = "p" },
        { BY(1200, "S02", LOW, "q", "bb"), .target = "p" },
        { BY(1260, "S03", HIGH, "p", "cc") } },
      3 },
    { "the same is not told",
      "S01#0; .; .; ",
      { { BY(0, "S01", HIGH, "p", "aa") },
        { BY(5, "S01", HIGH, "p", "aa") },
        { BY(2 * HOUR, "S01", HIGH, "q", "aa") } },
      3 },
    { "nor by the same event",
      "S01#0; ",
      { { BY(0, "S01", HIGH, "p", "aa") }, { BY(0, "S01", HIGH, "q", "aa") } },
      2 },
    { "the same of another host is",
      "S01#0; S01#1; ",
      { { BY(0, "S01", HIGH, "p", "aa") }, { BY(5, "S01", HIGH, "p", "aa"), .host = "b" } },
      2 },
    { "another program, library or target is another",
      "S01#0; S01#1; S01#2; S01#3; ",
      { { BY(0, "S01", HIGH, "p", "aa") },
        { BY(HOUR, "S01", HIGH, "q", "bb") },
        { BY(2 * HOUR, "S01", HIGH, "r", "aa"), .library = "/x" },
        { BY(3 * HOUR, "S01", HIGH, "s", "aa"), .target = "/t" } },
      4 },
    { "a path stands for a hash",
      "S01#0; .; S01#2; ",
      { { BY(0, "S01", HIGH, "p", NULL), .executable = "/a" },
        { BY(HOUR, "S01", HIGH, "q", NULL), .executable = "/a" },
        { BY(2 * HOUR, "S01", HIGH, "r", NULL), .executable = "/b" } },
      3 },
    { "where neither is known, the process",
      "S01#0; .; S01#2; ",
      { { BY(0, "S01", HIGH, "p", NULL) },
        { BY(HOUR, "S01", HIGH, "p", NULL) },
        { BY(2 * HOUR, "S01", HIGH, "q", NULL) } },
      3 },
    { "where nothing is known, all are told",
      "S01#0; S01#1; ",
      { { BY(0, "S01", HIGH, NULL, NULL) }, { BY(1, "S01", HIGH, NULL, NULL) } },
      2 },
    { "who starts a part of macOS, and with what, is told apart",
      "S13#0; S13#1; S13#2; .; .; ",
      { { BY(0, "S13", HIGH, "p", "aa"), .is_platform = true, .parent = "/a" },
        { BY(HOUR, "S13", HIGH, "q", "aa"), .is_platform = true, .parent = "/b" },
        { BY(2 * HOUR, "S13", HIGH, "r", "aa"), .is_platform = true, .parent = "/a",
          .command_line = "x" },
        { BY(3 * HOUR, "S13", HIGH, "s", "aa"), .is_platform = true, .parent = "/b" },
        { BY(4 * HOUR, "S13", HIGH, "t", "aa"), .is_platform = true, .parent = "/a",
          .command_line = "x" } },
      5 },
    { "who starts a program of others is not",
      "S13#0; .; ",
      { { BY(0, "S13", HIGH, "p", "aa"), .parent = "/a", .command_line = "x" },
        { BY(HOUR, "S13", HIGH, "q", "aa"), .parent = "/b", .command_line = "y" } },
      2 },
    { "at the end of the day it is the same, and then it is told anew",
      "S01#0; .; S01#2; ",
      { { BY(0, "S01", HIGH, "p", "aa") },
        { BY(24 * HOUR, "S01", HIGH, "p", "aa") },
        { BY(24 * HOUR + 1, "S01", HIGH, "p", "aa") } },
      3 },
    { "a repeat opens nothing",
      "S01#0; .; S05#2; ",
      { { BY(0, "S01", HIGH, "p", "aa") },
        { BY(300, "S01", HIGH, "p", "aa") },
        { BY(601, "S05", CRITICAL, "p", "aa") } },
      3 },
    { "what has another verdict is no repeat, and what is new stays alone",
      "S01#0 excepted; S01#1; .; .; ",
      { { BY(0, "S01", HIGH, "p", "aa"), .verdict = VERDICT_EXCEPTED },
        { BY(1, "S01", HIGH, "p", "aa") },
        { BY(2, "S01", HIGH, "p", "aa") },
        { BY(3, "S01", HIGH, "p", "aa"), .verdict = VERDICT_EXCEPTED } },
      4 },
    { "a new one is not told with an expected one, whatever is graver",
      "S05#0 expected; S09#1; S06#0 excepted u1 (S05 expected); S07#1 u1 (S09); ",
      { { BY(0, "S05", CRITICAL, "p", "aa"), .verdict = VERDICT_EXPECTED },
        { BY(1, "S09", LOW, "p", "aa") },
        { BY(2, "S06", LOW, "p", "aa"), .verdict = VERDICT_EXCEPTED },
        { BY(3, "S07", LEVEL_MEDIUM, "p", "aa") } },
      4 },
    { "nor by one event",
      "S05#0 expected & S09#1; ",
      { { BY(0, "S05", CRITICAL, "p", "aa"), .verdict = VERDICT_EXPECTED },
        { BY(0, "S09", LOW, "p", "aa") } },
      2 },
    { "a stamp of the future silences nothing",
      "S01#0; S01#1; S01#2; ",
      { { BY(0, "S01", HIGH, "p", "aa") },
        { BY(9000 * HOUR, "S01", HIGH, "p", "aa") },
        { BY(9, "S01", HIGH, "p", "aa") } },
      3 },
    { "a stamp of the past neither",
      "S01#0; S01#1; S02#2; ",
      { { BY(0, "S01", HIGH, "p", "aa") },
        { BY(-9000 * HOUR, "S01", HIGH, "p", "aa") },
        { BY(9, "S02", HIGH, "p", "aa") } },
      3 },
    { "the first and the last instant that there can be",
      "S01#0; S01#1; S02#2; S02#3; .; ",
      { { BY(0, "S01", HIGH, "p", "aa"), .time_ns = INT64_MIN },
        { BY(1, "S01", HIGH, "p", "aa"), .time_ns = INT64_MAX },
        { BY(2, "S02", HIGH, "p", "aa"), .time_ns = INT64_MIN },
        { BY(3, "S02", HIGH, "p", "aa"), .time_ns = -1 },
        { BY(4, "S02", HIGH, "p", "aa"), .time_ns = 1 } },
      5 },
    { "a little late is in time, on both sides of the windows",
      "S01#0; S02#0 u1 (S01); .; S03#0 u2 (S02, S01); S04#4; .; S01#6; ",
      { { BY(0, "S01", LOW, "p", "aa") },
        { BY(-3, "S02", HIGH, "p", "aa") },
        { BY(-4, "S01", LOW, "p", "aa") },
        { BY(-600, "S03", HIGH, "p", "aa") },
        { BY(-601, "S04", HIGH, "p", "aa") },
        { BY(-24 * HOUR, "S01", LOW, "q", "aa") },
        { BY(-24 * HOUR - 1, "S01", LOW, "q", "aa") } },
      7 },
};

// Whether each event has a batch of its own or not.
static void group__tells_each_act_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
        const struct test_case *c = &cases[i / 2];
        struct rig r;
        begin(&r, grouper_new());
        run(&r, c->arrivals, c->count, i % 2 == 1);
        assert_told(&r, c->name, c->told);
        done(&r);
    }
}

// Whatever order the rules of one event are loaded in.
static void group__does_not_look_at_the_order_within_an_event(void **state)
{
    (void)state;
    static const struct arrival arrivals[] = {
        { BY(0, "S01", LOW, "p", "aa") },
        { BY(0, "S02", HIGH, "p", "aa") },
        { BY(0, "S03", LEVEL_MEDIUM, "q", "aa"), .target = "p" },
    };
    static const size_t orders[][3] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct arrival ordered[3];
        struct rig r;
        for (size_t k = 0; k < 3; k++)
            ordered[k] = arrivals[orders[i][k]];
        begin(&r, grouper_new());
        run(&r, ordered, 3, false);
        assert_int_equal(r.batch.finding_count, 1);
        const struct finding *f = r.batch.findings[0];
        assert_true(str_eq(f->rule->id, STR("S02")));
        assert_int_equal(f->also_count, 2);
        assert_true(str_eq(f->also[0]->rule->id, STR("S03")));
        assert_true(str_eq(f->also[1]->rule->id, STR("S01")));
        done(&r);
    }
}

// Never less grave than before; and what each rule was worth stays what it was.
static void group__raises_what_is_told_to_what_was(void **state)
{
    (void)state;
    static const struct arrival arrivals[] = {
        { BY(0, "S05", CRITICAL, "p", "aa") },
        { BY(1, "S09", LOW, "p", "aa") },
        { BY(2, "S08", HIGH, "p", "aa") },
    };
    struct rig r;
    begin(&r, grouper_new());
    run(&r, arrivals, COUNT_OF(arrivals), false);
    assert_told(&r, "raised", "S05#0; S09#0 u1 (S05); S08#0 u2 (S05, S09); ");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(r.batch.findings[i]->level, CRITICAL);
        assert_int_equal(r.batch.findings[i]->score, 90);
    }
    const struct finding *last = r.batch.findings[2];
    assert_int_equal(last->reason_count, 1);
    assert_true(str_eq(last->reasons[0], STR("90 counts, of S05, which was told before")));
    const struct finding *before = last->also[1];
    assert_int_equal(before->level, LOW);
    assert_int_equal(before->score, 30);
    assert_int_equal(before->confidence, 80);
    assert_int_equal(before->time_ns, START + SECOND);
    done(&r);
}

// Those of the same event are told whole, those of earlier ones in brief.
static void group__counts_an_act_by_the_gravest(void **state)
{
    (void)state;
    static const struct arrival arrivals[] = {
        { BY(0, "S24", LOW, "p", "aa") },
        { BY(1, "S05", CRITICAL, "p", "aa") },
        { BY(2, "S09", HIGH, "p", "aa") },
    };
    struct rig r;
    begin(&r, grouper_new());
    run(&r, arrivals, COUNT_OF(arrivals), false);
    assert_int_equal(grouper_counts(r.grouper)->by_level[LOW], 0);
    assert_int_equal(grouper_counts(r.grouper)->by_level[HIGH], 0);
    assert_int_equal(grouper_counts(r.grouper)->by_level[CRITICAL], 1);
    done(&r);
}

static void group__tells_others_whole_and_earlier_ones_in_brief(void **state)
{
    (void)state;
    static const struct arrival arrivals[] = {
        { BY(0, "S09", LOW, "p", "aa") },
        { BY(1, "S08", HIGH, "p", "aa") },
        { BY(1, "S07", LEVEL_MEDIUM, "p", "aa") },
    };
    struct rig r;
    begin(&r, grouper_new());
    run(&r, arrivals, COUNT_OF(arrivals), false);
    const struct finding *f = r.batch.findings[1];
    assert_int_equal(f->also_count, 2);
    assert_int_equal(f->also[0]->step_count, 1);
    assert_int_equal(f->also[1]->step_count, 0);
    assert_int_equal(f->also[1]->reason_count, 0);
    done(&r);
}

// More rules of one act than are remembered: the gravest are.
static void group__remembers_the_gravest_rules(void **state)
{
    (void)state;
    char names[GROUP_RULES_MAX + 4][8];
    struct rig r;
    begin(&r, grouper_new());
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(names[i], sizeof names[i], "S%02zu", i);
        const enum level level = i == GROUP_RULES_MAX ? CRITICAL : i == 0 ? LOW : HIGH;
        run(&r, &(struct arrival){ BY((int64_t)i, names[i], level, "p", "aa") }, 1, false);
    }
    const struct finding *last = r.batch.findings[r.batch.finding_count - 1];
    assert_int_equal(last->revision, COUNT_OF(names) - 1);
    assert_int_equal(last->level, CRITICAL);
    assert_int_equal(last->also_count, GROUP_RULES_MAX);
    assert_true(str_eq(last->also[0]->rule->id, str_of(names[GROUP_RULES_MAX])));
    for (size_t i = 0; i < last->also_count; i++)
        assert_false(str_eq(last->also[i]->rule->id, STR("S00")));
    done(&r);
}

// More of one event than may be remembered are told all the same.
static void group__tells_all_of_one_event(void **state)
{
    (void)state;
    struct rig r;
    char names[20][8];
    begin(&r, grouper_new_within((struct group_limits){ 3, 3 }));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(names[i], sizeof names[i], "p%zu", i);
        add_arrival(&r, &(struct arrival){ BY(0, "S01", HIGH, names[i], names[i]) });
    }
    group(r.grouper, &r.batch, 0);
    add_told(&r, 0);
    assert_int_equal(r.batch.finding_count, COUNT_OF(names));
    done(&r);
}

// Random comings and goings, for the sanitizers and the sums of done().
static void group__keeps_its_books(void **state)
{
    (void)state;
    static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
    static const char *const rules[] = { "S01", "S02", "S03", "S04" };
    uint64_t seed = 1;
    struct rig r;
    begin(&r, grouper_new_within((struct group_limits){ 5, 20 }));
    r.window_ns = 20 * SECOND;
    for (int64_t i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint64_t n = seed >> 24;
        const struct arrival a = {
            .seconds = i / 3 * 40 + (int64_t)(n % 50),
            .rule = rules[n % 4],
            .level = (enum level)(n / 4 % LEVEL_COUNT),
            .process = names[n / 20 % 10],
            .cdhash = names[n / 200 % 10],
            .target = n / 2000 % 3 == 0 ? names[n / 6000 % 10] : NULL,
            .verdict = (enum verdict)(n / 60000 % 3),
        };
        run(&r, &a, 1, true);
        buf_reset(&r.told);
    }
    assert_true(grouper_counts(r.grouper)->joined > 100);
    assert_true(grouper_counts(r.grouper)->repeats > 100);
    assert_true(grouper_counts(r.grouper)->groups_evicted > 100);
    done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(group__tells_each_act_once),
        cmocka_unit_test(group__does_not_look_at_the_order_within_an_event),
        cmocka_unit_test(group__raises_what_is_told_to_what_was),
        cmocka_unit_test(group__counts_an_act_by_the_gravest),
        cmocka_unit_test(group__tells_others_whole_and_earlier_ones_in_brief),
        cmocka_unit_test(group__remembers_the_gravest_rules),
        cmocka_unit_test(group__tells_all_of_one_event),
        cmocka_unit_test(group__keeps_its_books),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
