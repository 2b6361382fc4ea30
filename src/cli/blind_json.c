// For programs: one object a line, each of one kind; or all of them in one array.

#include "cli/blind_report.h"
#include "sink/json.h"

#define NS_PER_SECOND INT64_C(1000000000)

struct objects {
    const struct blind_report *report;
    struct buf line;
    FILE *stream;
    bool is_array;
    bool has_any;
};

static void print_all(const struct blind_report *r, FILE *stream, bool is_array);
static void open_object(struct objects *o, str kind);
static void close_object(struct objects *o);
static void add_fleet(struct objects *o);
static void add_signals(struct objects *o);
static void add_rules(struct objects *o);
static void add_sight(struct objects *o);
static void add_decisions(struct objects *o);
static void add_teams(struct objects *o);
static void add_spot(struct objects *o, size_t i);
static void add_canary(struct objects *o, const struct posture_canary *canary);
static void add_bits(struct buf *b, str key, uint32_t signals);
static void add_changes(struct objects *o, str what, const struct change_line *lines, size_t count);
static void add_asset(struct objects *o, const struct posture_asset *asset);
static void add_asset_signal(struct buf *b, const struct kept_signal *signal, enum signal s);
static void add_told(struct buf *b, str key, int64_t told);
static void add_since(struct buf *b, str key, int64_t since_ns);

void blind_print_ndjson(const struct blind_report *r, FILE *stream)
{
    print_all(r, stream, false);
}

void blind_print_json(const struct blind_report *r, FILE *stream)
{
    print_all(r, stream, true);
}

static void print_all(const struct blind_report *r, FILE *stream, bool is_array)
{
    struct objects o = { .report = r, .stream = stream, .is_array = is_array };
    buf_init(&o.line, BLIND_OBJECT_MAX);
    add_fleet(&o);
    add_signals(&o);
    add_rules(&o);
    add_sight(&o);
    add_decisions(&o);
    for (size_t i = 0; i < r->spots.count; i++)
        add_spot(&o, i);
    for (size_t i = 0; i < r->posture.canary_count; i++)
        if (blind_tells_canary(&r->posture.canaries[i]))
            add_canary(&o, &r->posture.canaries[i]);
    add_changes(&o, STR("new"), r->change.came, r->change.came_count);
    add_changes(&o, STR("gone"), r->change.went, r->change.went_count);
    add_teams(&o);
    for (size_t i = 0; i < r->posture.asset_count; i++)
        add_asset(&o, &r->posture.assets[i]);
    if (is_array)
        (void)fputs("\n]\n", stream);
    buf_done(&o.line);
}

static void open_object(struct objects *o, str kind)
{
    buf_reset(&o->line);
    sink_json_open(&o->line, STR_EMPTY, '{');
    sink_json_text(&o->line, STR("kind"), kind);
}

static void close_object(struct objects *o)
{
    sink_json_close(&o->line, '}');
    if (o->is_array)
        (void)fputs(o->has_any ? ",\n" : "[\n", o->stream);
    (void)fwrite(o->line.at, 1, o->line.len, o->stream);
    if (!o->is_array)
        (void)fputc('\n', o->stream);
    o->has_any = true;
}

static void add_since(struct buf *b, str key, int64_t since_ns)
{
    if (since_ns != 0)
        sink_json_time(b, key, since_ns);
    else
        sink_json_value(b, key, (struct value){ 0 });
}

static void add_told(struct buf *b, str key, int64_t told)
{
    if (told >= 0)
        sink_json_bool(b, key, told > 0);
    else
        sink_json_value(b, key, (struct value){ 0 });
}

static void add_fleet(struct objects *o)
{
    const struct blind_report *r = o->report;
    struct buf *b = &o->line;
    open_object(o, STR("fleet"));
    add_since(b, STR("made"), r->made_ns);
    add_since(b, STR("from"), r->posture.oldest_ns);
    add_since(b, STR("to"), r->posture.newest_ns);
    sink_json_int(b, STR("assets"), (int64_t)r->posture.asset_count);
    sink_json_int(b, STR("macs"), (int64_t)r->posture.host_count);
    sink_json_open(b, STR("blind"), '{');
    for (enum blind_kind kind = 0; kind < BLIND_KIND_COUNT; kind++)
        sink_json_int(b, blind_kind_name(kind), (int64_t)r->spots.kinds[kind]);
    sink_json_close(b, '}');
    add_since(b, STR("last_report"), r->has_before ? r->before_ns : 0);
    close_object(o);
}

static void add_signals(struct objects *o)
{
    struct buf *b = &o->line;
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        open_object(o, STR("fleet_signal"));
        sink_json_text(b, STR("signal"), signal_traits[s].name);
        sink_json_open(b, STR("assets"), '{');
        for (enum coverage_state state = 0; state < COVERAGE_STATE_COUNT; state++)
            sink_json_int(b, coverage_state_name(state), (int64_t)blind_count(o->report, s, state));
        sink_json_close(b, '}');
        close_object(o);
    }
}

static void add_rules(struct objects *o)
{
    struct buf *b = &o->line;
    for (size_t i = 0; i < o->report->rule_count; i++) {
        const struct sight_rule *rule = &o->report->sight.rules[i];
        open_object(o, STR("fleet_rule"));
        sink_json_text(b, STR("rule"), o->report->rules[i].facts->id);
        sink_json_text(b, STR("title"), o->report->rules[i].facts->title);
        sink_json_open(b, STR("assets"), '{');
        for (enum coverage_sight sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++)
            sink_json_int(b, coverage_sight_name(sight), (int64_t)rule->assets[sight]);
        sink_json_close(b, '}');
        if (rule->blame != SIGNAL_COUNT)
            sink_json_text(b, STR("blame"), signal_traits[rule->blame].name);
        else
            sink_json_value(b, STR("blame"), (struct value){ 0 });
        close_object(o);
    }
}

static void add_sight(struct objects *o)
{
    const struct blind_report *r = o->report;
    struct buf *b = &o->line;
    open_object(o, STR("sight"));
    sink_json_open(b, STR("assets"), '{');
    for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++)
        sink_json_int(b, sight_standing_name(i), (int64_t)r->sight.standings[i]);
    sink_json_close(b, '}');
    if (r->has_before) {
        sink_json_open(b, STR("assets_before"), '{');
        for (enum sight_standing i = 0; i < SIGHT_STANDING_COUNT; i++)
            sink_json_int(b, sight_standing_name(i), (int64_t)r->change.standings_before[i]);
        sink_json_close(b, '}');
    }
    sink_json_open(b, STR("rules"), '{');
    for (enum coverage_sight sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++)
        sink_json_int(b, coverage_sight_name(sight), (int64_t)r->sight.all[sight]);
    sink_json_close(b, '}');
    close_object(o);
}

static void add_decisions(struct objects *o)
{
    const struct finding_totals *f = &o->report->findings;
    struct buf *b = &o->line;
    open_object(o, STR("decisions"));
    add_since(b, STR("from"), f->first_ns);
    add_since(b, STR("to"), f->last_ns);
    sink_json_int(b, STR("findings"), f->count);
    sink_json_int(b, STR("open"), f->open);
    sink_json_int(b, STR("assigned"), f->assigned);
    sink_json_int(b, STR("high_or_critical"), f->grave);
    sink_json_open(b, STR("closed"), '{');
    for (size_t i = DISPOSITION_NONE + 1; i < DISPOSITION_COUNT; i++)
        sink_json_int(b, disposition_name((enum disposition)i), f->closed[i]);
    sink_json_close(b, '}');
    if (f->triage_ns >= 0)
        sink_json_int(b, STR("triage_s"), f->triage_ns / NS_PER_SECOND);
    else
        sink_json_value(b, STR("triage_s"), (struct value){ 0 });
    if (o->report->has_before) {
        sink_json_int(b, STR("came_since"), f->stored_since);
        sink_json_int(b, STR("closed_since"), f->closed_since);
    }
    close_object(o);
}

static void add_teams(struct objects *o)
{
    const struct swing *s = &o->report->swing;
    for (size_t i = 0; i < s->team_count; i++) {
        open_object(o, STR("team_change"));
        sink_json_text(&o->line, STR("team"), s->teams[i].name);
        sink_json_int(&o->line, STR("worse"), (int64_t)s->teams[i].worse);
        sink_json_int(&o->line, STR("better"), (int64_t)s->teams[i].better);
        close_object(o);
    }
}

static void add_spot(struct objects *o, size_t i)
{
    const struct blind_spot *spot = &o->report->spots.at[i];
    struct buf *b = &o->line;
    open_object(o, STR("blind"));
    sink_json_int(b, STR("rank"), (int64_t)i + 1);
    sink_json_text(b, STR("blind"), blind_kind_name(spot->kind));
    sink_json_text(b, spot->asset == NULL ? STR("host") : STR("asset"), spot->id);
    sink_json_text(b, STR("name"), spot->name);
    if (spot->asset != NULL) {
        const struct asset_row *asset = spot->asset->asset;
        sink_json_text(b, STR("owner"), asset->owner);
        sink_json_text(b, STR("team"), asset->team);
        sink_json_text(b, STR("role"), asset->role);
        sink_json_text(b, STR("criticality"), assets_criticality(asset->criticality));
        add_told(b, STR("in_scope"), asset->in_scope);
    }
    sink_json_bool(b, STR("marked"), blind_is_marked(spot));
    add_since(b, STR("since"), spot->since_ns);
    sink_json_text(b, STR("check"), spot->check);
    sink_json_text(b, STR("reason"), spot->reason);
    close_object(o);
}

static void add_canary(struct objects *o, const struct posture_canary *canary)
{
    const struct kept_canary *from = canary->canary;
    struct buf *b = &o->line;
    open_object(o, STR("canary"));
    sink_json_text(b, STR("nonce"), from->row.nonce);
    if (canary->asset != NULL)
        sink_json_text(b, STR("asset"), canary->asset->asset->id);
    else
        sink_json_value(b, STR("asset"), (struct value){ 0 });
    sink_json_int(b, STR("assets"), (int64_t)canary->is.count);
    sink_json_text_known(b, STR("emitted_on"), from->row.host);
    sink_json_text_known(b, STR("host"), from->host_id);
    sink_json_text_known(b, STR("name"), from->host_name);
    add_since(b, STR("at"), from->at_ns);
    add_since(b, STR("looked"), from->row.looked_ns);
    sink_json_text(b, STR("answer"), proof_answer_name(canary->answer));
    add_bits(b, STR("proved"), from->proved);
    add_bits(b, STR("missing"), canary->missing);
    close_object(o);
}

static void add_bits(struct buf *b, str key, uint32_t signals)
{
    sink_json_open(b, key, '[');
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        if ((signals & SIGNAL_BIT(s)) != 0)
            sink_json_text(b, STR_EMPTY, signal_traits[s].name);
    sink_json_close(b, ']');
}

static void add_changes(struct objects *o, str what, const struct change_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        open_object(o, STR("change"));
        sink_json_text(&o->line, STR("change"), what);
        sink_json_text(&o->line, STR("blind"), lines[i].kind);
        // It is the inside of a JSON string already.
        buf_add(&o->line, STR(",\"id\":\""));
        buf_add(&o->line, lines[i].id);
        buf_add_char(&o->line, '"');
        close_object(o);
    }
}

static void add_asset(struct objects *o, const struct posture_asset *asset)
{
    struct buf *b = &o->line;
    open_object(o, STR("asset"));
    sink_json_text(b, STR("asset"), asset->asset->id);
    sink_json_text(b, STR("name"), asset->asset->host_name);
    sink_json_text(b, STR("role"), asset->asset->role);
    sink_json_text(b, STR("criticality"), assets_criticality(asset->asset->criticality));
    sink_json_int(b, STR("macs"), (int64_t)asset->host_count);
    add_since(b, STR("last"), asset->last_ns);
    sink_json_open(b, STR("signals"), '[');
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        add_asset_signal(b, &asset->signals[s], s);
    sink_json_close(b, ']');
    close_object(o);
}

static void add_asset_signal(struct buf *b, const struct kept_signal *signal, enum signal s)
{
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("signal"), signal_traits[s].name);
    sink_json_text(b, STR("state"), coverage_state_name(signal->state));
    add_since(b, STR("since"), signal->since_ns);
    sink_json_text_known(b, STR("check"), signal->check);
    sink_json_text_known(b, STR("figure"), signal->figure);
    sink_json_text_known(b, STR("reason"), signal->reason);
    sink_json_close(b, '}');
}
