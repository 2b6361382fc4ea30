// Events that wait for being sorted: by time, then tiebreaker, then order of arrival.

#ifndef QUERY_HELD_H
#define QUERY_HELD_H

#include "base/arena.h"
#include "query/input.h"

#define HELD_MAX_GB    4u
#define HELD_MAX_BYTES ((uint64_t)HELD_MAX_GB << 30)

// What is printed of an event.
struct held_shown {
    size_t len;
    char at[];
};

struct held_event {
    struct pomona_eql_event event;  // `own` is its struct held_shown.
    struct pomona_eql_value tiebreaker;
    size_t arrival;
};

struct held {
    struct held_event *at;
    size_t count;
    size_t capacity;
    uint64_t max_bytes;
    struct arena arena;
};

void held_init(struct held *h, uint64_t max_bytes);
void held_done(struct held *h);

// Copies the event, the values of its `field_count` fields and what is shown of it. False where it
// would take more than `max_bytes` in all; nothing is held of it then.
MUST_CHECK bool held_keep(struct held *h, const struct input_event *event, size_t field_count,
                          str shown);

// Afterwards the events in `at` are in order, and none has a tiebreaker: that they arrive in order
// says as much. Numbers come before texts, and both before what has none.
void held_sort(struct held *h);

#endif
