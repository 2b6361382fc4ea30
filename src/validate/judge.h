// What a replay is worth beside its scenario's labels: what was found, missed and falsely raised.
//
// A finding that an exception excuses or that the baseline expects is told to nobody, so it finds
// nothing and is not falsely raised either. Rules that were told in one finding are one: where one of
// them is expected, the others are not falsely raised.

#ifndef VALIDATE_JUDGE_H
#define VALIDATE_JUDGE_H

#include "validate/replay.h"

enum judged_miss {
    MISS_NONE,
    MISS_SILENT,         // None of the rules spoke.
    MISS_OTHER_PROCESS,  // One did, of another process.
    MISS_EXCUSED,        // One did, and was excepted or expected.
    MISS_NOT_LOADED,     // None of the rules is loaded.
};

struct judged_expect {
    const struct scenario_expect *expect;
    enum judged_miss miss;
    // What found it, by the rule that is hoped for most, or what came nearest; NULL: nothing.
    const struct raised *by;
    const struct raised *first;  // What found it first, by any of its rules.
    size_t choice;               // Which of its rules; 0 is the one that is hoped for.
    uint64_t events;  // The Mac's events from the first of the act to the finding; 0: not known.
    bool has_late;
    uint64_t late;     // Events behind the one that completes the act.
    int64_t after_ms;  // By the events' own time.
    uint32_t
        blind;  // Where it is missed: signals that its rules need and the recordings do not show.
    uint32_t gaps;  // The same of the rule that is hoped for, found or not.
};

enum judged_outcome {
    OUTCOME_AS_LABELLED,
    OUTCOME_WRONG,      // Something missed or falsely raised.
    OUTCOME_NOT_ASKED,  // A near-miss of a rule that is not loaded.
    OUTCOME_FAILED,     // It could not be read or run.
    OUTCOME_COUNT
};
str judged_outcome_name(enum judged_outcome outcome);

struct judged {
    struct scenario scenario;
    struct replay replay;
    enum judged_outcome outcome;
    enum status status;  // With OUTCOME_FAILED, and why:
    str failure;
    const struct judged_expect *expects;  // As many as the scenario expects; 0 where it failed.
    size_t expect_count;
    size_t missed;
    const struct raised *const *wrong;  // What was falsely raised.
    size_t wrong_count;
    size_t excused;  // Excepted or expected.
    uint32_t needs;  // Signals of the rules that found what was expected, or should have.
};

// Judges `j->replay` of `j->scenario`; all that is added lives in the arena.
void judge(struct judged *j, const struct rules *rules, struct arena *arena);
// One that could not be run.
void judge_failed(struct judged *j, enum status status, const char *why, struct arena *arena);

static inline bool judged_is_found(const struct judged *j)
{
    return j->outcome != OUTCOME_FAILED && j->missed == 0;
}

// Signals of any stage of the rule; 0 where it is not loaded.
uint32_t judge_needs(const struct rules *rules, str rule);

#endif
