// For programs: one JSON object a line, each of one kind; all Macs, always.

#include "cli/coverage_report.h"
#include "sink/json.h"

#define NS_PER_SECOND UINT64_C(1000000000)

// One line at a time.
struct lines {
    struct buf line;
    FILE *stream;
};

static void open_line(struct lines *l, str kind);
static void close_line(struct lines *l);
static void add_window(struct lines *l, const struct coverage_report *r);
static void add_fleet(struct lines *l, const struct coverage_report *r);
static void add_host(struct lines *l, const struct coverage_host *host);
static void add_signal(struct lines *l, const struct coverage_host *host, enum signal s);
static void add_rules(struct lines *l, const struct coverage_report *r,
                      const struct coverage_host *host, struct arena *arena);
static void add_checks(struct lines *l, const struct coverage_host *host);
static void add_limits(struct lines *l);
static void add_known_or_null(struct buf *b, str key, str text);
static void add_number(struct buf *b, str key, uint64_t n);

void coverage_print_ndjson(const struct coverage_report *r, FILE *stream)
{
    struct lines l = { .stream = stream };
    struct arena arena = { 0 };
    buf_init(&l.line, COVERAGE_TEXT_MAX);
    add_window(&l, r);
    add_fleet(&l, r);
    for (uint32_t i = 0; i < r->fleet.host_count; i++) {
        struct coverage_host host;
        coverage_judge(r->fidelity, r->fleet.hosts[i].host, &arena, &host);
        add_host(&l, &host);
        for (size_t s = 0; s < SIGNAL_COUNT; s++)
            add_signal(&l, &host, (enum signal)s);
        add_rules(&l, r, &host, &arena);
        add_checks(&l, &host);
        arena_reset(&arena);
    }
    add_limits(&l);
    buf_done(&l.line);
    arena_done(&arena);
}

static void open_line(struct lines *l, str kind)
{
    buf_reset(&l->line);
    sink_json_open(&l->line, STR_EMPTY, '{');
    sink_json_text(&l->line, STR("kind"), kind);
}

static void close_line(struct lines *l)
{
    sink_json_close(&l->line, '}');
    buf_add_char(&l->line, '\n');
    (void)fwrite(l->line.at, 1, l->line.len, l->stream);
}

static void add_number(struct buf *b, str key, uint64_t n)
{
    sink_json_int(b, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

static void add_known_or_null(struct buf *b, str key, str text)
{
    if (text.len > 0)
        sink_json_text(b, key, text);
    else
        sink_json_value(b, key, (struct value){ 0 });
}

static void add_window(struct lines *l, const struct coverage_report *r)
{
    const struct fidelity_options *options = coverage_options(r->fidelity);
    struct buf *b = &l->line;
    int64_t first_ns;
    int64_t last_ns;
    open_line(l, STR("window"));
    if (coverage_window(r->fidelity, &first_ns, &last_ns)) {
        sink_json_time(b, STR("from"), first_ns);
        sink_json_time(b, STR("to"), last_ns);
    }
    add_number(b, STR("hosts"), r->fleet.host_count);
    add_number(b, STR("records"), r->records);
    add_number(b, STR("events"), coverage_events(r->fidelity));
    add_number(b, STR("duplicates"), r->duplicates);
    add_number(b, STR("merged"), r->merged);
    add_number(b, STR("hostless"), r->hostless);
    sink_json_open(b, STR("dropped"), '{');
    for (size_t i = 0; i < options->drop_count; i++)
        if (coverage_dropped(r->fidelity, i) > 0)
            add_number(b, options->drops[i].name, coverage_dropped(r->fidelity, i));
    if (r->too_long > 0)
        add_number(b, STR("too long"), r->too_long);
    sink_json_close(b, '}');
    close_line(l);
}

static void add_fleet(struct lines *l, const struct coverage_report *r)
{
    const struct fidelity_options *options = coverage_options(r->fidelity);
    struct buf *b = &l->line;
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        open_line(l, STR("fleet_signal"));
        sink_json_text(b, STR("signal"), signal_traits[s].name);
        sink_json_open(b, STR("hosts"), '{');
        for (size_t state = 0; state < COVERAGE_STATE_COUNT; state++)
            add_number(b, coverage_state_name((enum coverage_state)state),
                       r->fleet.signals[s][state]);
        sink_json_close(b, '}');
        close_line(l);
    }
    for (size_t i = 0; i < options->rule_count; i++) {
        const enum signal blame = fleet_blame(&r->fleet.rules[i]);
        open_line(l, STR("fleet_rule"));
        sink_json_text(b, STR("rule"), options->rules[i].facts->id);
        sink_json_text(b, STR("title"), options->rules[i].facts->title);
        sink_json_open(b, STR("hosts"), '{');
        for (size_t sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++)
            add_number(b, coverage_sight_name((enum coverage_sight)sight),
                       r->fleet.rules[i].hosts[sight]);
        sink_json_close(b, '}');
        add_known_or_null(b, STR("blame"),
                          blame == SIGNAL_COUNT ? STR_EMPTY : signal_traits[blame].name);
        close_line(l);
    }
}

static void add_host(struct lines *l, const struct coverage_host *host)
{
    struct buf *b = &l->line;
    open_line(l, STR("host"));
    sink_json_text(b, STR("host"), host->id);
    sink_json_text(b, STR("name"), host->name);
    sink_json_text(b, STR("sensors"), host->sensors);
    add_number(b, STR("events"), host->events);
    add_number(b, STR("dropped"), host->dropped);
    add_number(b, STR("damaged"), host->lost);
    close_line(l);
}

static void add_signal(struct lines *l, const struct coverage_host *host, enum signal s)
{
    const struct coverage_signal *signal = &host->signals[s];
    struct buf *b = &l->line;
    open_line(l, STR("signal"));
    sink_json_text(b, STR("host"), host->id);
    sink_json_text(b, STR("signal"), signal_traits[s].name);
    sink_json_text(b, STR("state"), coverage_state_name(signal->state));
    sink_json_text(b, STR("figure"), signal->figure);
    sink_json_text(b, STR("reason"), signal->reason);
    add_known_or_null(b, STR("check"), signal->state > COVERAGE_SEEN ? signal->check : STR_EMPTY);
    if (signal_traits[s].kind == SIGNAL_FACT) {
        add_number(b, STR("asked"), signal->asked);
        add_number(b, STR("told"), signal->told);
    } else {
        add_number(b, STR("events"), signal->events);
    }
    if (signal->losses_told)
        add_number(b, STR("missed"), signal->missed);
    if (signal->merged > 0)
        add_number(b, STR("merged"), signal->merged);
    if (signal->events > 0) {
        sink_json_time(b, STR("first"), signal->first_ns);
        sink_json_time(b, STR("last"), signal->last_ns);
        add_number(b, STR("longest_silence_s"), signal->silence_ns / NS_PER_SECOND);
        add_number(b, STR("most_in_a_minute"), signal->minute_max);
    }
    close_line(l);
}

static void add_rules(struct lines *l, const struct coverage_report *r,
                      const struct coverage_host *host, struct arena *arena)
{
    const struct fidelity_options *options = coverage_options(r->fidelity);
    struct buf *b = &l->line;
    for (size_t i = 0; i < options->rule_count; i++) {
        const struct coverage_rule rule = coverage_judge_rule(host, &options->rules[i], arena);
        const bool sees = rule.blame == SIGNAL_COUNT;
        open_line(l, STR("rule"));
        sink_json_text(b, STR("host"), host->id);
        sink_json_text(b, STR("rule"), options->rules[i].facts->id);
        sink_json_text(b, STR("sight"), coverage_sight_name(rule.sight));
        add_known_or_null(b, STR("blame"), sees ? STR_EMPTY : signal_traits[rule.blame].name);
        add_known_or_null(b, STR("check"), sees ? STR_EMPTY : host->signals[rule.blame].check);
        add_known_or_null(b, STR("reason"), rule.reason);
        close_line(l);
    }
}

static void add_checks(struct lines *l, const struct coverage_host *host)
{
    struct buf *b = &l->line;
    for (size_t i = 0; i < host->check_count; i++) {
        const struct coverage_check *check = &host->checks[i];
        open_line(l, STR("check"));
        sink_json_text(b, STR("host"), host->id);
        sink_json_text(b, STR("check"), check->id);
        sink_json_text(b, STR("grade"), coverage_grade_name(check->grade));
        sink_json_text(b, STR("what"), check->what);
        sink_json_text(b, STR("figure"), check->figure);
        close_line(l);
    }
}

static void add_limits(struct lines *l)
{
    for (size_t i = 0; coverage_unasked(i).len > 0; i++) {
        open_line(l, STR("unasked"));
        sink_json_text(&l->line, STR("check"), str_to(coverage_unasked(i), 3));
        sink_json_text(&l->line, STR("what"), str_from(coverage_unasked(i), 4));
        close_line(l);
    }
    for (size_t i = 0; coverage_limit(i).len > 0; i++) {
        open_line(l, STR("limit"));
        sink_json_text(&l->line, STR("what"), coverage_limit(i));
        close_line(l);
    }
}
