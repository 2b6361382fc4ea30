// What the stages of an action made of values that were met before: dispatch.h says why.

#ifndef MATCH_RECALL_H
#define MATCH_RECALL_H

#include "match/dispatch.h"

#define RECALL_VALUES_MAX 512u  // Remembered of a column.
#define RECALL_TEXT_MAX   192u  // Octets of a remembered text; a longer one is asked every time.

// Of one dispatch, which is borrowed; one for each thread.
struct recall;
struct recall *recall_new(const struct dispatch *d);
void recall_free(struct recall *r);

// Takes the stages that the event may meet one by one, ascending.
struct recall_cursor {
    const struct dispatch *dispatch;
    uint64_t *left;
    uint32_t word;
};

// The event, which the scratch looks at.
void recall_begin(struct recall *r, const struct event *event, struct eql_scratch *scratch,
                  struct recall_cursor *cursor);
// False at the end.
bool recall_next(struct recall_cursor *cursor, struct rule_stage *out);

#endif
