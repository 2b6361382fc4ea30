#include "macho/ber.h"

#define TAG_NUMBER      0x1fu
#define TAG_CONSTRUCTED 0x20u
#define LENGTH_LONG     0x80u
#define LENGTH_BYTES    4u  // More than that is larger than anything we read.

static bool take_length(struct reader *r, uint32_t *out);
static void skip_to_end(struct reader *r);

struct ber ber_take(struct reader *r)
{
    struct ber value = { .tag = 0 };
    uint32_t len = 0;
    const size_t start = r->pos;
    value.tag = reader_u8(r);
    if ((value.tag & TAG_NUMBER) == TAG_NUMBER)
        r->failed = true;
    value.is_indefinite = take_length(r, &len);
    if (value.is_indefinite && !(value.tag & TAG_CONSTRUCTED))
        r->failed = true;
    const size_t content = r->pos;
    size_t content_end;
    if (value.is_indefinite) {
        skip_to_end(r);
        content_end = r->pos - 2;
    } else {
        (void)reader_take(r, len);
        content_end = r->pos;
    }
    if (r->failed)
        return (struct ber){ .tag = 0 };
    value.content = (bytes){ .at = r->in.at + content, .len = content_end - content };
    value.whole = (bytes){ .at = r->in.at + start, .len = r->pos - start };
    return value;
}

struct ber ber_expect(struct reader *r, uint8_t tag)
{
    if (ber_peek(r) != tag)
        r->failed = true;
    return ber_take(r);
}

uint8_t ber_peek(const struct reader *r)
{
    return ber_at_end(r) ? 0 : r->in.at[r->pos];
}

// True where the length is not told.
static bool take_length(struct reader *r, uint32_t *out)
{
    const uint8_t first = reader_u8(r);
    if (first < LENGTH_LONG) {
        *out = first;
        return false;
    }
    const unsigned count = first & (LENGTH_LONG - 1);
    if (count > LENGTH_BYTES)
        r->failed = true;
    for (unsigned i = 0; i < count && !r->failed; i++)
        *out = *out << 8 | reader_u8(r);
    return count == 0;
}

// Behind the two zeros that end an indefinite value: others may lie in it, as deep as there is room.
static void skip_to_end(struct reader *r)
{
    size_t open = 1;
    while (open > 0 && !r->failed) {
        uint32_t len = 0;
        const uint8_t tag = reader_u8(r);
        const bool is_indefinite = take_length(r, &len);
        if ((tag & TAG_NUMBER) == TAG_NUMBER)
            r->failed = true;
        if (is_indefinite)
            open++;
        else if (tag == 0 && len == 0)
            open--;
        else
            (void)reader_take(r, len);
    }
}
