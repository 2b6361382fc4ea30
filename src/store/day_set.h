// The days on which something was seen, each once: a bit a day for the newest DAY_SET_SPAN of them,
// and how many there were before those. A day that is older still is not counted a second time.

#ifndef STORE_DAY_SET_H
#define STORE_DAY_SET_H

#include "base/str.h"

#define DAY_SET_SPAN  512u
#define DAY_SET_BYTES (8u + DAY_SET_SPAN / 8u)  // As octets.

struct day_set {
    int32_t first;     // Of the span, days since 1970; meaningful where there are any.
    uint32_t earlier;  // Days before the span.
    uint64_t bits[DAY_SET_SPAN / 64u];
};

// By value; a zeroed one is empty.
void day_set_add(struct day_set *s, int32_t day);
void day_set_merge(struct day_set *into, const struct day_set *from);
uint32_t day_set_count(const struct day_set *s);
int32_t day_set_day_of(int64_t time_ns);

void day_set_write(const struct day_set *s, uint8_t out[DAY_SET_BYTES]);
// False where these are no days.
bool day_set_read(struct day_set *s, bytes in);

#endif
