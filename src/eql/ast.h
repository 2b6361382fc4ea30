// The tree of a query, as the parser makes it and check completes it. Lives in one arena.

#ifndef EQL_AST_H
#define EQL_AST_H

#include "eql/lexer.h"

enum ast_kind {
    AST_NULL,
    AST_BOOL,
    AST_NUMBER,
    AST_TEXT,
    AST_LIST,       // ( item, ... ): children
    AST_LIST_NAME,  // $text
    AST_FIELD,
    AST_CALL,        // text(children)
    AST_ARITHMETIC,  // left op right
    AST_COMPARE,     // left op right
    AST_MATCH,       // left op list
    AST_LINEAGE,     // text of [stage]: the stage's condition is the child
    AST_SEARCH,      // _arraysearch(field, $text, condition): two children
    AST_VARIABLE,    // $text: the variable, or a part of it after a dot
    AST_AND,
    AST_OR,
    AST_NOT,
};

enum ast_op {
    OP_NONE,
    OP_EQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_MODULO,
    OP_IN,
    OP_LIKE,
    OP_REGEX,
};

#define AST_FIELD_NONE UINT16_MAX  // An optional field that the schema does not have.

// What `a != b`, `a not in b` mean is NOT over the positive form.
struct ast {
    enum ast_kind kind;
    enum ast_op op;
    enum eql_type type;  // By check; of list: of its items.
    bool folds;
    bool optional;
    bool colon;         // MATCH: written as `:`, which only shows in error sentences.
    bool is_bound;      // FIELD: of an earlier stage, which an alias names; by check.
    uint16_t field;     // FIELD, VARIABLE, SEARCH: slot, by check.
    uint16_t function;  // CALL: by check, index of eql_functions.
    uint32_t at;
    uint32_t depth;
    uint32_t count;  // Children.
    str text;
    struct value value;       // BOOL, NUMBER
    struct ast_stage *stage;  // LINEAGE
    struct ast *first;
    struct ast *last;
    struct ast *next;
};

struct ast_keys {
    struct ast *at[EQL_KEYS_MAX];
    uint32_t count;
    uint32_t place;  // Of the word `by`, or of the stage.
};

struct ast_stage {
    str category;  // Empty: not written, which cannot be.
    uint32_t category_at;
    uint32_t at;
    struct ast *condition;
    str condition_text;
    struct ast_keys keys;
    uint32_t runs;
    bool missing;  // ![ ]
    str alias;     // Empty: none.
    uint32_t alias_at;
    uint32_t index;       // Of its first run among the plan's stages; by check.
    uint32_t categories;  // By check.
    struct ast_stage *next;
};

enum ast_pipe_kind {
    PIPE_HEAD,
    PIPE_TAIL
};

struct ast_pipe {
    enum ast_pipe_kind kind;
    uint64_t count;
};

// A field of an earlier stage that a later one refers to.
struct ast_binding {
    uint32_t stage;
    uint16_t field;
};

struct ast_query {
    bool is_sequence;
    int64_t maxspan_ns;  // -1: none.
    struct ast_keys keys;
    struct ast_stage *stages;
    uint32_t stage_count;  // As written.
    struct ast_stage *until;
    struct ast_pipe pipes[EQL_PIPES_MAX];
    uint32_t pipe_count;
    uint32_t pipes_at;
    struct ast_binding bindings[EQL_BINDINGS_MAX];  // By check.
    uint32_t binding_count;
};

// Parser: fails through `l`. check: names, types, counts.
MUST_CHECK enum status ast_parse(struct lexer *l, struct ast_query *out);
MUST_CHECK enum status ast_check(struct ast_query *query, const struct eql_options *options,
                                 struct lexer *l);

struct buf;
// As text in one canonical form, which parses to the same tree.
void ast_print(const struct ast_query *query, struct buf *out);
void ast_print_condition(const struct ast *n, struct buf *out);

str ast_op_text(enum ast_op op);

#endif
