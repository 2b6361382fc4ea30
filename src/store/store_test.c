#include "store/audit.h"

#include "base/str.h"
#include "store/test_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct db *open_store(enum db_mode mode)
{
    struct err err;
    struct db *db = NULL;
    const enum status status = store_open(str_of(test_file), mode, &db, &err);
    if (status != OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, OK);
    return db;
}

static void store_open__makes_tables_once(void **state)
{
    (void)state;
    struct err err;
    int64_t versions = 0;
    db_close(open_store(DB_CREATE));
    db_close(open_store(DB_CREATE));
    struct db *db = open_store(DB_READ);
    assert_int_equal(db_number(db, "SELECT count(*) FROM store_version", &versions, &err), OK);
    assert_int_equal(versions, store_version());
    db_close(db);
}

static void store_open__refuses(void **state)
{
    (void)state;
    static const struct {
        const char *made_by;
        enum db_mode mode;
        const char *sentence;
    } cases[] = {
        { "INSERT INTO store_version (version) VALUES (99)", DB_READ,
          ": made by a newer pomona (store version 99, this one reads 5); use that one" },
        { "INSERT INTO store_version (version) VALUES (99)", DB_CREATE,
          ": made by a newer pomona (store version 99, this one reads 5); use that one" },
        { "DELETE FROM store_version WHERE version > 2", DB_READ,
          ": is of version 2, and this program reads 5; `pomona store migrate` brings it up to "
          "date" },
        { "PRAGMA application_id = 7", DB_CREATE, ": is no store (application id 0x7)" },
        { "PRAGMA application_id = 0x504f4d42", DB_READ,
          ": is a baseline in a file of its own, and the store keeps it now: export it with the"
          " pomona that made it, then `pomona baseline import --store NAME`" },
        { "PRAGMA application_id = 0x504f4d58", DB_CREATE,
          ": has exceptions in a file of their own, and the store keeps them now: export them with"
          " the pomona that made it, then `pomona exceptions import --store NAME`" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err err;
        struct db *db = open_store(DB_CREATE);
        char expected[ERR_TEXT_MAX];
        assert_int_equal(db_run(db, cases[i].made_by, &err), OK);
        db_close(db);
        (void)snprintf(expected, sizeof expected, "%s%s", test_file, cases[i].sentence);
        assert_int_equal(store_open(str_of(test_file), cases[i].mode, &db, &err), ERR_FORMAT);
        assert_string_equal(err.text, expected);
        assert_int_equal(test_file_remove(NULL), 0);
    }
}

// Each earlier version is made as it was, and is brought up to date with what it holds.
static void store_open__brings_up_to_date(void **state)
{
    static const char *const drops[] = {
        "",
        ("DROP TABLE canary_proof; DROP TABLE canary; DROP TABLE coverage_report;"
         "DROP TABLE coverage_span; DROP TABLE coverage_host; DROP TABLE asset_name;"
         "DROP TABLE asset; DELETE FROM store_version WHERE version = 2;"),
        ("DROP TABLE attack_object; DROP TABLE attack_snapshot; DROP TABLE attack_raw;"
         "DELETE FROM store_version WHERE version = 3;"),
        ("DROP TABLE link_walk; DROP TABLE link_place; DROP TABLE link_image; DROP TABLE link_host;"
         "DELETE FROM store_version WHERE version = 4;"),
        ("DROP TABLE exceptions_entry; DROP TABLE baseline_entry; DROP TABLE baseline_signer;"
         "DROP TABLE baseline_host; DROP TABLE baseline_meta;"
         "DELETE FROM store_version WHERE version = 5;"),
    };
    (void)state;
    for (int version = 1; version < store_version(); version++) {
        struct err err;
        int64_t count = 0;
        const struct store_act act = { .who = STR("ada"), .now_ns = 1, .why = STR("a test") };
        struct db *db = open_store(DB_CREATE);
        for (int later = store_version(); later > version; later--)
            assert_int_equal(db_run(db, drops[later - 1], &err), OK);
        assert_int_equal(db_begin(db, &err), OK);
        assert_int_equal(audit_append(db, &act, STR("a"), STR("b"), STR_EMPTY, &err), OK);
        assert_int_equal(db_commit(db, &err), OK);
        db_close(db);
        db = open_store(DB_CHANGE);
        assert_int_equal(db_number(db, "SELECT count(*) FROM audit_log", &count, &err), OK);
        assert_int_equal(count, 1);
        assert_int_equal(db_number(db, "SELECT count(*) FROM attack_object", &count, &err), OK);
        assert_int_equal(db_number(db, "SELECT count(*) FROM exceptions_entry", &count, &err), OK);
        assert_int_equal(db_number(db, "SELECT count(*) FROM baseline_entry", &count, &err), OK);
        assert_int_equal(db_number(db, "SELECT count(*) FROM link_place", &count, &err), OK);
        assert_int_equal(db_number(db, "SELECT max(version) FROM store_version", &count, &err), OK);
        assert_int_equal(count, store_version());
        db_close(db);
        assert_int_equal(test_file_remove(NULL), 0);
    }
}

static void audit_append__chains(void **state)
{
    (void)state;
    struct err err;
    const struct store_act act = { .who = STR("ada"), .now_ns = 5, .why = STR_EMPTY };
    struct db *db = open_store(DB_CREATE);
    int64_t count = 0;
    assert_int_equal(audit_append(db, &act, STR("a"), STR("b"), STR_EMPTY, &err), ERR_CONFIG);
    assert_int_equal(db_begin(db, &err), OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(audit_append(db, &act, STR("a"), STR("b"), STR_EMPTY, &err), OK);
    assert_int_equal(db_commit(db, &err), OK);
    assert_int_equal(db_number(db,
                               "SELECT count(*) FROM audit_log a JOIN audit_log b"
                               " ON b.seq = a.seq + 1 AND b.previous = a.hash AND b.hash <> a.hash",
                               &count, &err),
                     OK);
    assert_int_equal(count, 2);
    // What is taken back is not in the chain.
    assert_int_equal(db_begin(db, &err), OK);
    assert_int_equal(audit_append(db, &act, STR("a"), STR("b"), STR_EMPTY, &err), OK);
    db_rollback(db);
    assert_int_equal(db_number(db, "SELECT max(seq) FROM audit_log", &count, &err), OK);
    assert_int_equal(count, 3);
    db_close(db);
}

// Another program holds the lock while this one turns the log on, which SQLite itself does not wait for.
static void store__waits_to_turn_the_log_on(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    struct db *db = NULL;
    int ready[2];
    char octet = 0;
    int how = 0;
    db_close(open_store(DB_CREATE));
    assert_int_equal(db_open(str_of(test_file), DB_CHANGE, &db, &err), OK);
    assert_int_equal(db_run(db, "PRAGMA journal_mode = DELETE", &err), OK);
    db_close(db);
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        const struct timespec moment = { .tv_nsec = 200000000 };
        struct db *other = NULL;
        bool is_held = db_open(str_of(test_file), DB_CHANGE, &other, &err) == OK &&
                       db_begin(other, &err) == OK && write(ready[1], "x", 1) == 1;
        (void)nanosleep(&moment, NULL);
        is_held = is_held && db_commit(other, &err) == OK;
        _exit(is_held ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &octet, 1), 1);
    assert_int_equal(db_open(str_of(test_file), DB_CHANGE, &db, &err), OK);
    const enum status status = db_run(db, "PRAGMA journal_mode = WAL", &err);
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_string_equal(err.text, "");
    assert_int_equal(status, OK);
    (void)close(ready[0]);
    (void)close(ready[1]);
    db_close(db);
}

// Removing a finding removes its notes, though no trigger of the file may run.
static void store__keeps_foreign_keys(void **state)
{
    (void)state;
    struct err err;
    int64_t count = 1;
    struct db *db = open_store(DB_CREATE);
    static const char add[] =
        "INSERT INTO asset VALUES ('a','','','','','','',0,0,0,0,0,0,0,0,'','','',0,0,0);"
        "INSERT INTO asset_name VALUES ('mac', 1, 'a')";
    assert_int_equal(db_run(db, add, &err), OK);
    assert_int_equal(db_run(db, "INSERT INTO asset_name VALUES ('x', 1, 'nobody')", &err),
                     ERR_FORMAT);
    assert_int_equal(db_run(db, "DELETE FROM asset", &err), OK);
    assert_int_equal(db_number(db, "SELECT count(*) FROM asset_name", &count, &err), OK);
    assert_int_equal(count, 0);
    db_close(db);
}

// Nothing is acknowledged that goes into a file which nobody can open again.
static void db_begin__refuses_a_file_that_went_away(void **state)
{
    (void)state;
    for (int is_replaced = 0; is_replaced < 2; is_replaced++) {
        struct err err;
        struct db *db = open_store(DB_CREATE);
        assert_int_equal(db_begin(db, &err), OK);
        assert_int_equal(db_commit(db, &err), OK);
        assert_int_equal(unlink(test_file), 0);
        struct db *other = is_replaced ? open_store(DB_CREATE) : NULL;
        assert_int_equal(db_begin(db, &err), ERR_IO);
        assert_string_equal(err.text, "the file was moved, removed or replaced while it was open");
        assert_false(db_is_in_transaction(db));
        db_close(db);
        db_close(other);
        assert_int_equal(test_file_remove(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(store_open__makes_tables_once, test_file_make,
                                        test_file_remove),
        cmocka_unit_test_setup_teardown(store_open__refuses, test_file_make, test_file_remove),
        cmocka_unit_test_setup_teardown(store_open__brings_up_to_date, test_file_make,
                                        test_file_remove),
        cmocka_unit_test_setup_teardown(audit_append__chains, test_file_make, test_file_remove),
        cmocka_unit_test_setup_teardown(store__waits_to_turn_the_log_on, test_file_make,
                                        test_file_remove),
        cmocka_unit_test_setup_teardown(store__keeps_foreign_keys, test_file_make,
                                        test_file_remove),
        cmocka_unit_test_setup_teardown(db_begin__refuses_a_file_that_went_away, test_file_make,
                                        test_file_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
