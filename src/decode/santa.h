// The parts of the santa dialect, for each other.

#ifndef DECODE_SANTA_H
#define DECODE_SANTA_H

#include "decode/dialect.h"

// What a message may hold, by the name of its member. `decode` is NULL for what is known and
// nothing to us.
struct santa_kind {
    str name;
    str json_name;  // As printers of protobuf write it by default.
    enum action action;
    bool (*decode)(struct decoding *c, const struct json_index *body);
};

// By either name; NULL where there is none.
const struct santa_kind *decode_santa_kind(str name);

// santa_process.c: a ProcessInfo or ProcessInfoLight. `where` is its place in the record, a
// literal. False (refused) where it does not say which process it is.
bool decode_santa_process(struct decoding *c, yyjson_val *val, const char *where,
                          struct process_facts *out);
// The same of one that an event can do without: false where it is none.
bool decode_santa_other(struct decoding *c, yyjson_val *val, struct process_facts *out);
// A ProcessID.
enum decode_drop decode_santa_id(yyjson_val *val, struct process_id *out);
// The slots that are of the event's process.
void decode_santa_process_slots(struct decoding *c, yyjson_val *val);

// santa_value.c: values as JSON of protobuf has them. What is there and of another type is none,
// and noted.
str decode_santa_text(struct decoding *c, yyjson_val *val);
// Numbers of 64 bits are text, those of 32 may be.
enum decode_drop decode_santa_int(yyjson_val *val, int64_t min, int64_t max, int64_t *out);
// -1 where there is none.
int64_t decode_santa_int_or_none(struct decoding *c, yyjson_val *val, int64_t max);
// Octets, which are base64.
bool decode_santa_octets(struct decoding *c, yyjson_val *val, str *out);
// A value of an enumeration, which is its name or its number.
bool decode_santa_is(yyjson_val *val, str name, uint64_t number);

static inline yyjson_val *santa_first(yyjson_val *a, yyjson_val *b)
{
    return a != NULL ? a : b;
}

// Santa keeps the names of its .proto; other printers of protobuf make them lowerCamelCase.
#define SANTA_GET(index, name, json_name) \
    santa_first(JSON_GET(index, name), JSON_GET(index, json_name))
#define SANTA_TEXT(c, index, name, json_name) \
    decode_santa_text((c), SANTA_GET(index, name, json_name))

#endif
