// Names of a query: what field, category, alias, list or variable each of them means.

#ifndef EQL_RESOLVE_H
#define EQL_RESOLVE_H

#include "eql/ast.h"
#include "eql/plan.h"

#define SHOWN_MAX 80u  // Octets of a name that a sentence repeats.

// A name as a sentence shows it.
#define SHOWN(s) STR_ARG(str_to(s, SHOWN_MAX))

// Below one element, of the _arraysearch that is checked.
struct paths {
    str at[EQL_PATHS_MAX];
    uint32_t count;
};

struct checker {
    struct lexer *l;
    const struct eql_options *options;
    const struct eql_schema *schema;
    struct ast_query *query;
    const struct ast_stage *stage;  // Whose condition is checked; NULL where aliases mean nothing.
    struct paths *paths;            // NULL outside of _arraysearch.
    uint32_t warnings;
};

// What keeps a query from meaning anything: a refusal, or a warning where the operator asked for
// that.
enum status checker_refuse(struct checker *c, uint32_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum status resolve_category(struct checker *c, struct ast_stage *stage);
// That no other stage before it has the same alias.
enum status resolve_alias(struct checker *c, const struct ast_stage *stage);
enum status resolve_field(struct checker *c, struct ast *n);
enum status resolve_variable(struct checker *c, struct ast *n);
// The slot of an _arraysearch, when the paths of its condition are known.
enum status resolve_rows(struct checker *c, struct ast *n, const struct paths *paths);
enum status resolve_list(struct checker *c, const struct ast *item);

#endif
