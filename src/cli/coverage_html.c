// For auditors: one page with each Mac of a run.

#include "cli/coverage_report.h"
#include "cli/html.h"
#include "sink/json.h"

#include <inttypes.h>

static const char *const state_classes[COVERAGE_STATE_COUNT] = {
    [COVERAGE_PROVED] = "good",       [COVERAGE_SEEN] = "good",  [COVERAGE_DEGRADED] = "fair",
    [COVERAGE_BLIND_IN_PART] = "bad", [COVERAGE_SILENT] = "bad", [COVERAGE_NEVER_SEEN] = "dim",
    [COVERAGE_IMPOSSIBLE] = "dim",
};

static const char *const sight_classes[COVERAGE_SIGHT_COUNT] = {
    [COVERAGE_SEES] = "good", [COVERAGE_SEES_BADLY] = "fair", [COVERAGE_BLIND] = "bad"
};

static const char *const grade_classes[COVERAGE_GRADE_COUNT] = {
    [COVERAGE_PASSES] = "good",
    [COVERAGE_MIDDLE] = "fair",
    [COVERAGE_FAILS] = "bad",
    [COVERAGE_UNTOLD] = "dim",
};

static void add_window(const struct coverage_report *r, struct buf *out);
static void add_fleet(const struct coverage_report *r, struct buf *out);
static void add_fleet_rules(const struct coverage_report *r, struct buf *out);
static void add_host(const struct coverage_report *r, const struct coverage_host *host,
                     struct arena *arena, struct buf *out);
static void add_signals(const struct coverage_host *host, struct buf *out);
static void add_rules(const struct coverage_report *r, const struct coverage_host *host,
                      struct arena *arena, struct buf *out);
static void add_checks(const struct coverage_host *host, struct buf *out);
static void add_limits(struct buf *out);

void coverage_print_html(const struct coverage_report *r, FILE *stream)
{
    struct arena arena = { 0 };
    struct buf out;
    buf_init(&out, COVERAGE_TEXT_MAX);
    html_add_head(&out, STR("Coverage of AN1467"), (const char *const[]){ NULL });
    add_window(r, &out);
    if (r->fleet.host_count > 1)
        add_fleet(r, &out);
    for (uint32_t i = 0; i < coverage_shown(r); i++) {
        struct coverage_host host;
        html_flush(&out, stream);
        coverage_judge(r->fidelity, r->fleet.hosts[i].host, &arena, &host);
        add_host(r, &host, &arena, &out);
        arena_reset(&arena);
    }
    add_limits(&out);
    html_add_end(&out);
    html_flush(&out, stream);
    buf_done(&out);
    arena_done(&arena);
}

static void add_window(const struct coverage_report *r, struct buf *out)
{
    int64_t first_ns;
    int64_t last_ns;
    buf_printf(out, "<h1>Coverage of AN1467 on %" PRIu32 " %s</h1>\n<p>", r->fleet.host_count,
               r->fleet.host_count == 1 ? "Mac" : "Macs");
    if (coverage_window(r->fidelity, &first_ns, &last_ns)) {
        buf_add(out, STR("Telemetry from "));
        sink_add_time(out, first_ns, ' ', 3);
        buf_add(out, STR(" to "));
        sink_add_time(out, last_ns, ' ', 3);
        buf_add(out, STR(" (UTC). "));
    }
    struct buf sum;
    buf_init(&sum, COVERAGE_TEXT_MAX);
    coverage_add_sum(r, &sum);
    html_add_text(out, buf_str(&sum));
    buf_done(&sum);
    buf_add(out, STR(".</p>\n<p>Told from telemetry alone: no signal is called proved, which "
                     "takes a canary.</p>\n"));
}

static void add_fleet(const struct coverage_report *r, struct buf *out)
{
    buf_add(out, STR("<h2>Signals, by how many Macs</h2>\n<table>\n<thead><tr><th>Signal</th>"));
    for (size_t state = COVERAGE_SEEN; state < COVERAGE_STATE_COUNT; state++) {
        buf_add(out, STR("<th class=\"n\">"));
        html_add_text(out, coverage_state_name((enum coverage_state)state));
        buf_add(out, STR("</th>"));
    }
    buf_add(out, STR("</tr></thead>\n<tbody>\n"));
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        buf_add(out, STR("<tr><th>"));
        html_add_text(out, signal_traits[s].name);
        buf_add(out, STR("</th>"));
        for (size_t state = COVERAGE_SEEN; state < COVERAGE_STATE_COUNT; state++)
            buf_printf(out, "<td class=\"n\">%" PRIu32 "</td>", r->fleet.signals[s][state]);
        buf_add(out, STR("</tr>\n"));
    }
    buf_add(out, STR("</tbody>\n</table>\n"));
    add_fleet_rules(r, out);
    if (coverage_shown(r) < r->fleet.host_count)
        buf_printf(out, "<p>Below, the worst %" PRIu32 " of %" PRIu32 " Macs.</p>\n",
                   coverage_shown(r), r->fleet.host_count);
}

static void add_fleet_rules(const struct coverage_report *r, struct buf *out)
{
    const struct fidelity_options *options = coverage_options(r->fidelity);
    buf_add(out, STR("<h2>Rules, by how many Macs</h2>\n<table>\n<thead><tr><th>Rule</th>"
                     "<th>Title</th><th class=\"n\">can see</th><th class=\"n\">degraded</th>"
                     "<th class=\"n\">blind</th>"
                     "<th>Most for</th></tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < options->rule_count; i++) {
        const struct fleet_rule *rule = &r->fleet.rules[i];
        const enum signal blame = fleet_blame(rule);
        buf_add(out, STR("<tr><th>"));
        html_add_text(out, options->rules[i].facts->id);
        buf_add(out, STR("</th>"));
        html_add_cell(out, NULL, options->rules[i].facts->title);
        for (size_t sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++)
            buf_printf(out, "<td class=\"n\">%" PRIu32 "</td>", rule->hosts[sight]);
        html_add_cell(out, NULL, blame == SIGNAL_COUNT ? STR_EMPTY : signal_traits[blame].name);
        buf_add(out, STR("</tr>\n"));
    }
    buf_add(out, STR("</tbody>\n</table>\n"));
}

static void add_host(const struct coverage_report *r, const struct coverage_host *host,
                     struct arena *arena, struct buf *out)
{
    buf_add(out, STR("<h2>"));
    html_add_text(out, host->id);
    buf_add(out, STR("</h2>\n<p>"));
    if (host->name.len > 0 && !str_eq(host->name, host->id)) {
        html_add_text(out, host->name);
        buf_add(out, STR(". "));
    }
    buf_add(out, STR("Seen through "));
    html_add_text(out, host->sensors.len > 0 ? host->sensors : STR("no sensor"));
    buf_printf(out, ": %" PRIu64 " %s, %" PRIu64 " dropped.</p>\n", host->events,
               host->events == 1 ? "event" : "events", host->dropped);
    add_signals(host, out);
    add_rules(r, host, arena, out);
    add_checks(host, out);
}

static void add_signals(const struct coverage_host *host, struct buf *out)
{
    buf_add(out, STR("<h3>Signals</h3>\n<table>\n<thead><tr><th>Signal</th><th>State</th>"
                     "<th>Figure</th><th>Reason</th><th>Check</th></tr></thead>\n<tbody>\n"));
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        const struct coverage_signal *signal = &host->signals[s];
        buf_add(out, STR("<tr><th>"));
        html_add_text(out, signal_traits[s].name);
        buf_add(out, STR("</th>"));
        html_add_cell(out, state_classes[signal->state], coverage_state_name(signal->state));
        html_add_cell(out, NULL, signal->figure);
        html_add_cell(out, NULL, signal->reason);
        html_add_cell(out, NULL, signal->state > COVERAGE_SEEN ? signal->check : STR_EMPTY);
        buf_add(out, STR("</tr>\n"));
    }
    buf_add(out, STR("</tbody>\n</table>\n"));
}

static void add_rules(const struct coverage_report *r, const struct coverage_host *host,
                      struct arena *arena, struct buf *out)
{
    const struct fidelity_options *options = coverage_options(r->fidelity);
    buf_add(out, STR("<h3>Rules</h3>\n<table>\n<thead><tr><th>Rule</th><th>Title</th>"
                     "<th>Here</th><th>Reason</th></tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < options->rule_count; i++) {
        const struct coverage_rule rule = coverage_judge_rule(host, &options->rules[i], arena);
        buf_add(out, STR("<tr><th>"));
        html_add_text(out, options->rules[i].facts->id);
        buf_add(out, STR("</th>"));
        html_add_cell(out, NULL, options->rules[i].facts->title);
        html_add_cell(out, sight_classes[rule.sight], coverage_sight_name(rule.sight));
        html_add_cell(out, NULL, rule.reason);
        buf_add(out, STR("</tr>\n"));
    }
    buf_add(out, STR("</tbody>\n</table>\n"));
}

static void add_checks(const struct coverage_host *host, struct buf *out)
{
    buf_add(out, STR("<h3>Checks</h3>\n<table>\n<thead><tr><th>Check</th><th>What</th>"
                     "<th>Grade</th><th>Figure</th></tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < host->check_count; i++) {
        const struct coverage_check *check = &host->checks[i];
        buf_add(out, STR("<tr><th>"));
        html_add_text(out, check->id);
        buf_add(out, STR("</th>"));
        html_add_cell(out, NULL, check->what);
        html_add_cell(out, grade_classes[check->grade], coverage_grade_name(check->grade));
        html_add_cell(out, NULL, check->figure);
        buf_add(out, STR("</tr>\n"));
    }
    buf_add(out, STR("</tbody>\n</table>\n"));
}

static void add_limits(struct buf *out)
{
    buf_add(out, STR("<h2>What needs more than telemetry</h2>\n<ul>\n"));
    for (size_t i = 0; coverage_unasked(i).len > 0; i++) {
        buf_add(out, STR("<li>"));
        html_add_text(out, coverage_unasked(i));
        buf_add(out, STR("</li>\n"));
    }
    buf_add(out, STR("</ul>\n<h2>What no sensor ever shows</h2>\n<ul>\n"));
    for (size_t i = 0; coverage_limit(i).len > 0; i++) {
        buf_add(out, STR("<li>"));
        html_add_text(out, coverage_limit(i));
        buf_add(out, STR("</li>\n"));
    }
    buf_add(out, STR("</ul>\n"));
}
