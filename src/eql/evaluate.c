// One event against a condition.
//
// A leaf asks whether some combination of its fields' values makes it true: where a field has
// several values, the leaf's tree is computed once for each, and each leaf does so on its own. A
// missing value makes a leaf false, and `not` is plain: nothing is ever "unknown" here. Only where
// a comparison is itself compared, (a > 1) == null, is it null: as Elasticsearch has it.

#include "eql/functions.h"
#include "eql/scratch.h"

#include <math.h>

enum answer {
    ANSWER_NO,
    ANSWER_MAYBE,
    ANSWER_YES
};

struct evaluation {
    const struct eql_pool *pool;
    struct eql_scratch *scratch;
    const struct value *bound;
    const struct plan_node *leaf;
    uint32_t chosen[EQL_LEAF_FIELDS_MAX];  // Which of each field's values.
};

static bool is_met(struct eql_scratch *s, const struct plan_node *n, const struct value *bound);
static bool field_equals(const struct plan_node *n, struct value v);
static bool field_is_in(const struct plan_node *n, struct value v, struct eql_scratch *s);
static struct value in_lower(struct eql_scratch *s, uint16_t field, struct value v);
static struct value lower_of(struct arena *arena, struct value v);
static bool leaf_holds(struct eql_scratch *s, const struct plan_node *leaf,
                       const struct value *bound);
static bool search_finds(struct eql_scratch *s, const struct plan_node *n,
                         const struct value *bound);
static bool has_tries(struct eql_scratch *s, uint32_t tried);
static bool next_combination(struct evaluation *e);
static struct value value_of(struct evaluation *e, uint32_t node);
static struct value value_of_field(const struct evaluation *e, const struct plan_node *n);
static struct value value_of_call(struct evaluation *e, const struct plan_node *n);
static struct value value_of_comparison(struct evaluation *e, const struct plan_node *n);
static bool is_equal(struct value a, struct value b);
static int order_of(struct value a, struct value b, bool *comparable);
static enum answer answer_of(struct eql_scratch *s, uint32_t condition, const bool *known);
static bool knows_all(const struct eql_pool *pool, uint32_t condition, const bool *known);

// A list without values is as good as none.
static struct value slot_of(const struct eql_scratch *s, uint16_t field, const struct value *bound)
{
    struct value v = { .type = VALUE_MISSING };
    if (field < s->event->slot_count)
        v = s->event->slots[field];
    else if (field >= PLAN_SLOT_ROW && (uint32_t)field - PLAN_SLOT_ROW < s->row_len)
        v = s->row[field - PLAN_SLOT_ROW];
    else if (field >= PLAN_SLOT_BOUND && field < PLAN_SLOT_ROW && bound != NULL)
        v = bound[field - PLAN_SLOT_BOUND];
    return v.type == VALUE_LIST && v.len == 0 ? (struct value){ .type = VALUE_MISSING } : v;
}

bool eql_holds(struct eql_scratch *s, uint32_t condition, const struct value *bound)
{
    const struct plan_node *n = &s->pool->nodes[condition];
    if (n->leaf == PLAN_LEAF_NONE || n->depends != 0)
        return is_met(s, n, bound);
    uint32_t *answer = &s->answers[n->leaf];
    if (*answer >> 1 != s->event_number)
        *answer = s->event_number << 1 | is_met(s, n, bound);
    return (*answer & 1) != 0;
}

static bool is_met(struct eql_scratch *s, const struct plan_node *n, const struct value *bound)
{
    const uint32_t *children = &s->pool->children[n->first];
    const struct lineage *lineage = s->event->lineage;
    switch ((enum plan_op)n->op) {
    case PLAN_TRUE:
        return true;
    case PLAN_ALL:
        for (uint32_t i = 0; i < n->count; i++)
            if (!eql_holds(s, children[i], bound))
                return false;
        return true;
    case PLAN_ANY:
        for (uint32_t i = 0; i < n->count; i++)
            if (eql_holds(s, children[i], bound))
                return true;
        return false;
    case PLAN_NOT:
        return !eql_holds(s, children[0], bound);
    case PLAN_FIELD_EXISTS:
        return slot_of(s, n->field, bound).type != VALUE_MISSING;
    case PLAN_FIELD_EQUAL:
        return field_equals(n, slot_of(s, n->field, bound));
    case PLAN_FIELD_IN:
        return field_is_in(n, slot_of(s, n->field, bound), s);
    case PLAN_LEAF:
        return leaf_holds(s, n, bound);
    case PLAN_SEARCH:
        return search_finds(s, n, bound);
    case PLAN_CHILD_OF:
        return lineage != NULL && lineage_parent_has_met(lineage, n->field);
    case PLAN_DESCENDANT:
        return lineage != NULL && lineage_ancestor_has_met(lineage, n->field);
    default:
        return false;
    }
}

static bool field_equals(const struct plan_node *n, struct value v)
{
    if (v.type != VALUE_LIST)
        return is_equal(v, n->value);
    for (uint32_t i = 0; i < v.len; i++)
        if (is_equal(v.list[i], n->value))
            return true;
    return false;
}

static bool field_is_in(const struct plan_node *n, struct value v, struct eql_scratch *s)
{
    if (v.type == VALUE_MISSING)
        return false;
    if (set_wants_lower(n->set))
        v = in_lower(s, n->field, v);
    const struct value *values = v.type == VALUE_LIST ? v.list : &v;
    const uint32_t count = v.type == VALUE_LIST ? v.len : 1;
    bool found = false;
    for (uint32_t i = 0; i < count && !found; i++)
        found = set_has(n->set, values[i], s);
    if (s->arena.used > 0)
        arena_reset(&s->arena);
    return found;
}

// The value in lower case: of an event's field made once for the event, of another for this
// question.
static struct value in_lower(struct eql_scratch *s, uint16_t field, struct value v)
{
    if (field >= s->event->slot_count || field >= s->lower_count)
        return lower_of(&s->arena, v);
    struct lower_value *kept = &s->lower[field];
    if (kept->event_number != s->event_number)
        *kept = (struct lower_value){ s->event_number, lower_of(&s->event_arena, v) };
    return kept->value;
}

static struct value lower_of(struct arena *arena, struct value v)
{
    if (v.type == VALUE_TEXT)
        return value_of_text(wildcard_fold(arena, value_str(v)));
    if (v.type != VALUE_LIST)
        return v;
    struct value *list = arena_alloc(arena, v.len * sizeof *list);
    for (uint32_t i = 0; i < v.len; i++)
        list[i] = lower_of(arena, v.list[i]);
    return value_of_list(list, v.len);
}

// Of a field with plain values each is a row of one.
static bool search_finds(struct eql_scratch *s, const struct plan_node *n,
                         const struct value *bound)
{
    const struct value v = slot_of(s, n->field, bound);
    const struct value *rows = v.type == VALUE_LIST ? v.list : &v;
    const uint32_t count = v.type == VALUE_MISSING ? 0 : v.type == VALUE_LIST ? v.len : 1;
    bool found = false;
    s->row_tries = 0;
    for (uint32_t i = 0; i < count && !found; i++) {
        s->row = rows[i].type == VALUE_LIST ? rows[i].list : &rows[i];
        s->row_len = rows[i].type == VALUE_LIST ? rows[i].len : 1;
        found = eql_holds(s, s->pool->children[n->first], bound);
    }
    s->row_len = 0;
    return found;
}

static bool leaf_holds(struct eql_scratch *s, const struct plan_node *leaf,
                       const struct value *bound)
{
    struct evaluation e = { .pool = s->pool, .scratch = s, .bound = bound, .leaf = leaf };
    // The values of one field are all tried: there are no more of them than the event has.
    for (uint32_t tried = 0; leaf->field_count == 1 || has_tries(s, tried); tried++) {
        const struct value v = value_of(&e, s->pool->children[leaf->first]);
        if (s->arena.used > 0)
            arena_reset(&s->arena);
        if (v.type == VALUE_BOOL && v.boolean)
            return true;
        if (!next_combination(&e))
            return false;
    }
    s->combinations_cut++;
    return false;
}

// Of a comparison of several fields; all rows of an _arraysearch together have no more than one.
static bool has_tries(struct eql_scratch *s, uint32_t tried)
{
    if (s->row_len == 0)
        return tried < EQL_COMBINATIONS_MAX;
    return s->row_tries < EQL_SEARCH_TRIES_MAX && ++s->row_tries > 0;
}

static bool next_combination(struct evaluation *e)
{
    for (uint32_t i = 0; i < e->leaf->field_count; i++) {
        const struct value v = slot_of(e->scratch, e->leaf->fields[i], e->bound);
        if (v.type == VALUE_LIST && e->chosen[i] + 1 < v.len) {
            e->chosen[i]++;
            return true;
        }
        e->chosen[i] = 0;
    }
    return false;
}

static struct value value_of(struct evaluation *e, uint32_t node)
{
    const struct plan_node *n = &e->pool->nodes[node];
    const uint32_t *children = &e->pool->children[n->first];
    struct value left;
    switch ((enum plan_op)n->op) {
    case PLAN_CONSTANT:
        return n->value;
    case PLAN_FIELD:
        return value_of_field(e, n);
    case PLAN_CALL:
        return value_of_call(e, n);
    case PLAN_ARITHMETIC:
        left = value_of(e, children[0]);
        return eql_function_arithmetic(n->operation, left, value_of(e, children[1]));
    case PLAN_COMPARE:
        return value_of_comparison(e, n);
    case PLAN_EXISTS:
        return value_of_bool(value_of(e, children[0]).type != VALUE_MISSING);
    case PLAN_MISSING:
        return value_of_bool(value_of(e, children[0]).type == VALUE_MISSING);
    case PLAN_IN:
        left = value_of(e, children[0]);
        if (left.type == VALUE_TEXT && set_wants_lower(n->set))
            left = lower_of(&e->scratch->arena, left);
        return left.type == VALUE_MISSING ? left : value_of_bool(set_has(n->set, left, e->scratch));
    default:
        return (struct value){ .type = VALUE_MISSING };
    }
}

static struct value value_of_field(const struct evaluation *e, const struct plan_node *n)
{
    const struct value v = slot_of(e->scratch, n->field, e->bound);
    if (v.type != VALUE_LIST)
        return v;
    uint32_t i = 0;
    while (e->leaf->fields[i] != n->field)
        i++;
    return v.list[e->chosen[i]];
}

static struct value value_of_call(struct evaluation *e, const struct plan_node *n)
{
    const struct eql_function *f = &eql_functions[n->operation];
    struct value *values = arena_alloc(&e->scratch->arena, n->count * sizeof *values);
    for (uint32_t i = 0; i < n->count; i++) {
        values[i] = value_of(e, e->pool->children[n->first + i]);
        const enum eql_type type = f->arguments[i < 4 ? i : 3];
        const bool is_text = values[i].type == VALUE_TEXT;
        // A field of another type than fields.def says would be misread below.
        if (i < f->needed &&
            (values[i].type == VALUE_MISSING || (type == EQL_TYPE_TEXT && !is_text)))
            return (struct value){ .type = VALUE_MISSING };
    }
    return f->call(values, n->count, n->folds, e->scratch);
}

static struct value value_of_comparison(struct evaluation *e, const struct plan_node *n)
{
    const struct plan_node *sides[2];
    struct value v[2];
    for (uint32_t i = 0; i < 2; i++) {
        sides[i] = &e->pool->nodes[e->pool->children[n->first + i]];
        v[i] = value_of(e, e->pool->children[n->first + i]);
    }
    if (v[0].type == VALUE_MISSING || v[1].type == VALUE_MISSING) {
        const bool optional = sides[0]->op == PLAN_FIELD && sides[0]->optional &&
                              sides[1]->op == PLAN_FIELD && sides[1]->optional;
        if (n->operation == OP_EQUAL && optional && v[0].type == v[1].type)
            return value_of_bool(true);
        return (struct value){ .type = VALUE_MISSING };
    }
    if (n->operation == OP_EQUAL)
        return value_of_bool(is_equal(v[0], v[1]));
    bool comparable = true;
    const int order = order_of(v[0], v[1], &comparable);
    if (!comparable)
        return value_of_bool(false);
    if (n->operation == OP_LESS)
        return value_of_bool(order < 0);
    if (n->operation == OP_LESS_EQUAL)
        return value_of_bool(order <= 0);
    return value_of_bool(n->operation == OP_GREATER ? order > 0 : order >= 0);
}

static bool is_equal(struct value a, struct value b)
{
    // Most texts differ in length or in the first octet, which costs no call to see.
    if (a.type == VALUE_TEXT && b.type == VALUE_TEXT)
        return a.len == b.len &&
               (a.len == 0 || (a.text[0] == b.text[0] && memcmp(a.text, b.text, a.len) == 0));
    if (a.type == VALUE_BOOL && b.type == VALUE_BOOL)
        return a.boolean == b.boolean;
    if (a.type == VALUE_INT && b.type == VALUE_INT)
        return a.integer == b.integer;
    bool comparable = true;
    return order_of(a, b, &comparable) == 0 && comparable;
}

static int order_of(struct value a, struct value b, bool *comparable)
{
    if (a.type == VALUE_TEXT && b.type == VALUE_TEXT)
        return str_cmp(value_str(a), value_str(b));
    if (a.type == VALUE_INT && b.type == VALUE_INT)
        return (a.integer > b.integer) - (a.integer < b.integer);
    const bool numbers = (a.type == VALUE_INT || a.type == VALUE_FLOAT) &&
                         (b.type == VALUE_INT || b.type == VALUE_FLOAT);
    *comparable = numbers;
    if (!numbers)
        return 0;
    const double x = a.type == VALUE_INT ? (double)a.integer : a.real;
    const double y = b.type == VALUE_INT ? (double)b.integer : b.real;
    *comparable = !isnan(x) && !isnan(y);
    return (x > y) - (x < y);
}

bool eql_may_hold(struct eql_scratch *s, uint32_t condition, const bool *known)
{
    return answer_of(s, condition, known) != ANSWER_NO;
}

static enum answer answer_of(struct eql_scratch *s, uint32_t condition, const bool *known)
{
    const struct plan_node *n = &s->pool->nodes[condition];
    const uint32_t *children = &s->pool->children[n->first];
    if (n->op == PLAN_NOT)
        return ANSWER_YES - answer_of(s, children[0], known);
    if (n->op == PLAN_ALL || n->op == PLAN_ANY) {
        enum answer whole = n->op == PLAN_ALL ? ANSWER_YES : ANSWER_NO;
        for (uint32_t i = 0; i < n->count; i++) {
            const enum answer part = answer_of(s, children[i], known);
            if (n->op == PLAN_ALL ? part < whole : part > whole)
                whole = part;
        }
        return whole;
    }
    const bool is_lineage = n->op == PLAN_CHILD_OF || n->op == PLAN_DESCENDANT;
    if ((n->depends & PLAN_DEPENDS_BOUND) != 0 || (known != NULL && is_lineage))
        return ANSWER_MAYBE;
    if (known != NULL && !knows_all(s->pool, condition, known))
        return ANSWER_MAYBE;
    return eql_holds(s, condition, NULL) ? ANSWER_YES : ANSWER_NO;
}

static bool knows_all(const struct eql_pool *pool, uint32_t condition, const bool *known)
{
    bool fields[FIELD_COUNT] = { false };
    eql_fields(pool, condition, fields);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (fields[i] && !known[i])
            return false;
    return true;
}
