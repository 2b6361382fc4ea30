#include "terminal/frame.h"

#include "base/utf8.h"
#include "sink/page.h"

#include <inttypes.h>
#include <stdlib.h>

#define TEXT_MAX (64u * FRAME_COLUMNS_MAX)
#define CUT_MARK STR("~")

static unsigned put(struct frame *f, const struct frame_piece *wanted, unsigned width,
                    bool is_escaped);
static void add_safe(struct buf *out, str text, bool is_ascii, bool is_escaped);
static void add_place(struct buf *out, str safe, unsigned width, bool is_filled);
static void lay_over(struct buf *line, struct buf *before, const struct frame_piece *piece);

void frame_done(struct frame *f)
{
    arena_done(&f->arena);
    free(f->pieces);
    *f = (struct frame){ .rows = 0 };
}

void frame_reset(struct frame *f, unsigned rows, unsigned columns)
{
    arena_reset(&f->arena);
    f->count = 0;
    f->has_cursor = false;
    f->rows = rows < FRAME_ROWS_MAX ? rows : FRAME_ROWS_MAX;
    f->columns = columns < FRAME_COLUMNS_MAX ? columns : FRAME_COLUMNS_MAX;
}

unsigned frame_put(struct frame *f, unsigned row, unsigned column, unsigned width, unsigned look,
                   str text)
{
    return put(f, &(struct frame_piece){ row, column, look, text }, width, false);
}

unsigned frame_put_escaped(struct frame *f, unsigned row, unsigned column, unsigned width,
                           unsigned look, str text)
{
    return put(f, &(struct frame_piece){ row, column, look, text }, width, true);
}

static unsigned put(struct frame *f, const struct frame_piece *wanted, unsigned width,
                    bool is_escaped)
{
    struct buf safe;
    struct buf place;
    if (wanted->row >= f->rows || wanted->column >= f->columns)
        return 0;
    if (width > f->columns - wanted->column)
        width = f->columns - wanted->column;
    buf_init(&safe, TEXT_MAX);
    buf_init(&place, TEXT_MAX);
    // More octets than that are never shown, and need not be looked at.
    add_safe(&safe, str_to(wanted->text, 4 * (size_t)FRAME_COLUMNS_MAX), f->is_ascii, is_escaped);
    add_place(&place, buf_str(&safe), width, (wanted->look & LOOK_REVERSE) != 0);
    const unsigned taken = frame_columns_of(buf_str(&safe));
    if (place.len > 0) {
        if (f->count == f->capacity) {
            f->capacity = f->capacity == 0 ? 256 : 2 * f->capacity;
            f->pieces = memory_resize(f->pieces, f->capacity * sizeof *f->pieces);
        }
        f->pieces[f->count] = *wanted;
        f->pieces[f->count++].text = arena_str(&f->arena, buf_str(&place));
    }
    buf_done(&place);
    buf_done(&safe);
    return taken < width ? taken : width;
}

// What is beyond ASCII is escaped as well where it would not be shown.
static void add_safe(struct buf *out, str text, bool is_ascii, bool is_escaped)
{
    for (size_t len; text.len > 0; text = str_from(text, len)) {
        len = utf8_len(text);
        if (len > 1 && is_ascii)
            buf_printf(out, "\\u{%" PRIx32 "}", utf8_code_point(text));
        else if (is_escaped && text.at[0] == '\\')
            buf_add_char(out, '\\');
        else
            sink_add_escaped(out, str_to(text, len > 0 ? len : 1));
        if (len == 0)
            len = 1;
    }
}

static void add_place(struct buf *out, str safe, unsigned width, bool is_filled)
{
    unsigned taken = frame_columns_of(safe);
    if (taken > width && width > 0) {
        const str cut = frame_cut(safe, width - 1);
        buf_add(out, cut);
        buf_add(out, CUT_MARK);
        taken = frame_columns_of(cut) + 1;
    } else if (width > 0) {
        buf_add(out, safe);
    }
    for (; is_filled && taken < width; taken++)
        buf_add_char(out, ' ');
}

void frame_put_row(struct frame *f, unsigned row, unsigned look, str text)
{
    (void)frame_put(f, row, 0, f->columns, look, text);
}

void frame_put_cursor(struct frame *f, unsigned row, unsigned column)
{
    f->has_cursor = row < f->rows && column < f->columns;
    f->cursor_row = row;
    f->cursor_column = column;
}

unsigned frame_columns_of(str safe)
{
    unsigned columns = 0;
    for (size_t len; safe.len > 0; safe = str_from(safe, len)) {
        len = utf8_len(safe);
        if (len > 0)
            columns += utf8_columns(utf8_code_point(safe));
        else
            len = 1;
    }
    return columns;
}

str frame_cut(str safe, unsigned columns)
{
    size_t at = 0;
    unsigned used = 0;
    while (at < safe.len) {
        const str rest = str_from(safe, at);
        const size_t len = utf8_len(rest);
        used += len > 0 ? utf8_columns(utf8_code_point(rest)) : 0;
        if (used > columns)
            break;
        at += len > 0 ? len : 1;
    }
    return str_to(safe, at);
}

void frame_add_lines(struct buf *out, const struct frame *f)
{
    struct buf line;
    struct buf before;
    buf_init(&line, TEXT_MAX);
    buf_init(&before, TEXT_MAX);
    for (unsigned row = 0; row < f->rows; row++) {
        buf_reset(&line);
        for (size_t i = 0; i < f->count; i++)
            if (f->pieces[i].row == row)
                lay_over(&line, &before, &f->pieces[i]);
        while (line.len > 0 && line.at[line.len - 1] == ' ')
            line.len--;
        buf_add(out, buf_str(&line));
        buf_add_char(out, '\n');
    }
    buf_done(&before);
    buf_done(&line);
}

// A later piece stands over an earlier one.
static void lay_over(struct buf *line, struct buf *before, const struct frame_piece *piece)
{
    buf_reset(before);
    buf_add(before, buf_str(line));
    buf_reset(line);
    const str old = buf_str(before);
    add_place(line, frame_cut(old, piece->column), piece->column, true);
    buf_add(line, piece->text);
    const unsigned end = piece->column + frame_columns_of(piece->text);
    buf_add(line, str_from(old, frame_cut(old, end).len));
}
