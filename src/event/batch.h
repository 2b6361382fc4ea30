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

struct batch {
    struct arena arena;
    struct record *records;
    size_t record_count;
    size_t record_capacity;
    struct finding **findings;  // In the order in which they were completed.
    size_t finding_count;
    size_t finding_capacity;
};

void batch_init(struct batch *b);
void batch_done(struct batch *b);
void batch_reset(struct batch *b);
void batch_add_record(struct batch *b, struct record record);
// A zeroed finding in the batch's arena.
struct finding *batch_add_finding(struct batch *b);

#endif
