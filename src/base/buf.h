// Text that grows, up to a maximum that is given once. Past it the buffer fails for good:
// later appends do nothing, and `failed` says so at the end.

#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
    char *at;
    size_t len;
    size_t capacity;
    size_t max;
    bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
void buf_reset(struct buf *b);  // Empty again, memory kept, `failed` cleared.

void buf_add(struct buf *b, str s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Appends `s` as the inside of a JSON string: quotes, backslashes and control characters
// escaped, octets that are not UTF-8 replaced by U+FFFD.
void buf_add_json(struct buf *b, str s);

// Appends `s` so that a terminal only shows it: control characters but the newline, and octets
// that are not UTF-8, as \xHH.
void buf_add_printable(struct buf *b, str s);

// Appends `s` as a cell of CSV, in quotes where they are needed or wanted. Control characters are made visible
// as above; and before what a spreadsheet would take for a formula, since it begins with =, +, - or @, stands an
// apostrophe.
void buf_add_cell(struct buf *b, str s, bool is_quoted);

// What was built; valid until the next append, reset or done.
static inline str buf_str(const struct buf *b)
{
    return b->len == 0 ? STR_EMPTY : (str){ .at = b->at, .len = b->len };
}

#endif
