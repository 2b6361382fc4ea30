// Text as every part of the library gives it out.

#ifndef POMONA_STR_H
#define POMONA_STR_H

#include <stddef.h>

// Octets that somebody else owns, UTF-8 where it matters, no NUL at the end.
struct pomona_str {
    const char *at;
    size_t len;
};

#endif
