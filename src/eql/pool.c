#include "eql/pool.h"

#include "base/buf.h"

#include <stdlib.h>

#define NODES_AT_FIRST  32u
#define LEAVES_AT_FIRST 16u

struct leaf_key {
    const struct eql_pool *pool;
    str text;
};

static str without_parentheses(str text);

struct eql_pool *eql_pool_new(void)
{
    struct eql_pool *pool = memory_zeroed(1, sizeof *pool);
    // A node without children points at where they would be, though nobody looks at them.
    pool->child_capacity = NODES_AT_FIRST;
    pool->children = memory_zeroed(NODES_AT_FIRST, sizeof *pool->children);
    return pool;
}

void eql_pool_free(struct eql_pool *pool)
{
    if (pool == NULL)
        return;
    for (struct eql_set *s = pool->sets; s != NULL; s = s->next)
        set_done(s);
    map_done(&pool->leaf_by_text);
    map_done(&pool->lineage_by_text);
    free(pool->lineages);
    arena_done(&pool->arena);
    free(pool->leaves);
    free(pool->nodes);
    free(pool->children);
    free(pool);
}

uint32_t pool_add(struct eql_pool *pool, struct plan_node node)
{
    if (pool->node_count == pool->node_capacity) {
        pool->node_capacity = pool->node_capacity == 0 ? NODES_AT_FIRST : pool->node_capacity * 2;
        pool->nodes = memory_resize(pool->nodes, pool->node_capacity * sizeof *pool->nodes);
    }
    node.leaf = PLAN_LEAF_NONE;
    pool->nodes[pool->node_count] = node;
    return pool->node_count++;
}

uint32_t pool_add_parent(struct eql_pool *pool, struct plan_node node, const uint32_t *children,
                         uint32_t count)
{
    while (pool->child_capacity - pool->child_count < count) {
        pool->child_capacity *= 2;
        pool->children =
            memory_resize(pool->children, pool->child_capacity * sizeof *pool->children);
    }
    node.first = pool->child_count;
    node.count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct plan_node *child = &pool->nodes[children[i]];
        node.depends |= child->depends;
        node.cost += child->cost;
        pool->children[pool->child_count++] = children[i];
    }
    return pool_add(pool, node);
}

static bool is_leaf(const void *context, uint32_t value)
{
    const struct leaf_key *key = context;
    return str_eq(key->pool->leaves[value].text, key->text);
}

bool pool_find(struct eql_pool *pool, str text, uint32_t *out)
{
    const struct leaf_key key = { .pool = pool, .text = text };
    const uint32_t leaf = map_find(&pool->leaf_by_text, str_hash(text, 0), is_leaf, &key);
    if (leaf == MAP_NONE)
        return false;
    pool->leaves[leaf].uses++;
    *out = pool->leaves[leaf].node;
    return true;
}

void pool_add_leaf(struct eql_pool *pool, uint32_t node, str text)
{
    if (pool->leaf_count == pool->leaf_capacity) {
        pool->leaf_capacity = pool->leaf_capacity == 0 ? LEAVES_AT_FIRST : pool->leaf_capacity * 2;
        pool->leaves = memory_resize(pool->leaves, pool->leaf_capacity * sizeof *pool->leaves);
    }
    pool->nodes[node].leaf = pool->leaf_count;
    if (pool->nodes[node].depends == 0)
        map_add(&pool->leaf_by_text, str_hash(text, 0), pool->leaf_count);
    pool->leaves[pool->leaf_count++] =
        (struct plan_leaf){ .text = arena_str(&pool->arena, text), .node = node, .uses = 1 };
}

static bool is_lineage(const void *context, uint32_t value)
{
    const struct leaf_key *key = context;
    return str_eq(key->pool->lineages[value].text, key->text);
}

bool pool_add_lineage(struct eql_pool *pool, struct plan_lineage lineage, uint16_t *number)
{
    const struct leaf_key key = { .pool = pool, .text = lineage.text };
    const uint64_t hash = str_hash(lineage.text, 0);
    const uint32_t found = map_find(&pool->lineage_by_text, hash, is_lineage, &key);
    *number = (uint16_t)(found == MAP_NONE ? pool->lineage_count : found);
    if (found != MAP_NONE)
        return true;
    if (pool->lineage_count == EQL_LINEAGES_MAX)
        return false;
    lineage.text = arena_str(&pool->arena, lineage.text);
    pool->lineages =
        memory_resize(pool->lineages, (pool->lineage_count + 1) * sizeof *pool->lineages);
    map_add(&pool->lineage_by_text, hash, pool->lineage_count);
    pool->lineages[pool->lineage_count++] = lineage;
    return true;
}

uint32_t eql_lineage_count(const struct eql_pool *pool)
{
    return pool->lineage_count;
}

void eql_fields(const struct eql_pool *pool, uint32_t condition, bool *out)
{
    const struct plan_node *n = &pool->nodes[condition];
    const bool has_field = n->op == PLAN_FIELD_EXISTS || n->op == PLAN_FIELD_EQUAL ||
                           n->op == PLAN_FIELD_IN || n->op == PLAN_SEARCH;
    if (has_field && n->field < EQL_SLOT_COUNT_MAX)
        out[n->field] = true;
    for (uint32_t i = 0; n->op == PLAN_LEAF && i < n->field_count; i++)
        if (n->fields[i] < EQL_SLOT_COUNT_MAX)
            out[n->fields[i]] = true;
    const bool is_tree =
        n->op == PLAN_ALL || n->op == PLAN_ANY || n->op == PLAN_NOT || n->op == PLAN_SEARCH;
    for (uint32_t i = 0; is_tree && i < n->count; i++)
        eql_fields(pool, pool->children[n->first + i], out);
}

bool eql_asks_ancestors(const struct eql_pool *pool, uint32_t condition)
{
    const struct plan_node *n = &pool->nodes[condition];
    const bool is_tree =
        n->op == PLAN_ALL || n->op == PLAN_ANY || n->op == PLAN_NOT || n->op == PLAN_SEARCH;
    for (uint32_t i = 0; is_tree && i < n->count; i++)
        if (eql_asks_ancestors(pool, pool->children[n->first + i]))
            return true;
    return n->op == PLAN_CHILD_OF || n->op == PLAN_DESCENDANT;
}

void eql_describe(const struct eql_pool *pool, uint32_t condition, struct buf *out)
{
    const struct plan_node *n = &pool->nodes[condition];
    const uint32_t *children = &pool->children[n->first];
    if (n->leaf != PLAN_LEAF_NONE) {
        buf_add(out, without_parentheses(pool->leaves[n->leaf].text));
        return;
    }
    if (n->op == PLAN_NOT)
        buf_add(out, STR("not "));
    if (n->op == PLAN_TRUE || n->op == PLAN_FALSE)
        buf_add(out, n->op == PLAN_TRUE ? STR("true") : STR("false"));
    for (uint32_t i = 0; i < n->count; i++) {
        const bool is_tree =
            pool->nodes[children[i]].leaf == PLAN_LEAF_NONE && pool->nodes[children[i]].count > 1;
        if (i > 0)
            buf_add(out, n->op == PLAN_ALL ? STR(" and ") : STR(" or "));
        buf_add(out, is_tree ? STR("(") : STR_EMPTY);
        eql_describe(pool, children[i], out);
        buf_add(out, is_tree ? STR(")") : STR_EMPTY);
    }
}

// A printed comparison stands in parentheses of its own.
static str without_parentheses(str text)
{
    return str_starts_with(text, STR("(")) ? str_to(str_from(text, 1), text.len - 2) : text;
}
