#include "match/shape.h"

#include <stdlib.h>

void shape_init(struct shape *s, const struct eql_plan *plan)
{
    *s = (struct shape){ .stage_count = plan->stage_count, .first = UINT32_MAX };
    s->from = memory_zeroed(plan->stage_count, sizeof *s->from);
    uint32_t from = UINT32_MAX;
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        s->from[i] = from;
        if (plan->stages[i].missing)
            continue;
        from = i;
        if (s->first == UINT32_MAX)
            s->first = i;
    }
    s->last = from;
    s->leads = s->first > 0;
    s->trails = s->last + 1 < s->stage_count;
}

void shape_done(struct shape *s)
{
    free(s->from);
    *s = (struct shape){ 0 };
}
