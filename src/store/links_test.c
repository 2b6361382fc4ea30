#include "store/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
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
        .ctime_ns = 1700000000000000005,
        .signature = STR("signed"),
        .chain = STR("claimed"),
        .injection = STR("limited"),
        .object = STR("\"size\":178104}"),
    };
}

static void put_slices(struct links *links, const char *host, const struct link_facts *slices,
                       size_t count)
{
    struct err err = { .text = "" };
    if (links_put(links, str_of(host), slices, count, &err) != OK)
        fail_msg("%s", err.text);
}

static void put_on(struct links *links, const char *host, struct link_facts facts)
{
    put_slices(links, host, &facts, 1);
}

static void put_good(struct links *links, struct link_facts facts)
{
    put_on(links, "mac", facts);
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

#define VERSION_1                                                                                  \
    "PRAGMA application_id = 0x504f4d4c; PRAGMA user_version = 1;"                                 \
    "CREATE TABLE links ("                                                                         \
    " path TEXT NOT NULL, slice INTEGER NOT NULL, size INTEGER NOT NULL,"                          \
    " mtime_ns INTEGER NOT NULL, arch TEXT NOT NULL, file_type TEXT NOT NULL,"                     \
    " cdhash TEXT NOT NULL, identifier TEXT NOT NULL, team_id TEXT NOT NULL,"                      \
    " flags INTEGER NOT NULL, native_api TEXT NOT NULL, because TEXT NOT NULL,"                    \
    " frameworks TEXT NOT NULL, entitlements TEXT NOT NULL, jit_declared INTEGER NOT NULL,"        \
    " get_task_allow INTEGER NOT NULL, disable_library_validation INTEGER NOT NULL,"               \
    " allow_dyld_environment INTEGER NOT NULL,"                                                    \
    " PRIMARY KEY (path, slice)) WITHOUT ROWID;"                                                   \
    "CREATE INDEX links_by_cdhash ON links (cdhash);"                                              \
    "INSERT INTO links VALUES ('/b', 0, 5, 6, 'arm64', 'execute', '" HASH_A "',"                   \
    " 'org.b', 'TEAM123456', 65536, 'yes', 'links Foundation', 'Foundation', '{}', 1, 0, 0, 1);"   \
    "INSERT INTO links VALUES ('/a', 1, 5, 6, 'arm64', 'dylib', '', '', '', 0, 'no', '', '', '',"  \
    " 0, 0, 0, 0);"                                                                                \
    "INSERT INTO links VALUES ('/a', 0, 5, 6, 'x86_64', 'dylib', '', '', '', 0, 'no', '', '', ''," \
    " 0, 0, 0, 0);"

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
    assert_string_equal(err.text, "a path is longer than 65536 octets");
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

    run_sql("INSERT INTO place SELECT host, path, 99, size, mtime_ns, ctime_ns, run, image"
            " FROM place WHERE slice = 1");
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

// The paths of a host, one a line.
static str paths_on(struct links *links, const char *host)
{
    struct links_rows *rows = NULL;
    const struct link_facts *slices;
    size_t count;
    struct err err = { .text = "" };
    str paths = STR_EMPTY;
    enum status status = links_rows_open(links, str_of(host), &rows, &err);
    while (status == OK && (status = links_rows_next(rows, &slices, &count, &err)) == OK)
        for (size_t i = 0; i < count; i++)
            paths = arena_printf(&arena, "%.*s%.*s\n", STR_ARG(paths), STR_ARG(slices[i].path));
    links_rows_close(rows);
    if (status != END)
        fail_msg("%s", err.text);
    return paths;
}

static void assert_paths(struct links *links, const char *host, const char *expected)
{
    const str paths = paths_on(links, host);
    if (!str_eq(paths, str_of(expected)))
        fail_msg("%s has \"%.*s\", expected \"%s\"", host, STR_ARG(paths), expected);
}

static void put_paths(const char *host, const char *const *paths, size_t count)
{
    struct links *links = open_good(LINKS_WRITE);
    for (size_t i = 0; i < count; i++)
        put_on(links, host, sample(paths[i], 0, HASH_A));
    close_good(links);
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
    assert_string_equal(err.text, "a path of 0 octets cannot be pruned");
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

static int64_t count_of(const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const int64_t count = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return count;
}

#define IMAGES "SELECT count(*) FROM image"

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

static void links_prevalence__counts_hosts(void **state)
{
    (void)state;
    struct links *links = open_good(LINKS_WRITE);
    struct link_facts facts;
    struct link_facts *rows;
    size_t count;
    uint32_t hosts = 99;
    struct err err;
    put_on(links, "one", sample("/a", 0, HASH_A));
    put_on(links, "one", sample("/copy", 0, HASH_A));
    put_on(links, "two", sample("/a", 0, HASH_A));
    put_on(links, "two", sample("/unsigned", 0, ""));
    struct link_facts other = sample("/elsewhere", 1, HASH_A);
    other.object = STR("\"slice\":1}");
    put_on(links, "three", other);
    assert_int_equal(links_prevalence(links, STR(HASH_A), &hosts, &err), OK);
    assert_int_equal(hosts, 3);
    assert_int_equal(
        links_prevalence(links, STR("0123456789ABCDEF0123456789ABCDEF01234567"), &hosts, &err), OK);
    assert_int_equal(hosts, 3);
    assert_int_equal(links_prevalence(links, STR(HASH_B), &hosts, &err), OK);
    assert_int_equal(hosts, 0);
    assert_int_equal(links_prevalence(links, STR_EMPTY, &hosts, &err), OK);
    assert_int_equal(hosts, 0);

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

// UTF-16 has another order than the octets that we read.
static void links_rows_next__refuses_paths_that_are_not_in_order(void **state)
{
    (void)state;
    struct links_rows *rows = NULL;
    const struct link_facts *slices;
    size_t count;
    struct err err;
    run_sql("PRAGMA encoding = 'UTF-16le'; CREATE TABLE other (x); DROP TABLE other;" VERSION_1
            "INSERT INTO links SELECT char(258), 0, size, mtime_ns, arch, file_type, cdhash,"
            " identifier, team_id, flags, native_api, because, frameworks, entitlements, 0, 0, 0, 0"
            " FROM links WHERE path = '/b';");
    struct links *links = open_good(LINKS_READ);
    assert_int_equal(links_rows_open(links, STR_EMPTY, &rows, &err), OK);
    assert_int_equal(links_rows_next(rows, &slices, &count, &err), ERR_FORMAT);
    assert_string_equal(err.text, "damaged link inventory: its paths are not in order");
    links_rows_close(rows);
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
    run_sql("WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 65)"
            " INSERT INTO place SELECT host, path, x, size, mtime_ns, ctime_ns, run, image"
            " FROM place, n");
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

static void links_hosts__refuses_a_name_that_is_too_long(void **state)
{
    (void)state;
    str *names;
    size_t count;
    struct err err;
    close_good(open_good(LINKS_WRITE));
    run_sql("INSERT INTO host VALUES (1, hex(zeroblob(200)), 1)");
    struct links *links = open_good(LINKS_READ);
    assert_int_equal(links_hosts(links, &arena, &names, &count, &err), ERR_LIMIT);
    assert_string_equal(err.text, "more than 100000 hosts, or a name of more than 256 octets");
    links_close(links);
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

// A program that ends in the middle leaves a journal; who then only reads has to take it back.
static void links_open__reads_what_a_dead_writer_left(void **state)
{
    (void)state;
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
    char journal[sizeof path + 16];
    (void)snprintf(journal, sizeof journal, "%s-journal", path);
    assert_int_equal(access(journal, F_OK), 0);

    struct links *links = open_good(LINKS_READ);
    assert_paths(links, "mac", "/a\n");
    links_close(links);
    assert_int_not_equal(access(journal, F_OK), 0);
}

static void assert_old_rows(struct links *links)
{
    struct link_facts facts;
    struct link_facts *rows;
    size_t count;
    uint32_t hosts;
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
    assert_int_equal(links_prevalence(links, STR(HASH_A), &hosts, &err), OK);
    assert_int_equal(hosts, 1);
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

// The other inventory is written under `path`, and then goes aside.
static void set_aside(char aside[sizeof path + 8])
{
    (void)snprintf(aside, sizeof path + 8, "%s.other", path);
    assert_int_equal(rename(path, aside), 0);
}

static void links_merge__takes_over_path_by_path(void **state)
{
    (void)state;
    char other[sizeof path + 8];
    struct link_facts facts;
    struct link_facts *rows;
    size_t count;
    struct err err = { .text = "" };
    struct links *links = open_good(LINKS_WRITE);
    const struct link_facts two[] = { sample("/a", 0, HASH_B), sample("/a", 1, HASH_B) };
    put_slices(links, "one", two, 2);
    put_on(links, "one", sample("/new", 0, HASH_B));
    put_on(links, "two", sample("/t", 0, HASH_B));
    close_good(links);
    set_aside(other);

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
    assert_int_equal(unlink(other), 0);
}

static void links_merge__takes_version_1(void **state)
{
    (void)state;
    char other[sizeof path + 8];
    struct err err = { .text = "" };
    run_sql(VERSION_1);
    set_aside(other);
    struct links *links = open_good(LINKS_WRITE);
    if (links_merge(links, str_of(other), &err) != OK)
        fail_msg("%s", err.text);
    assert_old_rows(links);
    links_close(links);
    assert_int_equal(unlink(other), 0);
}

static void links_merge__refuses_itself_and_what_is_not_there(void **state)
{
    (void)state;
    struct err err;
    struct links *links = open_good(LINKS_WRITE);
    put_good(links, sample("/a", 0, HASH_A));
    assert_int_equal(links_commit(links, &err), OK);
    assert_int_equal(links_merge(links, str_of(path), &err), ERR_CONFIG);
    assert_string_equal(err.text, "an inventory cannot be merged into itself");
    assert_int_equal(links_merge(links, STR("no/such/file.db"), &err), ERR_IO);
    assert_string_equal(err.text, "unable to open database file");
    links_close(links);
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
    struct link_facts slices[50];
    for (uint32_t i = 0; i < COUNT_OF(slices); i++)
        slices[i] = sample("/a", i, i % 2 == 0 ? HASH_A : HASH_B);
    put_slices(links, "mac", slices, COUNT_OF(slices));
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
        cmocka_unit_test_setup_teardown(links_put__replaces_file_and_remove_forgets_it, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_close__keeps_nothing_that_was_not_committed,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__refuses_more_than_max, make_path, forget),
        cmocka_unit_test_setup_teardown(links_find_by_path__refuses_more_than_max, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_put__keeps_facts_without_an_object_that_is_too_long,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_unchanged__compares_size_and_both_times, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_unchanged__gives_back_all_of_the_file, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_prune__forgets_what_was_not_seen_below, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_prune__takes_wildcards_for_octets, make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__keeps_an_image_once_and_while_it_has_a_place,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__compares_what_has_the_same_hash, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_prevalence__counts_hosts, make_path, forget),
        cmocka_unit_test_setup_teardown(links_find_by_cdhash__prefers_what_does_not_say_no,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_find_on_any_host__gives_the_different_images,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_rows_next__gives_path_by_path, make_path, forget),
        cmocka_unit_test_setup_teardown(links_rows_next__refuses_paths_that_are_not_in_order,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_rows_next__refuses_more_than_max, make_path, forget),
        cmocka_unit_test_setup_teardown(links_hosts__are_in_order, make_path, forget),
        cmocka_unit_test_setup_teardown(links_hosts__refuses_a_name_that_is_too_long, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_put__keeps_whole_batches_whatever_ends_the_program,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_put__ends_a_batch_that_has_many_octets, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__reads_what_a_dead_writer_left, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__reads_version_1_as_it_is, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__brings_version_1_up_to_date, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__prunes_what_version_1_knew, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__leaves_damaged_version_1_as_it_is, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_merge__takes_over_path_by_path, make_path, forget),
        cmocka_unit_test_setup_teardown(links_merge__takes_version_1, make_path, forget),
        cmocka_unit_test_setup_teardown(links_merge__refuses_itself_and_what_is_not_there,
                                        make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__refuses_what_is_no_inventory, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__refuses_inventory_of_other_version, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__refuses_tables_that_are_not_ours, make_path,
                                        forget),
        cmocka_unit_test_setup_teardown(links_open__says_that_file_is_missing, make_path, forget),
        cmocka_unit_test_setup_teardown(links_open__survives_damaged_inventory, make_path, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
