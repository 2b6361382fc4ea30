// An exercise: scenarios that were played to a team, scored as signals of the playbooks are: 100 points over
// ten lines, of which the replay fills some and what was written down at the time the others.
//
// docs/SCENARIOS.md describes the file; examples/exercise.yaml is one.

#ifndef VALIDATE_EXERCISE_H
#define VALIDATE_EXERCISE_H

#include "validate/validate.h"

#define EXERCISE_RECORDS_MAX  256u
#define EXERCISE_EVIDENCE_MAX 64u
#define EXERCISE_ACTIONS_MAX  64u

enum exercise_time {
    EXERCISE_SIMULATED,
    EXERCISE_ALERTED,
    EXERCISE_TRIAGED,
    EXERCISE_CLASSIFIED,
    EXERCISE_CONTAINED,
    EXERCISE_TIME_COUNT
};

enum exercise_answer {
    ANSWER_NOT_TOLD,
    ANSWER_NO,
    ANSWER_YES,
};

enum exercise_inject {
    INJECT_BY_LABEL,  // As the scenario's label says: an attack, or a look-alike.
    INJECT_DEGRADED,  // A sensor is muted: does the team notice?
    INJECT_AMBIGUOUS,
    INJECT_COUNT
};

// Kinds of evidence that triage has to look at.
enum exercise_evidence {
    EVIDENCE_SIGNATURE,
    EVIDENCE_MEMORY,
    EVIDENCE_LINEAGE,
    EVIDENCE_LOG,
    EVIDENCE_KIND_COUNT
};

// What was written down of one scenario.
struct exercise_record {
    str scenario;
    enum exercise_inject inject;
    bool has_time[EXERCISE_TIME_COUNT];
    int64_t time_ns[EXERCISE_TIME_COUNT];
    enum exercise_answer is_malicious;  // `classified_as`
    enum exercise_answer is_contained_well;
    enum exercise_answer is_reversible;
    enum exercise_answer is_communicated;
    enum exercise_answer is_noticed;
    bool has_evidence;  // It was written down, if only that there was none.
    uint32_t kinds;     // A bit each.
    uint32_t evidence_count;
    uint32_t hashed_count;
    bool is_falsified;
    bool has_suppression;
    str scope;
    str expires;
    str owner;
    str notes;
};

struct exercise_action {
    str action;
    str owner;
    str due;
};

struct exercise_file {
    str title;
    str date;
    str evaluator;
    const struct exercise_record *records;
    size_t record_count;
    const struct exercise_action *actions;
    size_t action_count;
    bool has_actions;
    const str *warnings;
    size_t warning_count;
};

// Text lives in the arena. ERR_CONFIG, ERR_LIMIT or ERR_IO with the file's name and the place in it.
MUST_CHECK enum status exercise_read(str path, struct arena *arena, struct exercise_file *out,
                                     struct err *err);

enum exercise_line {
    LINE_DETECTION,
    LINE_TELEMETRY,
    LINE_SEVERITY,
    LINE_TRIAGE,
    LINE_LOOK_ALIKES,
    LINE_CONTAINMENT,
    LINE_PRESERVED,
    LINE_COMMUNICATION,
    LINE_SUPPRESSION,
    LINE_ACTIONS,
    LINE_COUNT
};

// One line of the sheet: so many of so many were as they should be.
struct exercise_score {
    bool is_filled;
    uint32_t good;
    uint32_t total;
    uint32_t points;
};

// One scenario of the exercise; `record` is NULL where nothing was written down of it.
struct exercise_part {
    const struct judged *judged;
    const struct exercise_record *record;
};

struct exercise {
    const struct exercise_file *file;  // NULL: an empty sheet.
    const struct rules *rules;
    struct exercise_part *parts;
    size_t part_count;
    const str *strangers;  // Records of no scenario that was run.
    size_t stranger_count;
    struct exercise_score lines[LINE_COUNT];
    uint32_t points;                       // Of lines that are filled,
    uint32_t open;                         // and those that others may still bring.
    const struct judged *missed_critical;  // NULL: none.
    bool is_falsified;
    char rating;  // 'P', 'S', 'M', 'U'; 0 as long as lines are open.
    bool is_capped;
};

// Scores the scenarios that the file names, or all of them where there is no file, or it names none.
void exercise_score(const struct validation *v, const struct exercise_file *file,
                    struct arena *arena, struct exercise *out);
// What the line is worth at most.
uint32_t exercise_line_points(enum exercise_line line);
// 'P' from 90 of a hundred, 'S' from 75, 'M' from 50, else 'U'.
char exercise_rating(uint32_t points, uint32_t of);

// The minutes in which a finding of the level has to be alerted, taken up and contained; 0: none is set.
struct exercise_bar {
    uint32_t minutes[EXERCISE_TIME_COUNT];
};
struct exercise_bar exercise_bar_of(enum level level);

// The sheet in Markdown.
void exercise_print(const struct exercise *e, FILE *stream);

#endif
