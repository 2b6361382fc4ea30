// What stands on a terminal at one moment: pieces of text, each with its place and its look. Whoever makes
// one needs no terminal, and a test reads it as lines.
//
// Text may hold any octet: it is made harmless here, cut to its place, and nothing can be put outside of
// the frame.

#ifndef TERMINAL_FRAME_H
#define TERMINAL_FRAME_H

#include "base/arena.h"
#include "base/buf.h"

// More rows and columns are not used.
#define FRAME_ROWS_MAX    500u
#define FRAME_COLUMNS_MAX 1000u

// How a piece looks: what is set of these.
enum look {
    LOOK_PLAIN = 0,
    LOOK_DIM = 1,
    LOOK_BOLD = 2,
    LOOK_REVERSE = 4,
    LOOK_RED = 8,
    LOOK_YELLOW = 16,
    LOOK_CYAN = 32,
};

struct frame_piece {
    unsigned row;
    unsigned column;
    unsigned look;
    str text;  // UTF-8 that a terminal only shows; in the frame's arena, with a NUL behind it.
};

// By value; a zeroed one is empty.
struct frame {
    unsigned rows;
    unsigned columns;
    bool is_ascii;  // The terminal shows nothing else.
    struct arena arena;
    struct frame_piece *pieces;
    size_t count;
    size_t capacity;
    bool has_cursor;
    unsigned cursor_row;
    unsigned cursor_column;
};

void frame_done(struct frame *f);
// Empty, of that size.
void frame_reset(struct frame *f, unsigned rows, unsigned columns);
// At most `width` columns of it; what does not fit ends in "~". With LOOK_REVERSE the place is filled to its
// end. Returns how many columns the text took.
unsigned frame_put(struct frame *f, unsigned row, unsigned column, unsigned width, unsigned look,
                   str text);
// The same of a text that was escaped before: its backslashes stay as they are.
unsigned frame_put_escaped(struct frame *f, unsigned row, unsigned column, unsigned width,
                           unsigned look, str text);
// A row from end to end.
void frame_put_row(struct frame *f, unsigned row, unsigned look, str text);
void frame_put_cursor(struct frame *f, unsigned row, unsigned column);
// As lines without blanks at their ends, for tests.
void frame_add_lines(struct buf *out, const struct frame *f);

// Columns of a text that is escaped (sink_add_escaped), and as much of its beginning as fits.
unsigned frame_columns_of(str safe);
str frame_cut(str safe, unsigned columns);

#endif
