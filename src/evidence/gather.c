#include "evidence/gather.h"

#include "fidelity/coverage.h"
#include "sink/json.h"
#include "store/audit.h"

#include <inttypes.h>

struct gathering {
    struct db *db;
    struct buf *out;
    struct evidence_counts *counts;
    const struct store_evidence_table *table;
    uint64_t rows;
};

static enum status gather_store(struct db *db, struct evidence_options *o,
                                struct evidence_members *m, struct evidence_counts *counts,
                                struct err *err);
static enum status gather_findings(struct gathering *g, const struct evidence_options *o,
                                   struct evidence_members *m, struct err *err);
static enum status add_finding(void *context, const struct store_evidence_finding *row,
                               struct err *err);
static void add_note(void *context, const struct finding_note *note);
static void add_time_known(struct buf *b, str key, int64_t time_ns);
static enum status gather_audit_log(struct gathering *g, struct evidence_options *o,
                                    struct evidence_members *m, struct err *err);
static void add_entry(void *context, const struct audit_entry *e);
static enum status gather_table(struct gathering *g, const struct evidence_options *o,
                                struct evidence_members *m, str name,
                                const struct store_evidence_table *table, struct err *err);
static void add_row(void *context, const str *cells);
static void add_cell_of(struct buf *b, enum store_evidence_cell kind, str cell, bool is_last);
static enum status gather_attachments(const struct evidence_options *o, struct evidence_members *m,
                                      struct err *err);

enum status evidence_gather(struct db *db, struct evidence_options *o, struct evidence_members *m,
                            struct evidence_counts *counts, struct err *err)
{
    *counts = (struct evidence_counts){ 0 };
    enum status status = store_evidence_begin(db, err);
    if (status != OK)
        return status;
    status = gather_store(db, o, m, counts, err);
    store_evidence_end(db);
    if (status == OK)
        status = evidence_gather_rules(o, m, counts, err);
    if (status == OK)
        status = gather_attachments(o, m, err);
    return status == OK ? evidence_gather_claim(o, m, counts, err) : status;
}

static enum status gather_store(struct db *db, struct evidence_options *o,
                                struct evidence_members *m, struct evidence_counts *counts,
                                struct err *err)
{
    struct gathering g = { .db = db, .counts = counts };
    enum status status = gather_audit_log(&g, o, m, err);
    if (status == OK)
        status = gather_findings(&g, o, m, err);
    if (status == OK)
        status = gather_table(&g, o, m, STR("assets.csv"), &store_evidence_assets, err);
    counts->assets = g.rows;
    if (status == OK)
        status = gather_table(&g, o, m, STR("coverage.csv"), &store_evidence_coverage, err);
    counts->spans = g.rows;
    return status;
}

static enum status gather_findings(struct gathering *g, const struct evidence_options *o,
                                   struct evidence_members *m, struct err *err)
{
    struct buf b;
    buf_init(&b, EVIDENCE_MEMBER_MAX);
    g->out = &b;
    const enum status status =
        store_evidence_findings(g->db, o->from_ns, o->to_ns, add_finding, g, err);
    if (status == OK)
        return evidence_members_add(m, STR("findings.ndjson"), &b, err);
    buf_done(&b);
    return status;
}

static enum status add_finding(void *context, const struct store_evidence_finding *row,
                               struct err *err)
{
    struct gathering *g = context;
    struct buf *b = g->out;
    const bool is_closed = row->status == FINDING_CLOSED;
    g->counts->findings++;
    g->counts->closed[is_closed ? row->disposition : DISPOSITION_NONE]++;
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("id"), row->id);
    sink_json_text(b, STR("status"), finding_status_name(row->status));
    if (is_closed)
        sink_json_text(b, STR("disposition"), disposition_name(row->disposition));
    sink_json_text_known(b, STR("assignee"), row->assignee);
    add_time_known(b, STR("triaged"), row->triaged_ns);
    add_time_known(b, STR("closed"), row->closed_ns);
    sink_json_text_known(b, STR("closed_by"), row->closed_by);
    // What is JSON already stands as it is.
    if (row->close_out.len > 0) {
        buf_add(b, STR(",\"close_out\":"));
        buf_add(b, row->close_out);
    }
    sink_json_open(b, STR("notes"), '[');
    const enum status status = findings_notes(g->db, row->id, add_note, g, err);
    sink_json_close(b, ']');
    buf_add(b, STR(",\"finding\":"));
    buf_add(b, row->record.len > 0 ? row->record : STR("null"));
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
    return status;
}

static void add_note(void *context, const struct finding_note *note)
{
    struct gathering *g = context;
    sink_json_open(g->out, STR_EMPTY, '{');
    sink_json_time(g->out, STR("at"), note->at_ns);
    sink_json_text(g->out, STR("who"), note->who);
    sink_json_text(g->out, STR("text"), note->text);
    sink_json_close(g->out, '}');
}

static void add_time_known(struct buf *b, str key, int64_t time_ns)
{
    if (time_ns != 0)
        sink_json_time(b, key, time_ns);
}

static enum status gather_audit_log(struct gathering *g, struct evidence_options *o,
                                    struct evidence_members *m, struct err *err)
{
    struct buf b;
    struct audit_report report;
    char head[EVIDENCE_FINGERPRINT_SIZE];
    enum status status = audit_verify(g->db, &report, err);
    if (status == OK && report.bad_seq != 0)
        status = fail(err, ERR_FORMAT,
                      "no pack is made: the audit log does not hold: entry %" PRId64 ": %s",
                      report.bad_seq, report.why);
    if (status != OK)
        return status;
    evidence_hex(report.head, AUDIT_HASH_BYTES, head);
    o->about.audit_count = report.count;
    o->about.audit_head = arena_str(&m->names, str_of(head));
    buf_init(&b, EVIDENCE_MEMBER_MAX);
    g->out = &b;
    status = audit_list(g->db, add_entry, g, err);
    if (status == OK)
        return evidence_members_add(m, STR("audit-log.ndjson"), &b, err);
    buf_done(&b);
    return status;
}

// `detail` as text: it is part of what is hashed.
static void add_entry(void *context, const struct audit_entry *e)
{
    struct buf *b = ((struct gathering *)context)->out;
    char hex[EVIDENCE_FINGERPRINT_SIZE];
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_int(b, STR("seq"), e->seq);
    sink_json_int(b, STR("at_ns"), e->at_ns);
    sink_json_text(b, STR("who"), e->who);
    sink_json_text(b, STR("action"), e->action);
    sink_json_text(b, STR("subject"), e->subject);
    sink_json_text(b, STR("why"), e->why);
    sink_json_text(b, STR("detail"), e->detail);
    evidence_hex(e->previous, AUDIT_HASH_BYTES, hex);
    sink_json_text(b, STR("previous"), str_of(hex));
    evidence_hex(e->hash, AUDIT_HASH_BYTES, hex);
    sink_json_text(b, STR("hash"), str_of(hex));
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}

static enum status gather_table(struct gathering *g, const struct evidence_options *o,
                                struct evidence_members *m, str name,
                                const struct store_evidence_table *table, struct err *err)
{
    struct buf b;
    buf_init(&b, EVIDENCE_MEMBER_MAX);
    g->out = &b;
    g->table = table;
    g->rows = 0;
    for (size_t i = 0; i < table->count; i++)
        evidence_add_cell(&b, table->columns[i].name, i + 1 == table->count);
    const enum status status =
        store_evidence_rows(g->db, table, o->from_ns, o->to_ns, add_row, g, err);
    if (status == OK)
        return evidence_members_add(m, name, &b, err);
    buf_done(&b);
    return status;
}

static void add_row(void *context, const str *cells)
{
    struct gathering *g = context;
    g->rows++;
    for (size_t i = 0; i < g->table->count; i++)
        add_cell_of(g->out, g->table->columns[i].kind, cells[i], i + 1 == g->table->count);
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
    bool needs_quotes = false;
    for (size_t i = 0; i < text.len; i++)
        needs_quotes |=
            text.at[i] == ',' || text.at[i] == '"' || text.at[i] == '\n' || text.at[i] == '\r';
    if (needs_quotes)
        buf_add_char(b, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"')
            buf_add_char(b, '"');
        buf_add_char(b, text.at[i]);
    }
    if (needs_quotes)
        buf_add_char(b, '"');
    buf_add_char(b, is_last ? '\n' : ',');
}

static enum status gather_attachments(const struct evidence_options *o, struct evidence_members *m,
                                      struct err *err)
{
    struct arena arena = { 0 };
    enum status status = OK;
    for (size_t i = 0; i < o->attachment_count && status == OK; i++) {
        const str base = str_base_name(o->attachments[i]);
        const str name = arena_printf(&arena, "attachments/%.*s", STR_ARG(base));
        status = evidence_members_add_file(m, name, o->attachments[i], err);
    }
    arena_done(&arena);
    return status;
}
