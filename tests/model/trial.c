#include "trial.h"

#include <string.h>

static bool match_equals(const struct match *a, const struct match *b);

bool scalar_equals(struct scalar a, struct scalar b)
{
    if (a.is_text != b.is_text)
        return false;
    return a.is_text ? strcmp(a.text, b.text) == 0 : a.number == b.number;
}

bool join_equals(const struct join *a, const struct join *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct component *x = &a->at[i];
        const struct component *y = &b->at[i];
        if (x->null != y->null || (!x->null && !scalar_equals(x->value, y->value)))
            return false;
    }
    return true;
}

bool outcome_equals(const struct outcome *a, const struct outcome *b)
{
    if (a->complaint != NULL || b->complaint != NULL || a->match_count != b->match_count)
        return false;
    for (size_t i = 0; i < a->match_count; i++)
        if (!match_equals(&a->matches[i], &b->matches[i]))
            return false;
    return true;
}

static bool match_equals(const struct match *a, const struct match *b)
{
    return a->row_count == b->row_count &&
           memcmp(a->events, b->events, a->row_count * sizeof a->events[0]) == 0 &&
           join_equals(&a->join, &b->join);
}
