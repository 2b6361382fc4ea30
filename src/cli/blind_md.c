// The report for wikis and tickets (Markdown).

#include "cli/blind_report.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>
#include <stdlib.h>

#define TEAMS_SHOWN 50u
#define MACS_SHOWN  500u  // Of the matrix, without --all.

static void add_head(struct buf *b, const struct blind_report *r);
static void add_sees(struct buf *b, const struct blind_report *r);
static void add_changes(struct buf *b, const struct blind_report *r);
static void add_decided(struct buf *b, const struct finding_totals *f);
static void add_spots(struct buf *b, const struct blind_report *r, FILE *stream);
static void add_canaries(struct buf *b, const struct blind_report *r, FILE *stream);
static void add_signals(struct buf *b, const struct blind_report *r, FILE *stream);
static void add_rules(struct buf *b, const struct blind_report *r, FILE *stream);
static void add_matrix(struct buf *b, const struct blind_report *r, FILE *stream);
static void add_matrix_head(struct buf *b);
static void add_limits(struct buf *b);
static void add_text(struct buf *b, str text);
static void flush(struct buf *b, FILE *stream);

void blind_print_md(const struct blind_report *r, FILE *stream)
{
    struct buf b;
    buf_init(&b, BLIND_OBJECT_MAX);
    add_head(&b, r);
    add_sees(&b, r);
    add_changes(&b, r);
    add_decided(&b, &r->findings);
    flush(&b, stream);
    add_spots(&b, r, stream);
    add_canaries(&b, r, stream);
    add_signals(&b, r, stream);
    add_rules(&b, r, stream);
    add_matrix(&b, r, stream);
    add_limits(&b);
    flush(&b, stream);
    buf_done(&b);
}

static void flush(struct buf *b, FILE *stream)
{
    (void)fwrite(b->len > 0 ? b->at : "", 1, b->len, stream);
    buf_reset(b);
}

static void add_head(struct buf *b, const struct blind_report *r)
{
    buf_add(b, STR("# Coverage\n\nAs of "));
    sink_add_time(b, r->made_ns, ' ', 3);
    buf_printf(b, " (UTC): %zu assets, %zu Macs that tell", r->posture.asset_count,
               r->posture.host_count);
    if (r->posture.host_count > 0) {
        buf_add(b, STR(", telemetry from "));
        sink_add_time(b, r->posture.oldest_ns, ' ', 3);
        buf_add(b, STR(" to "));
        sink_add_time(b, r->posture.newest_ns, ' ', 3);
    }
    buf_add(b, STR(".\n"));
}

static void add_sees(struct buf *b, const struct blind_report *r)
{
    const uint64_t *all = r->sight.all;
    buf_add(b, STR("\n## Can we see\n\n| Rules that can see | Assets |\n|---|---|\n"));
    for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++)
        buf_printf(b, "| %.*s | %zu |\n", STR_ARG(sight_standing_name(i)), r->sight.standings[i]);
    buf_printf(b,
               "\nEach rule on each asset: %" PRIu64 " can see, %" PRIu64 " degraded, %" PRIu64
               " blind.\n",
               all[COVERAGE_SEES], all[COVERAGE_SEES_BADLY], all[COVERAGE_BLIND]);
    buf_add(b, STR("\n## Where not\n\n| Blind spots | Count |\n|---|---|\n"));
    for (enum blind_kind kind = 0; kind < BLIND_KIND_COUNT; kind++)
        buf_printf(b, "| %.*s | %zu |\n", STR_ARG(blind_kind_name(kind)), r->spots.kinds[kind]);
}

static void add_changes(struct buf *b, const struct blind_report *r)
{
    buf_add(b, STR("\n## What changed\n\n"));
    if (!r->has_before) {
        buf_add(b, STR("No earlier report was kept.\n"));
        return;
    }
    buf_add(b, STR("Since the report of "));
    sink_add_time(b, r->before_ns, ' ', 3);
    buf_printf(b,
               " %zu blind spots are new and %zu are gone; %zu assets or Macs got worse, %zu"
               " better.\n",
               r->change.came_count, r->change.went_count, r->swing.worse, r->swing.better);
    if (r->swing.team_count == 0)
        return;
    buf_add(b, STR("\n| Team | Worse | Better |\n|---|---|---|\n"));
    for (size_t i = 0; i < r->swing.team_count && i < TEAMS_SHOWN; i++) {
        const struct swing_team *team = &r->swing.teams[i];
        add_text(b, team->name.len > 0 ? team->name : STR("no team known"));
        buf_printf(b, "| %zu | %zu |\n", team->worse, team->better);
    }
    if (r->swing.team_count > TEAMS_SHOWN)
        buf_printf(b, "\nand %zu more teams\n", r->swing.team_count - TEAMS_SHOWN);
}

static void add_decided(struct buf *b, const struct finding_totals *f)
{
    buf_printf(b,
               "\n## What was decided\n\nOf %" PRId64 " findings %" PRId64
               " are open, of which %" PRId64 " are assigned and %" PRId64
               " high or critical. Time to triage, median: ",
               f->count, f->open + f->assigned, f->assigned, f->grave);
    if (f->triage_ns < 0)
        buf_add(b, STR("nobody began yet"));
    else
        blind_add_span(b, f->triage_ns);
    buf_add(b, STR(".\n\n| Decided | Findings |\n|---|---|\n"));
    for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
        buf_printf(b, "| %.*s | %" PRId64 " |\n", STR_ARG(disposition_name((enum disposition)i)),
                   f->closed[i]);
}

static void add_limits(struct buf *b)
{
    buf_add(b,
            STR("\n## Limits\n\nThis says where an attack would be seen, not that there was none."
                " What no sensor shows:\n\n"));
    for (size_t i = 0; coverage_limit(i).len > 0; i++)
        buf_printf(b, "- %.*s\n", STR_ARG(coverage_limit(i)));
}

static void add_spots(struct buf *b, const struct blind_report *r, FILE *stream)
{
    static const struct asset_row none = { .in_scope = -1 };
    buf_add(b, STR("\n## Blind spots\n\n"
                   "| Rank | Kind | Id | Name | Role | Criticality | Owner | Team | Since | Check "
                   "| Reason |\n"
                   "|---|---|---|---|---|---|---|---|---|---|---|\n"));
    for (size_t i = 0; i < r->spots.count; i++) {
        const struct blind_spot *spot = &r->spots.at[i];
        buf_printf(b, "| %zu ", i + 1);
        add_text(b, blind_kind_name(spot->kind));
        add_text(b, spot->id);
        add_text(b, spot->name);
        const struct asset_row *asset = spot->asset == NULL ? &none : spot->asset->asset;
        add_text(b, asset->role);
        add_text(b, assets_criticality(asset->criticality));
        add_text(b, asset->owner);
        add_text(b, asset->team);
        buf_add(b, STR("| "));
        if (spot->since_ns != 0)
            sink_add_time(b, spot->since_ns, ' ', 3);
        buf_add_char(b, ' ');
        add_text(b, spot->check);
        add_text(b, spot->reason);
        buf_add(b, STR("|\n"));
        flush(b, stream);
    }
}

static void add_canaries(struct buf *b, const struct blind_report *r, FILE *stream)
{
    bool has_any = false;
    for (size_t i = 0; i < r->posture.canary_count; i++) {
        const struct posture_canary *canary = &r->posture.canaries[i];
        if (!blind_tells_canary(canary))
            continue;
        if (!has_any)
            buf_add(b, STR("\n## Canaries\n\n| Asset | Mac | Nonce | At | Answer |\n"
                           "|---|---|---|---|---|\n"));
        has_any = true;
        add_text(b, canary->asset == NULL ? STR_EMPTY : canary->asset->asset->id);
        add_text(b, proof_name_of(canary));
        add_text(b, canary->canary->row.nonce);
        buf_add(b, STR("| "));
        sink_add_time(b, canary->canary->at_ns, ' ', 3);
        buf_add_char(b, ' ');
        add_text(b, proof_answer_name(canary->answer));
        buf_add(b, STR("|\n"));
        flush(b, stream);
    }
}

static void add_signals(struct buf *b, const struct blind_report *r, FILE *stream)
{
    buf_add(b, STR("\n## Signals, by how many assets\n\n| Signal "));
    for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++)
        add_text(b, coverage_state_name(state));
    buf_add(b, STR("|\n|---"));
    for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++)
        buf_add(b, STR("|---"));
    buf_add(b, STR("|\n"));
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        add_text(b, signal_traits[s].name);
        for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++)
            buf_printf(b, "| %zu ", blind_count(r, s, state));
        buf_add(b, STR("|\n"));
        flush(b, stream);
    }
}

static void add_rules(struct buf *b, const struct blind_report *r, FILE *stream)
{
    buf_add(
        b, STR("\n## Rules\n\n| Rule | Assets on which it can see | Degraded | Blind | Most for |\n"
               "|---|---|---|---|---|\n"));
    for (size_t i = 0; i < r->rule_count; i++) {
        const struct sight_rule *rule = &r->sight.rules[i];
        add_text(b, r->rules[i].facts->id);
        buf_printf(b, "| %zu | %zu | %zu ", rule->assets[COVERAGE_SEES],
                   rule->assets[COVERAGE_SEES_BADLY], rule->assets[COVERAGE_BLIND]);
        add_text(b, rule->blame == SIGNAL_COUNT ? STR_EMPTY : signal_traits[rule->blame].name);
        buf_add(b, STR("|\n"));
        flush(b, stream);
    }
}

static void add_matrix(struct buf *b, const struct blind_report *r, FILE *stream)
{
    size_t count;
    size_t *order = blind_order(r, MACS_SHOWN, false, &count);
    add_matrix_head(b);
    for (size_t i = 0; i < count; i++) {
        const struct posture_asset *asset = &r->posture.assets[order[i]];
        add_text(b, asset->asset->id);
        add_text(b, asset->asset->host_name);
        add_text(b, sight_standing_name(r->sight.assets[order[i]]));
        for (enum signal s = 0; s < SIGNAL_COUNT; s++)
            buf_printf(b, "| %c ", blind_letter(asset->signals[s].state));
        buf_add(b, STR("|\n"));
        flush(b, stream);
    }
    if (count < r->posture.asset_count)
        buf_printf(b, "\nand %zu more; --all shows each\n", r->posture.asset_count - count);
    free(order);
}

static void add_matrix_head(struct buf *b)
{
    buf_add(b, STR("\n## Each Mac by signal\n\nThe worst first."));
    for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++)
        buf_printf(b, "%s %c %.*s", state == 0 ? "" : ",", blind_letter(state),
                   STR_ARG(coverage_state_name(state)));
    buf_add(b, STR(".\n\n| Id | Name | Sees "));
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        add_text(b, signal_traits[s].name);
    buf_add(b, STR("|\n|---|---|---"));
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        buf_add(b, STR("|---"));
    buf_add(b, STR("|\n"));
}

// "| " and the text in one line, without what Markdown or HTML would act on.
static void add_text(struct buf *b, str text)
{
    struct buf safe;
    buf_init(&safe, BLIND_OBJECT_MAX);
    sink_add_escaped(&safe, text);
    const str one = buf_str(&safe);
    buf_add(b, STR("| "));
    for (size_t i = 0; i < one.len; i++) {
        if (str_find_char(STR("|<>&*_`[]"), one.at[i]) < 9)
            buf_printf(b, "&#%d;", one.at[i]);
        else
            buf_add_char(b, one.at[i]);
    }
    buf_add_char(b, ' ');
    buf_done(&safe);
}
