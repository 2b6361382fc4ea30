// For people: with one Mac each signal with its state, figure and reason; with many, how many are in
// which state, and the worst of them.

#include "cli/coverage_report.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>
#include <stdlib.h>

#define INDENT         2u
#define SIGNAL_COLUMNS 44u  // "code-signature invalidation  blind in part  "
#define CHECK_COLUMNS  16u
#define RULE_COLUMNS   20u
#define LABEL_MAX      96u

struct table {
    const struct coverage_report *report;
    struct sink_page page;
    struct buf out;
    struct buf text;
    FILE *stream;
};

static void add_window(struct table *t);
static void add_fleet(struct table *t);
static void add_fleet_rules(struct table *t);
static void add_host(struct table *t, const struct coverage_host *host, struct arena *arena);
static void add_signals(struct table *t, const struct coverage_host *host);
static void add_rules(struct table *t, const struct coverage_host *host, struct arena *arena);
static void add_checks(struct table *t, const struct coverage_host *host);
static void add_limits(struct table *t);
static void put(struct table *t, unsigned columns, enum sink_style style, str label);
static void flush(struct table *t);

static const enum sink_style state_styles[COVERAGE_STATE_COUNT] = {
    [COVERAGE_DEGRADED] = SINK_YELLOW, [COVERAGE_BLIND_IN_PART] = SINK_RED,
    [COVERAGE_SILENT] = SINK_RED,      [COVERAGE_NEVER_SEEN] = SINK_DIM,
    [COVERAGE_IMPOSSIBLE] = SINK_DIM,
};

static const enum sink_style sight_styles[COVERAGE_SIGHT_COUNT] = {
    [COVERAGE_SEES_BADLY] = SINK_YELLOW,
    [COVERAGE_BLIND] = SINK_RED,
};

static const enum sink_style grade_styles[COVERAGE_GRADE_COUNT] = {
    [COVERAGE_MIDDLE] = SINK_YELLOW,
    [COVERAGE_FAILS] = SINK_RED,
    [COVERAGE_UNTOLD] = SINK_DIM,
};

void coverage_print_table(const struct coverage_report *r, FILE *stream)
{
    struct table t = { .report = r, .stream = stream };
    struct arena arena = { 0 };
    buf_init(&t.out, COVERAGE_TEXT_MAX);
    buf_init(&t.text, COVERAGE_TEXT_MAX);
    sink_page_init(&t.page, &t.out, r->width, r->colour);
    add_window(&t);
    if (r->fleet.host_count > 1)
        add_fleet(&t);
    for (uint32_t i = 0; i < coverage_shown(r); i++) {
        struct coverage_host host;
        coverage_judge(r->fidelity, r->fleet.hosts[i].host, &arena, &host);
        add_host(&t, &host, &arena);
        flush(&t);
        arena_reset(&arena);
    }
    add_limits(&t);
    flush(&t);
    sink_page_done(&t.page);
    buf_done(&t.text);
    buf_done(&t.out);
    arena_done(&arena);
}

static void flush(struct table *t)
{
    (void)fwrite(t->out.len > 0 ? t->out.at : "", 1, t->out.len, t->stream);
    buf_reset(&t->out);
}

static void put(struct table *t, unsigned columns, enum sink_style style, str label)
{
    const struct sink_margin margin = {
        .indent = INDENT, .label = label, .label_columns = columns, .label_style = style
    };
    if (t->text.len == 0)
        buf_add(&t->text, STR("-"));
    sink_page_paragraph(&t->page, &margin, buf_str(&t->text));
    buf_reset(&t->text);
}

static void add_window(struct table *t)
{
    int64_t first_ns;
    int64_t last_ns;
    const uint32_t count = t->report->fleet.host_count;
    buf_printf(&t->text, "coverage of %" PRIu32 " %s", count, count == 1 ? "Mac" : "Macs");
    if (coverage_window(t->report->fidelity, &first_ns, &last_ns)) {
        buf_add(&t->text, STR(", "));
        sink_add_time(&t->text, first_ns, ' ', 3);
        buf_add(&t->text, STR(" to "));
        sink_add_time(&t->text, last_ns, ' ', 3);
    }
    sink_page_heading(&t->page, SINK_BOLD, buf_str(&t->text));
    buf_reset(&t->text);
    coverage_add_sum(t->report, &t->text);
    put(t, 0, SINK_PLAIN, STR_EMPTY);
    sink_page_blank(&t->page);
}

void coverage_add_sum(const struct coverage_report *r, struct buf *out)
{
    const struct fidelity_options *options = coverage_options(r->fidelity);
    const uint64_t events = coverage_events(r->fidelity);
    buf_printf(out, "%" PRIu64 " %s in = %" PRIu64 " %s", r->records,
               r->records == 1 ? "record" : "records", events, events == 1 ? "event" : "events");
    for (size_t i = 0; i < options->drop_count; i++) {
        const uint64_t dropped = coverage_dropped(r->fidelity, i);
        const str name = options->drops[i].name;
        if (dropped > 0)
            buf_printf(out, " + %" PRIu64 " %.*s", dropped, STR_ARG(name));
    }
    if (r->too_long > 0)
        buf_printf(out, " + %" PRIu64 " too long", r->too_long);
    if (r->duplicates > 0)
        buf_printf(out, " + %" PRIu64 " told twice", r->duplicates);
    if (r->merged > 0)
        buf_printf(out, " + %" PRIu64 " told by an event like them", r->merged);
    if (r->hostless > 0)
        buf_printf(out, " + %" PRIu64 " of no Mac that can be told", r->hostless);
}

static void add_fleet(struct table *t)
{
    const struct fleet *fleet = &t->report->fleet;
    sink_page_heading(&t->page, SINK_BOLD, STR("signals, by how many Macs"));
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        const char *separator = "";
        for (size_t state = 0; state < COVERAGE_STATE_COUNT; state++) {
            const str name = coverage_state_name((enum coverage_state)state);
            if (fleet->signals[s][state] == 0)
                continue;
            buf_printf(&t->text, "%s%" PRIu32 " %.*s", separator, fleet->signals[s][state],
                       STR_ARG(name));
            separator = ", ";
        }
        put(t, 29, SINK_PLAIN, signal_traits[s].name);
    }
    sink_page_blank(&t->page);
    add_fleet_rules(t);
    const uint32_t shown = coverage_shown(t->report);
    if (shown < fleet->host_count) {
        buf_printf(&t->text, "the worst %" PRIu32 " of %" PRIu32 " Macs; --all shows each", shown,
                   fleet->host_count);
        put(t, 0, SINK_PLAIN, STR_EMPTY);
        sink_page_blank(&t->page);
    }
}

static void add_fleet_rules(struct table *t)
{
    const struct fidelity_options *options = coverage_options(t->report->fidelity);
    const struct fleet *fleet = &t->report->fleet;
    sink_page_heading(&t->page, SINK_BOLD, STR("rules, by how many Macs"));
    for (size_t i = 0; i < options->rule_count; i++) {
        const struct fleet_rule *rule = &fleet->rules[i];
        const uint32_t sees = rule->hosts[COVERAGE_SEES];
        const enum signal blame = fleet_blame(rule);
        buf_printf(&t->text,
                   "%.0f %% can see (%" PRIu32 "), %" PRIu32 " degraded, %" PRIu32 " blind",
                   100.0 * sees / fleet->host_count, sees, rule->hosts[COVERAGE_SEES_BADLY],
                   rule->hosts[COVERAGE_BLIND]);
        if (blame != SIGNAL_COUNT)
            buf_printf(&t->text, "; most for %.*s", STR_ARG(signal_traits[blame].name));
        put(t, RULE_COLUMNS, SINK_PLAIN, options->rules[i].facts->id);
    }
    sink_page_blank(&t->page);
}

static void add_host(struct table *t, const struct coverage_host *host, struct arena *arena)
{
    const bool has_name = host->name.len > 0 && !str_eq(host->name, host->id);
    buf_add(&t->text, host->id);
    if (has_name)
        buf_printf(&t->text, " (%.*s)", STR_ARG(host->name));
    const str dot = sink_page_separator(&t->page);
    buf_printf(&t->text, "%.*s%.*s%.*s%" PRIu64 " %s", STR_ARG(dot),
               STR_ARG(host->sensors.len > 0 ? host->sensors : STR("no sensor")), STR_ARG(dot),
               host->events, host->events == 1 ? "event" : "events");
    if (host->dropped > 0)
        buf_printf(&t->text, ", %" PRIu64 " dropped", host->dropped);
    sink_page_heading(&t->page, SINK_CYAN, buf_str(&t->text));
    buf_reset(&t->text);
    add_signals(t, host);
    sink_page_blank(&t->page);
    add_rules(t, host, arena);
    sink_page_blank(&t->page);
    add_checks(t, host);
    sink_page_blank(&t->page);
}

static void add_signals(struct table *t, const struct coverage_host *host)
{
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        const struct coverage_signal *signal = &host->signals[s];
        char label[LABEL_MAX];
        const int len =
            snprintf(label, sizeof label, "%-28.*s %.*s", STR_ARG(signal_traits[s].name),
                     STR_ARG(coverage_state_name(signal->state)));
        buf_add(&t->text, signal->figure);
        if (signal->state > COVERAGE_SEEN)
            buf_printf(&t->text, "; %.*s", STR_ARG(signal->reason));
        else if (!signal->losses_told && signal->asked == 0)
            buf_add(&t->text, STR("; losses not told"));
        if (signal->check.len > 0 && signal->state > COVERAGE_SEEN)
            buf_printf(&t->text, " (%.*s)", STR_ARG(signal->check));
        put(t, SIGNAL_COLUMNS, state_styles[signal->state],
            (str){ .at = label, .len = len < 0 ? 0 : (size_t)len });
    }
}

static void add_rules(struct table *t, const struct coverage_host *host, struct arena *arena)
{
    const struct fidelity_options *options = coverage_options(t->report->fidelity);
    for (size_t i = 0; i < options->rule_count; i++) {
        const struct rule_facts *facts = options->rules[i].facts;
        const struct coverage_rule rule = coverage_judge_rule(host, &options->rules[i], arena);
        const str sight = coverage_sight_name(rule.sight);
        const str label = arena_printf(arena, "%.*s  %.*s", STR_ARG(facts->id), STR_ARG(sight));
        struct buf safe;  // Rules of a site may be called anything.
        buf_init(&safe, LABEL_MAX * 4);
        sink_add_escaped(&safe, str_to(label, LABEL_MAX - 1));
        buf_add(&t->text, rule.blame == SIGNAL_COUNT ? facts->title : rule.reason);
        put(t, RULE_COLUMNS, sight_styles[rule.sight], buf_str(&safe));
        buf_done(&safe);
    }
}

static void add_checks(struct table *t, const struct coverage_host *host)
{
    for (size_t i = 0; i < host->check_count; i++) {
        const struct coverage_check *check = &host->checks[i];
        char label[LABEL_MAX];
        const int len = snprintf(label, sizeof label, "%.*s  %.*s", STR_ARG(check->id),
                                 STR_ARG(coverage_grade_name(check->grade)));
        buf_printf(&t->text, "%.*s: %.*s", STR_ARG(check->what), STR_ARG(check->figure));
        put(t, CHECK_COLUMNS, grade_styles[check->grade],
            (str){ .at = label, .len = len < 0 ? 0 : (size_t)len });
    }
}

static void add_limits(struct table *t)
{
    sink_page_heading(&t->page, SINK_BOLD, STR("needs more than telemetry"));
    for (size_t i = 0; coverage_unasked(i).len > 0; i++)
        buf_printf(&t->text, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(coverage_unasked(i)));
    put(t, 0, SINK_PLAIN, STR_EMPTY);
    sink_page_blank(&t->page);
    sink_page_heading(&t->page, SINK_BOLD, STR("never seen, by any sensor"));
    for (size_t i = 0; coverage_limit(i).len > 0; i++) {
        buf_add(&t->text, coverage_limit(i));
        put(t, 0, SINK_PLAIN, STR_EMPTY);
    }
}
