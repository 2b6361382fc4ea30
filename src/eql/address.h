// IPv4 and IPv6 addresses, and ranges of them, for cidrMatch.

#ifndef EQL_ADDRESS_H
#define EQL_ADDRESS_H

#include "base/str.h"

#define ADDRESS_LEN_MAX 16u

struct address {
    uint8_t octets[ADDRESS_LEN_MAX];
    size_t len;  // 4 or 16.
};

bool address_of(str text, struct address *out);
// Whether the text is a range: an address, and a slash with how many of its bits count; all of them
// where there is none.
bool address_is_range(str text);
// False as well where the text is no range, or one of the other kind of address.
bool address_is_in(const struct address *a, str range);

#endif
