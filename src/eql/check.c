// Names and types: every name must mean something and every comparison must be able to hold,
// or the query is refused where it stands, with the nearest name that would have meant something.

#include "eql/address.h"
#include "eql/functions.h"
#include "eql/resolve.h"

static enum status check_stage(struct checker *c, struct ast_stage *stage);
static enum status check_keys(struct checker *c, const struct ast_stage *stage);
static enum status check_condition(struct checker *c, struct ast *n);
static enum status check_lineage(struct checker *c, struct ast *n);
static enum status check_search(struct checker *c, struct ast *n);
static enum status check_value(struct checker *c, struct ast *n);
static enum status check_call(struct checker *c, struct ast *n);
static enum status check_arithmetic(struct checker *c, struct ast *n);
static enum status check_comparison(struct checker *c, struct ast *n);
static enum status check_match(struct checker *c, struct ast *n);
static enum status refuse_not_text(struct checker *c, const struct ast *match,
                                   const struct ast *side);
static enum status refuse_function(struct checker *c, const struct ast *n);
static enum status check_argument(struct checker *c, const struct eql_function *f, uint32_t i,
                                  struct ast *argument);
static enum status refuse_count(struct checker *c, const struct ast *n,
                                const struct eql_function *f);
static enum status check_item(struct checker *c, const struct ast *match, struct ast *item);

static const char *type_text(enum eql_type type)
{
    static const char *const names[] = { "anything", "null", "a boolean", "a number", "text" };
    return names[type];
}

static const struct ast *key_at(const struct ast_query *query, const struct ast_stage *stage,
                                uint32_t i)
{
    return i < query->keys.count ? query->keys.at[i] : stage->keys.at[i - query->keys.count];
}

enum status ast_check(struct ast_query *query, const struct eql_options *options, struct lexer *l)
{
    struct checker c = { .l = l,
                         .options = options,
                         .schema = options->schema == NULL ? &eql_event_schema : options->schema,
                         .query = query };
    for (uint32_t i = 0; i < query->keys.count; i++)
        if (resolve_field(&c, query->keys.at[i]) != OK)
            return l->status;
    uint32_t index = 0;
    struct ast_stage *s = query->stages;  // There is one: the parser has seen to it.
    do {
        s->index = index;
        index += s->runs;
        if (check_stage(&c, s) != OK)
            return l->status;
        s = s->next;
    } while (s != NULL);
    if (query->until != NULL && check_stage(&c, query->until) != OK)
        return l->status;
    if (query->pipe_count > 0 && !options->allows_pipes)
        return lexer_refuse(l, ERR_CONFIG, query->pipes_at,
                            "a rule has no pipes: head and tail are for `pomona query`");
    return OK;
}

static enum status check_stage(struct checker *c, struct ast_stage *stage)
{
    if (resolve_category(c, stage) != OK || resolve_alias(c, stage) != OK)
        return c->l->status;
    c->stage = stage;
    const enum status status = check_condition(c, stage->condition);
    c->stage = NULL;
    return status == OK ? check_keys(c, stage) : status;
}

// As many in every stage, and of types that can be the same.
static enum status check_keys(struct checker *c, const struct ast_stage *stage)
{
    const struct ast_query *query = c->query;
    const struct ast_stage *first = query->stages;
    for (uint32_t i = 0; i < stage->keys.count; i++)
        if (resolve_field(c, stage->keys.at[i]) != OK)
            return c->l->status;
    if (stage->keys.count != first->keys.count)
        return lexer_refuse(c->l, ERR_CONFIG, stage->keys.count > 0 ? stage->keys.place : stage->at,
                            "this stage has %u fields after by, and the first stage has %u",
                            stage->keys.count, first->keys.count);
    const uint32_t count = query->keys.count + stage->keys.count;
    if (count > EQL_KEYS_MAX)
        return lexer_refuse(c->l, ERR_LIMIT, stage->at, "at most %u fields may follow by",
                            EQL_KEYS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const struct ast *key = key_at(query, stage, i);
        const struct ast *other = key_at(query, first, i);
        if (key->type != other->type && key->type != EQL_TYPE_ANY && other->type != EQL_TYPE_ANY)
            return lexer_refuse(
                c->l, ERR_CONFIG, key->at,
                "`%.*s` is %s, and `%.*s` of the first stage is %s: they are never equal",
                SHOWN(key->text), type_text(key->type), SHOWN(other->text), type_text(other->type));
    }
    return OK;
}

static enum status check_condition(struct checker *c, struct ast *n)
{
    n->type = EQL_TYPE_BOOL;
    if (n->kind == AST_AND || n->kind == AST_OR || n->kind == AST_NOT) {
        for (struct ast *child = n->first; child != NULL; child = child->next)
            if (check_condition(c, child) != OK)
                return c->l->status;
        return OK;
    }
    if (n->kind == AST_LINEAGE)
        return check_lineage(c, n);
    if (n->kind == AST_SEARCH)
        return check_search(c, n);
    if (check_value(c, n) != OK)
        return c->l->status;
    if (n->type != EQL_TYPE_BOOL && n->type != EQL_TYPE_ANY)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "expected a condition, found %s",
                            type_text(n->type));
    return OK;
}

static enum status check_lineage(struct checker *c, struct ast *n)
{
    const struct ast_stage *outer = c->stage;
    c->stage = NULL;
    enum status status = resolve_category(c, n->stage);
    if (status == OK)
        status = check_condition(c, n->stage->condition);
    c->stage = outer;
    return status;
}

static enum status check_search(struct checker *c, struct ast *n)
{
    struct paths paths = { 0 };
    c->paths = &paths;
    enum status status = check_condition(c, n->last);
    c->paths = NULL;
    return status == OK ? resolve_rows(c, n, &paths) : status;
}

static enum status check_value(struct checker *c, struct ast *n)
{
    switch (n->kind) {
    case AST_NULL:
        n->type = EQL_TYPE_NULL;
        return OK;
    case AST_BOOL:
        n->type = EQL_TYPE_BOOL;
        return OK;
    case AST_NUMBER:
        n->type = EQL_TYPE_NUMBER;
        return OK;
    case AST_TEXT:
        n->type = EQL_TYPE_TEXT;
        return OK;
    case AST_FIELD:
        return resolve_field(c, n);
    case AST_VARIABLE:
        return resolve_variable(c, n);
    case AST_CALL:
        return check_call(c, n);
    case AST_ARITHMETIC:
        return check_arithmetic(c, n);
    case AST_COMPARE:
        return check_comparison(c, n);
    case AST_MATCH:
        return check_match(c, n);
    case AST_LIST_NAME:
        return lexer_refuse(c->l, ERR_CONFIG, n->at,
                            "the list $%.*s can only stand behind in, like, "
                            "regex or :",
                            SHOWN(n->text));
    case AST_AND:
    case AST_OR:
    case AST_NOT:
    case AST_LIST:
    case AST_LINEAGE:
    case AST_SEARCH:
        break;
    }
    return lexer_refuse(c->l, ERR_CONFIG, n->at,
                        "a condition (and, or, not, !=, child of, _arraysearch) cannot stand "
                        "inside a value");
}

static enum status check_call(struct checker *c, struct ast *n)
{
    n->function = eql_function_of(n->text);
    if (n->function == FUNCTION_NONE)
        return refuse_function(c, n);
    const struct eql_function *f = &eql_functions[n->function];
    if (n->folds && !f->can_fold)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "`%.*s` has no form with ~", STR_ARG(f->name));
    if (n->count < f->least || n->count > f->most)
        return refuse_count(c, n, f);
    uint32_t i = 0;
    for (struct ast *child = n->first; child != NULL; child = child->next, i++)
        if (check_argument(c, f, i, child) != OK)
            return c->l->status;
    n->type = f->result;
    return OK;
}

static enum status refuse_function(struct checker *c, const struct ast *n)
{
    static const struct {
        str name;
        const char *instead;
    } others[] = { { STR_INIT("wildcard"), "like" }, { STR_INIT("match"), "regex" } };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (str_eq_nocase(n->text, others[i].name))
            return lexer_refuse(c->l, ERR_CONFIG, n->at, "no function `%.*s`; use %s",
                                SHOWN(n->text), others[i].instead);
    const str nearest = eql_function_nearest(n->text);
    if (nearest.len == 0)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "no function `%.*s`", SHOWN(n->text));
    return lexer_refuse(c->l, ERR_CONFIG, n->at, "no function `%.*s`; did you mean `%.*s`?",
                        SHOWN(n->text), STR_ARG(nearest));
}

static enum status check_argument(struct checker *c, const struct eql_function *f, uint32_t i,
                                  struct ast *argument)
{
    const enum eql_type wanted = f->arguments[i < 4 ? i : 3];
    if (check_value(c, argument) != OK)
        return c->l->status;
    if (str_eq(f->name, STR("cidrMatch")) && i > 0 && argument->kind == AST_TEXT &&
        !address_is_range(argument->text))
        return lexer_refuse(c->l, ERR_CONFIG, argument->at,
                            "this is no range of addresses such as 10.0.0.0/8 or fe80::/10");
    if (wanted == EQL_TYPE_ANY || argument->type == wanted || argument->type == EQL_TYPE_ANY ||
        argument->type == EQL_TYPE_NULL)
        return OK;
    return checker_refuse(c, argument->at, "argument %u of `%.*s` is %s, and must be %s", i + 1,
                          STR_ARG(f->name), type_text(argument->type), type_text(wanted));
}

static enum status refuse_count(struct checker *c, const struct ast *n,
                                const struct eql_function *f)
{
    if (f->least == f->most)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "`%.*s` takes %u %s, not %u", STR_ARG(f->name),
                            f->least, f->least == 1 ? "argument" : "arguments", n->count);
    return lexer_refuse(c->l, ERR_CONFIG, n->at, "`%.*s` takes %u to %u arguments, not %u",
                        STR_ARG(f->name), f->least, f->most, n->count);
}

static enum status check_arithmetic(struct checker *c, struct ast *n)
{
    for (struct ast *child = n->first; child != NULL; child = child->next) {
        if (check_value(c, child) != OK)
            return c->l->status;
        if (child->type != EQL_TYPE_NUMBER && child->type != EQL_TYPE_ANY &&
            child->type != EQL_TYPE_NULL)
            if (checker_refuse(c, child->at, "%.*s needs numbers, and this is %s",
                               STR_ARG(ast_op_text(n->op)), type_text(child->type)) != OK)
                return c->l->status;
    }
    n->type = EQL_TYPE_NUMBER;
    return OK;
}

static enum status check_comparison(struct checker *c, struct ast *n)
{
    struct ast *left = n->first;
    struct ast *right = left->next;
    if (check_value(c, left) != OK || check_value(c, right) != OK)
        return c->l->status;
    n->type = EQL_TYPE_BOOL;
    const bool has_null = left->type == EQL_TYPE_NULL || right->type == EQL_TYPE_NULL;
    if (has_null && n->op != OP_EQUAL)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "null is compared with == or != only");
    if (has_null || left->type == EQL_TYPE_ANY || right->type == EQL_TYPE_ANY)
        return OK;
    if (left->type != right->type)
        return checker_refuse(c, n->at, "%s is compared with %s", type_text(left->type),
                              type_text(right->type));
    if (left->type == EQL_TYPE_BOOL && n->op != OP_EQUAL)
        return checker_refuse(c, n->at, "booleans have no order");
    return OK;
}

static enum status check_match(struct checker *c, struct ast *n)
{
    struct ast *left = n->first;
    if (check_value(c, left) != OK)
        return c->l->status;
    if (left->type == EQL_TYPE_NULL)
        return lexer_refuse(c->l, ERR_CONFIG, left->at, "null is compared with == or != only");
    if (n->op != OP_IN && left->type != EQL_TYPE_TEXT && left->type != EQL_TYPE_ANY &&
        refuse_not_text(c, n, left) != OK)
        return c->l->status;
    for (struct ast *item = left->next->first; item != NULL; item = item->next)
        if (check_item(c, n, item) != OK)
            return c->l->status;
    n->type = EQL_TYPE_BOOL;
    return OK;
}

static enum status refuse_not_text(struct checker *c, const struct ast *match,
                                   const struct ast *side)
{
    return checker_refuse(c, side->at, "%s compares text, and this is %s; use == or in",
                          match->colon           ? ":"
                          : match->op == OP_LIKE ? "like"
                                                 : "regex",
                          type_text(side->type));
}

static enum status check_item(struct checker *c, const struct ast *match, struct ast *item)
{
    if (item->kind == AST_LIST_NAME) {
        item->type = EQL_TYPE_TEXT;
        if (resolve_list(c, item) != OK)
            return c->l->status;
    } else if (item->kind == AST_TEXT || item->kind == AST_NUMBER || item->kind == AST_BOOL) {
        if (check_value(c, item) != OK)
            return c->l->status;
    } else {
        return lexer_refuse(c->l, ERR_CONFIG, item->at,
                            "only texts, numbers and booleans can be listed here; compare with ==");
    }
    const enum eql_type wanted = match->op == OP_IN ? match->first->type : EQL_TYPE_TEXT;
    if (wanted != EQL_TYPE_ANY && item->type != wanted) {
        if (match->op != OP_IN)
            return refuse_not_text(c, match, item);
        return checker_refuse(c, item->at, "%s is compared with %s", type_text(wanted),
                              type_text(item->type));
    }
    if (match->op != OP_IN && item->text.len > EQL_PATTERN_MAX)
        return lexer_refuse(c->l, ERR_LIMIT, item->at, "a pattern has at most %u octets",
                            EQL_PATTERN_MAX);
    return OK;
}
