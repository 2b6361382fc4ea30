// The line of a query that is wrong, with what is wrong underlined.

#ifndef CLI_EXCERPT_H
#define CLI_EXCERPT_H

#include "base/buf.h"

// Adds two lines. Place (from 1) and length are in characters. A long line is cut around the place;
// what would steer a terminal is a space.
void excerpt_add(struct buf *b, str line, uint32_t place, uint32_t length);

#endif
