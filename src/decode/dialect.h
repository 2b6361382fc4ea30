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
    // What a row is part of: the record with the list. NULL where the record is no row.
    const struct json_index *whole;

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
    bool is_text_hidden;  // <private>: the log does not show it.
    bool is_value_odd;    // A value of another type where an event can do without it.
};

// One file each; dialects.c lists them. JSON or lines of text: the functions of the other kind are
// NULL. Decoders fill `c->event`, and return false where decode_refuse() was called; numbers, time
// and host are filled first, because they count also where there is no event.
struct dialect {
    str name;
    // One of its own keys or a few together: what no other sensor's record has.
    bool (*recognises)(const struct json_index *record);
    // The same at a glance, of whole records only; asked of all dialects before. NULL: none. For those
    // whose records come by the million.
    bool (*claims)(const struct json_index *record);
    bool (*decode)(struct decoding *c, const struct json_index *record);
    // The list of rows where a record is many, or an object of such lists (NULL: it is one; or the
    // function is NULL: never). Each row is then decoded as a record, with `c->whole`.
    yyjson_val *(*rows)(const struct json_index *record);

    bool (*recognises_line)(str line);
    bool (*decode_line)(struct decoding *c, str line);
};

extern const struct dialect decode_crowdstrike;
extern const struct dialect decode_defender;
extern const struct dialect decode_eslogger;
extern const struct dialect decode_jamf;
extern const struct dialect decode_jamf_alert;
extern const struct dialect decode_mac_monitor;
extern const struct dialect decode_osquery;
extern const struct dialect decode_santa;
extern const struct dialect decode_santa_log;
extern const struct dialect decode_ocsf;
extern const struct dialect decode_unified_log;
extern const struct dialect decode_sentinelone;
extern const struct dialect decode_elastic;

// Notes why there is no event. Always false, so that refusing is one statement. Both strings
// must be literals.
bool decode_refuse(struct decoding *c, enum decode_drop drop, const char *where, const char *key);

// Nothing here recurses, so depth harms nobody; it is named as the reason where a record is
// refused anyway. False (refused) where `val` is nested deeper than DECODE_DEPTH_MAX.
bool decode_is_shallow(struct decoding *c, yyjson_val *val);

// The text of `val`, at most DECODE_TEXT_MAX octets of it; empty where it is none.
str decode_text(struct decoding *c, yyjson_val *val);
// The same of text that is there already, as lines have it.
str decode_text_of(struct decoding *c, str text);
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

// Whether anybody asks when the executable of the event's process, or the library, was created. An
// executable's age is a matter of its start, so it is told at exec for all later events as well.
static inline bool decode_wants_executable_born(const struct decoding *c)
{
    const bool *wanted =
        c->event->action == ACTION_EXEC ? c->wanted_ever : c->projection->wanted[c->event->action];
    return wanted[FIELD_PROCESS_RELATIVE_FILE_CREATION_TIME] || wanted[FIELD_PROCESS_IMAGE_AGE];
}

static inline bool decode_wants_library_born(const struct decoding *c)
{
    return decode_wants(c, FIELD_DLL_RELATIVE_FILE_CREATION_TIME) ||
           decode_wants(c, FIELD_DLL_IMAGE_AGE);
}

static inline void decode_set(struct decoding *c, enum field field, struct value value)
{
    c->event->slots[field] = value;
}

// Text where there is some; nothing otherwise.
static inline void decode_set_text(struct decoding *c, enum field field, str text)
{
    if (text.len > 0)
        c->event->slots[field] = value_of_text(text);
}

// A cdhash as hex, which may be told as base64 of its octets; empty where it is none.
str decode_cdhash(struct decoding *c, yyjson_val *val);

// The slots that follow from a path: file.path, .name, .directory and .extension; dll.path and
// .name. None for an empty one. Set whatever the projection.
void decode_set_file(struct decoding *c, str path);
void decode_set_library(struct decoding *c, str path);

// time.c: RFC 3339 in UTC ("2025-08-07T15:13:09.811587464Z"), with up to nine decimals, of the
// years 1970 to 2261. False where it is anything else.
bool decode_time(str text, int64_t *out_ns);
// The same with a space for the T, any offset ("+02:00", "+0200", "+02"), or none, which is UTC.
bool decode_time_loose(str text, int64_t *out_ns);
// When a file was created, as text of either kind; 0 where it is none, or the first second of 1970,
// which file systems without that time tell.
int64_t decode_born(yyjson_val *time);
// A number of units since 1970 ("1687509714.640", 1687509714640), as a number or as text; with
// decimals. `unit_ns` is the sensor's, 1000000000 for seconds; another of seconds to nanoseconds
// where that makes it a time of this century, and the sensor's none. False where it is none or out of
// range.
bool decode_epoch(yyjson_val *val, int64_t unit_ns, int64_t *out_ns);
bool decode_epoch_text(str text, int64_t unit_ns, int64_t *out_ns);

// list.c: the slots that an exec's "args" and "env" make. Either may be NULL.
void decode_args(struct decoding *c, yyjson_val *args);
void decode_env(struct decoding *c, yyjson_val *env);
// The same of texts that came otherwise (base64, one line): list.c splits no quotes; a whole command
// line without its parts sets process.command_line and process.args by blanks.
void decode_args_of(struct decoding *c, const struct value *texts, size_t count);
void decode_env_of(struct decoding *c, const struct value *texts, size_t count);
void decode_command_line(struct decoding *c, str line);
// Whether an entitlement of this name, where it is true, announces code made at run time.
bool decode_declares_jit(str entitlement);

// mapping.c: tables from a path in the record to a slot or a fact.
enum mapping_as {
    AS_TEXT,          // Empty text is none.
    AS_INT,           // A whole number, or text that is one.
    AS_BOOL,          // true or false, or text or number that is one ("1", "true").
    AS_TIME,          // decode_time_loose(): nanoseconds.
    AS_SECONDS,       // decode_epoch()
    AS_MILLISECONDS,  // likewise
};

struct mapping {
    str path;  // Members, with dots between them. A key with dots in it is found as well.
    enum mapping_as as;
    bool is_required;  // There is no event without it.
    bool is_slot;
    uint16_t at;  // enum field, or where in struct event: str, int64_t (also for times) or bool.
};
#define TO_SLOT(name)   .is_slot = true, .at = FIELD_##name
#define TO_FACT(member) .is_slot = false, .at = offsetof(struct event, member)

// False (refused) where what is required is missing or of another type. Other values of another type
// are left out and counted (`is_value_odd`); null is as not there.
bool decode_map(struct decoding *c, yyjson_val *object, const struct mapping *mappings,
                size_t count);
// The value at a path (as of a mapping), or NULL.
yyjson_val *decode_at(yyjson_val *object, str path);

// An object's members by name, for records of a hundred keys of which dozens are wanted: decode_at()
// reads all keys before the one that it looks for, and all of them for one that is not there. To be
// made once per object; good for as long as the record.
#define DECODE_KEYS_SLOTS 256u
struct decode_keys {
    yyjson_val *object;
    bool is_partial;  // More keys than there is room for: what is not found here is searched for.
    yyjson_val *slots[DECODE_KEYS_SLOTS];
};

// What is no object has no members.
void decode_keys_of(yyjson_val *object, struct decode_keys *out);
// As decode_at() and decode_map().
yyjson_val *decode_find(const struct decode_keys *keys, str path);
bool decode_map_keys(struct decoding *c, const struct decode_keys *keys,
                     const struct mapping *mappings, size_t count);

#endif
