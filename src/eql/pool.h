// Building a pool: what compile adds to it.

#ifndef EQL_POOL_H
#define EQL_POOL_H

#include "eql/plan.h"

uint32_t pool_add(struct eql_pool *pool, struct plan_node node);
// With its children, whose dependences and costs it takes on.
uint32_t pool_add_parent(struct eql_pool *pool, struct plan_node node, const uint32_t *children,
                         uint32_t count);
// The condition that prints so and was added with pool_add_leaf(); false where there is none.
bool pool_find(struct eql_pool *pool, str text, uint32_t *out);
// Makes the condition a question with a text, to be found by it unless it depends on more than the
// event.
void pool_add_leaf(struct eql_pool *pool, uint32_t node, str text);
// The number of the mark for processes that meet the condition. False where there is none left.
bool pool_add_lineage(struct eql_pool *pool, struct plan_lineage lineage, uint16_t *number);

#endif
