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
#define DECODE_TYPES_MAX 256u  // Kinds of unknown event that are told apart by name.
#define DECODE_POOL_MAX  (64u * 1024u * 1024u)  // Octets that the values of one record may take.

enum decode_drop {
    DECODE_DROP_NOT_JSON,  // Not a JSON object, or damaged.
    DECODE_DROP_CUT,       // Ends in the middle: the last line of a cut file.
    DECODE_DROP_TOO_DEEP,
    DECODE_DROP_TOO_LARGE,      // More values than DECODE_POOL_MAX octets hold.
    DECODE_DROP_NO_DIALECT,     // JSON, but of no sensor that we know.
    DECODE_DROP_UNKNOWN_EVENT,  // The sensor's, but an event type that we do not know.
    DECODE_DROP_NOT_NEEDED,  // A known event type that is nothing to us (authentication, mounts, ...).
    DECODE_DROP_MISSING_KEY,   // A key without which there is no event.
    DECODE_DROP_WRONG_TYPE,    // Such a key with a value of another type.
    DECODE_DROP_OUT_OF_RANGE,  // Such a key with a number that cannot be.
    DECODE_DROP_BAD_TIME,
    DECODE_DROP_BAD_HOST,  // Envelope without a usable host, or too many hosts.
    DECODE_DROP_COUNT
};

struct decode_counts {
    uint64_t in;
    uint64_t out;
    uint64_t dropped[DECODE_DROP_COUNT];
    uint64_t unknown_versions;  // Decoded all the same: message versions outside 6 to 11.
    uint64_t control_bytes;     // Records with octets before their first brace.
    uint64_t lists_cut;         // Records with a list of which a part was left out.
    uint64_t texts_cut;         // Records with a text of which only the front was kept.
    uint64_t invalid_utf8;      // Records with text that is not UTF-8; kept octet by octet.
    uint64_t by_action[ACTION_COUNT];
};

struct decoder;

// `projection` and `hosts` are borrowed for the decoder's life.
struct decoder *decoder_new(const struct projection *projection, struct hosts *hosts);
void decoder_free(struct decoder *d);

// The event, or NULL where there is none: decode has counted why. The event and its slots are
// reused by the next call; text lives as long as the batch. `slots` past FIELD_COUNT: none.
struct event *decode(struct decoder *d, struct record *record, struct batch *batch);

// The record that decode() just made no event of, where it still told its numbers: host, stamp,
// sequences, and nothing else. NULL where it did not. Without it, every record that is nothing to
// us would look like one that was lost.
const struct event *decoder_skipped(const struct decoder *d);

const struct decode_counts *decoder_counts(const struct decoder *d);
str decode_drop_name(enum decode_drop reason);  // In plain words: "not JSON", "cut short", ...

// The first damaged record of each reason, for the report: "FILE line N: sentence". Line 0: none.
struct decode_example {
    uint32_t input;
    uint64_t line;
    char why[128];
};
const struct decode_example *decoder_example(const struct decoder *d, enum decode_drop reason);

// The i-th kind of unknown event and how often it came; false past the last.
bool decoder_unknown_event(const struct decoder *d, size_t i, str *name, uint64_t *count);

#endif
