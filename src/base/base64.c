#include "base/base64.h"

#define BITS_NONE 64u  // Of an octet that is not in the alphabet.

static uint32_t bits_of(unsigned char c);

bool base64_decode(str text, uint8_t *out, size_t *out_len)
{
    size_t len = 0;
    if (text.len % 4 != 0)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        const char *at = text.at + i;
        const bool is_last = i + 4 == text.len;
        const size_t padding = !is_last || at[3] != '=' ? 0 : at[2] != '=' ? 1 : 2;
        uint32_t group = 0;
        for (size_t k = 0; k < 4 - padding; k++) {
            const uint32_t bits = bits_of((unsigned char)at[k]);
            if (bits == BITS_NONE)
                return false;
            group |= bits << (18 - 6 * k);
        }
        if ((group & ((1u << (8 * padding)) - 1)) != 0)
            return false;
        for (size_t k = 0; k < 3 - padding; k++)
            out[len++] = (uint8_t)(group >> (16 - 8 * k));
    }
    *out_len = len;
    return true;
}

static uint32_t bits_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26u;
    if (c >= '0' && c <= '9')
        return c - '0' + 52u;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : BITS_NONE;
}
