#include "validate/matrix.h"

#include <stdlib.h>

static void count_attack(struct matrix *m, const struct judged *j, struct arena *arena);
static void count_time(struct matrix_row *row, const struct judged_expect *expect);
static void count_signals(struct matrix *m, const struct judged *j);
static void count_failed(struct matrix *m, const struct judged *j);
static struct matrix_row *row_of(struct matrix *m, str rule);
static struct matrix_cell *cell_of(struct matrix_cells *cells, str name, struct arena *arena);
static void add(struct matrix_cell *cell, bool is_good);
static str named(str name);
static int by_rule(const void *a, const void *b);
static int by_name(const void *a, const void *b);
static void sort(struct matrix_cells *cells);

void matrix_make(const struct judged *results, size_t count, struct arena *arena,
                 struct matrix *out)
{
    *out = (struct matrix){ .scenario_count = count };
    out->rows = arena_zalloc(arena, (MATRIX_NAMES_MAX + 1) * sizeof *out->rows);
    for (size_t i = 0; i < count; i++) {
        const struct judged *j = &results[i];
        out->recorded += !j->scenario.is_synthetic;
        out->wrong += j->wrong_count;
        out->excused += j->excused;
        if (j->outcome == OUTCOME_FAILED) {
            count_failed(out, j);
            continue;
        }
        if (j->scenario.kind == SCENARIO_ATTACK) {
            count_attack(out, j, arena);
        } else if (j->scenario.kind == SCENARIO_BENIGN) {
            add(&out->benign_all, j->wrong_count == 0);
            add(cell_of(&out->benign, named(j->scenario.behaviour), arena), j->wrong_count == 0);
        } else if (j->outcome == OUTCOME_NOT_ASKED) {
            out->not_asked++;
        } else {
            add(&out->near_misses, j->wrong_count == 0);
            add(&row_of(out, j->scenario.rule)->near_misses, j->wrong_count == 0);
        }
    }
    for (size_t i = 0; i < out->row_count; i++) {
        sort(&out->rows[i].variants);
        sort(&out->rows[i].sensors);
    }
    qsort(out->rows, out->row_count, sizeof *out->rows, by_rule);
    sort(&out->variants);
    sort(&out->sensors);
    sort(&out->benign);
}

static void count_attack(struct matrix *m, const struct judged *j, struct arena *arena)
{
    const bool is_found = judged_is_found(j);
    struct matrix_row *row = row_of(m, j->scenario.rule);
    bool is_weak = false;
    add(&m->attacks, is_found);
    add(&row->attacks, is_found);
    add(cell_of(&row->variants, named(j->scenario.variant), arena), is_found);
    add(cell_of(&row->sensors, named(j->scenario.sensor), arena), is_found);
    add(cell_of(&m->variants, named(j->scenario.variant), arena), is_found);
    add(cell_of(&m->sensors, named(j->scenario.sensor), arena), is_found);
    for (size_t i = 0; i < j->expect_count; i++) {
        if (j->expects[i].miss != MISS_NONE)
            continue;
        is_weak |= j->expects[i].choice > 0;
        count_time(row, &j->expects[i]);
    }
    row->weak += is_found && is_weak;
    count_signals(m, j);
}

static void count_time(struct matrix_row *row, const struct judged_expect *expect)
{
    const uint32_t confidence = expect->by->confidence;
    if (row->confidence_min == 0 || confidence < row->confidence_min)
        row->confidence_min = confidence;
    if (expect->events == 0)
        return;
    if (row->events_min == 0 || expect->events < row->events_min)
        row->events_min = expect->events;
    if (expect->events > row->events_max)
        row->events_max = expect->events;
}

static void count_signals(struct matrix *m, const struct judged *j)
{
    uint32_t blind = 0;
    for (size_t i = 0; i < j->expect_count; i++)
        blind |= j->expects[i].blind;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if ((j->needs & SIGNAL_BIT(i)) != 0)
            add(&m->signals[i], judged_is_found(j));
        m->blind[i] += blind >> i & 1;
    }
}

static void count_failed(struct matrix *m, const struct judged *j)
{
    m->failed++;
    if (j->status == ERR_CONFIG || j->status == ERR_LIMIT)
        m->has_bad_scenario = true;
    else
        m->has_bad_input = true;
}

static struct matrix_row *row_of(struct matrix *m, str rule)
{
    for (size_t i = 0; i < m->row_count; i++)
        if (str_eq(m->rows[i].rule, rule))
            return &m->rows[i];
    if (m->row_count == MATRIX_NAMES_MAX)
        rule = MATRIX_OTHERS;
    if (m->row_count > MATRIX_NAMES_MAX)
        return &m->rows[MATRIX_NAMES_MAX];
    m->rows[m->row_count].rule = rule;
    return &m->rows[m->row_count++];
}

static struct matrix_cell *cell_of(struct matrix_cells *cells, str name, struct arena *arena)
{
    for (size_t i = 0; i < cells->count; i++)
        if (str_eq(cells->at[i].name, name))
            return &cells->at[i];
    if (cells->count > MATRIX_NAMES_MAX)
        return &cells->at[MATRIX_NAMES_MAX];
    if (cells->count == MATRIX_NAMES_MAX)
        name = MATRIX_OTHERS;
    if ((cells->count & (cells->count - 1)) == 0) {  // Full: its room is a power of two.
        const size_t room = cells->count == 0 ? 1 : 2 * cells->count;
        struct matrix_cell *at = arena_zalloc(arena, room * sizeof *at);
        if (cells->count > 0)
            memcpy(at, cells->at, cells->count * sizeof *at);
        cells->at = at;
    }
    cells->at[cells->count].name = name;
    return &cells->at[cells->count++];
}

static void add(struct matrix_cell *cell, bool is_good)
{
    cell->good += is_good;
    cell->total++;
}

static str named(str name)
{
    return name.len == 0 ? STR("(none)") : name;
}

static int by_rule(const void *a, const void *b)
{
    return str_cmp(((const struct matrix_row *)a)->rule, ((const struct matrix_row *)b)->rule);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct matrix_cell *)a)->name, ((const struct matrix_cell *)b)->name);
}

static void sort(struct matrix_cells *cells)
{
    if (cells->count > 1)
        qsort(cells->at, cells->count, sizeof *cells->at, by_name);
}

int matrix_exit(const struct matrix *m)
{
    if (m->has_bad_input)
        return 3;
    if (m->has_bad_scenario)
        return 2;
    const bool is_wrong = m->wrong > 0 || m->not_asked > 0 || m->attacks.good < m->attacks.total;
    return is_wrong ? 1 : 0;
}
