// For people: the matrix, a row for each rule, then sensors, signals and look-alikes, then all that is not
// as its scenario says.

#include "sink/page.h"
#include "validate/form.h"

#include <inttypes.h>

#define INDENT       2u
#define CELL_COLUMNS 7u
#define NAME_COLUMNS 16u
#define LABEL_MAX    64u  // Octets of a name that comes from a scenario.

struct table {
    const struct validation *v;
    struct sink_page page;
    struct buf out;
    struct buf text;
    FILE *stream;
};

static void add_heading(struct table *t);
static void add_rules(struct table *t);
static void add_rule(struct table *t, const struct matrix_row *row);
static void add_sensors(struct table *t);
static void add_signals(struct table *t);
static void add_needing(struct table *t, enum signal signal);
static void add_look_alikes(struct table *t);
static void add_wrong(struct table *t);
static void add_scenario(struct table *t, const struct judged *j);
static void add_loss(struct table *t, const struct loss *loss);
static void add_lost_rule(struct table *t, const struct lost_rule *rule);
static void add_each(struct table *t);
static void add_each_row(struct table *t, const struct loss *loss);
static bool has_effect(const struct loss *loss);
static void add_changes(struct table *t);
static const struct matrix_cell *cell_named(const struct matrix_cells *cells, str name);
static void add_cell(struct buf *out, const struct matrix_cell *cell, size_t columns);
static void pad(struct buf *out, size_t from, size_t columns);
static void put(struct table *t, unsigned columns, enum sink_style style, str label);
static void head(struct table *t, const char *what);
static void flush(struct table *t);
static size_t columns_of(str name);

void form_print_table(const struct validation *v, unsigned width, bool colour, FILE *stream)
{
    struct table t = { .v = v, .stream = stream };
    buf_init(&t.out, FORM_TEXT_MAX);
    buf_init(&t.text, FORM_TEXT_MAX / 4);
    sink_page_init(&t.page, &t.out, width, colour);
    add_heading(&t);
    add_rules(&t);
    add_sensors(&t);
    add_signals(&t);
    add_look_alikes(&t);
    flush(&t);
    add_wrong(&t);
    if (v->losses.is_each)
        add_each(&t);
    else if (v->losses.count > 0)
        add_loss(&t, &v->losses.at[0]);
    if (v->changes != NULL)
        add_changes(&t);
    flush(&t);
    sink_page_done(&t.page);
    buf_done(&t.text);
    buf_done(&t.out);
}

static void add_heading(struct table *t)
{
    const struct matrix *m = &t->v->matrix;
    buf_printf(&t->text,
               "%zu scenario%s: %u of %u attacks found, %u of %u near-misses and %u of %u "
               "look-alikes silent, %zu falsely raised",
               m->scenario_count, m->scenario_count == 1 ? "" : "s", m->attacks.good,
               m->attacks.total, m->near_misses.good, m->near_misses.total, m->benign_all.good,
               m->benign_all.total, m->wrong);
    if (m->recorded > 0)
        buf_printf(&t->text, ", %zu recorded on real Macs", m->recorded);
    if (m->excused > 0)
        buf_printf(&t->text, ", %zu excepted or expected", m->excused);
    if (m->not_asked > 0)
        buf_printf(&t->text, ", %zu not asked", m->not_asked);
    if (m->failed > 0)
        buf_printf(&t->text, ", %zu could not be run", m->failed);
    sink_page_heading(&t->page, SINK_BOLD, buf_str(&t->text));
    buf_reset(&t->text);
    sink_page_blank(&t->page);
}

static void add_rules(struct table *t)
{
    const struct matrix *m = &t->v->matrix;
    if (m->row_count == 0)
        return;
    buf_add(&t->text, STR("attacks  near-misses  events   confidence"));
    for (size_t i = 0; i < m->variants.count; i++)
        buf_printf(&t->text, "  %.*s", STR_ARG(m->variants.at[i].name));
    put(t, NAME_COLUMNS, SINK_DIM, STR("rule"));
    for (size_t i = 0; i < m->row_count; i++)
        add_rule(t, &m->rows[i]);
    sink_page_blank(&t->page);
}

static void add_rule(struct table *t, const struct matrix_row *row)
{
    const struct matrix *m = &t->v->matrix;
    const bool is_good =
        row->attacks.good == row->attacks.total && row->near_misses.good == row->near_misses.total;
    add_cell(&t->text, &row->attacks, 9);
    add_cell(&t->text, &row->near_misses, 13);
    size_t from = t->text.len;
    if (row->events_max == 0)
        buf_add_char(&t->text, '-');
    else if (row->events_min == row->events_max)
        buf_printf(&t->text, "%" PRIu64, row->events_max);
    else
        buf_printf(&t->text, "%" PRIu64 "-%" PRIu64, row->events_min, row->events_max);
    pad(&t->text, from, 9);
    from = t->text.len;
    if (row->attacks.good > 0)
        buf_printf(&t->text, "%u", row->confidence_min);
    else
        buf_add_char(&t->text, '-');
    pad(&t->text, from, 10);
    for (size_t i = 0; i < m->variants.count; i++) {
        buf_add(&t->text, STR("  "));
        add_cell(&t->text, cell_named(&row->variants, m->variants.at[i].name),
                 columns_of(m->variants.at[i].name));
    }
    while (t->text.len > 0 && t->text.at[t->text.len - 1] == ' ')
        t->text.len--;
    put(t, NAME_COLUMNS, is_good ? SINK_PLAIN : SINK_RED, row->rule);
}

static void add_sensors(struct table *t)
{
    const struct matrix *m = &t->v->matrix;
    if (m->sensors.count == 0)
        return;
    head(t, "attacks found, by sensor");
    for (size_t i = 0; i < m->sensors.count; i++) {
        const struct matrix_cell *sensor = &m->sensors.at[i];
        add_cell(&t->text, sensor, CELL_COLUMNS);
        if (sensor->good < sensor->total)
            buf_add(&t->text, STR("  not all of"));
        for (size_t k = 0; k < m->row_count; k++) {
            const struct matrix_cell *cell = cell_named(&m->rows[k].sensors, sensor->name);
            if (cell != NULL && cell->good < cell->total)
                buf_printf(&t->text, " %.*s %u/%u", STR_ARG(m->rows[k].rule), cell->good,
                           cell->total);
        }
        put(t, NAME_COLUMNS, sensor->good < sensor->total ? SINK_RED : SINK_PLAIN, sensor->name);
    }
    sink_page_blank(&t->page);
}

static void add_signals(struct table *t)
{
    const struct matrix *m = &t->v->matrix;
    if (m->attacks.total == 0)
        return;
    head(t, "attacks found, by signal that the rule needs");
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (m->signals[i].total == 0)
            continue;
        add_cell(&t->text, &m->signals[i], CELL_COLUMNS);
        add_needing(t, (enum signal)i);
        if (m->blind[i] > 0)
            buf_printf(&t->text, "; %u missed where the recordings do not show it", m->blind[i]);
        put(t, 30, m->blind[i] > 0 ? SINK_RED : SINK_PLAIN, signal_traits[i].name);
    }
    sink_page_blank(&t->page);
}

static void add_needing(struct table *t, enum signal signal)
{
    const struct matrix *m = &t->v->matrix;
    for (size_t i = 0; i < m->row_count; i++)
        if ((judge_needs(t->v->rules, m->rows[i].rule) & SIGNAL_BIT(signal)) != 0)
            buf_printf(&t->text, " %.*s", STR_ARG(m->rows[i].rule));
}

static void add_look_alikes(struct table *t)
{
    const struct matrix_cells *benign = &t->v->matrix.benign;
    if (benign->count == 0)
        return;
    head(t, "look-alikes that stay silent");
    for (size_t i = 0; i < benign->count; i++) {
        const bool is_good = benign->at[i].good == benign->at[i].total;
        add_cell(&t->text, &benign->at[i], CELL_COLUMNS);
        put(t, 40, is_good ? SINK_PLAIN : SINK_RED, benign->at[i].name);
    }
    sink_page_blank(&t->page);
}

static void add_wrong(struct table *t)
{
    bool is_first = true;
    for (size_t i = 0; i < t->v->count; i++) {
        if (t->v->results[i].outcome == OUTCOME_AS_LABELLED)
            continue;
        if (is_first)
            head(t, "not as labelled");
        is_first = false;
        add_scenario(t, &t->v->results[i]);
        flush(t);
    }
    if (!is_first)
        sink_page_blank(&t->page);
}

static void add_scenario(struct table *t, const struct judged *j)
{
    buf_printf(&t->text, "%.*s", STR_ARG(j->scenario.name));
    if (!str_eq(j->scenario.title, j->scenario.name) && j->scenario.title.len > 0)
        buf_printf(&t->text, ": %.*s", STR_ARG(j->scenario.title));
    put(t, 0, SINK_BOLD, STR_EMPTY);
    if (j->outcome == OUTCOME_FAILED) {
        buf_printf(&t->text, "could not be run: %.*s", STR_ARG(j->failure));
        put(t, 2, SINK_RED, STR_EMPTY);
    } else if (j->outcome == OUTCOME_NOT_ASKED) {
        buf_printf(&t->text, "%.*s is not among the rules that are loaded",
                   STR_ARG(j->scenario.rule));
        put(t, 2, SINK_YELLOW, STR_EMPTY);
    }
    for (size_t i = 0; i < j->expect_count; i++) {
        if (j->expects[i].miss == MISS_NONE)
            continue;
        form_add_miss(&t->text, &j->expects[i]);
        put(t, 2, SINK_RED, STR_EMPTY);
    }
    for (size_t i = 0; i < j->wrong_count; i++) {
        form_add_wrong(&t->text, j->wrong[i]);
        put(t, 2, SINK_YELLOW, STR_EMPTY);
        for (size_t k = 0; k < j->wrong[i]->step_count; k++) {
            buf_printf(&t->text, "%zu. %.*s", k + 1, STR_ARG(j->wrong[i]->steps[k]));
            put(t, 4, SINK_DIM, STR_EMPTY);
        }
    }
}

static void add_loss(struct table *t, const struct loss *loss)
{
    buf_printf(&t->text, "without %.*s: ", STR_ARG(loss->name));
    if (loss->left_out == 0 && !has_effect(loss))
        buf_add(&t->text, STR("no recording has it"));
    else
        buf_printf(&t->text,
                   "%u of %u attacks lost, %u weakened, %u more falsely raised (taken from %" PRIu64
                   " events)",
                   loss->lost, loss->found, loss->weak, loss->raised, loss->left_out);
    sink_page_heading(&t->page, SINK_BOLD, buf_str(&t->text));
    buf_reset(&t->text);
    for (size_t i = 0; i < loss->rule_count; i++)
        add_lost_rule(t, &loss->rules[i]);
    sink_page_blank(&t->page);
}

static void add_lost_rule(struct table *t, const struct lost_rule *rule)
{
    if (rule->lost > 0) {
        if (rule->lost == rule->found)
            buf_printf(&t->text, "%.*s (%s%u attack%s)", STR_ARG(rule->rule),
                       rule->found == 1 ? "its " : "all ", rule->found,
                       rule->found == 1 ? "" : "s");
        else
            buf_printf(&t->text, "%.*s (%u of %u attacks)", STR_ARG(rule->rule), rule->lost,
                       rule->found);
        put(t, NAME_COLUMNS, SINK_RED, STR("lost:"));
    }
    if (rule->weak > 0) {
        if (rule->weak_as.len > 0)
            buf_printf(&t->text, "%.*s found as %.*s", STR_ARG(rule->rule), STR_ARG(rule->weak_as));
        else
            buf_printf(&t->text, "%.*s found with less", STR_ARG(rule->rule));
        buf_printf(&t->text, " (%u of %u attacks)", rule->weak, rule->found);
        put(t, NAME_COLUMNS, SINK_YELLOW, STR("weakened:"));
    }
    if (rule->raised > 0) {
        buf_printf(&t->text, "%.*s in %u near-miss%s", STR_ARG(rule->rule), rule->raised,
                   rule->raised == 1 ? "" : "es");
        put(t, NAME_COLUMNS, SINK_YELLOW, STR("falsely raised:"));
    }
}

// A row for each signal, a column for each rule: what is still found, of what was.
static void add_each(struct table *t)
{
    const struct losses *losses = &t->v->losses;
    head(t, "without each signal: attacks still found (w: with less)");
    const struct loss *first = &losses->at[0];
    for (size_t i = 0; i < first->rule_count; i++) {
        const size_t from = t->text.len;
        buf_printf(&t->text, "%.*s", STR_ARG(first->rules[i].rule));
        pad(&t->text, from, columns_of(first->rules[i].rule) + 2);
    }
    buf_add(&t->text, STR("falsely raised"));
    put(t, 30, SINK_DIM, STR("signal"));
    for (size_t i = 0; i < losses->count; i++)
        add_each_row(t, &losses->at[i]);
    sink_page_blank(&t->page);
}

static void add_each_row(struct table *t, const struct loss *loss)
{
    for (size_t i = 0; i < loss->rule_count; i++) {
        const struct lost_rule *rule = &loss->rules[i];
        const size_t from = t->text.len;
        if (rule->found == 0)
            buf_add_char(&t->text, '-');
        else if (rule->lost + rule->weak == 0)
            buf_add_char(&t->text, '=');
        else
            buf_printf(&t->text, "%u/%u%s", rule->found - rule->lost, rule->found,
                       rule->weak > 0 ? "w" : "");
        pad(&t->text, from, columns_of(rule->rule) + 2);
    }
    if (loss->left_out == 0 && !has_effect(loss))
        buf_add(&t->text, STR("(not in the recordings)"));
    else
        buf_printf(&t->text, "%u", loss->raised);
    put(t, 30, loss->lost > 0 ? SINK_RED : loss->weak > 0 ? SINK_YELLOW : SINK_PLAIN, loss->name);
}

// What programs link is in no record, so there is nothing to count.
static bool has_effect(const struct loss *loss)
{
    return loss->lost + loss->weak + loss->raised > 0;
}

static void add_changes(struct table *t)
{
    const struct changes *c = t->v->changes;
    buf_printf(&t->text,
               "against the run before: %zu regression%s, %zu improvement%s; %zu scenarios "
               "compared, %zu new, %zu gone",
               c->worse, c->worse == 1 ? "" : "s", c->better, c->better == 1 ? "" : "s",
               c->compared, c->fresh, c->gone);
    sink_page_heading(&t->page, SINK_BOLD, buf_str(&t->text));
    buf_reset(&t->text);
    for (size_t i = 0; i < c->count; i++) {
        buf_printf(&t->text, "%.*s: %.*s", STR_ARG(c->at[i].scenario), STR_ARG(c->at[i].what));
        put(t, NAME_COLUMNS, c->at[i].is_worse ? SINK_RED : SINK_PLAIN,
            c->at[i].is_worse ? STR("regression") : STR("improvement"));
    }
    if (c->beyond > 0) {
        buf_printf(&t->text, "%zu more", c->beyond);
        put(t, 0, SINK_DIM, STR_EMPTY);
    }
    sink_page_blank(&t->page);
}

static const struct matrix_cell *cell_named(const struct matrix_cells *cells, str name)
{
    for (size_t i = 0; i < cells->count; i++)
        if (str_eq(cells->at[i].name, name))
            return &cells->at[i];
    return NULL;
}

static void add_cell(struct buf *out, const struct matrix_cell *cell, size_t columns)
{
    const size_t from = out->len;
    if (cell == NULL || cell->total == 0)
        buf_add_char(out, '-');
    else
        buf_printf(out, "%u/%u", cell->good, cell->total);
    pad(out, from, columns);
}

static void pad(struct buf *out, size_t from, size_t columns)
{
    while (!out->failed && out->len - from < columns)
        buf_add_char(out, ' ');
}

static size_t columns_of(str name)
{
    return name.len > CELL_COLUMNS ? name.len : CELL_COLUMNS;
}

// What `text` has, behind a label or, without one, so many columns further in.
static void put(struct table *t, unsigned columns, enum sink_style style, str label)
{
    struct buf safe;
    buf_init(&safe, 16 * LABEL_MAX);
    sink_add_escaped(&safe, str_to(label, LABEL_MAX));
    const struct sink_margin margin = {
        .indent = label.len == 0 ? INDENT + columns : INDENT,
        .label = buf_str(&safe),
        .label_columns = label.len == 0 ? 0 : columns,
        .label_style = SINK_PLAIN,
        .text_style = style,
    };
    sink_page_paragraph(&t->page, &margin, buf_str(&t->text));
    buf_reset(&t->text);
    buf_done(&safe);
}

static void head(struct table *t, const char *what)
{
    sink_page_heading(&t->page, SINK_BOLD, str_of(what));
}

static void flush(struct table *t)
{
    (void)fwrite(t->out.len > 0 ? t->out.at : "", 1, t->out.len, t->stream);
    buf_reset(&t->out);
}
