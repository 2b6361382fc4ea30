// Assets joined with what telemetry told: of each asset and signal how it is, since when, and why.
//
// Of several Macs that one asset is seen as (two sensors, a name that changed) the one that shows a signal
// best counts. An asset of which nothing came for too long is silent in all that it once showed,
// since its last event. One of which nothing ever came was never seen.
//
// Canaries are laid over it (proof.h): a signal of which a canary's record came back is proved.

#ifndef COVERAGE_POSTURE_H
#define COVERAGE_POSTURE_H

#include "coverage/identify.h"

#define POSTURE_SILENT_AFTER_NS (INT64_C(2) * 86400 * 1000000000)

struct posture_asset {
    const struct asset_row *asset;
    size_t host_count;   // Macs of the telemetry that it is seen as.
    size_t claim_count;  // Macs that are this asset's or another's: nobody knows.
    str claimed_by;      // The first of them.
    int64_t last_ns;     // 0: nothing ever came.
    bool is_silent;
    const struct posture_canary
        *unanswered;  // The last canary of which something does not come; else NULL.
    struct kept_signal signals[SIGNAL_COUNT];
};

// A Mac of the telemetry, and what it is.
struct posture_host {
    const struct kept_host *host;
    struct identify_result is;
};

// What became of a canary.
enum posture_answer {
    POSTURE_CAME_BACK,     // All that its sensor can show.
    POSTURE_IN_PART,       // The rest did not within the time.
    POSTURE_DID_NOT_COME,  // Nothing of it, though telemetry behind it was looked through.
    POSTURE_NOT_LOOKED,    // Nobody looked through telemetry that is old enough to have it.
    POSTURE_WAITING,       // The time is not over.
    POSTURE_ANSWER_COUNT
};

struct posture_canary {
    const struct kept_canary *canary;
    struct identify_result is;
    struct posture_asset *asset;  // NULL: of none, or nobody knows of which.
    enum posture_answer answer;
    uint32_t missing;  // Of POSTURE_IN_PART and POSTURE_DID_NOT_COME: SIGNAL_BIT() of each.
    bool is_recent;    // Not older than a proof holds.
    bool is_last;      // Of the asset, or of the Mac where it is none.
};

struct posture {
    struct arena arena;
    const struct kept *kept;
    struct posture_asset *assets;  // That were not retired, in order of ids.
    size_t asset_count;
    struct posture_host *hosts;
    size_t host_count;
    struct posture_canary *canaries;  // In order of time.
    size_t canary_count;
    int64_t newest_ns;  // The last event of any Mac; 0 where there is none.
    int64_t oldest_ns;
    int64_t silent_after_ns;
};

// `k` is borrowed for the life of the posture. `*out` needs posture_done().
void posture_join(const struct kept *k, int64_t silent_after_ns, struct posture *out);
void posture_done(struct posture *p);

#endif
