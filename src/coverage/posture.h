// Assets joined with what telemetry told: of each asset and signal how it is, since when, and why.
//
// Of several Macs that one asset is seen as (two sensors, a name that changed) the one that shows a signal
// best counts. An asset of which nothing came for too long is silent in all that it once showed,
// since its last event. One of which nothing ever came was never seen.

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
    struct kept_signal signals[SIGNAL_COUNT];
};

// A Mac of the telemetry, and what it is.
struct posture_host {
    const struct kept_host *host;
    struct identify_result is;
};

struct posture {
    const struct kept *kept;
    struct posture_asset *assets;  // That were not retired, in order of ids.
    size_t asset_count;
    struct posture_host *hosts;
    size_t host_count;
    int64_t newest_ns;  // The last event of any Mac; 0 where there is none.
    int64_t oldest_ns;
    int64_t silent_after_ns;
};

// `k` is borrowed for the life of the posture. `*out` needs posture_done().
void posture_join(const struct kept *k, int64_t silent_after_ns, struct posture *out);
void posture_done(struct posture *p);

#endif
