// What a person decides of entries, and what another baseline says of them; each with its entry of the audit log.

#include "store/audit.h"
#include "store/baseline_entry.h"

#include <inttypes.h>

#define DETAIL_MAX (64u * 1024u)

// What an entry was, and what it is.
struct decision {
    str action;
    const struct baseline_row *row;
    bool was_there;
    enum baseline_state was;
    enum baseline_state is;
    str owner;
    str reason;
    int64_t expires_s;
    bool allows_critical;
};

static enum status audit(struct db *db, const struct store_act *act, const struct decision *d,
                         struct err *err);
static void add_text(struct buf *b, const char *key, str text);
static bool is_same(const struct baseline_known *known, const struct baseline_row *row);
static enum status write_imported(struct db *db, const struct store_act *act,
                                  const uint8_t key[BASELINE_KEY_BYTES],
                                  const struct baseline_row *row, struct arena *arena,
                                  struct err *err);

enum status baseline_store_promote(struct db *db, const struct store_act *act,
                                   const struct baseline_row *row,
                                   const struct baseline_promotion *p, struct err *err)
{
    struct db_statement *s = NULL;
    struct arena arena = { 0 };
    enum status status =
        db_statement(db,
                     "UPDATE baseline_entry SET state = 1, owner = $2, reason = $3,"
                     " promoted_by = $4, promoted_s = $5, expires_s = $6, allows_critical = $7"
                     " WHERE key = $1",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, (bytes){ .at = row->key, .len = BASELINE_KEY_BYTES });
    db_bind_text(s, 2, baseline_entry_text(&arena, p->owner));
    db_bind_text(s, 3, baseline_entry_text(&arena, p->reason));
    db_bind_text(s, 4, baseline_entry_text(&arena, act->who));
    db_bind_int(s, 5, act->now_ns / 1000000000);
    db_bind_int(s, 6, p->expires_s);
    db_bind_int(s, 7, p->allows_critical);
    status = db_do(s, err);
    const struct decision d = { .action = STR("baseline.promote"),
                                .row = row,
                                .was_there = true,
                                .was = row->state,
                                .is = BASELINE_EXPECTED,
                                .owner = p->owner,
                                .reason = p->reason,
                                .expires_s = p->expires_s,
                                .allows_critical = p->allows_critical };
    if (status == OK)
        status = audit(db, act, &d, err);
    arena_done(&arena);
    return status;
}

enum status baseline_store_refuse(struct db *db, const struct store_act *act,
                                  const struct baseline_row *row, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db,
                     "UPDATE baseline_entry SET state = 2, owner = '', reason = '',"
                     " promoted_by = '', promoted_s = 0, expires_s = 0, allows_critical = 0"
                     " WHERE key = $1",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, (bytes){ .at = row->key, .len = BASELINE_KEY_BYTES });
    status = db_do(s, err);
    const struct decision d = { .action = STR("baseline.refuse"),
                                .row = row,
                                .was_there = true,
                                .was = row->state,
                                .is = BASELINE_REFUSED };
    return status == OK ? audit(db, act, &d, err) : status;
}

// Why is the promotion's own reason where nobody gave another.
static enum status audit(struct db *db, const struct store_act *act, const struct decision *d,
                         struct err *err)
{
    const struct baseline_evidence *e = &d->row->evidence;
    struct store_act said = *act;
    struct arena arena = { 0 };
    char id[BASELINE_ID_HEX + 1];
    struct buf b;
    baseline_id_of(d->row->key, id);
    if (said.why.len == 0)
        said.why = db_printable(&arena, d->reason);
    buf_init(&b, DETAIL_MAX);
    buf_add_char(&b, '{');
    add_text(&b, "was", d->was_there ? baseline_state_name(d->was) : STR_EMPTY);
    add_text(&b, "is", baseline_state_name(d->is));
    add_text(&b, "behaviour", e->behaviour);
    add_text(&b, "actor", e->actor);
    add_text(&b, "object", e->object);
    if (d->is == BASELINE_EXPECTED) {
        add_text(&b, "owner", d->owner);
        add_text(&b, "reason", d->reason);
        buf_printf(&b, ",\"expires_s\":%" PRId64 ",\"allows_critical\":%s", d->expires_s,
                   d->allows_critical ? "true" : "false");
    }
    buf_add_char(&b, '}');
    const enum status status =
        b.failed ? fail(err, ERR_LIMIT, "longer than the audit log keeps")
                 : audit_append(db, &said, d->action, str_of(id), buf_str(&b), err);
    buf_done(&b);
    arena_done(&arena);
    return status;
}

static void add_text(struct buf *b, const char *key, str text)
{
    buf_printf(b, "%s\"%s\":\"", b->len > 1 ? "," : "", key);
    buf_add_json(b, str_to(text, BASELINE_TEXT_MAX));
    buf_add_char(b, '"');
}

enum status baseline_store_import(struct db *db, const struct store_act *act,
                                  const struct baseline_row *row, struct err *err)
{
    const struct baseline_evidence *e = &row->evidence;
    struct baseline_row keyed = *row;
    struct arena arena = { 0 };
    struct baseline_known known = { 0 };
    baseline_key_of(e->actor, e->behaviour, e->object, keyed.key);
    enum status status = baseline_entry_known(db, keyed.key, &arena, &known, err);
    const bool is_refused = known.is_there && known.state == BASELINE_REFUSED;
    const bool is_too_grave = known.evidence.is_critical && !row->allows_critical;
    const struct decision d = { .action = STR("baseline.import"),
                                .row = &keyed,
                                .was_there = known.is_there,
                                .was = known.state,
                                .is = row->state,
                                .owner = row->owner,
                                .reason = row->reason,
                                .expires_s = row->expires_s,
                                .allows_critical = row->allows_critical };
    host_set_done(&known.evidence.hosts);
    if (status == OK && row->state == BASELINE_EXPECTED && (is_refused || is_too_grave))
        status = END;
    // Who said so first goes on having said so.
    if (status == OK && !is_same(&known, row))
        status = write_imported(db, act, keyed.key, row, &arena, err);
    if (status == OK && row->state != BASELINE_PROPOSAL && !is_same(&known, row))
        status = audit(db, act, &d, err);
    arena_done(&arena);
    return status;
}

// Whether there is nothing to take over: proposals change nothing of what is there.
static bool is_same(const struct baseline_known *known, const struct baseline_row *row)
{
    return known->is_there &&
           (row->state == BASELINE_PROPOSAL ||
            (known->state == row->state && known->expires_s == row->expires_s &&
             known->allows_critical == row->allows_critical && str_eq(known->owner, row->owner) &&
             str_eq(known->reason, row->reason)));
}

static enum status write_imported(struct db *db, const struct store_act *act,
                                  const uint8_t key[BASELINE_KEY_BYTES],
                                  const struct baseline_row *row, struct arena *arena,
                                  struct err *err)
{
    struct db_statement *s = NULL;
    uint8_t days[DAY_SET_BYTES];
    static const uint8_t no_hosts[] = { 0 };
    const enum status status = db_statement(
        db,
        "INSERT INTO baseline_entry (key, behaviour, actor, object, actor_signing_id, actor_path,"
        " object_signing_id, object_path, events, first_ns, last_ns, rules, is_critical, hosts,"
        " days, noisiest, state, expires_s, allows_critical, owner, reason, promoted_by,"
        " promoted_s, day_set, host_set, late_hosts, late_days, is_imported) VALUES ($1, $2, $3,"
        " $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,"
        " $23, $24, $25, 0, 0, 1)"
        " ON CONFLICT (key) DO UPDATE SET state = excluded.state, expires_s = excluded.expires_s,"
        " allows_critical = excluded.allows_critical, owner = excluded.owner,"
        " reason = excluded.reason, promoted_by = excluded.promoted_by,"
        " promoted_s = excluded.promoted_s",
        &s, err);
    if (status != OK)
        return status;
    day_set_write(&(struct day_set){ 0 }, days);
    baseline_entry_bind(s, key, &row->evidence, arena);
    db_bind_int(s, 14, (int64_t)row->host_count);
    db_bind_int(s, 15, (int64_t)row->day_count);
    db_bind_int(s, 16, (int64_t)row->noisiest);
    db_bind_int(s, 17, row->state);
    db_bind_int(s, 18, row->expires_s);
    db_bind_int(s, 19, row->allows_critical);
    db_bind_text(s, 20, baseline_entry_text(arena, row->owner));
    db_bind_text(s, 21, baseline_entry_text(arena, row->reason));
    db_bind_text(
        s, 22, row->state == BASELINE_EXPECTED ? baseline_entry_text(arena, act->who) : STR_EMPTY);
    db_bind_int(s, 23, row->promoted_s);
    db_bind_octets(s, 24, (bytes){ .at = days, .len = sizeof days });
    db_bind_octets(s, 25, (bytes){ .at = no_hosts, .len = sizeof no_hosts });
    return db_do(s, err);
}

enum status baseline_store_end_import(struct db *db, const struct store_act *act, str source,
                                      uint64_t taken, uint64_t left, struct err *err)
{
    struct buf b;
    enum status status = baseline_entry_check_counts(db, err);
    buf_init(&b, DETAIL_MAX);
    buf_printf(&b, "{\"taken\":%" PRIu64 ",\"left\":%" PRIu64 "}", taken, left);
    if (status == OK)
        status = audit_append(db, act, STR("baseline.import"), source, buf_str(&b), err);
    buf_done(&b);
    return status;
}
