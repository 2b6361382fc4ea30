#include "assets/csv.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>

struct place {
    uint64_t line;
    uint64_t column;
};

struct csv {
    str text;
    size_t at;
    struct place place;  // Of the octet at `at`.
    char separator;      // NUL: not known yet.
    bool is_begun;
    struct buf row;              // The cells' text, one behind the other.
    size_t ends[CSV_CELLS_MAX];  // Of each cell in it.
    str cells[CSV_CELLS_MAX];
    uint64_t columns[CSV_CELLS_MAX];
};

// What a cell ended with.
enum ending {
    ENDS_CELL,
    ENDS_ROW,
};

static enum status begin(struct csv *c, struct err *err);
static enum status read_row(struct csv *c, size_t *count, bool *is_blank, struct err *err);
static enum status read_plain(struct csv *c, enum ending *out, struct err *err);
static enum status read_quoted(struct csv *c, enum ending *out, struct err *err);
static bool take_ending(struct csv *c, enum ending *out);
static bool is_separator(struct csv *c, char octet);
static enum status add(struct csv *c, size_t cell, struct place begin, struct err *err);
static size_t character_len(const struct csv *c);
static void step(struct csv *c, size_t len);
static enum status refuse(struct place place, enum status status, const char *what,
                          struct err *err);

struct csv *csv_new(str text)
{
    struct csv *c = memory_zeroed(1, sizeof *c);
    c->text = text;
    c->place = (struct place){ .line = 1, .column = 1 };
    buf_init(&c->row, CSV_ROW_MAX + 1);
    return c;
}

void csv_free(struct csv *c)
{
    if (c == NULL)
        return;
    buf_done(&c->row);
    free(c);
}

enum status csv_next(struct csv *c, struct csv_row *out, struct err *err)
{
    enum status status = c->is_begun ? OK : begin(c, err);
    while (status == OK && c->at < c->text.len) {
        size_t count = 0;
        bool is_blank;
        const uint64_t line = c->place.line;
        status = read_row(c, &count, &is_blank, err);
        if (status != OK || is_blank)
            continue;
        size_t from = 0;
        const str all = buf_str(&c->row);
        for (size_t i = 0; i < count; i++) {
            c->cells[i] = str_from(str_to(all, c->ends[i]), from);
            from = c->ends[i];
        }
        *out = (struct csv_row){
            .cells = c->cells, .count = count, .line = line, .columns = c->columns
        };
        return OK;
    }
    return status == OK ? END : status;
}

static enum status begin(struct csv *c, struct err *err)
{
    c->is_begun = true;
    if (str_starts_with(c->text, STR("\xff\xfe")) || str_starts_with(c->text, STR("\xfe\xff")))
        return refuse(c->place, ERR_FORMAT, "this is UTF-16; save it as UTF-8", err);
    if (str_starts_with(c->text, STR("\xef\xbb\xbf")))
        c->at = 3;
    return OK;
}

static enum status read_row(struct csv *c, size_t *count, bool *is_blank, struct err *err)
{
    enum ending ending = ENDS_CELL;
    bool is_quoted = false;
    buf_reset(&c->row);
    while (ending == ENDS_CELL) {
        if (*count == CSV_CELLS_MAX)
            return refuse(c->place, ERR_LIMIT, "a row has at most 1024 cells", err);
        c->columns[*count] = c->place.column;
        is_quoted = c->at < c->text.len && c->text.at[c->at] == '"';
        const enum status status =
            is_quoted ? read_quoted(c, &ending, err) : read_plain(c, &ending, err);
        if (status != OK)
            return status;
        c->ends[(*count)++] = c->row.len;
    }
    // What parts cells is known from the first row that has some.
    *is_blank = *count == 1 && c->row.len == 0 && !is_quoted;
    if (c->separator == '\0' && !*is_blank)
        c->separator = ',';
    return OK;
}

static enum status read_plain(struct csv *c, enum ending *out, struct err *err)
{
    const size_t cell = c->row.len;
    const struct place begins = c->place;
    while (!take_ending(c, out)) {
        if (c->text.at[c->at] == '"')
            return refuse(
                c->place, ERR_FORMAT,
                "a quote within a cell that does not begin with one; put the cell in quotes "
                "and double this one",
                err);
        const enum status status = add(c, cell, begins, err);
        if (status != OK)
            return status;
    }
    return OK;
}

static enum status read_quoted(struct csv *c, enum ending *out, struct err *err)
{
    const size_t cell = c->row.len;
    const struct place begins = c->place;
    step(c, 1);
    for (;;) {
        if (c->at == c->text.len)
            return refuse(begins, ERR_FORMAT, "the quote that opens here is never closed", err);
        if (c->text.at[c->at] == '"') {
            step(c, 1);
            if (c->at == c->text.len || c->text.at[c->at] != '"')
                break;
        }
        const enum status status = add(c, cell, begins, err);
        if (status != OK)
            return status;
    }
    return take_ending(c, out) ? OK
                               : refuse(c->place, ERR_FORMAT,
                                        "there is text behind the closing quote of a cell", err);
}

// The end of the text ends a row.
static bool take_ending(struct csv *c, enum ending *out)
{
    if (c->at == c->text.len) {
        *out = ENDS_ROW;
        return true;
    }
    const char octet = c->text.at[c->at];
    const bool ends_row = octet == '\n' || octet == '\r';
    if (!ends_row && !is_separator(c, octet))
        return false;
    *out = ends_row ? ENDS_ROW : ENDS_CELL;
    step(c, 1);
    return true;
}

static bool is_separator(struct csv *c, char octet)
{
    if (c->separator == '\0' && (octet == ',' || octet == ';' || octet == '\t'))
        c->separator = octet;
    return c->separator != '\0' && octet == c->separator;
}

static enum status add(struct csv *c, size_t cell, struct place begin, struct err *err)
{
    const size_t len = character_len(c);
    if (len == 0)
        return refuse(c->place, ERR_FORMAT,
                      c->text.at[c->at] == '\0'
                          ? "a NUL, which no text has; is it UTF-16? Save it as UTF-8"
                          : "this is not UTF-8; save the file as UTF-8",
                      err);
    if (c->row.len + len - cell > CSV_CELL_MAX)
        return refuse(begin, ERR_LIMIT,
                      "the cell that begins here is larger than 64 KiB; is a quote not closed?",
                      err);
    if (c->row.len + len > CSV_ROW_MAX)
        return refuse(begin, ERR_LIMIT, "the row is larger than 1 MiB", err);
    buf_add(&c->row, (str){ .at = c->text.at + c->at, .len = len });
    step(c, len);
    return OK;
}

// 0 where it is no text.
static size_t character_len(const struct csv *c)
{
    const unsigned char octet = (unsigned char)c->text.at[c->at];
    if (octet < 0x80)
        return octet == 0 ? 0 : 1;
    return utf8_len(str_from(c->text, c->at));
}

static void step(struct csv *c, size_t len)
{
    const char octet = c->text.at[c->at];
    c->at += len;
    c->place.column++;
    // Of CR and LF together the second ends the line.
    const bool is_pair = octet == '\r' && c->at < c->text.len && c->text.at[c->at] == '\n';
    if (octet == '\n' || (octet == '\r' && !is_pair))
        c->place = (struct place){ .line = c->place.line + 1, .column = 1 };
}

static enum status refuse(struct place place, enum status status, const char *what, struct err *err)
{
    return fail(err, status, "%" PRIu64 ":%" PRIu64 ": %s", place.line, place.column, what);
}
