// A long text that is scrolled through, in lines as wide as the terminal.

#ifndef TERMINAL_VIEW_H
#define TERMINAL_VIEW_H

#include "terminal/frame.h"
#include "terminal/key.h"

#define VIEW_TEXT_MAX \
    (32u * 1024u * 1024u)  // Octets; what is behind them is left out, and said so.
#define VIEW_LINES_MAX 500000u

struct view_line {
    size_t at;
    size_t len;
};

// By value; a zeroed one is empty.
struct view {
    char *text;
    size_t len;
    struct view_line *lines;
    size_t count;
    size_t capacity;
    size_t top;
};

void view_done(struct view *v);
// Keeps a copy of a text that is escaped. Lines that are wider are broken, at a blank where there is one. Stays where it was where
// `keeps_place`.
void view_set(struct view *v, str text, unsigned columns, bool keeps_place);
// Whether the key is one that scrolls, and has. `height`: rows that are shown.
bool view_press(struct view *v, uint32_t key, unsigned height);
void view_draw(struct view *v, struct frame *f, unsigned row, unsigned height);

#endif
