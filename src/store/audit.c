#include "store/audit.h"

#include "macho/digest.h"

#include <inttypes.h>

// Who writes takes the time and waits for whoever writes then, and clocks of two machines differ.
#define SLACK_NS (INT64_C(60) * 1000000000)

static enum status last_of(struct db *db, struct audit_entry *last, struct err *err);
static enum status check_types(struct db *db, struct audit_report *report, struct err *err);
static void look(void *context, const struct audit_entry *e);
static void read_entry(struct db_statement *s, struct audit_entry *out);
static bool hash_of(const struct audit_entry *e, uint8_t out[AUDIT_HASH_BYTES]);
static bool add_number(struct digest *d, uint64_t number);
static bool add_text(struct digest *d, str text);

enum status audit_append(struct db *db, const struct store_act *act, str action, str subject,
                         str detail, struct err *err)
{
    struct audit_entry last = { 0 };
    if (!db_is_in_transaction(db))
        return fail(err, ERR_CONFIG, "the audit log is written in a transaction only");
    enum status status = last_of(db, &last, err);
    if (status != OK)
        return status;
    if (last.seq < 0 || last.seq == INT64_MAX)
        return fail(err, ERR_FORMAT, "the audit log's last entry is numbered %" PRId64, last.seq);
    struct audit_entry e = {
        .seq = last.seq + 1,
        .at_ns = act->now_ns,
        .who = act->who,
        .action = action,
        .subject = subject,
        .why = act->why,
        .detail = detail,
    };
    memcpy(e.previous, last.hash, sizeof e.previous);
    if (!hash_of(&e, e.hash))
        return fail(err, ERR_IO, "libcrypto has no SHA-256");

    struct db_statement *s = NULL;
    status = db_statement(db,
                          "INSERT INTO audit_log (seq, at_ns, who, action, subject, why, detail,"
                          " previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                          &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, e.seq);
    db_bind_int(s, 2, e.at_ns);
    db_bind_text(s, 3, e.who);
    db_bind_text(s, 4, e.action);
    db_bind_text(s, 5, e.subject);
    db_bind_text(s, 6, e.why);
    db_bind_text(s, 7, e.detail);
    db_bind_octets(s, 8, (bytes){ .at = e.previous, .len = sizeof e.previous });
    db_bind_octets(s, 9, (bytes){ .at = e.hash, .len = sizeof e.hash });
    return db_do(s, err);
}

// Before the first entry: number 0, and a hash of zeros.
static enum status last_of(struct db *db, struct audit_entry *last, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db, "SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1", &s, err);
    if (status != OK)
        return status;
    status = db_step(s, err);
    if (status == OK) {
        const bytes hash = db_octets(s, 1);
        last->seq = db_int(s, 0);
        if (hash.len == sizeof last->hash)
            memcpy(last->hash, hash.at, sizeof last->hash);
        else
            status = fail(err, ERR_FORMAT, "the audit log's last entry has no hash");
    }
    db_reset(s);
    return status == END ? OK : status;
}

enum status audit_last_time(struct db *db, int64_t *out, struct err *err)
{
    int64_t at_ns = 0;
    const enum status status =
        db_number(db, "SELECT at_ns FROM audit_log ORDER BY seq DESC LIMIT 1", &at_ns, err);
    if (status == OK || status == END)
        *out = at_ns;
    return status == END ? OK : status;
}

struct walk {
    struct audit_report *report;
    int64_t last_ns;
    bool cannot_hash;
};

enum status audit_verify(struct db *db, struct audit_report *out, struct err *err)
{
    struct walk walk = { .report = out, .last_ns = INT64_MIN };
    *out = (struct audit_report){ 0 };
    const enum status status = audit_list(db, look, &walk, err);
    if (status == OK && walk.cannot_hash)
        return fail(err, ERR_IO, "libcrypto has no SHA-256");
    return status == OK && out->bad_seq == 0 ? check_types(db, out, err) : status;
}

// A file takes any value for any column, and one of another type may read as what was hashed. A server does not.
static enum status check_types(struct db *db, struct audit_report *report, struct err *err)
{
    int64_t seq = 0;
    if (db_kind(db) != DB_SQLITE)
        return OK;
    const enum status status =
        db_number(db,
                  "SELECT CAST(seq AS INTEGER) FROM audit_log WHERE typeof(seq) <> 'integer'"
                  " OR typeof(at_ns) <> 'integer' OR typeof(who) <> 'text'"
                  " OR typeof(action) <> 'text' OR typeof(subject) <> 'text'"
                  " OR typeof(why) <> 'text' OR typeof(detail) <> 'text'"
                  " OR typeof(previous) <> 'blob' OR typeof(hash) <> 'blob'"
                  " ORDER BY seq LIMIT 1",
                  &seq, err);
    if (status != OK)
        return status == END ? OK : status;
    report->bad_seq = seq == 0 ? -1 : seq;
    report->why = "a value of it is of another type than what was written";
    return OK;
}

// Behind the first that does not hold nothing can be said.
static void look(void *context, const struct audit_entry *e)
{
    struct walk *walk = context;
    struct audit_report *r = walk->report;
    uint8_t hash[AUDIT_HASH_BYTES];
    if (r->bad_seq != 0)
        return;
    walk->cannot_hash |= !hash_of(e, hash);
    if (e->seq != r->count + 1)
        r->why = "one or more entries before it are gone";
    else if (memcmp(e->previous, r->head, sizeof r->head) != 0)
        r->why = "it does not follow the entry before it";
    else if (memcmp(e->hash, hash, sizeof hash) != 0)
        r->why = "it was changed after it was written";
    if (r->why != NULL) {
        r->bad_seq = e->seq == 0 ? -1 : e->seq;
        return;
    }
    r->clock_set_back +=
        walk->last_ns > INT64_MIN + SLACK_NS && e->at_ns < walk->last_ns - SLACK_NS;
    walk->last_ns = e->at_ns;
    r->count++;
    memcpy(r->head, e->hash, sizeof r->head);
}

enum status audit_list(struct db *db, audit_take *take, void *context, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db,
                                      "SELECT seq, at_ns, who, action, subject, why, detail,"
                                      " previous, hash FROM audit_log ORDER BY seq",
                                      &s, err);
    if (status != OK)
        return status;
    while ((status = db_step(s, err)) == OK) {
        struct audit_entry e;
        read_entry(s, &e);
        take(context, &e);
    }
    db_reset(s);
    return status == END ? OK : status;
}

static void read_entry(struct db_statement *s, struct audit_entry *out)
{
    const bytes previous = db_octets(s, 7);
    const bytes hash = db_octets(s, 8);
    *out = (struct audit_entry){
        .seq = db_int(s, 0),
        .at_ns = db_int(s, 1),
        .who = db_text(s, 2),
        .action = db_text(s, 3),
        .subject = db_text(s, 4),
        .why = db_text(s, 5),
        .detail = db_text(s, 6),
    };
    // One of another size holds nothing, as zeros do.
    if (previous.len == sizeof out->previous)
        memcpy(out->previous, previous.at, previous.len);
    if (hash.len == sizeof out->hash)
        memcpy(out->hash, hash.at, hash.len);
}

// Of every column in its order, each text behind its length, so that no two entries read alike.
static bool hash_of(const struct audit_entry *e, uint8_t out[AUDIT_HASH_BYTES])
{
    uint8_t whole[EVP_MAX_MD_SIZE] = { 0 };
    struct digest d;
    digest_init(&d);
    const bool is_made = digest_begin(&d, EVP_sha256()) && add_number(&d, (uint64_t)e->seq) &&
                         add_number(&d, (uint64_t)e->at_ns) && add_text(&d, e->who) &&
                         add_text(&d, e->action) && add_text(&d, e->subject) &&
                         add_text(&d, e->why) && add_text(&d, e->detail) &&
                         digest_add(&d, (bytes){ .at = e->previous, .len = sizeof e->previous }) &&
                         digest_end(&d, whole);
    digest_done(&d);
    memcpy(out, whole, AUDIT_HASH_BYTES);
    return is_made;
}

static bool add_number(struct digest *d, uint64_t number)
{
    uint8_t octets[8];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(number >> (56 - 8 * i));
    return digest_add(d, (bytes){ .at = octets, .len = sizeof octets });
}

static bool add_text(struct digest *d, str text)
{
    return add_number(d, text.len) &&
           digest_add(d, (bytes){ .at = (const uint8_t *)text.at, .len = text.len });
}
