// One scenario through the pipeline, as `pomona detect` would run it: what was raised, and at which
// event of its Mac.

#ifndef VALIDATE_REPLAY_H
#define VALIDATE_REPLAY_H

#include "pipeline.h"
#include "validate/scenario.h"

#define REPLAY_RAISED_MAX   2000u   // Of one scenario; counted beyond.
#define REPLAY_HOSTS_MAX    10000u  // Whose events are counted.
#define REPLAY_ENTITIES_MAX 32u     // Of one finding: who it is about.
#define REPLAY_STEPS_MAX    16u     // Of one finding that are told again.

struct replay_options {
    const struct pipeline_options *pipeline;
    const struct rules *rules;
    // For a scenario with lists of its own, the rules are loaded again.
    const str *rule_paths;
    size_t rule_path_count;
    const struct rules_options *load;
    uint32_t without;  // Signals.
};

// A rule that a finding tells of. Findings with the same id are one, told again when it grew.
struct raised {
    str id;  // Of the finding it was told in.
    str rule;
    enum level level;
    uint32_t score;
    uint32_t confidence;
    enum verdict verdict;
    str verdict_by;
    uint32_t host;
    str host_name;
    uint64_t event;  // Number of the Mac's event at which it was told, from 1; 0: not known.
    int64_t time_ns;
    str process;       // Of the last step.
    int64_t pid;       // -1: not told.
    const str *paths;  // Of every process that it is about,
    size_t path_count;
    const int64_t *pids;  // and their numbers.
    size_t pid_count;
    const str *steps;  // A sentence each.
    size_t step_count;
    const str *techniques;
    size_t technique_count;
};

// When, on one Mac, what is expected began and ended.
struct replay_mark {
    uint64_t begins;  // Number of the first event at or after it; 0: none came.
    uint64_t ends;
    int64_t begins_ns;
};

struct replay_host {
    uint64_t events;
    struct replay_mark *marks;  // One for each expected finding; NULL before the first event.
};

struct replay {
    const struct raised *raised;  // In the order in which they were told.
    size_t raised_count;
    uint64_t raised_beyond;  // REPLAY_RAISED_MAX
    const struct replay_host *hosts;
    size_t host_count;
    uint32_t seen;     // Signals that came, on any Mac.
    uint64_t records;  // In.
    uint64_t events;   // Out.
    uint64_t damaged;  // Records that told something and made no event.
    uint64_t left_out[SIGNAL_COUNT];
};

// Everything lives in the arena. ERR_IO where a recording cannot be read, ERR_FORMAT where nothing in it
// is an event; ERR_CONFIG for lists that make no sense. The sentence says of which scenario.
MUST_CHECK enum status replay_run(const struct replay_options *options, const struct scenario *s,
                                  struct arena *arena, struct replay *out, struct err *err);

// Whether it is about the process that is named by its path or, where that is empty, the pid.
bool raised_is_about(const struct raised *r, str process, int64_t pid);

#endif
