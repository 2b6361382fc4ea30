// Tokens to tree, by recursive descent: one function for each level of precedence, and one for
// each clause of a sequence (clauses are in query.c). Depth and count of nodes are bounded here,
// so everything after the parser may recurse along the tree.

#include "eql/parser.h"

static struct ast *take_or(struct parser *p);
static struct ast *take_and(struct parser *p);
static struct ast *take_not(struct parser *p);
static struct ast *take_comparison(struct parser *p);
static struct ast *take_match(struct parser *p, struct ast *left, enum ast_op op, bool negated);
static struct ast *take_list(struct parser *p);
static struct ast *take_sum(struct parser *p);
static struct ast *take_product(struct parser *p);
static struct ast *take_unary(struct parser *p);
static struct ast *parent(struct parser *p, enum ast_kind kind, enum ast_op op, struct ast *left,
                          struct ast *right);

struct ast *parser_take_condition(struct parser *p)
{
    return take_or(p);
}

static struct ast *take_or(struct parser *p)
{
    // One more than parentheses: the condition itself.
    if (++p->depth > EQL_PARENTHESES_MAX + 1) {
        parser_refuse(p, ERR_LIMIT, p->token.at, "more than %u open parentheses",
                      EQL_PARENTHESES_MAX);
        return NULL;
    }
    struct ast *first = take_and(p);
    struct ast *all = NULL;  // One node for the whole chain, however long.
    while (parser_accepts_word(p, "or")) {
        struct ast *next = take_and(p);
        if (all == NULL)
            all = parent(p, AST_OR, OP_NONE, first, next);
        else
            parser_adopt(p, all, next);
    }
    p->depth--;
    return all == NULL ? first : all;
}

static struct ast *take_and(struct parser *p)
{
    struct ast *first = take_not(p);
    struct ast *all = NULL;
    while (parser_accepts_word(p, "and")) {
        struct ast *next = take_not(p);
        if (all == NULL)
            all = parent(p, AST_AND, OP_NONE, first, next);
        else
            parser_adopt(p, all, next);
    }
    return all == NULL ? first : all;
}

static struct ast *take_not(struct parser *p)
{
    const uint32_t at = p->token.at;
    uint32_t count = 0;
    while (parser_accepts_word(p, "not"))
        count++;
    struct ast *condition = take_comparison(p);
    // Two of them say nothing.
    if (count % 2 == 0 || condition == NULL)
        return condition;
    struct ast *negation = parser_node(p, AST_NOT, at);
    parser_adopt(p, negation, condition);
    return negation;
}

static struct ast *take_comparison(struct parser *p)
{
    static const struct {
        str sign;
        enum ast_op op;
        bool negated;
    } comparisons[] = {
        { STR_INIT("=="), OP_EQUAL, false },  { STR_INIT("!="), OP_EQUAL, true },
        { STR_INIT("<"), OP_LESS, false },    { STR_INIT("<="), OP_LESS_EQUAL, false },
        { STR_INIT(">"), OP_GREATER, false }, { STR_INIT(">="), OP_GREATER_EQUAL, false },
    };
    struct ast *left = take_sum(p);
    if (left == NULL)
        return NULL;
    for (size_t i = 0; i < COUNT_OF(comparisons); i++) {
        if (!parser_accepts_sign(p, comparisons[i].sign))
            continue;
        struct ast *right = take_sum(p);
        struct ast *whole = parent(p, AST_COMPARE, comparisons[i].op, left, right);
        if (whole == NULL || !comparisons[i].negated)
            return whole;
        struct ast *negation = parser_node(p, AST_NOT, left->at);
        parser_adopt(p, negation, whole);
        return negation;
    }
    if (parser_at_sign(p, "="))
        parser_refuse(p, ERR_CONFIG, p->token.at, "two values are compared with ==, not with =");
    if (parser_accepts_sign(p, STR(":"))) {
        struct ast *whole = take_match(p, left, OP_LIKE, false);
        if (whole != NULL)
            whole->folds = whole->colon = true;
        return whole;
    }

    const uint32_t at = p->token.at;
    const bool negated = p->token.kind == TOKEN_NAME && parser_accepts_word(p, "not");
    static const struct {
        const char *word;
        enum ast_op op;
    } matches[] = { { "in", OP_IN }, { "like", OP_LIKE }, { "regex", OP_REGEX } };
    for (size_t i = 0; i < COUNT_OF(matches); i++) {
        const bool folds = p->token.folds;
        if (!parser_accepts_word_folding(p, matches[i].word))
            continue;
        struct ast *whole = take_match(p, left, matches[i].op, negated);
        if (whole != NULL)
            (whole->kind == AST_NOT ? whole->first : whole)->folds = folds;
        return whole;
    }
    if (negated)
        parser_refuse(p, ERR_CONFIG, at, "expected in, like or regex after not");
    return left;
}

// The right side: one constant, a list of them in parentheses, or $list.
static struct ast *take_match(struct parser *p, struct ast *left, enum ast_op op, bool negated)
{
    struct ast *right = take_list(p);
    struct ast *whole = parent(p, AST_MATCH, op, left, right);
    if (whole == NULL || !negated)
        return whole;
    struct ast *negation = parser_node(p, AST_NOT, left->at);
    parser_adopt(p, negation, whole);
    return negation;
}

static struct ast *take_list(struct parser *p)
{
    struct ast *list = parser_node(p, AST_LIST, p->token.at);
    if (!parser_accepts_sign(p, STR("("))) {
        parser_adopt(p, list, take_unary(p));
        return list;
    }
    if (parser_at_sign(p, ")"))
        parser_refuse(p, ERR_CONFIG, p->token.at, "the list is empty");
    do {
        parser_adopt(p, list, take_unary(p));
        if (list != NULL && list->count > EQL_LIST_MAX)
            parser_refuse(p, ERR_LIMIT, list->at, "a list has at most %u items", EQL_LIST_MAX);
    } while (!parser_failed(p) && parser_accepts_sign(p, STR(",")));
    parser_expect_sign(p, STR(")"), "expected , or ) in the list");
    return list;
}

static struct ast *take_sum(struct parser *p)
{
    struct ast *left = take_product(p);
    while (left != NULL) {
        enum ast_op op = OP_NONE;
        if (parser_accepts_sign(p, STR("+")))
            op = OP_ADD;
        else if (parser_accepts_sign(p, STR("-")))
            op = OP_SUBTRACT;
        if (op == OP_NONE)
            break;
        left = parent(p, AST_ARITHMETIC, op, left, take_product(p));
    }
    return left;
}

static struct ast *take_product(struct parser *p)
{
    struct ast *left = take_unary(p);
    while (left != NULL) {
        enum ast_op op = OP_NONE;
        if (parser_accepts_sign(p, STR("*")))
            op = OP_MULTIPLY;
        else if (parser_accepts_sign(p, STR("/")))
            op = OP_DIVIDE;
        else if (parser_accepts_sign(p, STR("%")))
            op = OP_MODULO;
        if (op == OP_NONE)
            break;
        left = parent(p, AST_ARITHMETIC, op, left, take_unary(p));
    }
    return left;
}

// A sign before a number belongs to it; before anything else it is a subtraction from zero.
static struct ast *take_unary(struct parser *p)
{
    const uint32_t at = p->token.at;
    uint32_t minuses = 0;
    for (;;) {
        if (parser_accepts_sign(p, STR("-")))
            minuses++;
        else if (!parser_accepts_sign(p, STR("+")))
            break;
    }
    const bool is_number = p->token.kind == TOKEN_INT || p->token.kind == TOKEN_FLOAT;
    if (minuses % 2 == 0 && p->token.kind == TOKEN_INT && p->token.integer == INT64_MIN)
        parser_refuse(p, ERR_CONFIG, p->token.at, "the number does not fit in 64 bits");
    struct ast *value = parser_take_primary(p);
    if (minuses % 2 == 0 || value == NULL)
        return value;
    if (is_number && value->value.integer == INT64_MIN && value->value.type == VALUE_INT) {
        value->at = at;
        return value;
    }
    if (is_number) {
        value->value = value->value.type == VALUE_INT ? value_of_int(-value->value.integer)
                                                      : value_of_float(-value->value.real);
        value->at = at;
        return value;
    }
    struct ast *zero = parser_node(p, AST_NUMBER, at);
    if (zero != NULL)
        zero->value = value_of_int(0);
    return parent(p, AST_ARITHMETIC, OP_SUBTRACT, zero, value);
}

struct ast *parser_node(struct parser *p, enum ast_kind kind, uint32_t at)
{
    if (parser_failed(p))
        return NULL;
    if (p->node_count == EQL_NODES_MAX) {
        parser_refuse(p, ERR_LIMIT, at, "more than %u conditions and values", EQL_NODES_MAX);
        return NULL;
    }
    p->node_count++;
    struct ast *n = arena_zalloc(p->lexer->arena, sizeof *n);
    n->kind = kind;
    n->at = at;
    n->depth = 1;
    return n;
}

static struct ast *parent(struct parser *p, enum ast_kind kind, enum ast_op op, struct ast *left,
                          struct ast *right)
{
    if (left == NULL || right == NULL)
        return NULL;
    struct ast *n = parser_node(p, kind, left->at);
    if (n == NULL)
        return NULL;
    n->op = op;
    parser_adopt(p, n, left);
    parser_adopt(p, n, right);
    return parser_failed(p) ? NULL : n;
}

void parser_adopt(struct parser *p, struct ast *to, struct ast *child)
{
    if (to == NULL || child == NULL)
        return;
    if (to->last == NULL)
        to->first = child;
    else
        to->last->next = child;
    to->last = child;
    to->count++;
    if (to->depth <= child->depth)
        to->depth = child->depth + 1;
    // `a + b + c + ...` nests to the left without the parser's own depth growing.
    if (to->depth > EQL_DEPTH_MAX)
        parser_refuse(p, ERR_LIMIT, p->token.at, "more than %u levels of nesting", EQL_DEPTH_MAX);
}
