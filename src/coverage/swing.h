// Who got better and who got worse since the last report: Macs by the gravest of their blind spots that are new and of
// those that are gone, and their teams. Kinds are the graver the earlier they stand in blind.h.

#ifndef COVERAGE_SWING_H
#define COVERAGE_SWING_H

#include "coverage/change.h"

struct swing_mac {
    str id;                         // Of the asset, or of the Mac, as the inside of a JSON string.
    const struct asset_row *asset;  // NULL: it is no asset that is in use.
    enum blind_kind came;           // The gravest; BLIND_KIND_COUNT: none.
    enum blind_kind went;
};

bool swing_is_worse(const struct swing_mac *mac);

struct swing_team {
    str name;  // Empty: of no asset, or of one whose team was not told.
    size_t worse;
    size_t better;
};

struct swing {
    struct swing_mac
        *macs;  // Those that are worse first, then the others, then those that are better.
    size_t count;
    size_t worse;
    size_t better;
    struct swing_team *teams;  // Those with the most that are worse first.
    size_t team_count;
};

// Points into `c` and `p`. `*out` needs swing_done().
void swing_find(const struct change *c, const struct posture *p, struct swing *out);
void swing_done(struct swing *s);

#endif
