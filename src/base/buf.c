#include "base/buf.h"

#include "base/arena.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char *room_for(struct buf *b, size_t more);

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
    free(b->at);
    *b = (struct buf){ 0 };
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

void buf_add(struct buf *b, str s)
{
    if (s.len == 0)
        return;
    char *to = room_for(b, s.len);
    if (to == NULL)
        return;
    memcpy(to, s.at, s.len);
    b->len += s.len;
}

// Where `more` octets can be written, or NULL when they would pass the maximum.
static char *room_for(struct buf *b, size_t more)
{
    if (b->failed || more > b->max - b->len) {
        b->failed = true;
        return NULL;
    }
    if (b->capacity - b->len < more) {
        size_t capacity = b->capacity < 256 ? 256 : b->capacity;
        while (capacity - b->len < more)
            capacity *= 2;
        b->at = memory_resize(b->at, capacity);
        b->capacity = capacity;
    }
    return b->at + b->len;
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, (str){ .at = &c, .len = 1 });
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_list again;
    // Most texts fit into what is there.
    const size_t there = b->at == NULL ? 0 : b->capacity - b->len;
    va_start(args, format);
    va_copy(again, args);
    const int len = vsnprintf(there > 0 ? b->at + b->len : NULL, there, format, args);
    va_end(args);
    if (len >= 0) {
        char *to = room_for(b, (size_t)len + 1);
        if (to != NULL) {
            if ((size_t)len >= there)
                (void)vsnprintf(to, (size_t)len + 1, format, again);
            b->len += (size_t)len;
        }
    }
    va_end(again);
}

// ASCII as it is.
static bool stands_in_json(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void add_utf16(struct buf *b, uint32_t code_point);

void buf_add_json(struct buf *b, str s)
{
    size_t plain = 0;  // Start of the run that needs no escape.
    size_t i = 0;
    while (i < s.len) {
        const unsigned char c = (unsigned char)s.at[i];
        if (stands_in_json(c)) {
            i++;
            continue;
        }
        const size_t len = c < 0x80 ? 1 : utf8_len(str_from(s, i));
        const uint32_t code_point = len > 1 ? utf8_code_point(str_from(s, i)) : c;
        if (len > 1 && utf8_is_shown(code_point)) {
            i += len;
            continue;
        }
        buf_add(b, (str){ .at = s.at + plain, .len = i - plain });
        if (len > 1)
            add_utf16(b, code_point);
        else if (len == 0)
            buf_add(b, STR("\xef\xbf\xbd"));
        else if (c == '"' || c == '\\')
            buf_add(b, (str){ .at = (const char[]){ '\\', (char)c }, .len = 2 });
        else if (c == '\n')
            buf_add(b, STR("\\n"));
        else if (c == '\t')
            buf_add(b, STR("\\t"));
        else
            add_utf16(b, c);
        i += len > 1 ? len : 1;
        plain = i;
    }
    buf_add(b, (str){ .at = s.at + plain, .len = s.len - plain });
}

// As JSON names a character by number: in one unit of UTF-16, or two.
static void add_utf16(struct buf *b, uint32_t code_point)
{
    if (code_point < 0x10000) {
        buf_printf(b, "\\u%04x", (unsigned)code_point);
        return;
    }
    const unsigned rest = (unsigned)code_point - 0x10000;
    buf_printf(b, "\\u%04x\\u%04x", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
}

void buf_add_printable(struct buf *b, str s)
{
    while (s.len > 0) {
        const size_t len = utf8_len(s);
        const uint32_t c = len == 0 ? 0 : utf8_code_point(s);
        const bool is_shown = c == '\n' || utf8_is_shown(c);
        const size_t taken = len == 0 ? 1 : len;
        for (size_t i = 0; i < taken && !is_shown; i++)
            buf_printf(b, "\\x%02x", (unsigned)(unsigned char)s.at[i]);
        if (is_shown)
            buf_add(b, str_to(s, taken));
        s = str_from(s, taken);
    }
}

void buf_add_cell(struct buf *b, str s, bool is_quoted)
{
    static const str formulas = STR_INIT("=+-@");
    static const str parting = STR_INIT(",;\"\n");
    for (size_t i = 0; i < s.len && !is_quoted; i++)
        is_quoted = str_find_char(parting, s.at[i]) < parting.len;
    if (is_quoted)
        buf_add_char(b, '"');
    if (s.len > 0 && str_find_char(formulas, s.at[0]) < formulas.len)
        buf_add_char(b, '\'');
    while (s.len > 0) {
        const size_t len = str_find_char(s, '"');
        buf_add_printable(b, str_to(s, len));
        if (len < s.len)
            buf_add(b, STR("\"\""));
        s = str_from(s, len + 1);
    }
    if (is_quoted)
        buf_add_char(b, '"');
}
