// What a run sees, forgets and leaves behind.

#include "store/audit.h"
#include "store/links_fixture.h"

#include <sys/types.h>
#include <sys/wait.h>

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

static enum status ask(struct links *links, uint64_t size, int64_t mtime_ns, int64_t ctime_ns)
{
    struct link_facts *rows;
    size_t count;
    struct err err;
    return links_unchanged(links, STR("mac"), STR("/a"),
                           (struct links_stamp){ size, mtime_ns, ctime_ns }, &arena, &rows, &count,
                           &err);
}

static void links_unchanged__compares_size_and_both_times(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts facts = sample("/a", 0, HASH_A);
    facts.size = 10;
    facts.mtime_ns = 20;
    facts.ctime_ns = 30;
    put_good(links, facts);
    assert_int_equal(ask(links, 10, 20, 30), OK);
    assert_int_equal(ask(links, 11, 20, 30), END);
    assert_int_equal(ask(links, 10, 21, 30), END);
    assert_int_equal(ask(links, 10, 20, 31), END);  // Exchanged, and its time set back.
    assert_int_equal(ask(links, 10, 20, 0), OK);    // Nobody knows it.
    facts.ctime_ns = 0;
    put_good(links, facts);
    assert_int_equal(ask(links, 10, 20, 31), OK);
    facts.object = STR_EMPTY;  // There would be nothing to print.
    put_good(links, facts);
    assert_int_equal(ask(links, 10, 20, 0), END);
    links_close(links);
}

static void links_unchanged__gives_back_all_of_the_file(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts two[] = { sample("/a", 0, HASH_A), sample("/a", 1, HASH_B) };
    const struct links_stamp stamp = { two[0].size, two[0].mtime_ns, two[0].ctime_ns };
    struct link_facts *rows;
    size_t count;
    struct err err;
    put_slices(links, "mac", two, 2);
    assert_int_equal(
        links_unchanged(links, STR("mac"), STR("/a"), stamp, &arena, &rows, &count, &err), OK);
    assert_int_equal(count, 2);
    assert_true(str_eq(rows[1].cdhash, STR(HASH_B)) && str_eq(rows[1].host, STR("mac")));
    assert_true(str_eq(rows[1].signature, STR("signed")));
    assert_true(str_eq(rows[1].chain, STR("claimed")));
    assert_true(str_eq(rows[1].injection, STR("limited")));
    assert_true(str_eq(rows[1].object, two[1].object));
    assert_int_equal(
        links_unchanged(links, STR("cam"), STR("/a"), stamp, &arena, &rows, &count, &err), END);
    two[1].mtime_ns++;
    put_slices(links, "mac", two, 2);
    assert_int_equal(
        links_unchanged(links, STR("mac"), STR("/a"), stamp, &arena, &rows, &count, &err), END);
    close_good(links);
    links = open_good(LINKS_READ);
    assert_int_equal(
        links_unchanged(links, STR("mac"), STR("/a"), stamp, &arena, &rows, &count, &err),
        ERR_CONFIG);
    assert_string_equal(err.text, "the inventory is open for reading");
    links_close(links);
}

static void links_prune__forgets_what_was_not_seen_below(void **state)
{
    (void)state;
    static const char *const paths[] = { "/a",     "/a-b", "/a/x", "/a/%",    "/a/y/z", "/a0",
                                         "/a/_/q", "/A/x", "/ab",  "/a/seen", "/b" };
    struct err err;
    put_paths("mac", paths, COUNT_OF(paths));
    put_paths("other", paths, 3);
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_touch(links, STR("mac"), STR("/a/seen"), &err), OK);
    put_good(links, sample("/a/new", 0, HASH_A));
    put_on(links, "other", sample("/other", 0, HASH_A));
    assert_int_equal(links_prune(links, STR("mac"), STR("/a/"), &err), OK);
    assert_paths(links, "mac", "/A/x\n/a-b\n/a/new\n/a/seen\n/a0\n/ab\n/b\n");
    assert_paths(links, "other", "/a\n/a-b\n/a/x\n/other\n");
    assert_int_equal(links_prune(links, STR("mac"), STR("/"), &err), OK);
    assert_paths(links, "mac", "/a/new\n/a/seen\n");
    assert_int_equal(links_prune(links, STR("mac"), STR_EMPTY, &err), ERR_CONFIG);
    assert_string_equal(err.text, "nothing lies below a path of 0 octets");
    close_good(links);
    links = open_good(LINKS_WRITE);
    assert_int_equal(links_prune(links, STR("mac"), STR("/a/new"), &err), OK);
    assert_paths(links, "mac", "/a/seen\n");
    assert_paths(links, "other", "/a\n/a-b\n/a/x\n/other\n");
    links_close(links);
}

static void links_prune__takes_wildcards_for_octets(void **state)
{
    (void)state;
    static const char *const paths[] = { "/%/x", "/_/x", "/a/x", "/b%/x" };
    struct err err;
    put_paths("mac", paths, COUNT_OF(paths));
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_prune(links, STR("mac"), STR("/_"), &err), OK);
    assert_paths(links, "mac", "/%/x\n/a/x\n/b%/x\n");
    assert_int_equal(links_prune(links, STR("mac"), STR("/%"), &err), OK);
    assert_paths(links, "mac", "/a/x\n/b%/x\n");
    links_close(links);
}

static void links_put__keeps_an_image_once_and_while_it_has_a_place(void **state)
{
    (void)state;
    struct err err;
    struct links *links = open_good(LINKS_WRITE);
    put_on(links, "one", sample("/a", 0, HASH_A));
    put_on(links, "one", sample("/b", 1, HASH_A));
    put_on(links, "two", sample("/a", 0, HASH_A));
    struct link_facts other = sample("/c", 0, HASH_A);
    other.object = STR("\"size\":178105}");
    put_on(links, "two", other);
    close_good(links);
    assert_int_equal(count_of(IMAGES), 2);

    links = open_good(LINKS_WRITE);
    put_on(links, "two", sample("/c", 0, HASH_B));
    assert_int_equal(links_remove(links, STR("two"), STR("/a"), &err), OK);
    close_good(links);
    assert_int_equal(count_of(IMAGES), 2);
    links = open_good(LINKS_WRITE);
    assert_int_equal(links_prune(links, STR("one"), STR("/"), &err), OK);
    close_good(links);
    assert_int_equal(count_of(IMAGES), 1);
}

// Thirty images to which somebody gave the same hash: none is taken for another.
static void links_put__compares_what_has_the_same_hash(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    char paths[30][8];
    char objects[30][16];
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        (void)snprintf(paths[i], sizeof paths[i], "/%02zu", i);
        (void)snprintf(objects[i], sizeof objects[i], "\"n\":%zu}", i);
        struct link_facts facts = sample(paths[i], 0, HASH_A);
        facts.object = str_of(objects[i]);
        put_good(links, facts);
    }
    close_good(links);
    run_sql("UPDATE link_image SET hash = (SELECT hash FROM link_image WHERE id = 30)");
    links = open_good(LINKS_WRITE);
    struct link_facts facts = sample("/new", 0, HASH_A);
    facts.object = str_of(objects[29]);
    put_good(links, facts);
    close_good(links);
    assert_int_equal(count_of(IMAGES), 31);
    assert_int_equal(count_with("SELECT count(DISTINCT object) FROM link_image i JOIN link_place p"
                                " ON p.image = i.id WHERE p.path <> $1",
                                "/new", NULL),
                     30);
    assert_int_equal(count_with("SELECT count(*) FROM link_image i JOIN link_place p"
                                " ON p.image = i.id WHERE p.path = $1 AND i.object = $2",
                                "/new", "\"n\":29}"),
                     1);
}

// As if another program were put in its place in the middle of a batch.
static void links_put__keeps_whole_batches_whatever_ends_the_program(void **state)
{
    (void)state;
    struct err err;
    char name[16];
    struct links *links = open_good(LINKS_WRITE);
    for (size_t i = 0; i < LINKS_BATCH_FILES_MAX + 10; i++) {
        (void)snprintf(name, sizeof name, "/%05zu", i);
        put_good(links, sample(name, 0, HASH_A));
    }
    assert_int_equal(links_prune(links, STR("mac"), STR("/"), &err), OK);
    links_close(links);
    assert_int_equal(count_of("SELECT count(*) FROM link_place"), LINKS_BATCH_FILES_MAX);
}

static void links_put__ends_a_batch_that_has_many_octets(void **state)
{
    (void)state;
    char *large = memory_new(LINKS_OBJECT_MAX);
    memset(large, 'x', LINKS_OBJECT_MAX);
    struct links *links = open_good(LINKS_WRITE);
    for (size_t i = 0; i < LINKS_BATCH_BYTES_MAX / LINKS_OBJECT_MAX + 1; i++) {
        struct link_facts facts = sample("/a", 0, HASH_A);
        large[0] = (char)('a' + i);
        facts.object = (str){ .at = large, .len = LINKS_OBJECT_MAX };
        put_good(links, facts);
    }
    links_close(links);
    free(large);
    assert_int_equal(count_of("SELECT count(*) FROM link_place"), 1);
    assert_int_equal(
        count_with("SELECT count(*) FROM link_image WHERE substr(object, 1, 1) = $1", "b", NULL),
        1);
}

// Another program's run of the host, later than ours and at the same time, did not see what we do.
static void links_prune__leaves_what_another_sees_at_the_same_time(void **state)
{
    (void)state;
    struct err err;
    struct links *ours = open_good(LINKS_WRITE);
    struct links *theirs = open_good(LINKS_WRITE);
    put_good(ours, sample("/a", 0, HASH_A));
    put_good(ours, sample("/both", 0, HASH_A));
    assert_int_equal(links_commit(ours, &err), OK);
    put_good(theirs, sample("/both", 0, HASH_B));
    assert_int_equal(links_commit(theirs, &err), OK);
    put_good(ours, sample("/both", 0, HASH_A));
    assert_int_equal(links_prune(ours, STR("mac"), STR("/"), &err), OK);
    close_good(ours);
    assert_int_equal(links_prune(theirs, STR("mac"), STR("/"), &err), OK);
    close_good(theirs);
    struct links *links = open_good(LINKS_READ);
    assert_paths(links, "mac", "/both\n");
    links_close(links);
}

// The store can be written to by others while there is something to be written here.
static void links_put__holds_no_lock_while_it_waits(void **state)
{
    (void)state;
    struct err err = { .text = "" };
    struct links *ours = open_good(LINKS_WRITE);
    struct links *reader = open_good(LINKS_READ);
    put_good(ours, sample("/a", 0, HASH_A));
    put_paths("other", (const char *const[]){ "/b" }, 1);
    assert_paths(reader, "mac", "");
    assert_paths(reader, "other", "/b\n");
    assert_int_equal(links_commit(ours, &err), OK);
    assert_paths(reader, "mac", "/a\n");
    links_close(reader);
    links_close(ours);
}

static void add_entry(void *context, const struct audit_entry *e)
{
    str *said = context;
    *said = arena_printf(&arena, "%.*s%.*s %.*s %.*s %.*s\n", STR_ARG(*said), STR_ARG(e->who),
                         STR_ARG(e->action), STR_ARG(e->subject), STR_ARG(e->detail));
}

static void assert_log(const char *expected)
{
    struct db *db = NULL;
    struct err err = { .text = "" };
    str said = STR_EMPTY;
    if (store_open(str_of(path), DB_READ, &db, &err) != OK ||
        audit_list(db, add_entry, &said, &err) != OK)
        fail_msg("%s", err.text);
    db_close(db);
    if (!str_eq(said, str_of(expected)))
        fail_msg("\"%.*s\", expected \"%s\"", STR_ARG(said), expected);
}

static struct links *act_as_ada(void)
{
    const struct store_act act = { .who = STR("ada"), .now_ns = 5, .why = STR_EMPTY };
    struct links *links = open_good(LINKS_WRITE);
    links_act_as(links, &act, "inspect.save", STR("mac"));
    return links;
}

static void links_commit__tells_the_audit_log_what_changed(void **state)
{
    (void)state;
    struct err err;
    struct links *links = act_as_ada();
    put_good(links, sample("/a", 0, HASH_A));
    put_good(links, sample("/b", 0, HASH_A));
    assert_int_equal(links_remove(links, STR("mac"), STR("/absent"), &err), OK);
    close_good(links);
    assert_log("ada inspect.save mac {\"put\":2,\"forgotten\":0,\"has_ended\":true}\n");

    // What was only seen again is no change.
    const struct link_facts facts = sample("/a", 0, HASH_A);
    const struct links_stamp stamp = { facts.size, facts.mtime_ns, facts.ctime_ns };
    struct link_facts *rows;
    size_t count;
    links = act_as_ada();
    assert_int_equal(
        links_unchanged(links, STR("mac"), STR("/a"), stamp, &arena, &rows, &count, &err), OK);
    close_good(links);
    links = act_as_ada();
    assert_int_equal(links_prune(links, STR("mac"), STR("/"), &err), OK);
    close_good(links);
    assert_log("ada inspect.save mac {\"put\":2,\"forgotten\":0,\"has_ended\":true}\n"
               "ada inspect.save mac {\"put\":0,\"forgotten\":2,\"has_ended\":true}\n");
}

// Nothing is written of which the log does not know, and a run that is long fills no pages of it.
static void links_commit__tells_of_a_long_run_twice(void **state)
{
    (void)state;
    char name[16];
    struct links *links = act_as_ada();
    for (size_t i = 0; i < 3 * LINKS_BATCH_FILES_MAX; i++) {
        (void)snprintf(name, sizeof name, "/%05zu", i);
        put_good(links, sample(name, 0, HASH_A));
    }
    assert_log("ada inspect.save mac {\"put\":1024,\"forgotten\":0,\"has_ended\":false}\n");
    close_good(links);
    assert_log("ada inspect.save mac {\"put\":1024,\"forgotten\":0,\"has_ended\":false}\n"
               "ada inspect.save mac {\"put\":3072,\"forgotten\":0,\"has_ended\":true}\n");
}

static void links_touch__holds_what_lies_at_or_below(void **state)
{
    (void)state;
    static const char *const paths[] = { "/a", "/a-b", "/a/x", "/a/y/z", "/a0", "/ab", "/b/x" };
    struct err err;
    put_paths("mac", paths, COUNT_OF(paths));
    put_paths("other", paths, COUNT_OF(paths));
    struct links *links = open_good(LINKS_WRITE);
    assert_int_equal(links_touch(links, STR("mac"), STR("/a"), &err), OK);
    assert_int_equal(links_touch(links, STR("mac"), STR("/b/"), &err), OK);
    assert_int_equal(links_touch(links, STR("mac"), STR("/absent"), &err), OK);
    assert_int_equal(links_prune(links, STR("mac"), STR("/"), &err), OK);
    assert_paths(links, "mac", "/a\n/a/x\n/a/y/z\n/b/x\n");
    assert_int_equal(links_prune(links, STR("other"), STR("/"), &err), OK);
    assert_paths(links, "other", "");
    assert_int_equal(links_touch(links, STR("mac"), STR_EMPTY, &err), ERR_CONFIG);
    assert_string_equal(err.text, "nothing lies below a path of 0 octets");
    close_good(links);
    put_paths("mac", paths, COUNT_OF(paths));
    links = open_good(LINKS_WRITE);
    assert_int_equal(links_touch(links, STR("mac"), STR("/"), &err), OK);
    assert_int_equal(links_prune(links, STR("mac"), STR("/"), &err), OK);
    assert_paths(links, "mac", "/a\n/a-b\n/a/x\n/a/y/z\n/a0\n/ab\n/b/x\n");
    links_close(links);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(links_close__keeps_nothing_that_was_not_committed,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_unchanged__compares_size_and_both_times, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_unchanged__gives_back_all_of_the_file, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_prune__forgets_what_was_not_seen_below, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_touch__holds_what_lies_at_or_below, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_prune__takes_wildcards_for_octets, make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__keeps_an_image_once_and_while_it_has_a_place,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__compares_what_has_the_same_hash, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_put__keeps_whole_batches_whatever_ends_the_program,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__ends_a_batch_that_has_many_octets, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_prune__leaves_what_another_sees_at_the_same_time,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__holds_no_lock_while_it_waits, make_path, forget),
        cmocka_unit_test_setup_teardown(links_commit__tells_the_audit_log_what_changed, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_commit__tells_of_a_long_run_twice, make_path, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
