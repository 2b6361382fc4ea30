// JSON text, put together in order. Commas are placed by looking at what stands before, so a
// caller only says what comes next. An empty key: an element of an array.

#ifndef SINK_JSON_H
#define SINK_JSON_H

#include "base/buf.h"
#include "event/value.h"

void sink_json_open(struct buf *b, str key, char bracket);
void sink_json_close(struct buf *b, char bracket);
void sink_json_text(struct buf *b, str key, str value);
// The same, and nothing at all where the value is empty.
void sink_json_text_known(struct buf *b, str key, str value);
void sink_json_int(struct buf *b, str key, int64_t value);
void sink_json_bool(struct buf *b, str key, bool value);
// null for VALUE_MISSING and for numbers that JSON cannot say.
void sink_json_value(struct buf *b, str key, struct value value);
void sink_json_texts(struct buf *b, str key, const str *texts, size_t count);
// "2026-02-03T09:14:07.123456789Z"
void sink_json_time(struct buf *b, str key, int64_t time_ns);

// The same time without quotes; `separator` stands between day and hour.
void sink_add_time(struct buf *b, int64_t time_ns, char separator, unsigned decimals);

#endif
