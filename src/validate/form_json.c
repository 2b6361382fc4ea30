// For programs: an object for each scenario and one summary, a line each or in one document. The document
// is what `--against` reads.

#include "sink/json.h"
#include "validate/form.h"

#define VERSION 1

static void add_scenario(struct buf *b, const struct judged *j);
static void add_expect(struct buf *b, const struct judged_expect *expect);
static str miss_name(enum judged_miss miss);
static void add_raised(struct buf *b, const struct judged *j, const struct raised *raised);
static void add_signals(struct buf *b, str key, uint32_t signals);
static void add_summary(struct buf *b, str key, const struct validation *v);
static void add_row(struct buf *b, const struct matrix_row *row, const struct rules *rules);
static void add_signal_cells(struct buf *b, const struct matrix *m);
static void add_cells(struct buf *b, str key, const struct matrix_cells *cells, str good);
static void add_cell(struct buf *b, str key, const struct matrix_cell *cell, str good);
static void add_loss(struct buf *b, str key, const struct loss *loss);
static void add_change(struct buf *b, const struct change *change);
static void add_number(struct buf *b, str key, uint64_t n);
static void put(struct buf *b, FILE *stream);

void form_print_json(const struct validation *v, bool is_lines, FILE *stream)
{
    struct buf b;
    buf_init(&b, FORM_TEXT_MAX);
    if (!is_lines)
        (void)fprintf(stream, "{\"version\":%d,\"scenarios\":[\n", VERSION);
    for (size_t i = 0; i < v->count; i++) {
        add_scenario(&b, &v->results[i]);
        buf_add(&b, is_lines || i + 1 == v->count ? STR("\n") : STR(",\n"));
        put(&b, stream);
    }
    for (size_t i = 0; is_lines && i < v->losses.count; i++) {
        add_loss(&b, STR_EMPTY, &v->losses.at[i]);
        buf_add_char(&b, '\n');
        put(&b, stream);
    }
    for (size_t i = 0; is_lines && v->changes != NULL && i < v->changes->count; i++) {
        add_change(&b, &v->changes->at[i]);
        buf_add_char(&b, '\n');
        put(&b, stream);
    }
    if (!is_lines)
        (void)fputs("],\n\"summary\":", stream);
    add_summary(&b, STR_EMPTY, v);
    buf_add(&b, is_lines ? STR("\n") : STR("}\n"));
    put(&b, stream);
    buf_done(&b);
}

static void put(struct buf *b, FILE *stream)
{
    (void)fwrite(b->at, 1, b->len, stream);
    buf_reset(b);
}

static void add_scenario(struct buf *b, const struct judged *j)
{
    const struct scenario *s = &j->scenario;
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("kind"), STR("scenario"));
    sink_json_text(b, STR("scenario"), s->name);
    sink_json_text(b, STR("outcome"), judged_outcome_name(j->outcome));
    if (j->outcome == OUTCOME_FAILED) {
        sink_json_text(b, STR("failure"), j->failure);
        sink_json_close(b, '}');
        return;
    }
    sink_json_text(b, STR("title"), s->title);
    sink_json_text(b, STR("label"), scenario_kind_name(s->kind));
    sink_json_text_known(b, STR("rule"), s->rule);
    sink_json_text_known(b, STR("behaviour"), s->behaviour);
    sink_json_text_known(b, STR("variant"), s->variant);
    sink_json_text_known(b, STR("sensor"), s->sensor);
    sink_json_bool(b, STR("synthetic"), s->is_synthetic);
    add_number(b, STR("records"), j->replay.records);
    add_number(b, STR("events"), j->replay.events);
    add_number(b, STR("damaged"), j->replay.damaged);
    add_number(b, STR("missed"), j->missed);
    add_number(b, STR("falsely_raised"), j->wrong_count);
    sink_json_open(b, STR("expect"), '[');
    for (size_t i = 0; i < j->expect_count; i++)
        add_expect(b, &j->expects[i]);
    sink_json_close(b, ']');
    sink_json_open(b, STR("raised"), '[');
    for (size_t i = 0; i < j->replay.raised_count; i++)
        add_raised(b, j, &j->replay.raised[i]);
    sink_json_close(b, ']');
    if (j->replay.raised_beyond > 0)
        add_number(b, STR("raised_beyond"), j->replay.raised_beyond);
    add_signals(b, STR("signals"), j->needs);
    sink_json_close(b, '}');
}

static void add_expect(struct buf *b, const struct judged_expect *expect)
{
    const struct raised *by = expect->by;
    const bool is_found = expect->miss == MISS_NONE;
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_texts(b, STR("rules"), expect->expect->rules, expect->expect->rule_count);
    sink_json_text_known(b, STR("process"), expect->expect->process);
    sink_json_bool(b, STR("found"), is_found);
    if (!is_found)
        sink_json_text(b, STR("why"), miss_name(expect->miss));
    if (by != NULL) {
        sink_json_text(b, STR("rule"), by->rule);
        add_number(b, STR("choice"), expect->choice);
        sink_json_text(b, STR("level"), level_name(by->level));
        add_number(b, STR("score"), by->score);
        add_number(b, STR("confidence"), by->confidence);
        sink_json_text(b, STR("verdict"), verdict_name(by->verdict));
        sink_json_texts(b, STR("techniques"), by->techniques, by->technique_count);
    }
    if (is_found && expect->events > 0) {
        add_number(b, STR("events"), expect->events);
        sink_json_int(b, STR("after_ms"), expect->after_ms);
    }
    if (is_found && expect->has_late)
        add_number(b, STR("late_events"), expect->late);
    if (!is_found)
        add_signals(b, STR("not_shown"), expect->blind);
    sink_json_close(b, '}');
}

static str miss_name(enum judged_miss miss)
{
    static const str names[] = {
        [MISS_NONE] = STR_INIT("found"),
        [MISS_SILENT] = STR_INIT("no rule spoke"),
        [MISS_OTHER_PROCESS] = STR_INIT("of another process"),
        [MISS_EXCUSED] = STR_INIT("excepted or expected"),
        [MISS_NOT_LOADED] = STR_INIT("no such rule is loaded"),
    };
    return names[miss];
}

static void add_raised(struct buf *b, const struct judged *j, const struct raised *raised)
{
    bool is_wrong = false;
    for (size_t i = 0; i < j->wrong_count; i++)
        is_wrong |= j->wrong[i] == raised;
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("rule"), raised->rule);
    sink_json_text(b, STR("id"), raised->id);
    sink_json_text(b, STR("level"), level_name(raised->level));
    add_number(b, STR("score"), raised->score);
    add_number(b, STR("confidence"), raised->confidence);
    sink_json_text(b, STR("verdict"), verdict_name(raised->verdict));
    sink_json_text_known(b, STR("verdict_by"), raised->verdict_by);
    sink_json_text_known(b, STR("host"), raised->host_name);
    sink_json_text_known(b, STR("process"), raised->process);
    if (raised->pid >= 0)
        sink_json_int(b, STR("pid"), raised->pid);
    if (raised->event > 0)
        add_number(b, STR("event"), raised->event);
    sink_json_time(b, STR("time"), raised->time_ns);
    sink_json_bool(b, STR("wrong"), is_wrong);
    sink_json_texts(b, STR("steps"), raised->steps, raised->step_count);
    sink_json_close(b, '}');
}

static void add_signals(struct buf *b, str key, uint32_t signals)
{
    sink_json_open(b, key, '[');
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if ((signals & SIGNAL_BIT(i)) != 0)
            sink_json_text(b, STR_EMPTY, signal_traits[i].name);
    sink_json_close(b, ']');
}

static void add_summary(struct buf *b, str key, const struct validation *v)
{
    const struct matrix *m = &v->matrix;
    sink_json_open(b, key, '{');
    sink_json_text(b, STR("kind"), STR("summary"));
    add_number(b, STR("scenarios"), m->scenario_count);
    add_number(b, STR("recorded"), m->recorded);
    add_cell(b, STR("attacks"), &m->attacks, STR("found"));
    add_cell(b, STR("near_misses"), &m->near_misses, STR("silent"));
    add_cell(b, STR("benign"), &m->benign_all, STR("silent"));
    add_number(b, STR("falsely_raised"), m->wrong);
    add_number(b, STR("excused"), m->excused);
    add_number(b, STR("not_asked"), m->not_asked);
    add_number(b, STR("failed"), m->failed);
    sink_json_open(b, STR("rules"), '[');
    for (size_t i = 0; i < m->row_count; i++)
        add_row(b, &m->rows[i], v->rules);
    sink_json_close(b, ']');
    add_cells(b, STR("variants"), &m->variants, STR("found"));
    add_cells(b, STR("sensors"), &m->sensors, STR("found"));
    add_signal_cells(b, m);
    add_cells(b, STR("look_alikes"), &m->benign, STR("silent"));
    if (v->losses.count > 0) {
        sink_json_open(b, STR("without"), '[');
        for (size_t i = 0; i < v->losses.count; i++)
            add_loss(b, STR_EMPTY, &v->losses.at[i]);
        sink_json_close(b, ']');
    }
    if (v->changes != NULL) {
        sink_json_open(b, STR("against"), '{');
        add_number(b, STR("compared"), v->changes->compared);
        add_number(b, STR("new"), v->changes->fresh);
        add_number(b, STR("gone"), v->changes->gone);
        add_number(b, STR("regressions"), v->changes->worse);
        add_number(b, STR("improvements"), v->changes->better);
        sink_json_open(b, STR("changes"), '[');
        for (size_t i = 0; i < v->changes->count; i++)
            add_change(b, &v->changes->at[i]);
        sink_json_close(b, ']');
        sink_json_close(b, '}');
    }
    sink_json_close(b, '}');
}

static void add_row(struct buf *b, const struct matrix_row *row, const struct rules *rules)
{
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("rule"), row->rule);
    add_cell(b, STR("attacks"), &row->attacks, STR("found"));
    add_number(b, STR("found_otherwise"), row->weak);
    add_cell(b, STR("near_misses"), &row->near_misses, STR("silent"));
    add_cells(b, STR("variants"), &row->variants, STR("found"));
    add_cells(b, STR("sensors"), &row->sensors, STR("found"));
    if (row->events_max > 0) {
        add_number(b, STR("events_min"), row->events_min);
        add_number(b, STR("events_max"), row->events_max);
    }
    if (row->attacks.good > 0)
        add_number(b, STR("confidence_min"), row->confidence_min);
    add_signals(b, STR("signals"), judge_needs(rules, row->rule));
    sink_json_close(b, '}');
}

static void add_signal_cells(struct buf *b, const struct matrix *m)
{
    sink_json_open(b, STR("signals"), '[');
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (m->signals[i].total == 0)
            continue;
        sink_json_open(b, STR_EMPTY, '{');
        sink_json_text(b, STR("name"), signal_traits[i].name);
        add_number(b, STR("found"), m->signals[i].good);
        add_number(b, STR("total"), m->signals[i].total);
        add_number(b, STR("missed_without"), m->blind[i]);
        sink_json_close(b, '}');
    }
    sink_json_close(b, ']');
}

static void add_cells(struct buf *b, str key, const struct matrix_cells *cells, str good)
{
    sink_json_open(b, key, '[');
    for (size_t i = 0; i < cells->count; i++) {
        sink_json_open(b, STR_EMPTY, '{');
        sink_json_text(b, STR("name"), cells->at[i].name);
        add_number(b, good, cells->at[i].good);
        add_number(b, STR("total"), cells->at[i].total);
        sink_json_close(b, '}');
    }
    sink_json_close(b, ']');
}

static void add_cell(struct buf *b, str key, const struct matrix_cell *cell, str good)
{
    sink_json_open(b, key, '{');
    add_number(b, good, cell->good);
    add_number(b, STR("total"), cell->total);
    sink_json_close(b, '}');
}

static void add_loss(struct buf *b, str key, const struct loss *loss)
{
    sink_json_open(b, key, '{');
    sink_json_text(b, STR("kind"), STR("without"));
    add_signals(b, STR("signals"), loss->signals);
    add_number(b, STR("left_out"), loss->left_out);
    add_number(b, STR("found"), loss->found);
    add_number(b, STR("lost"), loss->lost);
    add_number(b, STR("weakened"), loss->weak);
    add_number(b, STR("falsely_raised"), loss->raised);
    sink_json_open(b, STR("rules"), '[');
    for (size_t i = 0; i < loss->rule_count; i++) {
        const struct lost_rule *rule = &loss->rules[i];
        if (rule->lost + rule->weak + rule->raised == 0)
            continue;
        sink_json_open(b, STR_EMPTY, '{');
        sink_json_text(b, STR("rule"), rule->rule);
        add_number(b, STR("found"), rule->found);
        add_number(b, STR("lost"), rule->lost);
        add_number(b, STR("weakened"), rule->weak);
        sink_json_text_known(b, STR("found_as"), rule->weak_as);
        add_number(b, STR("near_misses_raised"), rule->raised);
        sink_json_close(b, '}');
    }
    sink_json_close(b, ']');
    sink_json_close(b, '}');
}

static void add_change(struct buf *b, const struct change *change)
{
    sink_json_open(b, STR_EMPTY, '{');
    sink_json_text(b, STR("kind"), change->is_worse ? STR("regression") : STR("improvement"));
    sink_json_text(b, STR("scenario"), change->scenario);
    sink_json_text(b, STR("what"), change->what);
    sink_json_close(b, '}');
}

static void add_number(struct buf *b, str key, uint64_t n)
{
    sink_json_int(b, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}
