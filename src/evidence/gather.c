#include "evidence/gather.h"

#include "decode/json.h"
#include "evidence/entry.h"
#include "fidelity/coverage.h"
#include "pipeline_fidelity.h"
#include "sink/json.h"

#include <inttypes.h>
#include <stdlib.h>

// Of a list that is written row by row.
struct listing {
    struct evidence_gathering *g;
    struct buf *out;
    const struct store_evidence_table *table;
    uint64_t rows;
};

static enum status gather_all(struct evidence_gathering *g, struct err *err);
static enum status gather_store(struct evidence_gathering *g, struct err *err);
static enum status gather_audit_log(struct evidence_gathering *g, struct err *err);
static enum status check_decisions(struct evidence_gathering *g, struct err *err);
static void add_entry(void *context, const struct audit_entry *e);
static enum status gather_findings(struct evidence_gathering *g, struct err *err);
static enum status add_finding(void *context, const struct store_evidence_finding *row,
                               struct err *err);
static void add_kept(struct buf *b, const char *key, str kept);
static void add_note(void *context, const struct finding_note *note);
static void add_time_known(struct buf *b, str key, int64_t time_ns);
static enum status gather_table(struct evidence_gathering *g, str name,
                                const struct store_evidence_table *table, uint64_t *rows,
                                struct err *err);
static enum status end(struct evidence_members *m, enum status status, struct err *err);
static void add_row(void *context, const str *cells);
static void add_cell_of(struct buf *b, enum store_evidence_cell kind, str cell, bool is_last);
static enum status gather_files(struct evidence_gathering *g, const char *below, const str *files,
                                size_t count, struct err *err);

enum status evidence_gather(struct db *db, struct evidence_options *o, struct evidence_members *m,
                            struct evidence_counts *counts, struct err *err)
{
    *counts = (struct evidence_counts){ 0 };
    struct evidence_gathering *g = memory_zeroed(1, sizeof *g);
    *g = (struct evidence_gathering){ .db = db, .o = o, .m = m, .counts = counts };
    enum status status = rules_load(&o->rules, 1, NULL, &g->rules, err);
    if (status == OK)
        status = gather_all(g, err);
    if (g->validation != NULL)
        validate_done(g->validation);
    free(g->validation);
    evidence_attack_done(&g->attack);
    evidence_measure_done(&g->measure);
    fidelity_free(g->fidelity);
    rules_free(g->rules);
    free(g);
    return status;
}

static enum status gather_all(struct evidence_gathering *g, struct err *err)
{
    static enum status (*const steps[])(struct evidence_gathering * g, struct err * err) = {
        evidence_gather_rules,   evidence_gather_decisions,     evidence_gather_figures,
        evidence_gather_dettect, evidence_gather_configuration, evidence_gather_claim,
    };
    // Made only for what each rule needs.
    g->fidelity = pipeline_fidelity_new(g->rules, NULL);
    enum status status = evidence_gather_validation(g, err);
    if (status == OK)
        status = store_evidence_begin(g->db, err);
    if (status != OK)
        return status;
    status = gather_store(g, err);
    for (size_t i = 0; i < COUNT_OF(steps) && status == OK; i++)
        status = steps[i](g, err);
    store_evidence_end(g->db);
    if (status == OK)
        status = gather_files(g, "attachments", g->o->attachments, g->o->attachment_count, err);
    return status;
}

static enum status gather_store(struct evidence_gathering *g, struct err *err)
{
    struct evidence_counts *counts = g->counts;
    enum status status = gather_audit_log(g, err);
    if (status == OK)
        status = gather_findings(g, err);
    if (status == OK)
        status = gather_table(g, STR("assets.csv"), &store_evidence_assets, &counts->assets, err);
    if (status == OK)
        status =
            gather_table(g, STR("coverage.csv"), &store_evidence_coverage, &counts->spans, err);
    if (status == OK)
        status = gather_table(g, STR("canaries.csv"), &store_evidence_canaries,
                              &counts->canary_rows, err);
    if (status == OK)
        status = gather_table(g, STR("fidelity.csv"), &store_evidence_hosts, &counts->hosts, err);
    if (status == OK)
        status = evidence_measure_read(g->db, g->o->to_ns, &g->measure, err);
    if (status == OK)
        status = evidence_attack_read(g->db, g->rules, &g->attack, err);
    return status == OK ? evidence_gather_attack(g, err) : status;
}

static enum status gather_findings(struct evidence_gathering *g, struct err *err)
{
    struct listing l = { .g = g, .out = evidence_members_begin(g->m, STR("findings.ndjson")) };
    const enum status status =
        store_evidence_findings(g->db, g->o->from_ns, g->o->to_ns, add_finding, &l, err);
    return end(g->m, status, err);
}

static enum status add_finding(void *context, const struct store_evidence_finding *row,
                               struct err *err)
{
    struct listing *l = context;
    struct buf *b = l->out;
    const bool is_closed = row->status == FINDING_CLOSED;
    l->g->counts->findings++;
    l->g->counts->closed[is_closed ? row->disposition : DISPOSITION_NONE]++;
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("id"), row->id);
    sink_json_text(b, STR("status"), finding_status_name(row->status));
    if (is_closed)
        sink_json_text(b, STR("disposition"), disposition_name(row->disposition));
    sink_json_text_known(b, STR("assignee"), row->assignee);
    add_time_known(b, STR("triaged"), row->triaged_ns);
    add_time_known(b, STR("closed"), row->closed_ns);
    sink_json_text_known(b, STR("closed_by"), row->closed_by);
    if (row->close_out.len > 0)
        add_kept(b, "close_out", row->close_out);
    sink_json_open(b, STR("notes"), '[');
    const enum status status = findings_notes(l->g->db, row->id, add_note, l, err);
    sink_json_close(b, ']');
    add_kept(b, "finding", row->record.len > 0 ? row->record : STR("null"));
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
    evidence_members_spill(l->g->m);
    return status;
}

// What is JSON already stands as it is. What is none, or has several lines, is damaged, or of somebody who would
// have it say more than it is: it stands as a text, under a name that says so.
static void add_kept(struct buf *b, const char *key, str kept)
{
    union {
        const char *borrowed;
        char *at;
    } text = { .borrowed = kept.at };  // Written to by READ_INSITU only.
    yyjson_doc *doc = NULL;
    if (str_find_char(kept, '\n') == kept.len)
        doc = yyjson_read_opts(text.at, kept.len, YYJSON_READ_NOFLAG, NULL, NULL);
    if (doc != NULL) {
        buf_printf(b, ",\"%s\":", key);
        buf_add(b, kept);
    } else {
        buf_printf(b, ",\"unreadable_%s\":\"", key);
        buf_add_json(b, kept);
        buf_add_char(b, '"');
    }
    yyjson_doc_free(doc);
}

static void add_note(void *context, const struct finding_note *note)
{
    struct buf *b = ((struct listing *)context)->out;
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_time(b, STR("at"), note->at_ns);
    sink_json_text(b, STR("who"), note->who);
    sink_json_text(b, STR("text"), note->text);
    sink_json_close(b, '}');
}

static void add_time_known(struct buf *b, str key, int64_t time_ns)
{
    if (time_ns != 0)
        sink_json_time(b, key, time_ns);
}

static enum status gather_audit_log(struct evidence_gathering *g, struct err *err)
{
    struct evidence_options *o = g->o;
    struct audit_report report;
    char head[EVIDENCE_FINGERPRINT_SIZE];
    enum status status = audit_verify(g->db, &report, err);
    if (status == OK && report.bad_seq != 0)
        status = fail(err, ERR_FORMAT,
                      "no pack is made: the audit log does not hold: entry %" PRId64 ": %s",
                      report.bad_seq, report.why);
    if (status == OK)
        status = check_decisions(g, err);
    if (status != OK)
        return status;
    evidence_hex(report.head, AUDIT_HASH_BYTES, head);
    o->about.audit_count = report.count;
    memcpy(o->audit_head, head, sizeof head);
    o->about.audit_head = str_of(o->audit_head);
    struct listing l = { .g = g, .out = evidence_members_begin(g->m, STR("audit-log.ndjson")) };
    return end(g->m, audit_list(g->db, add_entry, &l, err), err);
}

static enum status check_decisions(struct evidence_gathering *g, struct err *err)
{
    struct arena arena = { 0 };
    uint64_t count = 0;
    str first = STR_EMPTY;
    enum status status = audit_decisions(g->db, &arena, &count, &first, err);
    if (status == OK && count > 0)
        status = fail(err, ERR_FORMAT,
                      "no pack is made: what was decided of %" PRIu64
                      " findings is not what the audit log says; the first is %.*s",
                      count, STR_ARG(first));
    arena_done(&arena);
    return status;
}

static void add_entry(void *context, const struct audit_entry *e)
{
    struct listing *l = context;
    if (l->g->registered_ns == 0 && str_eq(e->action, STR("coverage.keep")))
        l->g->registered_ns = e->at_ns;
    evidence_add_entry(l->out, e);
    evidence_members_spill(l->g->m);
}

static enum status gather_table(struct evidence_gathering *g, str name,
                                const struct store_evidence_table *table, uint64_t *rows,
                                struct err *err)
{
    struct listing l = { .g = g, .out = evidence_members_begin(g->m, name), .table = table };
    for (size_t i = 0; i < table->count; i++)
        evidence_add_cell(l.out, table->columns[i].name, i + 1 == table->count);
    const enum status status =
        store_evidence_rows(g->db, table, g->o->from_ns, g->o->to_ns, add_row, &l, err);
    *rows = l.rows;
    return end(g->m, status, err);
}

// Of the member that was begun.
static enum status end(struct evidence_members *m, enum status status, struct err *err)
{
    if (status == OK)
        return evidence_members_end(m, err);
    evidence_members_drop(m);
    return status;
}

static void add_row(void *context, const str *cells)
{
    struct listing *l = context;
    l->rows++;
    for (size_t i = 0; i < l->table->count; i++)
        add_cell_of(l->out, l->table->columns[i].kind, cells[i], i + 1 == l->table->count);
    evidence_members_spill(l->g->m);
}

static void add_cell_of(struct buf *b, enum store_evidence_cell kind, str cell, bool is_last)
{
    int64_t number = 0;
    struct buf time;
    if (kind == STORE_CELL_TEXT || !str_to_i64(cell, &number)) {
        evidence_add_cell(b, cell, is_last);
        return;
    }
    buf_init(&time, 64);
    if (kind == STORE_CELL_TIME && number != 0) {
        sink_add_time(&time, number, 'T', 9);
        buf_add_char(&time, 'Z');
    } else if (kind == STORE_CELL_FLAG && number >= 0)
        buf_add(&time, number != 0 ? STR("yes") : STR("no"));
    else if (kind == STORE_CELL_STATE && number >= 0 && number < COVERAGE_STATE_COUNT)
        buf_add(&time, coverage_state_name((enum coverage_state)number));
    evidence_add_cell(b, buf_str(&time), is_last);
    buf_done(&time);
}

void evidence_add_cell(struct buf *b, str text, bool is_last)
{
    buf_add_cell(b, text, false);
    buf_add_char(b, is_last ? '\n' : ',');
}

void evidence_add_number(struct buf *b, uint64_t number, bool is_last)
{
    buf_printf(b, "%" PRIu64 "%c", number, is_last ? '\n' : ',');
}

static enum status gather_files(struct evidence_gathering *g, const char *below, const str *files,
                                size_t count, struct err *err)
{
    struct arena arena = { 0 };
    enum status status = OK;
    for (size_t i = 0; i < count && status == OK; i++) {
        const str base = str_base_name(files[i]);
        const str name = arena_printf(&arena, "%s/%.*s", below, STR_ARG(base));
        status = evidence_members_add_file(g->m, name, files[i], err);
    }
    arena_done(&arena);
    return status;
}
