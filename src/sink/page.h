// Lines for a terminal: labelled paragraphs, wrapped at its width, with hostile text made
// harmless. Whatever is handed in as text may hold any octet; what comes out is UTF-8 without
// control characters, without characters that reorder or hide others, and one line where a
// line was meant.

#ifndef SINK_PAGE_H
#define SINK_PAGE_H

#include "base/buf.h"

// A terminal that says it is narrower is treated as this wide.
#define SINK_COLUMNS_MIN 48u

enum sink_style {
    SINK_PLAIN,
    SINK_DIM,
    SINK_BOLD,
    SINK_RED,
    SINK_YELLOW,
    SINK_CYAN,
};

struct sink_page {
    struct buf *out;
    unsigned width;  // 0: lines are not wrapped.
    bool colour;
    bool boxes;       // Lines and dots beyond ASCII may be drawn.
    struct buf safe;  // Scratch: a paragraph's text, escaped.
};

struct sink_margin {
    unsigned indent;
    str label;
    unsigned label_columns;  // The text starts so far behind the indent.
    enum sink_style label_style;
    enum sink_style text_style;
};

void sink_page_init(struct sink_page *p, struct buf *out, unsigned width, bool colour);
void sink_page_done(struct sink_page *p);
// A line across the page with text in it; what does not fit is cut.
void sink_page_heading(struct sink_page *p, enum sink_style style, str text);
// Nothing at all for empty text.
void sink_page_paragraph(struct sink_page *p, const struct sink_margin *margin, str text);
void sink_page_blank(struct sink_page *p);
// What stands between parts of a line: " · " or " | ".
str sink_page_separator(const struct sink_page *p);

// Adds `s` with everything escaped that a terminal could act on or a reader could be deceived
// by: \n, \x1b, \u{202e}, and \xff for octets that are not UTF-8. A backslash is doubled, so
// that what is read as an escape is one.
void sink_add_escaped(struct buf *out, str s);

#endif
