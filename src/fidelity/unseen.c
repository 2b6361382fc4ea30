// What a finding's Mac could not show when the finding was made.

#include "base/buf.h"
#include "fidelity/counters.h"

#define NAMES_MAX 1024u
#define FACTS_MIN 20u  // Fewer exec events say nothing of a sensor's habits.

// The second half of the analytic's sentence: what follows the execution.
static const uint32_t analytic_signals =
    SIGNAL_BIT(SIGNAL_TASK_PORT) | SIGNAL_BIT(SIGNAL_REMOTE_THREAD) | SIGNAL_BIT(SIGNAL_TRACE) |
    SIGNAL_BIT(SIGNAL_CS_INVALIDATION) | SIGNAL_BIT(SIGNAL_LIBRARY_LOAD) |
    SIGNAL_BIT(SIGNAL_MEMORY_MAP) | SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION);

// The others have doubts of their own, from what the finding's steps show.
static const uint32_t doubted_facts =
    SIGNAL_BIT(SIGNAL_CDHASH) | SIGNAL_BIT(SIGNAL_ARGUMENTS) | SIGNAL_BIT(SIGNAL_ENVIRONMENT);

static const struct fidelity_rule *rule_of(const struct fidelity *f, const struct finding *finding);
static uint32_t impossible_on(const struct fidelity *f, const struct host_row *host);
static uint32_t untold_on(const struct host_row *host);
static size_t add_doubt(uint32_t signals, const char *before, const char *after,
                        struct arena *arena, struct finding_doubt *out);

size_t fidelity_unseen(const struct fidelity *f, const struct finding *finding, struct arena *arena,
                       struct finding_doubt *out)
{
    const struct host_row *host = fidelity_host(f, finding->host);
    const struct fidelity_rule *rule = rule_of(f, finding);
    if (host == NULL || host->sensor_count == 0)
        return 0;
    const uint32_t impossible = impossible_on(f, host);
    uint32_t guards = 0;
    uint32_t facts = 0;
    for (size_t i = 0; rule != NULL && i < rule->need_count; i++) {
        const struct signal_need *need = &rule->needs[i];
        facts |= need->facts & doubted_facts;
        // Of several that would do, one is enough.
        if (need->is_guard && (need->any_of & ~impossible) == 0)
            guards |= need->any_of;
    }
    size_t count =
        add_doubt(impossible & analytic_signals, "no sensor of this host shows ", "", arena, out);
    count += add_doubt(guards, "what would have ruled it out cannot be seen on this host: ", "",
                       arena, out + count);
    count += add_doubt(facts & (impossible | untold_on(host)), "", " cannot be told on this host",
                       arena, out + count);
    return count;
}

static const struct fidelity_rule *rule_of(const struct fidelity *f, const struct finding *finding)
{
    for (size_t i = 0; i < f->options.rule_count; i++)
        if (f->options.rules[i].facts == finding->rule)
            return &f->options.rules[i];
    return NULL;
}

// No sensor of the Mac shows it, as their profiles say, and none did.
static uint32_t impossible_on(const struct fidelity *f, const struct host_row *host)
{
    uint32_t set = 0;
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        bool is_impossible = true;
        for (size_t i = 0; i < host->sensor_count && is_impossible; i++) {
            const struct sensor_row *row = &host->sensors[i];
            is_impossible = fidelity_shows(f, row, (enum signal)s) == SENSOR_NOT &&
                            fidelity_fact(row, s).told == 0 &&
                            fidelity_count(row, (enum signal)s) == NULL;
        }
        if (is_impossible)
            set |= SIGNAL_BIT(s);
    }
    return set;
}

// Facts that none of its many exec events has told.
static uint32_t untold_on(const struct host_row *host)
{
    uint32_t set = 0;
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        uint64_t asked = 0;
        uint64_t told = 0;
        for (size_t i = 0; i < host->sensor_count; i++) {
            asked += fidelity_fact(&host->sensors[i], s).asked;
            told += fidelity_fact(&host->sensors[i], s).told;
        }
        if (asked >= FACTS_MIN && told == 0)
            set |= SIGNAL_BIT(s);
    }
    return set;
}

static size_t add_doubt(uint32_t signals, const char *before, const char *after,
                        struct arena *arena, struct finding_doubt *out)
{
    struct buf b;
    if (signals == 0)
        return 0;
    buf_init(&b, NAMES_MAX);
    buf_add(&b, str_of(before));
    const char *separator = "";
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        if ((signals & SIGNAL_BIT(s)) == 0)
            continue;
        buf_printf(&b, "%s%.*s", separator, STR_ARG(signal_traits[s].name));
        separator = ", ";
    }
    buf_add(&b, str_of(after));
    *out = (struct finding_doubt){ .sentence = arena_str(arena, buf_str(&b)),
                                   .cost = FIDELITY_DOUBT_COST };
    buf_done(&b);
    return 1;
}
