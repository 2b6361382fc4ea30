// Reading entries of the baseline with their evidence.

#include "store/baseline.h"

#include <stdlib.h>

// Twins: somebody else vouches for what calls itself the same.
#define SELECT_ROWS                                                                            \
    "SELECT key, state, expires_s, hosts, days, allows_critical, is_critical, is_imported,"    \
    " behaviour, actor, object, actor_signing_id, actor_path, object_signing_id, object_path," \
    " events, first_ns, last_ns, noisiest, late_hosts, late_days, rules, owner, reason,"       \
    " promoted_s, (actor_signing_id <> '' AND (SELECT count(*) FROM baseline_signer s"         \
    " WHERE s.signing_id = actor_signing_id) > 1), (object_signing_id <> '' AND"               \
    " (SELECT count(*) FROM baseline_signer s WHERE s.signing_id = object_signing_id) > 1),"   \
    " promoted_by FROM baseline_entry "

// An identity holds the text where it is another without it, in both databases by case. What is no key of ours
// is nobody's.
#define SELECT_KEYS                                                                          \
    "SELECT key FROM baseline_entry WHERE length(key) = 16 AND ($1 < 0 OR state = $1)"       \
    " AND ($2 = '' OR replace(actor, $2, '') <> actor OR replace(object, $2, '') <> object)" \
    " AND ($3 = '' OR behaviour = $3) AND hosts >= $4 AND days >= $5"

struct baseline_rows {
    struct db *db;
    struct db_statement *keys;
    struct baseline_filter filter;
};

static enum status find_row(struct db *db, bytes key, struct arena *arena, struct baseline_row *out,
                            struct err *err);
static int64_t seconds_of(int64_t n);
static void read_row(struct db_statement *s, struct arena *arena, struct baseline_row *out);
static bool key_range_of(str id, uint8_t from[BASELINE_KEY_BYTES], uint8_t to[BASELINE_KEY_BYTES]);

// Only keys are asked for at once: a server gives out what was asked for as a whole.
enum status baseline_rows_open(struct db *db, const struct baseline_filter *filter, bool by_key,
                               struct baseline_rows **out, struct err *err)
{
    struct db_statement *s = NULL;
    const enum status status =
        db_prepare(db,
                   by_key ? SELECT_KEYS " ORDER BY key"
                          : SELECT_KEYS " ORDER BY hosts DESC, days DESC, events DESC, key",
                   &s, err);
    if (status != OK)
        return status;
    struct baseline_rows *rows = memory_zeroed(1, sizeof *rows);
    *rows = (struct baseline_rows){ .db = db, .keys = s, .filter = *filter };
    db_bind_int(s, 1, filter->has_state ? (int64_t)filter->state : -1);
    db_bind_text(s, 2, filter->signer);
    db_bind_text(s, 3, filter->behaviour);
    db_bind_int(s, 4, (int64_t)(filter->min_hosts & INT64_MAX));
    db_bind_int(s, 5, (int64_t)(filter->min_days & INT64_MAX));
    *out = rows;
    return OK;
}

void baseline_rows_close(struct baseline_rows *rows)
{
    if (rows == NULL)
        return;
    db_finish(rows->keys);
    free(rows);
}

// Somebody may have decided of an entry since its key was read.
enum status baseline_rows_next(struct baseline_rows *rows, struct arena *arena,
                               struct baseline_row *out, struct err *err)
{
    enum status status;
    while ((status = db_step(rows->keys, err)) == OK) {
        status = find_row(rows->db, db_octets(rows->keys, 0), arena, out, err);
        const bool is_wanted =
            status == OK && (!rows->filter.has_state || out->state == rows->filter.state);
        if (is_wanted || (status != OK && status != END))
            break;
    }
    return status;
}

static enum status find_row(struct db *db, bytes key, struct arena *arena, struct baseline_row *out,
                            struct err *err)
{
    struct db_statement *s = NULL;
    enum status status = db_statement(db, SELECT_ROWS "WHERE key = $1", &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, key);
    status = db_step(s, err);
    if (status == OK)
        read_row(s, arena, out);
    db_reset(s);
    return status;
}

static void read_row(struct db_statement *s, struct arena *arena, struct baseline_row *out)
{
    const int64_t state = db_int(s, 1);
    const bytes key = db_octets(s, 0);
    *out = (struct baseline_row){
        .state = state >= 0 && state < BASELINE_STATE_COUNT ? (enum baseline_state)state
                                                            : BASELINE_PROPOSAL,
        .expires_s = seconds_of(db_int(s, 2)),
        .host_count = (uint64_t)db_int(s, 3),
        .day_count = (uint64_t)db_int(s, 4),
        .allows_critical = db_int(s, 5) == 1,
        .is_imported = db_int(s, 7) != 0,
        .noisiest = (uint64_t)db_int(s, 18),
        .late_hosts = (uint64_t)db_int(s, 19),
        .late_days = (uint64_t)db_int(s, 20),
        .owner = arena_str(arena, db_text(s, 22)),
        .reason = arena_str(arena, db_text(s, 23)),
        .promoted_by = arena_str(arena, db_text(s, 27)),
        .promoted_s = seconds_of(db_int(s, 24)),
        .has_actor_twin = db_int(s, 25) != 0,
        .has_object_twin = db_int(s, 26) != 0,
    };
    memcpy(out->key, key.at, key.len < sizeof out->key ? key.len : sizeof out->key);
    baseline_id_of(out->key, out->id);
    str *const texts[] = { &out->evidence.behaviour,  &out->evidence.actor,
                           &out->evidence.object,     &out->evidence.actor_signing_id,
                           &out->evidence.actor_path, &out->evidence.object_signing_id,
                           &out->evidence.object_path };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        *texts[i] = arena_str(arena, db_text(s, (int)i + 8));
    out->evidence.is_critical = db_int(s, 6) != 0;
    out->evidence.events = (uint64_t)db_int(s, 15);
    out->evidence.first_ns = db_int(s, 16);
    out->evidence.last_ns = db_int(s, 17);
    out->evidence.rules = arena_str(arena, db_text(s, 21));
}

// The file may say anything.
static int64_t seconds_of(int64_t n)
{
    return n < 0 ? 0 : n < (int64_t)UINT32_MAX ? n : (int64_t)UINT32_MAX;
}

enum status baseline_store_find(struct db *db, str id, struct arena *arena,
                                struct baseline_row *out, struct err *err)
{
    uint8_t from[BASELINE_KEY_BYTES];
    uint8_t to[BASELINE_KEY_BYTES];
    struct db_statement *s = NULL;
    if (!key_range_of(id, from, to))
        return fail(err, ERR_CONFIG, "an entry's id is %u to %u hex digits, not \"%.*s\"",
                    BASELINE_ID_HEX_MIN, BASELINE_ID_HEX, STR_ARG(id));
    enum status status = db_statement(db,
                                      SELECT_ROWS "WHERE key >= $1 AND key <= $2"
                                                  " AND length(key) = 16 ORDER BY key LIMIT 2",
                                      &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, (bytes){ .at = from, .len = sizeof from });
    db_bind_octets(s, 2, (bytes){ .at = to, .len = sizeof to });
    status = db_step(s, err);
    if (status == OK) {
        read_row(s, arena, out);
        status = db_step(s, err);
        if (status == OK)
            status = fail(err, ERR_CONFIG, "several entries begin with %.*s", STR_ARG(id));
        else if (status == END)
            status = OK;
    }
    db_reset(s);
    return status;
}

static bool key_range_of(str id, uint8_t from[BASELINE_KEY_BYTES], uint8_t to[BASELINE_KEY_BYTES])
{
    if (id.len < BASELINE_ID_HEX_MIN || id.len > BASELINE_ID_HEX)
        return false;
    memset(from, 0, BASELINE_KEY_BYTES);
    memset(to, 0xff, BASELINE_KEY_BYTES);
    for (size_t i = 0; i < id.len; i++) {
        const char c = id.at[i];
        const bool is_letter = c >= 'a' && c <= 'f';
        if (!is_letter && !(c >= '0' && c <= '9'))
            return false;
        const unsigned digit = (unsigned)(is_letter ? c - 'a' + 10 : c - '0');
        const unsigned shift = i % 2 == 0 ? 4 : 0;
        from[i / 2] = (uint8_t)(from[i / 2] | digit << shift);
        to[i / 2] = (uint8_t)((to[i / 2] & ~(15u << shift)) | digit << shift);
    }
    return true;
}
