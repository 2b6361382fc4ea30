// What the files that judge one Mac share.

#ifndef FIDELITY_JUDGE_H
#define FIDELITY_JUDGE_H

#include "fidelity/counters.h"
#include "fidelity/coverage.h"

#define SILENCE_NS     (10LL * 60 * 1000000000LL)  // Less is no silence.
#define LOSS_PER_MILLE 1u  // Up to so many of a thousand lost is degraded; above, blind in part.

// One Mac on its way to a report.
struct judging {
    const struct fidelity *fidelity;
    const struct host_row *row;
    struct arena *arena;
    struct coverage_host *out;
    uint64_t lost;  // Damaged records, which count where a sensor numbers nothing.
};

// Passes at and above the first share, fails below the second; in percent.
struct fact_band {
    enum signal fact;
    str check;
    unsigned pass;
    unsigned fail;
    bool is_derived;  // Found by us, not told by the sensor: it is never impossible.
};
extern const struct fact_band judge_facts[];
extern const size_t judge_fact_count;

void judge_signal(struct judging *j, enum signal signal);  // Of events.
void judge_fact(struct judging *j, const struct fact_band *band);
void judge_checks(struct judging *j);

// Parts of figures and reasons.
str judge_share(struct arena *arena, uint64_t part, uint64_t whole);
str judge_span(struct arena *arena, uint64_t ns);
str judge_count(struct arena *arena, uint64_t n, const char *one, const char *many);
// Whether `part` of `whole` is more than so many of a thousand, without overflow.
bool judge_exceeds(uint64_t part, uint64_t whole, unsigned per_mille);

#endif
