// Base64 as RFC 4648, section 4, has it: octets written as text.

#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/str.h"

// Room for what a text of `len` octets may hold.
#define BASE64_DECODED_MAX(len) ((len) / 4 * 3)

// Strict: whole groups of four with padding, nothing between them, and no bits that stand for
// nothing. False where it is anything else; `out`, with BASE64_DECODED_MAX(text.len) octets of room,
// is then of no use.
bool base64_decode(str text, uint8_t *out, size_t *out_len);

#endif
