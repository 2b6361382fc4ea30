// An inventory in a store of its own, and what tests put into it and ask of it. The store is a file, or where
// tests/postgres.sh started a server, a schema there.

#ifndef STORE_LINKS_FIXTURE_H
#define STORE_LINKS_FIXTURE_H

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

#define IMAGES "SELECT count(*) FROM link_image"

static struct arena arena;
static char path[512];

static inline const char *server(void)
{
    return getenv("POMONA_TEST_POSTGRES");
}

// What a hand that is not ours makes of a file; a server lets nobody.
static inline void need_file(void)
{
    if (server() == NULL)
        return;
    print_message("skipped: of a file only\n");
    skip();
}

static inline void ask_server(const char *sql)
{
    struct db *db = NULL;
    struct err err = { .text = "" };
    if (db_open(str_of(server()), DB_CHANGE, &db, &err) != OK || db_run(db, sql, &err) != OK)
        fail_msg("%s", err.text);
    db_close(db);
}

static inline int name_schema(char *url, size_t size, const char *schema)
{
    const int len = snprintf(url, size, "%s%coptions=-csearch_path%%3D%s", server(),
                             strchr(server(), '?') == NULL ? '?' : '&', schema);
    return len > 0 && (size_t)len < size ? 0 : -1;
}

static inline int make_path(void **state)
{
    (void)state;
    if (server() != NULL) {
        ask_server("DROP SCHEMA IF EXISTS pomona_links CASCADE; CREATE SCHEMA pomona_links;"
                   "DROP SCHEMA IF EXISTS pomona_links_other CASCADE");
        return name_schema(path, sizeof path, "pomona_links");
    }
    const str directory = str_of(getenv("TMPDIR"));
    (void)snprintf(path, sizeof path, "%.*s/links_test_XXXXXX",
                   STR_ARG(directory.len > 0 ? directory : STR(".")));
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 || unlink(path) != 0 ? -1 : 0;
}

static inline void remove_file(const char *name)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        char beside[sizeof path + 16];
        (void)snprintf(beside, sizeof beside, "%s%s", name, endings[i]);
        (void)unlink(beside);
    }
}

// Also in the middle of a test: the store is gone.
static inline int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    if (server() == NULL)
        remove_file(path);
    else
        ask_server("DROP SCHEMA pomona_links CASCADE; CREATE SCHEMA pomona_links");
    return 0;
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

// By a hand that is not ours: of a file, foreign keys are not kept.
static inline void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    struct db *on_server = NULL;
    struct err err = { .text = "" };
    if (server() != NULL) {
        if (db_open(str_of(path), DB_CHANGE, &on_server, &err) != OK ||
            db_run(on_server, sql, &err) != OK)
            fail_msg("%s", err.text);
        db_close(on_server);
        return;
    }
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

// With octets as $1 and $2, which may be NULL.
static inline int64_t count_with(const char *sql, const char *first, const char *second)
{
    struct db *db = NULL;
    struct db_statement *s = NULL;
    struct err err = { .text = "" };
    if (db_open(str_of(path), DB_READ, &db, &err) != OK || db_prepare(db, sql, &s, &err) != OK)
        fail_msg("%s", err.text);
    if (first != NULL)
        db_bind_octets(s, 1, bytes_of_str(str_of(first)));
    if (second != NULL)
        db_bind_octets(s, 2, bytes_of_str(str_of(second)));
    if (db_step(s, &err) != OK)
        fail_msg("%s", err.text);
    const int64_t count = db_int(s, 0);
    db_finish(s);
    db_close(db);
    return count;
}

static inline int64_t count_of(const char *sql)
{
    return count_with(sql, NULL, NULL);
}

// A sentence behind the name of a store.
static inline void assert_says(const struct err *err, const char *sentence)
{
    const str text = str_of(err->text);
    if (!str_ends_with(text, str_of(sentence)))
        fail_msg("\"%s\", expected \"… %s\"", err->text, sentence);
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
