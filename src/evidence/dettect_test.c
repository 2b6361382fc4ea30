// Eight assets with planted states, and the scores that follow: of each dimension by hand, not by the program.

#include "evidence/dettect.h"

#include "match/rules.h"
#include "pipeline_fidelity.h"
#include "store/test_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_NS  INT64_C(3600000000000)
#define DAY_NS   (24 * HOUR_NS)
#define BEGIN_NS (INT64_C(20500) * DAY_NS)  // 2026-02-16
#define END_NS   (BEGIN_NS + 30 * DAY_NS)
#define MACS     8

// What is planted of the Macs, as digits of enum coverage_state by Mac; '-': nothing is kept of it.
static const struct plant {
    const char *signal;
    const char *states;
    const char *check;
} plants[] = {
    { "exec", "11121111", "T10" },      { "exit", "11111444", "T05" },  // Steady: silent is silent.
    { "task port", "14444466", "" },  // Rare: nothing came of five; two cannot.
    { "library load", "66666666", "" }, { "file", "12221111", "T26" },
    { "signature", "11112234", "T07" }, { "arguments", "11111111", "" },
    { "parent", "11111111", "" },       { "persistence", "1-------", "" },
    { "suspend", "44444444", "" },
};

static struct rules *rules;
static struct fidelity *fidelity;

static int open_rules(void **state)
{
    struct err err;
    const str path = STR("rules");
    if (rules_load(&path, 1, NULL, &rules, &err) != OK)
        return -1;
    fidelity = pipeline_fidelity_new(rules, NULL);
    return test_file_make(state);
}

static int close_rules(void **state)
{
    fidelity_free(fidelity);
    rules_free(rules);
    return test_file_remove(state);
}

static void plant_mac(struct db *db, int i, int64_t last_ns)
{
    struct err err;
    struct arena arena = { 0 };
    const str id = arena_printf(&arena, "MAC%d", i);
    const struct asset_row asset = { .id = id, .serial = id, .sensor_expected = i == 0 ? -1 : 1 };
    const struct coverage_kept_host host = { .id = id,
                                             .sensors = i < 4 ? STR("eslogger") : STR("santa, x"),
                                             .first_ns = BEGIN_NS,
                                             .last_ns = last_ns };
    assert_int_equal(assets_put(db, &asset, &err), OK);
    assert_int_equal(coverage_put_host(db, &host, &err), OK);
    for (size_t p = 0; p < COUNT_OF(plants); p++) {
        if (plants[p].states[i] == '-')
            continue;
        const struct coverage_span span = { .host_id = id,
                                            .signal = str_of(plants[p].signal),
                                            .from_ns = BEGIN_NS + (int64_t)p * DAY_NS,
                                            .to_ns = last_ns,
                                            .state = plants[p].states[i] - '0',
                                            .check = str_of(plants[p].check) };
        assert_int_equal(coverage_put_span(db, &span, &err), OK);
    }
    arena_done(&arena);
}

static struct db *plant(void)
{
    struct err err;
    struct db *db = NULL;
    const struct asset_row unwatched = { .id = STR("KIOSK"), .serial = STR("KIOSK") };
    assert_int_equal(store_open(str_of(test_file), DB_CREATE, &db, &err), OK);
    assert_int_equal(db_begin(db, &err), OK);
    for (int i = 0; i < MACS; i++)
        plant_mac(db, i, END_NS - (i == 7 ? 30 * HOUR_NS : 0));
    // No sensor is expected on it, so it is not missed.
    assert_int_equal(assets_put(db, &unwatched, &err), OK);
    assert_int_equal(db_end(db, OK, &err), OK);
    return db;
}

static void assert_scores(str text, const char *component, const char *numbers)
{
    struct arena arena = { 0 };
    static const char *const dimensions[] = { "device_completeness", "data_field_completeness",
                                              "timeliness", "consistency", "retention" };
    const str name = arena_printf(&arena, "data_source_name: %s\n", component);
    const str rest = str_from(text, str_find(text, name));
    assert_true(rest.len > 0);
    for (size_t i = 0; i < COUNT_OF(dimensions); i++) {
        const str key = arena_printf(&arena, "%s: ", dimensions[i]);
        const str value = str_from(rest, str_find(rest, key) + key.len);
        if (value.at[0] != numbers[i])
            fail_msg("%s: %s is %c, not %c", component, dimensions[i], value.at[0], numbers[i]);
    }
    arena_done(&arena);
}

static void evidence_dettect_score__parts(void **state)
{
    (void)state;
    static const unsigned expected[] = { 0, 1, 1, 2, 2, 3, 3, 4, 5, 5 };
    for (unsigned i = 0; i < COUNT_OF(expected); i++)
        assert_int_equal(evidence_dettect_score(i, 8), expected[i]);
    assert_int_equal(evidence_dettect_score(1, 5000), 1);
    assert_int_equal(evidence_dettect_score(4999, 5000), 4);
    assert_int_equal(evidence_dettect_score(0, 0), 0);
}

static void evidence_dettect_sources__measures_each_dimension(void **state)
{
    (void)state;
    struct err err;
    struct buf out;
    struct db *db = plant();
    struct evidence_measure m;
    buf_init(&out, 1024 * 1024);
    assert_int_equal(evidence_measure_read(db, 0, &m, &err), OK);
    const struct evidence_dettect d = { .measure = &m,
                                        .rules = rules,
                                        .needs = coverage_options(fidelity),
                                        .db = db,
                                        .registered_ns = END_NS,
                                        .retention_days = 40 };
    assert_int_equal(m.mac_count, MACS);
    evidence_dettect_sources(&d, &out);
    const str text = buf_str(&out);
    // Nine in ten of eight are all of them, and the last is 30 hours old: 3. 30 of 40 days: 3. Seven of eight whole.
    assert_scores(text, "Command Execution", "55343");
    // Parent, arguments: 16 whole each. Signature: four whole, two in part, two not: 21 of 24.
    assert_scores(text, "Process Creation", "54343");
    // Of the five that show exits the newest event is now.
    assert_scores(text, "Process Termination", "35553");
    // It came of one, so that five more may have nothing to tell; that one alone is sure.
    assert_scores(text, "Process Access", "35513");
    // It came of none: nobody knows that it arrives.
    assert_scores(text, "Process Modification", "00000");
    assert_scores(text, "Module Load", "00000");
    // T26 takes half of the fields of three: 13 of 16; five of eight are whole.
    assert_scores(text, "File Creation", "54333");
    assert_scores(text, "Service Creation", "15553");
    assert_true(str_contains(text, STR("date_connected: 2026-02-16\n")));
    assert_true(str_contains(text, STR("date_registered: 2026-03-18\n")));
    assert_true(str_contains(text, STR("measured: 6 of 8 assets, of which 5 sent nothing of it")));
    evidence_measure_done(&m);
    buf_done(&out);
    db_close(db);
}

// At an earlier moment what came later is not known yet.
static void evidence_measure_read__goes_back(void **state)
{
    (void)state;
    struct err err;
    struct db *db = NULL;
    struct evidence_measure m;
    assert_int_equal(store_open(str_of(test_file), DB_READ, &db, &err), OK);
    assert_int_equal(evidence_measure_read(db, BEGIN_NS + 3 * DAY_NS / 2, &m, &err), OK);
    assert_int_equal(m.mac_count, MACS);
    assert_int_equal(m.macs[0].signals[SIGNAL_EXEC].state, COVERAGE_SEEN);
    assert_int_equal(m.macs[0].signals[SIGNAL_EXIT].state, COVERAGE_SEEN);
    assert_int_equal(m.macs[0].signals[SIGNAL_TASK_PORT].state, COVERAGE_NEVER_SEEN);
    assert_int_equal(m.first_ns[SIGNAL_EXIT], BEGIN_NS + DAY_NS);
    assert_int_equal(m.first_ns[SIGNAL_FILE], 0);
    assert_int_equal(m.macs[0].last_ns, BEGIN_NS + 3 * DAY_NS / 2);
    evidence_measure_done(&m);
    assert_int_equal(evidence_measure_read(db, BEGIN_NS - DAY_NS, &m, &err), OK);
    assert_int_equal(m.kept.host_count, 0);
    assert_int_equal(m.macs[0].signals[SIGNAL_EXEC].state, COVERAGE_NEVER_SEEN);
    evidence_measure_done(&m);
    db_close(db);
}

static void evidence_dettect_techniques__follows_from_sight(void **state)
{
    (void)state;
    struct err err;
    struct buf out;
    struct db *db = NULL;
    struct evidence_measure m;
    buf_init(&out, 1024 * 1024);
    assert_int_equal(store_open(str_of(test_file), DB_READ, &db, &err), OK);
    assert_int_equal(evidence_measure_read(db, END_NS, &m, &err), OK);
    const struct evidence_dettect d = { .measure = &m,
                                        .rules = rules,
                                        .needs = coverage_options(fidelity),
                                        .db = db,
                                        .retention_days = 40 };
    assert_int_equal(evidence_dettect_techniques(&d, &out, &err), OK);
    const str text = buf_str(&out);
    // Without library loads nothing of it is seen on any Mac, or what is seen is seen in part.
    const str rest = str_from(text, str_find(text, STR("technique_id: T1574.004\n")));
    assert_true(rest.len > 0);
    assert_true(str_contains(text, STR("date: 2026-03-17\n")));
    assert_true(str_contains(rest, STR("score: -1\n")) || str_contains(rest, STR("score: 1\n")));
    assert_false(str_contains(text, STR("score: 5\n")));
    assert_false(str_contains(text, STR("attacks of scenarios")));
    evidence_measure_done(&m);
    buf_done(&out);
    db_close(db);
}

// A store without anything gives files all the same, and no score but none.
static void evidence_dettect__of_an_empty_store(void **state)
{
    (void)state;
    struct err err;
    struct buf out;
    struct db *db = NULL;
    struct evidence_measure m;
    assert_int_equal(test_file_remove(state), 0);
    buf_init(&out, 1024 * 1024);
    assert_int_equal(store_open(str_of(test_file), DB_CREATE, &db, &err), OK);
    assert_int_equal(evidence_measure_read(db, 0, &m, &err), OK);
    const struct evidence_dettect d = { .measure = &m,
                                        .rules = rules,
                                        .needs = coverage_options(fidelity),
                                        .db = db,
                                        .retention_days = 90 };
    evidence_dettect_sources(&d, &out);
    assert_int_equal(evidence_dettect_techniques(&d, &out, &err), OK);
    const str text = buf_str(&out);
    assert_true(str_contains(text, STR("date_connected:\n")));
    assert_true(str_contains(text, STR("- date:\n            score: -1\n")));
    assert_false(str_contains(text, STR("score: 1\n")));
    assert_false(str_contains(text, STR("completeness: 1")));
    evidence_measure_done(&m);
    buf_done(&out);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_dettect_score__parts),
        cmocka_unit_test(evidence_dettect_sources__measures_each_dimension),
        cmocka_unit_test(evidence_measure_read__goes_back),
        cmocka_unit_test(evidence_dettect_techniques__follows_from_sight),
        cmocka_unit_test(evidence_dettect__of_an_empty_store),
    };
    return cmocka_run_group_tests(tests, open_rules, close_rules);
}
