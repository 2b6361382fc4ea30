#include "store/audit.h"

#include "base/str.h"
#include "store/test_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define ENTRIES 6

static struct db *open_log(void)
{
    struct err err;
    struct db *db = NULL;
    assert_int_equal(test_store_make(NULL), 0);
    assert_int_equal(store_open(str_of(test_store), DB_CREATE, &db, &err), OK);
    assert_int_equal(db_begin(db, &err), OK);
    for (int i = 0; i < ENTRIES; i++) {
        const struct store_act act = { .who = STR("ada"), .now_ns = 100 + i, .why = STR("asked") };
        assert_int_equal(
            audit_append(db, &act, STR("review.close"), STR("0a1b"), STR("{\"a\":1}"), &err), OK);
    }
    assert_int_equal(db_commit(db, &err), OK);
    return db;
}

static void close_log(struct db *db)
{
    db_close(db);
    assert_int_equal(test_store_remove(NULL), 0);
}

static struct audit_report verify(struct db *db)
{
    struct err err;
    struct audit_report report;
    assert_int_equal(audit_verify(db, &report, &err), OK);
    return report;
}

static void audit_verify__holds(void **state)
{
    (void)state;
    struct db *db = open_log();
    const struct audit_report report = verify(db);
    assert_int_equal(report.bad_seq, 0);
    assert_int_equal(report.count, ENTRIES);
    assert_int_equal(report.clock_set_back, 0);
    close_log(db);
}

// A clock that was put back is told, and is no damage. Who waited for another writer put back none.
static void audit_verify__tells_of_the_clock(void **state)
{
    (void)state;
    static const struct {
        int64_t at_s;
        int64_t set_back;
    } entries[] = { { 200, 0 }, { 140, 0 }, { 79, 1 }, { INT64_MIN / 1000000000, 2 }, { 40, 2 } };
    struct err err;
    struct db *db = open_log();
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        const struct store_act act = { .who = STR("ada"), .now_ns = entries[i].at_s * 1000000000 };
        assert_int_equal(db_begin(db, &err), OK);
        assert_int_equal(audit_append(db, &act, STR("a"), STR("b"), STR_EMPTY, &err), OK);
        assert_int_equal(db_commit(db, &err), OK);
        assert_int_equal(verify(db).bad_seq, 0);
        assert_int_equal(verify(db).clock_set_back, entries[i].set_back);
    }
    close_log(db);
}

// Each column of each entry: whatever is changed is found, at the entry where it was.
static void audit_verify__finds_every_edit(void **state)
{
    static const char *const edits[] = {
        "at_ns = at_ns + 1",
        "who = 'eve'",
        "who = who || 'x'",
        "action = 'review.clos', subject = 'e' || subject",  // Moved from one text to the next.
        "subject = ''",
        "why = 'no'",
        "detail = '{\"a\":2}'",
        "previous = hash",
        "hash = previous",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        for (int seq = 1; seq <= ENTRIES; seq++) {
            struct err err;
            char sql[160];
            struct db *db = open_log();
            (void)snprintf(sql, sizeof sql, "UPDATE audit_log SET %s WHERE seq = %d", edits[i],
                           seq);
            assert_int_equal(db_run(db, sql, &err), OK);
            const struct audit_report report = verify(db);
            assert_int_equal(report.bad_seq, seq);
            assert_non_null(report.why);
            close_log(db);
        }
    }
}

// Removed and put elsewhere. What is taken off the end is found by who kept the head.
static void audit_verify__finds_removal_and_order(void **state)
{
    (void)state;
    for (int seq = 1; seq <= ENTRIES; seq++) {
        struct err err;
        char sql[256];
        struct db *db = open_log();
        const struct audit_report whole = verify(db);
        (void)snprintf(sql, sizeof sql, "DELETE FROM audit_log WHERE seq = %d", seq);
        assert_int_equal(db_run(db, sql, &err), OK);
        const struct audit_report report = verify(db);
        if (seq == ENTRIES)
            assert_memory_not_equal(report.head, whole.head, sizeof whole.head);
        else
            assert_int_equal(report.bad_seq, seq + 1);
        close_log(db);
    }
    for (int seq = 1; seq < ENTRIES; seq++) {
        struct err err;
        char sql[256];
        struct db *db = open_log();
        (void)snprintf(sql, sizeof sql,
                       "UPDATE audit_log SET seq = -1 WHERE seq = %d;"
                       "UPDATE audit_log SET seq = %d WHERE seq = %d;"
                       "UPDATE audit_log SET seq = %d WHERE seq = -1",
                       seq, seq, seq + 1, seq + 1);
        assert_int_equal(db_run(db, sql, &err), OK);
        assert_int_equal(verify(db).bad_seq, seq);
        close_log(db);
    }
}

// A server takes no value of another type.
static void audit_verify__finds_values_of_other_types(void **state)
{
    static const char *const edits[] = { "at_ns = at_ns + 0.25", "who = CAST(who AS BLOB)" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        struct err err;
        char sql[160];
        struct db *db = open_log();
        (void)snprintf(sql, sizeof sql, "UPDATE audit_log SET %s WHERE seq = 2", edits[i]);
        if (db_kind(db) == DB_SQLITE) {
            assert_int_equal(db_run(db, sql, &err), OK);
            assert_int_equal(verify(db).bad_seq, 2);
        }
        close_log(db);
    }
}

// By who forged the last entry's number: nothing is counted on from there.
static void audit_append__goes_on_from_a_number_that_can_be_one(void **state)
{
    static const char *const last[] = { "9223372036854775807", "1e300", "-5" };
    const struct store_act act = { .who = STR("ada"), .now_ns = 5, .why = STR_EMPTY };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(last); i++) {
        struct err err;
        char sql[160];
        struct db *db = open_log();
        (void)snprintf(sql, sizeof sql,
                       "DELETE FROM audit_log WHERE seq > 1; UPDATE audit_log SET seq = %s",
                       last[i]);
        if (db_run(db, sql, &err) == OK) {  // A server has no number like 1e300.
            assert_int_equal(db_begin(db, &err), OK);
            assert_int_equal(audit_append(db, &act, STR("a"), STR("b"), STR_EMPTY, &err),
                             ERR_FORMAT);
            db_rollback(db);
        }
        close_log(db);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audit_verify__holds),
        cmocka_unit_test(audit_verify__tells_of_the_clock),
        cmocka_unit_test(audit_verify__finds_every_edit),
        cmocka_unit_test(audit_verify__finds_removal_and_order),
        cmocka_unit_test(audit_verify__finds_values_of_other_types),
        cmocka_unit_test(audit_append__goes_on_from_a_number_that_can_be_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
