// The report for spreadsheets: one table, whose first column says what a row is part of.
//
//     sees     assets by how they stand, and each rule on each asset
//     blind    a blind spot, with its rank
//     canary   the last canary of a Mac: what became of it, and which signals it proved
//     changed  teams with assets that got worse or better since the last report
//     new      a blind spot that came since, and
//     gone     one that went
//     decided  findings, by what was decided, and the time to triage
//     signal   assets by the state of a signal
//     rule     assets by whether a rule can see on them
//     asset    an asset's state of a signal

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
static void add_signals(struct buf *b, const struct blind_report *r);
static void add_rules(struct buf *b, const struct blind_report *r);
static void add_states(struct buf *b, const struct posture_asset *asset);
static void add_count(struct buf *b, const char *part, str what, uint64_t count, str of);
static void add_since(struct buf *b, int64_t since_ns);
static void add_cell(struct buf *b, str text);
static void flush(struct buf *b, FILE *stream);

void blind_print_csv(const struct blind_report *r, FILE *stream)
{
    struct buf b;
    buf_init(&b, BLIND_OBJECT_MAX);
    buf_add(&b,
            STR("part,rank,what,id,name,owner,team,role,criticality,in_scope,marked,since,check,"
                "reason,count,of\r\n"));
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
    add_signals(&b, r);
    add_rules(&b, r);
    flush(&b, stream);
    for (size_t i = 0; i < r->posture.asset_count; i++) {
        add_states(&b, &r->posture.assets[i]);
        flush(&b, stream);
    }
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
        add_count(b, "sees", sight_standing_name(i), r->sight.standings[i], STR_EMPTY);
    for (enum coverage_sight sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++) {
        struct buf what;
        buf_init(&what, BLIND_OBJECT_MAX);
        buf_printf(&what, "a rule on an asset: %.*s", STR_ARG(coverage_sight_name(sight)));
        add_count(b, "sees", buf_str(&what), r->sight.all[sight], STR_EMPTY);
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
    add_since(b, spot->since_ns);
    add_cell(b, spot->check);
    add_cell(b, spot->reason);
    buf_add(b, STR(",\r\n"));
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
    buf_add(b, STR(",\r\n"));
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
            buf_printf(b, ",,,,,,,%zu,\r\n", sides[side].count);
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
        buf_add(b, STR(",,,,,,,,,,,\r\n"));
        flush(b, stream);
    }
}

static void add_decided(struct buf *b, const struct finding_totals *f)
{
    add_count(b, "decided", finding_status_name(FINDING_OPEN), (uint64_t)f->open, STR_EMPTY);
    add_count(b, "decided", finding_status_name(FINDING_ASSIGNED), (uint64_t)f->assigned,
              STR_EMPTY);
    for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
        add_count(b, "decided", disposition_name((enum disposition)i), (uint64_t)f->closed[i],
                  STR_EMPTY);
    if (f->triage_ns >= 0)
        add_count(b, "decided", STR("seconds to triage, median"),
                  (uint64_t)(f->triage_ns / NS_PER_SECOND), STR_EMPTY);
}

static void add_signals(struct buf *b, const struct blind_report *r)
{
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++)
            add_count(b, "signal", coverage_state_name(state), blind_count(r, s, state),
                      signal_traits[s].name);
}

static void add_rules(struct buf *b, const struct blind_report *r)
{
    for (size_t i = 0; i < r->rule_count; i++)
        for (enum coverage_sight sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++)
            add_count(b, "rule", coverage_sight_name(sight), r->sight.rules[i].assets[sight],
                      r->rules[i].facts->id);
}

static void add_states(struct buf *b, const struct posture_asset *asset)
{
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        const struct kept_signal *signal = &asset->signals[s];
        buf_add(b, STR("asset,,"));
        add_cell(b, coverage_state_name(signal->state));
        add_cell(b, asset->asset->id);
        add_cell(b, asset->asset->host_name);
        add_asset(b, asset->asset);
        buf_add_char(b, ',');
        add_since(b, signal->since_ns);
        add_cell(b, signal->check);
        add_cell(b, signal->reason);
        buf_add_char(b, ',');
        buf_add_cell(b, signal_traits[s].name, true);
        buf_add(b, STR("\r\n"));
    }
}

static void add_count(struct buf *b, const char *part, str what, uint64_t count, str of)
{
    buf_printf(b, "%s,,", part);
    add_cell(b, what);
    buf_printf(b, ",,,,,,,,,,,%" PRIu64 ",", count);
    buf_add_cell(b, of, true);
    buf_add(b, STR("\r\n"));
}

static void add_since(struct buf *b, int64_t since_ns)
{
    if (since_ns != 0) {
        sink_add_time(b, since_ns, 'T', 3);
        buf_add_char(b, 'Z');
    }
    buf_add_char(b, ',');
}

// Quoted, with a comma behind it.
static void add_cell(struct buf *b, str text)
{
    buf_add_cell(b, text, true);
    buf_add_char(b, ',');
}
