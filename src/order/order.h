// What the sensor's own numbers say: gaps, duplicates, restarts, and records out of order.
//
// This is where late records will find their place. So far every event goes on at once, in
// the order of arrival; a stamp older than one already seen on its host is counted.

#ifndef ORDER_ORDER_H
#define ORDER_ORDER_H

#include "event/event.h"

#define ORDER_TYPES_MAX 256u  // Event type numbers whose sequence is followed, per host.

struct order_counts {
    uint64_t in;
    uint64_t out;
    uint64_t gaps;        // Places where numbers are missing.
    uint64_t missed;      // Records that the gaps stand for.
    uint64_t duplicates;  // Dropped: the last number again, with the same stamp.
    uint64_t restarts;    // Numbers that began again at 0.
    uint64_t late;        // Stamps older than the newest of the host, by up to an hour.
    uint64_t jumps;       // Stamps older than that: the host's clock was set, or was wrong before.
};

struct order;

struct order *order_new(void);
void order_free(struct order *o);
// True where the event goes on, false where it is a duplicate.
bool order_admit(struct order *o, struct event *event);
// The numbers of a record that made no event: not counted in or out, but not missed either.
void order_skip(struct order *o, const struct event *event);
const struct order_counts *order_counts(const struct order *o);
// Records missed on one host.
uint64_t order_missed(const struct order *o, uint32_t host);

#endif
