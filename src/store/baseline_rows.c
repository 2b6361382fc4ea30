// Reading entries of the baseline with their evidence.

#include "store/baseline_file.h"

#include <stdlib.h>

// Twins: somebody else vouches for what calls itself the same.
#define SELECT_ROWS                                                                            \
    "SELECT key, state, expires_s, hosts, days, allows_critical, is_critical, is_imported,"    \
    " behaviour, actor, object, actor_signing_id, actor_path, object_signing_id, object_path," \
    " events, first_ns, last_ns, noisiest, late_hosts, late_days, rules, owner, reason,"       \
    " promoted_s, (actor_signing_id <> '' AND (SELECT count(*) FROM baseline_signer s"         \
    " WHERE s.signing_id = actor_signing_id) > 1), (object_signing_id <> '' AND"               \
    " (SELECT count(*) FROM baseline_signer s WHERE s.signing_id = object_signing_id) > 1)"    \
    " FROM baseline_entry "

struct baseline_rows {
    struct baseline_file *file;
    sqlite3_stmt *statement;
};

static int64_t seconds_of(int64_t n);
static void read_row(sqlite3_stmt *s, struct arena *arena, struct baseline_row *out);
static bool key_range_of(str id, uint8_t from[BASELINE_KEY_BYTES], uint8_t to[BASELINE_KEY_BYTES]);

enum status baseline_rows_open(struct baseline_file *f, const struct baseline_filter *filter,
                               bool by_key, struct baseline_rows **out, struct err *err)
{
    sqlite3_stmt *s = NULL;
    const char *sql =
        by_key ? SELECT_ROWS "WHERE (?1 < 0 OR state = ?1) AND (?2 = '' OR instr(actor, ?2) > 0"
                             " OR instr(object, ?2) > 0) AND (?3 = '' OR behaviour = ?3)"
                             " AND hosts >= ?4 AND days >= ?5 ORDER BY key"
               : SELECT_ROWS "WHERE (?1 < 0 OR state = ?1) AND (?2 = '' OR instr(actor, ?2) > 0"
                             " OR instr(object, ?2) > 0) AND (?3 = '' OR behaviour = ?3)"
                             " AND hosts >= ?4 AND days >= ?5"
                             " ORDER BY hosts DESC, days DESC, events DESC, key";
    const enum status status = guard_prepare(&f->guard, sql, &s, err);
    if (status != OK)
        return status;
    (void)sqlite3_bind_int64(s, 1, filter->has_state ? (int64_t)filter->state : -1);
    (void)sqlite3_bind_text(s, 2, filter->signer.len > 0 ? filter->signer.at : "",
                            (int)filter->signer.len, SQLITE_TRANSIENT);
    (void)sqlite3_bind_text(s, 3, filter->behaviour.len > 0 ? filter->behaviour.at : "",
                            (int)filter->behaviour.len, SQLITE_TRANSIENT);
    (void)sqlite3_bind_int64(s, 4, (int64_t)(filter->min_hosts & INT64_MAX));
    (void)sqlite3_bind_int64(s, 5, (int64_t)(filter->min_days & INT64_MAX));
    struct baseline_rows *rows = memory_zeroed(1, sizeof *rows);
    *rows = (struct baseline_rows){ .file = f, .statement = s };
    *out = rows;
    return OK;
}

void baseline_rows_close(struct baseline_rows *rows)
{
    if (rows == NULL)
        return;
    (void)sqlite3_finalize(rows->statement);
    free(rows);
}

enum status baseline_rows_next(struct baseline_rows *rows, struct arena *arena,
                               struct baseline_row *out, struct err *err)
{
    const int step = sqlite3_step(rows->statement);
    if (step == SQLITE_DONE)
        return END;
    if (step != SQLITE_ROW)
        return guard_fail(&rows->file->guard, err);
    if (sqlite3_column_bytes(rows->statement, 0) != (int)BASELINE_KEY_BYTES)
        return fail(err, ERR_FORMAT, "damaged baseline: the key of an entry");
    read_row(rows->statement, arena, out);
    return OK;
}

static void read_row(sqlite3_stmt *s, struct arena *arena, struct baseline_row *out)
{
    const int64_t state = sqlite3_column_int64(s, 1);
    *out = (struct baseline_row){
        .state = state >= 0 && state < BASELINE_STATE_COUNT ? (enum baseline_state)state
                                                            : BASELINE_PROPOSAL,
        .expires_s = seconds_of(sqlite3_column_int64(s, 2)),
        .host_count = (uint64_t)sqlite3_column_int64(s, 3),
        .day_count = (uint64_t)sqlite3_column_int64(s, 4),
        .allows_critical = sqlite3_column_int64(s, 5) == 1,
        .is_imported = sqlite3_column_int64(s, 7) != 0,
        .noisiest = (uint64_t)sqlite3_column_int64(s, 18),
        .late_hosts = (uint64_t)sqlite3_column_int64(s, 19),
        .late_days = (uint64_t)sqlite3_column_int64(s, 20),
        .owner = arena_str(arena, baseline_column_text(s, 22)),
        .reason = arena_str(arena, baseline_column_text(s, 23)),
        .promoted_s = seconds_of(sqlite3_column_int64(s, 24)),
        .has_actor_twin = sqlite3_column_int64(s, 25) != 0,
        .has_object_twin = sqlite3_column_int64(s, 26) != 0,
    };
    memcpy(out->key, sqlite3_column_blob(s, 0), BASELINE_KEY_BYTES);
    baseline_id_of(out->key, out->id);
    str *const texts[] = { &out->evidence.behaviour,  &out->evidence.actor,
                           &out->evidence.object,     &out->evidence.actor_signing_id,
                           &out->evidence.actor_path, &out->evidence.object_signing_id,
                           &out->evidence.object_path };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        *texts[i] = arena_str(arena, baseline_column_text(s, (int)i + 8));
    out->evidence.is_critical = sqlite3_column_int64(s, 6) != 0;
    out->evidence.events = (uint64_t)sqlite3_column_int64(s, 15);
    out->evidence.first_ns = sqlite3_column_int64(s, 16);
    out->evidence.last_ns = sqlite3_column_int64(s, 17);
    out->evidence.rules = arena_str(arena, baseline_column_text(s, 21));
}

// The file may say anything.
static int64_t seconds_of(int64_t n)
{
    return n < 0 ? 0 : n < (int64_t)UINT32_MAX ? n : (int64_t)UINT32_MAX;
}

enum status baseline_file_find(struct baseline_file *f, str id, struct arena *arena,
                               struct baseline_row *out, struct err *err)
{
    uint8_t from[BASELINE_KEY_BYTES];
    uint8_t to[BASELINE_KEY_BYTES];
    sqlite3_stmt *s = NULL;
    if (!key_range_of(id, from, to))
        return fail(err, ERR_CONFIG, "an entry's id is %u to %u hex digits, not \"%.*s\"",
                    BASELINE_ID_HEX_MIN, BASELINE_ID_HEX, STR_ARG(id));
    enum status status = guard_prepare(
        &f->guard, SELECT_ROWS "WHERE key >= ?1 AND key <= ?2 ORDER BY key LIMIT 2", &s, err);
    if (status != OK)
        return status;
    (void)guard_bind_octets(s, 1, (bytes){ .at = from, .len = sizeof from });
    (void)guard_bind_octets(s, 2, (bytes){ .at = to, .len = sizeof to });
    int step = sqlite3_step(s);
    if (step == SQLITE_ROW && sqlite3_column_bytes(s, 0) == (int)BASELINE_KEY_BYTES) {
        read_row(s, arena, out);
        step = sqlite3_step(s);
        if (step == SQLITE_ROW)
            status = fail(err, ERR_CONFIG, "several entries begin with %.*s", STR_ARG(id));
    } else if (step == SQLITE_ROW) {
        status = fail(err, ERR_FORMAT, "damaged baseline: the key of an entry");
    } else if (step == SQLITE_DONE) {
        status = END;
    }
    if (step != SQLITE_DONE && step != SQLITE_ROW)
        status = guard_fail(&f->guard, err);
    (void)sqlite3_finalize(s);
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
