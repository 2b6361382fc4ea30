#include "store/baseline.h"

#include "macho/digest.h"

#include <stdlib.h>

#define FACTS_PAGE 65536

static enum status add_page(struct db_statement *s, struct baseline_fact **facts, size_t *count,
                            struct err *err);
static void read_fact(struct db_statement *s, struct baseline_fact *out);
static uint64_t clamped(int64_t n, uint64_t max);
static void add_part(struct digest *digest, str part);

enum status baseline_store_meta(struct db *db, struct baseline_meta *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(
        db,
        "SELECT coalesce(max(runs), 0), coalesce(max(events), 0), coalesce(max(first_ns), 0),"
        " coalesce(max(last_ns), 0), (SELECT count(*) FROM baseline_host),"
        " (SELECT coalesce(sum(day_count), 0) FROM baseline_host),"
        " (SELECT count(*) FROM baseline_entry WHERE state = 0),"
        " (SELECT count(*) FROM baseline_entry WHERE state = 1),"
        " (SELECT count(*) FROM baseline_entry WHERE state = 2) FROM baseline_meta WHERE id = 1",
        &s, err);
    if (status == OK)
        status = db_step(s, err);
    if (status != OK)
        return status;
    *out = (struct baseline_meta){
        .runs = (uint64_t)db_int(s, 0),
        .events = (uint64_t)db_int(s, 1),
        .first_ns = db_int(s, 2),
        .last_ns = db_int(s, 3),
        .hosts = (uint64_t)db_int(s, 4),
        .host_days = (uint64_t)db_int(s, 5),
        .entries = { (uint64_t)db_int(s, 6), (uint64_t)db_int(s, 7), (uint64_t)db_int(s, 8) },
    };
    db_reset(s);
    return OK;
}

// Page by page: a server gives out what was asked for as a whole. What is no key of ours is nobody's.
enum status baseline_store_facts(struct db *db, struct baseline_fact **out, size_t *out_count,
                                 struct err *err)
{
    struct db_statement *s = NULL;
    struct baseline_fact *facts = NULL;
    size_t count = 0;
    size_t before;
    enum status status = db_statement(
        db,
        "SELECT key, state, expires_s, hosts, days, allows_critical FROM baseline_entry"
        " WHERE key > $1 AND length(key) = 16 ORDER BY key LIMIT 65536",
        &s, err);
    do {
        before = count;
        if (status == OK)
            status = add_page(s, &facts, &count, err);
        if (status == OK && count > BASELINE_ENTRIES_MAX)
            status =
                fail(err, ERR_LIMIT, "the baseline has more than %u entries", BASELINE_ENTRIES_MAX);
    } while (status == OK && count - before == FACTS_PAGE);
    if (status != OK) {
        free(facts);
        return status;
    }
    *out = facts;
    *out_count = count;
    return OK;
}

static enum status add_page(struct db_statement *s, struct baseline_fact **facts, size_t *count,
                            struct err *err)
{
    enum status status = OK;
    const size_t before = *count;
    uint8_t last[BASELINE_KEY_BYTES];
    *facts = memory_resize(*facts, (before + FACTS_PAGE) * sizeof **facts);
    if (before > 0)
        memcpy(last, (*facts)[before - 1].key, sizeof last);
    db_reset(s);
    db_bind_octets(s, 1, (bytes){ .at = last, .len = before > 0 ? sizeof last : 0 });
    while ((status = db_step(s, err)) == OK && *count < before + FACTS_PAGE)
        read_fact(s, &(*facts)[(*count)++]);
    db_reset(s);
    return status == END ? OK : status;
}

static void read_fact(struct db_statement *s, struct baseline_fact *out)
{
    const bytes key = db_octets(s, 0);
    *out = (struct baseline_fact){
        .state = (uint8_t)clamped(db_int(s, 1), BASELINE_STATE_COUNT),
        .expires_s = (uint32_t)clamped(db_int(s, 2), UINT32_MAX),
        .hosts = (uint32_t)clamped(db_int(s, 3), UINT32_MAX),
        .days = (uint16_t)clamped(db_int(s, 4), UINT16_MAX),
        .allows_critical = db_int(s, 5) == 1,
    };
    memcpy(out->key, key.at, key.len < sizeof out->key ? key.len : sizeof out->key);
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
