// What pipelines put around a record on its way: a search engine's hit, a collector's document with
// the line that it read, a queue's message. For decode alone.

#ifndef DECODE_WRAPPER_H
#define DECODE_WRAPPER_H

#include "decode/dialect.h"

#define DECODE_WRAPS_MAX 6u  // Wrappers around one another that are taken off.
#define DECODE_TEXTS_MAX 2u  // Of these, such as hold their record as text.

struct decode_wrapped {
    yyjson_val *inner;      // An object, a list, or text that decode_is_record_text() is true for.
    struct host_told host;  // Where the wrapper was put around it: at best the Mac itself.
};

// Whether there is another record in this one. `dialect` is what recognises it as it is, NULL
// where none does; a record of a sensor is never a wrapper, but for the few that carry others.
bool decode_is_wrapper(const struct json_index *record, const struct dialect *dialect,
                       struct decode_wrapped *out);

// A JSON object, or a line of a dialect of text.
bool decode_is_record_text(str text);

#endif
