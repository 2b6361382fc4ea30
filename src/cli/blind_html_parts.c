// Behind the first screen: every blind spot, signals and rules over all Macs, and what no sensor shows.

#include "cli/blind_html.h"

#include <inttypes.h>

#define SPOTS_SHOWN  500u  // Without --all.
#define REASON_SHOWN 400u
#define BAR_HEIGHT   14u

static void add_spot(struct buf *out, size_t rank, const struct blind_spot *spot);
static void add_signal(const struct blind_report *r, enum signal s, struct buf *out);
static void add_rule(const struct blind_report *r, size_t i, struct buf *out);

static const char *const state_kinds[COVERAGE_STATE_COUNT] = {
    [COVERAGE_PROVED] = HTML_RINGED,    [COVERAGE_SEEN] = HTML_SOLID,
    [COVERAGE_DEGRADED] = HTML_SLANTED, [COVERAGE_BLIND_IN_PART] = HTML_CROSSED,
    [COVERAGE_SILENT] = HTML_DOTTED,    [COVERAGE_NEVER_SEEN] = HTML_HOLLOW,
    [COVERAGE_IMPOSSIBLE] = HTML_PALE,
};

static const char *const sight_kinds[COVERAGE_SIGHT_COUNT] = {
    [COVERAGE_SEES] = HTML_SOLID,
    [COVERAGE_SEES_BADLY] = HTML_SLANTED,
    [COVERAGE_BLIND] = HTML_CROSSED,
};

static const str kind_meanings[BLIND_KIND_COUNT] = {
    [BLIND_UNMANAGED] = STR_INIT("telemetry of a Mac that no inventory has"),
    [BLIND_AMBIGUOUS] = STR_INIT("telemetry of a Mac that may be any of several"),
    [BLIND_UNMONITORED] = STR_INIT("one of ours, and no telemetry ever came"),
    [BLIND_SILENT] = STR_INIT("telemetry came, and comes no more"),
    [BLIND_CANARY] = STR_INIT("a harmless act made there was not seen, or nobody looked for it"),
    [BLIND_PERMISSIONS] = STR_INIT("the sensor lacks a permission"),
    [BLIND_DEGRADED] = STR_INIT("something that should come is lost or missing"),
};

void blind_html_add_spots(const struct blind_report *r, struct buf *out, FILE *stream)
{
    const struct blind_list *spots = &r->spots;
    const size_t shown = r->all || spots->count < SPOTS_SHOWN ? spots->count : SPOTS_SHOWN;
    buf_add(out, STR("<section class=\"detail\" id=\"spots\"><h2>Blind spots</h2>\n"
                     "<p>The most critical Macs come first; before them those of which nobody knows"
                     " what they are.</p>\n<ul class=\"legend\">"));
    for (enum blind_kind kind = 0; kind < BLIND_KIND_COUNT; kind++) {
        buf_add(out, STR("<li><b>"));
        html_add_count(out, spots->kinds[kind]);
        buf_printf(out, " %.*s</b>: %.*s</li>", STR_ARG(blind_kind_name(kind)),
                   STR_ARG(kind_meanings[kind]));
    }
    buf_add(
        out,
        STR("</ul>\n<div class=\"wide\"><table class=\"spots\"><thead><tr><th class=\"n\">Rank</th>"
            "<th>Kind</th><th>Mac</th><th>Whose (how critical)</th><th>Since</th><th>Check</th>"
            "<th>Why</th></tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < shown; i++) {
        add_spot(out, i + 1, &spots->at[i]);
        html_flush(out, stream);
    }
    buf_add(out, STR("</tbody></table></div>\n"));
    if (shown < spots->count) {
        buf_add(out, STR("<p class=\"more\">and "));
        html_add_count(out, spots->count - shown);
        buf_add(out, STR(" more; a report made with --all has each.</p>\n"));
    }
    buf_add(out, STR("</section>\n"));
}

static void add_spot(struct buf *out, size_t rank, const struct blind_spot *spot)
{
    const str name = blind_html_name(spot->name, spot->id);
    buf_printf(out, "<tr><td class=\"n\">%zu</td>", rank);
    html_add_cell(out, NULL, blind_kind_name(spot->kind));
    buf_add(out, STR("<td>"));
    html_add_cut(out, name, HTML_NAME_MAX);
    if (!str_eq(name, spot->id)) {
        buf_add(out, STR(" <span class=\"dim\">"));
        html_add_cut(out, spot->id, HTML_NAME_MAX);
        buf_add(out, STR("</span>"));
    }
    buf_add(out, STR("</td><td>"));
    if (spot->asset == NULL)
        buf_add(out, STR("nobody knows"));
    else
        blind_html_add_who(out, spot->asset->asset);
    buf_add(out, STR("</td><td>"));
    if (spot->since_ns != 0)
        html_add_minute(out, spot->since_ns);
    buf_add(out, STR("</td><td>"));
    html_add_cut(out, spot->check, HTML_NAME_MAX);
    buf_add(out, STR("</td><td>"));
    html_add_cut(out, spot->reason, REASON_SHOWN);
    buf_add(out, STR("</td></tr>\n"));
}

void blind_html_add_signals(const struct blind_report *r, struct buf *out)
{
    buf_add(out,
            STR("<section class=\"detail\" id=\"signals\"><h2>Signals, by how many Macs</h2>\n"
                "<p>What the rules need to see. A signal is proved where a harmless act that was"
                " done for it came back.</p>\n<div class=\"wide\"><table><thead><tr>"
                "<th>Signal</th><th>What</th><th class=\"states\">Macs</th>"));
    for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++) {
        buf_add(out, STR("<th class=\"n\">"));
        html_add_swatch(out, state_kinds[state]);
        buf_printf(out, "<br>%.*s</th>", STR_ARG(coverage_state_name(state)));
    }
    buf_add(out, STR("</tr></thead>\n<tbody>\n"));
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        add_signal(r, s, out);
    buf_add(out, STR("</tbody></table></div></section>\n"));
}

static void add_signal(const struct blind_report *r, enum signal s, struct buf *out)
{
    struct html_part parts[COVERAGE_STATE_COUNT];
    for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++)
        parts[state] = (struct html_part){ coverage_state_name(state), blind_count(r, s, state),
                                           state_kinds[state] };
    buf_add(out, STR("<tr><th>"));
    html_add_text(out, signal_traits[s].name);
    buf_add(out, STR("</th>"));
    html_add_cell(out, "dim", signal_traits[s].meaning);
    buf_add(out, STR("<td>"));
    html_add_bar(out, signal_traits[s].name, parts, COUNT_OF(parts), BAR_HEIGHT);
    buf_add(out, STR("</td>"));
    for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++) {
        buf_add(out, STR("<td class=\"n\">"));
        html_add_count(out, parts[state].count);
        buf_add(out, STR("</td>"));
    }
    buf_add(out, STR("</tr>\n"));
}

void blind_html_add_rules(const struct blind_report *r, struct buf *out, FILE *stream)
{
    buf_add(out,
            STR("<section class=\"detail\" id=\"rules\"><h2>Rules, by the share of Macs on which"
                " they can see</h2>\n<div class=\"wide\"><table class=\"rules\"><thead><tr>"
                "<th>Rule</th><th>Title</th><th>Macs</th><th class=\"n\">Share</th>"));
    for (enum coverage_sight sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++) {
        buf_add(out, STR("<th class=\"n\">"));
        html_add_swatch(out, sight_kinds[sight]);
        buf_printf(out, " %.*s</th>", STR_ARG(coverage_sight_name(sight)));
    }
    buf_add(out, STR("<th>Most for</th></tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < r->rule_count; i++) {
        add_rule(r, i, out);
        html_flush(out, stream);
    }
    buf_add(out, STR("</tbody></table></div></section>\n"));
}

static void add_rule(const struct blind_report *r, size_t i, struct buf *out)
{
    const struct sight_rule *rule = &r->sight.rules[i];
    struct html_part parts[COVERAGE_SIGHT_COUNT];
    for (enum coverage_sight sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++)
        parts[sight] = (struct html_part){ coverage_sight_name(sight), rule->assets[sight],
                                           sight_kinds[sight] };
    buf_add(out, STR("<tr><th>"));
    html_add_cut(out, r->rules[i].facts->id, HTML_NAME_MAX);
    buf_add(out, STR("</th><td>"));
    html_add_cut(out, r->rules[i].facts->title, HTML_NAME_MAX);
    buf_add(out, STR("</td><td>"));
    html_add_bar(out, str_to(r->rules[i].facts->id, HTML_NAME_MAX), parts, COUNT_OF(parts),
                 BAR_HEIGHT);
    buf_add(out, STR("</td><td class=\"n\">"));
    html_add_share(out, rule->assets[COVERAGE_SEES], r->posture.asset_count);
    buf_add(out, STR("</td>"));
    for (enum coverage_sight sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++) {
        buf_add(out, STR("<td class=\"n\">"));
        html_add_count(out, rule->assets[sight]);
        buf_add(out, STR("</td>"));
    }
    html_add_cell(out, NULL,
                  rule->blame == SIGNAL_COUNT ? STR_EMPTY : signal_traits[rule->blame].name);
    buf_add(out, STR("</tr>\n"));
}

void blind_html_add_limits(struct buf *out)
{
    buf_add(out, STR("<section class=\"detail\" id=\"limits\"><h2>Limits</h2>\n"
                     "<h3>What no sensor ever shows</h3>\n<ul>\n"));
    for (size_t i = 0; coverage_limit(i).len > 0; i++)
        buf_printf(out, "<li>%.*s</li>\n", STR_ARG(coverage_limit(i)));
    buf_add(out, STR("</ul>\n<h3>What telemetry alone does not answer</h3>\n<ul>\n"));
    for (size_t i = 0; coverage_unasked(i).len > 0; i++)
        buf_printf(out, "<li>%.*s</li>\n", STR_ARG(coverage_unasked(i)));
    buf_add(out, STR("</ul>\n</section>\n"));
}
