// What is printed of events and keys: JSON without a blank too many.

#ifndef QUERY_SHOW_H
#define QUERY_SHOW_H

#include "base/buf.h"

#include <pomona/eql.h>

// What `text`, a sound JSON value, is without blanks between its parts: keys in their order, and
// numbers and escapes as they were spelled. Octets that are not UTF-8 become U+FFFD.
void show_compact(struct buf *b, str text);

// A missing value is null, a list a list. A real number has a point or an exponent and reads back
// as the same; one that is too large for any reads back as infinite, and what is no number is null.
void show_value(struct buf *b, const struct pomona_eql_value *value);

#endif
