// What a database has to do, for both drivers. PostgreSQL's part needs a server of its own, which
// tests/postgres.sh starts and names in POMONA_TEST_POSTGRES.

#include "store/db.h"

#include "base/str.h"
#include "store/audit.h"
#include "store/findings.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define LARGE (3u * 1024 * 1024)

static char path[64];
static const char *name;

static struct db *open_db(void)
{
    struct err err;
    struct db *db = NULL;
    const enum status status = db_open(str_of(name), DB_CREATE, &db, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
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
    const enum status status = db_number(db, sql, &out, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
    return out;
}

static int make_file(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/pomona-db-XXXXXX");
    const int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0 || unlink(path) != 0)
        return -1;
    name = path;
    struct db *db = open_db();
    run(db, "CREATE TABLE thing (key TEXT PRIMARY KEY, whole BIGINT, part DOUBLE PRECISION,"
            " raw BYTEA)");
    db_close(db);
    return 0;
}

static int remove_file(void **state)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char file[96];
        (void)snprintf(file, sizeof file, "%s%s", path, endings[i]);
        (void)unlink(file);
    }
    return 0;
}

// In a schema of the test's own: what else the database has is left alone.
static int make_schema(void **state)
{
    static char url[512];
    (void)state;
    const char *server = getenv("POMONA_TEST_POSTGRES");
    if (server == NULL)
        return 0;
    (void)snprintf(url, sizeof url, "%s%coptions=-csearch_path%%3Dpomona_db_test", server,
                   strchr(server, '?') == NULL ? '?' : '&');
    name = url;
    struct db *db = open_db();
    run(db, "DROP SCHEMA IF EXISTS pomona_db_test CASCADE; CREATE SCHEMA pomona_db_test;"
            "CREATE TABLE thing (key TEXT PRIMARY KEY, whole BIGINT, part DOUBLE PRECISION,"
            " raw BYTEA)");
    db_close(db);
    return 0;
}

static int remove_schema(void **state)
{
    (void)state;
    if (getenv("POMONA_TEST_POSTGRES") == NULL)
        return 0;
    struct db *db = open_db();
    run(db, "DROP SCHEMA pomona_db_test CASCADE");
    db_close(db);
    return 0;
}

static void need_server(void)
{
    if (name != NULL)
        return;
    print_message("skipped: POMONA_TEST_POSTGRES names no server (tests/postgres.sh)\n");
    skip();
}

static struct db_statement *statement(struct db *db, const char *sql)
{
    struct err err;
    struct db_statement *s = NULL;
    const enum status status = db_statement(db, sql, &s, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
    return s;
}

static const char add_thing[] = "INSERT INTO thing (key, whole, part, raw) VALUES ($1, $2, $3, $4)";

static enum status add(struct db *db, const char *key, int64_t whole, struct err *err)
{
    struct db_statement *s = statement(db, add_thing);
    db_bind_text(s, 1, str_of(key));
    db_bind_int(s, 2, whole);
    db_bind_real(s, 3, 0.1);
    db_bind_octets(s, 4, bytes_of_str(STR("a\0b\xff\\")));
    return db_do(s, err);
}

static void db__keeps_values_as_they_are(void **state)
{
    (void)state;
    need_server();
    static const int64_t numbers[] = { 0, -1, INT64_MAX, INT64_MIN };
    struct err err;
    struct db *db = open_db();
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        char key[] = { (char)('a' + i), '\0' };
        assert_int_equal(add(db, key, numbers[i], &err), OK);
    }
    struct db_statement *s =
        statement(db, "SELECT key, whole, part, raw, whole = 0 FROM thing ORDER BY key");
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        assert_int_equal(db_step(s, &err), OK);
        assert_true(db_text(s, 0).at[0] == (char)('a' + i));
        assert_true(db_int(s, 1) == numbers[i]);
        assert_true(db_real(s, 2) == 0.1);
        assert_true(str_eq(str_of_bytes(db_octets(s, 3)), STR("a\0b\xff\\")));
        assert_int_equal(db_int(s, 4), numbers[i] == 0);
        assert_false(db_is_null(s, 3));
    }
    assert_int_equal(db_step(s, &err), END);
    assert_int_equal(number(db, "SELECT sum(whole) FROM thing WHERE whole < 1 AND whole > -5"), -1);
    db_close(db);
}

// What is not bound is NULL, and is neither empty nor nothing.
static void db__tells_null_from_empty(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = open_db();
    struct db_statement *s = statement(db, add_thing);
    db_bind_text(s, 1, STR_EMPTY);
    db_bind_null(s, 2);
    db_bind_octets(s, 4, (bytes){ 0 });
    assert_int_equal(db_do(s, &err), OK);
    s = statement(db, "SELECT key, whole, part, raw FROM thing");
    assert_int_equal(db_step(s, &err), OK);
    for (int column = 0; column < 4; column++)
        assert_int_equal(db_is_null(s, column), column == 1 || column == 2);
    assert_int_equal(db_text(s, 0).len + db_octets(s, 3).len + db_text(s, 1).len, 0);
    assert_int_equal(db_int(s, 1), 0);
    assert_true(db_real(s, 2) == 0);
    db_close(db);
}

static void db__keeps_large_octets(void **state)
{
    (void)state;
    need_server();
    struct err err;
    uint8_t *large = memory_new(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (uint8_t)(i * 2654435761u >> 13);
    struct db *db = open_db();
    struct db_statement *s = statement(db, add_thing);
    db_bind_text(s, 1, STR("large"));
    db_bind_octets(s, 4, (bytes){ .at = large, .len = LARGE });
    assert_int_equal(db_do(s, &err), OK);
    s = statement(db, "SELECT raw FROM thing");
    assert_int_equal(db_step(s, &err), OK);
    assert_int_equal(db_octets(s, 0).len, LARGE);
    assert_memory_equal(db_octets(s, 0).at, large, LARGE);
    db_close(db);
    free(large);
}

static void db__refuses_what_it_cannot_bind(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = open_db();
    struct db_statement *s = statement(db, add_thing);
    db_bind_int(s, 5, 1);
    assert_int_equal(db_do(s, &err), ERR_LIMIT);
    assert_int_equal(add(db, "a", 1, &err), OK);  // The next one knows nothing of it.
    db_close(db);
}

static void db__refuses_what_is_no_text(void **state)
{
    (void)state;
    need_server();
    static const str texts[] = { STR_INIT("a\xff"), STR_INIT("a\0b"), STR_INIT("\xed\xa0\x80") };
    struct db *db = open_db();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct err err;
        struct db_statement *s = statement(db, add_thing);
        db_bind_text(s, 1, texts[i]);
        assert_int_equal(db_do(s, &err), ERR_FORMAT);
        assert_string_equal(err.text, "a text is not UTF-8, or has a zero octet");
        assert_int_equal(add(db, i == 0 ? "a" : i == 1 ? "b" : "c", 1, &err), OK);
    }
    db_close(db);
}

static void db__updates_what_is_there(void **state)
{
    (void)state;
    need_server();
    static const char upsert[] =
        "INSERT INTO thing (key, whole) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE"
        " SET whole = thing.whole + excluded.whole";
    struct err err;
    struct db *db = open_db();
    for (int64_t i = 1; i <= 3; i++) {
        struct db_statement *s = statement(db, upsert);
        db_bind_text(s, 1, STR("a"));
        db_bind_int(s, 2, i * 5000000000);
        assert_int_equal(db_do(s, &err), OK);
        assert_int_equal(db_changed(db), 1);
    }
    assert_true(number(db, "SELECT whole FROM thing") == 30000000000);
    db_close(db);
}

static void db_changed__counts_rows(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = open_db();
    assert_int_equal(add(db, "a", 1, &err), OK);
    assert_int_equal(add(db, "b", 2, &err), OK);
    struct db_statement *s = statement(db, "UPDATE thing SET part = 0 WHERE whole <= $1");
    for (int64_t most = 0; most <= 2; most++) {
        db_reset(s);
        db_bind_int(s, 1, most);
        assert_int_equal(db_do(s, &err), OK);
        assert_int_equal(db_changed(db), most);
    }
    db_close(db);
}

// Beside a small literal a parameter is still a BIGINT.
static void db__takes_large_numbers_beside_small(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = open_db();
    struct db_statement *s = statement(db, "SELECT CASE WHEN $1 > 7 THEN $1 ELSE 0 END");
    db_bind_int(s, 1, INT64_MAX);
    assert_int_equal(db_step(s, &err), OK);
    assert_true(db_int(s, 0) == INT64_MAX);
    db_close(db);
}

static void db_rollback__takes_back(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = open_db();
    assert_int_equal(db_begin(db, &err), OK);
    assert_true(db_is_in_transaction(db));
    assert_int_equal(add(db, "a", 1, &err), OK);
    db_rollback(db);
    assert_false(db_is_in_transaction(db));
    assert_int_equal(number(db, "SELECT count(*) FROM thing"), 0);
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(add(db, "a", 1, &err), OK);
    assert_int_equal(db_end(db, ERR_CONFIG, &err), ERR_CONFIG);
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(add(db, "b", 1, &err), OK);
    assert_int_equal(db_end(db, OK, &err), OK);
    assert_int_equal(number(db, "SELECT count(*) FROM thing WHERE key = 'b'"), 1);
    db_close(db);
}

static void db__refuses_what_breaks_a_constraint(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = open_db();
    assert_int_equal(add(db, "a", 1, &err), OK);
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(add(db, "a", 2, &err), ERR_FORMAT);
    assert_int_equal(db_end(db, ERR_FORMAT, &err), ERR_FORMAT);
    assert_int_equal(number(db, "SELECT whole FROM thing"), 1);
    assert_int_equal(db_run(db, "SELECT * FROM nowhere", &err), ERR_FORMAT);
    db_close(db);
}

// Though what fails may leave the rest of the transaction to the caller, what is committed is whole.
static void db_end__takes_back_what_failed(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = open_db();
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(add(db, "a", 1, &err), OK);
    assert_int_equal(db_end(db, add(db, "a", 2, &err), &err), ERR_FORMAT);
    assert_int_equal(number(db, "SELECT count(*) FROM thing"), 0);
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(add(db, "a", 3, &err), OK);
    assert_int_equal(db_commit(db, &err), OK);
    assert_int_equal(number(db, "SELECT whole FROM thing"), 3);
    db_close(db);
}

// The second waits for DB_BUSY_MS, and then says why; what the first has not committed is not seen.
static void db_begin__has_one_writer(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *first = open_db();
    struct db *second = open_db();
    assert_int_equal(db_begin(first, &err), OK);
    assert_int_equal(add(first, "a", 1, &err), OK);
    assert_int_equal(number(first, "SELECT count(*) FROM thing"), 1);
    assert_int_equal(db_begin(second, &err), ERR_IO);
    assert_string_equal(err.text,
                        "another program has been writing to the store for 5 s; try again");
    assert_false(db_is_in_transaction(second));
    assert_int_equal(db_commit(first, &err), OK);
    assert_int_equal(db_begin(second, &err), OK);
    assert_int_equal(number(second, "SELECT count(*) FROM thing"), 1);
    db_close(second);
    db_close(first);
}

static void db_statement__is_kept_and_emptied(void **state)
{
    (void)state;
    need_server();
    static const char sql[] = "SELECT count(*) FROM thing WHERE whole = $1";
    struct err err;
    struct db *db = open_db();
    assert_int_equal(add(db, "a", 7, &err), OK);
    struct db_statement *first = statement(db, sql);
    db_bind_int(first, 1, 7);
    assert_int_equal(db_step(first, &err), OK);
    assert_int_equal(db_int(first, 0), 1);
    assert_ptr_equal(statement(db, sql), first);
    assert_int_equal(db_step(first, &err), OK);  // 7 is no longer bound.
    assert_int_equal(db_int(first, 0), 0);
    db_close(db);
    db = open_db();
    assert_int_equal(number(db, "SELECT whole FROM thing"), 7);
    db_close(db);
}

static void db_open__may_only_read(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = NULL;
    assert_int_equal(db_open(str_of(name), DB_READ, &db, &err), OK);
    assert_int_equal(number(db, "SELECT count(*) FROM thing"), 0);
    assert_int_equal(add(db, "a", 1, &err), ERR_IO);
    assert_string_equal(err.text, "may only be read, and this would write to it");
    db_close(db);
}

static void store_open__makes_and_refuses(void **state)
{
    (void)state;
    need_server();
    struct err err;
    struct db *db = open_db();
    run(db, "DROP TABLE thing");
    db_close(db);
    assert_int_equal(store_open(str_of(name), DB_CHANGE, &db, &err), ERR_FORMAT);
    assert_non_null(strstr(err.text, ": is empty, and no store"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_open(str_of(name), DB_CREATE, &db, &err), OK);
        assert_int_equal(number(db, "SELECT count(*) FROM store_version"), store_version());
        db_close(db);
    }
    db = open_db();
    run(db, "INSERT INTO store_version (version) VALUES (99)");
    db_close(db);
    assert_int_equal(store_open(str_of(name), DB_READ, &db, &err), ERR_FORMAT);
    assert_non_null(strstr(err.text, ": made by a newer pomona (store version 99, "));
}

static void count_rows(void *context, const struct finding_row *row)
{
    (void)row;
    ++*(size_t *)context;
}

static void count_statistics(void *context, const struct finding_statistics *of_rule)
{
    (void)of_rule;
    ++*(size_t *)context;
}

// What the areas ask of it is understood by both.
static void store__keeps_findings_and_their_log(void **state)
{
    (void)state;
    need_server();
    static const char id[] = "0123456789abcdef0123456789abcdef";
    const struct finding_row row = { .id = str_of(id), .rule = STR("S01"), .record = STR("{}") };
    const struct store_act act = { .who = STR("ada"), .now_ns = 5, .why = STR("a test") };
    const struct findings_filter filters[] = {
        { .limit = 10 },
        { .limit = 10, .rule = STR("S01"), .after_id = STR("0"), .after_score = 9 },
        { .limit = 10, .text = STR("s0"), .is_backward = true },
        { .limit = 10, .after_id = STR("f"), .is_backward = true },
    };
    struct err err;
    struct audit_report report;
    size_t count = 0;
    struct db *db = open_db();
    run(db, "DROP TABLE thing");
    db_close(db);
    assert_int_equal(store_open(str_of(name), DB_CREATE, &db, &err), OK);
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(db_end(db, findings_put(db, &row, 1, &err), &err), OK);
    for (size_t i = 0; i < COUNT_OF(filters); i++)
        assert_int_equal(findings_list(db, &filters[i], count_rows, &count, &err), OK);
    assert_int_equal(count, COUNT_OF(filters));
    assert_int_equal(findings_assign(db, &act, str_of(id), STR("grace"), &err), OK);
    assert_int_equal(findings_note(db, &act, str_of(id), STR("seen"), &err), OK);
    assert_int_equal(
        findings_close(db, &act, str_of(id), DISPOSITION_FALSE_POSITIVE, STR("{}"), &err), OK);
    count = 0;
    assert_int_equal(findings_statistics(db, count_statistics, &count, &err), OK);
    assert_int_equal(count, 1);
    assert_int_equal(audit_verify(db, &report, &err), OK);
    assert_int_equal(report.bad_seq, 0);
    assert_int_equal(report.count, 3);
    db_close(db);
}

// No server is asked for these.
static void store_open__keeps_passwords_to_itself(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *sentence;
    } cases[] = {
        { "postgresql://ada:s3cret@db.example/pomona",
          "postgresql://db.example/pomona: a password in the URL can be seen by others; put it "
          "into PGPASSWORD or ~/.pgpass" },
        { "postgres://db.example/pomona?password=s3cret",
          "postgresql://db.example/pomona: a password in the URL can be seen by others; put it "
          "into PGPASSWORD or ~/.pgpass" },
        { "postgresql://db.example/pomona?password=s3@cret",
          "postgresql://...: a password in the URL can be seen by others; put it into PGPASSWORD "
          "or ~/.pgpass" },
        { "postgresql://ada:s3%zzcret@db.example/pomona",
          "postgresql://db.example/pomona: is no URL of PostgreSQL; it is "
          "postgresql://[USER@]HOST[:PORT]/NAME" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        struct db *db = NULL;
        assert_int_equal(store_open(str_of(cases[i].url), DB_CREATE, &db, &err), ERR_CONFIG);
        assert_string_equal(err.text, cases[i].sentence);
    }
}

#define CASES(set_up, tear_down)                                                                  \
    cmocka_unit_test_setup_teardown(db__keeps_values_as_they_are, set_up, tear_down),             \
        cmocka_unit_test_setup_teardown(db__tells_null_from_empty, set_up, tear_down),            \
        cmocka_unit_test_setup_teardown(db__keeps_large_octets, set_up, tear_down),               \
        cmocka_unit_test_setup_teardown(db__refuses_what_it_cannot_bind, set_up, tear_down),      \
        cmocka_unit_test_setup_teardown(db__refuses_what_is_no_text, set_up, tear_down),          \
        cmocka_unit_test_setup_teardown(db__updates_what_is_there, set_up, tear_down),            \
        cmocka_unit_test_setup_teardown(db_changed__counts_rows, set_up, tear_down),              \
        cmocka_unit_test_setup_teardown(db__takes_large_numbers_beside_small, set_up, tear_down), \
        cmocka_unit_test_setup_teardown(db_rollback__takes_back, set_up, tear_down),              \
        cmocka_unit_test_setup_teardown(db__refuses_what_breaks_a_constraint, set_up, tear_down), \
        cmocka_unit_test_setup_teardown(db_end__takes_back_what_failed, set_up, tear_down),       \
        cmocka_unit_test_setup_teardown(db_begin__has_one_writer, set_up, tear_down),             \
        cmocka_unit_test_setup_teardown(db_statement__is_kept_and_emptied, set_up, tear_down),    \
        cmocka_unit_test_setup_teardown(db_open__may_only_read, set_up, tear_down),               \
        cmocka_unit_test_setup_teardown(store_open__makes_and_refuses, set_up, tear_down),        \
        cmocka_unit_test_setup_teardown(store__keeps_findings_and_their_log, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest on_sqlite[] = {
        CASES(make_file, remove_file),
        cmocka_unit_test(store_open__keeps_passwords_to_itself),
    };
    const struct CMUnitTest on_postgres[] = { CASES(make_schema, remove_schema) };
    const int failed = cmocka_run_group_tests_name("sqlite", on_sqlite, NULL, NULL);
    name = NULL;
    return failed + cmocka_run_group_tests_name("postgres", on_postgres, NULL, NULL);
}
