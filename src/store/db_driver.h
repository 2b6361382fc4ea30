// What a driver gives to db.c: one table of operations, and room for what it keeps.

#ifndef STORE_DB_DRIVER_H
#define STORE_DB_DRIVER_H

#include "store/db.h"

#define DB_CACHED_MAX 256u

// A driver's statement begins with this.
struct db_statement {
    struct db *db;
    bool is_cached;
};

struct db_driver {
    enum db_kind kind;
    // On success `db->connection` is set.
    enum status (*open)(struct db *db, str name, enum db_mode mode, struct err *err);
    void (*close)(struct db *db);
    enum status (*wait)(struct db *db, struct err *err);  // For `db->patience_ms` from now on.
    enum status (*run)(struct db *db, const char *sql, struct err *err);
    enum status (*begin)(struct db *db, struct err *err);
    enum status (*prepare)(struct db *db, const char *sql, struct db_statement **out,
                           struct err *err);
    void (*finish)(struct db_statement *s);
    void (*bind_text)(struct db_statement *s, int at, str text);
    void (*bind_octets)(struct db_statement *s, int at, bytes octets);
    void (*bind_int)(struct db_statement *s, int at, int64_t value);
    void (*bind_real)(struct db_statement *s, int at, double value);
    void (*bind_null)(struct db_statement *s, int at);
    enum status (*step)(struct db_statement *s, struct err *err);  // Sets `db->changed` at the end.
    void (*reset)(struct db_statement *s);
    str (*text)(struct db_statement *s, int column);
    bytes (*octets)(struct db_statement *s, int column);
    int64_t (*integer)(struct db_statement *s, int column);
    double (*real)(struct db_statement *s, int column);
    bool (*is_null)(struct db_statement *s, int column);
};

struct db_cached {
    const char *sql;
    struct db_statement *statement;
};

struct db {
    const struct db_driver *driver;
    void *connection;
    bool is_in_transaction;
    bool was_left_open;
    int64_t patience_ms;
    uint64_t changed;
    struct db_cached cached[DB_CACHED_MAX];
    size_t cached_count;
};

extern const struct db_driver db_sqlite;
extern const struct db_driver db_postgres;

#endif
