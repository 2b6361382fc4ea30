// For tests: a store that is not there yet, in a file, or on the server that tests/postgres.sh started, in a schema
// of the test's own.

#ifndef STORE_TEST_STORE_H
#define STORE_TEST_STORE_H

#include "store/store.h"
#include "store/test_file.h"

#define TEST_STORE_SCHEMA "pomona_test"

static char test_store[512];

static inline bool test_store_is_server(void)
{
    return getenv("POMONA_TEST_POSTGRES") != NULL;
}

// Skips a test of what only a file can hold, and says so. <cmocka.h> comes before.
#define test_store_needs_file()                               \
    do {                                                      \
        if (test_store_is_server()) {                         \
            print_message("skipped: of SQLite files only\n"); \
            skip();                                           \
        }                                                     \
    } while (false)

static inline int test_store_run(const char *name, const char *sql)
{
    struct err err = { .text = "" };
    struct db *db = NULL;
    enum status status = db_open(str_of(name), DB_CHANGE, &db, &err);
    if (status == OK)
        status = db_run(db, sql, &err);
    db_close(db);
    if (status != OK)
        (void)fprintf(stderr, "%s\n", err.text);
    return status == OK ? 0 : -1;
}

static inline int test_store_make(void **state)
{
    const char *server = getenv("POMONA_TEST_POSTGRES");
    if (server == NULL) {
        const int made = test_file_make(state);
        (void)snprintf(test_store, sizeof test_store, "%s", test_file);
        return made;
    }
    (void)snprintf(test_store, sizeof test_store, "%s%coptions=-csearch_path%%3D" TEST_STORE_SCHEMA,
                   server, strchr(server, '?') == NULL ? '?' : '&');
    return test_store_run(server, "DROP SCHEMA IF EXISTS " TEST_STORE_SCHEMA " CASCADE;"
                                  "CREATE SCHEMA " TEST_STORE_SCHEMA);
}

static inline int test_store_remove(void **state)
{
    const char *server = getenv("POMONA_TEST_POSTGRES");
    return server == NULL ? test_file_remove(state)
                          : test_store_run(server, "DROP SCHEMA " TEST_STORE_SCHEMA " CASCADE");
}

#endif
