// Events out of JSON objects: time, category and the values of the fields that a query asks for.
//
// A field's name is a path (path.h). Strings, numbers and booleans are values; objects and nulls
// are none. A whole number beyond 64 bits is a real one. Texts may hold any octets.

#ifndef QUERY_INPUT_H
#define QUERY_INPUT_H

#include "base/buf.h"
#include "query/records.h"
#include "query/stamp.h"

#include <pomona/eql.h>

#define INPUT_DEPTH_MAX 128u  // Levels of nesting of a record.

struct input_field {
    str name;
    // Of rows, for a field that is searched through: each element of the list that the field is
    // becomes a list with one value for each path. 0: an ordinary field.
    const str *paths;
    size_t path_count;
};

struct input_options {
    str timestamp_field;
    str tiebreaker_field;  // Empty for none.
    str category_field;
    enum stamp_unit timestamp_unit;
    const str *shown;  // What is shown of an event; where there are none, all of it.
    size_t shown_count;
};

enum input_drop {
    INPUT_DROP_TOO_LONG,  // Than RECORDS_LEN_MAX.
    INPUT_DROP_NOT_JSON,
    INPUT_DROP_NOT_OBJECT,
    INPUT_DROP_TOO_DEEP,  // Than INPUT_DEPTH_MAX.
    INPUT_DROP_NO_TIME,   // Without a value in the field of the time.
    INPUT_DROP_BAD_TIME,  // With one that is no time.
    INPUT_DROP_COUNT
};

// Where the first record was that was dropped for a reason, and more of why.
struct input_example {
    uint64_t line;
    uint32_t input;
    const char *why;  // A literal, or NULL.
};

struct input_counts {
    uint64_t events;
    int64_t first_ns;  // The earliest and the latest time of them.
    int64_t last_ns;
    uint64_t dropped[INPUT_DROP_COUNT];
    uint64_t invalid_utf8;     // Events that hold octets that are not UTF-8.
    uint64_t odd_tiebreakers;  // Events whose tiebreaker is not a whole number.
};

// What tells apart two events of one time: a number or a text, or missing.
struct input_event {
    struct pomona_eql_event event;
    struct pomona_eql_value tiebreaker;
};

struct input;

// The options and fields are borrowed. Every name must be a sound path.
struct input *input_new(const struct input_options *options, const struct input_field *fields,
                        size_t field_count);
void input_free(struct input *in);

// NULL where the record is no event: it is counted. Borrowed until the next input_take(). The
// event's tiebreaker is set where it is a whole number.
const struct input_event *input_take(struct input *in, const struct records_item *record);

// Appends what is shown of the last event, whose record's text must still be there: one object.
void input_show(struct input *in, struct buf *b);

const struct input_counts *input_counts(const struct input *in);
const struct input_example *input_example(const struct input *in, enum input_drop reason);
str input_drop_name(enum input_drop reason);

#endif
