// The report for spreadsheets: one table, whose first column says what a row is part of.
//
//     sees     assets by how they stand, and each rule on each asset
//     blind    a blind spot, with its rank
//     canary   the last canary of a Mac: what became of it, and which signals it proved
//     changed  teams with assets that got worse or better since the last report
//     new      a blind spot that came since, and
//     gone     one that went
//     decided  findings, by what was decided, and the time to triage

#include "cli/blind_report.h"
#include "sink/json.h"

#include <inttypes.h>

#define NS_PER_SECOND INT64_C(1000000000)

static void add_blind(struct buf *b, size_t rank, const struct blind_spot *spot);
static void add_canary(struct buf *b, const struct posture_canary *canary);
static void add_bits(struct buf *b, uint32_t signals);
static void add_asset(struct buf *b, const struct asset_row *asset);
static void add_sees(struct buf *b, const struct blind_report *r);
static void add_changes(struct buf *b, const struct blind_report *r, FILE *stream);
static void add_lines(struct buf *b, const char *part, const struct change_line *lines,
                      size_t count, FILE *stream);
static void add_decided(struct buf *b, const struct finding_totals *f);
static void add_count(struct buf *b, const char *part, str what, uint64_t count);
static void add_cell(struct buf *b, str text);
static void flush(struct buf *b, FILE *stream);

void blind_print_csv(const struct blind_report *r, FILE *stream)
{
    struct buf b;
    buf_init(&b, BLIND_OBJECT_MAX);
    buf_add(&b,
            STR("part,rank,what,id,name,owner,team,role,criticality,in_scope,marked,since,check,"
                "reason,count\r\n"));
    add_sees(&b, r);
    for (size_t i = 0; i < r->spots.count; i++) {
        add_blind(&b, i + 1, &r->spots.at[i]);
        flush(&b, stream);
    }
    for (size_t i = 0; i < r->posture.canary_count; i++) {
        if (blind_tells_canary(&r->posture.canaries[i]))
            add_canary(&b, &r->posture.canaries[i]);
        flush(&b, stream);
    }
    add_changes(&b, r, stream);
    add_decided(&b, &r->findings);
    flush(&b, stream);
    buf_done(&b);
}

static void flush(struct buf *b, FILE *stream)
{
    (void)fwrite(b->len > 0 ? b->at : "", 1, b->len, stream);
    buf_reset(b);
}

static void add_sees(struct buf *b, const struct blind_report *r)
{
    for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++)
        add_count(b, "sees", sight_standing_name(i), r->sight.standings[i]);
    for (enum coverage_sight sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++) {
        struct buf what;
        buf_init(&what, BLIND_OBJECT_MAX);
        buf_printf(&what, "a rule on an asset: %.*s", STR_ARG(coverage_sight_name(sight)));
        add_count(b, "sees", buf_str(&what), r->sight.all[sight]);
        buf_done(&what);
    }
}

static void add_blind(struct buf *b, size_t rank, const struct blind_spot *spot)
{
    static const struct asset_row none = { .in_scope = -1 };
    buf_printf(b, "blind,%zu,", rank);
    add_cell(b, blind_kind_name(spot->kind));
    add_cell(b, spot->id);
    add_cell(b, spot->name);
    add_asset(b, spot->asset == NULL ? &none : spot->asset->asset);
    buf_printf(b, "%s,", blind_is_marked(spot) ? "yes" : "no");
    if (spot->since_ns != 0) {
        sink_add_time(b, spot->since_ns, 'T', 3);
        buf_add_char(b, 'Z');
    }
    buf_add_char(b, ',');
    add_cell(b, spot->check);
    add_cell(b, spot->reason);
    buf_add(b, STR("\r\n"));
}

static void add_canary(struct buf *b, const struct posture_canary *canary)
{
    static const struct asset_row none = { .in_scope = -1 };
    const struct kept_canary *from = canary->canary;
    struct buf reason;
    buf_add(b, STR("canary,,"));
    add_cell(b, proof_answer_name(canary->answer));
    add_cell(b, canary->asset == NULL ? proof_name_of(canary) : canary->asset->asset->id);
    add_cell(b, from->host_name.len > 0 ? from->host_name : from->row.host);
    add_asset(b, canary->asset == NULL ? &none : canary->asset->asset);
    buf_add_char(b, ',');
    sink_add_time(b, from->at_ns, 'T', 3);
    buf_add(b, STR("Z,,"));
    buf_init(&reason, BLIND_OBJECT_MAX);
    buf_printf(&reason, "%.*s; proved: ", STR_ARG(from->row.nonce));
    add_bits(&reason, from->proved);
    buf_add(&reason, STR("; missing: "));
    add_bits(&reason, canary->missing);
    add_cell(b, buf_str(&reason));
    buf_add(b, STR("\r\n"));
    buf_done(&reason);
}

static void add_bits(struct buf *b, uint32_t signals)
{
    const char *separator = "";
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        if ((signals & SIGNAL_BIT(s)) == 0)
            continue;
        buf_printf(b, "%s%.*s", separator, STR_ARG(signal_traits[s].name));
        separator = ", ";
    }
    if (signals == 0)
        buf_add(b, STR("none"));
}

static void add_asset(struct buf *b, const struct asset_row *asset)
{
    add_cell(b, asset->owner);
    add_cell(b, asset->team);
    add_cell(b, asset->role);
    add_cell(b, assets_criticality(asset->criticality));
    if (asset->in_scope >= 0)
        buf_add(b, asset->in_scope > 0 ? STR("yes") : STR("no"));
    buf_add_char(b, ',');
}

static void add_changes(struct buf *b, const struct blind_report *r, FILE *stream)
{
    for (size_t i = 0; i < r->swing.team_count; i++) {
        const struct swing_team *team = &r->swing.teams[i];
        const struct {
            const char *what;
            size_t count;
        } sides[] = { { "worse", team->worse }, { "better", team->better } };
        for (size_t side = 0; side < COUNT_OF(sides); side++) {
            buf_printf(b, "changed,,%s,,,,", sides[side].what);
            add_cell(b, team->name);
            buf_printf(b, ",,,,,,,%zu\r\n", sides[side].count);
        }
        flush(b, stream);
    }
    add_lines(b, "new", r->change.came, r->change.came_count, stream);
    add_lines(b, "gone", r->change.went, r->change.went_count, stream);
}

static void add_lines(struct buf *b, const char *part, const struct change_line *lines,
                      size_t count, FILE *stream)
{
    for (size_t i = 0; i < count; i++) {
        buf_printf(b, "%s,,", part);
        add_cell(b, lines[i].kind);
        add_cell(b, lines[i].id);
        buf_add(b, STR(",,,,,,,,,,\r\n"));
        flush(b, stream);
    }
}

static void add_decided(struct buf *b, const struct finding_totals *f)
{
    add_count(b, "decided", finding_status_name(FINDING_OPEN), (uint64_t)f->open);
    add_count(b, "decided", finding_status_name(FINDING_ASSIGNED), (uint64_t)f->assigned);
    for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
        add_count(b, "decided", disposition_name((enum disposition)i), (uint64_t)f->closed[i]);
    if (f->triage_ns >= 0)
        add_count(b, "decided", STR("seconds to triage, median"),
                  (uint64_t)(f->triage_ns / NS_PER_SECOND));
}

static void add_count(struct buf *b, const char *part, str what, uint64_t count)
{
    buf_printf(b, "%s,,", part);
    add_cell(b, what);
    buf_printf(b, ",,,,,,,,,,,%" PRIu64 "\r\n", count);
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
