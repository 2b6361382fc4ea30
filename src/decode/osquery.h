// The parts of the osquery dialect, for each other.

#ifndef DECODE_OSQUERY_H
#define DECODE_OSQUERY_H

#include "decode/dialect.h"

// osquery_table.c: one row, by its columns. Time is set already where the row tells none.
bool decode_osquery_row(struct decoding *c, const struct json_index *columns);

// Every value is text, or, with --logger_numerics, a number where the column is one. Empty where
// there is none; another type is noted.
str decode_osquery_text(struct decoding *c, yyjson_val *val);
enum decode_drop decode_osquery_int(yyjson_val *val, int64_t min, int64_t max, int64_t *out);

#endif
