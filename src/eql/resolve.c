#include "eql/resolve.h"

#include <stdarg.h>
#include <stdio.h>

static enum status resolve_plain(struct checker *c, struct ast *n, str name);
static enum status bind(struct checker *c, struct ast *n, const struct ast_stage *stage);
static const struct ast_stage *stage_of_alias(const struct checker *c, str alias);

enum status resolve_category(struct checker *c, struct ast_stage *stage)
{
    const str name = stage->category;
    stage->categories = c->schema->category(c->schema->context, name);
    if (stage->categories != 0)
        return OK;
    const str nearest = c->schema->nearest_category(c->schema->context, name);
    if (nearest.len > 0)
        return checker_refuse(c, stage->category_at, "no category `%.*s`; did you mean `%.*s`?",
                              SHOWN(name), STR_ARG(nearest));
    if (c->schema->categories.len == 0)
        return lexer_refuse(c->l, ERR_LIMIT, stage->category_at, "too many different categories");
    return checker_refuse(c, stage->category_at, "no category `%.*s`; there are %.*s", SHOWN(name),
                          STR_ARG(c->schema->categories));
}

enum status resolve_alias(struct checker *c, const struct ast_stage *stage)
{
    if (stage->alias.len == 0)
        return OK;
    for (const struct ast_stage *s = c->query->stages; s != NULL && s != stage; s = s->next)
        if (str_eq(s->alias, stage->alias))
            return lexer_refuse(c->l, ERR_CONFIG, stage->alias_at,
                                "another stage has the alias `%.*s`", SHOWN(stage->alias));
    return OK;
}

enum status resolve_field(struct checker *c, struct ast *n)
{
    const size_t dot = str_find_char(n->text, '.');
    const struct ast_stage *of =
        c->stage == NULL || dot == n->text.len ? NULL : stage_of_alias(c, str_to(n->text, dot));
    if (of == NULL)
        return resolve_plain(c, n, n->text);
    n->is_bound = true;
    const enum status status = resolve_plain(c, n, str_from(n->text, dot + 1));
    if (status != OK)
        return status;
    return n->field == AST_FIELD_NONE ? OK : bind(c, n, of);
}

static const struct ast_stage *stage_of_alias(const struct checker *c, str alias)
{
    for (const struct ast_stage *s = c->query->stages; s != NULL; s = s->next)
        if (s->alias.len > 0 && str_eq(s->alias, alias))
            return s;
    return NULL;
}

// The value of that stage's event: of its last run, where it has several.
static enum status bind(struct checker *c, struct ast *n, const struct ast_stage *stage)
{
    struct ast_query *q = c->query;
    bool is_before = c->stage == q->until;
    for (const struct ast_stage *s = stage->next; s != NULL; s = s->next)
        is_before |= s == c->stage;
    if (!is_before)
        return lexer_refuse(c->l, ERR_CONFIG, n->at,
                            "the alias `%.*s` can be used in later stages only",
                            SHOWN(stage->alias));
    const struct ast_binding binding = { .stage = stage->index + stage->runs - 1,
                                         .field = n->field };
    uint32_t i = 0;
    while (i < q->binding_count &&
           (q->bindings[i].stage != binding.stage || q->bindings[i].field != binding.field))
        i++;
    if (i == EQL_BINDINGS_MAX)
        return lexer_refuse(c->l, ERR_LIMIT, n->at,
                            "a sequence refers to at most %u fields of earlier stages",
                            EQL_BINDINGS_MAX);
    if (i == q->binding_count)
        q->bindings[q->binding_count++] = binding;
    n->field = (uint16_t)(PLAN_SLOT_BOUND + i);
    return OK;
}

static enum status resolve_plain(struct checker *c, struct ast *n, str name)
{
    if (c->schema->field(c->schema->context, name, &n->field, &n->type))
        return OK;
    n->field = AST_FIELD_NONE;
    n->type = EQL_TYPE_ANY;
    if (n->optional)
        return OK;
    const str nearest = c->schema->nearest_field(c->schema->context, name);
    const str alias = n->is_bound ? str_to(n->text, n->text.len - name.len - 1) : STR_EMPTY;
    const char *of = n->is_bound ? " of the alias " : "";
    if (nearest.len == 0)
        return checker_refuse(c, n->at, "no field `%.*s`%s%.*s", SHOWN(name), of, SHOWN(alias));
    return checker_refuse(c, n->at, "no field `%.*s`%s%.*s; did you mean `%.*s`?", SHOWN(name), of,
                          SHOWN(alias), STR_ARG(nearest));
}

enum status resolve_variable(struct checker *c, struct ast *n)
{
    struct paths *paths = c->paths;
    const str path = str_from(n->text, str_find_char(n->text, '.') + 1);
    uint32_t i = 0;
    while (i < paths->count && !str_eq(paths->at[i], path))
        i++;
    if (i == EQL_PATHS_MAX)
        return lexer_refuse(c->l, ERR_LIMIT, n->at,
                            "one _arraysearch names at most %u parts of an element", EQL_PATHS_MAX);
    if (i == paths->count)
        paths->at[paths->count++] = path;
    n->field = (uint16_t)(PLAN_SLOT_ROW + i);
    n->type = EQL_TYPE_ANY;
    return OK;
}

enum status resolve_rows(struct checker *c, struct ast *n, const struct paths *paths)
{
    struct ast *field = n->first;
    const struct eql_schema *schema = c->schema;
    const str whole[] = { STR("") };  // Where the condition does not look at the elements.
    const bool has_paths = paths->count > 0;
    if (schema->rows(schema->context, field->text, has_paths ? paths->at : whole,
                     has_paths ? paths->count : 1, &n->field))
        return OK;
    n->field = AST_FIELD_NONE;
    const enum status status = resolve_plain(c, field, field->text);
    if (status != OK || field->field == AST_FIELD_NONE)
        return status;
    return checker_refuse(c, field->at, "the elements of `%.*s` have no parts", SHOWN(field->text));
}

enum status resolve_list(struct checker *c, const struct ast *item)
{
    const struct eql_lists *lists = c->options->lists;
    const str *at;
    size_t count;
    if (lists != NULL && lists->find(lists->context, item->text, &at, &count)) {
        if (count > EQL_LIST_MAX)
            return lexer_refuse(c->l, ERR_LIMIT, item->at,
                                "the list $%.*s has %zu items; at most %u are used",
                                SHOWN(item->text), count, EQL_LIST_MAX);
        return OK;
    }
    const str nearest = lists == NULL || lists->nearest == NULL
                            ? STR_EMPTY
                            : lists->nearest(lists->context, item->text);
    if (nearest.len > 0)
        return checker_refuse(c, item->at, "no list $%.*s; did you mean $%.*s?", SHOWN(item->text),
                              STR_ARG(nearest));
    return checker_refuse(c, item->at, "no list $%.*s", SHOWN(item->text));
}

enum status checker_refuse(struct checker *c, uint32_t at, const char *format, ...)
{
    char sentence[ERR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (!c->options->lenient)
        return lexer_refuse(c->l, ERR_CONFIG, at, "%s", sentence);
    c->warnings++;
    if (c->options->warn != NULL && c->warnings <= EQL_WARNINGS_MAX)
        c->options->warn(c->options->warn_context, lexer_place(c->l->text, at),
                         c->warnings < EQL_WARNINGS_MAX ? sentence
                                                        : "further warnings are not told");
    return OK;
}
