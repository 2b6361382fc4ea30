// Which stages of which rules an event can meet, found without asking each of them.
//
// For each action there are those stages whose condition can hold for it, numbered in the order in
// which an event is tried: rules in their own order, of a rule the later stages first and `until`
// last. A set of stages is a row of bits.
//
// Most of what a stage asks is about one field alone: the program's name, where a file lies, who
// signed it. Such fields are columns. What the stages of the action make of a value is worked out
// once, when the value is first met, and remembered: the set of those stages that it does not
// exclude.
//
//     process.name       "curl"      1 1 0 1 0 0 1 1
//     process.executable "/usr/..."  1 0 1 1 0 1 1 1
//     ...                            ---------------  and
//     left to be asked               1 0 0 1 0 0 1 1
//
// Values of such fields repeat, so an event costs a few look-ups and not a few hundred questions.
// Where they turn out not to repeat (paths of new files), and in fields of several values, the
// letters of the value tell which questions are worth asking (literals.h).

#ifndef MATCH_DISPATCH_H
#define MATCH_DISPATCH_H

#include "eql/plan.h"
#include "match/literals.h"
#include "match/sequence.h"

#define DISPATCH_COLUMNS_MAX 24u  // Of an action; of more, those that exclude most.

// A question of one field, and the stages that cannot be met where the answer is no.
struct dispatch_question {
    uint32_t condition;
    uint64_t *stages;
};

struct dispatch_column {
    enum field field;
    struct dispatch_question *questions;
    uint32_t count;
    uint32_t weight;    // What it saves: the cost of its questions.
    uint64_t *touched;  // Stages that it may exclude.
    // Of each stage one question that the letters of a text can find, and the stages it is of; and
    // the stages that are left where none is found.
    struct literals *literals;
    struct dispatch_question *keys;
    uint32_t key_count;
    uint64_t *unkeyed;
};

struct dispatch {
    struct rule_stage *stages;
    uint32_t count;
    uint32_t words;  // Of a set of stages.
    struct dispatch_column columns[DISPATCH_COLUMNS_MAX];
    uint32_t column_count;
    uint32_t *lineages;  // Those that a process may come to meet by such an event.
    uint32_t lineage_count;
    bool shows[FIELD_COUNT];  // Fields that conditions, keys and references to these stages name.
};

// `plans`, all of one pool, are borrowed. All zero is an empty one.
void dispatch_init(struct dispatch *d, const struct eql_plan *const *plans, uint32_t plan_count,
                   const struct eql_pool *pool, enum action action);
void dispatch_done(struct dispatch *d);

// Sets `out[field]` for the fields that the stage (or STAGE_UNTIL) asks, joins by, or that later
// ones refer to.
void dispatch_shows(const struct eql_plan *plan, uint32_t stage, bool *out);

// Whether events of the action are asked it.
bool dispatch_has(const struct dispatch *d, struct rule_stage stage);
// Sets `out[field]` for columns that may exclude the stage.
void dispatch_columns(const struct dispatch *d, struct rule_stage stage, bool *out);

#endif
