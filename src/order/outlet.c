#include "order/outlet.h"

#include "base/arena.h"

#include <stdlib.h>

void order_outlet_done(struct order_outlet *out)
{
    free(out->items);
    *out = (struct order_outlet){ 0 };
}

void order_outlet_add(struct order_outlet *out, struct order_item item)
{
    if (out->count == out->capacity) {
        out->capacity = out->capacity == 0 ? 256 : 2 * out->capacity;
        out->items = memory_resize(out->items, out->capacity * sizeof *out->items);
    }
    out->items[out->count++] = item;
}

bool order_outlet_take(struct order_outlet *out, struct order_item *item)
{
    if (out->begin == out->count)
        return false;
    *item = out->items[out->begin++];
    if (out->begin == out->count)
        out->begin = out->count = 0;
    return true;
}
