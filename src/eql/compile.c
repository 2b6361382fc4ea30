// Flattening: children before parents, and the commonest leaves in nodes of their own.

#include "eql/compile.h"

#include "base/buf.h"
#include "eql/functions.h"
#include "eql/pool.h"

#include <stdlib.h>

#define LIST_ITEMS_MAX (4u * EQL_LIST_MAX)  // Of one list with all named lists in it.
#define PRINT_MAX      (16u * EQL_TEXT_MAX)

// What asking costs, as a number of simple comparisons: conditions are asked in this order.
enum {
    COST_COMPARISON = 1,
    COST_LOOKUP = 3,
    COST_PATTERN = 2,
    COST_REGEX = 50,
    COST_VALUE = 10,
    COST_MAX = 255,
};

struct compiler {
    const struct eql_lists *lists;
    struct lexer *l;
    struct eql_plan *plan;
    struct eql_pool *pool;
};

static void compile_stage(struct compiler *c, const struct ast_query *query,
                          const struct ast_stage *from, struct eql_stage *to);
static void compile_bindings(const struct ast_query *query, struct eql_plan *plan);
static void compile_pipes(const struct ast_query *query, struct eql_plan *plan);
static uint32_t compile_condition(struct compiler *c, const struct ast *n);
static uint32_t compile_shared(struct compiler *c, const struct ast *n);
static uint8_t dependence(const struct ast *n);
static uint32_t compile_question(struct compiler *c, const struct ast *n);
static bool is_affix(const struct ast *n);
static uint32_t compile_affix(struct compiler *c, const struct ast *n);
static uint32_t compile_lineage(struct compiler *c, const struct ast *n);
static uint32_t compile_children(struct compiler *c, const struct ast *n, enum plan_op op);
static void sort_by_cost(const struct eql_pool *pool, const uint32_t *children, uint32_t count,
                         uint32_t *out);
static uint32_t cost_of(const struct eql_pool *pool, uint32_t node);
static uint32_t compile_comparison(struct compiler *c, const struct ast *n);
static uint32_t compile_match(struct compiler *c, const struct ast *n);
static uint32_t add_question(struct compiler *c, const struct ast *field, struct plan_node node);
static uint32_t compile_leaf(struct compiler *c, const struct ast *n);
static void collect_fields(struct compiler *c, const struct ast *n, struct plan_node *leaf);
static uint32_t compile_value(struct compiler *c, const struct ast *n);
static struct eql_set *compile_set(struct compiler *c, const struct ast *n);
static const str *named_items(const struct compiler *c, const struct ast *item, size_t *count);
static uint32_t list_size(const struct compiler *c, const struct ast *list);
static void add_item(struct compiler *c, struct eql_set *s, const struct ast *match,
                     const struct ast *item, struct value value);
static struct value constant_of(struct compiler *c, const struct ast *n);

static bool is_constant(const struct ast *n)
{
    return n->kind == AST_TEXT || n->kind == AST_NUMBER || n->kind == AST_BOOL;
}

static bool is_name(const struct ast *n)
{
    return n->kind == AST_FIELD || n->kind == AST_VARIABLE;
}

enum status compile(const struct ast_query *query, const struct eql_lists *lists, struct lexer *l,
                    struct eql_plan *plan)
{
    struct compiler c = { .lists = lists, .l = l, .plan = plan, .pool = plan->pool };
    plan->text = arena_str(&plan->arena, l->text);
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
    compile_bindings(query, plan);
    compile_pipes(query, plan);
    return l->status;
}

static void compile_bindings(const struct ast_query *query, struct eql_plan *plan)
{
    plan->binding_count = query->binding_count;
    plan->bindings =
        arena_zalloc(&plan->arena, (query->binding_count + 1) * sizeof *plan->bindings);
    for (uint32_t i = 0; i < query->binding_count; i++) {
        const struct ast_binding *from = &query->bindings[i];
        plan->bindings[i] = (struct plan_binding){ .stage = from->stage, .field = from->field };
        plan->stages[from->stage].binds = true;
    }
}

static void compile_pipes(const struct ast_query *query, struct eql_plan *plan)
{
    plan->pipe_count = query->pipe_count;
    plan->pipes = arena_zalloc(&plan->arena, (query->pipe_count + 1) * sizeof *plan->pipes);
    for (uint32_t i = 0; i < query->pipe_count; i++)
        plan->pipes[i] = (struct plan_pipe){ .is_tail = query->pipes[i].kind == PIPE_TAIL,
                                             .count = query->pipes[i].count };
}

static void compile_stage(struct compiler *c, const struct ast_query *query,
                          const struct ast_stage *from, struct eql_stage *to)
{
    to->categories = from->categories;
    to->missing = from->missing;
    to->category = arena_str(&c->plan->arena, from->category);
    to->condition = compile_condition(c, from->condition);
    to->depends = c->pool->nodes[to->condition].depends != 0;
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
        return pool_add(c->pool,
                        (struct plan_node){ .op = n->value.boolean ? PLAN_TRUE : PLAN_FALSE });
    default:
        return compile_shared(c, n);
    }
}

// A question that any plan of the pool may ask: it is there already, or is added for others to
// find.
static uint32_t compile_shared(struct compiler *c, const struct ast *n)
{
    struct buf text;
    buf_init(&text, PRINT_MAX);
    ast_print_condition(n, &text);
    uint32_t node;
    if (dependence(n) != 0 || !pool_find(c->pool, buf_str(&text), &node)) {
        node = compile_question(c, n);
        if (c->l->status == OK)
            pool_add_leaf(c->pool, node, buf_str(&text));
    }
    buf_done(&text);
    return node;
}

static uint8_t dependence(const struct ast *n)
{
    uint8_t depends = n->kind == AST_VARIABLE ? PLAN_DEPENDS_ROW : 0;
    if (n->kind == AST_FIELD && n->is_bound)
        depends |= PLAN_DEPENDS_BOUND;
    for (const struct ast *child = n->first; child != NULL; child = child->next)
        depends |= dependence(child);
    return n->kind == AST_SEARCH ? depends & (uint8_t)~PLAN_DEPENDS_ROW : depends;
}

static uint32_t compile_question(struct compiler *c, const struct ast *n)
{
    uint32_t child;
    switch (n->kind) {
    case AST_FIELD:
    case AST_VARIABLE:
        return add_question(
            c, n, (struct plan_node){ .op = PLAN_FIELD_EQUAL, .value = value_of_bool(true) });
    case AST_COMPARE:
        return compile_comparison(c, n);
    case AST_MATCH:
        return compile_match(c, n);
    case AST_SEARCH:
        child = compile_condition(c, n->last);
        child = pool_add_parent(
            c->pool, (struct plan_node){ .op = PLAN_SEARCH, .cost = COST_VALUE, .field = n->field },
            &child, 1);
        c->pool->nodes[child].depends &= (uint8_t)~PLAN_DEPENDS_ROW;
        return child;
    case AST_LINEAGE:
        return compile_lineage(c, n);
    case AST_CALL:
        return is_affix(n) ? compile_affix(c, n) : compile_leaf(c, n);
    default:
        return compile_leaf(c, n);
    }
}

static const struct {
    str function;
    enum pattern_form form;
} affixes[] = {
    { STR_INIT("startsWith"), PATTERN_PREFIX },
    { STR_INIT("endsWith"), PATTERN_SUFFIX },
    { STR_INIT("stringContains"), PATTERN_INFIX },
};

// startsWith(field, "text") and its like, which say what a wildcard says.
static bool is_affix(const struct ast *n)
{
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(affixes); i++)
        found |= str_eq(eql_functions[n->function].name, affixes[i].function);
    return found && is_name(n->first) && n->last->kind == AST_TEXT && n->last->text.len > 0;
}

static uint32_t compile_affix(struct compiler *c, const struct ast *n)
{
    struct eql_set *set = set_new(&c->pool->arena, 1, n->folds);
    set->next = c->pool->sets;
    c->pool->sets = set;
    for (size_t i = 0; i < COUNT_OF(affixes); i++)
        if (str_eq(eql_functions[n->function].name, affixes[i].function))
            set_add_affix(set, &c->pool->arena, affixes[i].form, n->last->text);
    set_finish(set, &c->pool->arena);
    return add_question(
        c, n->first, (struct plan_node){ .op = PLAN_FIELD_IN, .operation = OP_LIKE, .set = set });
}

static uint32_t compile_lineage(struct compiler *c, const struct ast *n)
{
    const bool is_child = str_eq(n->text, STR("child"));
    struct plan_node node = { .op = is_child ? PLAN_CHILD_OF : PLAN_DESCENDANT };
    struct buf text;
    buf_init(&text, PRINT_MAX);
    ast_print_condition(n->first, &text);
    buf_printf(&text, " %u", n->stage->categories);
    const struct plan_lineage lineage = { .categories = n->stage->categories,
                                          .condition = compile_condition(c, n->first),
                                          .text = buf_str(&text) };
    if (!pool_add_lineage(c->pool, lineage, &node.field))
        (void)lexer_refuse(c->l, ERR_LIMIT, n->at,
                           "all rules together have at most %u different `child of` and "
                           "`descendant of`",
                           EQL_LINEAGES_MAX);
    buf_done(&text);
    return pool_add(c->pool, node);
}

static uint32_t compile_children(struct compiler *c, const struct ast *n, enum plan_op op)
{
    uint32_t *children = memory_zeroed(n->count, sizeof *children);
    uint32_t *sorted = memory_zeroed(n->count, sizeof *sorted);
    uint32_t count = 0;
    for (const struct ast *child = n->first; child != NULL; child = child->next)
        children[count++] = compile_condition(c, child);
    sort_by_cost(c->pool, children, count, sorted);
    const uint32_t at =
        pool_add_parent(c->pool, (struct plan_node){ .op = (uint8_t)op }, sorted, count);
    free(children);
    free(sorted);
    return at;
}

// The cheaper stand first, and equally cheap ones as they are written.
static void sort_by_cost(const struct eql_pool *pool, const uint32_t *children, uint32_t count,
                         uint32_t *out)
{
    uint32_t places[COST_MAX + 2] = { 0 };
    for (uint32_t i = 0; i < count; i++)
        places[cost_of(pool, children[i]) + 1]++;
    for (uint32_t i = 1; i < COUNT_OF(places); i++)
        places[i] += places[i - 1];
    for (uint32_t i = 0; i < count; i++)
        out[places[cost_of(pool, children[i])]++] = children[i];
}

static uint32_t cost_of(const struct eql_pool *pool, uint32_t node)
{
    const uint32_t cost = pool->nodes[node].cost;
    return cost < COST_MAX ? cost : COST_MAX;
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
            add_question(c, left, (struct plan_node){ .op = PLAN_FIELD_EXISTS });
        return pool_add_parent(c->pool, (struct plan_node){ .op = PLAN_NOT }, &exists, 1);
    }
    if (right->kind == AST_NULL) {
        // Missing is what no combination of values makes present.
        struct plan_node leaf = { .op = PLAN_LEAF, .cost = COST_VALUE };
        collect_fields(c, left, &leaf);
        const uint32_t value = compile_value(c, left);
        const uint32_t is_there =
            pool_add_parent(c->pool, (struct plan_node){ .op = PLAN_EXISTS }, &value, 1);
        const uint32_t exists = pool_add_parent(c->pool, leaf, &is_there, 1);
        return pool_add_parent(c->pool, (struct plan_node){ .op = PLAN_NOT }, &exists, 1);
    }
    if (is_name(left) && is_constant(right))
        return add_question(
            c, left, (struct plan_node){ .op = PLAN_FIELD_EQUAL, .value = constant_of(c, right) });
    return compile_leaf(c, n);
}

static uint32_t compile_match(struct compiler *c, const struct ast *n)
{
    if (!is_name(n->first))
        return compile_leaf(c, n);
    const struct eql_set *set = compile_set(c, n);
    return add_question(
        c, n->first,
        (struct plan_node){ .op = PLAN_FIELD_IN, .operation = (uint8_t)n->op, .set = set });
}

// A question about one field, or a row's value, and constants.
static uint32_t add_question(struct compiler *c, const struct ast *field, struct plan_node node)
{
    node.field = field->field;
    node.depends = dependence(field);
    node.cost = COST_COMPARISON;
    if (node.op == PLAN_FIELD_IN && node.set != NULL)
        node.cost = COST_LOOKUP + node.set->pattern_count * COST_PATTERN +
                    (node.operation == OP_REGEX ? COST_REGEX : 0);
    return pool_add(c->pool, node);
}

static uint32_t compile_leaf(struct compiler *c, const struct ast *n)
{
    struct plan_node leaf = { .op = PLAN_LEAF, .cost = COST_VALUE };
    collect_fields(c, n, &leaf);
    const uint32_t value = compile_value(c, n);
    return pool_add_parent(c->pool, leaf, &value, 1);
}

static void collect_fields(struct compiler *c, const struct ast *n, struct plan_node *leaf)
{
    for (const struct ast *child = n->first; child != NULL; child = child->next)
        collect_fields(c, child, leaf);
    if (!is_name(n) || n->field == AST_FIELD_NONE)
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
    if (is_name(n))
        return pool_add(c->pool, (struct plan_node){ .op = PLAN_FIELD,
                                                     .depends = dependence(n),
                                                     .cost = COST_COMPARISON,
                                                     .field = n->field,
                                                     .optional = n->optional });
    if (n->kind == AST_NULL || is_constant(n))
        return pool_add(c->pool,
                        (struct plan_node){ .op = PLAN_CONSTANT, .value = constant_of(c, n) });
    if (n->kind == AST_MATCH) {
        const uint32_t left = compile_value(c, n->first);
        node.op = PLAN_IN;
        node.set = compile_set(c, n);
        return pool_add_parent(c->pool, node, &left, 1);
    }
    uint32_t *children = memory_zeroed(n->count + 1, sizeof *children);
    uint32_t count = 0;
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
        children[count++] = pool_add(c->pool, (struct plan_node){ .op = PLAN_CONSTANT });
    const uint32_t at = pool_add_parent(c->pool, node, children, count);
    free(children);
    return at;
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
    struct eql_set *s = set_new(&c->pool->arena, size, n->folds);
    s->next = c->pool->sets;
    c->pool->sets = s;
    for (const struct ast *item = list->first; item != NULL; item = item->next) {
        if (item->kind != AST_LIST_NAME) {
            add_item(c, s, n, item, constant_of(c, item));
            continue;
        }
        size_t count;
        const str *at = named_items(c, item, &count);
        for (size_t i = 0; i < count; i++)
            add_item(c, s, n, item, value_of_text(arena_str(&c->pool->arena, at[i])));
    }
    set_finish(s, &c->pool->arena);
    return s;
}

// A list that there is not is empty: check has refused it, or warned.
static const str *named_items(const struct compiler *c, const struct ast *item, size_t *count)
{
    const str *at;
    if (c->lists != NULL && c->lists->find(c->lists->context, item->text, &at, count))
        return at;
    *count = 0;
    return NULL;
}

static uint32_t list_size(const struct compiler *c, const struct ast *list)
{
    size_t size = 0;
    for (const struct ast *item = list->first; item != NULL; item = item->next) {
        size_t count = 1;
        if (item->kind == AST_LIST_NAME)
            (void)named_items(c, item, &count);
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
    else if (match->op == OP_LIKE && value.type == VALUE_TEXT)
        set_add_wildcard(s, &c->pool->arena, value_str(value));
    else if (match->op == OP_IN || value.type != VALUE_TEXT)
        set_add(s, &c->pool->arena, value);
    else if (set_add_regex(s, value_str(value), &err) != OK)
        (void)lexer_refuse(c->l, ERR_CONFIG, item->at, "%s", err.text);
}

static struct value constant_of(struct compiler *c, const struct ast *n)
{
    return n->kind == AST_TEXT ? value_of_text(arena_str(&c->pool->arena, n->text)) : n->value;
}
