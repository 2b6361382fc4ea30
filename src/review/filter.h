// Which findings are asked for, as words that a person writes:
//
//     state:open level:high rule:S05 host:mac-1 assignee:me since:2026-11-01 curl
//
// A word without a key is part of what is searched for. A value with blanks stands in double quotes.

#ifndef REVIEW_FILTER_H
#define REVIEW_FILTER_H

#include "base/buf.h"
#include "store/findings.h"

#define FILTER_VALUE_MAX 256u  // Octets.

enum filter_part {
    FILTER_RULE,
    FILTER_HOST,
    FILTER_ASSIGNEE,
    FILTER_TEXT,
    FILTER_PART_COUNT
};

struct filter {
    bool shows_closed;  // Else those that are not, where no status was asked for.
    bool has_status;
    enum finding_status status;
    int64_t least_level;
    int64_t since_ns;
    char values[FILTER_PART_COUNT][FILTER_VALUE_MAX];
    size_t lens[FILTER_PART_COUNT];
};

// Of options that were given.
void filter_of(const struct findings_filter *asked, struct filter *out);
// `me` stands for the assignee "me". ERR_CONFIG, with `out` as it was, where a word cannot be meant.
MUST_CHECK enum status filter_read(str line, str me, struct filter *out, struct err *err);
void filter_set(struct filter *f, enum filter_part part, str value);
str filter_value(const struct filter *f, enum filter_part part);
// The words that make it; with none of them it is `state:unclosed`.
void filter_add(struct buf *out, const struct filter *f);
// Borrows the filter's texts.
struct findings_filter filter_ask(const struct filter *f);

// One value of an option or a word: "open", "assigned", "closed", "all"; a date or a time. False where it is none.
bool filter_status(struct findings_filter *f, str value);
bool filter_since(struct findings_filter *f, str value);

#endif
