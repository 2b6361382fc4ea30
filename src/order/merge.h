// Repeats of events of memory and libraries: the loader and just-in-time compilers make them by the
// hundred, all the same but for their time.
//
// Of a run of them in one process, with nothing else of that process between, the first goes on at
// once and the last when the run is over, which is at the latest a second after it began. The last
// says in event.Ext.merged how many were between; they are what is swallowed, and nothing is where
// there are only two. What is told apart is what the events hold: all slots and all facts.

#ifndef ORDER_MERGE_H
#define ORDER_MERGE_H

#include "order/order.h"
#include "order/outlet.h"

#define ORDER_MERGE_PROCESSES 4096u   // Whose runs are followed at a time.
#define ORDER_MERGE_BYTES_MAX 16384u  // A larger event is not held back.
#define ORDER_MERGE_NS        1000000000LL

struct order_merge;

// Both borrowed: where events go, and where they are counted.
struct order_merge *order_merge_new(struct order_outlet *out, struct order_counts *counts);
void order_merge_free(struct order_merge *m);
// Adds the event to the outlet, and before it what waited for it; or holds it back. Swallowed ones
// are counted in `sensor`, too. `now_ns`: the wall clock, for order_merge_tick().
void order_merge_take(struct order_merge *m, struct order_item item, int64_t now_ns,
                      struct order_sensor_counts *sensor);
// Copies what is held back.
void order_merge_settle(struct order_merge *m);
// Lets go of what has waited since `since_ns` or longer; INT64_MAX: of all.
void order_merge_tick(struct order_merge *m, int64_t since_ns);

#endif
