// PostgreSQL, through libpq: a database of a server, named by a URL. Statements are prepared on the
// server, values go there as octets or decimal text, and a result comes whole, as text.
//
// A password in the URL would be seen by whoever lists processes, so it is refused; libpq finds one in
// PGPASSWORD, PGPASSFILE or ~/.pgpass by itself.

#include "store/db_driver.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

// Types of values, as in the server's catalog/pg_type.dat.
#define TYPE_BOOL        16u
#define TYPE_BYTEA       17u
#define TYPE_INT8        20u
#define TYPE_INT2        21u
#define TYPE_INT4        23u
#define TYPE_TEXT        25u
#define TYPE_VARCHAR     1043u

#define ROW_BEFORE_FIRST (-1)

struct postgres {
    PGconn *server;
    unsigned prepared_count;  // Statements are named by it.
};

struct postgres_statement {
    struct db_statement base;
    char name[16];
    int param_count;
    Oid types[DB_PARAMS_MAX];
    const char *values[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX];
    int formats[DB_PARAMS_MAX];
    char numbers[DB_PARAMS_MAX][32];
    bool is_unbound;   // A value could not be bound.
    PGresult *result;  // NULL until the first step.
    int row;
    struct arena decoded;  // Octets of the row.
};

static enum status check_url(const char *url, struct err *err);
static enum status connect_to(struct db *db, const char *url, struct err *err);
static enum status set_up(struct db *db, enum db_mode mode, struct err *err);
static void say_nothing(void *unused, const PGresult *notice);
static enum status postgres_wait(struct db *db, struct err *err);
static enum status refuse(const struct db *db, const PGresult *result, struct err *err);
static enum status lose(PGconn *server, struct err *err);
static enum status refuse_connection(PGconn *server, struct err *err);
static enum status prepare_typed(struct db *db, const char *sql, struct postgres_statement *s,
                                 struct err *err);
static enum status prepare_named(struct db *db, const char *sql, struct postgres_statement *s,
                                 struct err *err);
static bool widen(struct postgres_statement *s, const PGresult *described);
static void forget(struct postgres *p, const char *name);
static enum status execute(struct postgres_statement *s, struct err *err);

static struct postgres *own(const struct db *db)
{
    return db->connection;
}

static struct postgres_statement *statement_of(struct db_statement *s)
{
    return (struct postgres_statement *)s;
}

static enum status postgres_open(struct db *db, str name, enum db_mode mode, struct err *err)
{
    struct arena arena = { 0 };
    const char *url = cstr_of(&arena, name);
    db->connection = memory_zeroed(1, sizeof(struct postgres));
    enum status status =
        url == NULL ? fail(err, ERR_CONFIG, "a URL has no zero octet") : check_url(url, err);
    if (status == OK)
        status = connect_to(db, url, err);
    arena_done(&arena);
    return status == OK ? set_up(db, mode, err) : status;
}

// What libpq says of a URL that it does not understand may hold the password that is in it.
static enum status check_url(const char *url, struct err *err)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    if (options == NULL)
        return fail(err, ERR_CONFIG,
                    "is no URL of PostgreSQL; it is postgresql://[USER@]HOST[:PORT]/NAME");
    bool has_password = false;
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
        if (o->val != NULL && str_ends_with(str_of(o->keyword), STR("password")))
            has_password = true;
    PQconninfoFree(options);
    return has_password ? fail(err, ERR_CONFIG,
                               "a password in the URL can be seen by others; put it into "
                               "PGPASSWORD or ~/.pgpass")
                        : OK;
}

// Of a key that is given twice the last counts: what the URL says of the first two.
static enum status connect_to(struct db *db, const char *url, struct err *err)
{
    static const char *const keys[] = { "connect_timeout", "fallback_application_name", "dbname",
                                        "client_encoding", NULL };
    const char *const values[] = { "10", "pomona", url, "UTF8", NULL };
    PGconn *server = PQconnectdbParams(keys, values, 1);
    own(db)->server = server;
    if (PQstatus(server) != CONNECTION_OK)
        return refuse_connection(server, err);
    (void)PQsetNoticeReceiver(server, say_nothing, NULL);
    const char *encoding = PQparameterStatus(server, "server_encoding");
    if (!str_eq(str_of(encoding), STR("UTF8")))
        return fail(err, ERR_CONFIG, "the database's encoding is %s; a store needs one of UTF8",
                    encoding == NULL ? "not known" : encoding);
    return OK;
}

static void say_nothing(void *unused, const PGresult *notice)
{
    (void)unused;
    (void)notice;
}

static enum status postgres_run(struct db *db, const char *sql, struct err *err)
{
    PGresult *result = PQexec(own(db)->server, sql);
    const ExecStatusType code = PQresultStatus(result);
    const bool is_commit = strcmp(sql, "COMMIT") == 0;
    enum status status = OK;
    if (is_commit && PQstatus(own(db)->server) != CONNECTION_OK)
        status = fail(err, ERR_IO,
                      "the server was lost while it was to keep this: it may have, or "
                      "not; look before it is done again");
    else if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK && code != PGRES_EMPTY_QUERY)
        status = refuse(db, result, err);
    // The server's answer to COMMIT after a statement has failed.
    else if (is_commit && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        status = fail(err, ERR_FORMAT, "an earlier statement failed; nothing of this was kept");
    PQclear(result);
    return status;
}

// Statements are many and short: to compile one takes longer than to run it.
static enum status set_up(struct db *db, enum db_mode mode, struct err *err)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "SET bytea_output = hex; SET jit = off;"
                   "SET standard_conforming_strings = on; SET default_transaction_read_only = %s",
                   mode == DB_READ ? "on" : "off");
    const enum status status = postgres_run(db, sql, err);
    return status == OK ? postgres_wait(db, err) : status;
}

static enum status postgres_wait(struct db *db, struct err *err)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "SET lock_timeout = %lld", (long long)db->patience_ms);
    return postgres_run(db, sql, err);
}

// The lock is the database's, not a table's: readers do not wait for it. Its number is "POMS".
static enum status postgres_begin(struct db *db, struct err *err)
{
    struct err ignored;
    enum status status = postgres_run(db, "BEGIN", err);
    if (status != OK)
        return status;
    status = postgres_run(db, "SELECT pg_advisory_xact_lock(1347374419)", err);
    if (status != OK && postgres_run(db, "ROLLBACK", &ignored) != OK)
        return status;
    return status;
}

static void postgres_close(struct db *db)
{
    if (db->connection == NULL)
        return;
    PQfinish(own(db)->server);
    free(db->connection);
}

static enum status refuse(const struct db *db, const PGresult *result, struct err *err)
{
    PGconn *server = own(db)->server;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const str code = str_of(state);
    const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    // What the server says has a state; without one it is libpq that speaks, which may find out before its own
    // status tells.
    if (PQstatus(server) != CONNECTION_OK || state == NULL || why == NULL)
        return lose(server, err);
    if (str_eq(code, STR("55P03")))
        return fail(err, ERR_IO,
                    "another program has been writing to the store for %lld s; try again",
                    (long long)(db->patience_ms / 1000));
    if (str_eq(code, STR("53100")))
        return fail(err, ERR_IO, "the server's disk is full; nothing of this was kept");
    if (str_eq(code, STR("25006")))
        return fail(err, ERR_IO, "may only be read, and this would write to it");
    if (str_starts_with(code, STR("54")))
        return fail(err, ERR_LIMIT, "%s", why);
    if (str_eq(code, STR("22021")))
        return fail(err, ERR_FORMAT, "a text is not UTF-8, or has a zero octet");
    if (str_starts_with(code, STR("22")) || str_starts_with(code, STR("23")) ||
        str_starts_with(code, STR("25")) || str_starts_with(code, STR("42")))
        return fail(err, ERR_FORMAT, "%s", why);
    return fail(err, ERR_IO, "%s", why);
}

// Of one that was there: what it had not acknowledged it takes back when it is there again.
static enum status lose(PGconn *server, struct err *err)
{
    const enum status status = refuse_connection(server, err);
    err_prefix(err, "the server was lost, and nothing of what was begun is kept");
    return status;
}

// The first line only: what follows are hints, and other addresses that were tried.
static enum status refuse_connection(PGconn *server, struct err *err)
{
    const str all = str_of(PQerrorMessage(server));
    const str line = str_to(all, str_find_char(all, '\n'));
    if (line.len == 0)
        return fail(err, ERR_IO, "the server was lost");
    return fail(err, ERR_IO, "%.*s", STR_ARG(line));
}

static enum status postgres_prepare(struct db *db, const char *sql, struct db_statement **out,
                                    struct err *err)
{
    struct postgres_statement *s = memory_zeroed(1, sizeof *s);
    const enum status status = prepare_typed(db, sql, s, err);
    if (status != OK) {
        free(s);
        return status;
    }
    *out = &s->base;
    return OK;
}

// The server infers what a parameter is. Beside a small literal that is an INTEGER, which would not take
// what BIGINT does: then it is told.
static enum status prepare_typed(struct db *db, const char *sql, struct postgres_statement *s,
                                 struct err *err)
{
    struct postgres *p = own(db);
    enum status status = prepare_named(db, sql, s, err);
    if (status != OK)
        return status;
    PGresult *described = PQdescribePrepared(p->server, s->name);
    bool is_wider = false;
    if (PQresultStatus(described) != PGRES_COMMAND_OK)
        status = refuse(db, described, err);
    else if (PQnparams(described) > (int)DB_PARAMS_MAX)
        status = fail(err, ERR_LIMIT, "more than %u parameters", DB_PARAMS_MAX);
    else
        is_wider = widen(s, described);
    PQclear(described);
    if (status == OK && !is_wider)
        return OK;
    forget(p, s->name);
    return status == OK ? prepare_named(db, sql, s, err) : status;
}

static enum status prepare_named(struct db *db, const char *sql, struct postgres_statement *s,
                                 struct err *err)
{
    struct postgres *p = own(db);
    (void)snprintf(s->name, sizeof s->name, "p%u", p->prepared_count++);
    PGresult *result = PQprepare(p->server, s->name, sql, s->param_count, s->types);
    const enum status status =
        PQresultStatus(result) == PGRES_COMMAND_OK ? OK : refuse(db, result, err);
    PQclear(result);
    return status;
}

static bool widen(struct postgres_statement *s, const PGresult *described)
{
    bool is_wider = false;
    s->param_count = PQnparams(described);
    for (int i = 0; i < s->param_count; i++) {
        s->types[i] = PQparamtype(described, i);
        if (s->types[i] != TYPE_INT4 && s->types[i] != TYPE_INT2)
            continue;
        s->types[i] = TYPE_INT8;
        is_wider = true;
    }
    return is_wider;
}

static void postgres_reset(struct db_statement *base)
{
    struct postgres_statement *s = statement_of(base);
    PQclear(s->result);
    s->result = NULL;
    s->is_unbound = false;
    memset(s->values, 0, sizeof s->values);
    arena_reset(&s->decoded);
}

// One that is kept ends with the connection.
static void postgres_finish(struct db_statement *base)
{
    struct postgres_statement *s = statement_of(base);
    postgres_reset(base);
    arena_done(&s->decoded);
    if (!base->is_cached)
        forget(own(base->db), s->name);
    free(s);
}

static void forget(struct postgres *p, const char *name)
{
    char sql[32];
    (void)snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
    PQclear(PQexec(p->server, sql));
}

static void bind(struct postgres_statement *s, int at, const char *value, size_t len, bool is_raw)
{
    if (at < 1 || at > s->param_count || len > DB_ROW_MAX) {
        s->is_unbound = true;
        return;
    }
    const Oid type = s->types[at - 1];
    if (is_raw && type != TYPE_TEXT && type != TYPE_VARCHAR && type != TYPE_BYTEA)
        s->is_unbound = true;
    s->values[at - 1] = value;
    s->lengths[at - 1] = (int)len;
    s->formats[at - 1] = is_raw ? 1 : 0;
}

static void postgres_bind_text(struct db_statement *s, int at, str text)
{
    bind(statement_of(s), at, text.len == 0 ? "" : text.at, text.len, true);
}

static void postgres_bind_octets(struct db_statement *s, int at, bytes octets)
{
    postgres_bind_text(s, at, str_of_bytes(octets));
}

static void postgres_bind_int(struct db_statement *s, int at, int64_t value)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%lld", (long long)value);
    bind(statement_of(s), at, number, strlen(number), false);
    if (at >= 1 && at <= statement_of(s)->param_count) {
        char *kept = statement_of(s)->numbers[at - 1];
        memcpy(kept, number, sizeof number);
        statement_of(s)->values[at - 1] = kept;
    }
}

static void postgres_bind_real(struct db_statement *s, int at, double value)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%.17g", value);
    bind(statement_of(s), at, number, strlen(number), false);
    if (at >= 1 && at <= statement_of(s)->param_count) {
        char *kept = statement_of(s)->numbers[at - 1];
        memcpy(kept, number, sizeof number);
        statement_of(s)->values[at - 1] = kept;
    }
}

static void postgres_bind_null(struct db_statement *s, int at)
{
    bind(statement_of(s), at, NULL, 0, false);
}

static enum status postgres_step(struct db_statement *base, struct err *err)
{
    struct postgres_statement *s = statement_of(base);
    if (s->is_unbound)
        return fail(err, ERR_LIMIT,
                    "a value cannot be kept: there is no such parameter, or it is "
                    "too large");
    arena_reset(&s->decoded);
    if (s->result == NULL) {
        const enum status status = execute(s, err);
        if (status != OK)
            return status;
    }
    if (s->row + 1 >= PQntuples(s->result))
        return END;
    s->row++;
    return OK;
}

static enum status execute(struct postgres_statement *s, struct err *err)
{
    PGconn *server = own(s->base.db)->server;
    PGresult *result =
        PQexecPrepared(server, s->name, s->param_count, s->values, s->lengths, s->formats, 0);
    const ExecStatusType code = PQresultStatus(result);
    uint64_t changed;
    if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK) {
        const enum status status = refuse(s->base.db, result, err);
        PQclear(result);
        return status;
    }
    if (!str_starts_with(str_of(PQcmdStatus(result)), STR("SELECT")) &&
        str_to_u64(str_of(PQcmdTuples(result)), &changed))
        s->base.db->changed = changed;
    s->result = result;
    s->row = ROW_BEFORE_FIRST;
    return OK;
}

static bool postgres_is_null(struct db_statement *base, int column)
{
    const struct postgres_statement *s = statement_of(base);
    return s->result == NULL || s->row < 0 || column < 0 || column >= PQnfields(s->result) ||
           PQgetisnull(s->result, s->row, column) == 1;
}

static str as_sent(struct db_statement *base, int column)
{
    const struct postgres_statement *s = statement_of(base);
    return (str){ .at = PQgetvalue(s->result, s->row, column),
                  .len = (size_t)PQgetlength(s->result, s->row, column) };
}

static uint8_t digit_of(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

// "\x" and two digits an octet, as the server writes where bytea_output is hex.
static str postgres_text(struct db_statement *base, int column)
{
    if (postgres_is_null(base, column))
        return STR_EMPTY;
    const str sent = as_sent(base, column);
    if (PQftype(statement_of(base)->result, column) != TYPE_BYTEA)
        return sent;
    const str digits = str_from(sent, 2);
    char *at = arena_alloc(&statement_of(base)->decoded, digits.len / 2 + 1);
    for (size_t i = 0; i < digits.len / 2; i++)
        at[i] = (char)(digit_of(digits.at[2 * i]) << 4 | digit_of(digits.at[2 * i + 1]));
    return (str){ .at = at, .len = digits.len / 2 };
}

static bytes postgres_octets(struct db_statement *s, int column)
{
    return bytes_of_str(postgres_text(s, column));
}

static double postgres_real(struct db_statement *s, int column)
{
    return postgres_is_null(s, column) ? 0 : strtod(as_sent(s, column).at, NULL);
}

// sum() of BIGINT is NUMERIC there, which is sent as digits like the others.
static int64_t postgres_integer(struct db_statement *s, int column)
{
    int64_t value = 0;
    if (postgres_is_null(s, column))
        return 0;
    if (PQftype(statement_of(s)->result, column) == TYPE_BOOL)
        return as_sent(s, column).at[0] == 't';
    if (str_to_i64(as_sent(s, column), &value))
        return value;
    const double real = postgres_real(s, column);
    return real > -9e18 && real < 9e18 ? (int64_t)real : 0;
}

const struct db_driver db_postgres = {
    .kind = DB_POSTGRES,
    .open = postgres_open,
    .close = postgres_close,
    .wait = postgres_wait,
    .run = postgres_run,
    .begin = postgres_begin,
    .prepare = postgres_prepare,
    .finish = postgres_finish,
    .bind_text = postgres_bind_text,
    .bind_octets = postgres_bind_octets,
    .bind_int = postgres_bind_int,
    .bind_real = postgres_bind_real,
    .bind_null = postgres_bind_null,
    .step = postgres_step,
    .reset = postgres_reset,
    .text = postgres_text,
    .octets = postgres_octets,
    .integer = postgres_integer,
    .real = postgres_real,
    .is_null = postgres_is_null,
};
