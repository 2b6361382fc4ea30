// What a run sees, forgets and leaves behind.

#include "store/fixture.h"

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
    run_sql("UPDATE image SET hash = (SELECT hash FROM image WHERE id = 30)");
    links = open_good(LINKS_WRITE);
    struct link_facts facts = sample("/new", 0, HASH_A);
    facts.object = str_of(objects[29]);
    put_good(links, facts);
    close_good(links);
    assert_int_equal(count_of(IMAGES), 31);
    assert_int_equal(count_of("SELECT count(DISTINCT object) FROM image i JOIN place p"
                              " ON p.image = i.id WHERE p.path <> '/new'"),
                     30);
    assert_int_equal(count_of("SELECT object = '\"n\":29}' FROM image i JOIN place p"
                              " ON p.image = i.id WHERE p.path = '/new'"),
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
    assert_int_equal(count_of("SELECT count(*) FROM place"), LINKS_BATCH_FILES_MAX);
    assert_int_equal(count_of("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
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
    assert_int_equal(count_of("SELECT count(*) FROM place"), 1);
    assert_int_equal(count_of("SELECT substr(object, 1, 1) = 'h' FROM image"), 1);
}

// Of a batch that has not ended, so much that part of it goes into the file.
static void write_more_than_is_held(void)
{
    struct links *links = open_good(LINKS_WRITE);
    char object[16384];
    memset(object, 'x', sizeof object);
    for (size_t i = 0; i < 1000; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "/%05zu", i);
        memcpy(object, name, 6);
        struct link_facts facts = sample(name, 0, HASH_A);
        facts.object = (str){ .at = object, .len = sizeof object };
        put_good(links, facts);
    }
}

static void leave_a_journal(char *journal, size_t size)
{
    put_paths("mac", (const char *const[]){ "/a" }, 1);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        write_more_than_is_held();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)snprintf(journal, size, "%s-journal", path);
    assert_int_equal(access(journal, F_OK), 0);
}

static void assert_refused(enum links_mode mode, enum status status, const char *why)
{
    struct links *links = NULL;
    struct err err = { .text = "" };
    assert_int_equal(links_open(str_of(path), mode, &links, &err), status);
    assert_string_equal(err.text, why);
    assert_null(links);
}

// A program that ends in the middle leaves a journal. Who only reads must not play it back: it may
// have come with a stranger's inventory.
static void links_open__plays_a_journal_back_only_to_write(void **state)
{
    (void)state;
    char journal[sizeof path + 16];
    leave_a_journal(journal, sizeof journal);
    assert_refused(LINKS_READ, ERR_FORMAT,
                   "was not closed: a journal lies beside it (-journal), which only opening it to "
                   "write takes back");
    assert_int_equal(access(journal, F_OK), 0);

    links_close(open_good(LINKS_WRITE));
    assert_int_not_equal(access(journal, F_OK), 0);
    struct links *links = open_good(LINKS_READ);
    assert_paths(links, "mac", "/a\n");
    links_close(links);
}

static void add_u32be(FILE *file, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        (void)fputc((int)(value >> (24 - 8 * i) & 0xff), file);
}

// As SQLite writes it at the end of a journal whose transaction spans several databases.
static void name_super_journal(const char *journal, const char *name)
{
    static const char magic[] = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    uint32_t sum = 0;
    FILE *file = fopen(journal, "ab");
    assert_non_null(file);
    for (const char *at = name; *at != '\0'; at++)
        sum += (unsigned char)*at;  // As a signed one where SQLite sums; the name is ASCII.
    add_u32be(file, 0x40000000 / 4096 + 1);
    (void)fputs(name, file);
    add_u32be(file, (uint32_t)strlen(name));
    add_u32be(file, sum);
    assert_int_equal(fwrite(magic, 1, 8, file), 8);
    assert_int_equal(fclose(file), 0);
}

static void links_open__refuses_a_journal_that_names_other_files(void **state)
{
    (void)state;
    char journal[sizeof path + 16];
    char other[sizeof path + 16];
    leave_a_journal(journal, sizeof journal);
    (void)snprintf(other, sizeof other, "%s-other", path);
    FILE *file = fopen(other, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    name_super_journal(journal, other);

    assert_refused(LINKS_READ, ERR_FORMAT,
                   "was not closed: a journal lies beside it (-journal), which only opening it to "
                   "write takes back");
    assert_refused(LINKS_WRITE, ERR_FORMAT, "the journal beside it (-journal) names other files");
    assert_int_equal(access(other, F_OK), 0);
    assert_int_equal(unlink(journal), 0);
    assert_int_equal(symlink(other, journal), 0);
    assert_refused(LINKS_WRITE, ERR_IO, "the journal beside it (-journal) cannot be read");
    assert_int_equal(access(other, F_OK), 0);
    assert_int_equal(unlink(journal), 0);
    assert_int_equal(unlink(other), 0);
}

static void links_open__leaves_alone_what_lies_beside(void **state)
{
    (void)state;
    char beside[sizeof path + 16];
    put_paths("mac", (const char *const[]){ "/a" }, 1);
    (void)snprintf(beside, sizeof beside, "%s-wal", path);
    FILE *file = fopen(beside, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_refused(LINKS_READ, ERR_FORMAT, "a write-ahead log lies beside it (-wal)");
    assert_refused(LINKS_WRITE, ERR_FORMAT, "a write-ahead log lies beside it (-wal)");
    assert_int_equal(unlink(beside), 0);

    file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 18, SEEK_SET), 0);
    assert_int_equal(fwrite("\2\2", 1, 2, file), 2);
    assert_int_equal(fclose(file), 0);
    assert_refused(LINKS_READ, ERR_FORMAT, "kept with a write-ahead log, as no link inventory is");
    assert_int_not_equal(access(beside, F_OK), 0);

    (void)snprintf(beside, sizeof beside, "%s-journal", path);
    file = fopen(beside, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(path, 0), 0);
    assert_refused(LINKS_READ, ERR_FORMAT, "not a link inventory (application id 0x0)");
    assert_int_equal(unlink(beside), 0);
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
        cmocka_unit_test_setup_teardown(links_open__plays_a_journal_back_only_to_write, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__refuses_a_journal_that_names_other_files,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__leaves_alone_what_lies_beside, make_path,
                                        forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
