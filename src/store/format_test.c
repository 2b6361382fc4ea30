// Files of other versions, of other programs, and damaged ones.

#include "store/fixture.h"

static void assert_refused(enum links_mode mode, enum status status, const char *sentence)
{
    struct links *links = NULL;
    struct err err = { .text = "" };
    assert_int_equal(links_open(str_of(path), mode, &links, &err), status);
    assert_string_equal(err.text, sentence);
    assert_null(links);
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

static void links_open__refuses_inventory_of_other_version(void **state)
{
    (void)state;
    close_good(open_good(LINKS_WRITE));
    run_sql("PRAGMA user_version = 3");
    assert_refused(LINKS_READ, ERR_FORMAT,
                   "made by a newer pomona (inventory version 3, this one reads 2)");
    assert_refused(LINKS_WRITE, ERR_FORMAT,
                   "made by a newer pomona (inventory version 3, this one reads 2)");
    run_sql("PRAGMA user_version = 0");
    assert_refused(LINKS_WRITE, ERR_FORMAT, "inventory version 0 is not known");
}

static void links_open__refuses_tables_that_are_not_ours(void **state)
{
    (void)state;
    close_good(open_good(LINKS_WRITE));
    run_sql("DROP TABLE place");
    assert_refused(LINKS_READ, ERR_FORMAT, "damaged link inventory: no such table: place");
    run_sql("CREATE VIEW place AS SELECT 1 AS host, 'x' AS path, 0 AS slice, 0 AS size,"
            " 0 AS mtime_ns, 0 AS ctime_ns, 0 AS run, 1 AS image");
    assert_refused(LINKS_READ, ERR_FORMAT,
                   "damaged link inventory: access to view \"place\" prohibited");
}

static void assert_old_rows(struct links *links)
{
    struct link_facts facts;
    struct link_facts *rows;
    size_t count;
    struct err err;
    assert_int_equal(links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err), OK);
    assert_true(str_eq(facts.path, STR("/b")) && str_eq(facts.team_id, STR("TEAM123456")));
    assert_true(str_eq(facts.because, STR("links Foundation")) && facts.flags == 65536);
    assert_true(facts.size == 5 && facts.mtime_ns == 6 && facts.ctime_ns == 0);
    assert_true(facts.jit_declared && facts.allow_dyld_environment && !facts.get_task_allow);
    assert_true(facts.signature.len == 0 && facts.object.len == 0 && facts.host.len == 0);
    assert_int_equal(facts.hosts, 1);
    assert_int_equal(links_find_by_path(links, STR_EMPTY, STR("/a"), &arena, &rows, &count, &err),
                     OK);
    assert_int_equal(count, 2);
    assert_true(str_eq(rows[0].arch, STR("x86_64")) && str_eq(rows[1].arch, STR("arm64")));
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     END);
    assert_int_equal(links_find_on_any_host(links, STR("/a"), &arena, &rows, &count, &err), OK);
    assert_int_equal(count, 2);
    assert_int_equal(links_find_host(links, STR_EMPTY, &err), OK);
    assert_int_equal(links_find_host(links, STR("mac"), &err), END);
    assert_int_equal(links_find_cdhash_on_host(links, STR_EMPTY, STR(HASH_A), &err), OK);
    assert_int_equal(links_find_cdhash_on_host(links, STR("mac"), STR(HASH_A), &err), END);
    assert_paths(links, "", "/a\n/a\n/b\n");
    assert_paths(links, "mac", "");
}

static void links_open__reads_version_1_as_it_is(void **state)
{
    (void)state;
    run_sql(VERSION_1);
    struct links *links = open_good(LINKS_READ);
    assert_old_rows(links);
    links_close(links);
    assert_int_equal(count_of("SELECT count(*) FROM links"), 3);
}

static void links_open__brings_version_1_up_to_date(void **state)
{
    (void)state;
    struct err err;
    run_sql(VERSION_1);
    struct links *links = open_good(LINKS_WRITE);
    assert_old_rows(links);
    links_close(links);  // Nothing was put, but the new tables stay.
    assert_int_equal(count_of("PRAGMA user_version"), 2);
    assert_int_equal(count_of("SELECT count(*) FROM sqlite_master WHERE name = 'links'"), 0);
    assert_int_equal(count_of(IMAGES), 3);
    links = open_good(LINKS_READ);
    assert_old_rows(links);
    links_close(links);

    links = open_good(LINKS_WRITE);
    put_on(links, "", sample("/a", 0, HASH_B));
    assert_int_equal(links_prune(links, STR_EMPTY, STR("/"), &err), OK);
    assert_paths(links, "", "/a\n");
    links_close(links);
}

static void links_open__prunes_what_version_1_knew(void **state)
{
    (void)state;
    struct err err;
    run_sql(VERSION_1);
    struct links *links = open_good(LINKS_WRITE);
    put_on(links, "", sample("/a", 0, HASH_B));
    assert_int_equal(links_prune(links, STR_EMPTY, STR("/"), &err), OK);
    assert_paths(links, "", "/a\n");
    links_close(links);
}

static void links_open__leaves_damaged_version_1_as_it_is(void **state)
{
    (void)state;
    run_sql(VERSION_1 "CREATE TABLE place (x)");
    assert_refused(LINKS_WRITE, ERR_FORMAT, "damaged link inventory: table place already exists");
    assert_int_equal(count_of("PRAGMA user_version"), 1);
    assert_int_equal(count_of("SELECT count(*) FROM links"), 3);
    struct links *links = open_good(LINKS_READ);
    assert_old_rows(links);
    links_close(links);
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

// Whatever is asked of a damaged inventory ends in an answer or a sentence.
static void ask_everything(struct links *links)
{
    struct link_facts facts;
    struct link_facts *found;
    const struct link_facts *slices;
    struct links_rows *rows = NULL;
    size_t count;
    struct err err = { .text = "" };
    enum status status = links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err);
    assert_true(status == OK || status == END || err.text[0] != '\0');
    err.text[0] = '\0';
    status = links_find_by_path(links, STR("mac"), STR("/a"), &arena, &found, &count, &err);
    assert_true(status == OK || status == END || err.text[0] != '\0');
    err.text[0] = '\0';
    status = links_rows_open(links, STR("mac"), &rows, &err);
    while (status == OK)
        status = links_rows_next(rows, &slices, &count, &err);
    assert_true(status == END || err.text[0] != '\0');
    links_rows_close(rows);
}

static void links_open__survives_damaged_inventory(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts slices[50];
    for (uint32_t i = 0; i < COUNT_OF(slices); i++)
        slices[i] = sample("/a", i, i % 2 == 0 ? HASH_A : HASH_B);
    put_slices(links, "mac", slices, COUNT_OF(slices));
    close_good(links);
    for (long at = 0; at < 16384; at += 37) {
        struct err err;
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        const int was = fgetc(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        (void)fputc(was ^ 0xff, file);
        assert_int_equal(fclose(file), 0);
        if (links_open(str_of(path), LINKS_READ, &links, &err) == OK) {
            ask_everything(links);
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
        cmocka_unit_test_setup_teardown(links_open__refuses_what_is_no_inventory, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__refuses_inventory_of_other_version, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__refuses_tables_that_are_not_ours, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__reads_version_1_as_it_is, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__brings_version_1_up_to_date, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__prunes_what_version_1_knew, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__leaves_damaged_version_1_as_it_is, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__says_that_file_is_missing, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__survives_damaged_inventory, make_path, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
