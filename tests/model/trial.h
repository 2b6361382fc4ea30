// One case of the comparison: a sequence query as a structure, and the events it is asked about.
//
// Everything lies in arrays of fixed size, and what is meant stands in it directly: the model never
// reads the text of a query, and the engine never sees this.

#ifndef MODEL_TRIAL_H
#define MODEL_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALUES_MAX  3u  // Of one field of one event.
#define LEAVES_MAX  4u  // Of one condition.
#define LIST_MAX    2u  // Constants after `in`.
#define KEYS_MAX    3u  // Fields of a join key, common ones and the stage's own together.
#define STAGES_MAX  5u  // As written.
#define RUNS_MAX    4u
#define ROWS_MAX    20u  // Stages, runs counted singly.
#define PIPES_MAX   2u
#define EVENTS_MAX  40u
#define JOINS_MAX   27u    // Join keys that one event can have: VALUES_MAX to the KEYS_MAX.
#define MATCHES_MAX 1080u  // EVENTS_MAX * JOINS_MAX: each event ends at most one for each key.
#define SPAN_NONE   (-1)
#define SPAN_LONG \
    1000  // More units than lie between events, but for the first and last of all times.

enum field {
    FIELD_KEY_A,
    FIELD_KEY_B,
    FIELD_KEY_C,
    FIELD_NUMBER,
    FIELD_TEXT,
    FIELD_COUNT,
};

#define CATEGORY_COUNT 2u
#define CATEGORY_ANY   CATEGORY_COUNT

struct scalar {
    bool is_text;
    bool as_real;  // How the engine is told: 1 and 1.0 are the same number.
    int64_t number;
    const char *text;  // A literal.
};

struct values {
    size_t count;  // 0: the field is missing.
    struct scalar at[VALUES_MAX];
    bool as_list;  // How the engine is told where there is but one, or none.
};

struct event {
    int64_t time_ns;
    bool has_tiebreaker;
    uint64_t tiebreaker;
    unsigned categories;  // Bit i: it is of category i.
    struct values fields[FIELD_COUNT];
};

enum comparison {
    COMPARISON_EQUAL,
    COMPARISON_UNEQUAL,
    COMPARISON_LESS,
    COMPARISON_NOT_LESS,
    COMPARISON_IN,
    COMPARISON_IS_NULL,
    COMPARISON_IS_NOT_NULL,
};

enum operand {
    OPERAND_CONSTANTS,
    OPERAND_FIELD,      // Another field of the same event.
    OPERAND_REFERENCE,  // A field of an earlier stage's event.
};

struct leaf {
    bool negated;
    enum field field;
    enum comparison comparison;
    enum operand operand;
    size_t constant_count;
    struct scalar constants[LIST_MAX];
    enum field other_field;
    size_t other_stage;
};

struct condition {
    bool any_of;        // Joined by `or`, else by `and`.
    size_t leaf_count;  // 0: `true`.
    struct leaf leaves[LEAVES_MAX];
};

struct key {
    enum field field;
    bool optional;
};

struct stage {
    bool missing;       // `![…]`
    unsigned category;  // Or CATEGORY_ANY.
    struct condition condition;
    size_t key_count;
    struct key keys[KEYS_MAX];
    unsigned runs;
    bool has_alias;
};

struct pipe {
    bool head;
    unsigned count;
};

struct query {
    size_t common_count;
    struct key common[KEYS_MAX];
    int64_t span_units;  // Or SPAN_NONE.
    size_t stage_count;
    struct stage stages[STAGES_MAX];
    bool has_until;
    struct stage until;
    size_t pipe_count;
    struct pipe pipes[PIPES_MAX];
};

struct trial {
    uint64_t seed;
    uint64_t number;
    bool late;         // Events are fed as they are, and not in order.
    const char *unit;  // Of times in the text, as EQL has it.
    int64_t unit_ns;
    int64_t base_ns;  // What the printed times are relative to.
    bool keeps;       // How the engine is used: with `keep` and `release`,
    bool takes_last;  // and with matches taken only after the end.
    struct query query;
    size_t event_count;
    struct event events[EVENTS_MAX];  // As they are fed: the index is the order of arrival.
};

// --- What came of it

struct component {
    bool null;
    struct scalar value;
};

struct join {
    size_t count;
    struct component at[KEYS_MAX];
};

#define EVENT_NONE SIZE_MAX  // In the place of a missing event.

struct match {
    size_t row_count;
    size_t events[ROWS_MAX];
    struct join join;
};

// What the model saw happen; for the table of what the generator reaches.
enum effect {
    EFFECT_REPLACED,
    EFFECT_EXPIRED,
    EFFECT_KILLED,
    EFFECT_NOT_LATER,
    EFFECT_REFERENCE_REFUSED,
    EFFECT_NULL_KEY,
    EFFECT_SPOILED_LEADING,
    EFFECT_SPOILED_MIDDLE,
    EFFECT_SPOILED_TRAILING,
    EFFECT_SPOILED_AROUND,
    EFFECT_LEADING_TOO_FAR,
    EFFECT_TRAILING_TOO_FAR,
    EFFECT_AROUND_TOO_FAR,
    EFFECT_KILLED_WHILE_COMPLETING,
    EFFECT_CUT_BY_HEAD,
    EFFECT_CUT_BY_TAIL,
    EFFECT_COUNT,
};

struct outcome {
    const char *complaint;  // What went wrong besides the matches, or NULL.
    char detail[640];       // More about it; may be empty.
    unsigned effects[EFFECT_COUNT];
    size_t match_count;
    struct match matches[MATCHES_MAX];
};

bool scalar_equals(struct scalar a, struct scalar b);
bool join_equals(const struct join *a, const struct join *b);
bool outcome_equals(const struct outcome *a, const struct outcome *b);

#endif
