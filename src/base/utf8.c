#include "base/utf8.h"

struct range {
    uint32_t first;
    uint32_t last;
};

// Characters that stand on the one before, and take no column.
static const struct range combining[] = {
    { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x064b, 0x065f },
    { 0x0e34, 0x0e3a }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff },
    { 0x3099, 0x309a }, { 0xfe20, 0xfe2f },
};

// Characters that take two columns.
static const struct range wide[] = {
    { 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
    { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
    { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static bool is_in(uint32_t code_point, const struct range *ranges, size_t count);

uint32_t utf8_code_point(str s)
{
    const unsigned char *u = (const unsigned char *)s.at;
    switch (utf8_len(s)) {
    case 1:
        return u[0];
    case 2:
        return (uint32_t)(u[0] & 0x1f) << 6 | (u[1] & 0x3f);
    case 3:
        return (uint32_t)(u[0] & 0x0f) << 12 | (uint32_t)(u[1] & 0x3f) << 6 | (u[2] & 0x3f);
    default:
        return (uint32_t)(u[0] & 0x07) << 18 | (uint32_t)(u[1] & 0x3f) << 12 |
               (uint32_t)(u[2] & 0x3f) << 6 | (u[3] & 0x3f);
    }
}

size_t utf8_len(str s)
{
    if (s.len == 0)
        return 0;
    const unsigned char *u = (const unsigned char *)s.at;
    const unsigned char first = u[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    const size_t len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (s.len < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    // Overlong forms, surrogates, and what lies past U+10FFFF.
    if ((first == 0xe0 && u[1] < 0xa0) || (first == 0xed && u[1] > 0x9f) ||
        (first == 0xf0 && u[1] < 0x90) || (first == 0xf4 && u[1] > 0x8f))
        return 0;
    return len;
}

// Controls, and what is invisible or changes the order or look of what stands around it:
// C0 and C1, soft hyphen, Arabic and Mongolian marks, fillers, zero-width characters and bidi
// overrides, line and paragraph separators, byte order mark, annotations, tags, variation
// selectors, private use, non-characters.
bool utf8_is_shown(uint32_t code_point)
{
    static const struct range unsafe[] = {
        { 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad },   { 0x034f, 0x034f },
        { 0x061c, 0x061c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
        { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },   { 0x3164, 0x3164 },
        { 0xe000, 0xf8ff }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },
        { 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
    };
    return !is_in(code_point, unsafe, COUNT_OF(unsafe));
}

static bool is_in(uint32_t code_point, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code_point >= ranges[i].first && code_point <= ranges[i].last)
            return true;
    return false;
}

unsigned utf8_columns(uint32_t code_point)
{
    if (code_point < 0x300)
        return 1;
    if (is_in(code_point, combining, COUNT_OF(combining)))
        return 0;
    return is_in(code_point, wide, COUNT_OF(wide)) ? 2 : 1;
}
