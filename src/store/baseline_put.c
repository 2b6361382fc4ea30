// Writing to the baseline: what was learned, what another baseline says, what a person decides.

#include "store/baseline_file.h"

#include <stdlib.h>

// A host that did something first so many days after it was first learned from came late to it.
#define LATE_DAYS 3

// What is known already of what was learned again.
struct known {
    bool is_there;
    enum baseline_state state;
    bool is_imported;
    struct baseline_evidence evidence;  // Numbers, sets and rules.
};

static enum status find_known(struct baseline_file *f, const uint8_t key[BASELINE_KEY_BYTES],
                              struct arena *arena, struct known *out, struct err *err);
static void join(struct baseline_evidence *into, const struct baseline_evidence *from,
                 struct arena *arena);
static str join_rules(str rules, str more, struct arena *arena);
static enum status write_learned(struct baseline_file *f, const uint8_t key[BASELINE_KEY_BYTES],
                                 const struct baseline_evidence *e, struct err *err);
static enum status count_late(struct baseline_file *f, const struct host_set *hosts,
                              int64_t *late_hosts, int64_t *late_days, struct err *err);
static enum status put_signer(struct baseline_file *f, str identity, str signing_id,
                              struct err *err);
static void bind_key(sqlite3_stmt *s, const uint8_t key[BASELINE_KEY_BYTES]);
static void bind_evidence(sqlite3_stmt *s, const struct baseline_evidence *e);

enum status baseline_file_put_host(struct baseline_file *f, uint64_t hash, str name,
                                   const struct day_set *days, struct err *err)
{
    sqlite3_stmt *find = NULL;
    sqlite3_stmt *put = NULL;
    struct day_set all = *days;
    struct day_set known = { 0 };
    uint8_t octets[DAY_SET_BYTES];
    enum status status = baseline_file_statement(
        f, FIND_HOST_DAYS, "SELECT days, first_day FROM baseline_host WHERE hash = ?1", &find, err);
    if (status == OK)
        status = baseline_file_statement(
            f, PUT_HOST, "INSERT OR REPLACE INTO baseline_host VALUES (?1, ?2, ?3, ?4, ?5)", &put,
            err);
    if (status != OK)
        return status;
    int64_t first_day = days->first;
    (void)sqlite3_bind_int64(find, 1, (int64_t)hash);
    const bool is_known = sqlite3_step(find) == SQLITE_ROW;
    if (is_known && day_set_read(&known, baseline_column_octets(find, 0))) {
        day_set_merge(&all, &known);
        if (sqlite3_column_int64(find, 1) < first_day)
            first_day = sqlite3_column_int64(find, 1);
    }
    (void)sqlite3_reset(find);
    status = is_known ? OK : baseline_file_add_host(f, err);
    if (status != OK)
        return status;
    day_set_write(&all, octets);
    (void)sqlite3_bind_int64(put, 1, (int64_t)hash);
    (void)guard_bind_text(put, 2, name);
    (void)sqlite3_bind_int64(put, 3, first_day);
    (void)sqlite3_bind_int64(put, 4, day_set_count(&all));
    (void)guard_bind_octets(put, 5, (bytes){ .at = octets, .len = sizeof octets });
    return guard_do(&f->guard, put, err);
}

enum status baseline_file_put(struct baseline_file *f, const struct baseline_evidence *evidence,
                              bool *was_expected, struct err *err)
{
    uint8_t key[BASELINE_KEY_BYTES];
    struct arena arena = { 0 };
    struct known known = { 0 };
    struct baseline_evidence all = *evidence;
    baseline_key_of(evidence->actor, evidence->behaviour, evidence->object, key);
    enum status status = find_known(f, key, &arena, &known, err);
    all.hosts = (struct host_set){ 0 };
    host_set_merge(&all.hosts, &known.evidence.hosts);
    host_set_merge(&all.hosts, &evidence->hosts);
    if (status == OK && !known.is_there)
        status = baseline_file_add_entry(f, err);
    if (status == OK && known.is_there)
        join(&all, &known.evidence, &arena);
    if (status == OK)
        status = write_learned(f, key, &all, err);
    if (status == OK)
        status = put_signer(f, all.actor, all.actor_signing_id, err);
    if (status == OK)
        status = put_signer(f, all.object, all.object_signing_id, err);
    *was_expected = known.is_there && known.state == BASELINE_EXPECTED;
    host_set_done(&known.evidence.hosts);
    host_set_done(&all.hosts);
    arena_done(&arena);
    return status;
}

// What was imported is no evidence of here: nothing of it but the state is kept.
static enum status find_known(struct baseline_file *f, const uint8_t key[BASELINE_KEY_BYTES],
                              struct arena *arena, struct known *out, struct err *err)
{
    sqlite3_stmt *s = NULL;
    enum status status = baseline_file_statement(
        f, FIND_LEARNED,
        "SELECT state, is_imported, events, first_ns, last_ns, rules, is_critical, day_set,"
        " host_set FROM baseline_entry WHERE key = ?1",
        &s, err);
    if (status != OK)
        return status;
    bind_key(s, key);
    const int step = sqlite3_step(s);
    if (step == SQLITE_ROW) {
        struct baseline_evidence *e = &out->evidence;
        out->state = (enum baseline_state)sqlite3_column_int(s, 0);
        out->is_imported = sqlite3_column_int(s, 1) != 0;
        out->is_there = true;
        e->is_critical = sqlite3_column_int(s, 6) != 0;
        e->rules = arena_str(arena, baseline_column_text(s, 5));
        if (!out->is_imported) {
            e->events = (uint64_t)sqlite3_column_int64(s, 2);
            e->first_ns = sqlite3_column_int64(s, 3);
            e->last_ns = sqlite3_column_int64(s, 4);
            if (!day_set_read(&e->days, baseline_column_octets(s, 7)) ||
                !host_set_read(&e->hosts, baseline_column_octets(s, 8)))
                status = fail(err, ERR_FORMAT, "damaged baseline: days or hosts of an entry");
        }
    } else if (step != SQLITE_DONE) {
        status = guard_fail(&f->guard, err);
    }
    (void)sqlite3_reset(s);
    return status;
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

#define EVIDENCE_COLUMNS                                                                     \
    "key, behaviour, actor, object, actor_signing_id, actor_path, object_signing_id,"        \
    " object_path, events, first_ns, last_ns, rules, is_critical, hosts, days, noisiest,"    \
    " late_hosts, late_days, is_imported, state, expires_s, allows_critical, owner, reason," \
    " promoted_s, day_set, host_set"

static enum status write_learned(struct baseline_file *f, const uint8_t key[BASELINE_KEY_BYTES],
                                 const struct baseline_evidence *e, struct err *err)
{
    sqlite3_stmt *s = NULL;
    uint8_t days[DAY_SET_BYTES];
    struct buf hosts;
    int64_t late_hosts = 0;
    int64_t late_days = 0;
    enum status status = count_late(f, &e->hosts, &late_hosts, &late_days, err);
    if (status == OK)
        status = baseline_file_statement(
            f, PUT_ENTRY,
            "INSERT INTO baseline_entry (" EVIDENCE_COLUMNS ") VALUES"
            " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
            " 0, 0, 0, 0, '', '', 0, ?19, ?20)"
            " ON CONFLICT (key) DO UPDATE SET events = ?9, first_ns = ?10, last_ns = ?11,"
            " rules = ?12, is_critical = ?13, hosts = ?14, days = ?15, noisiest = ?16,"
            " late_hosts = ?17, late_days = ?18, is_imported = 0, day_set = ?19, host_set = ?20",
            &s, err);
    if (status != OK)
        return status;
    buf_init(&hosts, 65536);
    host_set_write(&e->hosts, &hosts);
    day_set_write(&e->days, days);
    bind_key(s, key);
    bind_evidence(s, e);
    (void)sqlite3_bind_int64(s, 14, (int64_t)host_set_count(&e->hosts));
    (void)sqlite3_bind_int64(s, 15, day_set_count(&e->days));
    (void)sqlite3_bind_int64(s, 16, (int64_t)host_set_noisiest(&e->hosts));
    (void)sqlite3_bind_int64(s, 17, late_hosts);
    (void)sqlite3_bind_int64(s, 18, late_days);
    (void)guard_bind_octets(s, 19, (bytes){ .at = days, .len = sizeof days });
    (void)guard_bind_octets(s, 20, bytes_of_str(buf_str(&hosts)));
    status = guard_do(&f->guard, s, err);
    buf_done(&hosts);
    return status;
}

static void bind_key(sqlite3_stmt *s, const uint8_t key[BASELINE_KEY_BYTES])
{
    (void)guard_bind_octets(s, 1, (bytes){ .at = key, .len = BASELINE_KEY_BYTES });
}

static void bind_evidence(sqlite3_stmt *s, const struct baseline_evidence *e)
{
    const str texts[] = { e->behaviour,        e->actor,      e->object,
                          e->actor_signing_id, e->actor_path, e->object_signing_id,
                          e->object_path };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        (void)guard_bind_text(s, (int)i + 2, str_to(texts[i], BASELINE_TEXT_MAX));
    (void)sqlite3_bind_int64(s, 9, (int64_t)e->events);
    (void)sqlite3_bind_int64(s, 10, e->first_ns);
    (void)sqlite3_bind_int64(s, 11, e->last_ns);
    (void)guard_bind_text(s, 12, e->rules);
    (void)sqlite3_bind_int64(s, 13, e->is_critical);
}

// Of the hosts that are kept: how many came late, and on how many different days.
static enum status count_late(struct baseline_file *f, const struct host_set *hosts,
                              int64_t *late_hosts, int64_t *late_days, struct err *err)
{
    sqlite3_stmt *s = NULL;
    struct day_set days = { 0 };
    const enum status status = baseline_file_statement(
        f, FIND_HOST_DAYS, "SELECT days, first_day FROM baseline_host WHERE hash = ?1", &s, err);
    if (status != OK)
        return status;
    for (uint32_t i = 0; i < hosts->count; i++) {
        (void)sqlite3_bind_int64(s, 1, (int64_t)hosts->at[i].host);
        if (sqlite3_step(s) == SQLITE_ROW &&
            hosts->at[i].first_day - sqlite3_column_int64(s, 1) >= LATE_DAYS) {
            ++*late_hosts;
            day_set_add(&days, hosts->at[i].first_day);
        }
        (void)sqlite3_reset(s);
    }
    *late_days = day_set_count(&days);
    return OK;
}

static enum status put_signer(struct baseline_file *f, str identity, str signing_id,
                              struct err *err)
{
    sqlite3_stmt *s = NULL;
    const size_t colon = str_find_char(identity, ':');
    const size_t slash = str_find_char(identity, '/');
    if (identity.len == 0 || signing_id.len == 0)
        return OK;
    const enum status status = baseline_file_statement(
        f, PUT_SIGNER, "INSERT OR IGNORE INTO baseline_signer VALUES (?1, ?2)", &s, err);
    if (status != OK)
        return status;
    (void)guard_bind_text(s, 1, str_to(signing_id, BASELINE_TEXT_MAX));
    (void)guard_bind_text(s, 2, str_to(identity, colon < slash ? colon : slash));
    return guard_do(&f->guard, s, err);
}

enum status baseline_file_put_run(struct baseline_file *f, uint64_t events, int64_t first_ns,
                                  int64_t last_ns, struct err *err)
{
    sqlite3_stmt *s = NULL;
    enum status status = guard_prepare(
        &f->guard,
        "UPDATE baseline_meta SET first_ns = CASE WHEN runs = 0 OR ?2 < first_ns THEN ?2"
        " ELSE first_ns END, last_ns = CASE WHEN runs = 0 OR ?3 > last_ns THEN ?3 ELSE last_ns END,"
        " runs = runs + 1, events = events + ?1",
        &s, err);
    if (status != OK)
        return status;
    (void)sqlite3_bind_int64(s, 1, (int64_t)events);
    (void)sqlite3_bind_int64(s, 2, first_ns);
    (void)sqlite3_bind_int64(s, 3, last_ns);
    status = guard_do(&f->guard, s, err);
    (void)sqlite3_finalize(s);
    return status;
}

enum status baseline_file_promote(struct baseline_file *f, const struct baseline_row *row,
                                  const struct baseline_promotion *p, struct err *err)
{
    sqlite3_stmt *s = NULL;
    const enum status status = baseline_file_statement(
        f, PROMOTE_ENTRY,
        "UPDATE baseline_entry SET state = 1, owner = ?2, reason = ?3, promoted_s = ?4,"
        " expires_s = ?5, allows_critical = ?6 WHERE key = ?1",
        &s, err);
    if (status != OK)
        return status;
    bind_key(s, row->key);
    (void)guard_bind_text(s, 2, p->owner);
    (void)guard_bind_text(s, 3, p->reason);
    (void)sqlite3_bind_int64(s, 4, p->now_s);
    (void)sqlite3_bind_int64(s, 5, p->expires_s);
    (void)sqlite3_bind_int64(s, 6, p->allows_critical);
    return guard_do(&f->guard, s, err);
}

enum status baseline_file_refuse(struct baseline_file *f, const struct baseline_row *row,
                                 struct err *err)
{
    sqlite3_stmt *s = NULL;
    const enum status status = baseline_file_statement(
        f, REFUSE_ENTRY,
        "UPDATE baseline_entry SET state = 2, owner = '', reason = '', promoted_s = 0,"
        " expires_s = 0, allows_critical = 0 WHERE key = ?1",
        &s, err);
    if (status != OK)
        return status;
    bind_key(s, row->key);
    return guard_do(&f->guard, s, err);
}

enum status baseline_file_import(struct baseline_file *f, const struct baseline_row *row,
                                 struct err *err)
{
    const struct baseline_evidence *e = &row->evidence;
    uint8_t key[BASELINE_KEY_BYTES];
    uint8_t days[DAY_SET_BYTES];
    struct arena arena = { 0 };
    struct known known = { 0 };
    sqlite3_stmt *s = NULL;
    baseline_key_of(e->actor, e->behaviour, e->object, key);
    enum status status = find_known(f, key, &arena, &known, err);
    const bool is_refused = known.is_there && known.state == BASELINE_REFUSED;
    const bool is_too_grave = known.evidence.is_critical && !row->allows_critical;
    host_set_done(&known.evidence.hosts);
    arena_done(&arena);
    if (status == OK && row->state == BASELINE_EXPECTED && (is_refused || is_too_grave))
        return END;
    if (status == OK && !known.is_there)
        status = baseline_file_add_entry(f, err);
    if (status == OK)
        status = baseline_file_statement(
            f, IMPORT_ENTRY,
            "INSERT INTO baseline_entry (" EVIDENCE_COLUMNS ") VALUES"
            " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 0, 0, 1, ?17,"
            " ?18, ?19, ?20, ?21, ?22, ?23, x'00')"
            " ON CONFLICT (key) DO UPDATE SET state = ?17, expires_s = ?18, allows_critical = ?19,"
            " owner = ?20, reason = ?21, promoted_s = ?22 WHERE ?17 <> 0",
            &s, err);
    if (status != OK)
        return status;
    day_set_write(&(struct day_set){ 0 }, days);
    bind_key(s, key);
    bind_evidence(s, e);
    (void)sqlite3_bind_int64(s, 14, (int64_t)row->host_count);
    (void)sqlite3_bind_int64(s, 15, (int64_t)row->day_count);
    (void)sqlite3_bind_int64(s, 16, (int64_t)row->noisiest);
    (void)sqlite3_bind_int64(s, 17, row->state);
    (void)sqlite3_bind_int64(s, 18, row->expires_s);
    (void)sqlite3_bind_int64(s, 19, row->allows_critical);
    (void)guard_bind_text(s, 20, row->owner);
    (void)guard_bind_text(s, 21, row->reason);
    (void)sqlite3_bind_int64(s, 22, row->promoted_s);
    (void)guard_bind_octets(s, 23, (bytes){ .at = days, .len = sizeof days });
    return guard_do(&f->guard, s, err);
}
