// Compiled queries: what match runs, and never writes to.
//
// Conditions and values are nodes in one flat array, the pool's; a node names its children by their
// index, and children stand before their parent. A condition is a tree of ALL, ANY and NOT over
// leaves. A leaf is a question about an event that is answered true or false, nothing else: three
// kinds of leaf with one field on the left and constants on the right have a node of their own
// (they are nearly all leaves of real rules), and the rest is a LEAF over a tree of values.
//
//     process where process.name in ("sh", "zsh") and length(process.args) > 2
//
//     0 FIELD_IN process.name {sh, zsh}
//     1 FIELD process.args    2 CALL length(1)    3 INT 2    4 COMPARE > (2, 3)
//     5 LEAF (4) over the fields {process.args}
//     6 ALL (0, 5)
//
// Leaves that print alike are one node, whichever plan they are of, with one place in the scratch
// for the answer: an event is asked each of them once.

#ifndef EQL_PLAN_H
#define EQL_PLAN_H

#include "base/arena.h"
#include "base/map.h"
#include "eql/eql.h"
#include "eql/set.h"

enum plan_op {
    // Conditions.
    PLAN_TRUE,
    PLAN_FALSE,
    PLAN_ALL,           // children, the cheapest first
    PLAN_ANY,           // children, the cheapest first
    PLAN_NOT,           // one child
    PLAN_FIELD_EXISTS,  // field
    PLAN_FIELD_EQUAL,   // field, value
    PLAN_FIELD_IN,      // field, set
    PLAN_LEAF,          // one child, a value; `fields` of `field_count`
    PLAN_SEARCH,        // field, one child: whether some row of the field meets the condition
    PLAN_CHILD_OF,      // bit `field` of the parent's marks
    PLAN_DESCENDANT,    // bit `field` of all ancestors' marks
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

// What a node's field may be beside a slot of the event.
#define PLAN_SLOT_BOUND    0x4000u     // And above: a binding of the plan.
#define PLAN_SLOT_ROW      0x8000u     // And above: a value of the row that is looked at.
#define PLAN_FIELD_NONE    UINT16_MAX  // Missing in every event.
#define PLAN_LEAF_NONE     UINT32_MAX

#define PLAN_DEPENDS_BOUND 1u
#define PLAN_DEPENDS_ROW   2u

struct plan_node {
    uint8_t op;         // enum plan_op
    uint8_t operation;  // enum ast_op, or the function's index
    bool folds;
    bool optional;
    uint8_t depends;  // PLAN_DEPENDS_...: the answer is not the event's alone.
    uint8_t field_count;
    uint16_t field;
    uint32_t first;  // Of the children, in pool->children.
    uint32_t count;
    uint32_t leaf;  // Index in pool->leaves of a question; PLAN_LEAF_NONE of what joins them.
    uint32_t cost;  // Of asking, about; only the order of conditions is chosen by it.
    union {
        struct value value;
        const struct eql_set *set;
        uint16_t fields[EQL_LEAF_FIELDS_MAX];
    };
};

// A process that meets the condition is marked, and its children inherit the mark.
struct plan_lineage {
    uint32_t categories;
    uint32_t condition;
    str text;
};

// A question: what it looks like, and where the scratch keeps the answer (unless it depends on more
// than the event).
struct plan_leaf {
    str text;
    uint32_t node;
    uint32_t uses;  // How often plans ask it.
};

struct eql_pool {
    struct arena arena;
    struct plan_node *nodes;
    uint32_t node_count;
    uint32_t node_capacity;
    uint32_t *children;
    uint32_t child_count;
    uint32_t child_capacity;
    struct plan_leaf *leaves;
    uint32_t leaf_count;
    uint32_t leaf_capacity;
    struct map leaf_by_text;
    struct plan_lineage *lineages;
    uint32_t lineage_count;
    struct map lineage_by_text;
    struct eql_set *sets;  // All of them, to be freed.
};

struct plan_key {
    uint16_t field;  // PLAN_FIELD_NONE: always null.
    bool optional;   // A missing value is a value of its own.
};

struct eql_stage {
    uint32_t categories;
    uint32_t condition;
    bool missing;        // ![ ]
    bool binds;          // Later stages refer to fields of its event.
    bool depends;        // On what earlier stages bound.
    uint32_t key_count;  // The same in all stages of a sequence, and in `until`.
    struct plan_key keys[EQL_KEYS_MAX];
    str text;  // The condition as written.
    str category;
};

struct plan_binding {
    uint32_t stage;  // Whose event's
    uint16_t field;  // value it is.
};

struct plan_pipe {
    bool is_tail;
    uint64_t count;
};

struct eql_plan {
    struct arena arena;
    struct eql_pool *pool;
    bool owns_pool;
    str text;  // The whole query as written.
    bool is_sequence;
    bool has_until;
    int64_t maxspan_ns;        // -1: none.
    struct eql_stage *stages;  // Runs stand singly.
    uint32_t stage_count;
    struct eql_stage until;
    struct plan_binding *bindings;
    uint32_t binding_count;
    struct plan_pipe *pipes;
    uint32_t pipe_count;
};

#endif
