// What a decoder counted: sums, the first example of each reason, and the names of unknown events.

#ifndef DECODE_TALLY_H
#define DECODE_TALLY_H

#include "base/map.h"
#include "decode/dialect.h"

struct unknown_event {
    str name;
    uint64_t count;
};

struct decode_tally {
    struct decode_counts counts;
    struct decode_example examples[DECODE_DROP_COUNT];
    struct unknown_event unknown[DECODE_TYPES_MAX + 1];  // The last stands for all further ones.
    size_t unknown_count;
    struct map unknown_by_name;
    struct arena names;
};

void decode_tally_done(struct decode_tally *t);
void decode_tally_drop(struct decode_tally *t, const struct decoding *c,
                       const struct record *record);
void decode_tally_oddities(struct decode_tally *t, const struct decoding *c);
// Adds `from`, which is then empty.
void decode_tally_take(struct decode_tally *t, struct decode_tally *from);
// Puts names in the order of how often they came, which does not tell who met one first.
void decode_tally_sort(struct decode_tally *t);

#endif
