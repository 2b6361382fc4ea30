// From events to proposals to verdicts.

#include "score/baseline.h"

#include "score/fixture.h"
#include "score/learner.h"
#include "score/proposal.h"
#include "store/test_store.h"

#include <stdio.h>
#include <unistd.h>

#define DAY_NS  (INT64_C(86400) * 1000000000)
#define START   (INT64_C(20000) * DAY_NS)
#define EXPIRES (INT64_C(20100) * 86400)

static struct arena arena;
static const struct store_act act = { .who = STR_INIT("ada"), .now_ns = START };

static int forget(void **state)
{
    arena_done(&arena);
    return test_store_remove(state);
}

static struct db *open_db(enum db_mode mode)
{
    struct err err = { .text = "" };
    struct db *db = NULL;
    if (store_open(str_of(test_store), mode, &db, &err) != OK)
        fail_msg("%s", err.text);
    return db;
}

static void assert_ok(enum status status, const struct err *err)
{
    if (status != OK)
        fail_msg("%s", err->text);
}

// A library of another team, mapped by the host application.
static struct value *load_slots(const char *cdhash)
{
    static struct value slots[FIELD_COUNT];
    memset(slots, 0, sizeof slots);
    slots[FIELD_PROCESS_SIGNING_ID] = value_of_text(STR("com.example.host"));
    slots[FIELD_PROCESS_TEAM_ID] = value_of_text(STR("TEAM000001"));
    slots[FIELD_PROCESS_SIGNATURE_TRUSTED] = value_of_bool(true);
    slots[FIELD_PROCESS_CONTEXT] = value_of_text(STR("prod"));
    slots[FIELD_DLL_SIGNER] = value_of_text(STR("adhoc"));
    slots[FIELD_DLL_PATH] = value_of_text(STR("/Library/Audio/p"));
    slots[FIELD_DLL_HASH_CDHASH] = value_of_text(str_of(cdhash));
    return slots;
}

static void see(struct learner *l, const struct hosts *hosts, uint32_t host, int64_t day,
                struct value *slots)
{
    const struct event event = { .time_ns = START + day * DAY_NS,
                                 .action = ACTION_LOAD,
                                 .host = host,
                                 .slot_count = FIELD_COUNT,
                                 .slots = slots };
    learner_see(l, hosts, &event);
}

struct sample {
    struct rule_facts rule;
    struct shown_step shown[3];
    struct finding_step steps[3];
    struct finding finding;
};

static struct finding *finding_of(struct sample *s, enum level level, size_t count)
{
    s->rule = (struct rule_facts){ .id = STR("S09"), .level = level };
    for (size_t i = 0; i < count; i++) {
        s->shown[i].step.time_ns = START;
        s->steps[i] = s->shown[i].step;
    }
    s->finding = (struct finding){
        .rule = &s->rule, .time_ns = START, .steps = s->steps, .step_count = count
    };
    return &s->finding;
}

static void begin_load(struct shown_step *s, const char *cdhash)
{
    begin_step(s, ACTION_LOAD);
    show_library(s, "adhoc", "", "p", cdhash);
    show_text(s, FIELD_DLL_PATH, "/Library/Audio/p");
}

// Three hosts on five days, and one that did nothing of the kind.
static void learn_load(enum level found_at, bool is_found)
{
    struct hosts hosts;
    struct err err = { .text = "" };
    struct db *db = NULL;
    struct sample sample;
    const str contexts[] = { STR("prod") };
    struct learner *l = learner_new(contexts, 1);
    struct value quiet[FIELD_COUNT] = { 0 };
    hosts_init(&hosts);
    for (int i = 0; i < 4; i++)
        (void)hosts_keep(&hosts, arena_printf(&arena, "mac-%d", i), STR_EMPTY);
    for (int64_t day = 0; day < 5; day++)
        for (uint32_t host = 0; host < 3; host++)
            see(l, &hosts, host, day, load_slots(CDHASH_A));
    const struct event event = {
        .time_ns = START, .action = ACTION_FORK, .host = 3, .slots = quiet
    };
    learner_see(l, &hosts, &event);
    if (is_found) {
        begin_load(&sample.shown[0], CDHASH_A);
        learner_take(l, finding_of(&sample, found_at, 1));
    }
    db = open_db(DB_CREATE);
    assert_ok(learner_save(l, db, &act, &err), &err);
    assert_int_equal(learner_counts(l)->entries, 1);
    assert_int_equal(learner_counts(l)->hosts, 4);
    db_close(db);
    learner_free(l);
    hosts_done(&hosts);
}

static struct baseline_row row_of_load(struct db *db)
{
    struct baseline_rows *rows = NULL;
    struct baseline_row row;
    struct err err = { .text = "" };
    assert_ok(
        baseline_rows_open(db, &(struct baseline_filter){ .min_hosts = 0 }, true, &rows, &err),
        &err);
    assert_ok(baseline_rows_next(rows, &arena, &row, &err), &err);
    baseline_rows_close(rows);
    return row;
}

static void promote(bool allows_critical)
{
    struct err err = { .text = "" };
    struct db *db = NULL;
    const struct baseline_promotion p = { .owner = STR("it"),
                                          .reason = STR("plug-in"),
                                          .expires_s = EXPIRES,
                                          .allows_critical = allows_critical };
    db = open_db(DB_CHANGE);
    const struct baseline_row row = row_of_load(db);
    assert_ok(db_begin(db, &err), &err);
    assert_ok(baseline_store_promote(db, &act, &row, &p, &err), &err);
    assert_ok(db_commit(db, &err), &err);
    db_close(db);
}

static struct finding *judge(struct finding *finding)
{
    struct baseline *b = NULL;
    struct err err = { .text = "" };
    assert_ok(baseline_open(str_of(test_store), &b, &err), &err);
    baseline_judge(b, finding, &arena);
    baseline_free(b);
    return finding;
}

static enum verdict verdict_of(struct sample *s, enum level level, size_t count)
{
    return judge(finding_of(s, level, count))->verdict;
}

static void learner_save__makes_proposals_that_change_nothing(void **state)
{
    struct sample s;
    struct db *db = NULL;
    (void)state;
    learn_load(LEVEL_HIGH, true);
    begin_load(&s.shown[0], CDHASH_A);
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 1), VERDICT_NEW);
    assert_true(s.finding.rarity.is_known);
    assert_int_equal(s.finding.rarity.hosts, 3);
    assert_int_equal(s.finding.rarity.hosts_total, 4);
    assert_int_equal(s.finding.rarity.days, 5);
    db = open_db(DB_READ);
    const struct baseline_row row = row_of_load(db);
    assert_int_equal(row.evidence.events, 15);
    assert_true(str_eq(row.evidence.rules, STR("S09")) && !row.evidence.is_critical);
    assert_true(str_eq(row.evidence.actor_path, STR_EMPTY));
    assert_true(str_eq(row.evidence.object_path, STR("/Library/Audio/p")));
    db_close(db);
}

static void baseline_judge__expects_what_was_promoted(void **state)
{
    struct sample s;
    char id[BASELINE_ID_HEX + 1];
    uint8_t key[BASELINE_KEY_BYTES];
    (void)state;
    learn_load(LEVEL_HIGH, false);
    promote(false);
    begin_load(&s.shown[0], CDHASH_A);
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 1), VERDICT_EXPECTED);
    baseline_key_of(STR("TEAM000001/com.example.host"), STR("library-foreign"),
                    STR("cdhash:" CDHASH_A), key);
    baseline_id_of(key, id);
    const str by = arena_printf(&arena, "baseline %s", id);
    assert_true(str_eq(s.finding.verdict_by, by));
}

// The baselined application is the host, and what it maps is another library.
static void baseline_judge__is_new_with_another_library(void **state)
{
    struct sample s;
    (void)state;
    learn_load(LEVEL_HIGH, false);
    promote(true);
    begin_load(&s.shown[0], CDHASH_B);
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 1), VERDICT_NEW);
    assert_int_equal(s.finding.rarity.hosts, 0);
    begin_load(&s.shown[0], CDHASH_A);
    begin_load(&s.shown[1], CDHASH_B);
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 2), VERDICT_NEW);
    begin_load(&s.shown[0], "");  // Of which nothing is known.
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 1), VERDICT_NEW);
    assert_false(s.finding.rarity.is_known);
}

static void baseline_judge__asks_for_every_behaviour(void **state)
{
    struct sample s;
    (void)state;
    learn_load(LEVEL_HIGH, false);
    promote(false);
    begin_step(&s.shown[0], ACTION_FORK);  // No behaviour.
    begin_load(&s.shown[1], CDHASH_A);
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 2), VERDICT_EXPECTED);
    begin_load(&s.shown[0], CDHASH_A);
    begin_step(&s.shown[1], ACTION_FORK);  // What it comes to is not known.
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 2), VERDICT_NEW);
    begin_step(&s.shown[1], ACTION_DELETION);
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 2), VERDICT_EXPECTED);
    begin_step(&s.shown[1], ACTION_FORK);
    begin_step(&s.shown[2], ACTION_MPROTECT);
    show_text(&s.shown[2], FIELD_API_PROTECTION, "R-X");
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 3), VERDICT_NEW);
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 0), VERDICT_NEW);
    begin_step(&s.shown[0], ACTION_FORK);
    assert_int_equal(verdict_of(&s, LEVEL_HIGH, 1), VERDICT_NEW);
}

static void baseline_judge__heeds_expiry_level_and_exceptions(void **state)
{
    struct sample s;
    (void)state;
    learn_load(LEVEL_HIGH, false);
    promote(false);
    begin_load(&s.shown[0], CDHASH_A);
    struct finding *finding = finding_of(&s, LEVEL_HIGH, 1);
    s.steps[0].time_ns = EXPIRES * 1000000000 - 1;
    assert_int_equal(judge(finding)->verdict, VERDICT_EXPECTED);
    finding = finding_of(&s, LEVEL_HIGH, 1);
    s.steps[0].time_ns = EXPIRES * 1000000000;
    assert_int_equal(judge(finding)->verdict, VERDICT_NEW);

    assert_int_equal(verdict_of(&s, LEVEL_CRITICAL, 1), VERDICT_NEW);
    promote(true);
    assert_int_equal(verdict_of(&s, LEVEL_CRITICAL, 1), VERDICT_EXPECTED);

    finding = finding_of(&s, LEVEL_HIGH, 1);
    finding->verdict = VERDICT_EXCEPTED;
    finding->verdict_by = STR("E1");
    assert_int_equal(judge(finding)->verdict, VERDICT_EXCEPTED);
    assert_true(str_eq(finding->verdict_by, STR("E1")) && finding->rarity.is_known);
    baseline_judge(NULL, finding_of(&s, LEVEL_HIGH, 1), &arena);
    assert_int_equal(s.finding.verdict, VERDICT_NEW);
}

static void learner_see__leaves_out_what_cannot_be_learned(void **state)
{
    struct hosts hosts;
    const str contexts[] = { STR("prod") };
    struct learner *l = learner_new(contexts, 1);
    (void)state;
    hosts_init(&hosts);
    (void)hosts_keep(&hosts, STR("mac"), STR_EMPTY);
    struct value *slots = load_slots(CDHASH_A);
    slots[FIELD_PROCESS_CONTEXT] = value_of_text(STR("dev"));
    see(l, &hosts, 0, 0, slots);
    slots = load_slots("");
    see(l, &hosts, 0, 0, slots);
    slots = load_slots(CDHASH_A);
    slots[FIELD_EVENT_MERGED] = value_of_int(4);
    see(l, &hosts, 0, 0, slots);
    see(l, &hosts, 7, 0, slots);  // A host that there is not.
    const struct learner_counts *counts = learner_counts(l);
    assert_int_equal(counts->events, 3);
    assert_int_equal(counts->other_context, 1);
    assert_int_equal(counts->without_identity, 1);
    assert_int_equal(counts->behaviours, 1);
    assert_int_equal(counts->entries, 1);
    learner_free(l);
    hosts_done(&hosts);
}

static void learner_save__marks_what_a_critical_rule_matched(void **state)
{
    struct db *db = NULL;
    struct baseline_meta meta;
    struct err err = { .text = "" };
    (void)state;
    learn_load(LEVEL_CRITICAL, true);
    learn_load(LEVEL_HIGH, false);  // And it stays so.
    db = open_db(DB_READ);
    assert_ok(baseline_store_meta(db, &meta, &err), &err);
    const struct baseline_row row = row_of_load(db);
    assert_true(row.evidence.is_critical);
    assert_int_equal(row.host_count, 3);
    assert_int_equal(row.day_count, 5);
    assert_int_equal(row.evidence.events, 30);
    struct proposal_consent consent = { .force = true, .is_named = true };
    assert_true(
        str_eq(proposal_refusal(&row, &meta, consent),
               STR("a rule of level critical matched it; --critical promotes it all the same")));
    consent.critical = true;
    assert_int_equal(proposal_refusal(&row, &meta, consent).len, 0);
    db_close(db);
}

static void proposal_warnings__say_what_speaks_against_it(void **state)
{
    const struct baseline_meta meta = { .last_ns = START + 30 * DAY_NS, .hosts = 20 };
    const struct baseline_row good = { .host_count = 10,
                                       .day_count = 20,
                                       .noisiest = 30,
                                       .evidence = { .events = 200, .first_ns = START } };
    struct baseline_row rows[PROPOSAL_WARNING_COUNT];
    (void)state;
    for (size_t i = 0; i < PROPOSAL_WARNING_COUNT; i++)
        rows[i] = good;
    rows[PROPOSAL_CRITICAL].evidence.is_critical = true;
    rows[PROPOSAL_TWIN].has_object_twin = true;
    rows[PROPOSAL_DRIP].late_hosts = 5;
    rows[PROPOSAL_DRIP].late_days = 3;
    rows[PROPOSAL_NOISY_HOST].noisiest = 170;
    rows[PROPOSAL_ONE_HOST].host_count = 1;
    rows[PROPOSAL_FEW_DAYS].day_count = 2;
    rows[PROPOSAL_RECENT].evidence.first_ns = START + 24 * DAY_NS;
    rows[PROPOSAL_IMPORTED].is_imported = true;
    assert_int_equal(proposal_warnings(&good, &meta), 0);
    for (unsigned i = 0; i < PROPOSAL_WARNING_COUNT; i++) {
        const uint32_t found = proposal_warnings(&rows[i], &meta);
        if (found != UINT32_C(1) << i)
            fail_msg("%.*s: %x", STR_ARG(proposal_warning_name((enum proposal_warning)i)), found);
    }
    // What --all passes over, and what it does not even with --force.
    const struct proposal_consent all = { .force = true };
    assert_int_equal(proposal_refusal(&good, &meta, all).len, 0);
    assert_int_equal(proposal_refusal(&rows[PROPOSAL_ONE_HOST], &meta, all).len, 0);
    assert_true(proposal_refusal(&rows[PROPOSAL_TWIN], &meta, all).len > 0);
    assert_true(proposal_refusal(&rows[PROPOSAL_DRIP], &meta, all).len > 0);
    struct baseline_row matched = good;
    matched.evidence.rules = STR("S09");
    assert_true(proposal_refusal(&matched, &meta, all).len > 0);
    const struct proposal_consent named = { .is_named = true };
    assert_int_equal(proposal_refusal(&rows[PROPOSAL_TWIN], &meta, named).len, 0);
    assert_int_equal(proposal_refusal(&matched, &meta, named).len, 0);
    assert_true(proposal_refusal(&rows[PROPOSAL_ONE_HOST], &meta, named).len > 0);
    assert_true(proposal_refusal(&rows[PROPOSAL_FEW_DAYS], &meta, named).len > 0);
}

static void baseline_open__names_the_store(void **state)
{
    struct baseline *b = NULL;
    struct err err = { .text = "" };
    (void)state;
    assert_int_equal(baseline_open(STR("absent.db"), &b, &err), ERR_IO);
    assert_string_equal(err.text, "absent.db: unable to open database file");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_store_make, forget)
    const struct CMUnitTest tests[] = {
        TEST(learner_save__makes_proposals_that_change_nothing),
        TEST(baseline_judge__expects_what_was_promoted),
        TEST(baseline_judge__is_new_with_another_library),
        TEST(baseline_judge__asks_for_every_behaviour),
        TEST(baseline_judge__heeds_expiry_level_and_exceptions),
        TEST(learner_see__leaves_out_what_cannot_be_learned),
        TEST(learner_save__marks_what_a_critical_rule_matched),
        TEST(proposal_warnings__say_what_speaks_against_it),
        TEST(baseline_open__names_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
