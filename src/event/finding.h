// A finding: a rule completed on a host, with every step as evidence.
//
// Made by match, judged by score, written by sinks. Lives in its batch; all text is in the
// batch's arena or belongs to the rule set.

#ifndef EVENT_FINDING_H
#define EVENT_FINDING_H

#include "event/event.h"

enum level {
    LEVEL_INFORMATIONAL,
    LEVEL_LOW,
    LEVEL_MEDIUM,
    LEVEL_HIGH,
    LEVEL_CRITICAL,
    LEVEL_COUNT
};
// "informational", "low", ...; false where there is no such level.
bool level_of(str name, enum level *out);
str level_name(enum level level);

enum verdict {
    VERDICT_NEW,
    VERDICT_EXPECTED,
    VERDICT_EXCEPTED,
    VERDICT_COUNT
};
str verdict_name(enum verdict verdict);

// What a finding needs of its rule. Owned by the rule set, which outlives findings.
struct rule_facts {
    str id;  // As in the rule file, for example "S01".
    str title;
    str description;
    str playbook;
    uint32_t version;
    enum level level;
    const str *techniques;  // "T1106", ...
    size_t technique_count;
    const str *analytics;  // "AN1467", ...
    size_t analytic_count;
    const str *falsepositives;
    size_t falsepositive_count;
    // `suppress`: the same again within the window is counted, not told again. Zero and none:
    // score/group.h says what counts then.
    int64_t suppress_window_ns;
    const enum field *suppress_by;
    size_t suppress_by_count;
};

struct finding_field {
    enum field field;
    struct value value;
};

// One stage's event. Fields are those that the stage's condition names, then those that every
// step shows; order is that of fields.def.
struct finding_step {
    int64_t time_ns;
    uint64_t sequence;
    enum action action;
    uint32_t categories;
    const struct finding_field *fields;
    size_t field_count;
    str why;  // The stage's condition, as written in the rule.
};

// Something that could not be seen on the Mac when the finding was made.
struct finding_doubt {
    str sentence;
    uint32_t cost;  // Points of confidence.
};

// How usual here is what the finding tells of, as the baseline has counted.
struct finding_rarity {
    bool is_known;         // There is a baseline, and it speaks of such things.
    uint64_t hosts;        // That did the same, of
    uint64_t hosts_total;  // those that were learned from.
    uint64_t days;         // On which it was seen.
};

struct finding {
    const struct rule_facts *rule;
    uint32_t host;  // Index in struct hosts.
    str host_id;
    str host_name;
    int64_t time_ns;  // Of the last step.
    const struct finding_step *steps;
    size_t step_count;
    uint64_t missed;  // Records of the host that were known to be lost when it was made.
    const struct finding_doubt *doubts;
    size_t doubt_count;

    // Filled by score:
    char id[33];  // 128 bits in hex; see score/score.h for what it is made of.
    enum level level;
    uint32_t score;       // 0 to 100
    uint32_t confidence;  // 0 to 100
    const str *unseen;    // What could not be seen or was not known, in plain words.
    size_t unseen_count;
    const str *reasons;  // Parts of the score, in plain words.
    size_t reason_count;
    enum verdict verdict;
    struct finding_rarity rarity;
    str verdict_by;  // Which exception or baseline entry says so; empty for VERDICT_NEW.
    // Other rules that were completed by the same act, the gravest first; each is judged like this one.
    const struct finding *const *also;
    size_t also_count;
    uint32_t revision;  // From 0: how often it was told before, with the same id.
    uint64_t repeats;   // How often the same came again and was not told.
};

// The value of a field in a step; VALUE_MISSING where the step does not show it.
struct value finding_step_value(const struct finding_step *step, enum field field);

#endif
