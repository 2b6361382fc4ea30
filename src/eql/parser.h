// What the parts of the parser share: the current token and what is expected of it.
// Refusal is sticky, as in the lexer: the first one stays, and every later step does nothing.

#ifndef EQL_PARSER_H
#define EQL_PARSER_H

#include "eql/ast.h"

struct parser {
    struct lexer *lexer;
    struct token token;     // The one looked at.
    uint32_t previous_end;  // Offset behind the one before it.
    uint32_t depth;
    uint32_t node_count;
    str variable;  // Of the _arraysearch whose condition is read; empty outside of one.
    bool in_lineage;
};

// NULL where something was refused.
struct ast *parser_take_condition(struct parser *p);

// query.c: CATEGORY where CONDITION
void parser_take_body(struct parser *p, struct ast_stage *stage);
// primary.c: a literal, a field, a call, or a condition in parentheses.
struct ast *parser_take_primary(struct parser *p);

// Nodes. NULL once anything was refused, so that callers may go on and ask at the end.
struct ast *parser_node(struct parser *p, enum ast_kind kind, uint32_t at);
void parser_adopt(struct parser *p, struct ast *to, struct ast *child);

void parser_next(struct parser *p);
bool parser_failed(const struct parser *p);
// Keywords are lower-case; a name in backticks is none.
bool parser_at_word(const struct parser *p, const char *word);
bool parser_accepts_word(struct parser *p, const char *word);
// The same, where the word may have a tilde.
bool parser_accepts_word_folding(struct parser *p, const char *word);
bool parser_at_sign(const struct parser *p, const char *sign);
bool parser_accepts_sign(struct parser *p, str sign);
void parser_expect_sign(struct parser *p, str sign, const char *sentence);
void parser_refuse(struct parser *p, enum status status, uint32_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5), cold));
// "expected WHAT, found TOKEN"
void parser_refuse_token(struct parser *p, const char *expected);

#endif
