// The rule language: text in, checked plan out; and whether an event meets a condition of it.
//
// A query goes through four parts of this directory: the lexer and parser make a tree (ast.h),
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
#define EQL_KEYS_MAX         16u     // Fields after `by`, of sequence and stage together.
#define EQL_ARGUMENTS_MAX    1024u   // Of one function call.
#define EQL_PATTERN_MAX      4096u   // Octets of one wildcard or regular expression.
#define EQL_LEAF_FIELDS_MAX  8u      // Different fields that one comparison may name.
#define EQL_COMBINATIONS_MAX 4096u   // Tried of one comparison's values; beyond, it is false.
#define EQL_SEARCH_TRIES_MAX 65536u  // The same, of all elements of one _arraysearch together.
#define EQL_TEXT_VALUE_MAX   (64u * 1024u)  // Octets that a function may build; beyond, null.
#define EQL_BINDINGS_MAX     64u            // Fields of earlier stages that one sequence refers to.
#define EQL_PATHS_MAX        16u    // Different paths below one element, of one _arraysearch.
#define EQL_LINEAGES_MAX     4096u  // Different `child of` and `descendant of` of one pool.
#define EQL_PIPES_MAX        16u
#define EQL_WARNINGS_MAX     100u      // Of one query; the last one says that there are more.
#define EQL_TAIL_MAX         1000000u  // Matches that `tail` holds.
#define EQL_SPAN_MAX_NS      (INT64_C(366) * 86400 * 1000000000)

enum eql_type {
    EQL_TYPE_ANY,
    EQL_TYPE_NULL,
    EQL_TYPE_BOOL,
    EQL_TYPE_NUMBER,
    EQL_TYPE_TEXT
};

// From 1, columns and length in characters.
struct eql_place {
    uint32_t line;
    uint32_t column;
    uint32_t length;  // Of what is wrong: at least 1.
};

// Slots of an event have numbers below this; see plan.h for what is above.
#define EQL_SLOT_COUNT_MAX 0x4000u

// What names mean. `field` and `rows` give the number of a slot; false where there is no such
// field. `rows` is asked for a field that `_arraysearch` looks through: the slot must hold a list
// with one row for each element, and a row is a list of the values of these paths below it ("" is
// the element itself). A slot may also hold plain values where the only path is "". `nearest_*` may
// give an empty text. `category` gives bits, 0 where there is none.
struct eql_schema {
    void *context;
    bool (*field)(void *context, str name, uint16_t *slot, enum eql_type *type);
    bool (*rows)(void *context, str name, const str *paths, uint32_t path_count, uint16_t *slot);
    str (*nearest_field)(void *context, str name);
    uint32_t (*category)(void *context, str name);
    str (*nearest_category)(void *context, str name);
    // All of them, for a sentence: "process, file and any"; empty: any name is one.
    str categories;
};

// The fields of event/fields.def, and our categories.
extern const struct eql_schema eql_event_schema;

// Where `$name` is looked up. `find` gives false where there is no such list; `nearest` may
// give an empty text. Lists are borrowed only during eql_compile().
struct eql_lists {
    const void *context;
    bool (*find)(const void *context, str name, const str **at, size_t *count);
    str (*nearest)(const void *context, str name);
};

// The conditions of all plans that are compiled into it. A comparison that several of them ask is
// in it once, and is answered once for each event. One schema and one set of lists for a pool.
struct eql_pool;
struct eql_pool *eql_pool_new(void);
// After the plans that were compiled into it.
void eql_pool_free(struct eql_pool *pool);
// How many different conditions `child of` and `descendant of` ask for.
uint32_t eql_lineage_count(const struct eql_pool *pool);

struct eql_plan;
struct eql_scratch;

// All may be left out: our own events, no lists, a pool of the plan's own.
struct eql_options {
    const struct eql_schema *schema;
    const struct eql_lists *lists;
    struct eql_pool *pool;
    bool allows_pipes;  // head and tail, which make no sense in a rule.
    // For rules that were made for other sensors: a field, a category or a list that there is not
    // is a warning; the field is missing in every event, the category none's, the list empty.
    bool lenient;
    void (*warn)(void *context, struct eql_place place, const char *sentence);
    void *warn_context;
};

// `options` may be NULL. Fails with ERR_CONFIG or ERR_LIMIT. The sentence begins with "line L,
// column C: " unless `out_place` is given, which then says where.
MUST_CHECK enum status eql_compile(str text, const struct eql_options *options,
                                   struct eql_plan **out, struct eql_place *out_place,
                                   struct err *err);
void eql_plan_free(struct eql_plan *plan);

// Memory that evaluation needs; one for each thread and pool, made when the pool is complete. Plans
// and pools are never written to by evaluation.
struct eql_scratch *eql_scratch_new(const struct eql_pool *pool);
void eql_scratch_free(struct eql_scratch *s);
// How often a comparison of several fields was false because there were more than
// EQL_COMBINATIONS_MAX combinations of their values.
uint64_t eql_combinations_cut(const struct eql_scratch *s);
// How often a regular expression or a wildcard with `?` took more steps than it may, and so did not
// match.
uint64_t eql_patterns_cut(const struct eql_scratch *s);

// Questions from now on are about this event, which must not change meanwhile.
void eql_look_at(struct eql_scratch *s, const struct event *event);

// Whether the event meets the condition (an index of the pool's nodes, as in a plan's stages).
// `bound`: values of earlier events of the sequence, as the plan's bindings say; NULL where there
// are none, and then they are missing.
bool eql_holds(struct eql_scratch *s, uint32_t condition, const struct value *bound);

// Whether it could hold if only the fields in `known` were known (of our own events; NULL: all
// fields), and nothing bound: false means that it cannot, whatever the rest is.
bool eql_may_hold(struct eql_scratch *s, uint32_t condition, const bool *known);

// Sets `out[slot]` for every slot of an event that the condition names.
void eql_fields(const struct eql_pool *pool, uint32_t condition, bool *out);
// Whether `child of` or `descendant of` is in it.
bool eql_asks_ancestors(const struct eql_pool *pool, uint32_t condition);

struct buf;
// The condition of an index as text, for people: as written but for order and parentheses.
void eql_describe(const struct eql_pool *pool, uint32_t condition, struct buf *out);

#endif
