// Query text to tokens, and the sentence that says what is wrong and where.

#ifndef EQL_LEXER_H
#define EQL_LEXER_H

#include "base/arena.h"
#include "eql/eql.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,  // Dotted; `text` is without backticks.
    TOKEN_TEXT,  // `text` is without quotes, escapes undone.
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_SPAN,       // A number with letters behind it: 30s.
    TOKEN_LIST_NAME,  // Dotted; `text` is without the dollar sign.
    TOKEN_SIGN,       // `text` is the sign: "==", "(", "![", ...
    TOKEN_WRONG,      // The lexer has refused; the sentence is made.
};

struct token {
    enum token_kind kind;
    uint32_t at;   // Offset in the query.
    uint32_t end;  // Offset behind it.
    bool quoted;   // NAME: had backticks, so it is no keyword.
    bool folds;    // NAME: followed by a tilde.
    str text;
    int64_t integer;  // INT64_MIN stands for 2^63, which only a minus sign can precede.
    double real;
};

struct lexer {
    str text;
    size_t pos;
    struct arena *arena;  // Unescaped text goes here.
    struct err *err;
    uint32_t wrong_at;
    enum status status;  // OK until something was refused; the first refusal stays.
};

struct token lexer_next(struct lexer *l);

// Records the first refusal, and returns its status.
enum status lexer_refuse(struct lexer *l, enum status status, uint32_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5), cold));

struct eql_place lexer_place(str text, uint32_t at);

#endif
