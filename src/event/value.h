// What a field of an event holds: nothing, one value, or several.

#ifndef EVENT_VALUE_H
#define EVENT_VALUE_H

#include "base/str.h"

enum value_type {
    VALUE_MISSING = 0,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_FLOAT,
    VALUE_TEXT,
    VALUE_LIST,  // Of values that are none of MISSING and LIST.
};

// Sixteen octets. Text and lists are borrowed: from the batch, or from whoever set them.
struct value {
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char *text;
        const struct value *list;
    };
    uint32_t len;  // Octets of text, values of a list.
    uint8_t type;  // enum value_type
};

static inline struct value value_of_text(str s)
{
    return (struct value){ .text = s.at, .len = (uint32_t)s.len, .type = VALUE_TEXT };
}

static inline struct value value_of_int(int64_t n)
{
    return (struct value){ .integer = n, .type = VALUE_INT };
}

static inline struct value value_of_float(double n)
{
    return (struct value){ .real = n, .type = VALUE_FLOAT };
}

static inline struct value value_of_bool(bool b)
{
    return (struct value){ .boolean = b, .type = VALUE_BOOL };
}

static inline struct value value_of_list(const struct value *list, size_t count)
{
    return (struct value){ .list = list, .len = (uint32_t)count, .type = VALUE_LIST };
}

// Call only for VALUE_TEXT.
static inline str value_str(struct value v)
{
    return (str){ .at = v.text, .len = v.len };
}

#endif
