// What the tests of this directory share: records made by hand, in memory that is gone when their
// batch is, so that the sanitizer sees whoever still looks there.

#ifndef ORDER_FIXTURE_H
#define ORDER_FIXTURE_H

#include "order/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS        1000000LL
#define SECOND    1000000000LL
#define START     (1700000000LL * SECOND)
#define NO_NUMBER UINT64_MAX

struct told {
    uint32_t host;
    uint32_t sensor;
    uint64_t number;  // NO_NUMBER: none.
    uint64_t type_sequence;
    uint32_t type;  // 0: none is told.
    int64_t at_ns;  // Since START; INT64_MIN: not told.
    enum numbering numbering;
    enum action action;  // EXEC unless told.
    bool is_mark;        // A record of which no event was made.
    int64_t pid;
    uint32_t id;  // By which the test knows it again.
};

struct feed {
    struct order *o;
    struct event **events;
    size_t count;
    size_t capacity;
    int64_t now_ns;
};

static inline int64_t feed_now(void *context)
{
    return ((struct feed *)context)->now_ns;
}

static inline void feed_open(struct feed *f, const struct order_options *options)
{
    *f = (struct feed){ .now_ns = START };
    f->o = order_new(options);
}

static inline struct event *feed_make(struct feed *f, const struct told *t)
{
    struct event *event = malloc(sizeof *event);
    char *text = malloc(16);
    struct value *list = malloc(sizeof *list);
    assert_true(event != NULL && text != NULL && list != NULL);
    *event = (struct event){
        .time_ns = t->at_ns == INT64_MIN ? 0 : START + t->at_ns,
        .sequence = t->number == NO_NUMBER ? 0 : t->number,
        .has_sequence = t->number != NO_NUMBER,
        .type_sequence = t->type_sequence,
        .has_type_sequence = t->type > 0,
        .type_number = t->type,
        .numbering = t->numbering,
        .sensor = t->sensor,
        .action = t->is_mark ? ACTION_COUNT : t->action,
        .host = t->host,
        .process = event_nobody,
        .previous = event_nobody,
        .target = event_nobody,
        .slot_count = FIELD_COUNT,
        .slots = calloc(FIELD_COUNT, sizeof(struct value)),
    };
    assert_non_null(event->slots);
    const int len = snprintf(text, 16, "%u", t->id);
    event->process.present = true;
    event->process.id.pid = t->pid;
    event->process.executable = (str){ text, (size_t)len };
    *list = value_of_text(event->process.executable);
    event->slots[FIELD_MESSAGE] = value_of_text(event->process.executable);
    event->slots[FIELD_PROCESS_ARGS] = value_of_list(list, 1);
    event->slots[FIELD_TIMESTAMP] = value_of_int(event->time_ns);
    if (f->count == f->capacity) {
        f->capacity = f->capacity == 0 ? 64 : 2 * f->capacity;
        f->events = realloc(f->events, f->capacity * sizeof(*f->events));
        assert_non_null(f->events);
    }
    f->events[f->count++] = event;
    return event;
}

static inline void feed_add(struct feed *f, struct told t)
{
    order_add(f->o, feed_make(f, &t));
}

// As the numbered sensor of one host has it.
static inline void feed_number(struct feed *f, uint64_t number, int64_t at_ns)
{
    feed_add(f, (struct told){ .number = number,
                               .at_ns = at_ns,
                               .numbering = NUMBERING_ALL,
                               .id = (uint32_t)number });
}

// The batch is over: its memory is gone.
static inline void feed_cut(struct feed *f)
{
    order_settle(f->o);
    for (size_t i = 0; i < f->count; i++) {
        struct event *event = f->events[i];
        free((void *)(uintptr_t)event->slots[FIELD_MESSAGE].text);
        free((void *)(uintptr_t)event->slots[FIELD_PROCESS_ARGS].list);
        free(event->slots);
        free(event);
    }
    f->count = 0;
}

// The id of the next event, having looked at all that it holds; -1 where there is none.
static inline int64_t feed_next(struct feed *f)
{
    const struct event *event = order_next(f->o);
    uint64_t id;
    if (event == NULL)
        return -1;
    assert_true(event->action != ACTION_COUNT);
    const struct value *list = event->slots[FIELD_PROCESS_ARGS].list;
    const str first = list == NULL ? STR_EMPTY : value_str(*list);
    assert_true(str_eq(value_str(event->slots[FIELD_MESSAGE]), event->process.executable));
    assert_true(str_eq(first, event->process.executable));
    assert_int_equal(event->slots[FIELD_TIMESTAMP].integer, event->time_ns);
    assert_true(str_to_u64(event->process.executable, &id));
    return (int64_t)id;
}

static inline void feed_expect(struct feed *f, const int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(feed_next(f), ids[i]);
    assert_int_equal(feed_next(f), -1);
}
#define EXPECT(f, ...) \
    feed_expect(f, (const int64_t[]){ __VA_ARGS__ }, COUNT_OF(((const int64_t[]){ __VA_ARGS__ })))
#define EXPECT_NONE(f) assert_int_equal(feed_next(f), -1)

static inline uint64_t feed_drain(struct feed *f)
{
    uint64_t count = 0;
    while (feed_next(f) >= 0)
        count++;
    return count;
}

// Everything is let go, and adds up.
static inline void feed_end(struct feed *f)
{
    order_flush(f->o);
    (void)feed_drain(f);
    const struct order_counts *counts = order_counts(f->o);
    assert_int_equal(counts->held, 0);
    assert_int_equal(counts->in, counts->out + counts->duplicates + counts->merged);
}

static inline void feed_close(struct feed *f)
{
    feed_end(f);
    feed_cut(f);
    order_free(f->o);
    free(f->events);
}

#endif
