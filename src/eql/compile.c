// Flattening: children before parents, and the commonest leaves in nodes of their own.

#include "eql/compile.h"

#include <stdlib.h>

#define NODES_AT_FIRST 32u
#define LIST_ITEMS_MAX (4u * EQL_LIST_MAX)  // Of one list with all named lists in it.

struct compiler {
    const struct eql_lists *lists;
    struct lexer *l;
    struct eql_plan *plan;
};

static void compile_stage(struct compiler *c, const struct ast_query *query,
                          const struct ast_stage *from, struct eql_stage *to);
static uint32_t compile_condition(struct compiler *c, const struct ast *n);
static uint32_t compile_children(struct compiler *c, const struct ast *n, enum plan_op op);
static uint32_t compile_comparison(struct compiler *c, const struct ast *n);
static uint32_t compile_match(struct compiler *c, const struct ast *n);
static uint32_t compile_leaf(struct compiler *c, const struct ast *n);
static void collect_fields(struct compiler *c, const struct ast *n, struct plan_node *leaf);
static uint32_t compile_value(struct compiler *c, const struct ast *n);
static struct eql_set *compile_set(struct compiler *c, const struct ast *n);
static uint32_t list_size(const struct compiler *c, const struct ast *list);
static void add_item(struct compiler *c, struct eql_set *s, const struct ast *match,
                     const struct ast *item, struct value value);
static struct value constant_of(struct compiler *c, const struct ast *n);
static uint32_t add_node(struct compiler *c, struct plan_node node);
static uint32_t add_parent(struct compiler *c, struct plan_node node, const uint32_t *children,
                           uint32_t count);

static bool is_constant(const struct ast *n)
{
    return n->kind == AST_TEXT || n->kind == AST_NUMBER || n->kind == AST_BOOL;
}

enum status compile(const struct ast_query *query, const struct eql_lists *lists, struct lexer *l,
                    struct eql_plan *plan)
{
    struct compiler c = { .lists = lists, .l = l, .plan = plan };
    plan->text = arena_str(&plan->arena, l->text);
    // Also a plan of one leaf has children to point at, though it looks at none.
    plan->child_capacity = NODES_AT_FIRST;
    plan->children = memory_new(NODES_AT_FIRST * sizeof *plan->children);
    plan->is_sequence = query->is_sequence;
    plan->maxspan_ns = query->maxspan_ns;
    plan->stages = arena_zalloc(&plan->arena, query->stage_count * sizeof *plan->stages);
    for (const struct ast_stage *s = query->stages; s != NULL; s = s->next) {
        struct eql_stage stage = { 0 };
        compile_stage(&c, query, s, &stage);
        for (uint32_t i = 0; i < s->runs; i++)
            plan->stages[plan->stage_count++] = stage;
    }
    plan->has_until = query->until != NULL;
    if (plan->has_until)
        compile_stage(&c, query, query->until, &plan->until);
    return l->status;
}

static void compile_stage(struct compiler *c, const struct ast_query *query,
                          const struct ast_stage *from, struct eql_stage *to)
{
    to->categories = from->categories;
    to->condition = compile_condition(c, from->condition);
    to->text = str_to(str_from(c->plan->text, (size_t)(from->condition_text.at - c->l->text.at)),
                      from->condition_text.len);
    to->key_count = query->keys.count + from->keys.count;
    for (uint32_t i = 0; i < to->key_count; i++) {
        const struct ast *key =
            i < query->keys.count ? query->keys.at[i] : from->keys.at[i - query->keys.count];
        to->keys[i] = (struct plan_key){ .field = key->field, .optional = key->optional };
    }
}

static uint32_t compile_condition(struct compiler *c, const struct ast *n)
{
    switch (n->kind) {
    case AST_AND:
        return compile_children(c, n, PLAN_ALL);
    case AST_OR:
        return compile_children(c, n, PLAN_ANY);
    case AST_NOT:
        return compile_children(c, n, PLAN_NOT);
    case AST_BOOL:
        return add_node(c, (struct plan_node){ .op = n->value.boolean ? PLAN_TRUE : PLAN_FALSE });
    case AST_FIELD:
        return add_node(c, (struct plan_node){ .op = PLAN_FIELD_EQUAL,
                                               .field = n->field,
                                               .value = value_of_bool(true) });
    case AST_COMPARE:
        return compile_comparison(c, n);
    case AST_MATCH:
        return compile_match(c, n);
    default:
        return compile_leaf(c, n);
    }
}

static uint32_t compile_children(struct compiler *c, const struct ast *n, enum plan_op op)
{
    uint32_t *children = memory_zeroed(n->count, sizeof *children);
    uint32_t count = 0;
    for (const struct ast *child = n->first; child != NULL; child = child->next)
        children[count++] = compile_condition(c, child);
    const uint32_t at = add_parent(c, (struct plan_node){ .op = (uint8_t)op }, children, count);
    free(children);
    return at;
}

static uint32_t compile_comparison(struct compiler *c, const struct ast *n)
{
    const struct ast *left = n->first;
    const struct ast *right = left->next;
    if (n->op != OP_EQUAL)
        return compile_leaf(c, n);
    if (left->kind == AST_NULL || is_constant(left)) {
        const struct ast *swap = left;
        left = right;
        right = swap;
    }
    if (right->kind == AST_NULL && left->kind == AST_FIELD) {
        const uint32_t exists =
            add_node(c, (struct plan_node){ .op = PLAN_FIELD_EXISTS, .field = left->field });
        return add_parent(c, (struct plan_node){ .op = PLAN_NOT }, &exists, 1);
    }
    if (right->kind == AST_NULL) {
        // Missing is what no combination of values makes present.
        struct plan_node leaf = { .op = PLAN_LEAF };
        collect_fields(c, left, &leaf);
        const uint32_t value = compile_value(c, left);
        const uint32_t is_there = add_parent(c, (struct plan_node){ .op = PLAN_EXISTS }, &value, 1);
        const uint32_t exists = add_parent(c, leaf, &is_there, 1);
        return add_parent(c, (struct plan_node){ .op = PLAN_NOT }, &exists, 1);
    }
    if (left->kind == AST_FIELD && is_constant(right))
        return add_node(c, (struct plan_node){ .op = PLAN_FIELD_EQUAL,
                                               .field = left->field,
                                               .value = constant_of(c, right) });
    return compile_leaf(c, n);
}

static uint32_t compile_match(struct compiler *c, const struct ast *n)
{
    if (n->first->kind != AST_FIELD)
        return compile_leaf(c, n);
    const struct eql_set *set = compile_set(c, n);
    return add_node(
        c, (struct plan_node){ .op = PLAN_FIELD_IN, .field = n->first->field, .set = set });
}

static uint32_t compile_leaf(struct compiler *c, const struct ast *n)
{
    struct plan_node leaf = { .op = PLAN_LEAF };
    collect_fields(c, n, &leaf);
    const uint32_t value = compile_value(c, n);
    return add_parent(c, leaf, &value, 1);
}

static void collect_fields(struct compiler *c, const struct ast *n, struct plan_node *leaf)
{
    for (const struct ast *child = n->first; child != NULL; child = child->next)
        collect_fields(c, child, leaf);
    if (n->kind != AST_FIELD || n->field == AST_FIELD_NONE)
        return;
    for (uint32_t i = 0; i < leaf->field_count; i++)
        if (leaf->fields[i] == n->field)
            return;
    if (leaf->field_count == EQL_LEAF_FIELDS_MAX)
        (void)lexer_refuse(c->l, ERR_LIMIT, n->at, "one comparison names at most %u fields",
                           EQL_LEAF_FIELDS_MAX);
    else
        leaf->fields[leaf->field_count++] = n->field;
}

static uint32_t compile_value(struct compiler *c, const struct ast *n)
{
    struct plan_node node = { .operation = (uint8_t)n->op, .folds = n->folds };
    uint32_t children[EQL_ARGUMENTS_MAX];
    uint32_t count = 0;
    if (n->kind == AST_FIELD)
        return add_node(
            c, (struct plan_node){ .op = PLAN_FIELD, .field = n->field, .optional = n->optional });
    if (n->kind == AST_NULL || is_constant(n))
        return add_node(c, (struct plan_node){ .op = PLAN_CONSTANT, .value = constant_of(c, n) });
    if (n->kind == AST_MATCH) {
        children[0] = compile_value(c, n->first);
        node.op = PLAN_IN;
        node.set = compile_set(c, n);
        return add_parent(c, node, children, 1);
    }
    for (const struct ast *child = n->first; child != NULL; child = child->next)
        if (n->kind != AST_COMPARE || child->kind != AST_NULL)
            children[count++] = compile_value(c, child);
    node.op = n->kind == AST_CALL         ? PLAN_CALL
              : n->kind == AST_ARITHMETIC ? PLAN_ARITHMETIC
                                          : PLAN_COMPARE;
    if (n->kind == AST_CALL)
        node.operation = (uint8_t)n->function;
    if (n->kind == AST_COMPARE && count < 2)
        node.op = PLAN_MISSING;  // What was compared with null.
    if (count == 0)
        children[count++] = add_node(c, (struct plan_node){ .op = PLAN_CONSTANT });
    return add_parent(c, node, children, count);
}

static struct eql_set *compile_set(struct compiler *c, const struct ast *n)
{
    const struct ast *list = n->first->next;
    const uint32_t size = list_size(c, list);
    if (size > LIST_ITEMS_MAX) {
        (void)lexer_refuse(c->l, ERR_LIMIT, list->at, "a list has at most %u items",
                           LIST_ITEMS_MAX);
        return NULL;
    }
    struct eql_set *s = set_new(&c->plan->arena, size, n->folds);
    s->next = c->plan->sets;
    c->plan->sets = s;
    for (const struct ast *item = list->first; item != NULL; item = item->next) {
        if (item->kind != AST_LIST_NAME) {
            add_item(c, s, n, item, constant_of(c, item));
            continue;
        }
        const str *at;
        size_t count;
        if (!c->lists->find(c->lists->context, item->text, &at, &count))
            continue;
        for (size_t i = 0; i < count; i++)
            add_item(c, s, n, item, value_of_text(arena_str(&c->plan->arena, at[i])));
    }
    set_finish(s, &c->plan->arena);
    return s;
}

static uint32_t list_size(const struct compiler *c, const struct ast *list)
{
    size_t size = 0;
    for (const struct ast *item = list->first; item != NULL; item = item->next) {
        const str *at;
        size_t count = 1;
        if (item->kind == AST_LIST_NAME)
            (void)c->lists->find(c->lists->context, item->text, &at, &count);
        size += count;
        if (size > LIST_ITEMS_MAX)
            return LIST_ITEMS_MAX + 1;
    }
    return (uint32_t)size;
}

static void add_item(struct compiler *c, struct eql_set *s, const struct ast *match,
                     const struct ast *item, struct value value)
{
    struct err err;
    if (match->op != OP_IN && value.type == VALUE_TEXT && value.len > EQL_PATTERN_MAX)
        (void)lexer_refuse(c->l, ERR_LIMIT, item->at, "a pattern has at most %u octets",
                           EQL_PATTERN_MAX);
    else if (match->op == OP_LIKE)
        set_add_wildcard(s, &c->plan->arena, value_str(value));
    else if (match->op == OP_IN)
        set_add(s, &c->plan->arena, value);
    else if (set_add_regex(s, value_str(value), &err) != OK)
        (void)lexer_refuse(c->l, ERR_CONFIG, item->at, "%s", err.text);
}

static struct value constant_of(struct compiler *c, const struct ast *n)
{
    return n->kind == AST_TEXT ? value_of_text(arena_str(&c->plan->arena, n->text)) : n->value;
}

static uint32_t add_node(struct compiler *c, struct plan_node node)
{
    struct eql_plan *plan = c->plan;
    if (plan->node_count == plan->node_capacity) {
        plan->node_capacity = plan->node_capacity == 0 ? NODES_AT_FIRST : plan->node_capacity * 2;
        plan->nodes = memory_resize(plan->nodes, plan->node_capacity * sizeof *plan->nodes);
    }
    plan->nodes[plan->node_count] = node;
    return plan->node_count++;
}

static uint32_t add_parent(struct compiler *c, struct plan_node node, const uint32_t *children,
                           uint32_t count)
{
    struct eql_plan *plan = c->plan;
    while (plan->child_capacity - plan->child_count < count) {
        plan->child_capacity *= 2;
        plan->children =
            memory_resize(plan->children, plan->child_capacity * sizeof *plan->children);
    }
    node.first = plan->child_count;
    node.count = count;
    memcpy(&plan->children[plan->child_count], children, count * sizeof *children);
    plan->child_count += count;
    return add_node(c, node);
}
