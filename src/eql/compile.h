// From the checked tree to the plan.

#ifndef EQL_COMPILE_H
#define EQL_COMPILE_H

#include "eql/ast.h"
#include "eql/plan.h"

// `plan` has an empty arena and owns what it is given, also where this fails.
MUST_CHECK enum status compile(const struct ast_query *query, const struct eql_lists *lists,
                               struct lexer *l, struct eql_plan *plan);

#endif
