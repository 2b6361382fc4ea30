// What stands between operators: literals, fields, calls, and the two that hold a condition of
// their own, `child of [...]` and _arraysearch.

#include "eql/parser.h"

static struct ast *take_name(struct parser *p);
static struct ast *take_call(struct parser *p, struct token name);
static struct ast *take_lineage(struct parser *p, struct token name);
static struct ast *take_search(struct parser *p, struct token name);
static struct ast *take_dollar(struct parser *p, struct token t);

struct ast *parser_take_primary(struct parser *p)
{
    const struct token t = p->token;
    struct ast *n = NULL;
    switch (t.kind) {
    case TOKEN_INT:
    case TOKEN_FLOAT:
        n = parser_node(p, AST_NUMBER, t.at);
        if (n != NULL)
            n->value = t.kind == TOKEN_INT ? value_of_int(t.integer) : value_of_float(t.real);
        parser_next(p);
        return n;
    case TOKEN_LIST_NAME:
        return take_dollar(p, t);
    case TOKEN_TEXT:
        n = parser_node(p, AST_TEXT, t.at);
        if (n != NULL)
            n->text = t.text;
        parser_next(p);
        return n;
    case TOKEN_NAME:
        return take_name(p);
    default:
        break;
    }
    if (parser_accepts_sign(p, STR("("))) {
        n = parser_take_condition(p);
        parser_expect_sign(p, STR(")"), "expected )");
        return n;
    }
    if (parser_accepts_sign(p, STR("?"))) {
        n = p->token.kind == TOKEN_NAME ? take_name(p) : NULL;
        if (n == NULL || n->kind != AST_FIELD)
            parser_refuse(p, ERR_CONFIG, t.at, "expected a field after ?");
        else
            n->optional = true;
        return n;
    }
    parser_refuse_token(p, "a value");
    return NULL;
}

static struct ast *take_name(struct parser *p)
{
    static const char *const reserved[] = { "and", "or",    "not",      "in",   "like", "regex",
                                            "by",  "where", "sequence", "with", "until" };
    const struct token t = p->token;
    struct ast *n = NULL;
    if (parser_accepts_word(p, "true") || parser_accepts_word(p, "false")) {
        n = parser_node(p, AST_BOOL, t.at);
        if (n != NULL)
            n->value = value_of_bool(t.text.at[0] == 't');
        return n;
    }
    if (parser_accepts_word(p, "null"))
        return parser_node(p, AST_NULL, t.at);
    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (!t.quoted && str_eq(t.text, str_of(reserved[i]))) {
            parser_refuse_token(p, "a value");
            return NULL;
        }
    }
    parser_next(p);
    if (!t.quoted && parser_at_sign(p, "("))
        return str_eq_nocase(t.text, STR("_arraysearch")) ? take_search(p, t) : take_call(p, t);
    if (!t.quoted && (str_eq(t.text, STR("descendant")) || str_eq(t.text, STR("child"))) &&
        parser_at_word(p, "of"))
        return take_lineage(p, t);
    if (t.folds) {
        parser_refuse(p, ERR_CONFIG, t.at, "only in, like, regex and functions take a ~");
        return NULL;
    }
    if (parser_at_sign(p, "[")) {
        parser_refuse(p, ERR_CONFIG, p->token.at,
                      "a field of several values is compared as a whole, without [ ]");
        return NULL;
    }
    n = parser_node(p, AST_FIELD, t.at);
    if (n != NULL)
        n->text = t.text;
    return n;
}

static struct ast *take_call(struct parser *p, struct token name)
{
    struct ast *call = parser_node(p, AST_CALL, name.at);
    if (call == NULL)
        return NULL;
    call->text = name.text;
    call->folds = name.folds;
    parser_next(p);
    if (parser_accepts_sign(p, STR(")")))
        return call;
    do {
        parser_adopt(p, call, parser_take_condition(p));
        if (call->count > EQL_ARGUMENTS_MAX)
            parser_refuse(p, ERR_LIMIT, name.at, "a function takes at most %u arguments",
                          EQL_ARGUMENTS_MAX);
    } while (!parser_failed(p) && parser_accepts_sign(p, STR(",")));
    parser_expect_sign(p, STR(")"), "expected , or ) after the argument");
    return call;
}

// child of [ CATEGORY where CONDITION ], and descendant of.
static struct ast *take_lineage(struct parser *p, struct token name)
{
    struct ast *n = parser_node(p, AST_LINEAGE, name.at);
    parser_next(p);  // of
    if (n == NULL)
        return NULL;
    if (p->in_lineage || p->variable.len > 0) {
        parser_refuse(p, ERR_CONFIG, name.at, "`%.*s of` cannot stand inside %s",
                      STR_ARG(name.text),
                      p->in_lineage ? "another `child of` or `descendant of`" : "_arraysearch");
        return NULL;
    }
    n->text = name.text;
    n->stage = arena_zalloc(p->lexer->arena, sizeof *n->stage);
    n->stage->at = p->token.at;
    n->stage->runs = 1;
    p->in_lineage = true;
    parser_expect_sign(p, STR("["), "expected [");
    parser_take_body(p, n->stage);
    parser_expect_sign(p, STR("]"), "expected ] or `and` or `or`");
    p->in_lineage = false;
    parser_adopt(p, n, n->stage->condition);
    return parser_failed(p) ? NULL : n;
}

// _arraysearch(field, $x, condition over $x and $x.path)
static struct ast *take_search(struct parser *p, struct token name)
{
    struct ast *n = parser_node(p, AST_SEARCH, name.at);
    if (n == NULL)
        return NULL;
    if (p->variable.len > 0) {
        parser_refuse(p, ERR_CONFIG, name.at, "_arraysearch cannot stand inside another one");
        return NULL;
    }
    parser_next(p);
    struct ast *field = parser_take_primary(p);
    if (field != NULL && field->kind != AST_FIELD)
        parser_refuse(p, ERR_CONFIG, field->at, "_arraysearch looks through a field");
    parser_expect_sign(p, STR(","), "expected , after the field");
    if (p->token.kind != TOKEN_LIST_NAME || str_find_char(p->token.text, '.') < p->token.text.len)
        parser_refuse_token(p, "a variable such as $x");
    if (parser_failed(p))
        return NULL;
    n->text = p->token.text;
    parser_next(p);
    parser_expect_sign(p, STR(","), "expected , after the variable");
    p->variable = n->text;
    struct ast *condition = parser_take_condition(p);
    p->variable = STR_EMPTY;
    parser_expect_sign(p, STR(")"), "expected ) after the condition");
    parser_adopt(p, n, field);
    parser_adopt(p, n, condition);
    return parser_failed(p) ? NULL : n;
}

// $name, $name.path: of the variable, or else a list.
static struct ast *take_dollar(struct parser *p, struct token t)
{
    const str first = str_to(t.text, str_find_char(t.text, '.'));
    const bool is_variable = p->variable.len > 0 && str_eq(first, p->variable);
    struct ast *n = parser_node(p, is_variable ? AST_VARIABLE : AST_LIST_NAME, t.at);
    if (n != NULL)
        n->text = t.text;
    if (!is_variable && first.len < t.text.len)
        parser_refuse(p, ERR_CONFIG, t.at, "no variable $%.*s here", STR_ARG(first));
    parser_next(p);
    return n;
}
