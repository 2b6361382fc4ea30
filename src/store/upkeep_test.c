// Retention by age and by size, and who looks whether a file is whole, over both databases.

#include "store/upkeep.h"

#include "base/buf.h"
#include "store/audit.h"
#include "store/findings.h"
#include "store/test_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MINUTE   INT64_C(60000000000)
#define DAY      (24 * 60 * MINUTE)
#define FINDINGS 600
#define OPEN     100  // Of them, the last ones.
#define OCTETS   8000u

static const struct store_act act = { .who = STR_INIT("ada"), .now_ns = DAY };

static struct db *open_store(void)
{
    struct err err;
    struct db *db = NULL;
    assert_int_equal(store_open(str_of(test_store), DB_CREATE, &db, &err), OK);
    return db;
}

static void run(struct db *db, const char *sql)
{
    struct err err;
    const enum status status = db_run(db, sql, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
}

static int64_t number(struct db *db, const char *sql)
{
    struct err err;
    int64_t out = -1;
    assert_int_equal(db_number(db, sql, &out, &err), OK);
    return out;
}

// Closed in the order of their numbers, but for the last ones.
static void put_findings(struct db *db)
{
    struct err err;
    struct db_statement *s = NULL;
    static uint8_t record[OCTETS];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof record; i++)  // A server compresses what is alike.
        record[i] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(
        db_statement(
            db,
            "INSERT INTO finding (id, rule, rule_version, title, level, score, confidence,"
            " time_ns, host_id, host_name, executable, verdict, verdict_by, revision,"
            " repeats, stored_ns, status, disposition, assignee, triaged_ns, closed_ns,"
            " record) VALUES ($1, 'S01', 1, '', 1, 1, 1, 1, '', '', '', 0, '', 1, 0, 1, $2,"
            " 0, '', 0, $3, $4)",
            &s, &err),
        OK);
    for (int i = 0; i < FINDINGS; i++) {
        char id[16];
        const bool is_closed = i < FINDINGS - OPEN;
        (void)snprintf(id, sizeof id, "%02x%06d", (i * 37) % 256, i);
        db_bind_text(s, 1, str_of(id));
        db_bind_int(s, 2, is_closed ? 2 : i % 2);
        db_bind_int(s, 3, is_closed ? i : 0);
        db_bind_octets(s, 4, (bytes){ .at = record, .len = sizeof record });
        assert_int_equal(db_do(s, &err), OK);
    }
    assert_int_equal(db_commit(db, &err), OK);
}

static void upkeep_forget_to_size__takes_the_oldest(void **state)
{
    (void)state;
    struct err err;
    struct upkeep_forgotten forgotten;
    struct audit_report report;
    uint64_t size = 0;
    uint64_t left = 0;
    struct db *db = open_store();
    put_findings(db);
    // Room is given back first: what stands close together may take more of it than before.
    assert_int_equal(upkeep_forget_to_size(db, &act, UINT64_MAX, &forgotten, &size, &err), OK);
    assert_true(size > (uint64_t)FINDINGS * OCTETS);
    // As large as it is: nothing goes.
    assert_int_equal(upkeep_forget_to_size(db, &act, size + (1u << 20), &forgotten, &left, &err),
                     OK);
    assert_int_equal(forgotten.findings, 0);
    assert_int_equal(number(db, "SELECT count(*) FROM audit_log"), 0);
    // Somewhat less: the oldest go, no more of them than is needed, and all that were closed later stay.
    const uint64_t wanted = size - size / 4;
    assert_int_equal(upkeep_forget_to_size(db, &act, wanted, &forgotten, &left, &err), OK);
    assert_true(left <= wanted);
    assert_true(forgotten.findings > 0 && forgotten.findings < FINDINGS - OPEN);
    const int64_t count = number(db, "SELECT count(*) FROM finding");
    assert_int_equal(count, FINDINGS - (int64_t)forgotten.findings);
    assert_int_equal(number(db, "SELECT min(closed_ns) FROM finding WHERE status = 2"),
                     (int64_t)forgotten.findings);
    assert_true(number(db, "SELECT count(*) FROM audit_log WHERE action = 'store.forget'") > 0);
    // Nothing but what is open: it stays, and that it is too much is told.
    assert_int_equal(upkeep_forget_to_size(db, &act, 1, &forgotten, &left, &err), OK);
    assert_int_equal(number(db, "SELECT count(*) FROM finding WHERE status < 2"), OPEN);
    assert_int_equal(number(db, "SELECT count(*) FROM finding"), OPEN);
    assert_true(left > 1);
    assert_int_equal(audit_verify(db, &report, &err), OK);
    assert_int_equal(report.bad_seq, 0);
    db_close(db);
}

static void upkeep_forget__goes_by_age(void **state)
{
    (void)state;
    struct err err;
    struct upkeep_forgotten forgotten;
    struct db *db = open_store();
    put_findings(db);
    run(db, "INSERT INTO canary (nonce, host, emitted_ns, acts, looked_ns, looked_to_ns) VALUES"
            " ('a', 'mac', 99, '', 0, 0), ('b', 'mac', 100, '', 0, 0)");
    assert_int_equal(upkeep_forget(db, &act, 100, &forgotten, &err), OK);
    assert_int_equal(forgotten.findings, 100);
    assert_int_equal(forgotten.canaries, 1);
    assert_int_equal(upkeep_forget(db, &act, 100, &forgotten, &err), OK);
    assert_int_equal(forgotten.findings + forgotten.canaries, 0);
    assert_int_equal(number(db, "SELECT count(*) FROM audit_log WHERE action = 'store.forget'"), 1);
    assert_int_equal(number(db, "SELECT count(DISTINCT subject) FROM audit_log"
                                " WHERE action = 'review.forget'"),
                     100);
    assert_int_equal(number(db, "SELECT count(*) FROM audit_log"), 101);
    db_close(db);
}

// A file is looked at where nobody did for long, or where it was left open; what is damaged is then refused.
static void upkeep_look__is_seldom(void **state)
{
    (void)state;
    static const int64_t start = 100 * DAY;
    static const struct {
        int64_t after;
        bool is_left;
        bool looks;
    } cases[] = {
        { DAY, false, false },        { UPKEEP_LOOK_DAYS * DAY, false, true },
        { -DAY, false, false },       { -UPKEEP_LOOK_DAYS * DAY, false, true },
        { 59 * MINUTE, true, false }, { 61 * MINUTE, true, true },
    };
    test_store_needs_file();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        struct db *left = NULL;
        struct db *db = open_store();
        assert_int_equal(upkeep_look(db, start, &err), OK);
        assert_int_equal(number(db, "PRAGMA user_version"), start / MINUTE);
        if (cases[i].is_left)
            left = db;
        else
            db_close(db);
        db = open_store();
        assert_int_equal(db_was_left_open(db), cases[i].is_left);
        assert_int_equal(upkeep_look(db, start + cases[i].after, &err), OK);
        assert_int_equal(number(db, "PRAGMA user_version"),
                         (start + (cases[i].looks ? cases[i].after : 0)) / MINUTE);
        db_close(db);
        db_close(left);
        assert_int_equal(test_store_remove(NULL), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(upkeep_forget_to_size__takes_the_oldest, test_store_make,
                                        test_store_remove),
        cmocka_unit_test_setup_teardown(upkeep_forget__goes_by_age, test_store_make,
                                        test_store_remove),
        cmocka_unit_test_setup_teardown(upkeep_look__is_seldom, test_store_make, test_store_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
