#include "store/baseline_file.h"

#include "macho/digest.h"

#include <inttypes.h>
#include <stdlib.h>

#define APPLICATION_ID 0x504f4d42  // "POMB", in PRAGMA application_id
#define FORMAT_VERSION 1

// The second index holds all that judging asks for, so that it reads no more than that.
#define SCHEMA                                                                              \
    "CREATE TABLE baseline_meta (runs INTEGER NOT NULL, events INTEGER NOT NULL,"           \
    " first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL);"                                \
    "INSERT INTO baseline_meta VALUES (0, 0, 0, 0);"                                        \
    "CREATE TABLE baseline_host (hash INTEGER PRIMARY KEY, name TEXT NOT NULL,"             \
    " first_day INTEGER NOT NULL, day_count INTEGER NOT NULL, days BLOB NOT NULL);"         \
    "CREATE TABLE baseline_signer (signing_id TEXT NOT NULL, voucher TEXT NOT NULL,"        \
    " PRIMARY KEY (signing_id, voucher)) WITHOUT ROWID;"                                    \
    "CREATE TABLE baseline_entry (key BLOB NOT NULL UNIQUE, state INTEGER NOT NULL,"        \
    " expires_s INTEGER NOT NULL, hosts INTEGER NOT NULL, days INTEGER NOT NULL,"           \
    " allows_critical INTEGER NOT NULL, is_critical INTEGER NOT NULL,"                      \
    " is_imported INTEGER NOT NULL, behaviour TEXT NOT NULL, actor TEXT NOT NULL,"          \
    " object TEXT NOT NULL, actor_signing_id TEXT NOT NULL, actor_path TEXT NOT NULL,"      \
    " object_signing_id TEXT NOT NULL, object_path TEXT NOT NULL, events INTEGER NOT NULL," \
    " first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, noisiest INTEGER NOT NULL,"      \
    " late_hosts INTEGER NOT NULL, late_days INTEGER NOT NULL, rules TEXT NOT NULL,"        \
    " owner TEXT NOT NULL, reason TEXT NOT NULL, promoted_s INTEGER NOT NULL,"              \
    " day_set BLOB NOT NULL, host_set BLOB NOT NULL);"                                      \
    "CREATE INDEX baseline_entry_fact ON baseline_entry"                                    \
    " (key, state, expires_s, hosts, days, allows_critical);"

static enum status check_format(struct baseline_file *f, bool creates, struct err *err);
static enum status add_one(struct baseline_file *f, const char *sql, int64_t max, int64_t *count,
                           struct err *err);
static enum status make_tables(const struct guard *g, struct err *err);
static void read_fact(sqlite3_stmt *s, struct baseline_fact *out);
static uint64_t clamped(int64_t n, uint64_t max);
static void add_part(struct digest *digest, str part);

enum status baseline_file_open(str path, enum baseline_mode mode, struct baseline_file **out,
                               struct err *err)
{
    static const enum guard_mode modes[] = { GUARD_READ, GUARD_CHANGE, GUARD_CREATE };
    struct arena arena = { 0 };
    const char *name = path.len == 0 ? NULL : cstr_of(&arena, path);
    struct baseline_file *f = memory_zeroed(1, sizeof *f);
    f->guard.noun = "baseline";
    f->host_count = f->entry_count = -1;
    enum status status = name == NULL
                             ? fail(err, ERR_CONFIG, "the baseline needs the name of a file")
                             : guard_open(&f->guard, name, modes[mode], err);
    if (status == OK)
        status = check_format(f, mode == BASELINE_WRITE, err);
    arena_done(&arena);
    if (status == OK)
        *out = f;
    else
        baseline_file_close(f);
    return status;
}

void baseline_file_close(struct baseline_file *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < BASELINE_STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(f->statements[i]);
    (void)sqlite3_close(f->guard.db);
    free(f);
}

static enum status check_format(struct baseline_file *f, bool creates, struct err *err)
{
    const struct guard *g = &f->guard;
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    enum status status = guard_number(g, "PRAGMA application_id", &application, err);
    if (status == OK)
        status = guard_number(g, "PRAGMA user_version", &version, err);
    if (status == OK)
        status = guard_number(g, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (status != OK)
        return status;
    if (application == 0 && version == 0 && tables == 0 && creates)
        return make_tables(g, err);
    if (application != APPLICATION_ID)
        return fail(err, ERR_FORMAT, "not a baseline (application id 0x%" PRIx64 ")",
                    (uint64_t)application);
    if (version > FORMAT_VERSION)
        return fail(err, ERR_FORMAT,
                    "made by a newer pomona (baseline version %" PRId64 ", this one reads %d)",
                    version, FORMAT_VERSION);
    if (version != FORMAT_VERSION)
        return fail(err, ERR_FORMAT, "baseline version %" PRId64 " is not known", version);
    return guard_number(g, "SELECT runs + events + first_ns + last_ns FROM baseline_meta", &tables,
                        err);
}

static enum status make_tables(const struct guard *g, struct err *err)
{
    struct buf sql;
    buf_init(&sql, 16384);
    buf_printf(&sql,
               "BEGIN IMMEDIATE; PRAGMA application_id = %d; PRAGMA user_version = %d; " SCHEMA
               " COMMIT",
               APPLICATION_ID, FORMAT_VERSION);
    buf_add_char(&sql, '\0');
    const enum status status = guard_run(g, sql.at, err);
    buf_done(&sql);
    return status;
}

enum status baseline_file_begin(struct baseline_file *f, struct err *err)
{
    return guard_run(&f->guard, "BEGIN IMMEDIATE", err);
}

enum status baseline_file_commit(struct baseline_file *f, struct err *err)
{
    return guard_run(&f->guard, "COMMIT", err);
}

enum status baseline_file_statement(struct baseline_file *f, enum baseline_statement which,
                                    const char *sql, sqlite3_stmt **out, struct err *err)
{
    sqlite3_stmt **kept = &f->statements[which];
    const enum status status = *kept == NULL ? guard_prepare(&f->guard, sql, kept, err) : OK;
    *out = *kept;
    return status;
}

enum status baseline_file_add_host(struct baseline_file *f, struct err *err)
{
    return add_one(f, "SELECT count(*) FROM baseline_host", BASELINE_HOSTS_MAX, &f->host_count,
                   err);
}

enum status baseline_file_add_entry(struct baseline_file *f, struct err *err)
{
    return add_one(f, "SELECT count(*) FROM baseline_entry", BASELINE_ENTRIES_MAX, &f->entry_count,
                   err);
}

static enum status add_one(struct baseline_file *f, const char *sql, int64_t max, int64_t *count,
                           struct err *err)
{
    const enum status status = *count < 0 ? guard_number(&f->guard, sql, count, err) : OK;
    if (status == OK && *count >= max)
        return fail(err, ERR_LIMIT, "the baseline has %" PRId64 " %s already, and keeps no more",
                    *count, count == &f->host_count ? "hosts" : "entries");
    ++*count;
    return status;
}

enum status baseline_file_meta(struct baseline_file *f, struct baseline_meta *out, struct err *err)
{
    static const char *const numbers[] = {
        "SELECT runs FROM baseline_meta",
        "SELECT events FROM baseline_meta",
        "SELECT first_ns FROM baseline_meta",
        "SELECT last_ns FROM baseline_meta",
        "SELECT count(*) FROM baseline_host",
        "SELECT coalesce(sum(day_count), 0) FROM baseline_host",
        "SELECT count(*) FROM baseline_entry WHERE state = 0",
        "SELECT count(*) FROM baseline_entry WHERE state = 1",
        "SELECT count(*) FROM baseline_entry WHERE state = 2",
    };
    int64_t n[COUNT_OF(numbers)] = { 0 };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const enum status status = guard_number(&f->guard, numbers[i], &n[i], err);
        if (status != OK)
            return status;
    }
    *out = (struct baseline_meta){ .runs = (uint64_t)n[0],
                                   .events = (uint64_t)n[1],
                                   .first_ns = n[2],
                                   .last_ns = n[3],
                                   .hosts = (uint64_t)n[4],
                                   .host_days = (uint64_t)n[5],
                                   .entries = { (uint64_t)n[6], (uint64_t)n[7], (uint64_t)n[8] } };
    return OK;
}

enum status baseline_file_facts(struct baseline_file *f, struct baseline_fact **out,
                                size_t *out_count, struct err *err)
{
    sqlite3_stmt *s = NULL;
    int64_t rows = 0;
    enum status status = guard_number(&f->guard, "SELECT count(*) FROM baseline_entry", &rows, err);
    if (status == OK && rows > (int64_t)BASELINE_ENTRIES_MAX)
        return fail(err, ERR_LIMIT, "%" PRId64 " entries; at most %u are read", rows,
                    BASELINE_ENTRIES_MAX);
    if (status == OK)
        status = guard_prepare(&f->guard,
                               "SELECT key, state, expires_s, hosts, days, allows_critical"
                               " FROM baseline_entry INDEXED BY baseline_entry_fact ORDER BY key",
                               &s, err);
    if (status != OK)
        return status;
    struct baseline_fact *facts = memory_zeroed((size_t)rows + 1, sizeof *facts);
    size_t count = 0;
    int step;
    while ((step = sqlite3_step(s)) == SQLITE_ROW && count < (size_t)rows) {
        if (sqlite3_column_bytes(s, 0) == (int)BASELINE_KEY_BYTES)
            read_fact(s, &facts[count++]);
    }
    status = step == SQLITE_DONE || step == SQLITE_ROW ? OK : guard_fail(&f->guard, err);
    (void)sqlite3_finalize(s);
    if (status != OK) {
        free(facts);
        return status;
    }
    *out = facts;
    *out_count = count;
    return OK;
}

static void read_fact(sqlite3_stmt *s, struct baseline_fact *out)
{
    memcpy(out->key, sqlite3_column_blob(s, 0), BASELINE_KEY_BYTES);
    out->state = (uint8_t)clamped(sqlite3_column_int64(s, 1), BASELINE_STATE_COUNT);
    out->expires_s = (uint32_t)clamped(sqlite3_column_int64(s, 2), UINT32_MAX);
    out->hosts = (uint32_t)clamped(sqlite3_column_int64(s, 3), UINT32_MAX);
    out->days = (uint16_t)clamped(sqlite3_column_int64(s, 4), UINT16_MAX);
    out->allows_critical = sqlite3_column_int64(s, 5) == 1;
}

static uint64_t clamped(int64_t n, uint64_t max)
{
    return n < 0 ? 0 : (uint64_t)n < max ? (uint64_t)n : max;
}

// Each part with its length before it, so that no two entries are written alike.
void baseline_key_of(str actor, str behaviour, str object, uint8_t out[BASELINE_KEY_BYTES])
{
    uint8_t whole[EVP_MAX_MD_SIZE] = { 0 };
    struct digest digest;
    digest_init(&digest);
    if (digest_begin(&digest, EVP_sha256())) {
        add_part(&digest, actor);
        add_part(&digest, behaviour);
        add_part(&digest, object);
        (void)digest_end(&digest, whole);
    }
    digest_done(&digest);
    memcpy(out, whole, BASELINE_KEY_BYTES);
}

static void add_part(struct digest *digest, str part)
{
    uint8_t len[4];
    for (unsigned i = 0; i < 4; i++)
        len[i] = (uint8_t)(part.len >> 8 * i);
    (void)(digest_add(digest, (bytes){ .at = len, .len = sizeof len }) &&
           digest_add(digest, bytes_of_str(part)));
}

void baseline_id_of(const uint8_t key[BASELINE_KEY_BYTES], char out[BASELINE_ID_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < BASELINE_ID_HEX; i++)
        out[i] = digits[key[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    out[BASELINE_ID_HEX] = '\0';
}

static const str state_names[BASELINE_STATE_COUNT] = {
    [BASELINE_PROPOSAL] = STR_INIT("proposal"),
    [BASELINE_EXPECTED] = STR_INIT("expected"),
    [BASELINE_REFUSED] = STR_INIT("refused"),
};

str baseline_state_name(enum baseline_state state)
{
    return state_names[state];
}

bool baseline_state_of(str name, enum baseline_state *out)
{
    for (size_t i = 0; i < BASELINE_STATE_COUNT; i++) {
        if (str_eq(state_names[i], name)) {
            *out = (enum baseline_state)i;
            return true;
        }
    }
    return false;
}
