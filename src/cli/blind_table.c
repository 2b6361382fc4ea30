// For people.

#include "cli/blind_report.h"
#include "sink/json.h"
#include "sink/page.h"

#include <inttypes.h>

#define SIGNAL_COLUMNS 29u
#define RULE_COLUMNS   20u
#define KIND_COLUMNS   13u
#define LABEL_MAX      80u

struct table {
    const struct blind_report *report;
    struct sink_page page;
    struct buf out;
    struct buf text;
    FILE *stream;
};

static void add_head(struct table *t);
static void add_standings(struct table *t);
static void add_findings(struct table *t);
static void add_spots(struct table *t);
static void add_spot(struct table *t, const struct blind_spot *spot);
static void add_canaries(struct table *t);
static void add_signals(struct table *t);
static void add_rules(struct table *t);
static void add_changes(struct table *t);
static void add_lines(struct table *t, const char *label, const struct change_line *lines,
                      size_t count);
static void put(struct table *t, unsigned columns, enum sink_style style, str label);
static void flush(struct table *t);

void blind_print_table(const struct blind_report *r, FILE *stream)
{
    struct table t = { .report = r, .stream = stream };
    buf_init(&t.out, BLIND_OBJECT_MAX);
    buf_init(&t.text, BLIND_OBJECT_MAX);
    sink_page_init(&t.page, &t.out, r->width, r->colour);
    add_head(&t);
    add_spots(&t);
    add_changes(&t);
    add_canaries(&t);
    add_signals(&t);
    add_rules(&t);
    flush(&t);
    sink_page_done(&t.page);
    buf_done(&t.text);
    buf_done(&t.out);
}

static void flush(struct table *t)
{
    (void)fwrite(t->out.len > 0 ? t->out.at : "", 1, t->out.len, t->stream);
    buf_reset(&t->out);
}

static void put(struct table *t, unsigned columns, enum sink_style style, str label)
{
    const struct sink_margin margin = {
        .indent = 2, .label = label, .label_columns = columns, .label_style = style
    };
    sink_page_paragraph(&t->page, &margin, buf_str(&t->text));
    buf_reset(&t->text);
    flush(t);
}

static void add_head(struct table *t)
{
    const struct posture *p = &t->report->posture;
    size_t seen = 0;
    for (size_t i = 0; i < p->asset_count; i++)
        seen += p->assets[i].host_count > 0 && !p->assets[i].is_silent ? 1 : 0;
    buf_printf(&t->text, "coverage of %zu %s", p->asset_count,
               p->asset_count == 1 ? "asset" : "assets");
    if (p->host_count > 0) {
        buf_add(&t->text, STR(", telemetry to "));
        sink_add_time(&t->text, p->newest_ns, ' ', 3);
    }
    sink_page_heading(&t->page, SINK_BOLD, buf_str(&t->text));
    buf_reset(&t->text);
    buf_printf(&t->text, "%zu of them %s telemetry now; %zu %s", seen, seen == 1 ? "sends" : "send",
               p->host_count, p->host_count == 1 ? "Mac tells" : "Macs tell");
    put(t, 0, SINK_PLAIN, STR_EMPTY);
    add_standings(t);
    add_findings(t);
    sink_page_blank(&t->page);
}

static void add_standings(struct table *t)
{
    if (t->report->posture.asset_count == 0)
        return;
    buf_add(&t->text, STR("rules that can see, by how many assets: "));
    for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++)
        buf_printf(&t->text, "%s%.*s %zu", i > 0 ? ", " : "", STR_ARG(sight_standing_name(i)),
                   t->report->sight.standings[i]);
    put(t, 0, SINK_PLAIN, STR_EMPTY);
}

static void add_findings(struct table *t)
{
    const struct finding_totals *f = &t->report->findings;
    if (f->count == 0)
        return;
    buf_printf(&t->text, "%" PRId64 " %s", f->count, f->count == 1 ? "finding" : "findings");
    buf_printf(&t->text, ": %" PRId64 " open", f->open + f->assigned);
    for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
        if (f->closed[i] > 0)
            buf_printf(&t->text, ", %" PRId64 " %.*s", f->closed[i],
                       STR_ARG(disposition_name((enum disposition)i)));
    if (f->triage_ns >= 0) {
        buf_add(&t->text, STR("; time to triage, median "));
        blind_add_span(&t->text, f->triage_ns);
    }
    put(t, 0, SINK_PLAIN, STR_EMPTY);
}

static void add_spots(struct table *t)
{
    const struct blind_list *spots = &t->report->spots;
    const size_t shown = t->report->all || spots->count < BLIND_SHOWN ? spots->count : BLIND_SHOWN;
    buf_printf(&t->text, "%zu blind %s", spots->count, spots->count == 1 ? "spot" : "spots");
    sink_page_heading(&t->page, SINK_BOLD, buf_str(&t->text));
    buf_reset(&t->text);
    for (enum blind_kind kind = 0; kind < BLIND_KIND_COUNT; kind++) {
        if (spots->kinds[kind] == 0)
            continue;
        buf_printf(&t->text, "%zu", spots->kinds[kind]);
        put(t, KIND_COLUMNS, SINK_PLAIN, blind_kind_name(kind));
    }
    sink_page_blank(&t->page);
    for (size_t i = 0; i < shown; i++)
        add_spot(t, &spots->at[i]);
    if (shown < spots->count) {
        buf_printf(&t->text, "and %zu more; --all shows each", spots->count - shown);
        put(t, 0, SINK_PLAIN, STR_EMPTY);
    }
    if (shown > 0)
        sink_page_blank(&t->page);
}

static void add_spot(struct table *t, const struct blind_spot *spot)
{
    buf_add(&t->text, spot->id);
    if (spot->name.len > 0 && !str_eq(spot->name, spot->id))
        buf_printf(&t->text, " (%.*s)", STR_ARG(spot->name));
    if (spot->asset != NULL) {
        const struct asset_row *asset = spot->asset->asset;
        if (asset->role.len > 0)
            buf_printf(&t->text, ", %.*s", STR_ARG(asset->role));
        const str criticality = assets_criticality(asset->criticality);
        if (criticality.len > 0)
            buf_printf(&t->text, ", criticality %.*s", STR_ARG(criticality));
        if (asset->owner.len > 0)
            buf_printf(&t->text, ", of %.*s", STR_ARG(asset->owner));
    }
    buf_printf(&t->text, ": %.*s", STR_ARG(spot->reason));
    if (spot->since_ns != 0) {
        buf_add(&t->text, STR(", since "));
        sink_add_time(&t->text, spot->since_ns, ' ', 3);
    }
    if (spot->check.len > 0)
        buf_printf(&t->text, " (%.*s)", STR_ARG(spot->check));
    put(t, KIND_COLUMNS, blind_is_marked(spot) ? SINK_RED : SINK_YELLOW,
        blind_kind_name(spot->kind));
}

static void add_changes(struct table *t)
{
    const struct blind_report *r = t->report;
    if (!r->has_before)
        return;
    buf_add(&t->text, STR("since the report of "));
    sink_add_time(&t->text, r->before_ns, ' ', 3);
    sink_page_heading(&t->page, SINK_BOLD, buf_str(&t->text));
    buf_reset(&t->text);
    buf_printf(&t->text,
               "%zu blind spots are new, %zu are gone; %" PRIu64 " assets were known, %zu are",
               r->change.came_count, r->change.went_count, r->change.assets_before,
               r->posture.asset_count);
    put(t, 0, SINK_PLAIN, STR_EMPTY);
    if (r->swing.count > 0) {
        buf_printf(&t->text, "%zu got worse, %zu better", r->swing.worse, r->swing.better);
        put(t, 0, SINK_PLAIN, STR_EMPTY);
    }
    add_lines(t, "new", r->change.came, r->change.came_count);
    add_lines(t, "gone", r->change.went, r->change.went_count);
    sink_page_blank(&t->page);
}

static void add_lines(struct table *t, const char *label, const struct change_line *lines,
                      size_t count)
{
    const size_t shown = t->report->all || count < BLIND_SHOWN ? count : BLIND_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        buf_printf(&t->text, "%.*s %.*s", STR_ARG(lines[i].kind), STR_ARG(lines[i].id));
        put(t, KIND_COLUMNS, SINK_PLAIN, str_of(label));
    }
    if (shown < count) {
        buf_printf(&t->text, "and %zu more", count - shown);
        put(t, KIND_COLUMNS, SINK_PLAIN, str_of(label));
    }
}

// By what became of them; those that are not answered are blind spots, which are told by name above.
static void add_canaries(struct table *t)
{
    const struct posture *p = &t->report->posture;
    size_t counts[POSTURE_ANSWER_COUNT] = { 0 };
    size_t total = 0;
    for (size_t i = 0; i < p->canary_count; i++) {
        if (!blind_tells_canary(&p->canaries[i]))
            continue;
        counts[p->canaries[i].answer]++;
        total++;
    }
    if (total == 0)
        return;
    sink_page_heading(&t->page, SINK_BOLD, STR("canaries, the last of each Mac"));
    for (enum posture_answer answer = 0; answer < POSTURE_ANSWER_COUNT; answer++) {
        if (counts[answer] == 0)
            continue;
        buf_printf(&t->text, "%zu", counts[answer]);
        put(t, RULE_COLUMNS, SINK_PLAIN, proof_answer_name(answer));
    }
    sink_page_blank(&t->page);
}

static void add_signals(struct table *t)
{
    if (t->report->posture.asset_count == 0)
        return;
    sink_page_heading(&t->page, SINK_BOLD, STR("signals, by how many assets"));
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++) {
            const size_t count = blind_count(t->report, s, state);
            const str name = coverage_state_name(state);
            if (count > 0)
                buf_printf(&t->text, "%s%zu %.*s", t->text.len > 0 ? ", " : "", count,
                           STR_ARG(name));
        }
        put(t, SIGNAL_COLUMNS, SINK_PLAIN, signal_traits[s].name);
    }
    sink_page_blank(&t->page);
}

static void add_rules(struct table *t)
{
    const struct blind_report *r = t->report;
    if (r->posture.asset_count == 0)
        return;
    sink_page_heading(&t->page, SINK_BOLD, STR("rules, by the share of assets"));
    for (size_t i = 0; i < r->rule_count; i++) {
        const struct sight_rule *rule = &r->sight.rules[i];
        struct buf safe;  // Rules of a site may be called anything.
        buf_init(&safe, LABEL_MAX * 8);
        sink_add_escaped(&safe, str_to(r->rules[i].facts->id, LABEL_MAX));
        buf_printf(&t->text, "%.0f %% can see (%zu), %zu degraded, %zu blind",
                   100.0 * (double)rule->assets[COVERAGE_SEES] / (double)r->posture.asset_count,
                   rule->assets[COVERAGE_SEES], rule->assets[COVERAGE_SEES_BADLY],
                   rule->assets[COVERAGE_BLIND]);
        if (rule->blame != SIGNAL_COUNT)
            buf_printf(&t->text, "; most for %.*s", STR_ARG(signal_traits[rule->blame].name));
        put(t, RULE_COLUMNS, SINK_PLAIN, buf_str(&safe));
        buf_done(&safe);
    }
}
