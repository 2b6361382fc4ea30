// What inventories say of a Mac, in one form each: what two of them say of the same Mac must be the same text.
//
// What stands for "not told" ("", "n/a", "Not Collected", a serial number of a board that was never given one)
// becomes an empty text, or -1. A function is false where something is told that is none of
// these and makes no sense; `*out` is then as not told.

#ifndef ASSETS_NORMAL_H
#define ASSETS_NORMAL_H

#include "base/arena.h"

#define NORMAL_SERIAL_MAX 64u
#define NORMAL_NAME_MAX   255u
#define NORMAL_TEXT_MAX   1024u

// Upper case, without blanks.
bool normal_serial(str text, struct arena *arena, str *out);
// Upper case in groups of 8, 4, 4, 4 and 12 digits.
bool normal_uuid(str text, struct arena *arena, str *out);
// As it is told, without a dot at its end.
bool normal_host(str text, struct arena *arena, str *out);
// Lower case: under which the names of a Mac are looked up, and the form of roles.
str normal_lower(str text, struct arena *arena);
// Owner, team …: as it is told, at most NORMAL_TEXT_MAX octets.
bool normal_text(str text, struct arena *arena, str *out);
// 1, 0 or -1, by the words that these products have for it.
bool normal_yes(str text, int64_t *out);
// 1 low, 2 medium, 3 high, 4 critical, as a word or as the number; 0 not told.
bool normal_criticality(str text, int64_t *out);
// "macOS 15.0 (24A335)" is version 15.0 and build 24A335. `build` is left alone where none is told.
bool normal_os(str text, struct arena *arena, str *version, str *build);
// A day, a time (UTC unless it says otherwise), or a number of seconds or milliseconds since 1970; 0 not told.
bool normal_time(str text, int64_t *out_ns);
// Whether the platform is a Mac's. True where it is not told.
bool normal_is_mac(str text);

#endif
