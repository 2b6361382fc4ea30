// A tree back to text. What is printed parses to the same tree, whatever the spelling was: the
// fuzz target holds the two together, and one query has one text.

#include "base/buf.h"
#include "eql/ast.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBER_LEN_MAX 40u

static void print_sequence(const struct ast_query *query, struct buf *out);
static void print_stage(const struct ast_stage *stage, struct buf *out);
static void print_keys(const struct ast_keys *keys, struct buf *out);
static void print_call(const struct ast *n, struct buf *out);
static void print_joined(const struct ast *n, struct buf *out);
static void print_operation(const struct ast *n, struct buf *out);
static void print_children(const struct ast *n, const char *separator, struct buf *out);
static void print_number(struct value v, struct buf *out);
static void print_text(str text, struct buf *out);
static void print_name(str name, struct buf *out);
static bool is_plain(str name);

str ast_op_text(enum ast_op op)
{
    static const str texts[] = {
        [OP_NONE] = STR_INIT(""),      [OP_EQUAL] = STR_INIT("=="),
        [OP_LESS] = STR_INIT("<"),     [OP_LESS_EQUAL] = STR_INIT("<="),
        [OP_GREATER] = STR_INIT(">"),  [OP_GREATER_EQUAL] = STR_INIT(">="),
        [OP_ADD] = STR_INIT("+"),      [OP_SUBTRACT] = STR_INIT("-"),
        [OP_MULTIPLY] = STR_INIT("*"), [OP_DIVIDE] = STR_INIT("/"),
        [OP_MODULO] = STR_INIT("%"),   [OP_IN] = STR_INIT("in"),
        [OP_LIKE] = STR_INIT("like"),  [OP_REGEX] = STR_INIT("regex"),
    };
    return texts[op];
}

void ast_print(const struct ast_query *query, struct buf *out)
{
    if (query->is_sequence)
        print_sequence(query, out);
    else
        print_stage(query->stages, out);
    for (uint32_t i = 0; i < query->pipe_count; i++)
        buf_printf(out, " | %s %" PRIu64, query->pipes[i].kind == PIPE_TAIL ? "tail" : "head",
                   query->pipes[i].count);
}

static void print_sequence(const struct ast_query *query, struct buf *out)
{
    buf_add(out, STR("sequence"));
    print_keys(&query->keys, out);
    if (query->maxspan_ns >= 0)
        buf_printf(out, " with maxspan=%" PRId64 "ms", query->maxspan_ns / 1000000);
    for (const struct ast_stage *s = query->stages; s != NULL; s = s->next) {
        buf_add(out, s->missing ? STR(" ![") : STR(" ["));
        print_stage(s, out);
        buf_add(out, STR("]"));
        print_keys(&s->keys, out);
        if (s->alias.len > 0) {
            buf_add(out, STR(" as "));
            print_name(s->alias, out);
        }
        if (s->runs > 1)
            buf_printf(out, " with runs=%u", s->runs);
    }
    if (query->until != NULL) {
        buf_add(out, STR(" until ["));
        print_stage(query->until, out);
        buf_add(out, STR("]"));
        print_keys(&query->until->keys, out);
    }
}

static void print_stage(const struct ast_stage *stage, struct buf *out)
{
    print_text(stage->category, out);
    buf_add(out, STR(" where "));
    ast_print_condition(stage->condition, out);
}

static void print_keys(const struct ast_keys *keys, struct buf *out)
{
    for (uint32_t i = 0; i < keys->count; i++) {
        buf_add(out, i == 0 ? STR(" by ") : STR(", "));
        ast_print_condition(keys->at[i], out);
    }
}

void ast_print_condition(const struct ast *n, struct buf *out)
{
    switch (n->kind) {
    case AST_NULL:
        buf_add(out, STR("null"));
        return;
    case AST_BOOL:
        buf_add(out, n->value.boolean ? STR("true") : STR("false"));
        return;
    case AST_NUMBER:
        print_number(n->value, out);
        return;
    case AST_TEXT:
        print_text(n->text, out);
        return;
    case AST_LIST_NAME:
    case AST_VARIABLE:
        buf_printf(out, "$%.*s", STR_ARG(n->text));
        return;
    case AST_FIELD:
        buf_add(out, n->optional ? STR("?") : STR_EMPTY);
        print_name(n->text, out);
        return;
    case AST_CALL:
    case AST_SEARCH:
    case AST_LINEAGE:
        print_call(n, out);
        return;
    case AST_LIST:
    case AST_AND:
    case AST_OR:
        print_joined(n, out);
        return;
    case AST_NOT:
        buf_add(out, STR("(not "));
        ast_print_condition(n->first, out);
        buf_add(out, STR(")"));
        return;
    case AST_ARITHMETIC:
    case AST_COMPARE:
    case AST_MATCH:
        print_operation(n, out);
        return;
    }
}

static void print_call(const struct ast *n, struct buf *out)
{
    if (n->kind == AST_LINEAGE) {
        buf_printf(out, "%.*s of [", STR_ARG(n->text));
        print_stage(n->stage, out);
        buf_add(out, STR("]"));
        return;
    }
    if (n->kind == AST_SEARCH) {
        buf_add(out, STR("_arraysearch("));
        ast_print_condition(n->first, out);
        buf_printf(out, ", $%.*s, ", STR_ARG(n->text));
        ast_print_condition(n->last, out);
    } else {
        buf_printf(out, "%.*s%s(", STR_ARG(n->text), n->folds ? "~" : "");
        print_children(n, ", ", out);
    }
    buf_add(out, STR(")"));
}

// A list of one constant stands without parentheses.
static void print_joined(const struct ast *n, struct buf *out)
{
    const enum ast_kind only = n->count == 1 ? n->first->kind : AST_LIST;
    if (n->kind == AST_LIST &&
        (only == AST_TEXT || only == AST_NUMBER || only == AST_BOOL || only == AST_LIST_NAME)) {
        ast_print_condition(n->first, out);
        return;
    }
    buf_add(out, STR("("));
    print_children(n, n->kind == AST_LIST ? ", " : n->kind == AST_AND ? " and " : " or ", out);
    buf_add(out, STR(")"));
}

static void print_operation(const struct ast *n, struct buf *out)
{
    buf_add(out, STR("("));
    ast_print_condition(n->first, out);
    if (n->op == OP_LIKE && n->folds)
        buf_add(out, STR(" : "));
    else
        buf_printf(out, " %.*s%s ", STR_ARG(ast_op_text(n->op)), n->folds ? "~" : "");
    ast_print_condition(n->first->next, out);
    buf_add(out, STR(")"));
}

static void print_children(const struct ast *n, const char *separator, struct buf *out)
{
    for (const struct ast *child = n->first; child != NULL; child = child->next) {
        if (child != n->first)
            buf_add(out, str_of(separator));
        ast_print_condition(child, out);
    }
}

// With as many digits as bring it back, and never so that it looks whole.
static void print_number(struct value v, struct buf *out)
{
    char digits[NUMBER_LEN_MAX];
    if (v.type == VALUE_INT) {
        buf_printf(out, "%" PRId64, v.integer);
        return;
    }
    (void)snprintf(digits, sizeof digits, "%.15g", v.real);
    const double back = strtod(digits, NULL);
    if (back < v.real || back > v.real)
        (void)snprintf(digits, sizeof digits, "%.17g", v.real);
    buf_add(out, str_of(digits));
    if (strpbrk(digits, ".e") == NULL)
        buf_add(out, STR(".0"));
}

static void print_text(str text, struct buf *out)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_add(out, STR("\\n"));
        else
            buf_add_char(out, c);
    }
    buf_add_char(out, '"');
}

// In backticks where it could be taken for something else. It may hold any octet but a backtick.
static void print_name(str name, struct buf *out)
{
    static const str words[] = {
        STR_INIT("and"),      STR_INIT("or"),    STR_INIT("not"),   STR_INIT("in"),
        STR_INIT("like"),     STR_INIT("regex"), STR_INIT("by"),    STR_INIT("where"),
        STR_INIT("sequence"), STR_INIT("with"),  STR_INIT("until"), STR_INIT("true"),
        STR_INIT("false"),    STR_INIT("null"),  STR_INIT("child"), STR_INIT("descendant"),
        STR_INIT("as"),
    };
    bool plain = is_plain(name);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        plain = plain && !str_eq(name, words[i]);
    buf_add(out, plain ? STR_EMPTY : STR("`"));
    buf_add(out, name);
    buf_add(out, plain ? STR_EMPTY : STR("`"));
}

// Parts of letters, digits, _ and @, joined by single dots, none beginning with a digit.
static bool is_plain(str name)
{
    bool at_start = true;
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.at[i];
        const bool is_digit = c >= '0' && c <= '9';
        const bool is_letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@';
        if (at_start ? !is_letter : !is_letter && !is_digit && c != '.')
            return false;
        at_start = c == '.';
    }
    return !at_start;
}
