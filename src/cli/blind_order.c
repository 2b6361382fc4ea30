// In which order a report tells of Macs, and the letters of their states.

#include "cli/blind_report.h"

#include <stdlib.h>

// For sorting, since qsort() has no context.
struct place {
    size_t number;
    const struct asset_row *asset;
    enum sight_standing standing;
};

static int worst_first(const void *a, const void *b);
static int team_first(const void *a, const void *b);

static const int badness[SIGHT_STANDING_COUNT] = {
    [SIGHT_NONE] = 6,       [SIGHT_SILENT] = 5, [SIGHT_NEVER] = 4, [SIGHT_FEW] = 3,
    [SIGHT_UNEXPECTED] = 2, [SIGHT_MOST] = 1,   [SIGHT_ALL] = 0,
};

static const char letters[COVERAGE_STATE_COUNT] = {
    [COVERAGE_PROVED] = 'P',        [COVERAGE_SEEN] = 'S',   [COVERAGE_DEGRADED] = 'D',
    [COVERAGE_BLIND_IN_PART] = 'B', [COVERAGE_SILENT] = 'X', [COVERAGE_NEVER_SEEN] = 'N',
    [COVERAGE_IMPOSSIBLE] = 'I',
};

char blind_letter(enum coverage_state state)
{
    return letters[state];
}

size_t *blind_order(const struct blind_report *r, size_t most, bool by_team, size_t *count)
{
    const struct posture *p = &r->posture;
    struct place *places = memory_zeroed(p->asset_count + 1, sizeof *places);
    size_t *order = memory_zeroed(p->asset_count + 1, sizeof *order);
    *count = r->all || p->asset_count < most ? p->asset_count : most;
    for (size_t i = 0; i < p->asset_count; i++)
        places[i] = (struct place){ i, p->assets[i].asset, r->sight.assets[i] };
    qsort(places, p->asset_count, sizeof *places, worst_first);
    if (by_team)
        qsort(places, *count, sizeof *places, team_first);
    for (size_t i = 0; i < *count; i++)
        order[i] = places[i].number;
    free(places);
    return order;
}

static int worst_first(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    if (x->standing != y->standing)
        return badness[y->standing] - badness[x->standing];
    if (x->asset->criticality != y->asset->criticality)
        return x->asset->criticality < y->asset->criticality ? 1 : -1;
    return str_cmp(x->asset->id, y->asset->id);
}

static int team_first(const void *a, const void *b)
{
    const int order =
        str_cmp(((const struct place *)a)->asset->team, ((const struct place *)b)->asset->team);
    return order != 0 ? order : worst_first(a, b);
}
