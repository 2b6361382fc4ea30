// The stages of a sequence seen from the partials: which wait where, and what spoils them.

#ifndef MATCH_SHAPE_H
#define MATCH_SHAPE_H

#include "eql/plan.h"

struct shape {
    uint32_t stage_count;
    uint32_t first;  // Stage that must be there; those before it must be missing.
    uint32_t last;   // Likewise; those behind it must be missing.
    bool leads;      // There is one before the first.
    bool trails;     // There is one behind the last.
    uint32_t *from;  // By stage: the nearest one before it that must be there; UINT32_MAX for none.
};

void shape_init(struct shape *s, const struct eql_plan *plan);
void shape_done(struct shape *s);

#endif
