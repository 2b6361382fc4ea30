// What is put is found again.

#include "store/links_fixture.h"

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
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/b"), &arena, &rows, &count, &err),
                     END);
    assert_int_equal(links_find_by_path(links, STR("mac"), STR_EMPTY, &arena, &rows, &count, &err),
                     END);
    links_close(links);
}

static void links_put__replaces_file_and_remove_forgets_it(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts *rows;
    size_t count;
    struct err err;
    const struct link_facts two[] = { sample("/a", 1, HASH_A), sample("/a", 0, HASH_A) };
    put_slices(links, "mac", two, 2);
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     OK);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].slice, 0);
    assert_int_equal(rows[1].slice, 1);
    put_good(links, sample("/a", 0, HASH_B));
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     OK);
    assert_int_equal(count, 1);
    assert_true(str_eq(rows[0].cdhash, STR(HASH_B)));
    assert_int_equal(links_remove(links, STR("other"), STR("/a"), &err), OK);
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     OK);
    assert_int_equal(links_remove(links, STR("mac"), STR("/a"), &err), OK);
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     END);
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
    put_good(links, facts);
    facts.because = (str){ .at = large, .len = LINKS_TEXT_MAX + 1 };
    assert_int_equal(links_put(links, STR("mac"), &facts, 1, &err), ERR_LIMIT);
    assert_string_equal(err.text, "a text of slice 3 is longer than 65536 octets");
    struct link_facts *rows;
    size_t count;
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     END);

    facts.path = facts.because;
    assert_int_equal(links_put(links, STR("mac"), &facts, 1, &err), ERR_LIMIT);
    assert_string_equal(err.text, "a path is longer than 2048 octets");
    facts = sample("/a", 0, HASH_A);
    assert_int_equal(
        links_put(links, (str){ .at = large, .len = LINKS_HOST_MAX + 1 }, &facts, 1, &err),
        ERR_LIMIT);
    assert_string_equal(err.text, "a host's name is longer than 256 octets");
    assert_int_equal(links_put(links, STR("mac"), &facts, 0, &err), ERR_LIMIT);
    assert_string_equal(err.text, "0 slices of one file; 1 to 65 are kept");
    assert_int_equal(links_put(links, STR("mac"), &facts, LINKS_PATH_ROWS_MAX + 1, &err),
                     ERR_LIMIT);
    assert_string_equal(err.text, "66 slices of one file; 1 to 65 are kept");
    free(large);
    links_close(links);
}

// One row more than may be of a path, by a hand that is not ours.
static void links_find_by_path__refuses_more_than_max(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts *rows;
    size_t count;
    struct err err;
    struct link_facts slices[LINKS_PATH_ROWS_MAX];
    for (uint32_t i = 0; i < LINKS_PATH_ROWS_MAX; i++)
        slices[i] = sample("/a", i, HASH_A);
    put_slices(links, "mac", slices, LINKS_PATH_ROWS_MAX);
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     OK);
    assert_int_equal(count, LINKS_PATH_ROWS_MAX);
    close_good(links);

    run_sql(
        "INSERT INTO link_place SELECT host, path, 99, size, mtime_ns, ctime_ns, run, image, around"
        " FROM link_place WHERE slice = 1");
    links = open_good(LINKS_READ);
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     ERR_LIMIT);
    assert_string_equal(err.text, "more than 65 different slices of one path");
    links_close(links);
}

static void links_put__keeps_facts_without_an_object_that_is_too_long(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts facts = sample("/a", 0, HASH_A);
    struct link_facts *rows;
    size_t count;
    struct err err;
    char *large = memory_new(LINKS_OBJECT_MAX + 1);
    memset(large, 'x', LINKS_OBJECT_MAX + 1);
    const struct links_stamp stamp = { facts.size, facts.mtime_ns, facts.ctime_ns };
    facts.object = (str){ .at = large, .len = LINKS_OBJECT_MAX };
    put_good(links, facts);
    assert_int_equal(
        links_unchanged(links, STR("mac"), STR("/a"), stamp, &arena, &rows, &count, &err), OK);
    assert_true(str_eq(rows[0].object, facts.object));
    facts.object.len++;
    put_good(links, facts);
    assert_int_equal(
        links_unchanged(links, STR("mac"), STR("/a"), stamp, &arena, &rows, &count, &err), END);
    assert_int_equal(links_find_by_path(links, STR("mac"), STR("/a"), &arena, &rows, &count, &err),
                     OK);
    assert_true(str_eq(rows[0].cdhash, STR(HASH_A)));
    free(large);
    links_close(links);
}

// Half of what the facts depend on would pass for all of it.
static void links_put__keeps_what_facts_depend_on_whole_or_not_at_all(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts two[] = { sample("/a", 0, HASH_A), sample("/a", 1, HASH_A) };
    const struct links_stamp stamp = { two[0].size, two[0].mtime_ns, two[0].ctime_ns };
    struct link_facts *rows;
    size_t count;
    struct err err;
    char *large = memory_new(LINKS_AROUND_MAX + 1);
    memset(large, 'x', LINKS_AROUND_MAX + 1);
    for (size_t i = 0; i < 2; i++) {
        two[0].around = two[1].around = (str){ .at = large, .len = LINKS_AROUND_MAX + i };
        put_slices(links, "mac", two, 2);
        assert_int_equal(
            links_unchanged(links, STR("mac"), STR("/a"), stamp, &arena, &rows, &count, &err), OK);
        assert_int_equal(rows[0].around.len, i == 0 ? LINKS_AROUND_MAX : 0);
        assert_int_equal(rows[1].around.len, 0);
        assert_int_equal(rows[0].run, 1);
    }
    close_good(links);
    free(large);
}

static void links_find__counts_hosts(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts facts;
    struct link_facts *rows;
    size_t count;
    struct err err;
    put_on(links, "one", sample("/a", 0, HASH_A));
    put_on(links, "one", sample("/copy", 0, HASH_A));
    put_on(links, "two", sample("/a", 0, HASH_A));
    put_on(links, "two", sample("/unsigned", 0, ""));
    struct link_facts other = sample("/elsewhere", 1, HASH_A);
    other.object = STR("\"slice\":1}");
    put_on(links, "three", other);
    assert_int_equal(links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err), OK);
    assert_int_equal(facts.hosts, 3);
    assert_int_equal(links_find_by_path(links, STR("two"), STR("/a"), &arena, &rows, &count, &err),
                     OK);
    assert_int_equal(rows[0].hosts, 3);
    assert_int_equal(
        links_find_by_path(links, STR("two"), STR("/unsigned"), &arena, &rows, &count, &err), OK);
    assert_int_equal(rows[0].hosts, 1);
    links_close(links);
}

// A signature that was copied into another image lends it its cdhash.
static void links_find_by_cdhash__prefers_what_does_not_say_no(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts facts = sample("/a", 0, HASH_A);
    struct err err;
    facts.native_api = STR("no");
    put_good(links, facts);
    facts = sample("/b", 0, HASH_A);
    facts.signature = STR("invalid");
    put_good(links, facts);
    assert_int_equal(links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err), OK);
    assert_true(str_eq(facts.path, STR("/b")));
    put_good(links, sample("/c", 0, HASH_A));
    assert_int_equal(links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err), OK);
    assert_true(str_eq(facts.path, STR("/c")));
    facts = sample("/d", 0, HASH_A);
    facts.jit_declared = false;
    put_good(links, facts);
    assert_int_equal(links_find_by_cdhash(links, STR(HASH_A), &arena, &facts, &err), OK);
    assert_true(str_eq(facts.path, STR("/d")));
    links_close(links);
}

static void links_find_on_any_host__gives_the_different_images(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts *rows;
    size_t count;
    struct err err;
    put_on(links, "one", sample("/a", 0, HASH_A));
    put_on(links, "two", sample("/a", 0, HASH_A));
    put_on(links, "three", sample("/a", 0, HASH_B));
    put_on(links, "three", sample("/b", 0, HASH_B));
    assert_int_equal(links_find_on_any_host(links, STR("/a"), &arena, &rows, &count, &err), OK);
    assert_int_equal(count, 2);
    assert_true(str_eq(rows[0].cdhash, STR(HASH_A)) && str_eq(rows[1].cdhash, STR(HASH_B)));
    assert_true(str_eq(rows[0].path, STR("/a")));
    assert_int_equal(rows[0].hosts, 2);
    assert_int_equal(links_find_on_any_host(links, STR("/c"), &arena, &rows, &count, &err), END);
    links_close(links);
}

// Slices that belong together come together, with what is told of them; text of one path does not
// go before that of the next is asked for.
static void links_rows_next__gives_path_by_path(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct links_rows *rows = NULL;
    const struct link_facts *slices;
    size_t count;
    struct err err;
    char name[16];
    for (uint32_t i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "/%03u", (unsigned)i);
        struct link_facts of_path[4];
        for (uint32_t j = 0; j <= i % 4; j++)
            of_path[j] = sample(name, j, j % 2 == 0 ? HASH_A : HASH_B);
        put_slices(links, "mac", of_path, i % 4 + 1);
    }
    close_good(links);
    links = open_good(LINKS_READ);
    assert_int_equal(links_rows_open(links, STR("mac"), &rows, &err), OK);
    for (uint32_t i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "/%03u", (unsigned)i);
        assert_int_equal(links_rows_next(rows, &slices, &count, &err), OK);
        assert_int_equal(count, i % 4 + 1);
        for (uint32_t j = 0; j < count; j++) {
            const struct link_facts expected = sample(name, j, j % 2 == 0 ? HASH_A : HASH_B);
            assert_true(str_eq(slices[j].path, expected.path) && slices[j].slice == j);
            assert_true(str_eq(slices[j].object, expected.object));
            assert_true(str_eq(slices[j].cdhash, expected.cdhash));
        }
    }
    assert_int_equal(links_rows_next(rows, &slices, &count, &err), END);
    assert_int_equal(links_rows_next(rows, &slices, &count, &err), END);
    links_rows_close(rows);
    links_rows_close(NULL);
    const struct link_facts facts = sample("/a", 0, HASH_A);
    assert_int_equal(links_rows_open(links,
                                     (str){ .at = facts.because.at, .len = LINKS_HOST_MAX + 1 },
                                     &rows, &err),
                     ERR_LIMIT);
    assert_string_equal(err.text, "a host's name is longer than 256 octets");
    links_close(links);
}

static void links_rows_next__refuses_more_than_max(void **state)
{
    (void)state;
    struct links_rows *rows = NULL;
    const struct link_facts *slices;
    size_t count;
    struct err err;
    put_paths("mac", (const char *const[]){ "/a" }, 1);
    run_sql(
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 65)"
        " INSERT INTO link_place SELECT host, path, x, size, mtime_ns, ctime_ns, run, image, around"
        " FROM link_place, n");
    struct links *links = open_good(LINKS_READ);
    assert_int_equal(links_rows_open(links, STR("mac"), &rows, &err), OK);
    assert_int_equal(links_rows_next(rows, &slices, &count, &err), ERR_LIMIT);
    assert_string_equal(err.text, "more than 65 different slices of one path");
    links_rows_close(rows);
    links_close(links);
}

static void links_hosts__are_in_order(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    str *names;
    size_t count;
    struct err err;
    assert_int_equal(links_hosts(links, &arena, &names, &count, &err), OK);
    assert_int_equal(count, 0);
    put_on(links, "two", sample("/a", 0, HASH_A));
    put_on(links, "", sample("/a", 0, HASH_A));
    put_on(links, "one", sample("/a", 0, HASH_A));
    assert_int_equal(links_remove(links, STR("empty"), STR("/a"), &err), OK);
    assert_int_equal(links_hosts(links, &arena, &names, &count, &err), OK);
    assert_int_equal(count, 4);
    assert_true(str_eq(names[0], STR_EMPTY) && str_eq(names[1], STR("empty")));
    assert_true(str_eq(names[2], STR("one")) && str_eq(names[3], STR("two")));
    assert_int_equal(links_find_host(links, STR("one"), &err), OK);
    assert_int_equal(links_find_host(links, STR_EMPTY, &err), OK);
    assert_int_equal(links_find_host(links, STR("empty"), &err), END);
    assert_int_equal(links_find_host(links, STR("three"), &err), END);
    links_close(links);
}

static void links_find_cdhash_on_host__asks_that_host_alone(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct err err;
    put_on(links, "one", sample("/a", 0, HASH_A));
    put_on(links, "two", sample("/a", 0, ""));
    assert_int_equal(links_find_cdhash_on_host(links, STR("one"), STR(HASH_A), &err), OK);
    assert_int_equal(links_find_cdhash_on_host(links, STR("two"), STR(HASH_A), &err), END);
    assert_int_equal(links_find_cdhash_on_host(links, STR("two"), STR(""), &err), END);
    assert_int_equal(links_find_cdhash_on_host(links, STR_EMPTY, STR(HASH_A), &err), END);
    char upper[] = HASH_A;
    for (size_t i = 0; i < sizeof upper; i++)
        upper[i] = (char)(upper[i] >= 'a' && upper[i] <= 'f' ? upper[i] - 'a' + 'A' : upper[i]);
    assert_int_equal(links_find_cdhash_on_host(links, STR("one"), str_of(upper), &err), OK);
    assert_int_equal(links_remove(links, STR("one"), STR("/a"), &err), OK);
    assert_int_equal(links_find_cdhash_on_host(links, STR("one"), STR(HASH_A), &err), END);
    links_close(links);
}

// By a hand that is not ours: what is too long is not given out.
static void links__gives_out_nothing_that_is_too_long(void **state)
{
    (void)state;
    str *names;
    struct link_facts *rows;
    size_t count;
    struct err err;
    need_file();
    put_paths("mac", (const char *const[]){ "/a" }, 1);
    run_sql("UPDATE link_place SET around = zeroblob(300000)");
    const struct link_facts facts = sample("/a", 0, HASH_A);
    const struct links_stamp stamp = { facts.size, facts.mtime_ns, facts.ctime_ns };
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(
        links_unchanged(links, STR("mac"), STR("/a"), stamp, &arena, &rows, &count, &err), OK);
    assert_int_equal(rows[0].around.len, 0);
    links_close(links);
    run_sql("INSERT INTO link_host VALUES (9, zeroblob(400), 1)");
    links = open_good(LINKS_READ);
    assert_int_equal(links_hosts(links, &arena, &names, &count, &err), ERR_LIMIT);
    assert_string_equal(err.text, "more than 100000 hosts, or a name of more than 256 octets");
    links_close(links);
}

// A Mac's files hold any octets, and so do names of them; a database takes text as UTF-8 only.
static void links_put__keeps_octets_as_they_are(void **state)
{
    (void)state;
    static const char octets[41] = "/\xff\x01 \0\xc3(";
    struct link_facts *rows;
    size_t count;
    struct err err;
    const str any = { .at = octets, .len = sizeof octets - 1 };
    struct link_facts facts = sample("/a", 0, HASH_A);
    facts.path = facts.identifier = facts.team_id = facts.because = any;
    facts.frameworks = facts.entitlements = facts.object = facts.around = any;
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_put(links, any, &facts, 1, &err), OK);
    close_good(links);
    links = open_good(LINKS_READ);
    assert_int_equal(links_find_by_path(links, any, any, &arena, &rows, &count, &err), OK);
    assert_true(str_eq(rows[0].host, any) && str_eq(rows[0].path, any));
    assert_true(str_eq(rows[0].identifier, any) && str_eq(rows[0].team_id, any));
    assert_true(str_eq(rows[0].because, any) && str_eq(rows[0].frameworks, any));
    assert_int_equal(links_find_on_any_host(links, any, &arena, &rows, &count, &err), OK);
    assert_true(str_eq(rows[0].path, any));
    assert_int_equal(links_find_cdhash_on_host(links, any, (str){ .at = octets, .len = 40 }, &err),
                     END);
    links_close(links);
}

// What is none of our words cannot be in an image that we read.
static void links_put__refuses_a_word_that_is_none(void **state)
{
    (void)state;
    struct err err;
    struct link_facts facts = sample("/a", 1, HASH_A);
    struct links *links = open_good(LINKS_WRITE);
    facts.arch = STR("arm64\n");
    assert_int_equal(links_put(links, STR("mac"), &facts, 1, &err), ERR_LIMIT);
    assert_string_equal(err.text, "a word of slice 1 is none of ours");
    links_close(links);
}

static void links_are_kept__where_there_is_a_place(void **state)
{
    (void)state;
    struct err err;
    bool are_kept = true;
    struct db *db = NULL;
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(store_open(str_of(path), DB_READ, &db, &err), OK);
    assert_int_equal(links_are_kept(db, &are_kept, &err), OK);
    assert_false(are_kept);
    put_good(links, sample("/a", 0, HASH_A));
    close_good(links);
    assert_int_equal(links_are_kept(db, &are_kept, &err), OK);
    assert_true(are_kept);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(links_find__gives_back_what_was_put, make_path, forget),
        cmocka_unit_test_setup_teardown(links_find__ends_where_there_is_none, make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__replaces_file_and_remove_forgets_it, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_put__refuses_more_than_max, make_path, forget),
        cmocka_unit_test_setup_teardown(links_find_by_path__refuses_more_than_max, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_put__keeps_facts_without_an_object_that_is_too_long,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__keeps_what_facts_depend_on_whole_or_not_at_all,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_find__counts_hosts, make_path, forget),
        cmocka_unit_test_setup_teardown(links_find_by_cdhash__prefers_what_does_not_say_no,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_find_on_any_host__gives_the_different_images,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_rows_next__gives_path_by_path, make_path, forget),
        cmocka_unit_test_setup_teardown(links_rows_next__refuses_more_than_max, make_path, forget),
        cmocka_unit_test_setup_teardown(links_hosts__are_in_order, make_path, forget),
        cmocka_unit_test_setup_teardown(links_find_cdhash_on_host__asks_that_host_alone, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links__gives_out_nothing_that_is_too_long, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_put__keeps_octets_as_they_are, make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__refuses_a_word_that_is_none, make_path, forget),
        cmocka_unit_test_setup_teardown(links_are_kept__where_there_is_a_place, make_path, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
