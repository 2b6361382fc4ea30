// What is learned adds up, what a person says stays, and files that are no baseline are refused.

#include "store/baseline.h"

#include "store/fixture.h"

#define DAY_NS (INT64_C(86400) * 1000000000)

static struct baseline_file *open_baseline(enum baseline_mode mode)
{
    struct baseline_file *f = NULL;
    struct err err = { .text = "" };
    if (baseline_file_open(str_of(path), mode, &f, &err) != OK)
        fail_msg("%s", err.text);
    return f;
}

static void assert_ok(enum status status, const struct err *err)
{
    if (status != OK)
        fail_msg("%s", err->text);
}

static void learn_host(struct baseline_file *f, uint64_t host, int32_t day)
{
    struct err err = { .text = "" };
    struct day_set days = { 0 };
    day_set_add(&days, day);
    const str name = arena_printf(&arena, "mac-%llu", (unsigned long long)host);
    assert_ok(baseline_file_put_host(f, host, name, &days, &err), &err);
}

// One event of the actor on the host and day.
static bool learn(struct baseline_file *f, const char *actor, uint64_t host, int32_t day)
{
    struct err err = { .text = "" };
    bool was_expected = false;
    struct baseline_evidence e = {
        .behaviour = STR("library-foreign"),
        .actor = str_of(actor),
        .object = STR("TEAM000002/lib"),
        .actor_signing_id = STR("org.a"),
        .actor_path = STR("/Applications/A.app/Contents/MacOS/a"),
        .events = 1,
        .first_ns = day * DAY_NS,
        .last_ns = day * DAY_NS + 5,
        .rules = STR("S09"),
    };
    day_set_add(&e.days, day);
    host_set_add(&e.hosts, (struct host_seen){ .host = host, .events = 1, .first_day = day });
    assert_ok(baseline_file_put(f, &e, &was_expected, &err), &err);
    host_set_done(&e.hosts);
    return was_expected;
}

static struct baseline_row only_row(struct baseline_file *f, const struct baseline_filter *filter)
{
    struct baseline_rows *rows = NULL;
    struct baseline_row row;
    struct baseline_row more;
    struct err err = { .text = "" };
    assert_ok(baseline_rows_open(f, filter, false, &rows, &err), &err);
    assert_ok(baseline_rows_next(rows, &arena, &row, &err), &err);
    assert_int_equal(baseline_rows_next(rows, &arena, &more, &err), END);
    baseline_rows_close(rows);
    return row;
}

static struct baseline_row row_of(struct baseline_file *f, const char *actor)
{
    const struct baseline_filter filter = { .signer = str_of(actor) };
    return only_row(f, &filter);
}

static void promote(struct baseline_file *f, const struct baseline_row *row)
{
    struct err err = { .text = "" };
    const struct baseline_promotion p = {
        .owner = STR("it"), .reason = STR("normal"), .now_s = 100, .expires_s = 200
    };
    assert_ok(baseline_file_promote(f, row, &p, &err), &err);
}

#define ACTOR "TEAM000001/org.a"

static void baseline_file_put__adds_up_when_reopened(void **state)
{
    struct baseline_meta meta;
    struct err err = { .text = "" };
    (void)state;
    for (int32_t day = 0; day < 3; day++) {
        struct baseline_file *f = open_baseline(BASELINE_WRITE);
        assert_ok(baseline_file_begin(f, &err), &err);
        for (uint64_t host = 1; host <= 2; host++) {
            learn_host(f, host, 20000 + day);
            assert_false(learn(f, ACTOR, host, 20000 + day));
        }
        assert_ok(
            baseline_file_put_run(f, 2, (20000 + day) * DAY_NS, (20000 + day) * DAY_NS + 5, &err),
            &err);
        assert_ok(baseline_file_commit(f, &err), &err);
        baseline_file_close(f);
    }
    struct baseline_file *f = open_baseline(BASELINE_READ);
    const struct baseline_row row = row_of(f, ACTOR);
    assert_int_equal(row.evidence.events, 6);
    assert_int_equal(row.host_count, 2);
    assert_int_equal(row.day_count, 3);
    assert_int_equal(row.noisiest, 3);
    assert_int_equal(row.late_hosts, 0);
    assert_int_equal(row.evidence.first_ns, 20000 * DAY_NS);
    assert_int_equal(row.evidence.last_ns, 20002 * DAY_NS + 5);
    assert_true(str_eq(row.evidence.rules, STR("S09")) && row.state == BASELINE_PROPOSAL);
    assert_ok(baseline_file_meta(f, &meta, &err), &err);
    assert_int_equal(meta.hosts, 2);
    assert_int_equal(meta.host_days, 6);
    assert_int_equal(meta.runs, 3);
    assert_int_equal(meta.entries[BASELINE_PROPOSAL], 1);
    baseline_file_close(f);
}

static void baseline_file_close__forgets_what_was_not_committed(void **state)
{
    struct err err = { .text = "" };
    struct baseline_meta meta;
    (void)state;
    struct baseline_file *f = open_baseline(BASELINE_WRITE);
    assert_ok(baseline_file_begin(f, &err), &err);
    (void)learn(f, ACTOR, 1, 20000);
    baseline_file_close(f);
    f = open_baseline(BASELINE_READ);
    assert_ok(baseline_file_meta(f, &meta, &err), &err);
    assert_int_equal(meta.entries[BASELINE_PROPOSAL], 0);
    baseline_file_close(f);
}

static void baseline_file_promote__is_not_undone_by_learning(void **state)
{
    struct err err = { .text = "" };
    struct baseline_fact *facts = NULL;
    size_t count;
    (void)state;
    struct baseline_file *f = open_baseline(BASELINE_WRITE);
    (void)learn(f, ACTOR, 1, 20000);
    (void)learn(f, "TEAM000001/org.b", 1, 20000);
    struct baseline_row row = row_of(f, ACTOR);
    promote(f, &row);
    assert_true(learn(f, ACTOR, 2, 20001));
    row = row_of(f, ACTOR);
    assert_int_equal(row.state, BASELINE_EXPECTED);
    assert_int_equal(row.host_count, 2);
    assert_true(str_eq(row.owner, STR("it")) && str_eq(row.reason, STR("normal")));
    assert_ok(baseline_file_facts(f, &facts, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_true(memcmp(facts[0].key, facts[1].key, BASELINE_KEY_BYTES) < 0);
    for (size_t i = 0; i < count; i++) {
        const bool is_it = memcmp(facts[i].key, row.key, BASELINE_KEY_BYTES) == 0;
        assert_int_equal(facts[i].state, is_it ? BASELINE_EXPECTED : BASELINE_PROPOSAL);
        assert_int_equal(facts[i].expires_s, is_it ? 200 : 0);
        assert_int_equal(facts[i].hosts, is_it ? 2 : 1);
    }
    free(facts);
    assert_ok(baseline_file_refuse(f, &row, &err), &err);
    assert_int_equal(row_of(f, ACTOR).state, BASELINE_REFUSED);
    baseline_file_close(f);
}

static void baseline_file_put__knows_twins_and_who_came_late(void **state)
{
    (void)state;
    struct baseline_file *f = open_baseline(BASELINE_WRITE);
    for (uint64_t host = 1; host <= 4; host++)
        learn_host(f, host, 20000);
    for (uint64_t host = 1; host <= 4; host++)
        (void)learn(f, ACTOR, host, 20000 + (int32_t)host);
    struct baseline_row row = row_of(f, ACTOR);
    assert_int_equal(row.late_hosts, 2);
    assert_int_equal(row.late_days, 2);
    assert_false(row.has_actor_twin || row.has_object_twin);
    (void)learn(f, "cdhash:" HASH_A, 1, 20000);
    (void)learn(f, "cdhash:" HASH_B, 1, 20000);
    row = row_of(f, ACTOR);
    assert_true(row.has_actor_twin);
    baseline_file_close(f);
}

static void baseline_file_find__takes_the_first_digits(void **state)
{
    struct baseline_row row;
    struct err err = { .text = "" };
    (void)state;
    struct baseline_file *f = open_baseline(BASELINE_WRITE);
    (void)learn(f, ACTOR, 1, 20000);
    const struct baseline_row known = row_of(f, ACTOR);
    for (size_t len = BASELINE_ID_HEX_MIN; len <= BASELINE_ID_HEX; len++) {
        assert_ok(baseline_file_find(f, str_to(str_of(known.id), len), &arena, &row, &err), &err);
        assert_string_equal(row.id, known.id);
    }
    assert_int_equal(baseline_file_find(f, STR("000000"), &arena, &row, &err), END);
    assert_int_equal(baseline_file_find(f, STR("00000"), &arena, &row, &err), ERR_CONFIG);
    assert_string_equal(err.text, "an entry's id is 6 to 16 hex digits, not \"00000\"");
    assert_int_equal(baseline_file_find(f, STR("00000g"), &arena, &row, &err), ERR_CONFIG);
    baseline_file_close(f);
    run_sql(
        "INSERT INTO baseline_entry SELECT x'0102030405060708090a0b0c0d0e0f10', state, expires_s,"
        " hosts, days, allows_critical, is_critical, is_imported, behaviour, actor, object,"
        " actor_signing_id, actor_path, object_signing_id, object_path, events, first_ns,"
        " last_ns, noisiest, late_hosts, late_days, rules, owner, reason, promoted_s, day_set,"
        " host_set FROM baseline_entry;"
        "INSERT INTO baseline_entry SELECT x'0102030405060708190a0b0c0d0e0f10', state, expires_s,"
        " hosts, days, allows_critical, is_critical, is_imported, behaviour, actor, object,"
        " actor_signing_id, actor_path, object_signing_id, object_path, events, first_ns,"
        " last_ns, noisiest, late_hosts, late_days, rules, owner, reason, promoted_s, day_set,"
        " host_set FROM baseline_entry LIMIT 1");
    f = open_baseline(BASELINE_READ);
    assert_int_equal(baseline_file_find(f, STR("01020304"), &arena, &row, &err), ERR_CONFIG);
    assert_string_equal(err.text, "several entries begin with 01020304");
    baseline_file_close(f);
}

static void baseline_file_import__adds_no_counts_and_keeps_refusals(void **state)
{
    struct err err = { .text = "" };
    (void)state;
    struct baseline_file *f = open_baseline(BASELINE_WRITE);
    (void)learn(f, ACTOR, 1, 20000);
    struct baseline_row row = row_of(f, ACTOR);
    row.state = BASELINE_EXPECTED;
    row.owner = row.reason = STR("elsewhere");
    row.expires_s = 300;
    row.host_count = 500;
    assert_ok(baseline_file_import(f, &row, &err), &err);
    assert_ok(baseline_file_import(f, &row, &err), &err);
    struct baseline_row after = row_of(f, ACTOR);
    assert_int_equal(after.state, BASELINE_EXPECTED);
    assert_int_equal(after.host_count, 1);
    assert_int_equal(after.evidence.events, 1);
    assert_ok(baseline_file_refuse(f, &after, &err), &err);
    assert_int_equal(baseline_file_import(f, &row, &err), END);
    assert_int_equal(row_of(f, ACTOR).state, BASELINE_REFUSED);

    // What was not seen here has the counts of elsewhere, until it is seen here.
    row.evidence.actor = STR("TEAM000001/org.c");
    assert_ok(baseline_file_import(f, &row, &err), &err);
    after = row_of(f, "TEAM000001/org.c");
    assert_true(after.is_imported && after.host_count == 500);
    assert_true(learn(f, "TEAM000001/org.c", 1, 20000));
    after = row_of(f, "TEAM000001/org.c");
    assert_true(!after.is_imported && after.host_count == 1 && after.state == BASELINE_EXPECTED);
    baseline_file_close(f);
}

static void baseline_file_import__leaves_what_a_critical_rule_matched(void **state)
{
    struct err err = { .text = "" };
    (void)state;
    struct baseline_file *f = open_baseline(BASELINE_WRITE);
    (void)learn(f, ACTOR, 1, 20000);
    struct baseline_row row = row_of(f, ACTOR);
    run_sql("UPDATE baseline_entry SET is_critical = 1");
    row.state = BASELINE_EXPECTED;
    row.owner = row.reason = STR("elsewhere");
    row.expires_s = 300;
    assert_int_equal(baseline_file_import(f, &row, &err), END);
    row.allows_critical = true;
    assert_ok(baseline_file_import(f, &row, &err), &err);
    assert_true(row_of(f, ACTOR).allows_critical);
    baseline_file_close(f);
}

static void baseline_file_put_host__refuses_more_than_max(void **state)
{
    struct err err = { .text = "" };
    struct day_set days = { 0 };
    (void)state;
    baseline_file_close(open_baseline(BASELINE_WRITE));
    run_sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            " INSERT INTO baseline_host SELECT i, 'h', 1, 1, x'' FROM n");
    struct baseline_file *f = open_baseline(BASELINE_CHANGE);
    day_set_add(&days, 1);
    assert_ok(baseline_file_put_host(f, 100000, STR("h"), &days, &err), &err);
    assert_int_equal(baseline_file_put_host(f, 100001, STR("h"), &days, &err), ERR_LIMIT);
    assert_string_equal(err.text, "the baseline has 100000 hosts already, and keeps no more");
    baseline_file_close(f);
}

static void assert_refused(enum baseline_mode mode, enum status expected, const char *sentence)
{
    struct baseline_file *f = NULL;
    struct err err = { .text = "" };
    assert_int_equal(baseline_file_open(str_of(path), mode, &f, &err), expected);
    assert_string_equal(err.text, sentence);
}

static void baseline_file_open__refuses_what_is_no_baseline(void **state)
{
    (void)state;
    assert_refused(BASELINE_READ, ERR_FORMAT, "not a baseline (application id 0x0)");
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    for (int i = 0; i < 4096; i++)
        (void)fputs("no database", stream);
    assert_int_equal(fclose(stream), 0);
    assert_refused(BASELINE_READ, ERR_FORMAT, "not a baseline");
    assert_refused(BASELINE_WRITE, ERR_FORMAT, "not a baseline");
    assert_int_equal(truncate(path, 0), 0);
    run_sql(VERSION_1);  // An inventory.
    assert_refused(BASELINE_WRITE, ERR_FORMAT, "not a baseline (application id 0x504f4d4c)");
}

static void baseline_file_open__refuses_newer_and_damaged(void **state)
{
    struct err err;
    struct baseline_fact *facts = NULL;
    size_t count;
    (void)state;
    struct baseline_file *f = open_baseline(BASELINE_WRITE);
    (void)learn(f, ACTOR, 1, 20000);
    baseline_file_close(f);
    run_sql("PRAGMA user_version = 2");
    assert_refused(BASELINE_READ, ERR_FORMAT,
                   "made by a newer pomona (baseline version 2, this one reads 1)");
    run_sql("PRAGMA user_version = 1; UPDATE baseline_entry SET expires_s = -5, hosts = 1e18,"
            " state = 77, host_set = x'ff', key = x'00'");
    f = open_baseline(BASELINE_READ);
    // A key that can be none is nobody's.
    assert_int_equal(baseline_file_facts(f, &facts, &count, &err), OK);
    assert_int_equal(count, 0);
    free(facts);
    struct baseline_row row;
    assert_int_equal(baseline_file_find(f, STR("000000"), &arena, &row, &err), END);
    baseline_file_close(f);
    run_sql("UPDATE baseline_entry SET key = x'00000001'");
    f = open_baseline(BASELINE_READ);
    assert_int_equal(baseline_file_find(f, STR("000000"), &arena, &row, &err), ERR_FORMAT);
    assert_string_equal(err.text, "damaged baseline: the key of an entry");
    baseline_file_close(f);
    run_sql("DROP TABLE baseline_meta");
    assert_refused(BASELINE_READ, ERR_FORMAT, "damaged baseline: no such table: baseline_meta");
}

// Any octet may be another: it is read, or refused, and nothing worse.
static void baseline_file_open__survives_every_changed_page(void **state)
{
    (void)state;
    struct baseline_file *f = open_baseline(BASELINE_WRITE);
    (void)learn(f, ACTOR, 1, 20000);
    baseline_file_close(f);
    FILE *stream = fopen(path, "r+");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    const long size = ftell(stream);
    for (long at = 0; at < size; at += 61) {
        struct err err;
        (void)fseek(stream, at, SEEK_SET);
        const int was = fgetc(stream);
        (void)fseek(stream, at, SEEK_SET);
        (void)fputc(was ^ 0xff, stream);
        (void)fflush(stream);
        f = NULL;
        if (baseline_file_open(str_of(path), BASELINE_READ, &f, &err) == OK) {
            struct baseline_fact *facts = NULL;
            size_t count;
            if (baseline_file_facts(f, &facts, &count, &err) == OK)
                free(facts);
        }
        baseline_file_close(f);
        (void)fseek(stream, at, SEEK_SET);
        (void)fputc(was, stream);
        (void)fflush(stream);
    }
    assert_int_equal(fclose(stream), 0);
}

static void baseline_key_of__keeps_parts_apart(void **state)
{
    uint8_t a[BASELINE_KEY_BYTES];
    uint8_t b[BASELINE_KEY_BYTES];
    char id[BASELINE_ID_HEX + 1];
    (void)state;
    baseline_key_of(STR("ab"), STR("c"), STR(""), a);
    baseline_key_of(STR("a"), STR("bc"), STR(""), b);
    assert_memory_not_equal(a, b, sizeof a);
    baseline_key_of(STR("ab"), STR("c"), STR(""), b);
    assert_memory_equal(a, b, sizeof a);
    baseline_id_of((const uint8_t[BASELINE_KEY_BYTES]){ 0x01, 0xef, 0x80 }, id);
    assert_string_equal(id, "01ef800000000000");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_path, forget)
    const struct CMUnitTest tests[] = {
        TEST(baseline_file_put__adds_up_when_reopened),
        TEST(baseline_file_close__forgets_what_was_not_committed),
        TEST(baseline_file_promote__is_not_undone_by_learning),
        TEST(baseline_file_put__knows_twins_and_who_came_late),
        TEST(baseline_file_find__takes_the_first_digits),
        TEST(baseline_file_import__adds_no_counts_and_keeps_refusals),
        TEST(baseline_file_import__leaves_what_a_critical_rule_matched),
        TEST(baseline_file_put_host__refuses_more_than_max),
        TEST(baseline_file_open__refuses_what_is_no_baseline),
        TEST(baseline_file_open__refuses_newer_and_damaged),
        TEST(baseline_file_open__survives_every_changed_page),
        cmocka_unit_test(baseline_key_of__keeps_parts_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
