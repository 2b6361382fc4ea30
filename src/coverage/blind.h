// Blind spots: where the organisation does not see, of which kind, and why. One of each kind for a Mac or an
// asset at most.
//
//     unmanaged    telemetry of a Mac that is no asset, or one that was retired
//     ambiguous    telemetry of a Mac that is one of several assets
//     unmonitored  no telemetry of an asset ever came, and nobody says that no sensor is expected
//     silent       nothing came of an asset for longer than the fleet's newest event lets expect
//     canary       a canary was emitted, and its records did not come back, or nobody looked for them
//     permissions  the sensor has no Full Disk Access, or its PPPC profile is not granted
//     degraded     a signal is degraded or blind in part; or a steady signal or a fact is silent
//
// The most critical assets come first, then roles (executive, privileged, developer, others), then
// kinds in the order above. A Mac that is no asset has no criticality: it comes before all, since nobody
// knows what it is.

#ifndef COVERAGE_BLIND_H
#define COVERAGE_BLIND_H

#include "coverage/posture.h"

enum blind_kind {
    BLIND_UNMANAGED,
    BLIND_AMBIGUOUS,
    BLIND_UNMONITORED,
    BLIND_SILENT,
    BLIND_CANARY,
    BLIND_PERMISSIONS,
    BLIND_DEGRADED,
    BLIND_KIND_COUNT
};
str blind_kind_name(enum blind_kind kind);

struct blind_spot {
    enum blind_kind kind;
    const struct posture_asset *asset;  // NULL: of a Mac that is no asset, or no one knows which.
    str id;                             // Of the asset, or of the Mac.
    str name;                           // Its host name; may be empty.
    str check;                          // The one that fails; empty where none is to blame.
    int64_t since_ns;                   // 0: not known.
    str reason;
};

struct blind_list {
    struct blind_spot *at;
    size_t count;
    size_t kinds[BLIND_KIND_COUNT];
};

// Text lives in the arena or in what `p` was made of. `*out` needs blind_done().
void blind_find(const struct posture *p, struct arena *arena, struct blind_list *out);
void blind_done(struct blind_list *list);

// Machines whose blindness is worth the most to an attacker: those of developers and executives.
bool blind_is_marked(const struct blind_spot *spot);

#endif
