// The rule language: text in, checked plan out; and whether an event meets a condition of it.
//
// A query goes through four rooms of this directory: the lexer and parser make a tree (ast.h),
// check resolves names and types in it, compile flattens it to a plan (plan.h), and evaluate
// answers for one event. What sequences do with several events is not said here: that is match.

#ifndef EQL_EQL_H
#define EQL_EQL_H

#include "base/err.h"
#include "event/event.h"

#define EQL_TEXT_MAX         (1u * 1024u * 1024u)  // Octets of one query.
#define EQL_DEPTH_MAX        128u     // Levels of a query's tree: `not`, calls, chained arithmetic.
#define EQL_PARENTHESES_MAX  256u     // Open at the same time; those of calls count.
#define EQL_NODES_MAX        100000u  // Nodes of a query's tree; every list item is one.
#define EQL_LIST_MAX         16384u   // Items of one list.
#define EQL_STAGES_MAX       256u     // Of one sequence, runs counted singly.
#define EQL_RUNS_MAX         100u
#define EQL_KEYS_MAX         16u    // Fields after `by`, of sequence and stage together.
#define EQL_ARGUMENTS_MAX    64u    // Of one function call.
#define EQL_PATTERN_MAX      4096u  // Octets of one wildcard or regular expression.
#define EQL_LEAF_FIELDS_MAX  8u     // Different fields that one comparison may name.
#define EQL_COMBINATIONS_MAX 4096u  // Tried of one comparison's values; beyond, it is false.
#define EQL_TEXT_VALUE_MAX   (64u * 1024u)  // Octets that a function may build; beyond, null.
#define EQL_SPAN_MAX_NS      (INT64_C(366) * 86400 * 1000000000)

// From 1, columns in characters.
struct eql_place {
    uint32_t line;
    uint32_t column;
};

// Where `$name` is looked up. `find` gives false where there is no such list; `nearest` may
// give an empty text. Lists are borrowed only during eql_compile().
struct eql_lists {
    const void *context;
    bool (*find)(const void *context, str name, const str **at, size_t *count);
    str (*nearest)(const void *context, str name);
};

struct eql_plan;
struct eql_scratch;

// `lists` may be NULL: then there are none. Fails with ERR_CONFIG or ERR_LIMIT. The sentence
// begins with "line L, column C: " unless `out_place` is given, which then says where.
MUST_CHECK enum status eql_compile(str text, const struct eql_lists *lists, struct eql_plan **out,
                                   struct eql_place *out_place, struct err *err);
void eql_plan_free(struct eql_plan *plan);

// Memory that evaluation needs; one for each thread. A plan is never written to.
struct eql_scratch *eql_scratch_new(void);
void eql_scratch_free(struct eql_scratch *s);

// Whether the event meets the condition (an index of the plan's nodes, as in its stages).
bool eql_holds(const struct eql_plan *plan, uint32_t condition, const struct event *event,
               struct eql_scratch *scratch);

// Whether it could hold for an event of which only the fields in `known` are given: false
// means that it cannot, whatever the other fields are.
bool eql_may_hold(const struct eql_plan *plan, uint32_t condition, const struct event *event,
                  const bool *known, struct eql_scratch *scratch);

// Sets `out[field]` for every field that the condition names.
void eql_fields(const struct eql_plan *plan, uint32_t condition, bool *out);

#endif
