// The right side of `in`, `like`, `regex` and `:`: constants, some of which are patterns.
//
// Texts without wildcards and numbers are looked up in a hash table where there are more than a
// few; patterns are tried one by one, each in the cheapest form that says the same.

#ifndef EQL_SET_H
#define EQL_SET_H

#include "base/arena.h"
#include "base/err.h"
#include "event/value.h"

#define SET_LINEAR_MAX 8u  // Up to so many constants are simply compared.

enum pattern_form {
    PATTERN_ANY,      // *
    PATTERN_EXACT,    // text; only where the set has patterns and no table for it
    PATTERN_PREFIX,   // text*
    PATTERN_SUFFIX,   // *text
    PATTERN_INFIX,    // *text*
    PATTERN_PARTS,    // a*b*c, with stars only
    PATTERN_GENERAL,  // Anything else, with ?
    PATTERN_REGEX,
};

struct eql_regex;

struct eql_pattern {
    enum pattern_form form;
    bool folds;
    str text;  // Lower-case where it folds.
    struct eql_regex *regex;
};

struct eql_set {
    bool folds;
    struct value *constants;  // Texts (lower-case where the set folds), numbers, booleans.
    uint32_t constant_count;
    uint32_t *table;  // Index of a constant plus 1, or 0; NULL for few constants.
    uint32_t table_mask;
    size_t longest;  // Octets of the longest text: what is longer is not in the table.
    struct eql_pattern *patterns;
    uint32_t pattern_count;
    struct eql_set *next;  // Of the plan.
};

struct eql_scratch;

// Sets are built by adding, then finished; text is borrowed from `arena`. set_done() frees what
// is not in the arena.
struct eql_set *set_new(struct arena *arena, uint32_t capacity, bool folds);
void set_add(struct eql_set *s, struct arena *arena, struct value constant);
void set_add_wildcard(struct eql_set *s, struct arena *arena, str pattern);
// PATTERN_PREFIX, PATTERN_SUFFIX or PATTERN_INFIX, in which `*` and `?` are themselves. Not empty.
void set_add_affix(struct eql_set *s, struct arena *arena, enum pattern_form form, str text);
MUST_CHECK enum status set_add_regex(struct eql_set *s, str pattern, struct err *err);
void set_finish(struct eql_set *s, struct arena *arena);
void set_done(struct eql_set *s);
// `v` is neither missing nor a list; a text is in lower case where the set wants it so.
bool set_has(const struct eql_set *s, struct value v, struct eql_scratch *scratch);
bool set_wants_lower(const struct eql_set *s);

// wildcard.c: `*` any run of octets, `?` one character. There is no escape, as in Elasticsearch. A
// text that is matched with a folding pattern is in lower case.
struct eql_pattern wildcard_of(struct arena *arena, str text, bool folds);
bool wildcard_matches(const struct eql_pattern *pattern, str text, struct eql_scratch *scratch);
str wildcard_fold(struct arena *arena, str text);

// regex.c: Lucene's syntax, matched over the whole text by PCRE2 within limits; a match that
// would need more than them is none.
MUST_CHECK enum status regex_new(str text, bool folds, struct eql_regex **out, struct err *err);
void regex_free(struct eql_regex *r);
bool regex_matches(const struct eql_regex *r, str text, struct eql_scratch *scratch);

#endif
