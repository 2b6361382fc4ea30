// What a person should know of an entry before it is promoted, and what is not promoted unless it is
// asked for in so many words. docs/BASELINE.md says against whom.

#ifndef SCORE_PROPOSAL_H
#define SCORE_PROPOSAL_H

#include "store/baseline.h"

#define PROPOSAL_HOSTS_MIN   2u
#define PROPOSAL_DAYS_MIN    3u
#define PROPOSAL_RECENT_DAYS 7

// PROPOSAL_WARNING(identifier, name, sentence)
#define PROPOSAL_WARNINGS(PROPOSAL_WARNING)                                                    \
    PROPOSAL_WARNING(CRITICAL, "critical",                                                     \
                     "a rule of level critical matched it while it was learned")               \
    PROPOSAL_WARNING(                                                                          \
        TWIN, "twin",                                                                          \
        "others call themselves by the same signing id and are signed by somebody else")       \
    PROPOSAL_WARNING(DRIP, "drip",                                                             \
                     "it came to one host after the other, long after they were first seen")   \
    PROPOSAL_WARNING(NOISY_HOST, "noisy_host", "nearly all of it was on one host")             \
    PROPOSAL_WARNING(ONE_HOST, "one_host", "it was seen on one host only")                     \
    PROPOSAL_WARNING(FEW_DAYS, "few_days", "it was seen on one or two days only")              \
    PROPOSAL_WARNING(RECENT, "recent", "it was first seen in the last seven days of learning") \
    PROPOSAL_WARNING(IMPORTED, "imported",                                                     \
                     "it was not seen here: its counts are those of another baseline")

enum proposal_warning {
#define PROPOSAL_WARNING(identifier, name, sentence) PROPOSAL_##identifier,
    PROPOSAL_WARNINGS(PROPOSAL_WARNING)
#undef PROPOSAL_WARNING
    PROPOSAL_WARNING_COUNT
};

str proposal_warning_name(enum proposal_warning warning);
str proposal_warning_sentence(enum proposal_warning warning);
// A bit for each.
uint32_t proposal_warnings(const struct baseline_row *row, const struct baseline_meta *meta);

// What the promoter says of it.
struct proposal_consent {
    bool critical;  // Also what a critical rule matched.
    bool force;     // Also what was seen too little.
    bool is_named;  // This very entry was named, not one of many that pass a filter.
};
// Why it is not promoted; empty where it is.
str proposal_refusal(const struct baseline_row *row, const struct baseline_meta *meta,
                     struct proposal_consent consent);

#endif
