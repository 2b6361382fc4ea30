// Names and types: every name must mean something and every comparison must be able to hold,
// or the query is refused where it stands, with the nearest name that would have meant something.

#include "eql/ast.h"
#include "eql/functions.h"

#define SHOWN_MAX 80u  // Octets of a name that a sentence repeats.

// A name as a sentence shows it.
#define SHOWN(s) STR_ARG(str_to(s, SHOWN_MAX))

struct checker {
    struct lexer *l;
    const struct eql_lists *lists;
};

static enum status check_stage(const struct checker *c, const struct ast_query *query,
                               struct ast_stage *stage);
static enum status check_category(const struct checker *c, struct ast_stage *stage);
static enum status check_keys(const struct checker *c, const struct ast_query *query,
                              const struct ast_stage *stage);
static enum status check_condition(const struct checker *c, struct ast *n);
static enum status check_value(const struct checker *c, struct ast *n);
static enum status check_field(const struct checker *c, struct ast *n);
static enum status check_call(const struct checker *c, struct ast *n);
static enum status check_arithmetic(const struct checker *c, struct ast *n);
static enum status check_comparison(const struct checker *c, struct ast *n);
static enum status check_match(const struct checker *c, struct ast *n);
static enum status check_item(const struct checker *c, const struct ast *match, struct ast *item);
static enum status check_list_name(const struct checker *c, const struct ast *item);

static const char *type_text(enum ast_type type)
{
    static const char *const names[] = { "anything", "null", "a boolean", "a number", "text" };
    return names[type];
}

static const struct ast *key_at(const struct ast_query *query, const struct ast_stage *stage,
                                uint32_t i)
{
    return i < query->keys.count ? query->keys.at[i] : stage->keys.at[i - query->keys.count];
}

enum status ast_check(struct ast_query *query, const struct eql_lists *lists, struct lexer *l)
{
    const struct checker c = { .l = l, .lists = lists };
    for (uint32_t i = 0; i < query->keys.count; i++)
        if (check_field(&c, query->keys.at[i]) != OK)
            return l->status;
    struct ast_stage *s = query->stages;  // There is one: the parser has seen to it.
    do {
        if (check_stage(&c, query, s) != OK)
            return l->status;
        s = s->next;
    } while (s != NULL);
    return query->until == NULL ? OK : check_stage(&c, query, query->until);
}

static enum status check_stage(const struct checker *c, const struct ast_query *query,
                               struct ast_stage *stage)
{
    if (check_category(c, stage) != OK || check_condition(c, stage->condition) != OK)
        return c->l->status;
    return check_keys(c, query, stage);
}

static enum status check_category(const struct checker *c, struct ast_stage *stage)
{
    stage->categories = category_of(stage->category);
    if (stage->categories != 0)
        return OK;
    const str nearest = category_nearest(stage->category);
    if (nearest.len > 0)
        return lexer_refuse(c->l, ERR_CONFIG, stage->category_at,
                            "no category `%.*s`; did you mean `%.*s`?", SHOWN(stage->category),
                            STR_ARG(nearest));
    return lexer_refuse(c->l, ERR_CONFIG, stage->category_at,
                        "no category `%.*s`; there are process, library, api, file, network, "
                        "configuration and any",
                        SHOWN(stage->category));
}

// As many in every stage, and of types that can be the same.
static enum status check_keys(const struct checker *c, const struct ast_query *query,
                              const struct ast_stage *stage)
{
    const struct ast_stage *first = query->stages;
    for (uint32_t i = 0; i < stage->keys.count; i++)
        if (check_field(c, stage->keys.at[i]) != OK)
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
        if (key->type != other->type && key->type != TYPE_ANY && other->type != TYPE_ANY)
            return lexer_refuse(
                c->l, ERR_CONFIG, key->at,
                "`%.*s` is %s, and `%.*s` of the first stage is %s: they are never equal",
                SHOWN(key->text), type_text(key->type), SHOWN(other->text), type_text(other->type));
    }
    return OK;
}

static enum status check_condition(const struct checker *c, struct ast *n)
{
    n->type = TYPE_BOOL;
    if (n->kind == AST_AND || n->kind == AST_OR || n->kind == AST_NOT) {
        for (struct ast *child = n->first; child != NULL; child = child->next)
            if (check_condition(c, child) != OK)
                return c->l->status;
        return OK;
    }
    if (check_value(c, n) != OK)
        return c->l->status;
    if (n->type != TYPE_BOOL && n->type != TYPE_ANY)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "expected a condition, found %s",
                            type_text(n->type));
    return OK;
}

static enum status check_value(const struct checker *c, struct ast *n)
{
    switch (n->kind) {
    case AST_NULL:
        n->type = TYPE_NULL;
        return OK;
    case AST_BOOL:
        n->type = TYPE_BOOL;
        return OK;
    case AST_NUMBER:
        n->type = TYPE_NUMBER;
        return OK;
    case AST_TEXT:
        n->type = TYPE_TEXT;
        return OK;
    case AST_FIELD:
        return check_field(c, n);
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
        break;
    }
    return lexer_refuse(c->l, ERR_CONFIG, n->at, "and, or, not, != cannot stand inside a value");
}

static enum status check_field(const struct checker *c, struct ast *n)
{
    static const enum ast_type types[] = {
        [FIELD_TYPE_TEXT] = TYPE_TEXT,
        [FIELD_TYPE_TEXTS] = TYPE_TEXT,
        [FIELD_TYPE_INT] = TYPE_NUMBER,
        [FIELD_TYPE_BOOL] = TYPE_BOOL,
    };
    const enum field field = field_of(n->text);
    if (field != FIELD_COUNT) {
        n->field = (uint16_t)field;
        n->type = types[field_type_of(field)];
        return OK;
    }
    n->field = AST_FIELD_NONE;
    n->type = TYPE_ANY;
    if (n->optional)
        return OK;
    const enum field nearest = field_nearest(n->text);
    if (nearest == FIELD_COUNT)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "no field `%.*s`", SHOWN(n->text));
    return lexer_refuse(c->l, ERR_CONFIG, n->at, "no field `%.*s`; did you mean `%.*s`?",
                        SHOWN(n->text), STR_ARG(field_name(nearest)));
}

static enum status check_call(const struct checker *c, struct ast *n)
{
    if (str_eq_nocase(n->text, STR("_arraysearch")))
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "`_arraysearch` is not supported yet");
    n->function = eql_function_of(n->text);
    if (n->function == FUNCTION_NONE) {
        const str nearest = eql_function_nearest(n->text);
        if (nearest.len == 0)
            return lexer_refuse(c->l, ERR_CONFIG, n->at, "no function `%.*s`", SHOWN(n->text));
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "no function `%.*s`; did you mean `%.*s`?",
                            SHOWN(n->text), STR_ARG(nearest));
    }
    const struct eql_function *f = &eql_functions[n->function];
    if (n->folds && !f->can_fold)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "`%.*s` has no form with ~", STR_ARG(f->name));
    if (n->count < f->least || n->count > f->most)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "`%.*s` takes %u to %u arguments, not %u",
                            STR_ARG(f->name), f->least, f->most, n->count);
    uint32_t i = 0;
    for (struct ast *child = n->first; child != NULL; child = child->next, i++) {
        if (check_value(c, child) != OK)
            return c->l->status;
        const enum ast_type wanted = f->arguments[i < 4 ? i : 3];
        if (wanted != TYPE_ANY && child->type != wanted && child->type != TYPE_ANY &&
            child->type != TYPE_NULL)
            return lexer_refuse(c->l, ERR_CONFIG, child->at,
                                "argument %u of `%.*s` is %s, and must be %s", i + 1,
                                STR_ARG(f->name), type_text(child->type), type_text(wanted));
    }
    n->type = f->result;
    return OK;
}

static enum status check_arithmetic(const struct checker *c, struct ast *n)
{
    for (struct ast *child = n->first; child != NULL; child = child->next) {
        if (check_value(c, child) != OK)
            return c->l->status;
        if (child->type != TYPE_NUMBER && child->type != TYPE_ANY && child->type != TYPE_NULL)
            return lexer_refuse(c->l, ERR_CONFIG, child->at, "%.*s needs numbers, and this is %s",
                                STR_ARG(ast_op_text(n->op)), type_text(child->type));
    }
    n->type = TYPE_NUMBER;
    return OK;
}

static enum status check_comparison(const struct checker *c, struct ast *n)
{
    struct ast *left = n->first;
    struct ast *right = left->next;
    if (check_value(c, left) != OK || check_value(c, right) != OK)
        return c->l->status;
    n->type = TYPE_BOOL;
    const bool has_null = left->type == TYPE_NULL || right->type == TYPE_NULL;
    if (has_null && n->op != OP_EQUAL)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "null is compared with == or != only");
    if (has_null || left->type == TYPE_ANY || right->type == TYPE_ANY)
        return OK;
    if (left->type != right->type)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "%s is compared with %s",
                            type_text(left->type), type_text(right->type));
    if (left->type == TYPE_BOOL && n->op != OP_EQUAL)
        return lexer_refuse(c->l, ERR_CONFIG, n->at, "booleans have no order");
    return OK;
}

static enum status check_match(const struct checker *c, struct ast *n)
{
    struct ast *left = n->first;
    if (check_value(c, left) != OK)
        return c->l->status;
    if (left->type == TYPE_NULL)
        return lexer_refuse(c->l, ERR_CONFIG, left->at, "null is compared with == or != only");
    if (n->op != OP_IN && left->type != TYPE_TEXT && left->type != TYPE_ANY)
        return lexer_refuse(c->l, ERR_CONFIG, left->at,
                            "%s compares text, and this is %s; use == or in",
                            n->colon           ? ":"
                            : n->op == OP_LIKE ? "like"
                                               : "regex",
                            type_text(left->type));
    for (struct ast *item = left->next->first; item != NULL; item = item->next)
        if (check_item(c, n, item) != OK)
            return c->l->status;
    n->type = TYPE_BOOL;
    return OK;
}

static enum status check_item(const struct checker *c, const struct ast *match, struct ast *item)
{
    if (item->kind == AST_LIST_NAME) {
        item->type = TYPE_TEXT;
        if (check_list_name(c, item) != OK)
            return c->l->status;
    } else if (item->kind == AST_TEXT || item->kind == AST_NUMBER || item->kind == AST_BOOL) {
        if (check_value(c, item) != OK)
            return c->l->status;
    } else {
        return lexer_refuse(c->l, ERR_CONFIG, item->at,
                            "only texts, numbers and booleans can be listed here; compare with ==");
    }
    const enum ast_type wanted = match->op == OP_IN ? match->first->type : TYPE_TEXT;
    if (wanted != TYPE_ANY && item->type != wanted)
        return lexer_refuse(c->l, ERR_CONFIG, item->at, "%s is compared with %s", type_text(wanted),
                            type_text(item->type));
    if (match->op != OP_IN && item->text.len > EQL_PATTERN_MAX)
        return lexer_refuse(c->l, ERR_LIMIT, item->at, "a pattern has at most %u octets",
                            EQL_PATTERN_MAX);
    return OK;
}

static enum status check_list_name(const struct checker *c, const struct ast *item)
{
    const str *at;
    size_t count;
    if (c->lists != NULL && c->lists->find(c->lists->context, item->text, &at, &count)) {
        if (count > EQL_LIST_MAX)
            return lexer_refuse(c->l, ERR_LIMIT, item->at,
                                "the list $%.*s has %zu items; at most %u are used",
                                SHOWN(item->text), count, EQL_LIST_MAX);
        return OK;
    }
    const str nearest = c->lists == NULL || c->lists->nearest == NULL
                            ? STR_EMPTY
                            : c->lists->nearest(c->lists->context, item->text);
    if (nearest.len > 0)
        return lexer_refuse(c->l, ERR_CONFIG, item->at, "no list $%.*s; did you mean $%.*s?",
                            SHOWN(item->text), STR_ARG(nearest));
    return lexer_refuse(c->l, ERR_CONFIG, item->at, "no list $%.*s", SHOWN(item->text));
}
