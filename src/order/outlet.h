// Events that may go on, until they are asked for.

#ifndef ORDER_OUTLET_H
#define ORDER_OUTLET_H

#include "order/keep.h"

struct order_outlet {
    struct order_item *items;
    size_t begin;  // The next one to go.
    size_t count;
    size_t capacity;
};

void order_outlet_done(struct order_outlet *out);
void order_outlet_add(struct order_outlet *out, struct order_item item);
// False where there is none.
bool order_outlet_take(struct order_outlet *out, struct order_item *item);

#endif
