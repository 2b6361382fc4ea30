#include "query/held.h"

#include <stdlib.h>

#define CAPACITY_MIN 1024u

static bool make_room(struct held *h);
static struct pomona_eql_value value_keep(struct held *h, const struct pomona_eql_value *value);
static const struct pomona_eql_value *values_keep(struct held *h,
                                                  const struct pomona_eql_value *values,
                                                  size_t count);
static const struct pomona_str *categories_keep(struct held *h,
                                                const struct pomona_eql_event *event);
static uint64_t size_of(const struct pomona_eql_value *values, size_t count);
static int compare(const void *left, const void *right);
static int compare_tiebreakers(const struct pomona_eql_value *a, const struct pomona_eql_value *b);
static int rank_of(const struct pomona_eql_value *tiebreaker);
static int compare_numbers(const struct pomona_eql_value *a, const struct pomona_eql_value *b);
static int compare_mixed(int64_t integer, double real);

void held_init(struct held *h, uint64_t max_bytes)
{
    *h = (struct held){ .max_bytes = max_bytes };
}

void held_done(struct held *h)
{
    free(h->at);
    arena_done(&h->arena);
    *h = (struct held){ .max_bytes = h->max_bytes };
}

bool held_keep(struct held *h, const struct input_event *event, size_t field_count, str shown)
{
    const uint64_t wanted = size_of(event->event.values, field_count) + shown.len;
    if (wanted > h->max_bytes ||
        h->arena.total_bytes + h->capacity * sizeof *h->at > h->max_bytes - wanted || !make_room(h))
        return false;

    struct held_shown *own = arena_alloc(&h->arena, sizeof *own + shown.len);
    own->len = shown.len;
    if (shown.len > 0)
        memcpy(own->at, shown.at, shown.len);
    struct held_event *to = &h->at[h->count];
    *to = (struct held_event){
        .event = event->event,
        .tiebreaker = value_keep(h, &event->tiebreaker),
        .arrival = h->count++,
    };
    to->event.has_tiebreaker = false;
    to->event.values = values_keep(h, event->event.values, field_count);
    to->event.categories = categories_keep(h, &event->event);
    to->event.own = own;
    return true;
}

static bool make_room(struct held *h)
{
    if (h->count < h->capacity)
        return true;
    const size_t capacity = h->capacity == 0 ? CAPACITY_MIN : 2 * h->capacity;
    if (h->arena.total_bytes + capacity * sizeof *h->at > h->max_bytes)
        return false;
    h->at = memory_resize(h->at, capacity * sizeof *h->at);
    h->capacity = capacity;
    return true;
}

// Texts and lists, roughly: chunks of the arena are counted exactly as soon as there are any.
static uint64_t size_of(const struct pomona_eql_value *values, size_t count)
{
    uint64_t sum = count * sizeof *values;
    for (size_t i = 0; i < count; i++) {
        if (values[i].type == POMONA_EQL_STRING)
            sum += values[i].len;
        if (values[i].type == POMONA_EQL_LIST)
            sum += size_of(values[i].list, values[i].len);
    }
    return sum;
}

static struct pomona_eql_value value_keep(struct held *h, const struct pomona_eql_value *value)
{
    struct pomona_eql_value kept = *value;
    if (value->type == POMONA_EQL_STRING)
        kept.string = arena_str(&h->arena, (str){ .at = value->string, .len = value->len }).at;
    if (value->type == POMONA_EQL_LIST)
        kept.list = values_keep(h, value->list, value->len);
    return kept;
}

// Lists of rows of lists: three levels.
static const struct pomona_eql_value *values_keep(struct held *h,
                                                  const struct pomona_eql_value *values,
                                                  size_t count)
{
    struct pomona_eql_value *kept = arena_alloc(&h->arena, count * sizeof *kept);
    for (size_t i = 0; i < count; i++)
        kept[i] = value_keep(h, &values[i]);
    return kept;
}

static const struct pomona_str *categories_keep(struct held *h,
                                                const struct pomona_eql_event *event)
{
    struct pomona_str *kept = arena_alloc(&h->arena, event->category_count * sizeof *kept);
    for (size_t i = 0; i < event->category_count; i++) {
        const struct pomona_str name = event->categories[i];
        kept[i].at = arena_str(&h->arena, (str){ .at = name.at, .len = name.len }).at;
        kept[i].len = name.len;
    }
    return kept;
}

void held_sort(struct held *h)
{
    for (size_t i = 1; i < h->count; i++)
        if (compare(&h->at[i - 1], &h->at[i]) > 0) {
            qsort(h->at, h->count, sizeof *h->at, compare);
            return;
        }
}

static int compare(const void *left, const void *right)
{
    const struct held_event *a = left;
    const struct held_event *b = right;
    if (a->event.time_ns != b->event.time_ns)
        return a->event.time_ns < b->event.time_ns ? -1 : 1;
    const int order = compare_tiebreakers(&a->tiebreaker, &b->tiebreaker);
    if (order != 0)
        return order;
    return (a->arrival > b->arrival) - (a->arrival < b->arrival);
}

static int compare_tiebreakers(const struct pomona_eql_value *a, const struct pomona_eql_value *b)
{
    const int order = rank_of(a) - rank_of(b);
    if (order != 0)
        return order;
    switch (a->type) {
    case POMONA_EQL_STRING:
        return str_cmp((str){ .at = a->string, .len = a->len },
                       (str){ .at = b->string, .len = b->len });
    case POMONA_EQL_INTEGER:
    case POMONA_EQL_REAL:
        return compare_numbers(a, b);
    default:
        return 0;
    }
}

static int rank_of(const struct pomona_eql_value *tiebreaker)
{
    switch (tiebreaker->type) {
    case POMONA_EQL_INTEGER:
    case POMONA_EQL_REAL:
        return 0;
    case POMONA_EQL_STRING:
        return 1;
    default:
        return 2;
    }
}

static int compare_numbers(const struct pomona_eql_value *a, const struct pomona_eql_value *b)
{
    if (a->type == b->type && a->type == POMONA_EQL_INTEGER)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->type == b->type)
        return (a->real > b->real) - (a->real < b->real);
    return a->type == POMONA_EQL_INTEGER ? compare_mixed(a->integer, b->real)
                                         : -compare_mixed(b->integer, a->real);
}

// Exactly: a double holds no more than 53 bits of a whole number, and order must be one order.
static int compare_mixed(int64_t integer, double real)
{
    if (real >= 9223372036854775808.0)
        return -1;
    if (real < -9223372036854775808.0)
        return 1;
    const int64_t whole = (int64_t)real;
    if (integer != whole)
        return integer < whole ? -1 : 1;
    return ((double)whole > real) - ((double)whole < real);
}
