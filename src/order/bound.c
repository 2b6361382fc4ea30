// How long records wait for those that may come late. It grows at once to twice what was late, and
// shrinks by halves while waiting brings nothing: a filtered file is all holes, and each would cost
// the whole wait.

#include "order/internal.h"

#define START_NS    (2 * ORDER_SECOND_NS)
#define START_COUNT 512u
#define MIN_NS      (ORDER_SECOND_NS / 20)
#define MIN_COUNT   16u
#define MAX_NS      (60 * ORDER_SECOND_NS)
#define MAX_COUNT   4096u
#define FORGET      32u  // Waits in vain after which what was late once counts half.
#define CALM        256u
#define TRUSTED     4096u  // Records in order, one after the other, after which none waits any more.

void order_bound_init(struct order_bound *b)
{
    *b = (struct order_bound){ .ns = START_NS, .count = START_COUNT };
}

// Where all wait, half of what a hole is waited for is enough to begin with, and nothing is once the
// stream has been in order for so long: the next that comes late is too late, and ends that.
uint32_t order_bound_count(const struct order_bound *b, bool is_by_time)
{
    const uint32_t late_count = 2 * b->late_count;
    if (is_by_time && b->calm >= TRUSTED)
        return 0;
    if (!is_by_time || late_count >= b->count)
        return b->count;
    return b->count / 2 > late_count ? b->count / 2 : late_count;
}

void order_bound_late(struct order_bound *b, int64_t ns, uint64_t count)
{
    const int64_t late_ns = ns < MAX_NS / 2 ? ns : MAX_NS / 2;
    const uint32_t late_count = count < MAX_COUNT / 2 ? (uint32_t)count : MAX_COUNT / 2;
    b->late_ns = late_ns > b->late_ns ? late_ns : b->late_ns;
    b->late_count = late_count > b->late_count ? late_count : b->late_count;
    b->ns = 2 * late_ns > b->ns ? 2 * late_ns : b->ns;
    b->count = 2 * late_count > b->count ? 2 * late_count : b->count;
    b->in_vain = b->calm = 0;
}

void order_bound_in_vain(struct order_bound *b)
{
    if (++b->in_vain % FORGET == 0) {
        b->late_ns /= 2;
        b->late_count /= 2;
    }
    const int64_t min_ns = 2 * b->late_ns > MIN_NS ? 2 * b->late_ns : MIN_NS;
    const uint32_t min_count = 2 * b->late_count > MIN_COUNT ? 2 * b->late_count : MIN_COUNT;
    b->ns = b->ns / 2 > min_ns ? b->ns / 2 : min_ns;
    b->count = b->count / 2 > min_count ? b->count / 2 : min_count;
}

void order_bound_calm(struct order_bound *b)
{
    if (++b->calm % CALM == 0)
        order_bound_in_vain(b);
}
