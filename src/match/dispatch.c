#include "match/dispatch.h"

#include <stdlib.h>

#define WORD_BITS 64u
#define WORTH_MIN 4u  // Questions of less cost are as quickly asked.

struct maker {
    struct dispatch *dispatch;
    const struct eql_pool *pool;
    struct eql_scratch *scratch;
    uint32_t stage_max;
    struct dispatch_column *columns[FIELD_COUNT];  // While it is not known which are worth it.
    struct map by_condition;                       // Numbers of questions in their columns.
    struct event event;
    struct value slots[FIELD_COUNT];
    struct value categories[CATEGORY_COUNT];
};

struct asked {
    const struct dispatch_column *column;
    uint32_t condition;
};

static void describe_action(struct maker *m, enum action action);
static bool can_meet(const struct maker *m, uint32_t categories, uint32_t condition);
static void add_stage(struct maker *m, const struct eql_plan *plan, struct rule_stage stage);
static void add_lineages(struct maker *m);
static void note_lineage(struct dispatch *d, uint32_t lineage);
static void add_questions(struct maker *m, uint32_t condition, uint32_t number);
static enum field only_field(const struct eql_pool *pool, uint32_t condition);
static void add_question(struct maker *m, enum field field, uint32_t condition, uint32_t number);
static void choose_columns(struct maker *m);
static void finish_column(struct maker *m, struct dispatch_column *column);
static void add_key(struct dispatch_column *column, const struct dispatch_question *q,
                    uint32_t words);
static void column_free(struct dispatch_column *column);

void dispatch_init(struct dispatch *d, const struct eql_plan *const *plans, uint32_t plan_count,
                   const struct eql_pool *pool, enum action action)
{
    struct maker *m = memory_zeroed(1, sizeof *m);
    *d = (struct dispatch){ 0 };
    m->dispatch = d;
    m->pool = pool;
    m->scratch = eql_scratch_new(pool);
    for (uint32_t rule = 0; rule < plan_count; rule++)
        m->stage_max += plans[rule]->stage_count + plans[rule]->has_until;
    d->words = (m->stage_max + WORD_BITS - 1) / WORD_BITS;
    describe_action(m, action);
    for (uint32_t rule = 0; rule < plan_count; rule++) {
        const struct eql_plan *plan = plans[rule];
        for (uint32_t stage = plan->stage_count; stage > 0; stage--)
            add_stage(m, plan, (struct rule_stage){ rule, stage - 1 });
        if (plan->has_until)
            add_stage(m, plan, (struct rule_stage){ rule, STAGE_UNTIL });
    }
    // Sets were made for as many stages as there might have been.
    d->words = (d->count + WORD_BITS - 1) / WORD_BITS;
    add_lineages(m);
    choose_columns(m);
    eql_scratch_free(m->scratch);
    map_done(&m->by_condition);
    free(m);
}

void dispatch_done(struct dispatch *d)
{
    for (uint32_t i = 0; i < d->column_count; i++)
        column_free(&d->columns[i]);
    free(d->stages);
    free(d->lineages);
    *d = (struct dispatch){ 0 };
}

static void column_free(struct dispatch_column *column)
{
    for (uint32_t i = 0; i < column->count; i++)
        free(column->questions[i].stages);
    for (uint32_t i = 0; i < column->key_count; i++)
        free(column->keys[i].stages);
    literals_free(column->literals);
    free(column->questions);
    free(column->keys);
    free(column->touched);
    free(column->unkeyed);
}

static void describe_action(struct maker *m, enum action action)
{
    uint32_t count = 0;
    for (uint32_t bit = 1; bit < CATEGORY_ANY; bit <<= 1)
        if ((action_traits[action].categories & bit) != 0)
            m->categories[count++] = value_of_text(category_name(bit));
    m->event = (struct event){ .action = action,
                               .categories = action_traits[action].categories,
                               .slots = m->slots,
                               .slot_count = FIELD_COUNT };
    m->slots[FIELD_EVENT_ACTION] = value_of_text(action_traits[action].name);
    m->slots[FIELD_EVENT_TYPE] = value_of_text(action_traits[action].type);
    m->slots[FIELD_EVENT_CATEGORY] = value_of_list(m->categories, count);
    eql_look_at(m->scratch, &m->event);
}

// What an event of the action is known to be, whatever its other fields are.
static const bool known[FIELD_COUNT] = {
    [FIELD_EVENT_ACTION] = true,
    [FIELD_EVENT_TYPE] = true,
    [FIELD_EVENT_CATEGORY] = true,
};

static bool can_meet(const struct maker *m, uint32_t categories, uint32_t condition)
{
    return (categories & m->event.categories) != 0 && eql_may_hold(m->scratch, condition, known);
}

static void add_stage(struct maker *m, const struct eql_plan *plan, struct rule_stage stage)
{
    struct dispatch *d = m->dispatch;
    const struct eql_stage *what =
        stage.stage == STAGE_UNTIL ? &plan->until : &plan->stages[stage.stage];
    if (!can_meet(m, what->categories, what->condition))
        return;

    const uint32_t number = d->count++;
    d->stages = memory_resize(d->stages, d->count * sizeof *d->stages);
    d->stages[number] = stage;
    dispatch_shows(plan, stage.stage, d->shows);
    add_questions(m, what->condition, number);
}

void dispatch_shows(const struct eql_plan *plan, uint32_t stage, bool *out)
{
    const struct eql_stage *what = stage == STAGE_UNTIL ? &plan->until : &plan->stages[stage];
    eql_fields(plan->pool, what->condition, out);
    for (uint32_t i = 0; i < what->key_count; i++)
        if (what->keys[i].field != PLAN_FIELD_NONE)
            out[what->keys[i].field] = true;
    for (uint32_t i = 0; i < plan->binding_count; i++)
        if (plan->bindings[i].stage == stage)
            out[plan->bindings[i].field] = true;
}

static void add_lineages(struct maker *m)
{
    for (uint32_t i = 0; i < m->pool->lineage_count; i++) {
        const struct plan_lineage *lineage = &m->pool->lineages[i];
        if (!can_meet(m, lineage->categories, lineage->condition))
            continue;
        note_lineage(m->dispatch, i);
        eql_fields(m->pool, lineage->condition, m->dispatch->shows);
    }
}

static void note_lineage(struct dispatch *d, uint32_t lineage)
{
    // Room is made in powers of two.
    if ((d->lineage_count & (d->lineage_count - 1)) == 0)
        d->lineages = memory_resize(d->lineages, (d->lineage_count + 1) * 2 * sizeof *d->lineages);
    d->lineages[d->lineage_count++] = lineage;
}

// Those parts of the condition that must all hold, and are about one field alone.
static void add_questions(struct maker *m, uint32_t condition, uint32_t number)
{
    const struct plan_node *n = &m->pool->nodes[condition];
    if (n->op == PLAN_ALL) {
        for (uint32_t i = 0; i < n->count; i++)
            add_questions(m, m->pool->children[n->first + i], number);
        return;
    }
    const enum field field = only_field(m->pool, condition);
    if (field != FIELD_COUNT && !known[field] && n->depends == 0)
        add_question(m, field, condition, number);
}

// FIELD_COUNT where there are several or none, or ancestors are asked for.
static enum field only_field(const struct eql_pool *pool, uint32_t condition)
{
    bool fields[FIELD_COUNT] = { false };
    enum field only = FIELD_COUNT;
    if (eql_asks_ancestors(pool, condition))
        return FIELD_COUNT;
    eql_fields(pool, condition, fields);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!fields[i])
            continue;
        if (only != FIELD_COUNT)
            return FIELD_COUNT;
        only = (enum field)i;
    }
    return only;
}

// A condition is of one field, and so of one column.
static bool is_question(const void *context, uint32_t value)
{
    const struct asked *asked = context;
    return value < asked->column->count &&
           asked->column->questions[value].condition == asked->condition;
}

static void add_question(struct maker *m, enum field field, uint32_t condition, uint32_t number)
{
    if (m->columns[field] == NULL) {
        m->columns[field] = memory_zeroed(1, sizeof *m->columns[field]);
        m->columns[field]->field = field;
    }
    struct dispatch_column *column = m->columns[field];
    const struct asked asked = { .column = column, .condition = condition };
    const uint64_t hash = condition * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t i = map_find(&m->by_condition, hash, is_question, &asked);
    if (i == MAP_NONE) {
        i = column->count++;
        map_add(&m->by_condition, hash, i);
        // Room is made in powers of two.
        if ((i & (i - 1)) == 0)
            column->questions = memory_resize(column->questions, (i == 0 ? 1 : 2 * (size_t)i) *
                                                                     sizeof *column->questions);
        column->questions[i] = (struct dispatch_question){
            .condition = condition,
            .stages = memory_zeroed((m->stage_max + WORD_BITS - 1) / WORD_BITS, sizeof(uint64_t)),
        };
        column->weight += 1 + m->pool->nodes[condition].cost;
    }
    column->questions[i].stages[number / WORD_BITS] |= UINT64_C(1) << number % WORD_BITS;
    // What must be so excludes nearly all; what must not be so, next to none.
    if (m->pool->nodes[condition].op != PLAN_NOT)
        column->weight += WORTH_MIN;
}

static int by_weight(const void *a, const void *b)
{
    const struct dispatch_column *const *x = a;
    const struct dispatch_column *const *y = b;
    if ((*x)->weight != (*y)->weight)
        return (*x)->weight < (*y)->weight ? 1 : -1;
    return (*x)->field < (*y)->field ? -1 : 1;
}

static void choose_columns(struct maker *m)
{
    struct dispatch *d = m->dispatch;
    struct dispatch_column *found[FIELD_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (m->columns[i] != NULL)
            found[count++] = m->columns[i];
    if (count > 0)
        qsort(found, count, sizeof(struct dispatch_column *), by_weight);
    for (size_t i = 0; i < count; i++) {
        if (i < DISPATCH_COLUMNS_MAX && found[i]->weight >= WORTH_MIN) {
            d->columns[d->column_count] = *found[i];
            finish_column(m, &d->columns[d->column_count++]);
        } else {
            column_free(found[i]);
        }
        free(found[i]);
    }
}

static void finish_column(struct maker *m, struct dispatch_column *column)
{
    const uint32_t words = m->dispatch->words;
    column->touched = memory_zeroed(words, sizeof(uint64_t));
    column->unkeyed = memory_zeroed(words, sizeof(uint64_t));
    for (uint32_t word = 0; word < words; word++)
        column->unkeyed[word] = UINT64_MAX;
    for (uint32_t i = 0; i < column->count; i++) {
        const struct dispatch_question *q = &column->questions[i];
        for (uint32_t word = 0; word < words; word++)
            column->touched[word] |= q->stages[word];
        if (literals_can_find(m->pool, q->condition))
            add_key(column, q, words);
    }
    uint32_t *conditions = memory_zeroed(column->key_count + 1, sizeof *conditions);
    for (uint32_t i = 0; i < column->key_count; i++)
        conditions[i] = column->keys[i].condition;
    if (column->key_count > 0)
        column->literals = literals_new(m->pool, conditions, column->key_count);
    free(conditions);
}

// The question is the key of those of its stages that have none yet.
static void add_key(struct dispatch_column *column, const struct dispatch_question *q,
                    uint32_t words)
{
    uint64_t any = 0;
    for (uint32_t word = 0; word < words; word++)
        any |= q->stages[word] & column->unkeyed[word];
    if (any == 0)
        return;
    struct dispatch_question key = { .condition = q->condition,
                                     .stages = memory_zeroed(words, sizeof(uint64_t)) };
    for (uint32_t word = 0; word < words; word++) {
        key.stages[word] = q->stages[word] & column->unkeyed[word];
        column->unkeyed[word] &= ~q->stages[word];
    }
    column->keys = memory_resize(column->keys, (column->key_count + 1) * sizeof *column->keys);
    column->keys[column->key_count++] = key;
}

// The stage's number; `count` where it is not there.
static uint32_t number_of(const struct dispatch *d, struct rule_stage stage)
{
    uint32_t i = 0;
    while (i < d->count && (d->stages[i].rule != stage.rule || d->stages[i].stage != stage.stage))
        i++;
    return i;
}

bool dispatch_has(const struct dispatch *d, struct rule_stage stage)
{
    return number_of(d, stage) < d->count;
}

void dispatch_columns(const struct dispatch *d, struct rule_stage stage, bool *out)
{
    const uint32_t number = number_of(d, stage);
    if (number == d->count)
        return;
    for (uint32_t i = 0; i < d->column_count; i++)
        for (uint32_t q = 0; q < d->columns[i].count; q++) {
            const uint64_t word = d->columns[i].questions[q].stages[number / WORD_BITS];
            if ((word >> number % WORD_BITS & 1) != 0)
                out[d->columns[i].field] = true;
        }
}
