#include "store/canaries.h"

#include "base/buf.h"

#define ACTS_MAX 1024u

// Which row a process that was seen belongs to.
struct matching {
    const struct canaries_seen *seen;
    struct arena *arena;
    str same;  // The row that says this Mac.
    str free;  // One for which nothing came back so far.
    bool has_same;
    bool has_free;
    size_t count;
};

static enum status match(struct db *db, struct matching *m, struct err *err);
static void match_row(struct matching *m, str host, bool is_proved);
static bool is_name_of(str host, const struct canaries_seen *seen);
static enum status name(struct db *db, const struct canaries_seen *seen, struct err *err);
static enum status count_of(struct db *db, str nonce, int64_t *out, struct err *err);

enum status canaries_put(struct db *db, const struct canaries_row *row, struct err *err)
{
    struct db_statement *s = NULL;
    struct buf acts;
    enum status status =
        db_statement(db,
                     "INSERT INTO canary (nonce, host, emitted_ns, acts, looked_ns, looked_to_ns)"
                     " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                     &s, err);
    if (status != OK)
        return status;
    buf_init(&acts, ACTS_MAX);
    for (enum signal signal = 0; signal < SIGNAL_COUNT; signal++) {
        if ((row->acts & SIGNAL_BIT(signal)) == 0)
            continue;
        const str known = signal_traits[signal].name;
        buf_printf(&acts, "%s%.*s", acts.len > 0 ? "," : "", STR_ARG(known));
    }
    db_bind_text(s, 1, row->nonce);
    db_bind_text(s, 2, row->host);
    db_bind_int(s, 3, row->emitted_ns);
    db_bind_text(s, 4, buf_str(&acts));
    db_bind_int(s, 5, row->looked_ns);
    db_bind_int(s, 6, row->looked_to_ns);
    status = db_do(s, err);
    buf_done(&acts);
    if (status == OK && db_changed(db) == 0)
        return fail(err, ERR_CONFIG,
                    "the canary %.*s of \"%.*s\" is kept already; a nonce is for once",
                    STR_ARG(row->nonce), STR_ARG(row->host));
    return status;
}

enum status canaries_seen_on(struct db *db, const struct canaries_seen *seen, struct arena *arena,
                             str *host, struct err *err)
{
    struct matching m = { .seen = seen, .arena = arena };
    enum status status = match(db, &m, err);
    if (status != OK)
        return status;
    if (m.has_same) {
        *host = m.same;
        return OK;
    }
    *host = seen->host_id;
    if (m.has_free && m.free.len == 0)
        return name(db, seen, err);
    if (m.has_free && m.count == 1) {
        *host = m.free;
        return OK;
    }
    const struct canaries_row row = { .nonce = seen->nonce,
                                      .host = seen->host_id,
                                      .emitted_ns = seen->at_ns,
                                      .acts = CANARIES_SIGNALS };
    return canaries_put(db, &row, err);
}

static enum status match(struct db *db, struct matching *m, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db,
                                      "SELECT c.host, (SELECT count(*) FROM canary_proof p"
                                      " WHERE p.nonce = c.nonce AND p.host = c.host)"
                                      " FROM canary c WHERE c.nonce = $1 ORDER BY c.host",
                                      &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, m->seen->nonce);
    while ((status = db_step(s, err)) == OK)
        match_row(m, arena_str(m->arena, db_text(s, 0)), db_int(s, 1) > 0);
    db_reset(s);
    return status == END ? OK : status;
}

static void match_row(struct matching *m, str host, bool is_proved)
{
    m->count++;
    if (!m->has_same && is_name_of(host, m->seen)) {
        m->same = host;
        m->has_same = true;
    }
    if (!m->has_free && !is_proved) {
        m->free = host;
        m->has_free = true;
    }
}

static bool is_name_of(str host, const struct canaries_seen *seen)
{
    return host.len > 0 &&
           (str_eq_nocase(host, seen->host_id) || str_eq_nocase(host, seen->host_name));
}

// Of the row of which nobody knew where it was emitted.
static enum status name(struct db *db, const struct canaries_seen *seen, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status = db_statement(
        db, "UPDATE canary SET host = $2, emitted_ns = $3 WHERE nonce = $1 AND host = ''", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, seen->nonce);
    db_bind_text(s, 2, seen->host_id);
    db_bind_int(s, 3, seen->at_ns);
    return db_do(s, err);
}

enum status canaries_prove(struct db *db, const struct canaries_proof *proof, bool *is_new,
                           struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db,
        "INSERT INTO canary_proof (nonce, host, signal, host_id, host_name, at_ns, sensor,"
        " evidence) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, proof->nonce);
    db_bind_text(s, 2, proof->host);
    db_bind_text(s, 3, signal_traits[proof->signal].name);
    db_bind_text(s, 4, proof->host_id);
    db_bind_text(s, 5, proof->host_name);
    db_bind_int(s, 6, proof->at_ns);
    db_bind_text(s, 7, proof->sensor);
    db_bind_text(s, 8, proof->evidence);
    status = db_do(s, err);
    *is_new = status == OK && db_changed(db) > 0;
    return status;
}

// What was looked through before reached as far as it did.
enum status canaries_look(struct db *db, str nonce, int64_t now_ns, int64_t to_ns, struct err *err)
{
    struct db_statement *s = NULL;
    int64_t count = 0;
    enum status status = count_of(db, nonce, &count, err);
    if (status == OK && count == 0) {
        const struct canaries_row row = { .nonce = nonce,
                                          .emitted_ns = now_ns,
                                          .acts = CANARIES_SIGNALS,
                                          .looked_ns = now_ns,
                                          .looked_to_ns = to_ns };
        return canaries_put(db, &row, err);
    }
    if (status == OK)
        status = db_statement(db,
                              "UPDATE canary SET looked_ns = CASE WHEN looked_ns < $2 THEN $2 ELSE"
                              " looked_ns END, looked_to_ns = CASE WHEN looked_to_ns < $3 THEN $3"
                              " ELSE looked_to_ns END WHERE nonce = $1",
                              &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, nonce);
    db_bind_int(s, 2, now_ns);
    db_bind_int(s, 3, to_ns);
    return db_do(s, err);
}

static enum status count_of(struct db *db, str nonce, int64_t *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db, "SELECT count(*) FROM canary WHERE nonce = $1", &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, nonce);
    status = db_step(s, err);
    if (status == OK)
        *out = db_int(s, 0);
    db_reset(s);
    return status;
}

enum status canaries_forget(struct db *db, int64_t before_ns, uint64_t *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db, "DELETE FROM canary WHERE emitted_ns < $1", &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, before_ns);
    status = db_do(s, err);
    *out = status == OK ? db_changed(db) : 0;
    return status;
}
