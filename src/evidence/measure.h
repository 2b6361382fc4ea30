// What the store has of coverage, as it was at one moment: of each Mac that should be seen, how each signal was.
//
// Macs are the assets that are in use and that a sensor is expected on (also where nobody says whether one is); where
// no assets were imported, the Macs that telemetry told of.

#ifndef EVIDENCE_MEASURE_H
#define EVIDENCE_MEASURE_H

#include "coverage/posture.h"
#include "fidelity/coverage.h"

struct evidence_mac {
    const struct kept_signal *signals;
    int64_t last_ns;  // 0: nothing ever came.
    bool is_silent;   // As a whole.
};

struct evidence_measure {
    struct kept kept;
    struct posture posture;
    struct evidence_mac *macs;
    size_t mac_count;
    bool of_assets;
    int64_t at_ns;                   // The moment.
    int64_t first_ns[SIGNAL_COUNT];  // When it was first seen on any Mac; 0: never.
    int64_t oldest_ns;               // From when on coverage is kept, and until when; 0: never.
    int64_t newest_ns;
};

// At the moment, or where that is 0 at the newest event that is kept. `*out` needs evidence_measure_done() whatever
// comes of it.
MUST_CHECK enum status evidence_measure_read(struct db *db, int64_t at_ns,
                                             struct evidence_measure *out, struct err *err);
void evidence_measure_done(struct evidence_measure *m);

// On how many of the Macs each can see; as many as there are rules, and the caller frees them.
struct evidence_sight {
    size_t macs[COVERAGE_SIGHT_COUNT];
};
// `sets` are the rules of each thing that is asked of, by number: that which sees best counts.
struct evidence_sight_set {
    const size_t *rules;
    size_t count;
};
void evidence_measure_sight(const struct evidence_measure *m, const struct fidelity_rule *rules,
                            const struct evidence_sight_set *sets, size_t set_count,
                            struct evidence_sight *out);

#endif
