// The functions of the language: name, what they take and give, and what they do.

#ifndef EQL_FUNCTIONS_H
#define EQL_FUNCTIONS_H

#include "eql/ast.h"
#include "eql/scratch.h"

// `values` holds no lists. Arguments that are missing never get here, except those that may be.
typedef struct value function_call(const struct value *values, uint32_t count, bool folds,
                                   struct eql_scratch *scratch);

struct eql_function {
    str name;
    uint16_t least;
    uint16_t most;
    uint16_t needed;  // So many arguments must not be missing, or the result is; the rest may.
    bool can_fold;
    enum eql_type result;
    // The type of each argument; the last one also stands for those behind it.
    enum eql_type arguments[4];
    function_call *call;
};

#define FUNCTION_NONE UINT16_MAX

extern const struct eql_function eql_functions[];
// By name, without case; FUNCTION_NONE where there is none.
uint16_t eql_function_of(str name);
// The function whose name is nearest, or empty.
str eql_function_nearest(str name);

struct value eql_function_arithmetic(enum ast_op op, struct value left, struct value right);

#endif
