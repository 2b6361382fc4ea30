#include "meaning.h"

#include <assert.h>

static bool leaf_holds(const struct trial *t, const struct leaf *leaf, size_t event,
                       const size_t *bound);
static bool comparison_holds(const struct leaf *leaf, const struct values *left,
                             const struct values *right);
static bool some_pair(enum comparison comparison, const struct values *left,
                      const struct values *right);
static struct values distinct(const struct values *v);

bool stage_accepts_alone(const struct trial *t, const struct stage *stage, size_t event)
{
    return stage_accepts(t, stage, event, NULL);
}

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
    const struct values *left = &t->events[event].fields[leaf->field];
    struct values right = { .count = leaf->operand_count };
    for (size_t i = 0; i < leaf->operand_count; i++)
        right.at[i] = leaf->operands[i];
    assert(!leaf->has_reference || bound != NULL);
    if (leaf->has_reference)
        right = t->events[bound[leaf->reference_stage]].fields[leaf->reference_field];
    return comparison_holds(leaf, left, &right) != leaf->negated;
}

static bool comparison_holds(const struct leaf *leaf, const struct values *left,
                             const struct values *right)
{
    if (leaf->comparison == COMPARISON_IS_NULL)
        return left->count == 0;
    if (leaf->comparison == COMPARISON_IS_NOT_NULL)
        return left->count > 0;
    if (leaf->comparison == COMPARISON_UNEQUAL)
        return !some_pair(COMPARISON_EQUAL, left, right);
    return some_pair(leaf->comparison, left, right);
}

// False where either side has no value.
static bool some_pair(enum comparison comparison, const struct values *left,
                      const struct values *right)
{
    for (size_t i = 0; i < left->count; i++) {
        for (size_t j = 0; j < right->count; j++) {
            const struct scalar x = left->at[i];
            const struct scalar y = right->at[j];
            const bool ordered = !x.is_text && !y.is_text;
            if (comparison == COMPARISON_LESS && ordered && x.number < y.number)
                return true;
            if (comparison == COMPARISON_NOT_LESS && ordered && x.number >= y.number)
                return true;
            if ((comparison == COMPARISON_EQUAL || comparison == COMPARISON_IN) &&
                scalar_equals(x, y))
                return true;
        }
    }
    return false;
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
