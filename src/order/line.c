#include "order/line.h"

#include "base/arena.h"

#include <stdlib.h>

#define PRINTS_MIN      16u
#define PRINTS_PER_NOTE 32u  // More room is had by many records, not by one wild number.
// One gap claims at most so many lost records: a wild number must not drown the honest ones.
#define GAP_MISSED_MAX 1000000000u

static size_t run_after(const struct order_line *l, uint64_t number);
static struct order_run *run_at(struct order_line *l, size_t i);
static const struct order_run *run_of(const struct order_line *l, size_t i);
static void fill(struct order_line *l, uint64_t number);
static void insert_run(struct order_line *l, size_t i, struct order_run run);
static void remove_run(struct order_line *l, size_t i);
static void close_oldest(struct order_line *l, uint32_t runs_max);
static void take_back(struct order_line *l, uint64_t number, bool joins_below, bool joins_above);
static uint64_t claimed(uint64_t missing);
static uint32_t print_of(uint64_t number, int64_t stamp_ns);
static void grow_prints(struct order_line *l, uint64_t number);
static uint64_t noted_end(const struct order_line *l, uint64_t number);

void order_line_done(struct order_line *l)
{
    free(l->older);
    free(l->prints);
    *l = (struct order_line){ 0 };
}

void order_line_reset(struct order_line *l)
{
    if (l->print_count > 0)
        memset(l->prints, 0, l->print_count * sizeof *l->prints);
    *l = (struct order_line){
        .older = l->older,
        .older_capacity = l->older_capacity,
        .prints = l->prints,
        .print_count = l->print_count,
    };
}

enum order_spot order_line_find(const struct order_line *l, uint64_t number)
{
    if (number > l->newest.last)
        return number == l->newest.last + 1 ? SPOT_NEXT : SPOT_AHEAD;
    if (number >= l->newest.first)
        return SPOT_SEEN;
    if (number < l->floor)
        return SPOT_CLOSED;
    const uint64_t first = order_line_first(l);
    if (number < first)
        return first - number > ORDER_FRONT_MAX ? SPOT_CLOSED : SPOT_HOLE;
    return run_of(l, run_after(l, number))->first <= number ? SPOT_SEEN : SPOT_HOLE;
}

void order_line_add(struct order_line *l, uint64_t number, uint32_t runs_max)
{
    if (!l->begun) {
        l->begun = true;
        l->newest = (struct order_run){ number, number };
        l->print_first = number;
    } else if (number == l->newest.last + 1) {
        l->newest.last = number;
    } else if (number > l->newest.last) {
        insert_run(l, l->older_count, l->newest);
        l->newest = (struct order_run){ number, number };
        close_oldest(l, runs_max);
    } else {
        fill(l, number);
        close_oldest(l, runs_max);
    }
}

// Into the hole below the run that is next above it.
static void fill(struct order_line *l, uint64_t number)
{
    const size_t i = run_after(l, number);
    struct order_run *above = run_at(l, i);
    struct order_run *below = i > 0 ? run_at(l, i - 1) : NULL;
    const bool joins_above = above->first == number + 1;
    const bool joins_below = below != NULL && below->last + 1 == number;
    take_back(l, number, joins_below, joins_above);
    if (joins_above && joins_below) {
        above->first = below->first;
        remove_run(l, i - 1);
    } else if (joins_above) {
        above->first = number;
    } else if (joins_below) {
        below->last = number;
    } else {
        insert_run(l, i, (struct order_run){ number, number });
    }
}

// The first run that does not end before the number.
static size_t run_after(const struct order_line *l, uint64_t number)
{
    size_t low = 0;
    size_t high = l->older_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (l->older[middle].last < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct order_run *run_at(struct order_line *l, size_t i)
{
    return i < l->older_count ? &l->older[i] : &l->newest;
}

static const struct order_run *run_of(const struct order_line *l, size_t i)
{
    return i < l->older_count ? &l->older[i] : &l->newest;
}

static void insert_run(struct order_line *l, size_t i, struct order_run run)
{
    if (l->older == NULL || l->older_count == l->older_capacity) {
        l->older_capacity = l->older_capacity == 0 ? 4 : 2 * l->older_capacity;
        l->older = memory_resize(l->older, l->older_capacity * sizeof *l->older);
    }
    if (i < l->older_count)
        memmove(&l->older[i + 1], &l->older[i], (l->older_count - i) * sizeof *l->older);
    l->older[i] = run;
    l->older_count++;
}

static void remove_run(struct order_line *l, size_t i)
{
    l->older_count--;
    memmove(&l->older[i], &l->older[i + 1], (l->older_count - i) * sizeof *l->older);
}

// Half of them at once, so that a stream that is all holes does not move them at every record.
static void close_oldest(struct order_line *l, uint32_t runs_max)
{
    if (l->older_count < runs_max)
        return;
    const uint32_t closed = l->older_count / 2;
    const uint64_t first = order_line_first(l);
    struct order_run *kept = &l->older[closed];
    if (!l->has_next || l->next < kept->first)
        order_line_give(l, kept->first, first);
    l->floor = kept->first;
    kept->first = first;
    memmove(l->older, kept, (l->older_count - closed) * sizeof *l->older);
    l->older_count -= closed;
}

// A number that was given up has come after all. What stays missing beside it is a gap still.
static void take_back(struct order_line *l, uint64_t number, bool joins_below, bool joins_above)
{
    if (!l->has_next || number >= l->next || number < l->front)
        return;
    const bool ends_below = joins_below || number == l->front;
    l->missed -= l->missed > 0;
    if (ends_below && joins_above)
        l->gaps -= l->gaps > 0;
    else if (!ends_below && !joins_above)
        l->gaps++;
}

bool order_line_reaches(const struct order_line *l, uint64_t number)
{
    if (!l->has_next)
        return false;
    if (number < l->next || l->newest.first <= l->next)
        return true;
    return run_of(l, run_after(l, number))->first <= l->next;
}

void order_line_give(struct order_line *l, uint64_t number, uint64_t from)
{
    if (!l->has_next) {
        l->has_next = true;
        l->next = l->front = from;
    }
    if (number < l->next)
        return;
    if (number > l->next && l->newest.first > l->next) {
        for (size_t i = run_after(l, l->next); l->next < number; i++) {
            const struct order_run *run = run_of(l, i);
            if (run->first > l->next) {
                l->gaps++;
                l->missed += claimed(run->first - l->next);
            }
            l->next = run->last < number ? run->last + 1 : number;
        }
    }
    l->next = number + 1;
}

static uint64_t claimed(uint64_t missing)
{
    return missing < GAP_MISSED_MAX ? missing : GAP_MISSED_MAX;
}

uint64_t order_line_first(const struct order_line *l)
{
    return run_of(l, 0)->first;
}

// A number of the window has its place to itself: what shares it is a window's length away.
void order_line_note(struct order_line *l, uint64_t number, int64_t stamp_ns)
{
    if (number < l->print_first)
        l->print_first = number;
    const uint64_t span = l->newest.last - l->print_first;
    if (l->print_noted < ORDER_PRINTS_MAX)
        l->print_noted++;
    while (l->print_count == 0 || (span >= l->print_count && l->print_count < ORDER_PRINTS_MAX &&
                                   l->print_count < PRINTS_PER_NOTE * l->print_noted))
        grow_prints(l, number);
    if (l->newest.last - number < l->print_count)
        l->prints[number & (l->print_count - 1)] = print_of(number, stamp_ns);
}

// `number` is about to be noted: its place is still that of one a window's length before.
static void grow_prints(struct order_line *l, uint64_t number)
{
    const uint64_t end = noted_end(l, number);
    const uint32_t count = l->print_count == 0 ? PRINTS_MIN : 2 * l->print_count;
    uint32_t *prints = memory_zeroed(count, sizeof *prints);
    for (uint64_t i = 1; i <= l->print_count && i <= end; i++)
        prints[(end - i) & (count - 1)] = l->prints[(end - i) & (l->print_count - 1)];
    free(l->prints);
    l->prints = prints;
    l->print_count = count;
}

// Behind the last number that was there before `number`.
static uint64_t noted_end(const struct order_line *l, uint64_t number)
{
    if (number < l->newest.last)
        return l->newest.last + 1;
    return number > l->newest.first || l->older_count == 0 ? number
                                                           : l->older[l->older_count - 1].last + 1;
}

bool order_line_is_repeat(const struct order_line *l, uint64_t number, int64_t stamp_ns)
{
    return l->print_count > 0 &&
           l->prints[number & (l->print_count - 1)] == print_of(number, stamp_ns);
}

bool order_line_remembers(const struct order_line *l, uint64_t number)
{
    return l->print_count > 0 && number <= l->newest.last &&
           l->newest.last - number < l->print_count &&
           l->prints[number & (l->print_count - 1)] != 0;
}

static uint32_t print_of(uint64_t number, int64_t stamp_ns)
{
    uint64_t x = (number ^ 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
    x = (x ^ (x >> 32) ^ (uint64_t)stamp_ns) * 0xff51afd7ed558ccdu;
    const uint32_t print = (uint32_t)(x >> 32) ^ (uint32_t)x;
    return print == 0 ? 1 : print;
}
