// Takes away one thing after the other, and keeps away what the difference does not need.

#include "shrink.h"

static bool drop_events(struct trial *t, shrink_shows *shows);
static bool simplify_events(struct trial *t, shrink_shows *shows);
static bool simplify_query(struct trial *t, shrink_shows *shows);
static bool simplify_stage(struct trial *t, size_t index, shrink_shows *shows);
static bool keep_if_shown(struct trial *t, const struct trial *smaller, shrink_shows *shows);
static struct stage *stage_of(struct trial *t, size_t index);
static bool is_referred_to(const struct query *q, size_t index);
static void remove_stage(struct query *q, size_t index);
static void remove_own_key(struct query *q, size_t index);

void shrink(struct trial *t, shrink_shows *shows)
{
    bool smaller = true;
    while (smaller) {
        smaller = drop_events(t, shows);
        smaller = simplify_query(t, shows) || smaller;
        smaller = simplify_events(t, shows) || smaller;
    }
}

static bool drop_events(struct trial *t, shrink_shows *shows)
{
    bool dropped = false;
    for (size_t i = t->event_count; i-- > 0;) {
        struct trial smaller = *t;
        smaller.event_count--;
        for (size_t j = i; j < smaller.event_count; j++)
            smaller.events[j] = smaller.events[j + 1];
        dropped = keep_if_shown(t, &smaller, shows) || dropped;
    }
    return dropped;
}

// One value fewer, field by field.
static bool simplify_events(struct trial *t, shrink_shows *shows)
{
    bool simpler = false;
    for (size_t i = 0; i < t->event_count; i++) {
        for (unsigned f = 0; f < FIELD_COUNT; f++) {
            struct trial s = *t;
            struct values *v = &s.events[i].fields[f];
            if (v->count == 0)
                continue;
            v->count--;
            v->as_list = v->count > 1;
            simpler = keep_if_shown(t, &s, shows) || simpler;
        }
    }
    return simpler;
}

static bool simplify_query(struct trial *t, shrink_shows *shows)
{
    bool simpler = false;
    struct trial s = *t;
    if (t->query.has_until) {
        s.query.has_until = false;
        simpler = keep_if_shown(t, &s, shows);
    }
    if (t->query.pipe_count > 0) {
        s = *t;
        s.query.pipe_count--;
        simpler = keep_if_shown(t, &s, shows) || simpler;
    }
    if (t->query.common_count > 0) {
        s = *t;
        s.query.common_count--;
        simpler = keep_if_shown(t, &s, shows) || simpler;
    }
    for (size_t k = t->query.until.key_count; k-- > 0;) {
        s = *t;
        remove_own_key(&s.query, k);
        simpler = keep_if_shown(t, &s, shows) || simpler;
    }
    for (size_t i = t->query.stage_count; i-- > 0 && t->query.stage_count > 2;) {
        s = *t;
        remove_stage(&s.query, i);
        if (!is_referred_to(&t->query, i))
            simpler = keep_if_shown(t, &s, shows) || simpler;
    }
    for (size_t i = 0; i <= t->query.stage_count; i++)
        simpler = simplify_stage(t, i, shows) || simpler;
    return simpler;
}

// The one after the last is `until`.
static bool simplify_stage(struct trial *t, size_t index, shrink_shows *shows)
{
    bool simpler = false;
    struct trial s;
    for (size_t i = stage_of(t, index)->condition.leaf_count; i-- > 0;) {
        s = *t;
        struct condition *c = &stage_of(&s, index)->condition;
        c->leaf_count--;
        for (size_t j = i; j < c->leaf_count; j++)
            c->leaves[j] = c->leaves[j + 1];
        simpler = keep_if_shown(t, &s, shows) || simpler;
    }
    if (stage_of(t, index)->runs > 1) {
        s = *t;
        stage_of(&s, index)->runs--;
        simpler = keep_if_shown(t, &s, shows) || simpler;
    }
    if (stage_of(t, index)->category != CATEGORY_ANY) {
        s = *t;
        stage_of(&s, index)->category = CATEGORY_ANY;
        simpler = keep_if_shown(t, &s, shows) || simpler;
    }
    if (stage_of(t, index)->has_alias && !is_referred_to(&t->query, index)) {
        s = *t;
        stage_of(&s, index)->has_alias = false;
        simpler = keep_if_shown(t, &s, shows) || simpler;
    }
    return simpler;
}

static bool keep_if_shown(struct trial *t, const struct trial *smaller, shrink_shows *shows)
{
    bool has_positive = false;
    for (size_t i = 0; i < smaller->query.stage_count; i++)
        has_positive = has_positive || !smaller->query.stages[i].missing;
    if (!has_positive || !shows(smaller))
        return false;
    *t = *smaller;
    return true;
}

static struct stage *stage_of(struct trial *t, size_t index)
{
    return index < t->query.stage_count ? &t->query.stages[index] : &t->query.until;
}

static bool is_referred_to(const struct query *q, size_t index)
{
    for (size_t i = 0; i <= q->stage_count; i++) {
        const struct condition *c =
            i < q->stage_count ? &q->stages[i].condition : &q->until.condition;
        for (size_t j = 0; j < c->leaf_count; j++)
            if (c->leaves[j].operand == OPERAND_REFERENCE && c->leaves[j].other_stage == index)
                return true;
    }
    return false;
}

// The stage must not be referred to.
static void remove_stage(struct query *q, size_t index)
{
    q->stage_count--;
    for (size_t i = index; i < q->stage_count; i++)
        q->stages[i] = q->stages[i + 1];
    for (size_t i = 0; i <= q->stage_count; i++) {
        struct condition *c = i < q->stage_count ? &q->stages[i].condition : &q->until.condition;
        for (size_t j = 0; j < c->leaf_count; j++)
            if (c->leaves[j].operand == OPERAND_REFERENCE && c->leaves[j].other_stage > index)
                c->leaves[j].other_stage--;
    }
}

static void remove_own_key(struct query *q, size_t index)
{
    for (size_t i = 0; i <= q->stage_count; i++) {
        struct stage *stage = i < q->stage_count ? &q->stages[i] : &q->until;
        stage->key_count--;
        for (size_t k = index; k < stage->key_count; k++)
            stage->keys[k] = stage->keys[k + 1];
    }
}
