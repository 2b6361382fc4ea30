// From a record to an event. Recognises the dialect of each record, fills the facts and the
// slots that the projection wants, never guesses. What cannot be an event is counted by reason.

#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "event/batch.h"
#include "event/projection.h"

#define DECODE_DEPTH_MAX 64u  // Levels of nesting of a record.
#define DECODE_LIST_MAX \
    4096u  // Arguments or variables of one process that are kept; counted beyond.
#define DECODE_TEXT_MAX  (1u * 1024u * 1024u)  // Octets of one value.
#define DECODE_TYPES_MAX 256u    // Kinds of unknown event that are told apart by name.
#define DECODE_ROWS_MAX  16384u  // Records in one: rows of a snapshot, elements of a list.
#define DIALECTS_MAX     32u
#define DECODE_POOL_MAX  (64u * 1024u * 1024u)  // Octets that the values of one record may take.

enum decode_drop {
    DECODE_DROP_NOT_JSON,  // Not a JSON object, or damaged.
    DECODE_DROP_CUT,       // Ends in the middle: the last line of a cut file.
    DECODE_DROP_TOO_DEEP,
    DECODE_DROP_TOO_LARGE,      // More values than DECODE_POOL_MAX octets hold.
    DECODE_DROP_NO_DIALECT,     // JSON, but of no sensor that we know, or not of the one forced.
    DECODE_DROP_UNKNOWN_EVENT,  // The sensor's, but an event type that we do not know.
    DECODE_DROP_NOT_NEEDED,  // A known event type that is nothing to us (authentication, mounts, ...).
    DECODE_DROP_MISSING_KEY,   // A key without which there is no event.
    DECODE_DROP_WRONG_TYPE,    // Such a key with a value of another type.
    DECODE_DROP_OUT_OF_RANGE,  // Such a key with a number that cannot be.
    DECODE_DROP_BAD_TIME,
    DECODE_DROP_BAD_HOST,  // Envelope without a usable host.
    DECODE_DROP_EMPTY,     // A list of records with nothing in it.
    DECODE_DROP_LOSS,      // Tells of records that the sensor lost; see event.h, `lost`.
    DECODE_DROP_TOO_MANY,  // Beyond DECODE_ROWS_MAX records in one.
    DECODE_DROP_COUNT
};

struct dialect_counts {
    uint64_t in;
    uint64_t out;
};

struct decode_counts {
    uint64_t in;        // Records; one that holds a list is as many as the list has.
    uint64_t unpacked;  // How many more that made than were given.
    uint64_t out;       // in = out and all of dropped.
    uint64_t dropped[DECODE_DROP_COUNT];
    uint64_t unknown_versions;  // Decoded all the same: message versions outside 6 to 11.
    uint64_t control_bytes;     // Records with octets before their first brace.
    uint64_t lists_cut;         // Records with a list of which a part was left out.
    uint64_t texts_cut;         // Records with a text of which only the front was kept.
    uint64_t invalid_utf8;      // Records with text that is not UTF-8; kept octet by octet.
    uint64_t texts_hidden;      // Records with a text that the log does not show.
    uint64_t odd_values;  // Records with a value of another type where an event can do without it.
    uint64_t by_action[ACTION_COUNT];
    struct dialect_counts by_dialect[DIALECTS_MAX];  // Of records whose dialect was recognised.
};

// The kinds of record that are known, by number; a kind of sensor is the number of its dialect.
size_t dialects_count(void);
str dialects_name(size_t i);  // "eslogger", "jamf", ...
// The number of the dialect of that name; dialects_count() where there is none.
size_t dialects_find(str name);

struct decode_options {
    bool is_forced;  // Every record is of one dialect, whatever it looks like.
    size_t dialect;
};

struct decoder;

// `projection` is borrowed for the decoder's life. Decoders share nothing, so that each thread may
// have one. `options` may be NULL.
struct decoder *decoder_new(const struct projection *projection,
                            const struct decode_options *options);
void decoder_free(struct decoder *d);

// Adds what the record is to batch->events: an event for each record that is in it, or what is
// left where there is none: its numbers (an event of ACTION_COUNT), since without them every record
// that is nothing to us would look like one that was lost. What makes no event is counted, also in
// batch->drops. Slots of an event: FIELD_COUNT. Text lives as long as the batch.
void decode(struct decoder *d, struct record *record, struct batch *batch);
// The same of every record of the batch, in order.
void decode_batch(struct decoder *d, struct batch *batch);

// Adds what `from` counted and noted to `d`; `from` is then as new.
void decoder_take_counts(struct decoder *d, struct decoder *from);
// All is decoded: unknown events are told in the order of how often they came.
void decoder_end(struct decoder *d);
const struct decode_counts *decoder_counts(const struct decoder *d);
str decode_drop_name(enum decode_drop reason);  // In plain words: "not JSON", "cut short", ...

// The first damaged record of each reason, for the report: "FILE line N: sentence". Line 0: none.
struct decode_example {
    uint32_t input;
    uint64_t line;
    char why[128];
};
const struct decode_example *decoder_example(const struct decoder *d, enum decode_drop reason);

// The i-th kind of unknown event and how often it came, the most frequent first once all is
// decoded; false past the last.
bool decoder_unknown_event(const struct decoder *d, size_t i, str *name, uint64_t *count);

#endif
