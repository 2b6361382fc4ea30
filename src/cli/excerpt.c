#include "cli/excerpt.h"

#include "base/utf8.h"

#define EXCERPT_WIDE 96u  // Characters of a line that are shown.
#define EXCERPT_LEAD 48u  // Of them before the place, where the line is longer.

static bool take_shown(str *line, char *out, size_t *len);

void excerpt_add(struct buf *b, str line, uint32_t place, uint32_t length)
{
    const uint32_t first = place > EXCERPT_WIDE ? place - EXCERPT_LEAD : 1;
    uint32_t column = 1;
    char shown[4];
    size_t len;
    buf_add(b, STR("  "));
    for (; take_shown(&line, shown, &len) && column < first + EXCERPT_WIDE; column++)
        if (column >= first)
            buf_add(b, (str){ .at = shown, .len = len });
    buf_add(b, STR("\n  "));
    for (uint32_t i = first; i < place; i++)
        buf_add_char(b, ' ');
    buf_add_char(b, '^');
    // Not past what is shown of the line.
    for (uint32_t i = 1; i < length && place + i < column; i++)
        buf_add_char(b, '~');
    buf_add_char(b, '\n');
}

// One character, so that it takes one column; false at the end.
static bool take_shown(str *line, char *out, size_t *len)
{
    if (line->len == 0)
        return false;
    const size_t taken = utf8_len(*line);
    const uint32_t c = taken == 0 ? 0 : utf8_code_point(*line);
    const bool is_plain = c >= 0x20 && (c < 0x7f || c > 0x9f);
    *len = is_plain ? taken : 1;
    memcpy(out, is_plain ? line->at : " ", *len);
    *line = str_from(*line, taken == 0 ? 1 : taken);
    return true;
}
