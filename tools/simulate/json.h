// JSON as eslogger prints it: keys in no order, every '/' escaped, times as ISO text.
//
// An object is an array of members, which the writer shuffles each time: a reader that relies on
// an order of keys is caught. Keys and lists must need no escaping, texts are escaped.

#ifndef SIMULATE_JSON_H
#define SIMULATE_JSON_H

#include "base/buf.h"
#include "rng.h"

#define JSON_MEMBERS_MAX 32  // In one object.

struct json {
    struct buf *out;
    struct rng *rng;
    // How the sensor of this Mac speaks.
    unsigned version;    // Message version.
    bool array_tokens;   // Audit tokens as arrays of eight.
    bool plain_slashes;  // Others than eslogger escape no '/'.
};

typedef void json_write(struct json *j, const void *of);

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_UINT,
    JSON_INT,
    JSON_TEXT,
    JSON_TIME6,  // Nanoseconds since 1970, printed with so many decimals.
    JSON_TIME9,
    JSON_PART,  // Whatever a function writes.
};

struct json_member {
    str key;
    enum json_kind kind;
    union {
        bool truth;
        uint64_t number;
        int64_t integer;
        str text;
        struct {
            json_write *write;
            const void *of;
        } part;
    } value;
};

// clang-format off
#define NULL_AS(k)       { .key = STR(k), .kind = JSON_NULL }
#define BOOL_AS(k, v)    { .key = STR(k), .kind = JSON_BOOL, .value.truth = (v) }
#define UINT_AS(k, v)    { .key = STR(k), .kind = JSON_UINT, .value.number = (v) }
#define INT_AS(k, v)     { .key = STR(k), .kind = JSON_INT, .value.integer = (v) }
#define TEXT_AS(k, v)    { .key = STR(k), .kind = JSON_TEXT, .value.text = (v) }
#define TIME6_AS(k, v)   { .key = STR(k), .kind = JSON_TIME6, .value.number = (v) }
#define TIME9_AS(k, v)   { .key = STR(k), .kind = JSON_TIME9, .value.number = (v) }
#define PART_AS(k, w, o) { .key = STR(k), .kind = JSON_PART, .value.part = { (w), (o) } }
// clang-format on

// At most JSON_MEMBERS_MAX members.
void json_object(struct json *j, const struct json_member *members, size_t count);
void json_uint(struct json *j, uint64_t number);
void json_text(struct json *j, str text);

// A list of texts, for PART_AS.
struct json_texts {
    const str *at;
    size_t count;
};
json_write json_texts;

// Room for "2026-03-02T09:00:00.000000000Z".
#define JSON_TIME_SIZE 32
str json_time(uint64_t time_ns, unsigned decimals, char out[JSON_TIME_SIZE]);

#endif
