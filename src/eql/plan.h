// A compiled query: what match runs, and never writes to.
//
// Conditions and values are nodes in one flat array; a node names its children by their index,
// and children stand before their parent. A condition is a tree of ALL, ANY and NOT over leaves.
// A leaf is a question about an event that is answered true or false, nothing else: three kinds
// of leaf with one field on the left and constants on the right have a node of their own (they
// are nearly all leaves of real rules), and the rest is a LEAF over a tree of values.
//
//     process where process.name in ("sh", "zsh") and length(process.args) > 2
//
//     0 FIELD_IN process.name {sh, zsh}
//     1 FIELD process.args    2 CALL length(1)    3 INT 2    4 COMPARE > (2, 3)
//     5 LEAF (4) over the fields {process.args}
//     6 ALL (0, 5)

#ifndef EQL_PLAN_H
#define EQL_PLAN_H

#include "base/arena.h"
#include "eql/eql.h"
#include "eql/set.h"

enum plan_op {
    // Conditions.
    PLAN_TRUE,
    PLAN_FALSE,
    PLAN_ALL,           // children
    PLAN_ANY,           // children
    PLAN_NOT,           // one child
    PLAN_FIELD_EXISTS,  // field
    PLAN_FIELD_EQUAL,   // field, value
    PLAN_FIELD_IN,      // field, set
    PLAN_LEAF,          // one child, a value; `fields` of `field_count`
    // Values.
    PLAN_CONSTANT,    // value
    PLAN_FIELD,       // field; optional
    PLAN_CALL,        // function, children
    PLAN_ARITHMETIC,  // operator, two children
    PLAN_COMPARE,     // operator, two children
    PLAN_EXISTS,      // one child
    PLAN_MISSING,     // one child
    PLAN_IN,          // one child, set
};

#define PLAN_FIELD_NONE UINT16_MAX  // Missing in every event.

struct plan_node {
    uint8_t op;         // enum plan_op
    uint8_t operation;  // enum ast_op, or the function's index
    bool folds;
    bool optional;
    uint16_t field;
    uint8_t field_count;
    uint32_t first;  // Of the children, in plan->children.
    uint32_t count;
    union {
        struct value value;
        const struct eql_set *set;
        uint16_t fields[EQL_LEAF_FIELDS_MAX];
    };
};

struct plan_key {
    uint16_t field;  // PLAN_FIELD_NONE: always null.
    bool optional;   // A missing value is a value of its own.
};

struct eql_stage {
    uint32_t categories;
    uint32_t condition;
    uint32_t key_count;  // The same in all stages of a sequence, and in `until`.
    struct plan_key keys[EQL_KEYS_MAX];
    str text;  // The condition as written.
};

struct eql_plan {
    struct arena arena;
    str text;  // The whole query as written.
    struct plan_node *nodes;
    uint32_t node_count;
    uint32_t node_capacity;
    uint32_t *children;
    uint32_t child_count;
    uint32_t child_capacity;
    bool is_sequence;
    bool has_until;
    int64_t maxspan_ns;        // -1: none.
    struct eql_stage *stages;  // Runs stand singly.
    uint32_t stage_count;
    struct eql_stage until;
    struct eql_set *sets;  // All of them, to be freed.
};

#endif
