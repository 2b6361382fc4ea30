#include "score/proposal.h"

#define DAY_NS           (INT64_C(86400) * 1000000000)

#define NOISY_EVENTS_MIN 10u
#define NOISY_PERCENT    80u
#define DRIP_MIN         3u  // Late hosts, and days on which they came.

static const struct {
    str name;
    str sentence;
} warnings[PROPOSAL_WARNING_COUNT] = {
#define PROPOSAL_WARNING(identifier, name, sentence) { STR_INIT(name), STR_INIT(sentence) },
    PROPOSAL_WARNINGS(PROPOSAL_WARNING)
#undef PROPOSAL_WARNING
};

static bool is_noisy(const struct baseline_row *row);
static bool is_drip(const struct baseline_row *row);

str proposal_warning_name(enum proposal_warning warning)
{
    return warnings[warning].name;
}

str proposal_warning_sentence(enum proposal_warning warning)
{
    return warnings[warning].sentence;
}

uint32_t proposal_warnings(const struct baseline_row *row, const struct baseline_meta *meta)
{
    const bool is_recent =
        meta->last_ns / DAY_NS - row->evidence.first_ns / DAY_NS < PROPOSAL_RECENT_DAYS;
    return (uint32_t)row->evidence.is_critical << PROPOSAL_CRITICAL |
           (uint32_t)(row->has_actor_twin || row->has_object_twin) << PROPOSAL_TWIN |
           (uint32_t)is_drip(row) << PROPOSAL_DRIP |
           (uint32_t)is_noisy(row) << PROPOSAL_NOISY_HOST |
           (uint32_t)(row->host_count < PROPOSAL_HOSTS_MIN) << PROPOSAL_ONE_HOST |
           (uint32_t)(row->day_count < PROPOSAL_DAYS_MIN) << PROPOSAL_FEW_DAYS |
           (uint32_t)is_recent << PROPOSAL_RECENT | (uint32_t)row->is_imported << PROPOSAL_IMPORTED;
}

static bool is_noisy(const struct baseline_row *row)
{
    return row->host_count > 1 && row->evidence.events >= NOISY_EVENTS_MIN &&
           (double)row->noisiest * 100 >= (double)row->evidence.events * NOISY_PERCENT;
}

// Of the hosts of which it is known when they began, at least half.
static bool is_drip(const struct baseline_row *row)
{
    const uint64_t hosts = row->host_count < HOST_SET_MAX ? row->host_count : HOST_SET_MAX;
    return row->late_hosts >= DRIP_MIN && row->late_days >= DRIP_MIN &&
           row->late_hosts * 2 >= hosts;
}

str proposal_refusal(const struct baseline_row *row, const struct baseline_meta *meta,
                     struct proposal_consent consent)
{
    const uint32_t found = proposal_warnings(row, meta);
    const uint32_t grave = UINT32_C(1) << PROPOSAL_TWIN | UINT32_C(1) << PROPOSAL_DRIP |
                           UINT32_C(1) << PROPOSAL_NOISY_HOST;
    if (row->evidence.is_critical && !consent.critical)
        return STR("a rule of level critical matched it; --critical promotes it all the same");
    if (row->host_count < PROPOSAL_HOSTS_MIN && !consent.force)
        return STR("it was seen on one host only; --force promotes it all the same");
    if (row->day_count < PROPOSAL_DAYS_MIN && !consent.force)
        return STR("it was seen on fewer than 3 days; --force promotes it all the same");
    // Also where the level was not critical: what rules spoke of is why one looks at all.
    if (!consent.is_named && row->evidence.rules.len > 0)
        return STR("a rule matched it; name its id to promote it");
    if (!consent.is_named && (found & grave) != 0)
        return STR("it has a warning that somebody should look at; name its id to promote it");
    return STR_EMPTY;
}
