// input_take(): whatever the octets, each record becomes an event or a counted drop, every value of
// an event can be read, and what is shown of an event is read as the same event again, and shown
// the same.

#include "query/held.h"

#include <stdlib.h>

#define SHOWN_MAX (64u * 1024u * 1024u)

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static void check_again(struct input *in, const struct input_event *event, str shown);
static bool is_same(const struct pomona_eql_value *a, const struct pomona_eql_value *b);

static const str paths[] = { STR_INIT(""), STR_INIT("b"), STR_INIT("b.c") };
static const struct input_field fields[] = {
    { .name = STR_INIT("a") },
    { .name = STR_INIT("a.b") },
    { .name = STR_INIT("a.b.c") },
    { .name = STR_INIT("process.name") },
    { .name = STR_INIT("a"), .paths = paths, .path_count = COUNT_OF(paths) },
};
static const str shown_fields[] = { STR_INIT("a.b"), STR_INIT("a"), STR_INIT("@timestamp") };

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    // The first octet chooses the unit and whether fields are shown.
    const uint8_t choice = size > 0 ? octets[0] : 0;
    const struct input_options options = {
        .timestamp_field = STR("@timestamp"),
        .tiebreaker_field = STR("n"),
        .category_field = STR("event.category"),
        .timestamp_unit = (enum stamp_unit)(choice % (STAMP_ISO + 1)),
    };
    struct input_options few = options;
    few.shown = shown_fields;
    few.shown_count = choice >= 0x80 ? COUNT_OF(shown_fields) : 0;

    struct records *records =
        records_open_memory((bytes){ .at = octets + (size > 0), .len = size - (size > 0) });
    struct input *in = input_new(&few, fields, COUNT_OF(fields));
    struct input *again = input_new(&options, fields, COUNT_OF(fields));
    struct held held;
    struct records_item record;
    struct buf shown;
    buf_init(&shown, SHOWN_MAX);
    held_init(&held, HELD_MAX_BYTES);
    while (records_take(records, &record)) {
        const struct input_event *event = input_take(in, &record);
        if (event == NULL)
            continue;
        buf_reset(&shown);
        input_show(in, &shown);
        if (shown.failed || !held_keep(&held, event, COUNT_OF(fields), buf_str(&shown)))
            abort();
        if (few.shown_count == 0)
            check_again(again, event, buf_str(&shown));
    }
    held_sort(&held);
    for (size_t i = 1; i < held.count; i++)
        if (held.at[i - 1].event.time_ns > held.at[i].event.time_ns)
            abort();

    const struct input_counts *counts = input_counts(in);
    uint64_t sum = counts->events;
    for (size_t i = 0; i < INPUT_DROP_COUNT; i++)
        sum += counts->dropped[i];
    if (sum != records_counts(records).records || counts->events != held.count)
        abort();
    buf_done(&shown);
    held_done(&held);
    input_free(again);
    input_free(in);
    records_close(records);
    return 0;
}

static void check_again(struct input *in, const struct input_event *event, str shown)
{
    const struct records_item record = { .text = shown };
    struct buf twice;
    const struct input_event *same = input_take(in, &record);
    if (same == NULL || same->event.time_ns != event->event.time_ns)
        abort();
    // Octets that are not UTF-8 are shown as others.
    const bool is_replaced = str_contains(shown, STR("\xef\xbf\xbd"));
    for (size_t i = 0; i < COUNT_OF(fields) && !is_replaced; i++)
        if (!is_same(&event->event.values[i], &same->event.values[i]))
            abort();
    buf_init(&twice, SHOWN_MAX);
    input_show(in, &twice);
    if (!str_eq(buf_str(&twice), shown))
        abort();
    buf_done(&twice);
}

static bool is_same(const struct pomona_eql_value *a, const struct pomona_eql_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case POMONA_EQL_STRING:
        return str_eq((str){ .at = a->string, .len = a->len },
                      (str){ .at = b->string, .len = b->len });
    case POMONA_EQL_LIST:
        for (size_t i = 0; i < a->len && a->len == b->len; i++)
            if (!is_same(&a->list[i], &b->list[i]))
                return false;
        return a->len == b->len;
    case POMONA_EQL_INTEGER:
        return a->integer == b->integer;
    case POMONA_EQL_REAL:
        return a->real == b->real;
    default:
        return true;
    }
}
