#include "base/utf8.h"

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
