// Of each rule, on how many assets it can see: the same judgement that fidelity makes of one Mac, over what is kept.

#ifndef COVERAGE_SIGHT_H
#define COVERAGE_SIGHT_H

#include "coverage/posture.h"

struct sight_rule {
    size_t assets[COVERAGE_SIGHT_COUNT];
    enum signal blame;  // Which most assets blame that do not see; SIGNAL_COUNT where all do.
};

// As many as `rules`, in their order; the caller frees the array.
struct sight_rule *sight_count(const struct posture *p, const struct fidelity_rule *rules,
                               size_t rule_count);

#endif
