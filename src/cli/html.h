// Pages in HTML: each one file that fetches nothing, for screens of either brightness and for paper. What comes from
// outside goes through html_add_text() and its like, so that it is text wherever it stands, also in an attribute.

#ifndef CLI_HTML_H
#define CLI_HTML_H

#include "base/buf.h"

#include <stdio.h>

#define HTML_TEXT_MAX (1024u * 1024u)  // Octets of what is written at a time.
#define HTML_NAME_MAX 120u             // Octets of a name; what is longer is cut.

// Up to the body. `title` is escaped; `styles` is CSS of this page, behind that of all, up to a NULL.
void html_add_head(struct buf *out, str title, const char *const *styles);
void html_add_end(struct buf *out);
// Writes what is there, and empties it.
void html_flush(struct buf *out, FILE *stream);

// As on a terminal, so that nothing hides or turns what stands beside it; and without markup.
void html_add_text(struct buf *out, str text);
// The same of at most so many octets, with an ellipsis where there were more.
void html_add_cut(struct buf *out, str text, size_t max);
// A cell of a table; `class` is ours, or NULL.
void html_add_cell(struct buf *out, const char *class, str text);

// "4,980"
void html_add_count(struct buf *out, uint64_t count);
// "86.5 %", rounded so that only all is 100 and only none is 0.
void html_add_share(struct buf *out, uint64_t part, uint64_t whole);
// "2026-03-03" and "2026-03-03 09:02", in UTC.
void html_add_day(struct buf *out, int64_t time_ns);
void html_add_minute(struct buf *out, int64_t time_ns);

// A bar that is divided as the parts are. Each part has a pattern of its own, `kind`, beside its colour; who cannot see it
// gets `title` and the names with their counts.
struct html_part {
    str name;
    uint64_t count;
    const char *kind;  // One of those below.
};
void html_add_bar(struct buf *out, str title, const struct html_part *parts, size_t count,
                  unsigned height);
// The same pattern as a small square, for a legend.
void html_add_swatch(struct buf *out, const char *kind);

// From good to bad, and those that are neither.
#define HTML_RINGED  "ringed"   // Good, and sure.
#define HTML_SOLID   "solid"    // Good.
#define HTML_SLANTED "slanted"  // Fair.
#define HTML_CROSSED "crossed"  // Bad.
#define HTML_DOTTED  "dotted"   // Bad as well.
#define HTML_STRIPED "striped"
#define HTML_HOLLOW  "hollow"
#define HTML_PALE    "pale"

#endif
