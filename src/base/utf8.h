// Just enough UTF-8 to print text from telemetry safely.

#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

// Octets of the well-formed character (RFC 3629) at the front of `s`, or 0 where there is none.
size_t utf8_len(str s);

// The character's code point; call only where utf8_len() was not 0.
uint32_t utf8_code_point(str s);

// Whether a terminal shows it where it stands: false for what steers, turns the line around, or
// cannot be seen, so that two texts may look the same.
bool utf8_is_shown(uint32_t code_point);

// Columns of a terminal that a character takes which is shown: 0 where it stands on the one before.
unsigned utf8_columns(uint32_t code_point);

#endif
