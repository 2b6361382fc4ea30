#include "sink/keep.h"

#include "sink/fixture.h"
#include "store/findings.h"
#include "store/test_file.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#define MANY (3u * KEEPER_ROWS_MAX + 7)

static const struct store_act act = { .who = STR_INIT("ana"), .now_ns = 1 };

static struct db *open_store(enum db_mode mode)
{
    struct db *db = NULL;
    struct err err;
    assert_int_equal(store_open(str_of(test_file), mode, &db, &err), OK);
    return db;
}

static int64_t kept_in(struct db *db)
{
    int64_t count = -1;
    struct err err;
    assert_int_equal(db_number(db, "SELECT count(*) FROM finding", &count, &err), OK);
    return count;
}

static enum status add(struct keeper *k, uint64_t i, str record, struct err *err)
{
    struct finding f = other;
    (void)snprintf(f.id, sizeof f.id, "%032llx", (unsigned long long)i);
    return keeper_add(k, &f, record, err);
}

static void keeper__keeps_more_than_a_tray_holds(void **state)
{
    struct db *db = open_store(DB_CREATE);
    struct keeper *k = NULL;
    struct err err;
    (void)state;
    assert_int_equal(keeper_new(db, &act, NULL, &k, &err), OK);
    assert_int_equal(keeper_kept(k), 0);
    for (uint64_t i = 0; i < MANY; i++) {
        assert_int_equal(add(k, i, STR("{}"), &err), OK);
        if (i % 100 == 99)
            assert_int_equal(keeper_end_batch(k, i / 100, &err), OK);
        assert_true(keeper_kept(k) <= (i + 1) / 100);
    }
    assert_int_equal(keeper_flush(k, &err), OK);
    assert_int_equal(keeper_kept(k), MANY / 100);
    assert_int_equal(keeper_end_batch(k, MANY / 100, &err), OK);
    assert_int_equal(keeper_kept(k), MANY / 100 + 1);
    keeper_free(k);
    assert_int_equal(kept_in(db), MANY);
    db_close(db);
}

static void keeper_free__keeps_what_was_handed_over(void **state)
{
    struct db *db = open_store(DB_CREATE);
    struct keeper *k = NULL;
    struct err err;
    (void)state;
    assert_int_equal(keeper_new(db, &act, NULL, &k, &err), OK);
    const size_t large = KEEPER_BYTES_MAX / 2;
    char *record = memory_new(large);
    memset(record, 'x', large);
    for (uint64_t i = 0; i < 7; i++)
        assert_int_equal(add(k, i, (str){ .at = record, .len = large }, &err), OK);
    keeper_free(k);
    free(record);
    assert_int_equal(kept_in(db), 7);
    db_close(db);
}

static void keeper_add__says_what_became_of_earlier_ones(void **state)
{
    struct keeper *k = NULL;
    struct err err;
    (void)state;
    db_close(open_store(DB_CREATE));
    struct db *db = open_store(DB_READ);
    assert_int_equal(keeper_new(db, &act, NULL, &k, &err), OK);
    assert_int_equal(add(k, 1, STR("{}"), &err), OK);
    assert_int_equal(keeper_flush(k, &err), ERR_IO);
    assert_non_null(strstr(err.text, "findings cannot be kept in the store: may only be read"));
    assert_int_equal(add(k, 2, STR("{}"), &err), ERR_IO);
    assert_int_equal(keeper_end_batch(k, 0, &err), ERR_IO);
    assert_int_equal(keeper_kept(k), 0);
    keeper_free(k);
    db_close(db);
}

static void *let_go_late(void *locking)
{
    struct err err;
    static const struct timespec longer = { .tv_sec = DB_BUSY_MS / 1000 + 1 };
    (void)nanosleep(&longer, NULL);
    assert_int_equal(db_end(locking, OK, &err), OK);
    return NULL;
}

static void keeper__waits_for_who_writes_for_long(void **state)
{
    struct db *db = open_store(DB_CREATE);
    struct db *other_db = open_store(DB_CHANGE);
    struct keeper *k = NULL;
    struct err err;
    pthread_t thread;
    (void)state;
    assert_int_equal(keeper_new(db, &act, NULL, &k, &err), OK);
    assert_int_equal(db_begin(other_db, &err), OK);
    assert_int_equal(pthread_create(&thread, NULL, let_go_late, other_db), 0);
    assert_int_equal(add(k, 1, STR("{}"), &err), OK);
    assert_int_equal(keeper_flush(k, &err), OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    keeper_free(k);
    assert_int_equal(kept_in(db), 1);
    db_close(db);
    db_close(other_db);
}

static int64_t said_ns;
static int64_t say_time(void)
{
    return said_ns;
}

// A run that goes on for weeks takes each finding when it takes it, and not when it began.
static void keeper__asks_the_clock_each_time(void **state)
{
    struct db *db = open_store(DB_CREATE);
    struct keeper *k = NULL;
    struct err err;
    int64_t sum = 0;
    (void)state;
    assert_int_equal(keeper_new(db, &act, say_time, &k, &err), OK);
    for (uint64_t i = 1; i <= 2; i++) {
        said_ns = (int64_t)i * 1000;
        assert_int_equal(add(k, i, STR("{}"), &err), OK);
        assert_int_equal(keeper_flush(k, &err), OK);
    }
    keeper_free(k);
    assert_int_equal(db_number(db, "SELECT sum(stored_ns) FROM finding", &sum, &err), OK);
    assert_int_equal(sum, 3000);
    assert_int_equal(db_number(db, "SELECT sum(at_ns) FROM audit_log", &sum, &err), OK);
    assert_int_equal(sum, 3000);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeper__keeps_more_than_a_tray_holds, test_file_make,
                                        test_file_remove),
        cmocka_unit_test_setup_teardown(keeper_free__keeps_what_was_handed_over, test_file_make,
                                        test_file_remove),
        cmocka_unit_test_setup_teardown(keeper__asks_the_clock_each_time, test_file_make,
                                        test_file_remove),
        cmocka_unit_test_setup_teardown(keeper_add__says_what_became_of_earlier_ones,
                                        test_file_make, test_file_remove),
        cmocka_unit_test_setup_teardown(keeper__waits_for_who_writes_for_long, test_file_make,
                                        test_file_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
