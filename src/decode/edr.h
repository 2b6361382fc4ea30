// What the exports of EDR products have in common: wide, flat rows of which every vendor names the
// columns after its own head, of Windows and Linux devices as well.

#ifndef DECODE_EDR_H
#define DECODE_EDR_H

#include "decode/dialect.h"

// Rows of tables of mappings.
#define MAP_FACT(key, how, member)                          \
    {                                                       \
        .path = STR_INIT(key), .as = (how), TO_FACT(member) \
    }
#define MAP_SLOT(key, how, field)                          \
    {                                                      \
        .path = STR_INIT(key), .as = (how), TO_SLOT(field) \
    }

#define EDR_POOL_SIZE (32u * 1024u)

// A number that is none of a process or of a user becomes "not told"; so does pid 0, with which
// these products say that they do not know. Says whether the process is told at all, and notes it.
bool decode_edr_is_told(struct decoding *c, struct process_facts *process);
// Which Mac: the product's number of it, and its name. An envelope's word counts for more.
void decode_edr_set_host(struct decoding *c, str id, str name);
// A product's own name of a process, as text or as a number; empty for none, which "0" is as well.
str decode_edr_entity(struct decoding *c, yyjson_val *val);
// A number of units since 1970, or a date in text. False where it is neither.
bool decode_edr_time(yyjson_val *val, int64_t unit_ns, int64_t *out_ns);

// The file's whole path: products differ, and differ with themselves, on whether the folder's path
// ends in the file's name.
str decode_edr_path(struct decoding *c, str folder, str name);
// A path as Windows has them: with a drive, or from the root of devices or shares.
bool decode_edr_is_windows(str path);
// Whether the path is where only macOS itself is: with a signature of Apple's, part of macOS.
bool decode_edr_is_of_system(str path);
// Ten capital letters and digits.
bool decode_edr_is_team(str text);
// process.hash.sha256, where the text is one; products fill what they do not know with zeros.
void decode_edr_set_sha256(struct decoding *c, str text);
// What is told of the parent besides which process it is.
void decode_edr_set_parent(struct decoding *c, str path);

// JSON in a text, parsed into `pool` of EDR_POOL_SIZE octets: good while that is. Its own texts live
// as long as the batch. A value that is JSON already is given back; NULL where it is none.
yyjson_val *decode_edr_parse(struct decoding *c, yyjson_val *val, char *pool);

#endif
