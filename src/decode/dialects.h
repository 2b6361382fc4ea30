// The list of dialects, for decode alone.

#ifndef DECODE_DIALECTS_H
#define DECODE_DIALECTS_H

#include "decode/dialect.h"

// By number; in the order in which a record is shown to them.
const struct dialect *decode_dialect(size_t i);

#endif
