// Comma-separated values as RFC 4180 has them, of text that is in memory, one row after the other.
//
// Spreadsheets write more than the RFC says, and that much is read too: a byte order mark, lines that end
// with CR, LF or both, and semicolons or tabs instead of commas, which the first row tells. What
// is damaged is refused with its place, and never mended by a guess: the sentence begins with the line and the
// column, both from 1, the column in characters.

#ifndef ASSETS_CSV_H
#define ASSETS_CSV_H

#include "base/err.h"
#include "base/str.h"

#define CSV_CELL_MAX  (64u * 1024u)
#define CSV_ROW_MAX   (1024u * 1024u)  // Octets of all cells.
#define CSV_CELLS_MAX 1024u            // Of a row.

struct csv;

struct csv_row {
    const str *cells;
    size_t count;
    uint64_t line;            // Where it begins,
    const uint64_t *columns;  // and where each cell does; in the line that the cell begins in.
};

// `text` is borrowed.
struct csv *csv_new(str text);
void csv_free(struct csv *c);

// A row of at least one cell; empty lines are none. `*out` lives until the next call. END behind the last;
// ERR_FORMAT where it is no such text, ERR_LIMIT where a cell or a row is too large.
MUST_CHECK enum status csv_next(struct csv *c, struct csv_row *out, struct err *err);

#endif
