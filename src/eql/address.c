#include "eql/address.h"

#include <arpa/inet.h>

#define TEXT_MAX 64u  // Octets of the longest address as text.

static bool range_of(str text, struct address *base, uint64_t *bits)
{
    const size_t slash = str_find_char(text, '/');
    if (!address_of(str_to(text, slash), base))
        return false;
    *bits = base->len * 8;
    return slash == text.len ||
           (str_to_u64(str_from(text, slash + 1), bits) && *bits <= base->len * 8);
}

bool address_of(str text, struct address *out)
{
    char copy[TEXT_MAX];
    if (text.len >= sizeof copy || str_find_char(text, '\0') < text.len)
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    const bool is_v4 = inet_pton(AF_INET, copy, out->octets) == 1;
    out->len = is_v4 ? 4 : ADDRESS_LEN_MAX;
    return is_v4 || inet_pton(AF_INET6, copy, out->octets) == 1;
}

bool address_is_range(str text)
{
    struct address base;
    uint64_t bits;
    return range_of(text, &base, &bits);
}

bool address_is_in(const struct address *a, str range)
{
    struct address base;
    uint64_t bits;
    if (!range_of(range, &base, &bits) || base.len != a->len)
        return false;
    const size_t whole = (size_t)bits / 8;
    if (memcmp(base.octets, a->octets, whole) != 0)
        return false;
    const unsigned rest = (unsigned)bits % 8;
    return rest == 0 || ((base.octets[whole] ^ a->octets[whole]) >> (8 - rest)) == 0;
}
