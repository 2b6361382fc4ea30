// One event against a condition.
//
// A leaf asks whether some combination of its fields' values makes it true: where a field has
// several values, the leaf's tree is computed once for each, and each leaf does so on its own.
// A missing value makes a leaf false, and `not` is plain: nothing is ever "unknown" here.

#include "eql/functions.h"
#include "eql/plan.h"

enum answer {
    ANSWER_NO,
    ANSWER_MAYBE,
    ANSWER_YES
};

struct evaluation {
    const struct eql_plan *plan;
    const struct event *event;
    struct eql_scratch *scratch;
    const struct plan_node *leaf;
    uint32_t chosen[EQL_LEAF_FIELDS_MAX];  // Which of each field's values.
};

static bool field_equals(const struct plan_node *n, const struct event *event);
static bool field_is_in(const struct plan_node *n, const struct event *event,
                        struct eql_scratch *scratch);
static bool leaf_holds(const struct eql_plan *plan, const struct plan_node *leaf,
                       const struct event *event, struct eql_scratch *scratch);
static bool next_combination(struct evaluation *e);
static struct value value_of(struct evaluation *e, uint32_t node);
static struct value value_of_field(const struct evaluation *e, const struct plan_node *n);
static struct value value_of_call(struct evaluation *e, const struct plan_node *n);
static struct value value_of_comparison(struct evaluation *e, const struct plan_node *n);
static bool is_equal(struct value a, struct value b);
static int order_of(struct value a, struct value b, bool *comparable);
static enum answer answer_of(const struct eql_plan *plan, uint32_t condition,
                             const struct event *event, const bool *known,
                             struct eql_scratch *scratch);

// A list without values is as good as none.
static struct value slot_of(const struct event *event, uint16_t field)
{
    const struct value missing = { .type = VALUE_MISSING };
    if (field >= event->slot_count)
        return missing;
    const struct value v = event->slots[field];
    return v.type == VALUE_LIST && v.len == 0 ? missing : v;
}

bool eql_holds(const struct eql_plan *plan, uint32_t condition, const struct event *event,
               struct eql_scratch *scratch)
{
    const struct plan_node *n = &plan->nodes[condition];
    const uint32_t *children = &plan->children[n->first];
    switch ((enum plan_op)n->op) {
    case PLAN_TRUE:
        return true;
    case PLAN_ALL:
        for (uint32_t i = 0; i < n->count; i++)
            if (!eql_holds(plan, children[i], event, scratch))
                return false;
        return true;
    case PLAN_ANY:
        for (uint32_t i = 0; i < n->count; i++)
            if (eql_holds(plan, children[i], event, scratch))
                return true;
        return false;
    case PLAN_NOT:
        return !eql_holds(plan, children[0], event, scratch);
    case PLAN_FIELD_EXISTS:
        return slot_of(event, n->field).type != VALUE_MISSING;
    case PLAN_FIELD_EQUAL:
        return field_equals(n, event);
    case PLAN_FIELD_IN:
        return field_is_in(n, event, scratch);
    case PLAN_LEAF:
        return leaf_holds(plan, n, event, scratch);
    default:
        return false;
    }
}

static bool field_equals(const struct plan_node *n, const struct event *event)
{
    const struct value v = slot_of(event, n->field);
    if (v.type != VALUE_LIST)
        return is_equal(v, n->value);
    for (uint32_t i = 0; i < v.len; i++)
        if (is_equal(v.list[i], n->value))
            return true;
    return false;
}

static bool field_is_in(const struct plan_node *n, const struct event *event,
                        struct eql_scratch *scratch)
{
    const struct value v = slot_of(event, n->field);
    if (v.type == VALUE_MISSING)
        return false;
    if (v.type != VALUE_LIST)
        return set_has(n->set, v, scratch);
    for (uint32_t i = 0; i < v.len; i++)
        if (set_has(n->set, v.list[i], scratch))
            return true;
    return false;
}

static bool leaf_holds(const struct eql_plan *plan, const struct plan_node *leaf,
                       const struct event *event, struct eql_scratch *scratch)
{
    struct evaluation e = { .plan = plan, .event = event, .scratch = scratch, .leaf = leaf };
    for (uint32_t tried = 0; tried < EQL_COMBINATIONS_MAX; tried++) {
        const struct value v = value_of(&e, plan->children[leaf->first]);
        arena_reset(&scratch->arena);
        if (v.type == VALUE_BOOL && v.boolean)
            return true;
        if (!next_combination(&e))
            return false;
    }
    return false;
}

static bool next_combination(struct evaluation *e)
{
    for (uint32_t i = 0; i < e->leaf->field_count; i++) {
        const struct value v = slot_of(e->event, e->leaf->fields[i]);
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
    const struct plan_node *n = &e->plan->nodes[node];
    const uint32_t *children = &e->plan->children[n->first];
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
        return left.type == VALUE_MISSING ? left : value_of_bool(set_has(n->set, left, e->scratch));
    default:
        return (struct value){ .type = VALUE_MISSING };
    }
}

static struct value value_of_field(const struct evaluation *e, const struct plan_node *n)
{
    const struct value v = slot_of(e->event, n->field);
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
    struct value values[EQL_ARGUMENTS_MAX];
    for (uint32_t i = 0; i < n->count; i++) {
        values[i] = value_of(e, e->plan->children[n->first + i]);
        const enum ast_type type = f->arguments[i < 4 ? i : 3];
        const bool is_text = values[i].type == VALUE_TEXT;
        // A field of another type than fields.def says would be misread below.
        if (i < f->needed && (values[i].type == VALUE_MISSING || (type == TYPE_TEXT && !is_text)))
            return (struct value){ .type = VALUE_MISSING };
    }
    return f->call(values, n->count, n->folds, e->scratch);
}

static struct value value_of_comparison(struct evaluation *e, const struct plan_node *n)
{
    const struct plan_node *sides[2];
    struct value v[2];
    for (uint32_t i = 0; i < 2; i++) {
        sides[i] = &e->plan->nodes[e->plan->children[n->first + i]];
        v[i] = value_of(e, e->plan->children[n->first + i]);
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
    if (a.type == VALUE_TEXT && b.type == VALUE_TEXT)
        return a.len == b.len && (a.len == 0 || memcmp(a.text, b.text, a.len) == 0);
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
    return (x > y) - (x < y);
}

bool eql_may_hold(const struct eql_plan *plan, uint32_t condition, const struct event *event,
                  const bool *known, struct eql_scratch *scratch)
{
    return answer_of(plan, condition, event, known, scratch) != ANSWER_NO;
}

static enum answer answer_of(const struct eql_plan *plan, uint32_t condition,
                             const struct event *event, const bool *known,
                             struct eql_scratch *scratch)
{
    const struct plan_node *n = &plan->nodes[condition];
    if (n->op == PLAN_NOT)
        return ANSWER_YES - answer_of(plan, plan->children[n->first], event, known, scratch);
    if (n->op == PLAN_ALL || n->op == PLAN_ANY) {
        enum answer whole = n->op == PLAN_ALL ? ANSWER_YES : ANSWER_NO;
        for (uint32_t i = 0; i < n->count; i++) {
            const enum answer part =
                answer_of(plan, plan->children[n->first + i], event, known, scratch);
            if (n->op == PLAN_ALL ? part < whole : part > whole)
                whole = part;
        }
        return whole;
    }
    bool fields[FIELD_COUNT] = { false };
    eql_fields(plan, condition, fields);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (fields[i] && !known[i])
            return ANSWER_MAYBE;
    return eql_holds(plan, condition, event, scratch) ? ANSWER_YES : ANSWER_NO;
}

void eql_fields(const struct eql_plan *plan, uint32_t condition, bool *out)
{
    const struct plan_node *n = &plan->nodes[condition];
    if (n->op == PLAN_FIELD_EXISTS || n->op == PLAN_FIELD_EQUAL || n->op == PLAN_FIELD_IN)
        out[n->field < FIELD_COUNT ? n->field : 0] |= n->field < FIELD_COUNT;
    for (uint32_t i = 0; n->op == PLAN_LEAF && i < n->field_count; i++)
        out[n->fields[i]] = true;
    if (n->op == PLAN_ALL || n->op == PLAN_ANY || n->op == PLAN_NOT)
        for (uint32_t i = 0; i < n->count; i++)
            eql_fields(plan, plan->children[n->first + i], out);
}
