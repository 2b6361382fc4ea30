// An inventory in a file of its own, and what tests put into it and ask of it.

#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "store/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

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
#define IMAGES "SELECT count(*) FROM image"

static struct arena arena;
static char path[512];

static inline int make_path(void **state)
{
    (void)state;
    const str directory = str_of(getenv("TMPDIR"));
    (void)snprintf(path, sizeof path, "%.*s/links_test_XXXXXX",
                   STR_ARG(directory.len > 0 ? directory : STR(".")));
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static inline int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return unlink(path);
}

static inline struct links *open_good(enum links_mode mode)
{
    struct links *links = NULL;
    struct err err = { .text = "" };
    if (links_open(str_of(path), mode, &links, &err) != OK)
        fail_msg("%s", err.text);
    return links;
}

static inline struct link_facts sample(const char *where, uint32_t slice, const char *cdhash)
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

static inline void put_slices(struct links *links, const char *host,
                              const struct link_facts *slices, size_t count)
{
    struct err err = { .text = "" };
    if (links_put(links, str_of(host), slices, count, &err) != OK)
        fail_msg("%s", err.text);
}

static inline void put_on(struct links *links, const char *host, struct link_facts facts)
{
    put_slices(links, host, &facts, 1);
}

static inline void put_good(struct links *links, struct link_facts facts)
{
    put_on(links, "mac", facts);
}

static inline void close_good(struct links *links)
{
    struct err err = { .text = "" };
    if (links_commit(links, &err) != OK)
        fail_msg("%s", err.text);
    links_close(links);
}

static inline void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline int64_t count_of(const char *sql)
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

// The paths of a host, one a line.
static inline str paths_on(struct links *links, const char *host)
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

static inline void assert_paths(struct links *links, const char *host, const char *expected)
{
    const str paths = paths_on(links, host);
    if (!str_eq(paths, str_of(expected)))
        fail_msg("%s has \"%.*s\", expected \"%s\"", host, STR_ARG(paths), expected);
}

static inline void put_paths(const char *host, const char *const *paths, size_t count)
{
    struct links *links = open_good(LINKS_WRITE);
    for (size_t i = 0; i < count; i++)
        put_on(links, host, sample(paths[i], 0, HASH_A));
    close_good(links);
}

#endif
