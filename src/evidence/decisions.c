// What was excepted, and what is expected: by whom, why, and until when.

#include "evidence/gather.h"
#include "score/exceptions.h"
#include "sink/json.h"
#include "store/baseline.h"

#define NS_PER_S INT64_C(1000000000)
#define TEXT_MAX ((size_t)1024 * 1024)

static enum status gather_exceptions(struct evidence_gathering *g, struct err *err);
static enum status load_exceptions(const struct evidence_gathering *g, struct exceptions **out,
                                   struct err *err);
static void add_exception(struct buf *b, const struct exceptions *e, const struct exception *x,
                          bool has_ended);
static enum status gather_baseline(struct evidence_gathering *g, struct err *err);
static enum status each_entry(struct evidence_gathering *g, struct db *db, struct buf *b,
                              struct err *err);
static void add_entry(struct buf *b, const struct baseline_row *row);

enum status evidence_gather_decisions(struct evidence_gathering *g, struct err *err)
{
    const enum status status = gather_exceptions(g, err);
    return status == OK ? gather_baseline(g, err) : status;
}

static enum status gather_exceptions(struct evidence_gathering *g, struct err *err)
{
    struct exceptions *e = NULL;
    const enum status status = load_exceptions(g, &e, err);
    if (status != OK)
        return status;
    struct buf *b = evidence_members_begin(g->m, STR("exceptions.ndjson"));
    g->counts->exceptions = exceptions_count(e);
    g->counts->exceptions_refused = exceptions_refused(e);
    for (size_t i = 0; i < exceptions_count(e); i++) {
        const struct exception *x = exceptions_at(e, i);
        const bool has_ended = exception_end_ns(x) < g->o->to_ns;
        g->counts->exceptions_ended += has_ended ? 1 : 0;
        add_exception(b, e, x, has_ended);
        evidence_members_spill(g->m);
    }
    exceptions_free(e);
    return evidence_members_end(g->m, err);
}

static enum status load_exceptions(const struct evidence_gathering *g, struct exceptions **out,
                                   struct err *err)
{
    return g->o->exceptions.len > 0 ? exceptions_load(g->o->exceptions, NULL, out, err)
                                    : exceptions_load_from(g->db, STR("the store"), NULL, out, err);
}

// `yaml` is all that it says; the rest is what is asked most.
static void add_exception(struct buf *b, const struct exceptions *e, const struct exception *x,
                          bool has_ended)
{
    static const str every[] = { STR_INIT("*") };
    struct buf yaml;
    buf_init(&yaml, TEXT_MAX);
    exception_add_yaml(&yaml, x);
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("id"), x->id);
    sink_json_text(b, STR("owner"), x->owner);
    sink_json_text(b, STR("reason"), x->reason);
    sink_json_text(b, STR("created"), x->created);
    sink_json_text(b, STR("expires"), x->expires);
    sink_json_bool(b, STR("ended_before_the_period_did"), has_ended);
    sink_json_texts(b, STR("rules"), x->rule_count == 0 ? every : x->rules,
                    x->rule_count == 0 ? 1 : x->rule_count);
    sink_json_bool(b, STR("critical"), x->critical);
    if (exceptions_are_stored(e)) {
        sink_json_text(b, STR("put_by"), x->put_by);
        sink_json_time(b, STR("put"), x->put_ns);
        sink_json_int(b, STR("hits"), (int64_t)x->hits);
        sink_json_int(b, STR("hits_after_its_end"), (int64_t)x->late_hits);
    }
    sink_json_text(b, STR("yaml"), buf_str(&yaml));
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
    buf_done(&yaml);
}

static enum status gather_baseline(struct evidence_gathering *g, struct err *err)
{
    struct db *other = NULL;
    struct buf *b = evidence_members_begin(g->m, STR("baseline.ndjson"));
    enum status status = OK;
    if (g->o->baseline.len > 0)
        status = store_open(g->o->baseline, DB_READ, &other, err);
    if (status == OK)
        status = each_entry(g, other != NULL ? other : g->db, b, err);
    db_close(other);
    if (status == OK)
        return evidence_members_end(g->m, err);
    evidence_members_drop(g->m);
    return status;
}

// Proposals are nobody's decision, and only counted.
static enum status each_entry(struct evidence_gathering *g, struct db *db, struct buf *b,
                              struct err *err)
{
    static const struct baseline_filter all = { .has_state = false };
    struct baseline_rows *rows = NULL;
    struct baseline_row row;
    struct arena arena = { 0 };
    enum status status = baseline_rows_open(db, &all, true, &rows, err);
    while (status == OK && (status = baseline_rows_next(rows, &arena, &row, err)) == OK) {
        g->counts->expected += row.state == BASELINE_EXPECTED ? 1 : 0;
        g->counts->refused += row.state == BASELINE_REFUSED ? 1 : 0;
        g->counts->proposals += row.state == BASELINE_PROPOSAL ? 1 : 0;
        if (row.state != BASELINE_PROPOSAL)
            add_entry(b, &row);
        evidence_members_spill(g->m);
        arena_reset(&arena);
    }
    baseline_rows_close(rows);
    arena_done(&arena);
    return status == END ? OK : status;
}

static void add_entry(struct buf *b, const struct baseline_row *row)
{
    const struct baseline_evidence *e = &row->evidence;
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("id"), str_of(row->id));
    sink_json_text(b, STR("state"), baseline_state_name(row->state));
    sink_json_text(b, STR("behaviour"), e->behaviour);
    sink_json_text(b, STR("actor"), e->actor);
    sink_json_text_known(b, STR("object"), e->object);
    sink_json_int(b, STR("hosts"), (int64_t)row->host_count);
    sink_json_int(b, STR("days"), (int64_t)row->day_count);
    sink_json_int(b, STR("events"), (int64_t)e->events);
    sink_json_time(b, STR("first_seen"), e->first_ns);
    sink_json_time(b, STR("last_seen"), e->last_ns);
    sink_json_text_known(b, STR("rules"), e->rules);
    sink_json_bool(b, STR("imported"), row->is_imported);
    if (row->state == BASELINE_EXPECTED) {
        sink_json_text(b, STR("owner"), row->owner);
        sink_json_text(b, STR("reason"), row->reason);
        sink_json_text(b, STR("promoted_by"), row->promoted_by);
        sink_json_time(b, STR("promoted"), row->promoted_s * NS_PER_S);
        sink_json_time(b, STR("expires"), row->expires_s * NS_PER_S);
        sink_json_bool(b, STR("allows_critical"), row->allows_critical);
    }
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}
