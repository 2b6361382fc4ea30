#include "query/show.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define REAL_DIGITS_MIN 15
#define REAL_DIGITS_MAX 17  // Enough for every double.

static size_t string_len(str text);
static void add_sound(struct buf *b, str text);
static void add_real(struct buf *b, double real);

void show_compact(struct buf *b, str text)
{
    size_t plain = 0;  // Start of the run that is taken as it is.
    size_t i = 0;
    while (i < text.len) {
        const char c = text.at[i];
        if (c == '"') {
            i += string_len(str_from(text, i));
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            add_sound(b, (str){ .at = text.at + plain, .len = i - plain });
            plain = ++i;
        } else {
            i++;
        }
    }
    add_sound(b, (str){ .at = text.at + plain, .len = text.len - plain });
}

// Of the string that `text` begins with, with its quotes.
static size_t string_len(str text)
{
    size_t i = 1;
    while (i < text.len && text.at[i] != '"')
        i += text.at[i] == '\\' && i + 1 < text.len ? 2 : 1;
    return i < text.len ? i + 1 : text.len;
}

static void add_sound(struct buf *b, str text)
{
    size_t plain = 0;
    size_t i = 0;
    while (i < text.len) {
        const size_t len = (unsigned char)text.at[i] < 0x80 ? 1 : utf8_len(str_from(text, i));
        if (len > 0) {
            i += len;
            continue;
        }
        buf_add(b, (str){ .at = text.at + plain, .len = i - plain });
        buf_add(b, STR("\xef\xbf\xbd"));
        plain = ++i;
    }
    buf_add(b, (str){ .at = text.at + plain, .len = text.len - plain });
}

void show_value(struct buf *b, const struct pomona_eql_value *value)
{
    switch (value->type) {
    case POMONA_EQL_MISSING:
        buf_add(b, STR("null"));
        break;
    case POMONA_EQL_BOOLEAN:
        buf_add(b, value->boolean ? STR("true") : STR("false"));
        break;
    case POMONA_EQL_INTEGER:
        buf_printf(b, "%" PRId64, value->integer);
        break;
    case POMONA_EQL_REAL:
        add_real(b, value->real);
        break;
    case POMONA_EQL_STRING:
        buf_add_char(b, '"');
        buf_add_json(b, (str){ .at = value->string, .len = value->len });
        buf_add_char(b, '"');
        break;
    case POMONA_EQL_LIST:
        buf_add_char(b, '[');
        for (size_t i = 0; i < value->len; i++) {
            if (i > 0)
                buf_add_char(b, ',');
            show_value(b, &value->list[i]);
        }
        buf_add_char(b, ']');
        break;
    }
}

static void add_real(struct buf *b, double real)
{
    char text[48];
    if (isnan(real)) {
        buf_add(b, STR("null"));
        return;
    }
    if (isinf(real)) {
        buf_add(b, real < 0 ? STR("-1e999") : STR("1e999"));
        return;
    }
    for (int digits = REAL_DIGITS_MIN; digits <= REAL_DIGITS_MAX; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    buf_add(b, str_of(text));
    if (strpbrk(text, ".e") == NULL)
        buf_add(b, STR(".0"));
}
