// What the counters mean: for a Mac, the state of every signal with its figure and reason, the
// checks, and which rules can see there.
//
// States, from best to worst (docs/COVERAGE.md has them for readers):
//
//     proved         only a canary or an exercise proves: never said from telemetry alone
//     seen           events of it came, and none are known to be lost
//     degraded       up to 0.1 % of its records were lost, or a fact's share is in the middle band,
//                    or the sensor shows it in part only
//     blind in part  more were lost, or the fact's share is below the middle band
//     silent         nothing of it came though the sensor can show it, or nothing for too long at
//                    the end of the window
//     never seen     nothing of it came, and nobody says that the sensor shows it
//     impossible     the sensors of the Mac cannot show it
//
// Of several sensors on one Mac the best counts.

#ifndef FIDELITY_COVERAGE_H
#define FIDELITY_COVERAGE_H

#include "fidelity/fidelity.h"

enum coverage_state {
    COVERAGE_PROVED,
    COVERAGE_SEEN,
    COVERAGE_DEGRADED,
    COVERAGE_BLIND_IN_PART,
    COVERAGE_SILENT,
    COVERAGE_NEVER_SEEN,
    COVERAGE_IMPOSSIBLE,
    COVERAGE_STATE_COUNT
};
str coverage_state_name(enum coverage_state state);

struct coverage_signal {
    enum coverage_state state;
    str figure;
    str reason;
    str check;  // The id of the check that fails, as "T10"; empty where none does.
    uint64_t events;
    uint64_t merged;
    uint64_t minute_max;
    uint64_t missed;   // By the sensor's numbers.
    bool losses_told;  // There are such numbers.
    int64_t first_ns;  // With `events`.
    int64_t last_ns;
    uint64_t silence_ns;  // The longest time without one, between two.
    uint64_t asked;       // Facts.
    uint64_t told;
};

enum coverage_grade {
    COVERAGE_PASSES,
    COVERAGE_MIDDLE,
    COVERAGE_FAILS,
    COVERAGE_UNTOLD,  // The telemetry does not say.
    COVERAGE_GRADE_COUNT
};
str coverage_grade_name(enum coverage_grade grade);

struct coverage_check {
    str id;
    str what;
    enum coverage_grade grade;
    str figure;
};
#define COVERAGE_CHECKS_MAX 20u

// Text lives in the arena that it was made with.
struct coverage_host {
    uint32_t host;
    str id;
    str name;
    str sensors;  // Their names, with commas between.
    uint64_t events;
    uint64_t dropped;  // Records of its inputs that made no event,
    uint64_t lost;     // and of those the ones that told something.
    struct coverage_signal signals[SIGNAL_COUNT];
    struct coverage_check checks[COVERAGE_CHECKS_MAX];
    size_t check_count;
    uint32_t badness;  // To put the worst first.
};

enum coverage_sight {
    COVERAGE_SEES,
    COVERAGE_SEES_BADLY,
    COVERAGE_BLIND,
    COVERAGE_SIGHT_COUNT
};
str coverage_sight_name(enum coverage_sight sight);

struct coverage_rule {
    enum coverage_sight sight;
    enum signal blame;  // SIGNAL_COUNT where it sees.
    str reason;
};

// Hosts that there is something to say of: events, or records that told something and were lost.
bool coverage_has_host(const struct fidelity *f, uint32_t host);
uint32_t coverage_host_count(const struct fidelity *f);  // Numbers below this.
void coverage_judge(const struct fidelity *f, uint32_t host, struct arena *arena,
                    struct coverage_host *out);
// `rule` is one of fidelity_options.
struct coverage_rule coverage_judge_rule(const struct coverage_host *host,
                                         const struct fidelity_rule *rule, struct arena *arena);

// What no sensor shows, and checks that telemetry alone cannot answer.
str coverage_limit(size_t i);  // Empty past the last.
str coverage_unasked(size_t i);

const struct fidelity_options *coverage_options(const struct fidelity *f);
// Records of all inputs that made no event for the reason.
uint64_t coverage_dropped(const struct fidelity *f, size_t reason);
uint64_t coverage_events(const struct fidelity *f);
// When the first and the last event were; false where there was none.
bool coverage_window(const struct fidelity *f, int64_t *first_ns, int64_t *last_ns);

#endif
