// What one reading brings: records, and the memory for all that is made of them. Everything
// here lives until the next batch_reset().

#ifndef EVENT_BATCH_H
#define EVENT_BATCH_H

#include "base/arena.h"
#include "event/finding.h"
#include "event/host.h"

// A record's octets are writable, and stand in a buffer with at least RECORD_PADDING more
// octets behind them: a decoder may parse in place, and puts back what it writes past the end.
#define RECORD_PADDING 8u

struct record {
    char *at;
    size_t len;      // Without the line's end.
    uint64_t line;   // From 1, in its input.
    uint32_t host;   // Number of the host that the input is from, unless an envelope says another.
    uint32_t input;  // Index of the input among those given.
};

// Records of one input that made no event, all for one reason (enum decode_drop).
struct batch_drops {
    uint32_t host;  // Of the input.
    uint32_t reason;
    uint64_t count;
};

struct batch {
    struct arena arena;
    struct record *records;
    size_t record_count;
    size_t record_capacity;
    struct event **events;  // In the order of their records; see event.h for those of ACTION_COUNT.
    size_t event_count;
    size_t event_capacity;
    struct event *spare_event;  // One that was withdrawn, for the next.
    struct batch_drops *drops;
    size_t drop_count;
    size_t drop_capacity;
    struct finding **findings;  // In the order in which they were completed.
    size_t finding_count;
    size_t finding_capacity;
};

void batch_init(struct batch *b);
void batch_done(struct batch *b);
void batch_reset(struct batch *b);
void batch_add_record(struct batch *b, struct record record);
// A new event in the batch's arena: nothing told, and `slot_count` missing slots.
struct event *batch_add_event(struct batch *b, size_t slot_count);
// The event that was added last is none: its memory is the next one's.
void batch_withdraw_event(struct batch *b);
void batch_add_drop(struct batch *b, uint32_t host, uint32_t reason);
// A zeroed finding in the batch's arena.
struct finding *batch_add_finding(struct batch *b);

#endif
