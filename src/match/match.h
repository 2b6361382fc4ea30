// Runs compiled rules over events: stateless conditions first, sequence state second.

#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include "base/err.h"
#include "event/batch.h"
#include "event/projection.h"
#include "event/sensor.h"
#include "match/sequence.h"

#define RULES_MAX     10000u
#define RULE_FILE_MAX (1u * 1024u * 1024u)
// Open partials of all rules together, and the memory of them and their evidence. Where there is
// no more room, the oldest of the rule that holds most gives way.
#define PARTIALS_MAX_DEFAULT      2000000u
#define RULE_PARTIALS_MAX_DEFAULT 1000000u
#define MATCH_MEMORY_MAX_DEFAULT  (UINT64_C(1) << 30)
#define EVIDENCE_TEXT_MAX         1024u  // Octets of one text value kept as evidence; the rest is cut.
#define EVIDENCE_LIST_MAX         32u  // Values of one list kept as evidence.

// A rule set: what rules/*.yaml say, compiled. Immutable once loaded.
struct rules;

// A named list of rules/lists.yaml: $name in queries, and tables for enrich.
struct rule_list {
    str name;  // Without the dollar sign.
    const str *at;
    size_t count;
};

// What is wrong with a rule file, list file or query: "FILE:LINE:COL: sentence". Where it is one
// place in a query, `line` is the query's line there, and `column` and `length` (in characters) say
// where in it.
struct rule_problem {
    str text;
    str line;
    uint32_t column;
    uint32_t length;
    bool is_warning;  // The rule is loaded all the same.
};

struct rules_options {
    bool lenient;  // Names that mean nothing here are warnings; see eql.h.
};

// Loads every rule in each path: a file, or a directory with all below it, in the order of names. A
// rule is a *.yaml file (see rules/), or a *.eql file with nothing but a query, whose name is then
// its id. `lists.yaml` gives the lists and is read first, `sensors.yaml` the profiles. A rule that is refused is a problem, and
// the others are loaded; it fails only where a path cannot be read or nothing at all was loaded.
// `options` may be NULL.
MUST_CHECK enum status rules_load(const str *paths, size_t count,
                                  const struct rules_options *options, struct rules **out,
                                  struct err *err);
void rules_free(struct rules *r);
const struct rule_problem *rules_problems(const struct rules *r, size_t *count);
size_t rules_count(const struct rules *r);
const struct rule_facts *rules_facts(const struct rules *r, size_t i);
// The text of the rule's query, as written.
str rules_query(const struct rules *r, size_t i);
// The number of the rule with the id; rules_count() where there is none.
size_t rules_find(const struct rules *r, str id);
// The list, or one with count 0 where there is none.
struct rule_list rules_list(const struct rules *r, str name);
// All of them in the order in which they were read, also those that a later one replaces.
const struct rule_list *rules_lists(const struct rules *r, size_t *count);
// Whether a query names it.
bool rules_name_list(const struct rules *r, str name);
// Wants what conditions, keys and evidence need.
void rules_want(const struct rules *r, struct projection *projection);
// Stages, and the `until` behind them.
uint32_t rules_stage_count(const struct rules *r, size_t rule);
// What must be seen so that the stage can be met; `until` is the last.
struct signal_need rules_need(const struct rules *r, size_t rule, uint32_t stage);
// What sensors can show, as the last sensors.yaml among the paths says; none where there is none.
const struct sensor_profiles *rules_profiles(const struct rules *r);
// Reads them from another file.
MUST_CHECK enum status rules_load_profiles(struct rules *r, str path, struct err *err);
struct eql_plan;

// Compiles a question about single events, with the rules' lists: an event query, or a bare condition
// that is asked of events of any category. Not a sequence, and none that asks of ancestors, which only
// matching knows. Fails with ERR_CONFIG or ERR_LIMIT. To be freed with eql_plan_free().
MUST_CHECK enum status rules_compile_question(const struct rules *r, str text,
                                              struct eql_plan **out, struct err *err);
// Whether some rule may tell events of memory or libraries that are alike from each other, so that none may
// be merged into another: it counts them (`with runs`), has more than two stages for them, or joins
// them with those of other processes.
bool rules_need_each(const struct rules *r);
// How many different conditions they ask of ancestors.
uint32_t rules_lineage_count(const struct rules *r);

struct watch;

struct match_options {
    uint32_t partials_max;       // 0: PARTIALS_MAX_DEFAULT
    uint32_t rule_partials_max;  // Of one rule; 0: RULE_PARTIALS_MAX_DEFAULT
    uint64_t memory_max_bytes;   // Of sequence state; 0: MATCH_MEMORY_MAX_DEFAULT.
    struct watch *watch;         // NULL: nobody asks why. Costs time.
};

struct match_counts {
    uint64_t in;
    uint64_t findings;
    uint64_t keys_cut;          // Events with more keys than are joined: a finding may be missed.
    uint64_t patterns_cut;      // Patterns given up after too many steps: likewise.
    uint64_t combinations_cut;  // Comparisons that were not asked of all values: likewise.
    struct sequence_counts partials;
};

struct matcher;

// `rules` and `hosts` are borrowed. In a rule every sequence is per host, whatever its keys.
struct matcher *matcher_new(const struct rules *rules, const struct hosts *hosts,
                            const struct match_options *options);
void matcher_free(struct matcher *m);
// Adds findings to the batch, in the order in which they are completed.
void match(struct matcher *m, const struct event *event, struct batch *batch);
// There are no more events: adds the findings that waited for an event that did not come.
void matcher_end(struct matcher *m, struct batch *batch);
struct match_counts matcher_counts(const struct matcher *m);
// Of each rule, by its number among the rules.
size_t matcher_rule_count(const struct matcher *m);
const struct rule_facts *matcher_rule(const struct matcher *m, size_t rule);
const struct sequence_counts *matcher_rule_counts(const struct matcher *m, size_t rule);

#endif
