// Of each rule, on how many assets it can see, and of each asset, whether rules can see on it: the same judgement that
// fidelity makes of one Mac, over what is kept.

#ifndef COVERAGE_SIGHT_H
#define COVERAGE_SIGHT_H

#include "coverage/posture.h"

struct sight_rule {
    size_t assets[COVERAGE_SIGHT_COUNT];
    enum signal blame;  // Which most assets blame that do not see; SIGNAL_COUNT where all do.
};

// How an asset stands. From best to worst, but for the last, which nobody wants to see. With most sensors some rules
// never see, so that all is rare.
enum sight_standing {
    SIGHT_ALL,         // Every rule can see.
    SIGHT_MOST,        // More than half of them.
    SIGHT_FEW,         // Telemetry comes, and fewer can, or only badly.
    SIGHT_NONE,        // Telemetry comes, and no rule can see.
    SIGHT_SILENT,      // Telemetry came once, and comes no more.
    SIGHT_NEVER,       // None ever came that is surely its own.
    SIGHT_UNEXPECTED,  // The same, and no sensor is expected.
    SIGHT_STANDING_COUNT
};
str sight_standing_name(enum sight_standing standing);

struct sight {
    struct sight_rule *rules;     // In the order of the rules.
    enum sight_standing *assets;  // In the order of the posture's.
    size_t standings[SIGHT_STANDING_COUNT];
    uint64_t all[COVERAGE_SIGHT_COUNT];  // Of each rule on each asset.
};

// `*out` needs sight_done().
void sight_find(const struct posture *p, const struct fidelity_rule *rules, size_t rule_count,
                struct sight *out);
void sight_done(struct sight *s);

#endif
