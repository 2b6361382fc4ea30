// Learning: what was seen is added to what is known.

#include "store/audit.h"
#include "store/baseline_entry.h"

#include <inttypes.h>

#define DETAIL_MAX  512u
#define HOSTS_BYTES 65536u  // More than a set of hosts has.

static void join(struct baseline_evidence *into, const struct baseline_evidence *from,
                 struct arena *arena);
static str join_rules(str rules, str more, struct arena *arena);
static enum status write_learned(struct db *db, const struct baseline_hosts *learned_from,
                                 const uint8_t key[BASELINE_KEY_BYTES],
                                 const struct baseline_evidence *e, struct arena *arena,
                                 struct err *err);
static enum status put_signer(struct db *db, str identity, str signing_id, struct arena *arena,
                              struct err *err);
static enum status check_count(struct db *db, const char *sql, uint32_t max, const char *what,
                               struct err *err);

enum status baseline_store_put(struct db *db, const struct baseline_hosts *learned_from,
                               const struct baseline_evidence *evidence, bool *was_expected,
                               struct err *err)
{
    uint8_t key[BASELINE_KEY_BYTES];
    struct arena arena = { 0 };
    struct baseline_known known = { 0 };
    struct baseline_evidence all = *evidence;
    baseline_key_of(evidence->actor, evidence->behaviour, evidence->object, key);
    enum status status = baseline_entry_known(db, key, &arena, &known, err);
    all.hosts = (struct host_set){ 0 };
    host_set_merge(&all.hosts, &known.evidence.hosts);
    host_set_merge(&all.hosts, &evidence->hosts);
    if (status == OK && known.is_there)
        join(&all, &known.evidence, &arena);
    if (status == OK)
        status = write_learned(db, learned_from, key, &all, &arena, err);
    if (status == OK)
        status = put_signer(db, all.actor, all.actor_signing_id, &arena, err);
    if (status == OK)
        status = put_signer(db, all.object, all.object_signing_id, &arena, err);
    *was_expected = known.is_there && known.state == BASELINE_EXPECTED;
    host_set_done(&known.evidence.hosts);
    host_set_done(&all.hosts);
    arena_done(&arena);
    return status;
}

// What was imported is no evidence of here: nothing of it but what was decided is kept.
enum status baseline_entry_known(struct db *db, const uint8_t key[BASELINE_KEY_BYTES],
                                 struct arena *arena, struct baseline_known *out, struct err *err)
{
    struct db_statement *s = NULL;
    enum status status =
        db_statement(db,
                     "SELECT state, is_imported, events, first_ns, last_ns, rules, is_critical,"
                     " day_set, host_set, allows_critical, expires_s, owner, reason"
                     " FROM baseline_entry WHERE key = $1",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_octets(s, 1, (bytes){ .at = key, .len = BASELINE_KEY_BYTES });
    status = db_step(s, err);
    if (status == OK) {
        struct baseline_evidence *e = &out->evidence;
        out->state = (enum baseline_state)db_int(s, 0);
        out->is_imported = db_int(s, 1) != 0;
        out->is_there = true;
        out->allows_critical = db_int(s, 9) == 1;
        out->expires_s = db_int(s, 10);
        out->owner = arena_str(arena, db_text(s, 11));
        out->reason = arena_str(arena, db_text(s, 12));
        e->is_critical = db_int(s, 6) != 0;
        e->rules = arena_str(arena, db_text(s, 5));
        if (!out->is_imported) {
            e->events = (uint64_t)db_int(s, 2);
            e->first_ns = db_int(s, 3);
            e->last_ns = db_int(s, 4);
            if (!day_set_read(&e->days, db_octets(s, 7)) ||
                !host_set_read(&e->hosts, db_octets(s, 8)))
                status = fail(err, ERR_FORMAT, "damaged baseline: days or hosts of an entry");
        }
    }
    db_reset(s);
    return status == END ? OK : status;
}

static void join(struct baseline_evidence *into, const struct baseline_evidence *from,
                 struct arena *arena)
{
    into->rules = join_rules(from->rules, into->rules, arena);
    into->is_critical |= from->is_critical;
    if (from->events == 0)
        return;
    into->events += from->events;
    if (from->first_ns < into->first_ns)
        into->first_ns = from->first_ns;
    if (from->last_ns > into->last_ns)
        into->last_ns = from->last_ns;
    day_set_merge(&into->days, &from->days);
}

static str join_rules(str rules, str more, struct arena *arena)
{
    size_t count = 0;
    str rest = rules;
    for (str rule; str_take_until(&rest, ' ', &rule);)
        count++;
    for (str rule; str_take_until(&more, ' ', &rule) && count < BASELINE_RULES_MAX;) {
        bool is_there = false;
        rest = rules;
        for (str known; str_take_until(&rest, ' ', &known);)
            is_there |= str_eq(known, rule);
        if (is_there)
            continue;
        rules = arena_printf(arena, "%.*s%s%.*s", STR_ARG(rules), rules.len > 0 ? " " : "",
                             STR_ARG(rule));
        count++;
    }
    return rules;
}

static enum status write_learned(struct db *db, const struct baseline_hosts *learned_from,
                                 const uint8_t key[BASELINE_KEY_BYTES],
                                 const struct baseline_evidence *e, struct arena *arena,
                                 struct err *err)
{
    struct db_statement *s = NULL;
    uint8_t days[DAY_SET_BYTES];
    struct buf hosts;
    enum status status = db_statement(
        db,
        "INSERT INTO baseline_entry (key, behaviour, actor, object, actor_signing_id,"
        " actor_path, object_signing_id, object_path, events, first_ns, last_ns, rules,"
        " is_critical, hosts, days, noisiest, late_hosts, late_days, day_set, host_set,"
        " is_imported, state, expires_s, allows_critical, owner, reason, promoted_by,"
        " promoted_s) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
        " $15, $16, $17, $18, $19, $20, 0, 0, 0, 0, '', '', '', 0)"
        " ON CONFLICT (key) DO UPDATE SET events = excluded.events,"
        " first_ns = excluded.first_ns, last_ns = excluded.last_ns, rules = excluded.rules,"
        " is_critical = excluded.is_critical, hosts = excluded.hosts, days = excluded.days,"
        " noisiest = excluded.noisiest, late_hosts = excluded.late_hosts,"
        " late_days = excluded.late_days, is_imported = 0, day_set = excluded.day_set,"
        " host_set = excluded.host_set",
        &s, err);
    if (status != OK)
        return status;
    buf_init(&hosts, HOSTS_BYTES);
    host_set_write(&e->hosts, &hosts);
    day_set_write(&e->days, days);
    baseline_entry_bind(s, key, e, arena);
    db_bind_int(s, 14, (int64_t)host_set_count(&e->hosts));
    db_bind_int(s, 15, day_set_count(&e->days));
    db_bind_int(s, 16, (int64_t)host_set_noisiest(&e->hosts));
    const struct baseline_late late = baseline_hosts_late(learned_from, &e->hosts);
    db_bind_int(s, 17, late.hosts);
    db_bind_int(s, 18, late.days);
    db_bind_octets(s, 19, (bytes){ .at = days, .len = sizeof days });
    db_bind_octets(s, 20, bytes_of_str(buf_str(&hosts)));
    status = db_do(s, err);
    buf_done(&hosts);
    return status;
}

str baseline_entry_text(struct arena *arena, str text)
{
    const str shown = db_printable(arena, str_to(text, BASELINE_TEXT_MAX));
    if (shown.len <= BASELINE_TEXT_MAX)
        return shown;
    size_t len = BASELINE_TEXT_MAX;
    while (len > 0 && ((unsigned char)shown.at[len] & 0xc0) == 0x80)  // No character is halved.
        len--;
    return str_to(shown, len);
}

void baseline_entry_bind(struct db_statement *s, const uint8_t key[BASELINE_KEY_BYTES],
                         const struct baseline_evidence *e, struct arena *arena)
{
    const str texts[] = { e->behaviour,        e->actor,      e->object,
                          e->actor_signing_id, e->actor_path, e->object_signing_id,
                          e->object_path };
    db_bind_octets(s, 1, (bytes){ .at = key, .len = BASELINE_KEY_BYTES });
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        db_bind_text(s, (int)i + 2, baseline_entry_text(arena, texts[i]));
    db_bind_int(s, 9, (int64_t)e->events);
    db_bind_int(s, 10, e->first_ns);
    db_bind_int(s, 11, e->last_ns);
    db_bind_text(s, 12, db_printable(arena, e->rules));
    db_bind_int(s, 13, e->is_critical);
}

static enum status put_signer(struct db *db, str identity, str signing_id, struct arena *arena,
                              struct err *err)
{
    struct db_statement *s = NULL;
    const size_t colon = str_find_char(identity, ':');
    const size_t slash = str_find_char(identity, '/');
    if (identity.len == 0 || signing_id.len == 0)
        return OK;
    const enum status status =
        db_statement(db,
                     "INSERT INTO baseline_signer (signing_id, voucher) VALUES ($1, $2)"
                     " ON CONFLICT (signing_id, voucher) DO NOTHING",
                     &s, err);
    if (status != OK)
        return status;
    db_bind_text(s, 1, baseline_entry_text(arena, signing_id));
    db_bind_text(s, 2, baseline_entry_text(arena, str_to(identity, colon < slash ? colon : slash)));
    return db_do(s, err);
}

enum status baseline_store_put_run(struct db *db, const struct store_act *act,
                                   const struct baseline_run *run, struct err *err)
{
    struct db_statement *s = NULL;
    struct buf detail;
    enum status status = db_statement(
        db,
        "INSERT INTO baseline_meta (id, runs, events, first_ns, last_ns) VALUES (1, 1, $1, $2, $3)"
        " ON CONFLICT (id) DO UPDATE SET runs = baseline_meta.runs + 1,"
        " events = baseline_meta.events + excluded.events,"
        " first_ns = CASE WHEN excluded.first_ns < baseline_meta.first_ns"
        " THEN excluded.first_ns ELSE baseline_meta.first_ns END,"
        " last_ns = CASE WHEN excluded.last_ns > baseline_meta.last_ns"
        " THEN excluded.last_ns ELSE baseline_meta.last_ns END",
        &s, err);
    if (status != OK)
        return status;
    db_bind_int(s, 1, (int64_t)run->events);
    db_bind_int(s, 2, run->first_ns);
    db_bind_int(s, 3, run->last_ns);
    status = db_do(s, err);
    if (status == OK)
        status = baseline_entry_check_counts(db, err);
    buf_init(&detail, DETAIL_MAX);
    buf_printf(&detail,
               "{\"entries\":%" PRIu64 ",\"hosts\":%" PRIu64 ",\"events\":%" PRIu64
               ",\"first_ns\":%" PRId64 ",\"last_ns\":%" PRId64 "}",
               run->entries, run->hosts, run->events, run->first_ns, run->last_ns);
    if (status == OK)
        status =
            audit_append(db, act, STR("baseline.learn"), STR("baseline"), buf_str(&detail), err);
    buf_done(&detail);
    return status;
}

// Counted when all is put, in the same transaction: a count of each would cost more than the row.
enum status baseline_entry_check_counts(struct db *db, struct err *err)
{
    const enum status status =
        check_count(db, "SELECT count(*) FROM baseline_host", BASELINE_HOSTS_MAX, "hosts", err);
    return status == OK ? check_count(db, "SELECT count(*) FROM baseline_entry",
                                      BASELINE_ENTRIES_MAX, "entries", err)
                        : status;
}

static enum status check_count(struct db *db, const char *sql, uint32_t max, const char *what,
                               struct err *err)
{
    int64_t count = 0;
    const enum status status = db_number(db, sql, &count, err);
    return status == OK && count > (int64_t)max
               ? fail(err, ERR_LIMIT,
                      "the baseline would have %" PRId64 " %s, and keeps %" PRIu32
                      "; nothing of this was kept",
                      count, what, max)
               : status;
}
