#include "evidence/snapshot.h"

#include "attack/object.h"
#include "evidence/gather.h"
#include "match/rules.h"
#include "sink/json.h"

#include <stdlib.h>

#define TABLE_MAX      ((size_t)16 * 1024 * 1024)
#define COMPONENTS_MAX 4096u
#define WANTED_MAX     (8u * EVIDENCE_OBJECTS_MAX)

// What is found on the way, to be looked for afterwards: a statement has one question at a time.
struct looking {
    struct evidence_attack *a;
    struct arena scratch;
    str *ids;
    size_t count;
    size_t next;  // The first that was not looked for yet.
    struct map by_id;
};

// What a map is asked for.
struct question {
    const struct evidence_attack *a;
    const struct looking *l;
    str id;
};

static enum status read_all(struct db *db, const struct rules *rules, struct looking *l,
                            struct err *err);
static enum status find_snapshot(struct db *db, struct evidence_attack *a, struct err *err);
static enum status find_cited(struct db *db, const struct rules *rules, struct looking *l,
                              struct err *err);
static enum status find_one(struct db *db, str id, struct looking *l, struct err *err);
static enum status find_listed(struct db *db, struct looking *l, struct err *err);
static void see_object(void *context, const struct attack_row *row);
static void see_strategy(void *context, const struct attack_row *row);
static void see_relationship(void *context, const struct attack_row *row);
static void see_component(void *context, const struct attack_row *row);
static void want(struct looking *l, str id);
static bool is_listed(const void *context, uint32_t value);
static uint32_t find(const struct evidence_attack *a, str stix_id);
static bool is_found(const void *context, uint32_t value);
static enum status add_objects(struct evidence_gathering *g, struct buf *table, struct err *err);
static void add_object(void *context, const struct attack_row *row);
static enum status add_about(struct evidence_gathering *g, struct err *err);

enum status evidence_attack_read(struct db *db, const struct rules *rules,
                                 struct evidence_attack *out, struct err *err)
{
    struct looking l = { .a = out, .ids = memory_zeroed(WANTED_MAX, sizeof *l.ids) };
    *out = (struct evidence_attack){ .is_there = false };
    const enum status status = read_all(db, rules, &l, err);
    map_done(&l.by_id);
    arena_done(&l.scratch);
    free(l.ids);
    return status;
}

void evidence_attack_done(struct evidence_attack *a)
{
    free(a->absent);
    free(a->components);
    map_done(&a->by_stix_id);
    arena_done(&a->arena);
}

static enum status read_all(struct db *db, const struct rules *rules, struct looking *l,
                            struct err *err)
{
    struct evidence_attack *a = l->a;
    enum status status = find_snapshot(db, a, err);
    if (status != OK)
        return status == END ? OK : status;
    a->is_there = true;
    a->components = memory_zeroed(COMPONENTS_MAX, sizeof *a->components);
    const int64_t snapshot = a->snapshot.id;
    status = find_cited(db, rules, l, err);
    // Each step looks for what the one before led to.
    if (status == OK)
        status =
            attack_of_type(db, snapshot, STR("x-mitre-detection-strategy"), see_strategy, l, err);
    if (status == OK)
        status = find_listed(db, l, err);
    if (status == OK)
        status = attack_of_type(db, snapshot, STR("relationship"), see_relationship, l, err);
    if (status == OK)
        status = find_listed(db, l, err);
    return status == OK
               ? attack_of_type(db, snapshot, STR("x-mitre-data-component"), see_component, a, err)
               : status;
}

static enum status find_snapshot(struct db *db, struct evidence_attack *a, struct err *err)
{
    const enum status status =
        attack_snapshot_with(db, STR_EMPTY, STR(EVIDENCE_ANALYTIC), &a->arena, &a->snapshot, err);
    return status == END ? attack_snapshot_find(db, STR_EMPTY, &a->arena, &a->snapshot, err)
                         : status;
}

static enum status find_cited(struct db *db, const struct rules *rules, struct looking *l,
                              struct err *err)
{
    struct evidence_attack *a = l->a;
    const str analytic = STR(EVIDENCE_ANALYTIC);
    want(l, analytic);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule_facts *facts = &rules->at[i].facts;
        for (size_t k = 0; k < facts->analytic_count; k++)
            want(l, facts->analytics[k]);
        for (size_t k = 0; k < facts->technique_count; k++)
            want(l, facts->techniques[k]);
    }
    const size_t count = l->count;
    a->absent = memory_zeroed(count + 1, sizeof *a->absent);
    enum status status = OK;
    for (size_t i = 0; i < count && status == OK; i++) {
        const str id = arena_str(&a->arena, l->ids[i]);
        const size_t before = a->count;
        status = find_one(db, id, l, err);
        if (a->count == before && a->count < EVIDENCE_OBJECTS_MAX)
            a->absent[a->absent_count++] = id;
    }
    l->next = count;
    return status == OK ? find_listed(db, l, err) : status;
}

static enum status find_one(struct db *db, str id, struct looking *l, struct err *err)
{
    return attack_find(db, l->a->snapshot.id, id, see_object, l, err);
}

static enum status find_listed(struct db *db, struct looking *l, struct err *err)
{
    const size_t end = l->count;
    enum status status = OK;
    for (; l->next < end && status == OK; l->next++)
        if (find(l->a, l->ids[l->next]) == MAP_NONE)
            status = find_one(db, l->ids[l->next], l, err);
    return status;
}

static void see_object(void *context, const struct attack_row *row)
{
    struct looking *l = context;
    struct evidence_attack *a = l->a;
    struct attack_object o;
    struct err err;
    if (find(a, row->stix_id) != MAP_NONE)
        return;
    if (a->count == EVIDENCE_OBJECTS_MAX) {
        a->left_out++;
        return;
    }
    map_add(&a->by_stix_id, str_hash(row->stix_id, 0), (uint32_t)a->count);
    a->at[a->count++] = (struct evidence_object){
        .stix_id = arena_str(&a->arena, row->stix_id),
        .attack_id = arena_str(&a->arena, row->attack_id),
        .type = arena_str(&a->arena, row->type),
        .name = arena_str(&a->arena, row->name),
    };
    if (!str_eq(row->type, STR("x-mitre-analytic")) ||
        attack_read(row->raw, &l->scratch, &o, &err) != OK)
        return;
    for (size_t i = 0; i < o.log_source_count; i++)
        want(l, o.log_sources[i].component);
}

// One that has an analytic which is cited, and the others that it has.
static void see_strategy(void *context, const struct attack_row *row)
{
    struct looking *l = context;
    struct attack_object o;
    struct err err;
    bool is_wanted = false;
    if (attack_read(row->raw, &l->scratch, &o, &err) != OK)
        return;
    for (size_t i = 0; i < o.analytic_count; i++)
        is_wanted |= find(l->a, o.analytics[i]) != MAP_NONE;
    if (!is_wanted)
        return;
    want(l, row->stix_id);
    for (size_t i = 0; i < o.analytic_count; i++)
        want(l, o.analytics[i]);
}

// A relationship's name is its type, what it comes from and what it leads to.
static void see_relationship(void *context, const struct attack_row *row)
{
    struct looking *l = context;
    str rest = row->name;
    str type = STR_EMPTY;
    str from = STR_EMPTY;
    if (row->state != ATTACK_CURRENT || !str_take_until(&rest, ' ', &type) ||
        !str_take_until(&rest, ' ', &from) || !str_eq(type, STR("detects")))
        return;
    const uint32_t strategy = find(l->a, from);
    if (strategy == MAP_NONE || !str_eq(l->a->at[strategy].type, STR("x-mitre-detection-strategy")))
        return;
    want(l, row->stix_id);
    want(l, rest);
}

static void see_component(void *context, const struct attack_row *row)
{
    struct evidence_attack *a = context;
    if (row->state == ATTACK_CURRENT && a->component_count < COMPONENTS_MAX)
        a->components[a->component_count++] = arena_str(&a->arena, row->name);
}

static void want(struct looking *l, str id)
{
    const struct question q = { .l = l, .id = id };
    const uint64_t hash = str_hash(id, 0);
    if (id.len == 0 || map_find(&l->by_id, hash, is_listed, &q) != MAP_NONE)
        return;
    if (l->count == WANTED_MAX) {
        l->a->left_out++;
        return;
    }
    map_add(&l->by_id, hash, (uint32_t)l->count);
    l->ids[l->count++] = arena_str(&l->scratch, id);
}

static bool is_listed(const void *context, uint32_t value)
{
    const struct question *q = context;
    return str_eq(q->l->ids[value], q->id);
}

// Its number; MAP_NONE where it is not there.
static uint32_t find(const struct evidence_attack *a, str stix_id)
{
    const struct question q = { .a = a, .id = stix_id };
    return map_find(&a->by_stix_id, str_hash(stix_id, 0), is_found, &q);
}

static bool is_found(const void *context, uint32_t value)
{
    const struct question *q = context;
    return str_eq(q->a->at[value].stix_id, q->id);
}

str evidence_attack_name(const struct evidence_attack *a, str attack_id)
{
    for (size_t i = 0; i < a->count; i++)
        if (str_eq(a->at[i].attack_id, attack_id))
            return a->at[i].name;
    return STR_EMPTY;
}

bool evidence_attack_has_component(const struct evidence_attack *a, str name)
{
    for (size_t i = 0; i < a->component_count; i++)
        if (str_eq(a->components[i], name))
            return true;
    return false;
}

enum status evidence_gather_attack(struct evidence_gathering *g, struct err *err)
{
    struct buf table;
    g->counts->attack_objects = g->attack.count;
    g->counts->attack_absent = g->attack.absent_count;
    enum status status = add_about(g, err);
    if (status != OK || !g->attack.is_there)
        return status;
    buf_init(&table, TABLE_MAX);
    buf_add(&table, STR("stix_id,type,attack_id,name,version,modified,state,sha256,member\n"));
    status = add_objects(g, &table, err);
    if (status == OK)
        status = evidence_members_add(g->m, STR("attack/objects.csv"), buf_str(&table), err);
    buf_done(&table);
    return status;
}

struct adding {
    struct evidence_gathering *g;
    struct buf *table;
    str wanted;
    bool is_done;
    enum status status;
    struct err *err;
};

static enum status add_objects(struct evidence_gathering *g, struct buf *table, struct err *err)
{
    struct adding adding = { .g = g, .table = table, .status = OK, .err = err };
    for (size_t i = 0; i < g->attack.count && adding.status == OK; i++) {
        adding.wanted = g->attack.at[i].stix_id;
        adding.is_done = false;
        const enum status status =
            attack_find(g->db, g->attack.snapshot.id, adding.wanted, add_object, &adding, err);
        if (status != OK)
            return status;
    }
    return adding.status;
}

// Octet for octet as the bundle had it, so that its hash is the one that was kept when it came.
static void add_object(void *context, const struct attack_row *row)
{
    struct adding *a = context;
    struct arena arena = { 0 };
    char hash[EVIDENCE_FINGERPRINT_SIZE];
    if (a->is_done || !str_eq(row->stix_id, a->wanted))
        return;
    a->is_done = true;
    evidence_hex(row->sha256, ATTACK_SHA256_BYTES, hash);
    str name = arena_printf(&arena, "attack/objects/%.*s.json", STR_ARG(row->stix_id));
    if (!evidence_name_is_safe(name))
        name = arena_printf(&arena, "attack/objects/%s.json", hash);
    const str cells[] = { row->stix_id,
                          row->type,
                          row->attack_id,
                          row->name,
                          row->version,
                          row->modified,
                          attack_state_name((enum attack_state)row->state),
                          str_of(hash),
                          name };
    for (size_t i = 0; i < COUNT_OF(cells); i++)
        evidence_add_cell(a->table, cells[i], i + 1 == COUNT_OF(cells));
    a->status = evidence_members_add(a->g->m, name, row->raw, a->err);
    const struct evidence_member *member = evidence_members_find(a->g->m, name);
    if (a->status == OK && (member == NULL || !str_eq(str_of(member->sha256), str_of(hash))))
        a->status = fail(a->err, ERR_FORMAT,
                         "no pack is made: the ATT&CK object %.*s is not what was imported",
                         STR_ARG(str_to(row->stix_id, 100)));
    arena_done(&arena);
}

static enum status add_about(struct evidence_gathering *g, struct err *err)
{
    const struct evidence_attack *a = &g->attack;
    char hash[EVIDENCE_FINGERPRINT_SIZE];
    struct buf *b = evidence_members_begin(g->m, STR("attack/snapshot.json"));
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_bool(b, STR("imported"), a->is_there);
    if (!a->is_there)
        sink_json_text(b, STR("why"), STR("no snapshot was imported into the store"));
    else {
        evidence_hex(a->snapshot.sha256, ATTACK_SHA256_BYTES, hash);
        sink_json_text(b, STR("release"), a->snapshot.release);
        sink_json_text(b, STR("collection"), a->snapshot.collection);
        sink_json_text(b, STR("source"), a->snapshot.source);
        sink_json_text(b, STR("bundle_sha256"), str_of(hash));
        sink_json_time(b, STR("imported_at"), a->snapshot.imported_ns);
        sink_json_int(b, STR("bundle_objects"), a->snapshot.objects);
        sink_json_int(b, STR("objects"), (int64_t)a->count);
        sink_json_int(b, STR("left_out"), (int64_t)a->left_out);
        sink_json_texts(b, STR("absent"), a->absent, a->absent_count);
    }
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
    return evidence_members_end(g->m, err);
}
