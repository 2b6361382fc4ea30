// Which questions of a text field a text may answer with yes, found by the letters in it.
//
// A question that lists constants and patterns ("/Users/*/evil", "*.dylib") can be met only by a
// text with three letters in a row that stand in one of them. Of each constant or pattern one such
// triple is chosen, the one that fewest others have, and a text is asked only those questions of
// which it has a triple: one pass over the text instead of hundreds of comparisons. Case is not
// looked at: too many may be found, never too few.

#ifndef MATCH_LITERALS_H
#define MATCH_LITERALS_H

#include "eql/plan.h"

#define LITERALS_MAX 60000u  // Triples of one field; a field with more is asked without.

struct literals;

// Whether the question can be found by triples: it is about one text field, and each of its
// constants and patterns has three letters in a row.
bool literals_can_find(const struct eql_pool *pool, uint32_t condition);

// Of questions that can be found; NULL where there are too many triples.
struct literals *literals_new(const struct eql_pool *pool, const uint32_t *conditions,
                              uint32_t count);
void literals_free(struct literals *l);

// One pass over a text, which may add some questions more than once.
struct literals_found {
    uint32_t *at;  // Numbers among `conditions`; room for `max`.
    uint32_t count;
    uint32_t max;
    bool overflowed;  // There were more.
};
void literals_find(const struct literals *l, str text, struct literals_found *out);

#endif
