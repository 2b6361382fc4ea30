// Each Mac by signal: a letter for the state, and beside it in words what fails, for which check, and since when.
//
// A page that a browser shows well has a bound: without --all the worst Macs are shown, and how many are not. Those
// of a team fold into one line, and where they are many into several, so that a browser lays out what is open only.

#include "cli/blind_html.h"

#include <stdlib.h>

#define MACS_SHOWN   10000u  // Without --all.
#define GROUP_MAX    500u    // Macs of one table.
#define UNFOLDED_MAX 60u     // A report of so few is shown unfolded.
#define WHYS_TOLD    4u      // Of a Mac: each a state with its check and since when.
#define SIGNALS_TOLD 8u

struct matrix {
    const struct blind_report *report;
    size_t *order;  // Numbers of assets: those of a team together, the worst first.
    size_t count;
    struct buf *out;
    FILE *stream;
};

static void add_key(struct matrix *m);
static void add_team(struct matrix *m, size_t first, size_t end);
static void add_group(struct matrix *m, size_t first, size_t end, size_t from, size_t to);
static void add_standings(struct matrix *m, size_t from, size_t to);
static void add_headings(struct buf *out);
static void add_mac(struct matrix *m, size_t number);
static void add_whys(struct buf *out, const struct posture_asset *asset);
static bool was_told(const struct posture_asset *asset, enum signal s);
static void add_why(struct buf *out, const struct posture_asset *asset, enum signal first);
static bool is_alike(const struct kept_signal *a, const struct kept_signal *b);

// What is as it should be has no class: it is what most cells are.
static const char *const classes[COVERAGE_STATE_COUNT] = {
    [COVERAGE_PROVED] = " class=p",
    [COVERAGE_DEGRADED] = " class=d",
    [COVERAGE_BLIND_IN_PART] = " class=b",
    [COVERAGE_SILENT] = " class=x",
};

void blind_html_add_matrix(const struct blind_report *r, struct buf *out, FILE *stream)
{
    struct matrix m = { .report = r, .out = out, .stream = stream };
    m.order = blind_order(r, MACS_SHOWN, true, &m.count);
    buf_add(out, STR("<section class=\"detail\" id=\"matrix\"><h2>Each Mac by signal</h2>\n"));
    add_key(&m);
    for (size_t first = 0; first < m.count;) {
        const str team = r->posture.assets[m.order[first]].asset->team;
        size_t end = first + 1;
        while (end < m.count && str_eq(r->posture.assets[m.order[end]].asset->team, team))
            end++;
        add_team(&m, first, end);
        first = end;
    }
    if (m.count < r->posture.asset_count) {
        buf_add(out, STR("<p class=\"more\">The worst "));
        html_add_count(out, m.count);
        buf_add(out, STR(" are shown of "));
        html_add_count(out, r->posture.asset_count);
        buf_add(out, STR("; a report made with --all has each.</p>\n"));
    }
    buf_add(out, STR("</section>\n"));
    html_flush(out, stream);
    free(m.order);
}

static void add_key(struct matrix *m)
{
    buf_add(m->out, STR("<p>"));
    for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++)
        buf_printf(m->out, "%s<b>%c</b> %.*s", state == 0 ? "" : " · ", blind_letter(state),
                   STR_ARG(coverage_state_name(state)));
    buf_add(m->out, STR(". In each team the worst come first. A check (T01 …) is what failed.</p>"
                        "\n<p class=\"dim\">On paper stands what is open on the screen.</p>\n"));
}

static void add_team(struct matrix *m, size_t first, size_t end)
{
    for (size_t from = first; from < end; from += GROUP_MAX)
        add_group(m, first, end, from, from + GROUP_MAX < end ? from + GROUP_MAX : end);
}

static void add_group(struct matrix *m, size_t first, size_t end, size_t from, size_t to)
{
    struct buf *out = m->out;
    const str team = m->report->posture.assets[m->order[from]].asset->team;
    buf_add(out, m->count <= UNFOLDED_MAX ? STR("<details open><summary><b>")
                                          : STR("<details><summary><b>"));
    if (team.len > 0)
        html_add_cut(out, team, HTML_NAME_MAX);
    else
        buf_add(out, STR("No team told"));
    buf_add(out, STR("</b>, "));
    if (to - from < end - first) {
        html_add_count(out, from - first + 1);
        buf_add(out, STR(" to "));
        html_add_count(out, to - first);
        buf_add(out, STR(" of "));
    }
    html_add_count(out, end - first);
    buf_add(out, end - first == 1 ? STR(" Mac: ") : STR(" Macs: "));
    add_standings(m, from, to);
    buf_add(out, STR("</summary>\n<div class=\"scroll\"><table class=\"matrix\">"));
    add_headings(out);
    for (size_t i = from; i < to; i++) {
        add_mac(m, m->order[i]);
        html_flush(out, m->stream);
    }
    buf_add(out, STR("</tbody></table></div></details>\n"));
}

static void add_standings(struct matrix *m, size_t from, size_t to)
{
    size_t counts[SIGHT_STANDING_COUNT] = { 0 };
    bool has_any = false;
    for (size_t i = from; i < to; i++)
        counts[m->report->sight.assets[m->order[i]]]++;
    for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++) {
        if (counts[i] == 0)
            continue;
        buf_add(m->out, has_any ? STR(" · ") : STR_EMPTY);
        html_add_count(m->out, counts[i]);
        buf_printf(m->out, " %.*s", STR_ARG(sight_standing_name(i)));
        has_any = true;
    }
}

static void add_headings(struct buf *out)
{
    buf_add(out, STR("<thead><tr><th>Mac</th><th>Sees</th>"));
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        buf_add(out, STR("<th class=\"v\"><span>"));
        html_add_text(out, signal_traits[s].name);
        buf_add(out, STR("</span></th>"));
    }
    buf_add(out, STR("<th>What fails, for which check, since when</th></tr></thead>\n<tbody>\n"));
}

static void add_mac(struct matrix *m, size_t number)
{
    struct buf *out = m->out;
    const struct posture_asset *asset = &m->report->posture.assets[number];
    const str name = blind_html_name(asset->asset->host_name, asset->asset->id);
    buf_add(out, STR("<tr><th>"));
    html_add_cut(out, name, HTML_NAME_MAX);
    buf_add(out, STR(" <small>"));
    if (!str_eq(name, asset->asset->id)) {
        html_add_cut(out, asset->asset->id, HTML_NAME_MAX);
        buf_add_char(out, ' ');
    }
    const str criticality = assets_criticality(asset->asset->criticality);
    html_add_cut(out, asset->asset->role, HTML_NAME_MAX);
    buf_printf(out, "%s%.*s</small><td class=l>%.*s", asset->asset->role.len > 0 ? " " : "",
               STR_ARG(criticality), STR_ARG(sight_standing_name(m->report->sight.assets[number])));
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        const enum coverage_state state = asset->signals[s].state;
        const char *class = classes[state];
        buf_printf(out, "<td%s>%c", class == NULL ? "" : class, blind_letter(state));
    }
    buf_add(out, STR("<td class=y>"));
    add_whys(out, asset);
    buf_add_char(out, '\n');
}

// Signals that are in the same state since the same time, for the same check, are told together.
static void add_whys(struct buf *out, const struct posture_asset *asset)
{
    size_t told = 0;
    size_t left = 0;
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        if (asset->signals[s].state <= COVERAGE_SEEN || was_told(asset, s))
            continue;
        if (told == WHYS_TOLD) {
            left++;
            continue;
        }
        buf_add(out, told > 0 ? STR("<br>") : STR_EMPTY);
        add_why(out, asset, s);
        told++;
    }
    if (left > 0)
        buf_printf(out, "<br>and %zu more", left);
}

static bool was_told(const struct posture_asset *asset, enum signal s)
{
    for (enum signal before = 0; before < s; before++)
        if (is_alike(&asset->signals[before], &asset->signals[s]))
            return true;
    return false;
}

static bool is_alike(const struct kept_signal *a, const struct kept_signal *b)
{
    return a->state == b->state && a->since_ns == b->since_ns && str_eq(a->check, b->check);
}

static void add_why(struct buf *out, const struct posture_asset *asset, enum signal first)
{
    const struct kept_signal *why = &asset->signals[first];
    size_t count = 0;
    buf_printf(out, "<b>%.*s</b>", STR_ARG(coverage_state_name(why->state)));
    if (why->check.len > 0) {
        buf_add_char(out, ' ');
        html_add_cut(out, why->check, HTML_NAME_MAX);
    }
    if (why->since_ns != 0) {
        buf_add(out, STR(" since "));
        html_add_minute(out, why->since_ns);
    }
    for (enum signal s = first; s < SIGNAL_COUNT; s++)
        count += is_alike(why, &asset->signals[s]) ? 1 : 0;
    if (count == SIGNAL_COUNT) {
        buf_add(out, STR(": every signal"));
        return;
    }
    size_t told = 0;
    for (enum signal s = first; s < SIGNAL_COUNT && told < SIGNALS_TOLD; s++) {
        if (!is_alike(why, &asset->signals[s]))
            continue;
        buf_printf(out, "%s%.*s", told == 0 ? ": " : ", ", STR_ARG(signal_traits[s].name));
        told++;
    }
    if (told < count)
        buf_printf(out, " and %zu more", count - told);
}
