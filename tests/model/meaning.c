#include "meaning.h"

static bool leaf_holds(const struct trial *t, const struct leaf *leaf, size_t event,
                       const size_t *bound);
static struct values right_side(const struct trial *t, const struct leaf *leaf, size_t event,
                                const size_t *bound);
static bool comparison_holds(const struct leaf *leaf, const struct values *left,
                             const struct values *right);
static bool some_pair(const struct leaf *leaf, const struct values *left,
                      const struct values *right);
static bool pair_holds(enum comparison comparison, struct scalar x, struct scalar y);
static struct values distinct(const struct values *v);

bool stage_accepts(const struct trial *t, const struct stage *stage, size_t event,
                   const size_t *bound)
{
    if (stage->category != CATEGORY_ANY &&
        (t->events[event].categories & (1u << stage->category)) == 0)
        return false;
    const struct condition *c = &stage->condition;
    if (c->leaf_count == 0)
        return true;
    for (size_t i = 0; i < c->leaf_count; i++)
        if (leaf_holds(t, &c->leaves[i], event, bound) == c->any_of)
            return c->any_of;
    return !c->any_of;
}

static bool leaf_holds(const struct trial *t, const struct leaf *leaf, size_t event,
                       const size_t *bound)
{
    const struct values right = right_side(t, leaf, event, bound);
    return comparison_holds(leaf, &t->events[event].fields[leaf->field], &right) != leaf->negated;
}

static struct values right_side(const struct trial *t, const struct leaf *leaf, size_t event,
                                const size_t *bound)
{
    struct values constants = { .count = leaf->constant_count };
    if (leaf->operand == OPERAND_FIELD)
        return t->events[event].fields[leaf->other_field];
    if (leaf->operand == OPERAND_REFERENCE && bound[leaf->other_stage] == EVENT_NONE)
        return (struct values){ 0 };
    if (leaf->operand == OPERAND_REFERENCE)
        return t->events[bound[leaf->other_stage]].fields[leaf->other_field];
    for (size_t i = 0; i < leaf->constant_count; i++)
        constants.at[i] = leaf->constants[i];
    return constants;
}

static bool comparison_holds(const struct leaf *leaf, const struct values *left,
                             const struct values *right)
{
    if (leaf->comparison == COMPARISON_IS_NULL)
        return left->count == 0;
    if (leaf->comparison == COMPARISON_IS_NOT_NULL)
        return left->count > 0;
    return some_pair(leaf, left, right) != (leaf->comparison == COMPARISON_UNEQUAL);
}

// False where either side has no value. In each combination a field has one value, and so it has
// where it is compared with itself.
static bool some_pair(const struct leaf *leaf, const struct values *left,
                      const struct values *right)
{
    const bool is_itself = leaf->operand == OPERAND_FIELD && leaf->other_field == leaf->field;
    for (size_t i = 0; i < left->count; i++)
        for (size_t j = 0; j < right->count; j++)
            if ((!is_itself || i == j) && pair_holds(leaf->comparison, left->at[i], right->at[j]))
                return true;
    return false;
}

static bool pair_holds(enum comparison comparison, struct scalar x, struct scalar y)
{
    const bool ordered = !x.is_text && !y.is_text;
    if (comparison == COMPARISON_LESS)
        return ordered && x.number < y.number;
    if (comparison == COMPARISON_NOT_LESS)
        return ordered && x.number >= y.number;
    return scalar_equals(x, y);
}

size_t stage_joins(const struct trial *t, const struct stage *stage, size_t event,
                   struct join *joins)
{
    size_t count = 1;
    joins[0] = (struct join){ 0 };
    for (size_t k = 0; k < t->query.common_count + stage->key_count; k++) {
        const struct key *key = k < t->query.common_count ? &t->query.common[k]
                                                          : &stage->keys[k - t->query.common_count];
        const struct values v = distinct(&t->events[event].fields[key->field]);
        if (v.count == 0 && !key->optional)
            return 0;
        // Each combination so far, followed by each value: those of the first field turn slowest.
        const size_t choices = v.count == 0 ? 1 : v.count;
        for (size_t i = count * choices; i-- > 0;) {
            joins[i] = joins[i / choices];
            struct component *c = &joins[i].at[joins[i].count++];
            *c = (struct component){ .null = v.count == 0 };
            if (v.count > 0)
                c->value = v.at[i % choices];
        }
        count *= choices;
    }
    return count;
}

static struct values distinct(const struct values *v)
{
    struct values out = { 0 };
    for (size_t i = 0; i < v->count; i++) {
        bool seen = false;
        for (size_t j = 0; j < out.count; j++)
            seen = seen || scalar_equals(out.at[j], v->at[i]);
        if (!seen)
            out.at[out.count++] = v->at[i];
    }
    return out;
}

bool event_is_before(const struct trial *t, size_t a, size_t b)
{
    const struct event *x = &t->events[a];
    const struct event *y = &t->events[b];
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns;
    if (x->has_tiebreaker != y->has_tiebreaker)
        return x->has_tiebreaker;
    if (x->has_tiebreaker && x->tiebreaker != y->tiebreaker)
        return x->tiebreaker < y->tiebreaker;
    return a < b;
}
