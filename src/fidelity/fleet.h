// All Macs together: how many are in which state of a signal, how many see for which rule, and
// which are worst.

#ifndef FIDELITY_FLEET_H
#define FIDELITY_FLEET_H

#include "fidelity/coverage.h"

struct fleet_rule {
    uint32_t hosts[COVERAGE_SIGHT_COUNT];
    uint32_t blamed[SIGNAL_COUNT];
};

struct fleet_host {
    uint32_t host;
    uint32_t badness;
};

struct fleet {
    uint32_t host_count;
    uint32_t signals[SIGNAL_COUNT][COVERAGE_STATE_COUNT];
    struct fleet_rule *rules;  // As in fidelity_options.
    struct fleet_host *hosts;  // The worst first; of equals the one that came first.
};

// `*out` needs fleet_done().
void fleet_count(const struct fidelity *f, struct fleet *out);
void fleet_done(struct fleet *f);
// The signal that most of the Macs blame that do not see for the rule; SIGNAL_COUNT where all do.
enum signal fleet_blame(const struct fleet_rule *rule);

#endif
