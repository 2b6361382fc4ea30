#include "sink/json.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

#define NS_PER_SECOND 1000000000

static void begin(struct buf *b, str key);
static void add_value(struct buf *b, struct value value);

void sink_json_open(struct buf *b, str key, char bracket)
{
    begin(b, key);
    buf_add_char(b, bracket);
}

void sink_json_close(struct buf *b, char bracket)
{
    buf_add_char(b, bracket);
}

void sink_json_text(struct buf *b, str key, str value)
{
    begin(b, key);
    buf_add_char(b, '"');
    buf_add_json(b, value);
    buf_add_char(b, '"');
}

void sink_json_text_known(struct buf *b, str key, str value)
{
    if (value.len > 0)
        sink_json_text(b, key, value);
}

void sink_json_int(struct buf *b, str key, int64_t value)
{
    begin(b, key);
    buf_printf(b, "%" PRId64, value);
}

void sink_json_bool(struct buf *b, str key, bool value)
{
    begin(b, key);
    buf_add(b, value ? STR("true") : STR("false"));
}

void sink_json_value(struct buf *b, str key, struct value value)
{
    begin(b, key);
    if (value.type != VALUE_LIST) {
        add_value(b, value);
        return;
    }
    buf_add_char(b, '[');
    for (uint32_t i = 0; i < value.len; i++) {
        begin(b, STR_EMPTY);
        add_value(b, value.list[i]);
    }
    buf_add_char(b, ']');
}

void sink_json_texts(struct buf *b, str key, const str *texts, size_t count)
{
    sink_json_open(b, key, '[');
    for (size_t i = 0; i < count; i++)
        sink_json_text(b, STR_EMPTY, texts[i]);
    sink_json_close(b, ']');
}

void sink_json_time(struct buf *b, str key, int64_t time_ns)
{
    begin(b, key);
    buf_add_char(b, '"');
    sink_add_time(b, time_ns, 'T', 9);
    buf_add(b, STR("Z\""));
}

// Comma and key. Text ends in a quote, so a bracket at the end is one that was just opened.
static void begin(struct buf *b, str key)
{
    const char last = b->len == 0 ? '\n' : b->at[b->len - 1];
    if (last != '{' && last != '[' && last != '\n')
        buf_add_char(b, ',');
    if (key.len == 0)
        return;
    buf_add_char(b, '"');
    buf_add_json(b, key);
    buf_add(b, STR("\":"));
}

// Anything but a list.
static void add_value(struct buf *b, struct value value)
{
    switch ((enum value_type)value.type) {
    case VALUE_BOOL:
        buf_add(b, value.boolean ? STR("true") : STR("false"));
        return;
    case VALUE_INT:
        buf_printf(b, "%" PRId64, value.integer);
        return;
    case VALUE_FLOAT:
        if (isfinite(value.real))
            buf_printf(b, "%.17g", value.real);
        else
            buf_add(b, STR("null"));
        return;
    case VALUE_TEXT:
        buf_add_char(b, '"');
        buf_add_json(b, value_str(value));
        buf_add_char(b, '"');
        return;
    case VALUE_MISSING:
    case VALUE_LIST:
        buf_add(b, STR("null"));
        return;
    }
}

void sink_add_time(struct buf *b, int64_t time_ns, char separator, unsigned decimals)
{
    int64_t seconds = time_ns / NS_PER_SECOND;
    int64_t rest = time_ns % NS_PER_SECOND;
    if (rest < 0) {
        rest += NS_PER_SECOND;
        seconds--;
    }
    for (unsigned i = decimals; i < 9; i++)
        rest /= 10;

    // 64 bits of nanoseconds reach from 1677 to 2262: four digits, and gmtime_r cannot fail.
    const time_t when = (time_t)seconds;
    struct tm tm = { 0 };
    (void)gmtime_r(&when, &tm);
    buf_printf(b, "%04d-%02d-%02d%c%02d:%02d:%02d.%0*" PRId64, tm.tm_year + 1900, tm.tm_mon + 1,
               tm.tm_mday, separator, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)decimals, rest);
}
