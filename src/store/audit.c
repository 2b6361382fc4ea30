#include "store/audit.h"

#include "macho/digest.h"

static enum status last_of(struct db *db, struct audit_entry *last, struct err *err);
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
