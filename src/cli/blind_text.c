// Blind spots for spreadsheets (CSV), and the report for wikis and tickets (Markdown).

#include "cli/blind_report.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>

static void add_cell(struct buf *b, str text);
static void add_csv_row(struct buf *b, size_t rank, const struct blind_spot *spot);
static void add_md_head(struct buf *b, const struct blind_report *r);
static void add_md_spots(struct buf *b, const struct blind_report *r, FILE *stream);
static void add_md_rules(struct buf *b, const struct blind_report *r, FILE *stream);
static void add_md_text(struct buf *b, str text);
static void flush(struct buf *b, FILE *stream);

static void flush(struct buf *b, FILE *stream)
{
    (void)fwrite(b->len > 0 ? b->at : "", 1, b->len, stream);
    buf_reset(b);
}

void blind_print_csv(const struct blind_report *r, FILE *stream)
{
    struct buf b;
    buf_init(&b, BLIND_OBJECT_MAX);
    buf_add(&b, STR("rank,blind,id,name,owner,team,role,criticality,in_scope,marked,since,check,"
                    "reason\r\n"));
    for (size_t i = 0; i < r->spots.count; i++) {
        add_csv_row(&b, i + 1, &r->spots.at[i]);
        flush(&b, stream);
    }
    flush(&b, stream);
    buf_done(&b);
}

static void add_csv_row(struct buf *b, size_t rank, const struct blind_spot *spot)
{
    static const struct asset_row none = { .in_scope = -1 };
    const struct asset_row *asset = spot->asset == NULL ? &none : spot->asset->asset;
    buf_printf(b, "%zu,", rank);
    add_cell(b, blind_kind_name(spot->kind));
    add_cell(b, spot->id);
    add_cell(b, spot->name);
    add_cell(b, asset->owner);
    add_cell(b, asset->team);
    add_cell(b, asset->role);
    add_cell(b, assets_criticality(asset->criticality));
    buf_printf(b, "%s,%s,",
               asset->in_scope < 0   ? ""
               : asset->in_scope > 0 ? "yes"
                                     : "no",
               blind_is_marked(spot) ? "yes" : "no");
    if (spot->since_ns != 0) {
        sink_add_time(b, spot->since_ns, 'T', 3);
        buf_add_char(b, 'Z');
    }
    buf_add_char(b, ',');
    add_cell(b, spot->check);
    add_cell(b, spot->reason);
    b->len -= b->len > 0 ? 1 : 0;
    buf_add(b, STR("\r\n"));
}

// Quoted, with a comma behind it. A spreadsheet takes what begins with =, +, - or @ for a formula: an
// apostrophe before it says that it is text.
static void add_cell(struct buf *b, str text)
{
    buf_add_char(b, '"');
    if (text.len > 0 && str_find_char(STR("=+-@\t\r"), text.at[0]) < 6)
        buf_add_char(b, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"')
            buf_add_char(b, '"');
        buf_add_char(b, text.at[i]);
    }
    buf_add(b, STR("\","));
}

void blind_print_md(const struct blind_report *r, FILE *stream)
{
    struct buf b;
    buf_init(&b, BLIND_OBJECT_MAX);
    add_md_head(&b, r);
    flush(&b, stream);
    add_md_spots(&b, r, stream);
    add_md_rules(&b, r, stream);
    buf_done(&b);
}

static void add_md_head(struct buf *b, const struct blind_report *r)
{
    buf_add(b, STR("# Coverage\n\n"));
    buf_printf(b, "%zu assets, %zu Macs that tell", r->posture.asset_count, r->posture.host_count);
    if (r->posture.host_count > 0) {
        buf_add(b, STR(", telemetry to "));
        sink_add_time(b, r->posture.newest_ns, ' ', 3);
    }
    buf_add(b, STR(".\n"));
    if (r->has_before) {
        buf_add(b, STR("Since the report of "));
        sink_add_time(b, r->before_ns, ' ', 3);
        buf_printf(b, " %zu blind spots are new and %zu are gone.\n", r->change.came_count,
                   r->change.went_count);
    }
    buf_add(b, STR("\n| Blind spots | Count |\n|---|---|\n"));
    for (enum blind_kind kind = 0; kind < BLIND_KIND_COUNT; kind++) {
        const str name = blind_kind_name(kind);
        buf_printf(b, "| %.*s | %zu |\n", STR_ARG(name), r->spots.kinds[kind]);
    }
}

static void add_md_spots(struct buf *b, const struct blind_report *r, FILE *stream)
{
    buf_add(b, STR("\n## Blind spots\n\n"
                   "| Rank | Kind | Id | Name | Role | Owner | Since | Check | Reason |\n"
                   "|---|---|---|---|---|---|---|---|---|\n"));
    for (size_t i = 0; i < r->spots.count; i++) {
        const struct blind_spot *spot = &r->spots.at[i];
        buf_printf(b, "| %zu", i + 1);
        add_md_text(b, blind_kind_name(spot->kind));
        add_md_text(b, spot->id);
        add_md_text(b, spot->name);
        add_md_text(b, spot->asset == NULL ? STR_EMPTY : spot->asset->asset->role);
        add_md_text(b, spot->asset == NULL ? STR_EMPTY : spot->asset->asset->owner);
        buf_add(b, STR(" | "));
        if (spot->since_ns != 0)
            sink_add_time(b, spot->since_ns, ' ', 3);
        add_md_text(b, spot->check);
        add_md_text(b, spot->reason);
        buf_add(b, STR(" |\n"));
        flush(b, stream);
    }
}

static void add_md_rules(struct buf *b, const struct blind_report *r, FILE *stream)
{
    buf_add(
        b, STR("\n## Rules\n\n| Rule | Assets on which it can see | Degraded | Blind | Most for |\n"
               "|---|---|---|---|---|\n"));
    for (size_t i = 0; i < r->rule_count; i++) {
        const struct sight_rule *rule = &r->sights[i];
        add_md_text(b, r->rules[i].facts->id);
        buf_printf(b, " | %zu | %zu | %zu", rule->assets[COVERAGE_SEES],
                   rule->assets[COVERAGE_SEES_BADLY], rule->assets[COVERAGE_BLIND]);
        add_md_text(b, rule->blame == SIGNAL_COUNT ? STR_EMPTY : signal_traits[rule->blame].name);
        buf_add(b, STR(" |\n"));
        flush(b, stream);
    }
}

// " | " and the text in one line, without what Markdown or HTML would act on.
static void add_md_text(struct buf *b, str text)
{
    struct buf safe;
    buf_init(&safe, BLIND_OBJECT_MAX);
    sink_add_escaped(&safe, text);
    const str one = buf_str(&safe);
    buf_add(b, STR(" | "));
    for (size_t i = 0; i < one.len; i++) {
        if (str_find_char(STR("|<>&*_`[]"), one.at[i]) < 9)
            buf_printf(b, "&#%d;", one.at[i]);
        else
            buf_add_char(b, one.at[i]);
    }
    buf_done(&safe);
}
