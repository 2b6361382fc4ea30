// What a dialect is to decode, and what it may use: one record on its way to an event.

#ifndef DECODE_DIALECT_H
#define DECODE_DIALECT_H

#include "decode/decode.h"
#include "decode/json.h"

// In place of a reason where there is none.
#define DECODE_KEPT DECODE_DROP_COUNT

struct decoding {
    struct batch *batch;
    struct event *event;
    const struct projection *projection;
    const bool *wanted_ever;  // Per field: whether any action wants it.

    // Why there will be no event; two parts of a key's path, or a sentence and nothing.
    enum decode_drop drop;
    const char *where;
    const char *key;
    str unknown_event;  // With DECODE_DROP_UNKNOWN_EVENT.

    // Seen on the way, counted once per record.
    bool is_text_cut;
    bool is_list_cut;
    bool is_invalid_utf8;
    bool is_version_unknown;
};

struct dialect {
    str name;
    bool (*recognises)(const struct json_index *record);
    // Fills `c->event`. False where decode_refuse() was called.
    bool (*decode)(struct decoding *c, const struct json_index *record);
};

extern const struct dialect decode_eslogger;

// Notes why there is no event. Always false, so that refusing is one statement. Both strings
// must be literals.
bool decode_refuse(struct decoding *c, enum decode_drop drop, const char *where, const char *key);

// Nothing here recurses, so depth harms nobody; it is named as the reason where a record is
// refused anyway. False (refused) where `val` is nested deeper than DECODE_DEPTH_MAX.
bool decode_is_shallow(struct decoding *c, yyjson_val *val);

// The text of `val`, at most DECODE_TEXT_MAX octets of it; empty where it is none.
str decode_text(struct decoding *c, yyjson_val *val);
// The reason why `val` is no whole number of the range, or DECODE_KEPT. NULL may be given.
enum decode_drop decode_int(yyjson_val *val, int64_t min, int64_t max, int64_t *out);
// The same for what is not essential: the number, or -1.
int64_t decode_int_or_none(yyjson_val *val, int64_t max);
// Any whole number as a value, or a missing one.
struct value decode_number(yyjson_val *val);

static inline bool decode_wants(const struct decoding *c, enum field field)
{
    return projection_wants(c->projection, c->event->action, field);
}

static inline void decode_set(struct decoding *c, enum field field, struct value value)
{
    c->event->slots[field] = value;
}

// time.c: RFC 3339 in UTC ("2025-08-07T15:13:09.811587464Z"), with up to nine decimals, of the
// years 1970 to 2261. False where it is anything else.
bool decode_time(str text, int64_t *out_ns);

// list.c: the slots that an exec's "args" and "env" make. Either may be NULL.
void decode_args(struct decoding *c, yyjson_val *args);
void decode_env(struct decoding *c, yyjson_val *env);

#endif
