// Stores that are none, of other programs, and damaged ones.

#include "store/links_fixture.h"

static void assert_refused(enum links_mode mode, enum status status, const char *sentence)
{
    struct links *links = NULL;
    struct err err = { .text = "" };
    assert_int_equal(links_open(str_of(path), mode, &links, &err), status);
    assert_says(&err, sentence);
    assert_null(links);
}

static void links_open__refuses_what_is_no_store(void **state)
{
    (void)state;
    need_file();
    run_sql("CREATE TABLE other (x)");
    assert_refused(LINKS_WRITE, ERR_FORMAT, "is no store (application id 0x0)");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 2000; i++)
        (void)fputs("no database ", file);
    assert_int_equal(fclose(file), 0);
    assert_refused(LINKS_READ, ERR_FORMAT, "is no store: not an SQLite file");
    assert_refused(LINKS_WRITE, ERR_FORMAT, "is no store: not an SQLite file");
}

static void links_open__says_what_an_earlier_inventory_is(void **state)
{
    static const char sentence[] =
        "is a link inventory in a file of its own, and the store keeps it "
        "now: make it anew with `pomona inspect --save NAME`";
    (void)state;
    need_file();
    run_sql("PRAGMA application_id = 0x504f4d4c; CREATE TABLE host (id INTEGER PRIMARY KEY)");
    assert_refused(LINKS_READ, ERR_FORMAT, sentence);
    assert_refused(LINKS_WRITE, ERR_FORMAT, sentence);
}

static void links_find__refuses_tables_that_are_not_ours(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    close_good(open_good(LINKS_WRITE));
    need_file();
    run_sql("DROP TABLE link_place");
    struct links *links = open_good(LINKS_READ);
    assert_int_equal(links_find_host(links, STR("mac"), &err), ERR_FORMAT);
    assert_string_equal(err.text, "no such table: link_place");
    assert_int_equal(links_failed_count(links), 1);
    links_close(links);
    run_sql("CREATE VIEW link_place AS SELECT 1 AS host, 'x' AS path, 0 AS slice, 0 AS size,"
            " 0 AS mtime_ns, 0 AS ctime_ns, 0 AS run, 1 AS image");
    links = open_good(LINKS_READ);
    assert_int_equal(links_find_host(links, STR("mac"), &err), ERR_FORMAT);
    assert_string_equal(err.text, "access to view \"link_place\" prohibited");
    links_close(links);
}

static void links_open__says_that_file_is_missing(void **state)
{
    (void)state;
    struct links *links = NULL;
    struct err err = { .text = "" };
    assert_int_equal(links_open(STR("no/such/file.db"), LINKS_READ, &links, &err), ERR_IO);
    assert_string_equal(err.text, "no/such/file.db: unable to open database file");
    assert_int_equal(links_open(STR_EMPTY, LINKS_WRITE, &links, &err), ERR_CONFIG);
    assert_says(&err, "the store needs a name");
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
    need_file();
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
        cmocka_unit_test_setup_teardown(links_open__refuses_what_is_no_store, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__says_what_an_earlier_inventory_is, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_find__refuses_tables_that_are_not_ours, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__says_that_file_is_missing, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__survives_damaged_inventory, make_path, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
