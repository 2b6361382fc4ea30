#include "cli/explain.h"

#include "match/explain.h"
#include "match/rules.h"
#include "match/watch.h"
#include "pipeline.h"
#include "sink/json.h"

#include <inttypes.h>
#include <stdio.h>

#define EXPLAIN_MAX (4u * 1024u * 1024u)

static int explain_against(const struct rules *rules, size_t rule,
                           const struct explain_options *options, struct buf *out);
static enum status watch_files(const struct rules *rules, const struct explain_options *options,
                               struct watch *watch, struct buf *out, struct err *err);
static void add_seen(const struct pipeline *p, const struct watch *w, struct buf *out);
static void add_stages(const struct watch *w, struct buf *out);
static void add_stage(const struct watch *w, uint32_t i, struct buf *out);
static void add_outcomes(const struct eql_plan *plan, uint32_t i, const struct watch_stage *s,
                         struct buf *out);
static void add_nearest(const struct watch_stage *s, struct buf *out);
static void add_counts(const struct sequence_counts *counts, struct buf *out);

int explain_run(const struct rules *rules, const struct explain_options *options)
{
    static const struct match_options match = { 0 };
    const size_t only = rules_find(rules, options->id);
    const bool is_all = options->id.len == 0;
    if (!is_all && only == rules_count(rules))
        return cli_fail(EXIT_USAGE, "there is no rule %.*s; `pomona rules list` has them all",
                        STR_ARG(options->id));
    struct buf out;
    buf_init(&out, EXPLAIN_MAX);
    int code = EXIT_DONE;
    for (size_t i = is_all ? 0 : only; i < rules_count(rules) && (is_all || i == only); i++) {
        buf_add(&out, out.len > 0 ? STR("\n") : STR_EMPTY);
        rules_explain(rules, i, &match, &out);
        if (options->file_count > 0 && code == EXIT_DONE)
            code = explain_against(rules, i, options, &out);
    }
    struct buf shown;
    buf_init(&shown, 4 * EXPLAIN_MAX);
    buf_add_printable(&shown, buf_str(&out));
    if (shown.len > 0)
        (void)fwrite(shown.at, 1, shown.len, stdout);
    buf_done(&shown);
    buf_done(&out);
    return code;
}

static int explain_against(const struct rules *rules, size_t rule,
                           const struct explain_options *options, struct buf *out)
{
    struct watch watch;
    struct err err;
    watch_init(&watch, rules, (uint32_t)rule);
    const enum status status = watch_files(rules, options, &watch, out, &err);
    watch_done(&watch);
    return status == OK ? EXIT_DONE : cli_fail(cli_exit_of(status), "%s", err.text);
}

// Runs the whole engine, so that every rule stands in its usual place; findings are not printed.
static enum status watch_files(const struct rules *rules, const struct explain_options *options,
                               struct watch *watch, struct buf *out, struct err *err)
{
    const struct pipeline_options how = {
        .source = { .host_from_filename = options->file_count > 1 },
        .match = { .watch = watch },
        .sink = { .form = SINK_NDJSON },
        .processes_max = PROCESSES_MAX_DEFAULT,
    };
    struct pipeline p;
    FILE *nowhere = tmpfile();
    if (nowhere == NULL)
        return fail(err, ERR_IO, "there is no room for a temporary file");
    enum status status = pipeline_open(&p, &how, rules, nowhere, err);
    if (status == OK)
        status =
            source_open(options->files, options->file_count, &how.source, &p.hosts, &p.source, err);
    if (status == OK)
        status = pipeline_run(&p, err);
    size_t failures = 0;
    const struct source_input_failure *failed =
        status == OK ? source_failures(p.source, &failures) : NULL;
    if (failures > 0)
        status = fail(err, ERR_IO, "%.*s: %.*s", STR_ARG(failed->path), STR_ARG(failed->why));
    if (status == OK)
        add_seen(&p, watch, out);
    pipeline_close(&p);
    (void)fclose(nowhere);
    return status;
}

static void add_seen(const struct pipeline *p, const struct watch *w, struct buf *out)
{
    const struct sequence_counts *counts = matcher_rule_counts(p->matcher, w->rule);
    buf_printf(out, "\nagainst  %" PRIu64 " events\n", matcher_counts(p->matcher).in);
    add_stages(w, out);
    if (w->rules->at[w->rule].plan->is_sequence)
        add_counts(counts, out);
    buf_printf(out, "found    %" PRIu64 "\n", counts->matches);
}

static void add_stages(const struct watch *w, struct buf *out)
{
    const struct eql_plan *plan = w->rules->at[w->rule].plan;
    for (uint32_t i = 0; i < plan->stage_count + plan->has_until; i++)
        add_stage(w, i, out);
}

static void add_stage(const struct watch *w, uint32_t i, struct buf *out)
{
    const struct eql_plan *plan = w->rules->at[w->rule].plan;
    const bool is_until = i == plan->stage_count;
    const struct watch_stage *s = &w->stages[i];
    if (is_until)
        buf_add(out, STR("until    "));
    else
        buf_printf(out, "stage %-2u ", i + 1);
    buf_printf(out, "asked of %" PRIu64 " events, met by %" PRIu64, s->asked, s->met);
    if (plan->is_sequence && s->met > 0)
        add_outcomes(plan, i, s, out);
    buf_add_char(out, '\n');
    if (s->met == 0 && s->has_nearest)
        add_nearest(s, out);
}

// A stage that waits for nothing before it begins sequences.
static void add_outcomes(const struct eql_plan *plan, uint32_t i, const struct watch_stage *s,
                         struct buf *out)
{
    static const char *const others[TAKE_OUTCOME_COUNT] = {
        [TAKE_NO_PARTIAL] = "had none of their key waiting",
        [TAKE_NOT_LATER] = "were not later than what waited",
        [TAKE_NOT_MET] = "did not meet what refers to earlier stages",
        [TAKE_TOO_OLD] = "came after maxspan",
    };
    bool begins = true;
    for (uint32_t before = 0; before < i && before < plan->stage_count; before++)
        begins &= plan->stages[before].missing;
    buf_printf(out, "; %" PRIu64 " %s", s->outcomes[TAKE_TAKEN],
               i == plan->stage_count    ? "ended a sequence"
               : plan->stages[i].missing ? "spoilt a sequence, or may yet"
               : begins                  ? "began a sequence"
                                         : "carried one on");
    for (size_t outcome = 0; outcome < TAKE_OUTCOME_COUNT; outcome++)
        if (outcome != TAKE_TAKEN && s->outcomes[outcome] > 0)
            buf_printf(out, ", %" PRIu64 " %s", s->outcomes[outcome], others[outcome]);
    uint64_t taken = 0;
    for (size_t outcome = 0; outcome < TAKE_OUTCOME_COUNT; outcome++)
        taken += s->outcomes[outcome];
    if (taken < s->met)
        buf_printf(out, ", %" PRIu64 " had no key, or came while none waited", s->met - taken);
}

static void add_nearest(const struct watch_stage *s, struct buf *out)
{
    buf_add(out, STR("  the nearest, of "));
    sink_add_time(out, s->time_ns, ' ', 3);
    buf_printf(out, ", met %u of %u conditions:\n", s->held, s->conditions);
    buf_add(out, buf_str(&s->nearest));
}

static void add_counts(const struct sequence_counts *counts, struct buf *out)
{
    const struct {
        uint64_t count;
        const char *what;
    } lines[] = {
        { counts->begun, "begun" },
        { counts->expired, "older than maxspan" },
        { counts->replaced, "replaced by a newer one of the same key" },
        { counts->killed, "ended by until" },
        { counts->spoiled, "spoilt by an event that must be missing" },
        { counts->evicted[EVICT_RULE] + counts->evicted[EVICT_TOTAL] +
              counts->evicted[EVICT_MEMORY],
          "given up for lack of room" },
        { counts->open, "open at the end" },
    };
    buf_add(out, STR("sequences"));
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        if (i == 0 || lines[i].count > 0)
            buf_printf(out, "%s %" PRIu64 " %s", i == 0 ? "" : ",", lines[i].count, lines[i].what);
    if (counts->memory_bytes > 0)
        buf_printf(out, " in %" PRIu64 " octets", counts->memory_bytes);
    buf_add_char(out, '\n');
}
