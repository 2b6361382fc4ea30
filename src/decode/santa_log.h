// The parts of the santa-log dialect, for each other.

#ifndef DECODE_SANTA_LOG_H
#define DECODE_SANTA_LOG_H

#include "decode/dialect.h"

#define SANTA_LOG_PAIRS_MAX 48u

struct santa_pair {
    str key;
    str value;
};

struct santa_line {
    str time;
    str action;
    struct santa_pair pairs[SANTA_LOG_PAIRS_MAX];
    size_t count;
};

// What a line may tell. `decode` is NULL for what is known and nothing to us.
struct santa_action {
    str name;
    enum action action;
    bool (*decode)(struct decoding *c, const struct santa_line *line);
};

// By the line's "action"; NULL where there is none.
const struct santa_action *decode_santa_log_action(str name);

// The last value of a key, as the line has it, and with its pipes; empty where there is none.
str decode_santa_log_raw(const struct santa_line *line, str key);
str decode_santa_log_text(struct decoding *c, const struct santa_line *line, str key);
// The reason why it is no whole number of the range, or DECODE_KEPT.
enum decode_drop decode_santa_log_number(const struct santa_line *line, str key, int64_t min,
                                         int64_t max, int64_t *out);

#endif
