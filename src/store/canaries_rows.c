// Canaries and their proofs, given out row by row.

#include "store/canaries.h"

static uint32_t acts_of(str text);

enum status canaries_each(struct db *db, str nonce, canaries_take *take, void *context,
                          struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db,
                     "SELECT nonce, host, emitted_ns, acts, looked_ns, looked_to_ns FROM canary"
                     " WHERE nonce = $1 OR $1 = '' ORDER BY nonce, host",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, nonce);
    while ((status = db_step(s, err)) == OK) {
        const struct canaries_row row = {
            .nonce = db_text(s, 0),
            .host = db_text(s, 1),
            .emitted_ns = db_int(s, 2),
            .acts = acts_of(db_text(s, 3)),
            .looked_ns = db_int(s, 4),
            .looked_to_ns = db_int(s, 5),
        };
        take(context, &row);
    }
    db_reset(s);
    return status == END ? OK : status;
}

static uint32_t acts_of(str text)
{
    uint32_t acts = 0;
    while (text.len > 0) {
        const size_t comma = str_find_char(text, ',');
        const enum signal signal = signal_of(str_to(text, comma));
        acts |= signal < SIGNAL_COUNT ? SIGNAL_BIT(signal) : 0;
        text = str_from(text, comma < text.len ? comma + 1 : comma);
    }
    return acts & CANARIES_SIGNALS;
}

enum status canaries_proofs(struct db *db, str nonce, canaries_take_proof *take, void *context,
                            struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db,
        "SELECT nonce, host, signal, host_id, host_name, at_ns, sensor, evidence FROM canary_proof"
        " WHERE nonce = $1 OR $1 = '' ORDER BY nonce, host, signal",
        &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, nonce);
    while ((status = db_step(s, err)) == OK) {
        const struct canaries_proof proof = {
            .nonce = db_text(s, 0),
            .host = db_text(s, 1),
            .signal = signal_of(db_text(s, 2)),
            .host_id = db_text(s, 3),
            .host_name = db_text(s, 4),
            .at_ns = db_int(s, 5),
            .sensor = db_text(s, 6),
            .evidence = db_text(s, 7),
        };
        if (proof.signal < SIGNAL_COUNT)
            take(context, &proof);
    }
    db_reset(s);
    return status == END ? OK : status;
}
