// Time stamps as anybody may write them: ISO 8601, and numbers of a unit.
//
// A result is in nanoseconds since 1970, so it lies between the years 1677 and 2262; false stands
// for whatever is no time, or none in that range.

#ifndef QUERY_STAMP_H
#define QUERY_STAMP_H

#include "base/buf.h"

enum stamp_unit {
    STAMP_AUTO,  // ISO 8601 where it looks like that, else milliseconds.
    STAMP_NS,
    STAMP_US,
    STAMP_MS,
    STAMP_S,
    STAMP_FILETIME,  // 100 ns since 1601.
    STAMP_ISO,
};

// "auto", "ns", "us", "ms", "s", "filetime", "iso".
bool stamp_unit_of(str name, enum stamp_unit *out);

bool stamp_of_int(int64_t number, enum stamp_unit unit, int64_t *out_ns);
// To the microsecond, which is what a double holds of a present-day time: so two stamps that were
// written a minute apart are a minute apart.
bool stamp_of_real(double number, enum stamp_unit unit, int64_t *out_ns);
// A date, or a date and a time: "2022-05-04", "2022-05-04T12:00:00.123456789+02:00". Up to nine
// decimals; 'T' or a space; 'Z', an offset, or nothing, which is UTC. Or a number in decimals.
bool stamp_of_text(str text, enum stamp_unit unit, int64_t *out_ns);

// The other way, for people: "2022-05-04T12:00:00Z", without what is less than a second.
void stamp_add(struct buf *b, int64_t ns);

#endif
