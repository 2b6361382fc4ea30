// Outcomes of many scenarios, counted by rule, variant, sensor, signal and look-alike.

#ifndef VALIDATE_MATRIX_H
#define VALIDATE_MATRIX_H

#include "validate/judge.h"

// Names of one kind; what comes beyond is counted under MATRIX_OTHERS.
#define MATRIX_NAMES_MAX 200u
#define MATRIX_OTHERS    STR("(others)")

struct matrix_cell {
    str name;
    uint32_t good;  // Found, or silent.
    uint32_t total;
};

struct matrix_cells {
    struct matrix_cell *at;
    size_t count;
};

struct matrix_row {
    str rule;
    struct matrix_cell attacks;
    struct matrix_cell near_misses;
    struct matrix_cells variants;
    struct matrix_cells sensors;
    uint32_t weak;        // Attacks that were found by another rule than the one hoped for.
    uint64_t events_min;  // To detect; 0: not known.
    uint64_t events_max;
    uint32_t confidence_min;
};

struct matrix {
    struct matrix_row *rows;  // In the order of names.
    size_t row_count;
    struct matrix_cells variants;  // All that there are, in order, with their attacks.
    struct matrix_cells sensors;
    struct matrix_cells benign;                // By behaviour.
    struct matrix_cell signals[SIGNAL_COUNT];  // Attacks whose rules need it.
    uint32_t blind[SIGNAL_COUNT];              // Attacks missed where recordings lack it.
    struct matrix_cell attacks;
    struct matrix_cell near_misses;
    struct matrix_cell benign_all;
    size_t scenario_count;
    size_t recorded;  // Of these, not synthetic.
    size_t wrong;     // Findings that were falsely raised.
    size_t excused;   // Findings that were excepted or expected.
    size_t not_asked;
    size_t failed;  // Scenarios.
    bool has_bad_scenario;
    bool has_bad_input;
};

// Text is borrowed from the scenarios; the rest lives in the arena.
void matrix_make(const struct judged *results, size_t count, struct arena *arena,
                 struct matrix *out);
// How the run ends: 0 all as labelled, 1 something missed or raised, 2 a scenario that makes no
// sense, 3 an input that failed.
int matrix_exit(const struct matrix *m);

#endif
