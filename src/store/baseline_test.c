// What is learned adds up, and what a person says stays; in a file, or on the server that tests/postgres.sh started.

#include "store/baseline.h"

#include "store/audit.h"
#include "store/test_store.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HASH_A "0123456789abcdef0123456789abcdef01234567"
#define HASH_B "89abcdef0123456789abcdef0123456789abcdef"

#define DAY_NS (INT64_C(86400) * 1000000000)

static const struct store_act act = { .who = STR_INIT("ada"), .now_ns = 100 * INT64_C(1000000000) };
static struct arena arena;

static int forget(void **state)
{
    arena_done(&arena);
    return test_store_remove(state);
}

static struct db *open_store(enum db_mode mode)
{
    struct db *db = NULL;
    struct err err = { .text = "" };
    if (store_open(str_of(test_store), mode, &db, &err) != OK)
        fail_msg("%s", err.text);
    return db;
}

static void run_sql(struct db *db, const char *sql)
{
    struct err err = { .text = "" };
    if (db_run(db, sql, &err) != OK)
        fail_msg("%s", err.text);
}

static void assert_ok(enum status status, const struct err *err)
{
    if (status != OK)
        fail_msg("%s", err->text);
}

// In a transaction of its own.
#define COMMIT(db, call, expected)                          \
    do {                                                    \
        struct err why = { .text = "" };                    \
        assert_ok(db_begin(db, &why), &why);                \
        assert_int_equal(db_end(db, call, &err), expected); \
    } while (false)

static void learn_host(struct db *db, uint64_t host, int32_t day)
{
    struct err err = { .text = "" };
    struct day_set days = { 0 };
    day_set_add(&days, day);
    const str name = arena_printf(&arena, "mac-%llu", (unsigned long long)host);
    assert_ok(baseline_store_put_host(db, host, name, &days, &err), &err);
}

// One event of the actor on the host and day.
static bool learn(struct db *db, const char *actor, uint64_t host, int32_t day)
{
    struct err err = { .text = "" };
    bool was_expected = false;
    struct baseline_hosts *hosts = NULL;
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
    assert_ok(baseline_hosts_open(db, &hosts, &err), &err);
    assert_ok(baseline_store_put(db, hosts, &e, &was_expected, &err), &err);
    baseline_hosts_close(hosts);
    host_set_done(&e.hosts);
    return was_expected;
}

static void put_run(struct db *db, int32_t day)
{
    struct err err = { .text = "" };
    const struct baseline_run run = { .entries = 1,
                                      .hosts = 2,
                                      .events = 2,
                                      .first_ns = (20000 + day) * DAY_NS,
                                      .last_ns = (20000 + day) * DAY_NS + 5 };
    COMMIT(db, baseline_store_put_run(db, &act, &run, &err), OK);
}

static struct baseline_row only_row(struct db *db, const struct baseline_filter *filter)
{
    struct baseline_rows *rows = NULL;
    struct baseline_row row;
    struct baseline_row more;
    struct err err = { .text = "" };
    assert_ok(baseline_rows_open(db, filter, false, &rows, &err), &err);
    assert_ok(baseline_rows_next(rows, &arena, &row, &err), &err);
    assert_int_equal(baseline_rows_next(rows, &arena, &more, &err), END);
    baseline_rows_close(rows);
    return row;
}

static struct baseline_row row_of(struct db *db, const char *actor)
{
    const struct baseline_filter filter = { .signer = str_of(actor) };
    return only_row(db, &filter);
}

static void promote(struct db *db, const struct baseline_row *row)
{
    struct err err = { .text = "" };
    const struct baseline_promotion p = { .owner = STR("it"),
                                          .reason = STR("normal"),
                                          .expires_s = 200 };
    COMMIT(db, baseline_store_promote(db, &act, row, &p, &err), OK);
}

#define ACTOR "TEAM000001/org.a"

static void baseline_store_put__adds_up_when_reopened(void **state)
{
    struct baseline_meta meta;
    struct err err = { .text = "" };
    (void)state;
    for (int32_t day = 0; day < 3; day++) {
        struct db *db = open_store(DB_CREATE);
        for (uint64_t host = 1; host <= 2; host++) {
            learn_host(db, host, 20000 + day);
            assert_false(learn(db, ACTOR, host, 20000 + day));
        }
        put_run(db, day);
        db_close(db);
    }
    struct db *db = open_store(DB_READ);
    const struct baseline_row row = row_of(db, ACTOR);
    assert_int_equal(row.evidence.events, 6);
    assert_int_equal(row.host_count, 2);
    assert_int_equal(row.day_count, 3);
    assert_int_equal(row.noisiest, 3);
    assert_int_equal(row.late_hosts, 0);
    assert_int_equal(row.evidence.first_ns, 20000 * DAY_NS);
    assert_int_equal(row.evidence.last_ns, 20002 * DAY_NS + 5);
    assert_true(str_eq(row.evidence.rules, STR("S09")) && row.state == BASELINE_PROPOSAL);
    assert_ok(baseline_store_meta(db, &meta, &err), &err);
    assert_int_equal(meta.hosts, 2);
    assert_int_equal(meta.host_days, 6);
    assert_int_equal(meta.runs, 3);
    assert_int_equal(meta.entries[BASELINE_PROPOSAL], 1);
    db_close(db);
}

static void db_close__forgets_what_was_not_committed(void **state)
{
    struct err err = { .text = "" };
    struct baseline_meta meta;
    (void)state;
    struct db *db = open_store(DB_CREATE);
    assert_ok(db_begin(db, &err), &err);
    (void)learn(db, ACTOR, 1, 20000);
    db_close(db);
    db = open_store(DB_READ);
    assert_ok(baseline_store_meta(db, &meta, &err), &err);
    assert_int_equal(meta.entries[BASELINE_PROPOSAL], 0);
    db_close(db);
}

static void baseline_store_promote__is_not_undone_by_learning(void **state)
{
    struct err err = { .text = "" };
    struct baseline_fact *facts = NULL;
    size_t count;
    (void)state;
    struct db *db = open_store(DB_CREATE);
    (void)learn(db, ACTOR, 1, 20000);
    (void)learn(db, "TEAM000001/org.b", 1, 20000);
    struct baseline_row row = row_of(db, ACTOR);
    promote(db, &row);
    assert_true(learn(db, ACTOR, 2, 20001));
    row = row_of(db, ACTOR);
    assert_int_equal(row.state, BASELINE_EXPECTED);
    assert_int_equal(row.host_count, 2);
    assert_true(str_eq(row.owner, STR("it")) && str_eq(row.reason, STR("normal")));
    assert_ok(baseline_store_facts(db, &facts, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_true(memcmp(facts[0].key, facts[1].key, BASELINE_KEY_BYTES) < 0);
    for (size_t i = 0; i < count; i++) {
        const bool is_it = memcmp(facts[i].key, row.key, BASELINE_KEY_BYTES) == 0;
        assert_int_equal(facts[i].state, is_it ? BASELINE_EXPECTED : BASELINE_PROPOSAL);
        assert_int_equal(facts[i].expires_s, is_it ? 200 : 0);
        assert_int_equal(facts[i].hosts, is_it ? 2 : 1);
    }
    free(facts);
    COMMIT(db, baseline_store_refuse(db, &act, &row, &err), OK);
    assert_int_equal(row_of(db, ACTOR).state, BASELINE_REFUSED);
    db_close(db);
}

static void baseline_store_put__knows_twins_and_who_came_late(void **state)
{
    (void)state;
    struct db *db = open_store(DB_CREATE);
    for (uint64_t host = 1; host <= 4; host++)
        learn_host(db, host, 20000);
    for (uint64_t host = 1; host <= 4; host++)
        (void)learn(db, ACTOR, host, 20000 + (int32_t)host);
    struct baseline_row row = row_of(db, ACTOR);
    assert_int_equal(row.late_hosts, 2);
    assert_int_equal(row.late_days, 2);
    assert_false(row.has_actor_twin || row.has_object_twin);
    (void)learn(db, "cdhash:" HASH_A, 1, 20000);
    (void)learn(db, "cdhash:" HASH_B, 1, 20000);
    row = row_of(db, ACTOR);
    assert_true(row.has_actor_twin);
    db_close(db);
}

// Of those that were learned since the last time.
static void set_key(struct db *db, const char *actor, const char *five_octets)
{
    uint8_t key[BASELINE_KEY_BYTES] = { 0 };
    uint8_t was[BASELINE_KEY_BYTES];
    struct db_statement *s = NULL;
    struct err err = { .text = "" };
    memcpy(key, five_octets, 5);
    baseline_key_of(str_of(actor), STR("library-foreign"), STR("TEAM000002/lib"), was);
    assert_ok(db_statement(db, "UPDATE baseline_entry SET key = $1 WHERE key = $2", &s, &err),
              &err);
    db_bind_octets(s, 1, (bytes){ .at = key, .len = sizeof key });
    db_bind_octets(s, 2, (bytes){ .at = was, .len = sizeof was });
    assert_ok(db_do(s, &err), &err);
    assert_int_equal(db_changed(db), 1);
}

static void baseline_store_find__takes_the_first_digits(void **state)
{
    struct baseline_row row;
    struct err err = { .text = "" };
    (void)state;
    struct db *db = open_store(DB_CREATE);
    (void)learn(db, ACTOR, 1, 20000);
    const struct baseline_row known = row_of(db, ACTOR);
    for (size_t len = BASELINE_ID_HEX_MIN; len <= BASELINE_ID_HEX; len++) {
        assert_ok(baseline_store_find(db, str_to(str_of(known.id), len), &arena, &row, &err), &err);
        assert_string_equal(row.id, known.id);
    }
    assert_int_equal(baseline_store_find(db, STR("000000"), &arena, &row, &err), END);
    assert_int_equal(baseline_store_find(db, STR("00000"), &arena, &row, &err), ERR_CONFIG);
    assert_string_equal(err.text, "an entry's id is 6 to 16 hex digits, not \"00000\"");
    assert_int_equal(baseline_store_find(db, STR("00000g"), &arena, &row, &err), ERR_CONFIG);
    set_key(db, ACTOR, "\x01\x02\x03\x04\x05");
    (void)learn(db, ACTOR, 1, 20000);
    set_key(db, ACTOR, "\x01\x02\x03\x04\x06");
    assert_int_equal(baseline_store_find(db, STR("01020304"), &arena, &row, &err), ERR_CONFIG);
    assert_string_equal(err.text, "several entries begin with 01020304");
    db_close(db);
}

static void baseline_store_import__adds_no_counts_and_keeps_refusals(void **state)
{
    struct err err = { .text = "" };
    (void)state;
    struct db *db = open_store(DB_CREATE);
    (void)learn(db, ACTOR, 1, 20000);
    struct baseline_row row = row_of(db, ACTOR);
    row.state = BASELINE_EXPECTED;
    row.owner = row.reason = STR("elsewhere");
    row.expires_s = 300;
    row.host_count = 500;
    COMMIT(db, baseline_store_import(db, &act, &row, &err), OK);
    COMMIT(db, baseline_store_import(db, &act, &row, &err), OK);
    struct baseline_row after = row_of(db, ACTOR);
    assert_int_equal(after.state, BASELINE_EXPECTED);
    assert_int_equal(after.host_count, 1);
    assert_int_equal(after.evidence.events, 1);
    COMMIT(db, baseline_store_refuse(db, &act, &after, &err), OK);
    COMMIT(db, baseline_store_import(db, &act, &row, &err), END);
    assert_int_equal(row_of(db, ACTOR).state, BASELINE_REFUSED);

    // What was not seen here has the counts of elsewhere, until it is seen here.
    row.evidence.actor = STR("TEAM000001/org.c");
    COMMIT(db, baseline_store_import(db, &act, &row, &err), OK);
    after = row_of(db, "TEAM000001/org.c");
    assert_true(after.is_imported && after.host_count == 500);
    assert_true(learn(db, "TEAM000001/org.c", 1, 20000));
    after = row_of(db, "TEAM000001/org.c");
    assert_true(!after.is_imported && after.host_count == 1 && after.state == BASELINE_EXPECTED);
    db_close(db);
}

static void baseline_store_import__leaves_what_a_critical_rule_matched(void **state)
{
    struct err err = { .text = "" };
    (void)state;
    struct db *db = open_store(DB_CREATE);
    (void)learn(db, ACTOR, 1, 20000);
    struct baseline_row row = row_of(db, ACTOR);
    run_sql(db, "UPDATE baseline_entry SET is_critical = 1");
    row.state = BASELINE_EXPECTED;
    row.owner = row.reason = STR("elsewhere");
    row.expires_s = 300;
    COMMIT(db, baseline_store_import(db, &act, &row, &err), END);
    row.allows_critical = true;
    COMMIT(db, baseline_store_import(db, &act, &row, &err), OK);
    assert_true(row_of(db, ACTOR).allows_critical);
    db_close(db);
}

static void baseline_store_put_run__refuses_more_than_max(void **state)
{
    struct err err = { .text = "" };
    int64_t count = 0;
    const struct baseline_run run = { .hosts = 1 };
    (void)state;
    struct db *db = open_store(DB_CREATE);
    run_sql(db, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
                " INSERT INTO baseline_host SELECT i, 'h', 1, 1, '' FROM n");
    learn_host(db, 100000, 20000);
    put_run(db, 0);
    assert_ok(db_begin(db, &err), &err);
    learn_host(db, 100001, 20000);
    assert_int_equal(db_end(db, baseline_store_put_run(db, &act, &run, &err), &err), ERR_LIMIT);
    assert_string_equal(err.text, "the baseline would have 100001 hosts, and keeps 100000; nothing"
                                  " of this was kept");
    assert_ok(db_number(db, "SELECT count(*) FROM baseline_host", &count, &err), &err);
    assert_int_equal(count, 100000);
    db_close(db);
}

static void write_down(void *context, const struct audit_entry *e)
{
    str *log = context;
    *log = arena_printf(&arena, "%.*s%.*s %.*s %.*s %.*s\n", STR_ARG(*log), STR_ARG(e->action),
                        STR_ARG(e->subject), STR_ARG(e->why), STR_ARG(e->detail));
}

// Who decided what, from what it was to what it is; what changes nothing is not said.
static void baseline_store__says_what_was_decided(void **state)
{
    struct err err = { .text = "" };
    str log = STR_EMPTY;
    (void)state;
    struct db *db = open_store(DB_CREATE);
    (void)learn(db, ACTOR, 1, 20000);
    put_run(db, 0);
    struct baseline_row row = row_of(db, ACTOR);
    promote(db, &row);
    row = row_of(db, ACTOR);
    assert_true(str_eq(row.promoted_by, STR("ada")));
    assert_int_equal(row.promoted_s, 100);
    COMMIT(db, baseline_store_import(db, &act, &row, &err), OK);
    COMMIT(db, baseline_store_refuse(db, &act, &row, &err), OK);
    COMMIT(db, baseline_store_end_import(db, &act, STR("beef"), 1, 0, &err), OK);
    assert_ok(audit_list(db, write_down, &log, &err), &err);
    const str expected = arena_printf(
        &arena,
        "baseline.learn baseline  {\"entries\":1,\"hosts\":2,\"events\":2,\"first_ns\":%lld,"
        "\"last_ns\":%lld}\n"
        "baseline.promote %s normal {\"was\":\"proposal\",\"is\":\"expected\","
        "\"behaviour\":\"library-foreign\",\"actor\":\"" ACTOR "\",\"object\":\"TEAM000002/lib\","
        "\"owner\":\"it\",\"reason\":\"normal\",\"expires_s\":200,\"allows_critical\":false}\n"
        "baseline.refuse %s  {\"was\":\"expected\",\"is\":\"refused\","
        "\"behaviour\":\"library-foreign\",\"actor\":\"" ACTOR "\",\"object\":\"TEAM000002/lib\"}\n"
        "baseline.import beef  {\"taken\":1,\"left\":0}\n",
        (long long)(20000 * DAY_NS), (long long)(20000 * DAY_NS + 5), row.id, row.id);
    assert_string_equal(arena_printf(&arena, "%.*s", STR_ARG(log)).at, expected.at);
    db_close(db);
}

// A name is kept as text that both databases take; its key is of the name as it is.
static void baseline_store_put__keeps_any_name(void **state)
{
    static const char actor[] = "TEAM000001/a\xff\x1b";
    uint8_t key[BASELINE_KEY_BYTES];
    (void)state;
    struct db *db = open_store(DB_CREATE);
    assert_false(learn(db, actor, 1, 20000));
    assert_false(learn(db, actor, 2, 20000));
    const struct baseline_row row = row_of(db, "TEAM000001/a\\xff\\x1b");
    baseline_key_of(str_of(actor), STR("library-foreign"), STR("TEAM000002/lib"), key);
    assert_memory_equal(row.key, key, sizeof key);
    assert_int_equal(row.host_count, 2);
    db_close(db);
}

// A store from anywhere: what can be no key is nobody's, and numbers are brought to what they can be.
static void baseline_store_facts__bear_what_is_not_ours(void **state)
{
    struct err err;
    struct baseline_fact *facts = NULL;
    struct baseline_row row;
    size_t count;
    (void)state;
    test_store_needs_file();
    struct db *db = open_store(DB_CREATE);
    (void)learn(db, ACTOR, 1, 20000);
    run_sql(db, "UPDATE baseline_entry SET expires_s = -5, hosts = 1e18, state = 77,"
                " host_set = x'ff', key = x'00'");
    assert_int_equal(baseline_store_facts(db, &facts, &count, &err), OK);
    assert_int_equal(count, 0);
    free(facts);
    assert_int_equal(baseline_store_find(db, STR("000000"), &arena, &row, &err), END);
    run_sql(db, "UPDATE baseline_entry SET key = x'01020304050607080910111213141516'");
    assert_int_equal(baseline_store_facts(db, &facts, &count, &err), OK);
    assert_int_equal(count, 1);
    assert_int_equal(facts[0].hosts, UINT32_MAX);
    assert_int_equal(facts[0].state, BASELINE_STATE_COUNT);
    assert_int_equal(facts[0].expires_s, 0);
    free(facts);
    run_sql(db, "DROP TABLE baseline_entry");
    assert_int_equal(baseline_store_facts(db, &facts, &count, &err), ERR_FORMAT);
    assert_string_equal(err.text, "no such table: baseline_entry");
    db_close(db);
}

// Any octet may be another: it is read, or refused, and nothing worse.
static void baseline_store_facts__survive_every_changed_page(void **state)
{
    (void)state;
    test_store_needs_file();
    struct db *db = open_store(DB_CREATE);
    (void)learn(db, ACTOR, 1, 20000);
    db_close(db);
    FILE *stream = fopen(test_store, "r+");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    const long size = ftell(stream);
    for (long at = 0; at < size; at += 499) {
        struct err err;
        (void)fseek(stream, at, SEEK_SET);
        const int was = fgetc(stream);
        (void)fseek(stream, at, SEEK_SET);
        (void)fputc(was ^ 0xff, stream);
        (void)fflush(stream);
        db = NULL;
        if (store_open(str_of(test_store), DB_READ, &db, &err) == OK) {
            struct baseline_fact *facts = NULL;
            size_t count;
            if (baseline_store_facts(db, &facts, &count, &err) == OK)
                free(facts);
        }
        db_close(db);
        (void)fseek(stream, at, SEEK_SET);
        (void)fputc(was, stream);
        (void)fflush(stream);
    }
    assert_int_equal(fclose(stream), 0);
}

// Pages end where others begin.
static void baseline_store_facts__are_in_order_over_pages(void **state)
{
    struct err err = { .text = "" };
    struct baseline_fact *facts = NULL;
    size_t count;
    (void)state;
    struct db *db = open_store(DB_CREATE);
    (void)learn(db, ACTOR, 1, 20000);
    static const char *const many[] = {
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 131072)"
        " INSERT INTO baseline_entry SELECT ",
        ", state, expires_s, hosts, days, allows_critical, is_critical, is_imported, behaviour,"
        " actor, object, actor_signing_id, actor_path, object_signing_id, object_path, events,"
        " first_ns, last_ns, noisiest, late_hosts, late_days, rules, owner, reason, promoted_by,"
        " promoted_s, day_set, host_set FROM baseline_entry, n",
    };
    run_sql(db, arena_printf(
                    &arena, "%s%s%s; DELETE FROM baseline_entry WHERE length(key) <> 16", many[0],
                    test_store_is_server() ? "decode(md5(CAST(i AS TEXT)), 'hex')"
                                           : "CAST(printf('%016d', i * 7919 % 131101) AS BLOB)",
                    many[1])
                    .at);
    assert_ok(baseline_store_facts(db, &facts, &count, &err), &err);
    assert_int_equal(count, 131073);
    for (size_t i = 1; i < count; i++)
        assert_true(memcmp(facts[i - 1].key, facts[i].key, BASELINE_KEY_BYTES) < 0);
    free(facts);
    db_close(db);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_store_make, forget)
    const struct CMUnitTest tests[] = {
        TEST(baseline_store_put__adds_up_when_reopened),
        TEST(db_close__forgets_what_was_not_committed),
        TEST(baseline_store_promote__is_not_undone_by_learning),
        TEST(baseline_store_put__knows_twins_and_who_came_late),
        TEST(baseline_store_find__takes_the_first_digits),
        TEST(baseline_store_import__adds_no_counts_and_keeps_refusals),
        TEST(baseline_store_import__leaves_what_a_critical_rule_matched),
        TEST(baseline_store_put_run__refuses_more_than_max),
        TEST(baseline_store__says_what_was_decided),
        TEST(baseline_store_put__keeps_any_name),
        TEST(baseline_store_facts__bear_what_is_not_ours),
        TEST(baseline_store_facts__survive_every_changed_page),
        TEST(baseline_store_facts__are_in_order_over_pages),
        cmocka_unit_test(baseline_key_of__keeps_parts_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
