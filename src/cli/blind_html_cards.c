// The first screen: can we see, where not, what changed, what was decided.

#include "cli/blind_html.h"

#include <inttypes.h>

#define BAR_HEIGHT   26u
#define SMALL_HEIGHT 12u
#define TEAMS_FIRST  3u

static void add_sight(const struct blind_report *r, struct buf *out);
static void add_delta(const struct blind_report *r, struct buf *out);
static void add_rule_share(const struct blind_report *r, struct buf *out);
static enum signal most_lacking(const struct blind_report *r);
static size_t count_proved(const struct posture *p);
static void add_blind(const struct blind_report *r, struct buf *out);
static void add_gravest(const struct blind_report *r, struct buf *out);
static void add_spot(const struct blind_report *r, const struct blind_spot *spot, struct buf *out);
static void add_changes(const struct blind_report *r, struct buf *out);
static void add_teams(const struct swing *s, struct buf *out);
static void add_worse(const struct swing *s, struct buf *out);
static void add_decisions(const struct blind_report *r, struct buf *out);
static void add_queue(const struct blind_report *r, struct buf *out);
static void add_legend(struct buf *out, const struct html_part *parts, size_t count, bool all);
static void open_card(struct buf *out, const char *question);

static const char *const standing_kinds[SIGHT_STANDING_COUNT] = {
    [SIGHT_ALL] = HTML_SOLID,       [SIGHT_MOST] = HTML_RINGED,   [SIGHT_FEW] = HTML_SLANTED,
    [SIGHT_NONE] = HTML_CROSSED,    [SIGHT_SILENT] = HTML_DOTTED, [SIGHT_NEVER] = HTML_HOLLOW,
    [SIGHT_UNEXPECTED] = HTML_PALE,
};

static const str standing_texts[SIGHT_STANDING_COUNT] = {
    [SIGHT_ALL] = STR_INIT("all rules can see"),
    [SIGHT_MOST] = STR_INIT("most rules, over half of them"),
    [SIGHT_FEW] = STR_INIT("few rules, or not well"),
    [SIGHT_NONE] = STR_INIT("telemetry, yet no rule can see"),
    [SIGHT_SILENT] = STR_INIT("silent: nothing comes any more"),
    [SIGHT_NEVER] = STR_INIT("never seen"),
    [SIGHT_UNEXPECTED] = STR_INIT("no sensor expected"),
};

static const struct {
    const char *kind;
    str text;
} dispositions[DISPOSITION_COUNT] = {
    [DISPOSITION_NONE] = { HTML_HOLLOW, STR_INIT("not closed yet") },
    [DISPOSITION_TRUE_POSITIVE] = { HTML_CROSSED, STR_INIT("true positive") },
    [DISPOSITION_BENIGN_EXPECTED] = { HTML_SOLID, STR_INIT("benign, expected") },
    [DISPOSITION_BENIGN_UNEXPECTED] = { HTML_SLANTED, STR_INIT("benign, unexpected") },
    [DISPOSITION_FALSE_POSITIVE] = { HTML_STRIPED, STR_INIT("false positive") },
    [DISPOSITION_UNDETERMINED] = { HTML_PALE, STR_INIT("undetermined") },
};

void blind_html_add_cards(const struct blind_report *r, struct buf *out)
{
    buf_add(out, STR("<div class=\"cards\">\n"));
    add_sight(r, out);
    add_blind(r, out);
    add_changes(r, out);
    add_decisions(r, out);
    buf_add(out, STR("</div>\n"));
}

static void open_card(struct buf *out, const char *question)
{
    buf_printf(out, "<section class=\"card\"><h2>%s", question);
}

static void add_sight(const struct blind_report *r, struct buf *out)
{
    struct html_part parts[SIGHT_STANDING_COUNT];
    for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++)
        parts[i] =
            (struct html_part){ standing_texts[i], r->sight.standings[i], standing_kinds[i] };
    open_card(out, "Can we see?</h2>\n<p class=\"big\"><b>");
    if (r->posture.asset_count == 0)
        buf_add(out, STR("?"));
    else
        html_add_share(out, r->sight.standings[SIGHT_ALL] + r->sight.standings[SIGHT_MOST],
                       r->posture.asset_count);
    buf_add(out, STR("</b> <span>of Macs: all or most rules can see"));
    add_delta(r, out);
    buf_add(out, STR("</span></p>\n"));
    html_add_bar(out, STR("Macs, by whether the rules can see on them"), parts, COUNT_OF(parts),
                 BAR_HEIGHT);
    add_legend(out, parts, COUNT_OF(parts), true);
    add_rule_share(r, out);
    buf_add(out, STR("</section>\n"));
}

// Thousandths, so that the difference is that of the two numbers as they are printed.
static int64_t permille_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (int64_t)((part * 1000 + whole / 2) / whole);
}

static void add_delta(const struct blind_report *r, struct buf *out)
{
    if (!r->has_before || r->change.assets_before == 0)
        return;
    const size_t *now = r->sight.standings;
    const uint64_t *before = r->change.standings_before;
    const int64_t points =
        permille_of(now[SIGHT_ALL] + now[SIGHT_MOST], r->posture.asset_count) -
        permille_of(before[SIGHT_ALL] + before[SIGHT_MOST], r->change.assets_before);
    const int64_t size = points < 0 ? -points : points;
    if (points == 0)
        buf_add(out, STR("; as at the last report"));
    else
        buf_printf(out, "; <span class=\"%s\">%s %" PRId64 ".%" PRId64 " points</span>",
                   points > 0 ? "good" : "bad", points > 0 ? "▲ up" : "▼ down", size / 10,
                   size % 10);
}

static void add_rule_share(const struct blind_report *r, struct buf *out)
{
    const uint64_t *all = r->sight.all;
    const uint64_t whole = all[COVERAGE_SEES] + all[COVERAGE_SEES_BADLY] + all[COVERAGE_BLIND];
    const struct html_part parts[] = {
        { STR_INIT("can see"), all[COVERAGE_SEES], HTML_SOLID },
        { STR_INIT("degraded"), all[COVERAGE_SEES_BADLY], HTML_SLANTED },
        { STR_INIT("blind"), all[COVERAGE_BLIND], HTML_CROSSED },
    };
    html_add_bar(out, STR("Each rule on each Mac, by whether it can see"), parts, COUNT_OF(parts),
                 SMALL_HEIGHT);
    buf_add(out, STR("<p class=\"caption\">Each rule on each Mac: "));
    html_add_share(out, all[COVERAGE_SEES], whole);
    buf_add(out, STR(" can see, "));
    html_add_share(out, all[COVERAGE_SEES_BADLY], whole);
    buf_add(out, STR(" degraded, "));
    html_add_share(out, all[COVERAGE_BLIND], whole);
    buf_add(out, STR(" blind.</p>\n<p class=\"caption\">"));
    const enum signal lacking = most_lacking(r);
    if (lacking != SIGNAL_COUNT)
        buf_printf(out, "What they lack most: <b>%.*s</b>. ", STR_ARG(signal_traits[lacking].name));
    buf_add(out, STR("Proved by a canary, in at least one signal: "));
    html_add_count(out, count_proved(&r->posture));
    buf_add(out, STR(" Macs.</p>\n"));
}

// The signal that is to blame for most of what rules do not see, by what each has most Macs to blame for.
static enum signal most_lacking(const struct blind_report *r)
{
    uint64_t blamed[SIGNAL_COUNT] = { 0 };
    enum signal most = SIGNAL_COUNT;
    for (size_t i = 0; i < r->rule_count; i++) {
        const struct sight_rule *rule = &r->sight.rules[i];
        if (rule->blame != SIGNAL_COUNT)
            blamed[rule->blame] += rule->assets[COVERAGE_SEES_BADLY] + rule->assets[COVERAGE_BLIND];
    }
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        if (blamed[s] > 0 && (most == SIGNAL_COUNT || blamed[s] > blamed[most]))
            most = s;
    return most;
}

static size_t count_proved(const struct posture *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->asset_count; i++) {
        enum signal s = 0;
        while (s < SIGNAL_COUNT && p->assets[i].signals[s].state != COVERAGE_PROVED)
            s++;
        count += s < SIGNAL_COUNT ? 1 : 0;
    }
    return count;
}

static void add_legend(struct buf *out, const struct html_part *parts, size_t count, bool all)
{
    buf_add(out, STR("<ul class=\"legend\">"));
    for (size_t i = 0; i < count; i++) {
        if (parts[i].count == 0 && !all)
            continue;
        buf_add(out, STR("<li>"));
        html_add_swatch(out, parts[i].kind);
        buf_add(out, STR(" <b>"));
        html_add_count(out, parts[i].count);
        buf_add(out, STR("</b> "));
        html_add_text(out, parts[i].name);
        buf_add(out, STR("</li>"));
    }
    buf_add(out, STR("</ul>\n"));
}

static void add_blind(const struct blind_report *r, struct buf *out)
{
    open_card(out, "Where not? <span>");
    html_add_count(out, r->spots.count);
    buf_add(out, r->spots.count == 1 ? STR(" blind spot") : STR(" blind spots"));
    buf_add(out, STR("</span></h2>\n"));
    if (r->spots.count > 0)
        add_gravest(r, out);
    else
        buf_add(out, STR("<p>No blind spot is known.</p>\n"));
    buf_add(out, STR("</section>\n"));
}

// Of each kind the gravest, in the order of ranks, so that the many of one kind do not hide the others.
static void add_gravest(const struct blind_report *r, struct buf *out)
{
    bool told[BLIND_KIND_COUNT] = { false };
    buf_add(out,
            STR("<table class=\"short blind\"><thead><tr><th>Kind</th><th>The gravest of it</th>"
                "<th class=\"o\">Whose (how critical)</th><th>Since</th></tr></thead>\n"
                "<tbody>\n"));
    size_t shown = 0;
    for (size_t i = 0; i < r->spots.count; i++) {
        const struct blind_spot *spot = &r->spots.at[i];
        if (told[spot->kind])
            continue;
        told[spot->kind] = true;
        shown++;
        add_spot(r, spot, out);
    }
    buf_add(out, STR("</tbody></table>\n"));
    if (r->spots.count > shown) {
        buf_add(out, STR("<p class=\"more\">and "));
        html_add_count(out, r->spots.count - shown);
        buf_add(out, STR(" more: <a href=\"#spots\">all, the gravest first</a></p>\n"));
    }
}

static void add_spot(const struct blind_report *r, const struct blind_spot *spot, struct buf *out)
{
    buf_add(out, STR("<tr><th>"));
    html_add_count(out, r->spots.kinds[spot->kind]);
    buf_add_char(out, ' ');
    html_add_text(out, blind_kind_name(spot->kind));
    buf_add(out, STR("</th><td>"));
    html_add_cut(out, blind_html_name(spot->name, spot->id), HTML_NAME_MAX);
    buf_add(out, STR("</td><td class=\"o\">"));
    if (spot->asset == NULL)
        buf_add(out, STR("nobody knows"));
    else
        blind_html_add_who(out, spot->asset->asset);
    buf_add(out, STR("</td><td>"));
    if (spot->since_ns != 0)
        html_add_day(out, spot->since_ns);
    buf_add(out, STR("</td></tr>\n"));
}

static void add_changes(const struct blind_report *r, struct buf *out)
{
    open_card(out, "What changed?");
    if (!r->has_before) {
        buf_add(out, STR("</h2>\n<p>No earlier report was kept to compare with. Made with --keep,"
                         " this one is what the next compares with.</p></section>\n"));
        return;
    }
    buf_add(out, STR(" <span>since the report of "));
    html_add_minute(out, r->before_ns);
    buf_add(out, STR("</span></h2>\n<p class=\"big\"><b>▼ "));
    html_add_count(out, r->swing.worse);
    buf_add(out, STR("</b> <span>got worse</span> <b>▲ "));
    html_add_count(out, r->swing.better);
    buf_add(out, STR("</b> <span>got better</span></p>\n<p class=\"caption\">"));
    html_add_count(out, r->change.came_count);
    buf_add(out, STR(" blind spots are new, "));
    html_add_count(out, r->change.went_count);
    buf_add(out, STR(" gone; "));
    html_add_count(out, r->change.assets_before);
    buf_add(out, STR(" Macs known then, "));
    html_add_count(out, r->posture.asset_count);
    buf_add(out, STR(" now</p>\n"));
    add_teams(&r->swing, out);
    add_worse(&r->swing, out);
    buf_add(out, STR("</section>\n"));
}

static void add_teams(const struct swing *s, struct buf *out)
{
    if (s->team_count == 0)
        return;
    buf_add(out,
            STR("<table class=\"short teams\"><thead><tr><th>Team</th><th class=\"n\">worse</th>"
                "<th class=\"n\">better</th></tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < s->team_count && i < TEAMS_FIRST; i++) {
        buf_add(out, STR("<tr><th>"));
        if (s->teams[i].name.len > 0)
            html_add_cut(out, s->teams[i].name, HTML_NAME_MAX);
        else
            buf_add(out, STR("no team known"));
        buf_printf(out, "</th><td class=\"n\">%zu</td><td class=\"n\">%zu</td></tr>\n",
                   s->teams[i].worse, s->teams[i].better);
    }
    buf_add(out, STR("</tbody></table>\n"));
}

static void add_worse(const struct swing *s, struct buf *out)
{
    buf_add(out, STR("<p class=\"more\">"));
    if (s->team_count > TEAMS_FIRST)
        buf_printf(out, "and %zu more %s. ", s->team_count - TEAMS_FIRST,
                   s->team_count == TEAMS_FIRST + 1 ? "team" : "teams");
    if (s->worse > 0) {
        const struct swing_mac *mac = &s->macs[0];
        const str name =
            mac->asset == NULL ? mac->id : blind_html_name(mac->asset->host_name, mac->id);
        buf_add(out, STR("The most critical that is worse: "));
        html_add_cut(out, name, HTML_NAME_MAX / 2);
        buf_add(out, STR(" ("));
        html_add_text(out, blind_kind_name(mac->came));
        buf_add_char(out, ')');
    }
    buf_add(out, STR("</p>\n"));
}

static void add_decisions(const struct blind_report *r, struct buf *out)
{
    const struct finding_totals *f = &r->findings;
    struct html_part parts[DISPOSITION_COUNT];
    for (size_t i = 0; i < DISPOSITION_COUNT; i++) {
        const size_t at = (i + 1) % DISPOSITION_COUNT;  // Those that are not closed stand last.
        parts[i] = (struct html_part){ dispositions[at].text, (uint64_t)f->closed[at],
                                       dispositions[at].kind };
    }
    open_card(out, "What was decided? <span>");
    html_add_count(out, (uint64_t)f->count);
    buf_add(out, f->count == 1 ? STR(" finding") : STR(" findings"));
    if (f->count > 0) {
        buf_add(out, STR(", "));
        html_add_day(out, f->first_ns);
        buf_add(out, STR(" to "));
        html_add_day(out, f->last_ns);
    }
    buf_add(out, STR("</span></h2>\n"));
    if (f->count == 0) {
        buf_add(out,
                STR("<p>The store has no findings, so nothing was to decide.</p></section>\n"));
        return;
    }
    html_add_bar(out, STR("Findings, by what was decided"), parts, COUNT_OF(parts), BAR_HEIGHT);
    add_legend(out, parts, COUNT_OF(parts), false);
    add_queue(r, out);
    buf_add(out, STR("</section>\n"));
}

static void add_queue(const struct blind_report *r, struct buf *out)
{
    const struct finding_totals *f = &r->findings;
    buf_add(out, STR("<p><b>"));
    html_add_count(out, (uint64_t)(f->open + f->assigned));
    buf_add(out, STR("</b> are open: "));
    html_add_count(out, (uint64_t)f->assigned);
    buf_add(out, STR(" have somebody, "));
    html_add_count(out, (uint64_t)f->open);
    buf_add(out, STR(" nobody; "));
    html_add_count(out, (uint64_t)f->grave);
    buf_add(out, STR(" of them high or critical.</p>\n<p>Time to triage, median: <b>"));
    if (f->triage_ns < 0)
        buf_add(out, STR("nobody began yet"));
    else
        blind_add_span(out, f->triage_ns);
    buf_add(out, STR("</b>."));
    if (r->has_before) {
        buf_add(out, STR(" Since the last report "));
        html_add_count(out, (uint64_t)f->stored_since);
        buf_add(out, STR(" came, "));
        html_add_count(out, (uint64_t)f->closed_since);
        buf_add(out, STR(" were closed."));
    }
    buf_add(out, STR("</p>\n"));
}
