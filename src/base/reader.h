// A cursor over borrowed octets for parsing binary formats. A read past the end yields
// zero (or an empty slice) and marks the reader as failed for good, so a parser reads a
// whole record in a straight line and asks once whether it was there.

#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/str.h"

struct reader {
    bytes in;
    size_t pos;
    bool failed;
};

static inline struct reader reader_of(bytes in)
{
    return (struct reader){ .in = in };
}

uint8_t reader_u8(struct reader *r);
uint16_t reader_u16be(struct reader *r);
uint16_t reader_u16le(struct reader *r);
uint32_t reader_u32be(struct reader *r);
uint32_t reader_u32le(struct reader *r);
uint64_t reader_u64be(struct reader *r);
uint64_t reader_u64le(struct reader *r);

// The next `len` octets.
bytes reader_take(struct reader *r, size_t len);
// Text of a fixed field: up to its first NUL or its whole length.
str reader_text(struct reader *r, size_t len);

// The part [offset, offset + len) of `whole`. False when it does not lie inside.
bool bytes_slice(bytes whole, uint64_t offset, uint64_t len, bytes *out);

#endif
