// A random sequence. Everything that it may have, it has now and then, in every combination that
// the language allows.

#include "generate.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static void choose_missing(struct prng *p, struct query *q, bool late);
static void choose_span(struct prng *p, struct query *q, bool late);
static void generate_stage(struct prng *p, struct stage *out);
static void generate_condition(struct prng *p, struct condition *out);
static void generate_leaf(struct prng *p, struct leaf *out);
static enum field other_field(struct prng *p, enum field field);
static bool is_ordered(enum field field);
static void generate_keys(struct prng *p, struct query *q);
static struct key generate_key(struct prng *p);
static void generate_aliases(struct prng *p, struct query *q);
static void refer(struct prng *p, struct condition *c, size_t to);
static void generate_pipes(struct prng *p, struct query *q);

void generate_query(struct prng *p, struct trial *t)
{
    static const unsigned stage_counts[] = { 2, 2, 2, 2, 3, 3, 3, 4, 4, 5 };
    struct query *q = &t->query;
    *q = (struct query){ .span_units = SPAN_NONE };
    q->stage_count = stage_counts[prng_below(p, COUNT_OF(stage_counts))];
    for (size_t i = 0; i < q->stage_count; i++)
        generate_stage(p, &q->stages[i]);
    choose_missing(p, q, t->late);
    q->has_until = prng_chance(p, 25);
    generate_stage(p, &q->until);
    q->until.runs = 1;
    generate_keys(p, q);
    generate_aliases(p, q);
    generate_pipes(p, q);
}

static void choose_missing(struct prng *p, struct query *q, bool late)
{
    // `!` is a stage that must be missing.
    static const char *const shapes[] = {
        "!.",   ".!",   "!.!",  ".!.",  ".!.", ".!.", "!..",   "..!",   "!.!.",  ".!.!",
        "!..!", "..!.", ".!..", ".!!.", "!!.", ".!!", "!!.!!", "!.!.!", ".!.!.", ".!!.!",
    };
    const char *shape = shapes[prng_below(p, COUNT_OF(shapes))];
    // Of what comes before a sequence only the latest is remembered, which is not the nearest where
    // a sequence begins late.
    const bool some = prng_chance(p, 50) && !(late && shape[0] == '!');
    for (size_t i = 0; some && shape[i] != '\0'; i++) {
        struct stage *stage = &q->stages[i];
        generate_stage(p, stage);
        stage->missing = shape[i] == '!';
        // Most events should do where there must be one, and few where there must not.
        if (!stage->missing && prng_chance(p, 50))
            stage->condition.leaf_count = 0;
        q->stage_count = i + 1;
    }
    if (some || prng_chance(p, 40))
        choose_span(p, q, late);
}

static void choose_span(struct prng *p, struct query *q, bool late)
{
    q->span_units = 1 + prng_below(p, prng_chance(p, 50) ? 5 : 25);
    // What is too old may be gone before a late event could ask for it: then nothing is too old.
    if (late)
        q->span_units = SPAN_LONG;
}

static void generate_stage(struct prng *p, struct stage *out)
{
    *out = (struct stage){ .category = prng_below(p, CATEGORY_COUNT + 1), .runs = 1 };
    if (prng_chance(p, 10))
        out->runs = 2 + prng_below(p, RUNS_MAX - 1);
    generate_condition(p, &out->condition);
}

static void generate_condition(struct prng *p, struct condition *out)
{
    static const unsigned leaf_counts[] = { 0, 0, 1, 1, 1, 2 };
    *out = (struct condition){ .any_of = prng_chance(p, 60) };
    out->leaf_count = leaf_counts[prng_below(p, COUNT_OF(leaf_counts))];
    for (size_t i = 0; i < out->leaf_count; i++)
        generate_leaf(p, &out->leaves[i]);
}

static void generate_leaf(struct prng *p, struct leaf *out)
{
    static const enum comparison comparisons[] = {
        COMPARISON_EQUAL,   COMPARISON_UNEQUAL,     COMPARISON_UNEQUAL,  COMPARISON_IN,
        COMPARISON_IS_NULL, COMPARISON_IS_NOT_NULL, COMPARISON_NOT_LESS, COMPARISON_LESS,
    };
    *out = (struct leaf){ .negated = prng_chance(p, 15) };
    out->field = (enum field)prng_below(p, FIELD_COUNT);
    if (prng_chance(p, 50))
        out->field = FIELD_NUMBER;
    out->comparison = comparisons[prng_below(p, is_ordered(out->field) ? 8 : 6)];
    const bool unary =
        out->comparison == COMPARISON_IS_NULL || out->comparison == COMPARISON_IS_NOT_NULL;
    if (!unary && out->comparison != COMPARISON_IN && prng_chance(p, 12)) {
        out->operand = OPERAND_FIELD;
        out->other_field = other_field(p, out->field);
        return;
    }
    out->constant_count = unary ? 0 : 1 + (out->comparison == COMPARISON_IN);
    for (size_t i = 0; i < out->constant_count; i++) {
        out->constants[i] = generate_scalar(p, out->field);
        // A list is of one type.
        if (out->constants[i].is_text != out->constants[0].is_text)
            out->constant_count = i;
    }
}

// One of the same type.
static enum field other_field(struct prng *p, enum field field)
{
    static const enum field numbers[] = { FIELD_KEY_A, FIELD_KEY_B, FIELD_NUMBER };
    return is_ordered(field) ? numbers[prng_below(p, COUNT_OF(numbers))] : field;
}

// Texts have no order here.
static bool is_ordered(enum field field)
{
    return field != FIELD_TEXT && field != FIELD_KEY_C;
}

static void generate_keys(struct prng *p, struct query *q)
{
    static const unsigned common_counts[] = { 0, 0, 0, 1, 1, 1, 1, 1, 2, 2 };
    static const unsigned own_counts[] = { 0, 0, 0, 0, 0, 0, 1, 1, 1, 2 };
    q->common_count = common_counts[prng_below(p, COUNT_OF(common_counts))];
    size_t own = own_counts[prng_below(p, COUNT_OF(own_counts))];
    if (q->common_count + own > KEYS_MAX)
        own = KEYS_MAX - q->common_count;
    for (size_t k = 0; k < q->common_count; k++) {
        q->common[k] = generate_key(p);
        if (k > 0 && q->common[k].field == q->common[k - 1].field)
            q->common[k].field = (q->common[k].field + 1) % (FIELD_KEY_C + 1);
    }
    // Mostly all stages ask the same field, and now and then each its own.
    const bool alike = prng_chance(p, 50);
    for (size_t i = 0; i <= q->stage_count; i++) {
        struct stage *stage = i < q->stage_count ? &q->stages[i] : &q->until;
        stage->key_count = own;
        for (size_t k = 0; k < own; k++)
            stage->keys[k] = alike && i > 0 ? q->stages[0].keys[k] : generate_key(p);
    }
}

static struct key generate_key(struct prng *p)
{
    return (struct key){ .field = (enum field)prng_below(p, FIELD_KEY_C + 1),
                         .optional = prng_chance(p, 25) };
}

static void generate_aliases(struct prng *p, struct query *q)
{
    if (!prng_chance(p, 40))
        return;
    for (size_t i = 0; i < q->stage_count; i++) {
        if (q->stages[i].missing || prng_chance(p, 30))
            continue;
        q->stages[i].has_alias = true;
        for (size_t j = i + 1; j < q->stage_count; j++)
            if (prng_chance(p, 50))
                refer(p, &q->stages[j].condition, i);
        if (q->has_until && prng_chance(p, 30))
            refer(p, &q->until.condition, i);
    }
}

static void refer(struct prng *p, struct condition *c, size_t to)
{
    static const enum comparison comparisons[] = {
        COMPARISON_EQUAL,   COMPARISON_EQUAL, COMPARISON_EQUAL,
        COMPARISON_UNEQUAL, COMPARISON_LESS,  COMPARISON_NOT_LESS,
    };
    if (c->leaf_count == LEAVES_MAX)
        return;
    if (prng_chance(p, 50))
        c->leaf_count = 0;
    struct leaf *leaf = &c->leaves[c->leaf_count++];
    *leaf = (struct leaf){ .negated = prng_chance(p, 15), .operand = OPERAND_REFERENCE };
    leaf->field = (enum field)prng_below(p, FIELD_COUNT);
    leaf->other_stage = to;
    leaf->other_field = prng_chance(p, 30) ? other_field(p, leaf->field) : leaf->field;
    leaf->comparison = comparisons[prng_below(p, is_ordered(leaf->field) ? 6 : 4)];
    c->any_of = c->any_of && c->leaf_count > 1 && prng_chance(p, 30);
}

static void generate_pipes(struct prng *p, struct query *q)
{
    if (!prng_chance(p, 30))
        return;
    q->pipe_count = prng_chance(p, 15) ? 2 : 1;
    for (size_t i = 0; i < q->pipe_count; i++)
        q->pipes[i] = (struct pipe){ .head = prng_chance(p, 50), .count = 1 + prng_below(p, 4) };
}
