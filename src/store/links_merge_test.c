// What one inventory makes of another: whose run is newer, and what a walk did not see.

#include "store/links_fixture.h"

static char other[sizeof path + 8];

static int make_paths(void **state)
{
    const int code = make_path(state);
    if (server() != NULL)
        return code != 0 ? code : name_schema(other, sizeof other, "pomona_links_other");
    (void)snprintf(other, sizeof other, "%s.other", path);
    return code;
}

static int forget_both(void **state)
{
    if (server() == NULL)
        remove_file(other);
    return forget(state);
}

// What is written under `path` goes aside.
static void set_aside(void)
{
    if (server() == NULL)
        assert_int_equal(rename(path, other), 0);
    else
        ask_server("DROP SCHEMA IF EXISTS pomona_links_other CASCADE;"
                   "ALTER SCHEMA pomona_links RENAME TO pomona_links_other;"
                   "CREATE SCHEMA pomona_links");
}

// One run over the host: the paths were seen, with the hash, and all below `walked` was read.
static void see(int64_t now_s, const char *const *paths, const char *hash, const char *walked)
{
    struct err err = { .text = "" };
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_begin_run(links, now_s, &err), OK);
    for (size_t i = 0; paths[i] != NULL; i++)
        put_good(links, sample(paths[i], 0, hash));
    if (walked != NULL && links_prune(links, STR("mac"), str_of(walked), &err) != OK)
        fail_msg("%s", err.text);
    close_good(links);
}

#define PATHS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void merge_into(const char *into, const char *from)
{
    struct links *links = NULL;
    struct err err = { .text = "" };
    if (links_open(str_of(into), LINKS_WRITE, &links, &err) != OK ||
        links_merge(links, str_of(from), &err) != OK)
        fail_msg("%s", err.text);
    close_good(links);
}

// "PATH HASH's first letter RUN", one a line.
static void assert_places(const char *file, const char *expected)
{
    struct links *links = NULL;
    struct links_rows *rows = NULL;
    const struct link_facts *slices;
    size_t count;
    struct err err = { .text = "" };
    str said = STR_EMPTY;
    if (links_open(str_of(file), LINKS_READ, &links, &err) != OK ||
        links_rows_open(links, STR("mac"), &rows, &err) != OK)
        fail_msg("%s", err.text);
    while (links_rows_next(rows, &slices, &count, &err) == OK)
        said = arena_printf(&arena, "%.*s%.*s %.1s %lld\n", STR_ARG(said), STR_ARG(slices[0].path),
                            slices[0].cdhash.at, (long long)slices[0].run);
    links_rows_close(rows);
    links_close(links);
    if (!str_eq(said, str_of(expected)))
        fail_msg("\"%.*s\", expected \"%s\"", STR_ARG(said), expected);
}

// A second time changes nothing, and the other then learns the same.
static void assert_merged(const char *expected)
{
    for (size_t i = 0; i < 2; i++) {
        merge_into(path, other);
        assert_places(path, expected);
    }
    merge_into(other, path);
    assert_places(other, expected);
}

static void links_begin_run__numbers_runs_by_their_time(void **state)
{
    (void)state;
    see(1000, PATHS("/a"), HASH_A, NULL);
    see(2000, PATHS("/b"), HASH_A, NULL);
    see(2000, PATHS("/c"), HASH_A, NULL);  // In the same second,
    see(500, PATHS("/d"), HASH_A, NULL);   // by a clock that was set back,
    see(-7, PATHS("/e"), HASH_A, NULL);    // and by one that is broken.
    see(3000, PATHS("/f"), HASH_A, NULL);
    assert_places(path, "/a 0 1000\n/b 0 2000\n/c 0 2001\n/d 0 2002\n/e 0 2003\n/f 0 3000\n");

    struct err err;
    struct links *links = open_good(LINKS_READ);
    assert_int_equal(links_begin_run(links, 1, &err), ERR_CONFIG);
    assert_string_equal(err.text, "the inventory is open for reading");
    links_close(links);
}

// Two runs in one use, as of a program that goes on for long.
static void links_begin_run__begins_another(void **state)
{
    (void)state;
    struct err err;
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_begin_run(links, 100, &err), OK);
    put_good(links, sample("/a", 0, HASH_A));
    assert_int_equal(links_begin_run(links, 200, &err), OK);
    put_good(links, sample("/b", 0, HASH_A));
    assert_int_equal(links_prune(links, STR("mac"), STR("/"), &err), OK);
    close_good(links);
    assert_places(path, "/b 0 200\n");
}

static void links_begin_run__refuses_a_number_that_leaves_none(void **state)
{
    (void)state;
    static const char *const runs[] = { "9223372036854775807", "-9223372036854775808", "-1",
                                        "1099511627776" };
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        struct link_facts facts = sample("/a", 0, HASH_A);
        struct err err;
        char sentence[96];
        see(5, PATHS("/a"), HASH_A, NULL);
        run_sql(arena_printf(&arena, "UPDATE link_host SET run = %s", runs[i]).at);
        struct links *links = open_good(LINKS_WRITE);
        assert_int_equal(links_begin_run(links, INT64_MAX, &err), OK);
        assert_int_equal(links_put(links, STR("mac"), &facts, 1, &err), OK);
        assert_int_equal(links_commit(links, &err), ERR_FORMAT);
        (void)snprintf(sentence, sizeof sentence, "damaged link inventory: a host's last run is %s",
                       runs[i]);
        assert_says(&err, sentence);
        links_close(links);
        (void)forget(NULL);
    }
    see(INT64_MAX, PATHS("/a"), HASH_A, NULL);
    assert_places(path, "/a 0 1099511627775\n");
}

static void links_merge__takes_the_newer_run_of_a_path(void **state)
{
    (void)state;
    see(200, PATHS("/new", "/both"), HASH_B, NULL);
    set_aside();
    see(100, PATHS("/both", "/ours"), HASH_A, NULL);
    assert_merged("/both 8 200\n/new 8 200\n/ours 0 100\n");
}

static void links_merge__leaves_ours_where_both_are_of_one_run(void **state)
{
    (void)state;
    see(200, PATHS("/same", "/theirs"), HASH_B, "/");
    set_aside();
    see(200, PATHS("/same", "/ours"), HASH_A, "/");
    merge_into(path, other);
    assert_places(path, "/ours 0 200\n/same 0 200\n/theirs 8 200\n");
}

static void links_merge__leaves_the_newer_run_of_a_path(void **state)
{
    (void)state;
    see(100, PATHS("/both", "/old"), HASH_B, NULL);
    set_aside();
    see(200, PATHS("/both"), HASH_A, NULL);
    assert_merged("/both 0 200\n/old 8 100\n");
}

static void links_merge__carries_what_is_gone(void **state)
{
    (void)state;
    see(100, PATHS("/a/x", "/a/y", "/b"), HASH_A, "/");
    see(200, PATHS("/a/x"), HASH_B, "/a");
    set_aside();
    see(100, PATHS("/a", "/a/x", "/a/y", "/a/z", "/a-b", "/a0", "/b"), HASH_A, "/");
    see(200, PATHS("/a/w"), HASH_A, NULL);  // In the same second: not older than the walk.
    assert_merged("/a-b 0 100\n/a/w 0 200\n/a/x 8 200\n/a0 0 100\n/b 0 100\n");
}

static void links_merge__brings_nothing_back(void **state)
{
    (void)state;
    see(100, PATHS("/a", "/a/x", "/a/y", "/b"), HASH_A, "/");
    set_aside();
    see(200, PATHS("/a/x"), HASH_B, "/a/");
    assert_merged("/a/x 8 200\n/b 0 100\n");
}

// A Mac of which nothing is left says so too.
static void links_merge__carries_that_all_is_gone(void **state)
{
    (void)state;
    see(100, PATHS("/a", "/b"), HASH_A, "/");
    see(200, PATHS(NULL), HASH_A, "/");
    set_aside();
    see(150, PATHS("/a", "/c"), HASH_B, "/");
    assert_merged("");
}

// Each walked a part: neither speaks for the other's.
static void links_merge__joins_walks_of_parts(void **state)
{
    (void)state;
    see(300, PATHS("/Applications/A"), HASH_B, "/Applications");
    set_aside();
    see(100, PATHS("/Applications/A", "/Applications/Gone", "/usr/local/a"), HASH_A, "/");
    see(200, PATHS("/usr/local/a"), HASH_A, "/usr/local");
    assert_merged("/Applications/A 8 300\n/usr/local/a 0 200\n");
    assert_int_equal(count_of("SELECT count(*) FROM link_walk"), 3);

    // What comes of it knows both parts of the newer past.
    set_aside();
    see(150, PATHS("/Applications/Gone", "/usr/local/gone", "/else"), HASH_A, "/");
    assert_merged("/Applications/A 8 300\n/else 0 150\n/usr/local/a 0 200\n");
}

static void links_prune__keeps_the_newest_walks_only(void **state)
{
    (void)state;
    see(100, PATHS("/a/b"), HASH_A, "/a/b");
    see(200, PATHS("/a/b"), HASH_A, "/a/b/");
    see(300, PATHS("/ab"), HASH_A, "/ab");
    assert_int_equal(count_of("SELECT count(*) FROM link_walk"), 2);
    assert_int_equal(count_with("SELECT run FROM link_walk WHERE path = $1", "/a/b", NULL), 200);
    see(400, PATHS("/a/b"), HASH_A, "/a");
    assert_int_equal(count_of("SELECT count(*) FROM link_walk"), 2);
    see(500, PATHS("/a/b"), HASH_A, "/a/b");
    assert_int_equal(count_of("SELECT count(*) FROM link_walk"), 3);
    see(600, PATHS("/a/b"), HASH_A, "/");
    assert_int_equal(count_of("SELECT count(*) FROM link_walk"), 1);
    assert_int_equal(count_with("SELECT run FROM link_walk WHERE path = $1", "", NULL), 600);
}

static void links_prune__keeps_one_of_two_walks_of_a_run(void **state)
{
    (void)state;
    struct err err;
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_prune(links, STR("mac"), STR("/a/b"), &err), OK);
    assert_int_equal(links_prune(links, STR("mac"), STR("/a"), &err), OK);
    close_good(links);
    assert_int_equal(count_of("SELECT count(*) FROM link_walk"), 1);
    assert_int_equal(count_with("SELECT count(*) FROM link_walk WHERE path = $1", "/a", NULL), 1);
}

static void links_merge__keeps_the_newer_walk_of_a_path(void **state)
{
    (void)state;
    see(100, PATHS("/a/x"), HASH_B, "/a");
    set_aside();
    see(200, PATHS("/a/y"), HASH_A, "/a");
    assert_merged("/a/y 0 200\n");
    assert_int_equal(count_of("SELECT run FROM link_walk"), 200);
}

// What came of it before it broke off is held to our own walks.
static void links_merge__brings_nothing_back_of_what_breaks_off(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    see(100, PATHS("/a", "/gone", "/zz"), HASH_B, "/");
    run_sql(
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 65)"
        " INSERT INTO link_place SELECT host, path, x, size, mtime_ns, ctime_ns, run, image, around"
        " FROM link_place, n WHERE length(path) = 3");
    set_aside();
    see(200, PATHS("/a"), HASH_A, "/");
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_merge(links, str_of(other), &err), ERR_LIMIT);
    assert_says(&err, "more than 65 different slices of one path");
    close_good(links);
    assert_places(path, "/a 0 200\n");
}

// Walks of the older inventory that lie below a newer one of the other say nothing more.
static void links_merge__keeps_the_newest_walks_only(void **state)
{
    (void)state;
    see(100, PATHS("/a/b"), HASH_A, "/a/b");
    see(200, PATHS("/c"), HASH_A, "/c");
    set_aside();
    see(150, PATHS("/a/b"), HASH_A, "/a");
    merge_into(path, other);
    assert_int_equal(count_of("SELECT count(*) FROM link_walk"), 2);
    assert_int_equal(count_with("SELECT run FROM link_walk WHERE path = $1", "/a", NULL), 150);
    assert_int_equal(count_of("SELECT run FROM link_host"), 200);
}

static void links_prune__forgets_the_oldest_of_more_walks_than_max(void **state)
{
    (void)state;
    struct err err;
    see(100, PATHS("/kept"), HASH_A, "/oldest");
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_begin_run(links, 200, &err), OK);
    for (unsigned i = 0; i < LINKS_WALKS_MAX; i++) {
        assert_int_equal(
            count_with("SELECT count(*) FROM link_walk WHERE path = $1", "/oldest", NULL), 1);
        const str root = arena_printf(&arena, "/%04u", i);
        assert_int_equal(links_prune(links, STR("mac"), root, &err), OK);
    }
    close_good(links);
    assert_int_equal(count_of("SELECT count(*) FROM link_walk"), LINKS_WALKS_MAX);
    assert_int_equal(count_with("SELECT count(*) FROM link_walk WHERE path = $1", "/oldest", NULL),
                     0);
}

// After a merge the host's runs go on behind those of the other.
static void links_merge__goes_on_behind_both(void **state)
{
    (void)state;
    struct err err;
    see(900, PATHS("/a", "/b"), HASH_A, NULL);
    set_aside();
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_begin_run(links, 100, &err), OK);
    put_good(links, sample("/c", 0, HASH_A));
    assert_int_equal(links_merge(links, str_of(other), &err), OK);
    put_good(links, sample("/d", 0, HASH_A));
    assert_int_equal(links_prune(links, STR("mac"), STR("/"), &err), OK);
    close_good(links);
    assert_places(path, "/d 0 901\n");
}

static void links_merge__refuses_runs_that_cannot_be(void **state)
{
    (void)state;
    static const char *const tables[] = { "host", "place", "walk" };
    static const char *const runs[] = {
        "9223372036854775807", "1099511627776", "-1", "'later'", "9e30", "x'00'"
    };
    for (size_t i = 0; i < COUNT_OF(tables) * COUNT_OF(runs); i++) {
        const char *table = tables[i / COUNT_OF(runs)];
        if (server() != NULL && i % COUNT_OF(runs) > 2)
            continue;  // A server keeps numbers only.
        struct err err = { .text = "" };
        char sentence[96];
        see(100, PATHS("/a", "/b"), HASH_B, "/");
        run_sql(arena_printf(&arena, "UPDATE link_%s SET run = %s", table, runs[i % COUNT_OF(runs)])
                    .at);
        set_aside();
        see(50, PATHS("/a", "/c"), HASH_A, "/");
        struct links *links = open_good(LINKS_WRITE);
        assert_int_equal(links_merge(links, str_of(other), &err), ERR_FORMAT);
        (void)snprintf(sentence, sizeof sentence, "damaged link inventory: a run of a %s cannot be",
                       table);
        assert_says(&err, sentence);
        close_good(links);
        assert_places(path, "/a 0 50\n/c 0 50\n");
        (void)forget(NULL);
    }
    see(1, PATHS(NULL), HASH_A, NULL);  // For the teardown.
}

// What it depends on is another host's disk by then, or is read again once.
static void links_merge__leaves_what_facts_depend_on(void **state)
{
    (void)state;
    struct link_facts facts = sample("/a", 0, HASH_A);
    facts.around = STR("1\nL000 /b\n");
    put_paths("mac", (const char *const[]){ "/b" }, 1);
    struct links *links = open_good(LINKS_WRITE);
    put_good(links, facts);
    close_good(links);
    set_aside();
    merge_into(path, other);
    assert_int_equal(count_of("SELECT count(*) FROM link_place WHERE length(around) = 0"), 2);
}

static void links_merge__takes_over_path_by_path(void **state)
{
    (void)state;
    struct link_facts facts;
    struct link_facts *rows;
    size_t count;
    struct err err = { .text = "" };
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_begin_run(links, 2, &err), OK);
    const struct link_facts two[] = { sample("/a", 0, HASH_B), sample("/a", 1, HASH_B) };
    put_slices(links, "one", two, 2);
    put_on(links, "one", sample("/new", 0, HASH_B));
    put_on(links, "two", sample("/t", 0, HASH_B));
    close_good(links);
    set_aside();

    links = open_good(LINKS_WRITE);
    const struct link_facts three[] = { sample("/a", 0, HASH_A), sample("/a", 1, HASH_A),
                                        sample("/a", 2, HASH_A) };
    put_slices(links, "one", three, 3);
    put_on(links, "one", sample("/ours", 0, HASH_A));
    if (links_merge(links, str_of(other), &err) != OK)
        fail_msg("%s", err.text);
    close_good(links);
    links = open_good(LINKS_READ);
    assert_paths(links, "one", "/a\n/a\n/new\n/ours\n");
    assert_paths(links, "two", "/t\n");
    assert_int_equal(links_find_by_path(links, STR("one"), STR("/a"), &arena, &rows, &count, &err),
                     OK);
    assert_int_equal(count, 2);
    assert_true(str_eq(rows[1].cdhash, STR(HASH_B)));
    assert_int_equal(rows[1].ctime_ns, two[1].ctime_ns);
    assert_int_equal(links_find_by_cdhash(links, STR(HASH_B), &arena, &facts, &err), OK);
    assert_int_equal(facts.hosts, 2);
    assert_int_equal(links_merge(links, str_of(other), &err), ERR_CONFIG);
    assert_string_equal(err.text, "the inventory is open for reading");
    links_close(links);
}

static void links_merge__refuses_itself_and_what_is_not_there(void **state)
{
    (void)state;
    struct err err;
    struct links *links = open_good(LINKS_WRITE);
    put_good(links, sample("/a", 0, HASH_A));
    assert_int_equal(links_commit(links, &err), OK);
    assert_int_equal(links_merge(links, str_of(path), &err), ERR_CONFIG);
    assert_says(&err, "an inventory cannot be merged into itself");
    assert_int_equal(links_merge(links, STR("no/such/file.db"), &err), ERR_IO);
    assert_says(&err, "unable to open database file");
    links_close(links);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(links_begin_run__numbers_runs_by_their_time, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_begin_run__begins_another, make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_begin_run__refuses_a_number_that_leaves_none,
                                        make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_merge__takes_the_newer_run_of_a_path, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__leaves_ours_where_both_are_of_one_run,
                                        make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_merge__leaves_the_newer_run_of_a_path, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__carries_what_is_gone, make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_merge__brings_nothing_back, make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_merge__carries_that_all_is_gone, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__joins_walks_of_parts, make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_prune__keeps_the_newest_walks_only, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__keeps_the_newest_walks_only, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_prune__forgets_the_oldest_of_more_walks_than_max,
                                        make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_merge__goes_on_behind_both, make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_merge__refuses_runs_that_cannot_be, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__leaves_what_facts_depend_on, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__takes_over_path_by_path, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__refuses_itself_and_what_is_not_there,
                                        make_paths, forget_both),
        cmocka_unit_test_setup_teardown(links_prune__keeps_one_of_two_walks_of_a_run, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__keeps_the_newer_walk_of_a_path, make_paths,
                                        forget_both),
        cmocka_unit_test_setup_teardown(links_merge__brings_nothing_back_of_what_breaks_off,
                                        make_paths, forget_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
