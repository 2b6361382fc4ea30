#include "base/reader.h"

bytes reader_take(struct reader *r, size_t len)
{
    if (r->failed || len > r->in.len - r->pos) {
        r->failed = true;
        return (bytes){ .at = NULL, .len = 0 };
    }
    // No octets may lie nowhere, and nothing may be added to a null pointer.
    const bytes taken = { .at = len == 0 ? r->in.at : r->in.at + r->pos, .len = len };
    r->pos += len;
    return taken;
}

static uint64_t take_be(struct reader *r, size_t len)
{
    const bytes b = reader_take(r, len);
    uint64_t value = 0;
    for (size_t i = 0; i < b.len; i++)
        value = value << 8 | b.at[i];
    return value;
}

static uint64_t take_le(struct reader *r, size_t len)
{
    const bytes b = reader_take(r, len);
    uint64_t value = 0;
    for (size_t i = b.len; i > 0; i--)
        value = value << 8 | b.at[i - 1];
    return value;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)take_be(r, 1);
}

uint16_t reader_u16be(struct reader *r)
{
    return (uint16_t)take_be(r, 2);
}

uint16_t reader_u16le(struct reader *r)
{
    return (uint16_t)take_le(r, 2);
}

uint32_t reader_u32be(struct reader *r)
{
    return (uint32_t)take_be(r, 4);
}

uint32_t reader_u32le(struct reader *r)
{
    return (uint32_t)take_le(r, 4);
}

uint64_t reader_u64be(struct reader *r)
{
    return take_be(r, 8);
}

uint64_t reader_u64le(struct reader *r)
{
    return take_le(r, 8);
}

str reader_text(struct reader *r, size_t len)
{
    const bytes b = reader_take(r, len);
    if (b.len == 0)
        return STR_EMPTY;
    const uint8_t *nul = memchr(b.at, 0, b.len);
    return (str){ .at = (const char *)b.at, .len = nul == NULL ? b.len : (size_t)(nul - b.at) };
}

bool bytes_slice(bytes whole, uint64_t offset, uint64_t len, bytes *out)
{
    if (offset > whole.len || len > whole.len - offset)
        return false;
    *out = (bytes){ .at = len == 0 ? whole.at : whole.at + offset, .len = (size_t)len };
    return true;
}
