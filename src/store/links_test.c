#include "store/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

static struct arena arena;
static char path[512];

static int make_path(void **state)
{
    (void)state;
    const str directory = str_of(getenv("TMPDIR"));
    (void)snprintf(path, sizeof path, "%.*s/links_test_XXXXXX",
                   STR_ARG(directory.len > 0 ? directory : STR(".")));
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return unlink(path);
}

static struct links *open_good(enum links_mode mode)
{
    struct links *links = NULL;
    struct err err = { .text = "" };
    if (links_open(str_of(path), mode, &links, &err) != OK)
        fail_msg("%s", err.text);
    return links;
}

static struct link_facts sample(const char *where, uint32_t slice, const char *cdhash)
{
    return (struct link_facts){
        .path = str_of(where),
        .slice = slice,
        .size = 178104,
        .mtime_ns = 1700000000000000000,
        .arch = STR("arm64"),
        .file_type = STR("execute"),
        .cdhash = str_of(cdhash),
        .identifier = STR("org.pomona.test"),
        .team_id = STR("TEAM123456"),
        .flags = 0x80010000,
        .native_api = STR("yes"),
        .because = STR("links Foundation\nlinks Cocoa"),
        .frameworks = STR("Foundation\nCocoa"),
        .entitlements = STR("{\"a\":true}"),
        .jit_declared = true,
        .allow_dyld_environment = true,
    };
}

static void put_good(struct links *links, struct link_facts facts)
{
    struct err err = { .text = "" };
    if (links_put(links, &facts, &err) != OK)
        fail_msg("%s", err.text);
}

static void close_good(struct links *links)
{
    struct err err = { .text = "" };
    if (links_commit(links, &err) != OK)
        fail_msg("%s", err.text);
    links_close(links);
}

#define HASH_A "0123456789abcdef0123456789abcdef01234567"
#define HASH_B "89abcdef0123456789abcdef0123456789abcdef"

static void links_find__gives_back_what_was_put(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    put_good(links, sample("/Applications/A.app/a", 1, HASH_A));
    close_good(links);

    links = open_good(LINKS_READ);
    struct link_facts facts;
    struct err err;
    assert_int_equal(links_find_by_cdhash(links, STR("0123456789ABCDEF0123456789abcdef01234567"),
                                          &arena, &facts, &err),
                     OK);
    const struct link_facts expected = sample("/Applications/A.app/a", 1, HASH_A);
    assert_true(str_eq(facts.path, expected.path) && str_eq(facts.arch, expected.arch));
    assert_true(str_eq(facts.file_type, expected.file_type) &&
                str_eq(facts.cdhash, expected.cdhash));
    assert_true(str_eq(facts.identifier, expected.identifier) &&
                str_eq(facts.team_id, expected.team_id));
    assert_true(str_eq(facts.native_api, expected.native_api) &&
                str_eq(facts.because, expected.because));
    assert_true(str_eq(facts.frameworks, expected.frameworks) &&
                str_eq(facts.entitlements, expected.entitlements));
    assert_int_equal(facts.slice, 1);
    assert_int_equal(facts.size, expected.size);
    assert_int_equal(facts.mtime_ns, expected.mtime_ns);
    assert_int_equal(facts.flags, 0x80010000);
    assert_true(facts.jit_declared && facts.allow_dyld_environment);
    assert_false(facts.get_task_allow || facts.disable_library_validation);
    links_close(links);
}

static void links_find__ends_where_there_is_none(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    put_good(links, sample("/a", 0, ""));
    struct link_facts facts;
    struct link_facts *rows;
    size_t count;
    struct err err;
    assert_int_equal(links_find_by_cdhash(links, STR_EMPTY, &arena, &facts, &err), END);
    assert_int_equal(links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err), END);
    assert_int_equal(links_find_by_path(links, STR("/b"), &arena, &rows, &count, &err), END);
    assert_int_equal(links_find_by_path(links, STR_EMPTY, &arena, &rows, &count, &err), END);
    links_close(links);
}

static void links_put__replaces_slice_and_remove_forgets_path(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts *rows;
    size_t count;
    struct err err;
    put_good(links, sample("/a", 1, HASH_A));
    put_good(links, sample("/a", 0, HASH_A));
    put_good(links, sample("/a", 0, HASH_B));
    assert_int_equal(links_find_by_path(links, STR("/a"), &arena, &rows, &count, &err), OK);
    assert_int_equal(count, 2);
    assert_true(str_eq(rows[0].cdhash, STR(HASH_B)));
    assert_int_equal(rows[1].slice, 1);
    assert_int_equal(links_remove(links, STR("/a"), &err), OK);
    assert_int_equal(links_find_by_path(links, STR("/a"), &arena, &rows, &count, &err), END);
    links_close(links);
}

static void links_close__keeps_nothing_that_was_not_committed(void **state)
{
    (void)state;
    struct link_facts facts;
    struct err err;
    close_good(open_good(LINKS_WRITE));
    struct links *links = open_good(LINKS_WRITE);
    put_good(links, sample("/a", 0, HASH_A));
    links_close(links);
    links = open_good(LINKS_READ);
    assert_int_equal(links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err), END);
    links_close(links);
}

static void links_put__refuses_more_than_max(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts facts = sample("/a", 3, HASH_A);
    struct err err;
    char *large = malloc(LINKS_TEXT_MAX + 1);
    memset(large, 'x', LINKS_TEXT_MAX + 1);
    facts.because = (str){ .at = large, .len = LINKS_TEXT_MAX + 1 };
    assert_int_equal(links_put(links, &facts, &err), ERR_LIMIT);
    assert_string_equal(err.text, "a text of slice 3 is longer than 65536 octets");
    free(large);
    links_close(links);
}

static void links_find_by_path__gives_no_more_than_max(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts *rows;
    size_t count;
    struct err err;
    for (uint32_t i = 0; i < LINKS_PATH_ROWS_MAX + 5; i++)
        put_good(links, sample("/a", i, HASH_A));
    assert_int_equal(links_find_by_path(links, STR("/a"), &arena, &rows, &count, &err), OK);
    assert_int_equal(count, LINKS_PATH_ROWS_MAX);
    links_close(links);
}

static enum status count_rows(void *context, const struct link_facts *facts, struct err *err)
{
    size_t *count = context;
    if (facts->path.len == 0)
        return (fail)(err, ERR_FORMAT, "no path");  // Not cmocka's macro.
    return ++*count == 3 ? (fail)(err, ERR_LIMIT, "three are enough") : OK;
}

static void links_each__visits_every_row_until_told_to_stop(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    size_t count = 0;
    struct err err;
    put_good(links, sample("/a", 0, HASH_A));
    put_good(links, sample("/b", 0, HASH_B));
    assert_int_equal(links_each(links, count_rows, &count, &err), OK);
    assert_int_equal(count, 2);
    assert_int_equal(links_each(links, count_rows, &count, &err), ERR_LIMIT);
    assert_string_equal(err.text, "three are enough");
    links_close(links);
}

static void assert_refused(enum links_mode mode, enum status status, const char *sentence)
{
    struct links *links = NULL;
    struct err err = { .text = "" };
    assert_int_equal(links_open(str_of(path), mode, &links, &err), status);
    assert_string_equal(err.text, sentence);
    assert_null(links);
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void links_open__refuses_what_is_no_inventory(void **state)
{
    (void)state;
    assert_refused(LINKS_READ, ERR_FORMAT, "not a link inventory (application id 0x0)");
    run_sql("CREATE TABLE other (x)");
    assert_refused(LINKS_WRITE, ERR_FORMAT, "not a link inventory (application id 0x0)");

    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 2000; i++)
        (void)fputs("no database ", file);
    assert_int_equal(fclose(file), 0);
    assert_refused(LINKS_READ, ERR_FORMAT, "not a link inventory");
    assert_refused(LINKS_WRITE, ERR_FORMAT, "not a link inventory");
}

static void links_open__refuses_inventory_of_newer_program(void **state)
{
    (void)state;
    close_good(open_good(LINKS_WRITE));
    run_sql("PRAGMA user_version = 2");
    assert_refused(LINKS_READ, ERR_FORMAT,
                   "made by a newer pomona (inventory version 2, this one reads 1)");
}

static void links_open__says_that_file_is_missing(void **state)
{
    (void)state;
    struct links *links = NULL;
    struct err err = { .text = "" };
    assert_int_equal(links_open(STR("no/such/file.db"), LINKS_READ, &links, &err), ERR_IO);
    assert_string_equal(err.text, "unable to open database file");
    assert_int_equal(links_open(STR_EMPTY, LINKS_WRITE, &links, &err), ERR_CONFIG);
    assert_string_equal(err.text, "the inventory needs the name of a file");
    links_close(NULL);
}

static void links_open__survives_damaged_inventory(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    for (uint32_t i = 0; i < 50; i++)
        put_good(links, sample("/a", i, HASH_A));
    close_good(links);
    for (long at = 0; at < 16384; at += 37) {
        struct link_facts facts;
        struct err err;
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        const int was = fgetc(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        (void)fputc(was ^ 0xff, file);
        assert_int_equal(fclose(file), 0);
        if (links_open(str_of(path), LINKS_READ, &links, &err) == OK) {
            const enum status status =
                links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err);
            assert_true(status == OK || status == END || err.text[0] != '\0');
            links_close(links);
        }
        arena_reset(&arena);
        file = fopen(path, "r+");
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        (void)fputc(was, file);
        assert_int_equal(fclose(file), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(links_find__gives_back_what_was_put, make_path, forget),
        cmocka_unit_test_setup_teardown(links_find__ends_where_there_is_none, make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__replaces_slice_and_remove_forgets_path,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_close__keeps_nothing_that_was_not_committed,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__refuses_more_than_max, make_path, forget),
        cmocka_unit_test_setup_teardown(links_find_by_path__gives_no_more_than_max, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_each__visits_every_row_until_told_to_stop, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__refuses_what_is_no_inventory, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__refuses_inventory_of_newer_program, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__says_that_file_is_missing, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__survives_damaged_inventory, make_path, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
