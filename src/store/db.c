#include "base/buf.h"
#include "store/db_driver.h"

#include <stdlib.h>

bool db_is_url(str name)
{
    return str_starts_with(name, STR("postgresql://")) || str_starts_with(name, STR("postgres://"));
}

enum status db_open(str name, enum db_mode mode, struct db **out, struct err *err)
{
    if (name.len == 0)
        return fail(err, ERR_CONFIG, "the store needs a name");
    struct db *db = memory_zeroed(1, sizeof *db);
    db->driver = db_is_url(name) ? &db_postgres : &db_sqlite;
    db->patience_ms = DB_BUSY_MS;
    const enum status status = db->driver->open(db, name, mode, err);
    if (status != OK) {
        db_close(db);
        return status;
    }
    *out = db;
    return OK;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    for (size_t i = 0; i < db->cached_count; i++)
        db->driver->finish(db->cached[i].statement);
    db->driver->close(db);
    free(db);
}

enum status db_set_patience(struct db *db, int64_t ms, struct err *err)
{
    db->patience_ms = ms;
    return db->driver->wait(db, err);
}

enum db_kind db_kind(const struct db *db)
{
    return db->driver->kind;
}

bool db_was_left_open(const struct db *db)
{
    return db->was_left_open;
}

enum status db_run(struct db *db, const char *sql, struct err *err)
{
    return db->driver->run(db, sql, err);
}

enum status db_begin(struct db *db, struct err *err)
{
    const enum status status = db->driver->begin(db, err);
    db->is_in_transaction = status == OK;
    return status;
}

enum status db_commit(struct db *db, struct err *err)
{
    const enum status status = db->driver->run(db, "COMMIT", err);
    if (status == OK)
        db->is_in_transaction = false;
    else
        db_rollback(db);
    return status;
}

void db_rollback(struct db *db)
{
    struct err ignored;
    if (db->is_in_transaction && db->driver->run(db, "ROLLBACK", &ignored) != OK)
        ignored.text[0] = '\0';  // It is taken back at the latest when the connection ends.
    db->is_in_transaction = false;
}

bool db_is_in_transaction(const struct db *db)
{
    return db->is_in_transaction;
}

enum status db_end(struct db *db, enum status status, struct err *err)
{
    if (status == OK)
        return db_commit(db, err);
    db_rollback(db);
    return status;
}

// Statements are few and literals; to look through them costs less than to hash one.
enum status db_statement(struct db *db, const char *sql, struct db_statement **out, struct err *err)
{
    for (size_t i = 0; i < db->cached_count; i++) {
        if (db->cached[i].sql != sql)
            continue;
        *out = db->cached[i].statement;
        db->driver->reset(*out);
        return OK;
    }
    if (db->cached_count == DB_CACHED_MAX)
        return fail(err, ERR_LIMIT, "more than %u statements are kept", DB_CACHED_MAX);
    const enum status status = db->driver->prepare(db, sql, out, err);
    if (status != OK)
        return status;
    (*out)->db = db;
    (*out)->is_cached = true;
    db->cached[db->cached_count++] = (struct db_cached){ .sql = sql, .statement = *out };
    return OK;
}

enum status db_prepare(struct db *db, const char *sql, struct db_statement **out, struct err *err)
{
    const enum status status = db->driver->prepare(db, sql, out, err);
    if (status == OK)
        (*out)->db = db;
    return status;
}

void db_finish(struct db_statement *s)
{
    if (s != NULL && !s->is_cached)
        s->db->driver->finish(s);
}

str db_printable(struct arena *arena, str text)
{
    struct buf b;
    buf_init(&b, 4 * text.len + 1);
    buf_add_printable(&b, text);
    const str printable = str_eq(buf_str(&b), text) ? text : arena_str(arena, buf_str(&b));
    buf_done(&b);
    return printable;
}

void db_bind_text(struct db_statement *s, int at, str text)
{
    s->db->driver->bind_text(s, at, text);
}

void db_bind_octets(struct db_statement *s, int at, bytes octets)
{
    s->db->driver->bind_octets(s, at, octets);
}

void db_bind_int(struct db_statement *s, int at, int64_t value)
{
    s->db->driver->bind_int(s, at, value);
}

void db_bind_real(struct db_statement *s, int at, double value)
{
    s->db->driver->bind_real(s, at, value);
}

void db_bind_null(struct db_statement *s, int at)
{
    s->db->driver->bind_null(s, at);
}

enum status db_step(struct db_statement *s, struct err *err)
{
    return s->db->driver->step(s, err);
}

void db_reset(struct db_statement *s)
{
    s->db->driver->reset(s);
}

enum status db_do(struct db_statement *s, struct err *err)
{
    enum status status = s->db->driver->step(s, err);
    if (status == OK)
        status = fail(err, ERR_FORMAT, "a statement gave rows that nobody asked for");
    s->db->driver->reset(s);
    return status == END ? OK : status;
}

uint64_t db_changed(const struct db *db)
{
    return db->changed;
}

str db_text(struct db_statement *s, int column)
{
    return s->db->driver->text(s, column);
}

bytes db_octets(struct db_statement *s, int column)
{
    return s->db->driver->octets(s, column);
}

int64_t db_int(struct db_statement *s, int column)
{
    return s->db->driver->integer(s, column);
}

double db_real(struct db_statement *s, int column)
{
    return s->db->driver->real(s, column);
}

bool db_is_null(struct db_statement *s, int column)
{
    return s->db->driver->is_null(s, column);
}

enum status db_number(struct db *db, const char *sql, int64_t *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_prepare(db, sql, &s, err);
    if (status == OK)
        status = db_step(s, err);
    if (status == OK)
        *out = db_int(s, 0);
    db_finish(s);
    return status;
}
