// Events that outlive their batch.

#ifndef ORDER_KEEP_H
#define ORDER_KEEP_H

#include "event/event.h"

// An event on its way, and whose memory it is in.
struct order_item {
    struct event *event;
    size_t kept_bytes;  // 0: the batch's. Otherwise a copy, of so many octets with all it has.
    uint64_t missed;    // On its host, before it.
};

// Makes the item a copy, where it is not one.
void order_keep(struct order_item *item);
// Frees the copy, where it is one.
void order_drop(struct order_item *item);

#endif
