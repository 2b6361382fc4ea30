#include "sink/page.h"

#include "base/utf8.h"
#include "sink/sink.h"

#include <inttypes.h>

static const char *const style_codes[] = {
    [SINK_PLAIN] = "",         [SINK_DIM] = "\033[2m",       [SINK_BOLD] = "\033[1m",
    [SINK_RED] = "\033[1;31m", [SINK_YELLOW] = "\033[1;33m", [SINK_CYAN] = "\033[1;36m",
};
#define STYLE_OFF       "\033[0m"

#define HEADING_COLUMNS 3u  // "-- "
#define CUT_COLUMNS     4u  // " ..."

static void add_escape(struct buf *out, uint32_t code_point);
static size_t columns_of_text(str safe);
static void add_margin(struct sink_page *p, const struct sink_margin *m, bool first);
static str take_line(str *rest, size_t columns);
static void add_styled(struct sink_page *p, enum sink_style style, str safe);
static void add_repeated(struct buf *out, str what, size_t times);

void sink_page_init(struct sink_page *p, struct buf *out, unsigned width, bool colour)
{
    *p = (struct sink_page){
        .out = out,
        .width = width > 0 && width < SINK_COLUMNS_MIN ? SINK_COLUMNS_MIN : width,
        .colour = colour,
        .boxes = width > 0 || colour,
    };
    buf_init(&p->safe, SINK_FINDING_MAX);
}

void sink_page_done(struct sink_page *p)
{
    buf_done(&p->safe);
}

void sink_page_heading(struct sink_page *p, enum sink_style style, str text)
{
    const str rule = p->boxes ? STR("\xe2\x94\x80") : STR("-");

    buf_reset(&p->safe);
    sink_add_escaped(&p->safe, text);
    str rest = buf_str(&p->safe);
    const bool fits = p->width == 0 || columns_of_text(rest) + HEADING_COLUMNS <= p->width;
    const str line = take_line(&rest, fits ? SIZE_MAX : p->width - HEADING_COLUMNS - CUT_COLUMNS);
    const size_t used = HEADING_COLUMNS + columns_of_text(line);

    add_repeated(p->out, rule, 2);
    buf_add_char(p->out, ' ');
    add_styled(p, style, line);
    if (!fits)
        buf_add(p->out, STR(" ..."));
    else if (used < p->width) {
        buf_add_char(p->out, ' ');
        add_repeated(p->out, rule, p->width - used - 1);
    }
    buf_add_char(p->out, '\n');
}

void sink_page_paragraph(struct sink_page *p, const struct sink_margin *margin, str text)
{
    // A label that is longer than its column moves the text.
    struct sink_margin m = *margin;
    const size_t label = columns_of_text(m.label);
    if (label > m.label_columns)
        m.label_columns = (unsigned)label;
    const size_t left = m.indent + m.label_columns;
    // One column at least, so that a margin as wide as the page still gets its text out.
    const size_t columns = p->width == 0 ? SIZE_MAX : p->width > left ? p->width - left : 1;

    buf_reset(&p->safe);
    sink_add_escaped(&p->safe, text);
    str rest = buf_str(&p->safe);
    for (bool first = true; rest.len > 0; first = false) {
        add_margin(p, &m, first);
        add_styled(p, m.text_style, take_line(&rest, columns));
        buf_add_char(p->out, '\n');
    }
    p->out->failed = p->out->failed || p->safe.failed;
}

// The label on the first line, blanks on the others.
static void add_margin(struct sink_page *p, const struct sink_margin *m, bool first)
{
    const size_t label = first ? columns_of_text(m->label) : 0;
    add_repeated(p->out, STR(" "), m->indent);
    if (first)
        add_styled(p, m->label_style, m->label);
    add_repeated(p->out, STR(" "), label < m->label_columns ? m->label_columns - label : 0);
}

// As much of the front as fits, up to a space where there is one; at least one character.
static str take_line(str *rest, size_t columns)
{
    size_t at = 0;
    size_t used = 0;
    size_t space = 0;  // Where the last word that fits has ended.
    while (at < rest->len) {
        const str character = str_from(*rest, at);
        const size_t len = utf8_len(character);
        used += utf8_columns(utf8_code_point(character));
        if (used > columns && at > 0)
            break;
        if (character.at[0] == ' ')
            space = at;
        at += len;
    }
    const bool all = at == rest->len;
    // A line that is full just where a word ends needs no earlier break.
    const bool ends = !all && rest->at[at] == ' ';
    const size_t end = all || ends || space == 0 ? at : space;
    str line = str_to(*rest, end);
    while (line.len > 1 && line.at[line.len - 1] == ' ')
        line.len--;
    *rest = str_from(*rest, end);
    while (rest->len > 0 && rest->at[0] == ' ')
        *rest = str_from(*rest, 1);
    return line;
}

static void add_styled(struct sink_page *p, enum sink_style style, str safe)
{
    const bool styled = p->colour && style != SINK_PLAIN && safe.len > 0;
    if (styled)
        buf_add(p->out, str_of(style_codes[style]));
    buf_add(p->out, safe);
    if (styled)
        buf_add(p->out, STR(STYLE_OFF));
}

static void add_repeated(struct buf *out, str what, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_add(out, what);
}

void sink_page_blank(struct sink_page *p)
{
    buf_add_char(p->out, '\n');
}

str sink_page_separator(const struct sink_page *p)
{
    return p->boxes ? STR(" \xc2\xb7 ") : STR(" | ");
}

void sink_add_escaped(struct buf *out, str s)
{
    for (size_t len; s.len > 0; s = str_from(s, len)) {
        len = utf8_len(s);
        if (len == 0) {
            len = 1;
            buf_printf(out, "\\x%02x", (unsigned)(unsigned char)s.at[0]);
            continue;
        }
        const uint32_t code_point = utf8_code_point(s);
        if (code_point == '\\' || !utf8_is_shown(code_point))
            add_escape(out, code_point);
        else
            buf_add(out, str_to(s, len));
    }
}

static void add_escape(struct buf *out, uint32_t code_point)
{
    if (code_point == '\\')
        buf_add(out, STR("\\\\"));
    else if (code_point == '\n')
        buf_add(out, STR("\\n"));
    else if (code_point == '\t')
        buf_add(out, STR("\\t"));
    else if (code_point < 0x80)
        buf_printf(out, "\\x%02" PRIx32, code_point);
    else
        buf_printf(out, "\\u{%" PRIx32 "}", code_point);
}

static size_t columns_of_text(str safe)
{
    size_t columns = 0;
    for (size_t len; safe.len > 0; safe = str_from(safe, len)) {
        len = utf8_len(safe);
        if (len == 0)
            len = 1;
        else
            columns += utf8_columns(utf8_code_point(safe));
    }
    return columns;
}
