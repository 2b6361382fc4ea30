// A store that is not there: a list of any length, of which each row is made when it is asked for.

#ifndef REVIEW_FIXTURE_H
#define REVIEW_FIXTURE_H

#include "review/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

// Row n has the score 1000000 - n, so that its place is known by it.
#define SCORE_FIRST INT64_C(1000000)

struct pretend {
    int64_t count;
    int64_t gone;        // Rows at the beginning that are not there any more.
    int64_t rows_given;  // Altogether.
    int64_t asked;
    const char *host;
    enum finding_status status;
    const char *assignee;
};

static inline void pretend_list(struct pretend *p, const struct findings_filter *ask,
                                struct queue *q)
{
    const bool has_place = ask->after_id.len > 0;
    const int64_t place = SCORE_FIRST - ask->after_score;
    const int64_t step = ask->is_backward ? -1 : 1;
    int64_t n = has_place ? place + step : ask->is_backward ? p->count - 1 : p->gone;
    if (n < p->gone && !ask->is_backward)
        n = p->gone;
    p->asked++;
    for (uint32_t i = 0; i < ask->limit && n >= p->gone && n < p->count; i++, n += step) {
        char id[33];
        (void)snprintf(id, sizeof id, "%032llx", (unsigned long long)n);
        const struct finding_row row = {
            .id = str_of(id),
            .rule = STR("S05"),
            .title = STR("Thread in another process"),
            .level = 3,
            .score = SCORE_FIRST - n,
            .host_name = str_of(p->host == NULL ? "mac-07" : p->host),
            .executable = STR("/usr/bin/attachd"),
            .status = p->status,
            .assignee = str_of(p->assignee),
        };
        queue_take(q, &row);
        p->rows_given++;
    }
}

static inline int64_t pretend_number(const struct finding_row *row)
{
    return row == NULL ? -1 : SCORE_FIRST - row->score;
}

#endif
