// pomona baseline review and list: entries with their evidence.

#include "cli/baseline_options.h"
#include "sink/json.h"

#include <inttypes.h>
#include <stdio.h>

#define ROW_BYTES_MAX (256u * 1024u)
#define SECOND_NS     INT64_C(1000000000)

static void add_json(struct buf *b, const struct baseline_row *row,
                     const struct baseline_meta *meta);
static void add_party(struct buf *b, str key, str identity, str signing_id, str path);
static void add_table(struct buf *b, const struct baseline_row *row,
                      const struct baseline_meta *meta);
static void add_state(struct buf *b, const struct baseline_row *row);
static void add_count(struct buf *b, uint64_t n, const char *one);
static void add_day(struct buf *b, int64_t time_ns);
static void add_shown(struct buf *b, str text);
static unsigned noisiest_percent(const struct baseline_row *row);
static void print_total(const struct baseline_meta *meta, uint64_t shown);

int baseline_print(struct baseline_options *o, bool is_review)
{
    struct db *db = NULL;
    struct baseline_rows *rows = NULL;
    struct baseline_meta meta = { 0 };
    struct baseline_row row;
    struct arena arena = { 0 };
    struct buf text;
    struct err err;
    uint64_t shown = 0;
    if (is_review && o->filter.has_state)
        return cli_fail(EXIT_USAGE, "review shows proposals; `pomona baseline list` takes --state");
    o->filter.has_state |= is_review;  // BASELINE_PROPOSAL is 0.
    const int code = store_options_open(&o->store, DB_READ, &db);
    if (code != EXIT_DONE)
        return code;
    buf_init(&text, ROW_BYTES_MAX);
    enum status status = baseline_store_meta(db, &meta, &err);
    if (status == OK)
        status = baseline_rows_open(db, &o->filter, false, &rows, &err);
    while (status == OK && (status = baseline_rows_next(rows, &arena, &row, &err)) == OK) {
        if (o->is_table)
            add_table(&text, &row, &meta);
        else
            add_json(&text, &row, &meta);
        if (text.failed) {
            status =
                fail(&err, ERR_LIMIT, "entry %s is longer than %u octets", row.id, ROW_BYTES_MAX);
            break;
        }
        (void)fwrite(buf_str(&text).at, 1, text.len, stdout);
        buf_reset(&text);
        arena_reset(&arena);
        shown++;
    }
    baseline_rows_close(rows);
    db_close(db);
    buf_done(&text);
    arena_done(&arena);
    if (status != END)
        return cli_fail(cli_exit_of(status), "%s", err.text);
    if (o->is_table)
        print_total(&meta, shown);
    return EXIT_DONE;
}

static void print_total(const struct baseline_meta *meta, uint64_t shown)
{
    struct buf b;
    buf_init(&b, 1024);
    buf_printf(&b,
               "%" PRIu64 " shown; the baseline has %" PRIu64 " proposed, %" PRIu64
               " expected, %" PRIu64 " refused, learned from ",
               shown, meta->entries[BASELINE_PROPOSAL], meta->entries[BASELINE_EXPECTED],
               meta->entries[BASELINE_REFUSED]);
    add_count(&b, meta->hosts, "host");
    buf_add(&b, STR(" on "));
    add_count(&b, meta->host_days, "host-day");
    buf_add(&b, STR(" in "));
    add_count(&b, meta->runs, "run");
    buf_add_char(&b, '\n');
    (void)fwrite(b.at, 1, b.len, stdout);
    buf_done(&b);
}

static void add_json(struct buf *b, const struct baseline_row *row,
                     const struct baseline_meta *meta)
{
    const struct baseline_evidence *e = &row->evidence;
    const uint32_t warnings = proposal_warnings(row, meta);
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("id"), str_of(row->id));
    sink_json_text(b, STR("state"), baseline_state_name(row->state));
    sink_json_text(b, STR("behaviour"), e->behaviour);
    add_party(b, STR("actor"), e->actor, e->actor_signing_id, e->actor_path);
    if (e->object.len > 0)
        add_party(b, STR("object"), e->object, e->object_signing_id, e->object_path);
    sink_json_int(b, STR("hosts"), (int64_t)row->host_count);
    sink_json_int(b, STR("hosts_total"), (int64_t)meta->hosts);
    sink_json_int(b, STR("days"), (int64_t)row->day_count);
    sink_json_int(b, STR("events"), (int64_t)e->events);
    sink_json_time(b, STR("first_seen"), e->first_ns);
    sink_json_time(b, STR("last_seen"), e->last_ns);
    sink_json_int(b, STR("noisiest_host_percent"), noisiest_percent(row));
    sink_json_open(b, STR("rules"), '[');
    str rest = e->rules;
    for (str rule; str_take_until(&rest, ' ', &rule);)
        sink_json_text(b, STR_EMPTY, rule);
    sink_json_close(b, ']');
    sink_json_open(b, STR("warnings"), '[');
    for (unsigned i = 0; i < PROPOSAL_WARNING_COUNT; i++)
        if ((warnings >> i & 1u) != 0)
            sink_json_text(b, STR_EMPTY, proposal_warning_name((enum proposal_warning)i));
    sink_json_close(b, ']');
    if (row->state == BASELINE_EXPECTED) {
        sink_json_text(b, STR("owner"), row->owner);
        sink_json_text(b, STR("reason"), row->reason);
        sink_json_text(b, STR("promoted_by"), row->promoted_by);
        sink_json_time(b, STR("promoted"), row->promoted_s * SECOND_NS);
        sink_json_time(b, STR("expires"), row->expires_s * SECOND_NS);
        sink_json_bool(b, STR("allows_critical"), row->allows_critical);
    }
    sink_json_close(b, '}');
    buf_add_char(b, '\n');
}

static void add_party(struct buf *b, str key, str identity, str signing_id, str path)
{
    sink_json_open(b, key, '{');
    sink_json_text(b, STR("identity"), identity);
    sink_json_text_known(b, STR("signing_id"), signing_id);
    sink_json_text_known(b, STR("path"), path);
    sink_json_close(b, '}');
}

static void add_table(struct buf *b, const struct baseline_row *row,
                      const struct baseline_meta *meta)
{
    const struct baseline_evidence *e = &row->evidence;
    const uint32_t warnings = proposal_warnings(row, meta);
    buf_printf(b, "%s  %-23.*s  ", row->id, STR_ARG(e->behaviour));
    add_shown(b, e->actor);
    if (e->object.len > 0) {
        buf_add(b, STR(" -> "));
        add_shown(b, e->object);
    }
    buf_printf(b, "\n    %" PRIu64 " of ", row->host_count);
    add_count(b, meta->hosts, "host");
    buf_add(b, STR(", "));
    add_count(b, row->day_count, "day");
    buf_add(b, STR(", "));
    add_count(b, e->events, "event");
    buf_printf(b, ", the noisiest host has %u %%; from ", noisiest_percent(row));
    add_day(b, e->first_ns);
    buf_add(b, STR(" to "));
    add_day(b, e->last_ns);
    buf_add(b, STR("\n    "));
    add_shown(b, e->actor_path);
    if (e->object_path.len > 0) {
        buf_add(b, STR(" -> "));
        add_shown(b, e->object_path);
    }
    buf_add_char(b, '\n');
    if (e->rules.len > 0) {
        buf_add(b, STR("    matched by "));
        add_shown(b, e->rules);
        buf_add_char(b, '\n');
    }
    for (unsigned i = 0; i < PROPOSAL_WARNING_COUNT; i++)
        if ((warnings >> i & 1u) != 0)
            buf_printf(b, "    ! %.*s\n",
                       STR_ARG(proposal_warning_sentence((enum proposal_warning)i)));
    add_state(b, row);
}

static void add_state(struct buf *b, const struct baseline_row *row)
{
    if (row->state == BASELINE_REFUSED)
        buf_add(b, STR("    refused\n"));
    if (row->state != BASELINE_EXPECTED)
        return;
    buf_add(b, STR("    expected until "));
    add_day(b, (row->expires_s - 1) * SECOND_NS);
    buf_add(b, row->allows_critical ? STR(", critical findings too: ") : STR(": "));
    add_shown(b, row->reason);
    buf_add(b, STR(" ("));
    add_shown(b, row->owner);
    buf_add(b, STR(")\n"));
}

static void add_count(struct buf *b, uint64_t n, const char *one)
{
    buf_printf(b, "%" PRIu64 " %s%s", n, one, n == 1 ? "" : "s");
}

static void add_day(struct buf *b, int64_t time_ns)
{
    struct buf time;
    buf_init(&time, 64);
    sink_add_time(&time, time_ns, 'T', 0);
    buf_add(b, str_to(buf_str(&time), 10));
    buf_done(&time);
}

// On one line, and harmless to a terminal.
static void add_shown(struct buf *b, str text)
{
    for (size_t at; (at = str_find_char(text, '\n')) < text.len; text = str_from(text, at + 1)) {
        buf_add_printable(b, str_to(text, at));
        buf_add(b, STR("\\x0a"));
    }
    buf_add_printable(b, text);
}

static unsigned noisiest_percent(const struct baseline_row *row)
{
    const uint64_t events = row->evidence.events;
    return events == 0 || row->noisiest > events
               ? 100
               : (unsigned)(100.0 * (double)row->noisiest / (double)events + 0.5);
}
