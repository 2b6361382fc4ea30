// ASN.1 in BER and DER, as far as signatures and entitlements need it: one value at a time, cut out
// of what holds it. Nothing is decoded, and nothing is walked by recursion.

#ifndef MACHO_BER_H
#define MACHO_BER_H

#include "base/reader.h"

// The first octet of a value: class, whether it is made of others, and number.
#define BER_BOOLEAN           0x01u
#define BER_INTEGER           0x02u
#define BER_OCTETS            0x04u
#define BER_OBJECT            0x06u
#define BER_UTF8              0x0cu
#define BER_UTC_TIME          0x17u
#define BER_GENERALIZED_TIME  0x18u
#define BER_SEQUENCE          0x30u
#define BER_SET               0x31u
#define BER_CONTEXT(n)        (0xa0u + (n))
#define BER_CONTEXT_OCTETS(n) (0x80u + (n))
#define BER_CONTEXT_16        0xb0u
#define BER_APPLICATION_16    0x70u

struct ber {
    uint8_t tag;
    bool is_indefinite;  // BER's form of a length that is not told: DER does not have it.
    bytes content;       // Of an indefinite one: without the octets that end it.
    bytes whole;
};

// The next value. Where there is none, or it is damaged, or its tag needs more than one octet, the
// reader has failed, and what is given back is empty.
struct ber ber_take(struct reader *r);
// The same where it has this tag; the reader fails where it has another.
struct ber ber_expect(struct reader *r, uint8_t tag);
// The tag of what comes next, 0 at the end.
uint8_t ber_peek(const struct reader *r);

static inline bool ber_at_end(const struct reader *r)
{
    return r->failed || r->pos == r->in.len;
}

#endif
