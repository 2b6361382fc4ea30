// Exceptions of a store, in a file or on the server that tests/postgres.sh started.

#include "store/exceptions.h"

#include "store/audit.h"
#include "store/test_store.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena arena;
static struct db *db;

static int open_store(void **state)
{
    struct err err = { .text = "" };
    if (test_store_make(state) != 0)
        return -1;
    const bool is_open = store_open(str_of(test_store), DB_CREATE, &db, &err) == OK;
    if (!is_open)
        (void)fprintf(stderr, "%s\n", err.text);
    return is_open ? 0 : -1;
}

static int close_store(void **state)
{
    db_close(db);
    arena_done(&arena);
    return test_store_remove(state);
}

static struct store_act by(const char *who, int64_t now_ns)
{
    return (struct store_act){ .who = str_of(who), .now_ns = now_ns, .why = STR("because") };
}

static struct exception_changes put(const struct exception_row *rows, size_t count)
{
    const struct store_act act = by("ada", 5);
    struct err err = { .text = "" };
    struct exception_changes changes;
    if (exceptions_store_replace(db, &act, rows, count, &changes, &err) != OK)
        fail_msg("%s", err.text);
    return changes;
}

static void add_hits(const struct exception_row *rows, size_t count)
{
    struct err err = { .text = "" };
    if (exceptions_store_add_hits(db, rows, count, &err) != OK)
        fail_msg("%s", err.text);
}

static size_t take(struct exception_row **rows)
{
    struct err err = { .text = "" };
    size_t count = 0;
    if (exceptions_store_rows(db, &arena, rows, &count, &err) != OK)
        fail_msg("%s", err.text);
    return count;
}

static void run_sql(const char *sql)
{
    struct err err = { .text = "" };
    if (db_run(db, sql, &err) != OK)
        fail_msg("%s", err.text);
}

static void write_down(void *context, const struct audit_entry *e)
{
    str *log = context;
    *log = arena_printf(&arena, "%.*s%.*s %.*s %.*s %.*s\n", STR_ARG(*log), STR_ARG(e->who),
                        STR_ARG(e->action), STR_ARG(e->subject), STR_ARG(e->detail));
}

static void assert_log(const char *expected)
{
    struct err err = { .text = "" };
    str log = STR_EMPTY;
    assert_int_equal(audit_list(db, write_down, &log, &err), OK);
    assert_string_equal(arena_printf(&arena, "%.*s", STR_ARG(log)).at, expected);
}

static void exceptions_store_rows__come_as_they_were_put(void **state)
{
    static const struct exception_row rows[] = {
        { .id = STR_INIT("E-2"), .text = STR_INIT("second\n") },
        { .id = STR_INIT("E-1"), .text = STR_INIT("") },
        { .id = STR_INIT("E'\";--"), .text = STR_INIT("$1 \xc3\xa9") },
    };
    struct exception_row *found;
    struct err err;
    int64_t counted = 0;
    (void)state;
    assert_true(exceptions_store_is(str_of(test_store)));
    (void)put(rows, COUNT_OF(rows));
    assert_int_equal(take(&found), COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(str_eq(found[i].id, rows[i].id));
        assert_true(str_eq(found[i].text, rows[i].text));
        assert_true(str_eq(found[i].put_by, STR("ada")));
        assert_int_equal(found[i].put_ns, 5);
        assert_int_equal(found[i].hits, 0);
    }
    assert_int_equal(exceptions_store_count(db, &counted, &err), OK);
    assert_int_equal(counted, COUNT_OF(rows));
    (void)put(rows, 0);
    assert_int_equal(take(&found), 0);
}

static void exceptions_store_is__knows_stores_by_what_they_are(void **state)
{
    (void)state;
    assert_true(exceptions_store_is(STR("postgresql:///pomona")));
    assert_false(exceptions_store_is(STR("absent.yaml")));
    assert_false(exceptions_store_is(STR("/dev/null")));
    assert_false(exceptions_store_is(STR("a\0b")));
}

static void exceptions_store_add_hits__keeps_the_first_and_the_last(void **state)
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
    (void)put(rows, 1);
    add_hits(hits, 4);
    assert_int_equal(take(&found), 1);
    assert_int_equal(found[0].hits, 3);
    assert_int_equal(found[0].first_hit_ns, -40);
    assert_int_equal(found[0].last_hit_ns, 60);
    add_hits(hits + 4, 1);
    add_hits(hits + 4, 1);
    assert_int_equal(take(&found), 1);
    assert_int_equal(found[0].hits, INT64_MAX / 2);
    assert_int_equal(found[0].first_hit_ns, -40);
    assert_int_equal(found[0].last_hit_ns, 80);
}

// Each change with what it was and what it is; what stays as it was is nobody's act, and hits are none.
static void exceptions_store_replace__says_what_changed(void **state)
{
    static const struct exception_row first[] = {
        { .id = STR_INIT("E-1"), .text = STR_INIT("one\n") },
        { .id = STR_INIT("E-2"), .text = STR_INIT("two") },
        { .id = STR_INIT("E-3"), .text = STR_INIT("three") },
    };
    static const struct exception_row second[] = {
        { .id = STR_INIT("E-3"), .text = STR_INIT("3") },
        { .id = STR_INIT("E-1"), .text = STR_INIT("one\n") },
    };
    static const struct exception_row hit = { .id = STR_INIT("E-3"), .hits = 7 };
    struct exception_row *found;
    struct err err;
    const struct store_act act = by("eve", 9);
    struct exception_changes changes = put(first, COUNT_OF(first));
    (void)state;
    assert_int_equal(changes.added, 3);
    add_hits(&hit, 1);
    assert_int_equal(exceptions_store_replace(db, &act, second, COUNT_OF(second), &changes, &err),
                     OK);
    assert_true(changes.added == 0 && changes.changed == 1 && changes.removed == 1);
    assert_int_equal(take(&found), 2);
    assert_true(str_eq(found[0].id, STR("E-3")) && str_eq(found[0].put_by, STR("eve")));
    assert_true(str_eq(found[1].id, STR("E-1")) && str_eq(found[1].put_by, STR("ada")));
    assert_int_equal(found[0].hits, 7);
    assert_log("ada exceptions.add E-1 {\"was\":\"\",\"is\":\"one\\n\"}\n"
               "ada exceptions.add E-2 {\"was\":\"\",\"is\":\"two\"}\n"
               "ada exceptions.add E-3 {\"was\":\"\",\"is\":\"three\"}\n"
               "ada exceptions.import exceptions"
               " {\"count\":3,\"added\":3,\"changed\":0,\"removed\":0}\n"
               "eve exceptions.change E-3 {\"was\":\"three\",\"is\":\"3\"}\n"
               "eve exceptions.remove E-2 {\"was\":\"two\",\"is\":\"\"}\n"
               "eve exceptions.import exceptions"
               " {\"count\":2,\"added\":0,\"changed\":1,\"removed\":1}\n");
}

static void exceptions_store_add__leaves_what_is_there(void **state)
{
    static const struct exception_row first = { .id = STR_INIT("E-1"), .text = STR_INIT("one") };
    static const struct exception_row more[] = {
        { .id = STR_INIT("E-0"), .text = STR_INIT("nought") },
        { .id = STR_INIT("E-1"), .text = STR_INIT("other") },
    };
    static const str gone[] = { STR_INIT("E-1"), STR_INIT("E-9") };
    struct exception_row *found;
    struct err err;
    const struct store_act act = by("eve", 9);
    (void)state;
    (void)put(&first, 1);
    assert_int_equal(exceptions_store_add(db, &act, more, 2, &err), ERR_CONFIG);
    assert_string_equal(err.text, "there is an exception \"E-1\" already");
    assert_int_equal(take(&found), 1);
    assert_int_equal(exceptions_store_add(db, &act, more, 1, &err), OK);
    assert_int_equal(take(&found), 2);
    assert_true(str_eq(found[0].id, STR("E-1")) && str_eq(found[1].id, STR("E-0")));
    assert_int_equal(exceptions_store_remove(db, &act, gone, 2, &err), ERR_CONFIG);
    assert_string_equal(err.text, "there is no exception \"E-9\"");
    assert_int_equal(take(&found), 2);
    assert_int_equal(exceptions_store_remove(db, &act, gone, 1, &err), OK);
    assert_int_equal(take(&found), 1);
    assert_log("ada exceptions.add E-1 {\"was\":\"\",\"is\":\"one\"}\n"
               "ada exceptions.import exceptions"
               " {\"count\":1,\"added\":1,\"changed\":0,\"removed\":0}\n"
               "eve exceptions.add E-0 {\"was\":\"\",\"is\":\"nought\"}\n"
               "eve exceptions.remove E-1 {\"was\":\"one\",\"is\":\"\"}\n");
}

// A file from anywhere: values of other types, a trigger.
static void exceptions_store_rows__bear_what_is_not_ours(void **state)
{
    struct exception_row *found;
    (void)state;
    test_store_needs_file();
    run_sql("INSERT INTO exceptions_entry VALUES (x'00ff', -5, 7, 'x', 'x', -1, 'x', 1e300)");
    assert_int_equal(take(&found), 1);
    assert_int_equal(found[0].hits, 0);
    run_sql("CREATE TRIGGER t AFTER UPDATE ON exceptions_entry BEGIN DELETE FROM exceptions_entry;"
            " END; INSERT INTO exceptions_entry VALUES ('E-1', 1, '', '', 0, 0, 0, 0)");
    const struct exception_row hit = { .id = STR("E-1"), .hits = 1 };
    add_hits(&hit, 1);
    assert_int_equal(take(&found), 2);
}

static void exceptions_store_rows__refuses_more_than_max(void **state)
{
    static struct exception_row rows[EXCEPTIONS_STORE_ROWS_MAX + 1];
    struct exception_row *found;
    struct exception_changes changes;
    struct err err;
    const struct store_act act = by("eve", 9);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        rows[i] =
            (struct exception_row){ .id = arena_printf(&arena, "E-%zu", i), .text = STR("x") };
    assert_int_equal(exceptions_store_replace(db, &act, rows, COUNT_OF(rows), &changes, &err),
                     ERR_LIMIT);
    assert_string_equal(err.text, "more than 10000 exceptions, or 8388608 octets of them");
    assert_int_equal(take(&found), 0);
    assert_log("");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)
    const struct CMUnitTest tests[] = {
        TEST(exceptions_store_rows__come_as_they_were_put),
        TEST(exceptions_store_is__knows_stores_by_what_they_are),
        TEST(exceptions_store_add_hits__keeps_the_first_and_the_last),
        TEST(exceptions_store_replace__says_what_changed),
        TEST(exceptions_store_add__leaves_what_is_there),
        TEST(exceptions_store_rows__bear_what_is_not_ours),
        TEST(exceptions_store_rows__refuses_more_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
