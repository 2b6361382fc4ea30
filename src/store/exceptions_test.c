#include "store/exceptions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

static char path[512];
static struct arena arena;

static int make_path(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "./exception_store_XXXXXX");
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return unlink(path);
}

static struct exception_store *open_good(bool writes)
{
    struct exception_store *s = NULL;
    struct err err = { .text = "" };
    if (exception_store_open(str_of(path), writes, &s, &err) != OK)
        fail_msg("%s", err.text);
    return s;
}

static void put(const struct exception_row *rows, size_t count)
{
    struct err err = { .text = "" };
    struct exception_store *s = open_good(true);
    assert_int_equal(exception_store_replace(s, rows, count, &err), OK);
    exception_store_close(s);
}

static void add(const struct exception_row *rows, size_t count)
{
    struct err err = { .text = "" };
    struct exception_store *s = open_good(true);
    assert_int_equal(exception_store_add_hits(s, rows, count, &err), OK);
    exception_store_close(s);
}

static size_t take(struct exception_row **rows)
{
    struct err err = { .text = "" };
    size_t count = 0;
    struct exception_store *s = open_good(false);
    if (exception_store_rows(s, &arena, rows, &count, &err) != OK)
        fail_msg("%s", err.text);
    exception_store_close(s);
    return count;
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void exception_store_rows__come_as_they_were_put(void **state)
{
    static const struct exception_row rows[] = {
        { .id = STR_INIT("E-2"), .text = STR_INIT("second\n") },
        { .id = STR_INIT("E-1"), .text = STR_INIT("") },
        { .id = STR_INIT("E'\";--"), .text = STR_INIT("a\0b") },
    };
    struct exception_row *found;
    (void)state;
    assert_false(exception_store_is(str_of(path)));
    put(rows, COUNT_OF(rows));
    assert_true(exception_store_is(str_of(path)));
    assert_int_equal(take(&found), COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(str_eq(found[i].id, rows[i].id));
        assert_true(str_eq(found[i].text, rows[i].text));
        assert_int_equal(found[i].hits, 0);
    }
    put(rows, 0);
    assert_int_equal(take(&found), 0);
}

static void exception_store_add_hits__keeps_the_first_and_the_last(void **state)
{
    static const struct exception_row rows[] = { { .id = STR_INIT("E-1"), .text = STR_INIT("x") } };
    static const struct exception_row hits[] = {
        { .id = STR_INIT("E-1"), .hits = 2, .first_hit_ns = 50, .last_hit_ns = 60 },
        { .id = STR_INIT("gone"), .hits = 2, .first_hit_ns = 1, .last_hit_ns = 2 },
        { .id = STR_INIT("E-1"), .hits = 0, .first_hit_ns = 1, .last_hit_ns = 999 },
        { .id = STR_INIT("E-1"), .hits = 1, .first_hit_ns = -40, .last_hit_ns = -40 },
        { .id = STR_INIT("E-1"), .hits = UINT64_MAX, .first_hit_ns = 70, .last_hit_ns = 80 },
    };
    struct exception_row *found;
    (void)state;
    put(rows, 1);
    add(hits, COUNT_OF(hits));
    add(hits + 4, 1);
    assert_int_equal(take(&found), 1);
    assert_int_equal(found[0].hits, INT64_MAX / 2);
    assert_int_equal(found[0].first_hit_ns, -40);
    assert_int_equal(found[0].last_hit_ns, 80);
}

static void exception_store_open__refuses(void **state)
{
    static const struct {
        const char *sql;
        bool writes;
        const char *sentence;
    } cases[] = {
        { "PRAGMA user_version = 2; PRAGMA application_id = 0x504f4d58", false,
          "made by a newer pomona (store version 2, this one reads 1)" },
        { "PRAGMA user_version = 1; PRAGMA application_id = 0x504f4d4c", true,
          "not a store of exceptions (application id 0x504f4d4c)" },
        { "CREATE TABLE t (x); PRAGMA user_version = 0; PRAGMA application_id = 0", true,
          "not a store of exceptions (application id 0x0)" },
        { "PRAGMA journal_mode = WAL", true,
          "kept with a write-ahead log, as no store of exceptions is" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct exception_store *s = NULL;
        struct err err;
        run_sql(cases[i].sql);
        assert_int_equal(exception_store_open(str_of(path), cases[i].writes, &s, &err), ERR_FORMAT);
        assert_string_equal(err.text, cases[i].sentence);
    }
}

// A file from anywhere: other tables, values of other types, a trigger.
static void exception_store_rows__bear_what_is_not_ours(void **state)
{
    struct exception_row *found;
    struct exception_store *s;
    struct err err;
    size_t count;
    (void)state;
    put(NULL, 0);
    run_sql("INSERT INTO exceptions_entry VALUES (x'00ff', -5, 7, -1, 'x', 1e300);"
            "CREATE TRIGGER t AFTER UPDATE ON exceptions_entry BEGIN DELETE FROM exceptions_entry; "
            "END");
    assert_int_equal(take(&found), 1);
    assert_int_equal(found[0].hits, 0);
    const struct exception_row hit = { .id = STR("none"), .hits = 1 };
    add(&hit, 1);
    assert_int_equal(take(&found), 1);
    run_sql("DROP TABLE exceptions_entry");
    s = open_good(false);
    assert_int_equal(exception_store_rows(s, &arena, &found, &count, &err), ERR_FORMAT);
    assert_string_equal(err.text, "damaged store of exceptions: no such table: exceptions_entry");
    exception_store_close(s);
}

static void exception_store_rows__refuses_more_than_max(void **state)
{
    struct exception_row *found;
    struct err err;
    size_t count;
    (void)state;
    put(NULL, 0);
    run_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001)"
            " INSERT INTO exceptions_entry SELECT 'E-' || i, i, 'x', 0, 0, 0 FROM n");
    struct exception_store *s = open_good(false);
    assert_int_equal(exception_store_rows(s, &arena, &found, &count, &err), ERR_LIMIT);
    assert_string_equal(err.text, "more than 10000 exceptions, or 8388608 octets of them");
    exception_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exception_store_rows__come_as_they_were_put, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(exception_store_add_hits__keeps_the_first_and_the_last,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(exception_store_open__refuses, make_path, forget),
        cmocka_unit_test_setup_teardown(exception_store_rows__bear_what_is_not_ours, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(exception_store_rows__refuses_more_than_max, make_path,
                                        forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
