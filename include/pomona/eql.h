// EQL over a stream of events: compile a query, feed events, take what matches.
//
// The language is Elasticsearch's EQL (events and sequences, missing events, `until`, `runs`, head
// and tail) with aliases, `child of` and `descendant of`; docs/EQL.md says all of it. An event is a
// time, a category and values; where it comes from is the caller's business. What the query names
// are its fields: ask for them once, and give each event's values in that order.
//
//     struct pomona_eql *query;
//     struct pomona_eql_error error;
//     if (!pomona_eql_compile(text, length, NULL, &query, &error))
//         ... error.line, error.column, error.text
//     struct pomona_eql_run *run = pomona_eql_run_new(query, NULL);
//     for (each event, oldest first) {
//         pomona_eql_feed(run, &event);
//         while ((match = pomona_eql_next(run)) != NULL)
//             ...
//     }
//     pomona_eql_end(run);
//     while ((match = pomona_eql_next(run)) != NULL)
//         ...
//     pomona_eql_run_free(run);
//     pomona_eql_free(query);
//
// A query is never written to after it is compiled: threads may share it. A run belongs to one
// thread at a time. Nothing here prints, exits or keeps global state; out of memory ends the
// process (the bounds below keep what is needed small).

#ifndef POMONA_EQL_H
#define POMONA_EQL_H

#include <pomona/str.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What is declared here is all that the shared library exports.
#pragma GCC visibility push(default)

enum pomona_eql_type {
    POMONA_EQL_ANY,  // Not known before the event comes.
    POMONA_EQL_BOOL,
    POMONA_EQL_NUMBER,
    POMONA_EQL_TEXT,
};

// --- Queries

struct pomona_eql_field {
    struct pomona_str name;  // For example "process.name".
    enum pomona_eql_type type;
};

// What names mean. Where `fields` is NULL every name is a field of any type; else a name that is
// not among them is an error (with the nearest one that is) unless the query says `?name`. So too
// for categories. Borrowed during pomona_eql_compile() only.
struct pomona_eql_schema {
    const struct pomona_eql_field *fields;
    size_t field_count;
    const struct pomona_str *categories;
    size_t category_count;
};

struct pomona_eql_error {
    uint32_t line;    // From 1.
    uint32_t column;  // From 1, in characters.
    uint32_t length;  // Characters of what is wrong, at least 1.
    char text[512];   // One sentence, without the place.
};

struct pomona_eql;

// False where the query is refused: `*error` says why and where, `*out` is untouched. `schema` may
// be NULL. A query has at most 1 MiB, and further limits, which the sentence names.
bool pomona_eql_compile(const char *text, size_t len, const struct pomona_eql_schema *schema,
                        struct pomona_eql **out, struct pomona_eql_error *error);
void pomona_eql_free(struct pomona_eql *query);

// What an event must bring, in this order. A query with `child of` or `descendant of` also has the
// fields process.entity_id and process.parent.entity_id, by which it knows a process and its parent.
// Names live as long as the query.
size_t pomona_eql_field_count(const struct pomona_eql *query);
struct pomona_str pomona_eql_field_name(const struct pomona_eql *query, size_t index);

// A field that `_arraysearch` looks through brings a list of rows: each row is a list with one
// value for each of these paths below an element ("" is the element itself). 0: an ordinary field.
size_t pomona_eql_field_path_count(const struct pomona_eql *query, size_t index);
struct pomona_str pomona_eql_field_path(const struct pomona_eql *query, size_t index, size_t path);

// Whether the query is a sequence, and so matches have join keys and maybe several events.
bool pomona_eql_is_sequence(const struct pomona_eql *query);

// What the query was compiled to, in words and lines for people: stages, conditions in the order of
// asking, keys, fields. Ends in NUL; to be freed with free().
char *pomona_eql_explain(const struct pomona_eql *query);

// --- Events

enum pomona_eql_value_type {
    POMONA_EQL_MISSING,
    POMONA_EQL_BOOLEAN,
    POMONA_EQL_INTEGER,
    POMONA_EQL_REAL,
    POMONA_EQL_STRING,
    POMONA_EQL_LIST,  // Of values that are neither missing nor lists, but for rows.
};

struct pomona_eql_value {
    enum pomona_eql_value_type type;
    uint32_t len;  // Octets of a string, values of a list.
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char *string;
        const struct pomona_eql_value *list;
    };
};

struct pomona_eql_event {
    int64_t time_ns;      // Since 1970, or any other beginning: only differences count.
    uint64_t tiebreaker;  // Orders events of equal times.
    bool has_tiebreaker;  // Those without one come after those with one, in order of arrival.
    const struct pomona_str *categories;  // An event may be of several.
    size_t category_count;
    const struct pomona_eql_value *values;  // As many as the query has fields.
    void *own;                              // The caller's; comes back in matches.
};

// --- Runs

struct pomona_eql_options {
    uint32_t partials_max;      // Sequences that have begun, at a time; 0: 2,000,000.
    uint64_t memory_max_bytes;  // Of sequence state; 0: 1 GiB.
    // Called once with an event that must outlive pomona_eql_feed(); what it returns comes back
    // in matches in place of `own`, and `*size_bytes` (0 before) counts in memory_max_bytes. NULL:
    // `own` itself does.
    void *(*keep)(void *context, const struct pomona_eql_event *event, size_t *size_bytes);
    // Called once for everything that was kept, when it is needed no more. NULL: nothing is done.
    void (*release)(void *context, void *kept);
    void *context;
};

struct pomona_eql_run;

// `options` may be NULL. The query is borrowed.
struct pomona_eql_run *pomona_eql_run_new(const struct pomona_eql *query,
                                          const struct pomona_eql_options *options);
// Releases all that is kept.
void pomona_eql_run_free(struct pomona_eql_run *run);

// The next event, oldest first. One that comes late is taken as it is: it begins, carries on or
// ends a sequence where its own time allows it. False: `head` has all it asked for, and no more
// is needed. Values and texts are borrowed until it returns.
bool pomona_eql_feed(struct pomona_eql_run *run, const struct pomona_eql_event *event);

// There are no more events: what waited for a missing event is decided, and `tail` is known.
void pomona_eql_end(struct pomona_eql_run *run);

struct pomona_eql_match {
    void *const *events;  // Each stage's event, as kept; NULL for a stage that is a missing event.
    size_t event_count;
    const struct pomona_eql_value *join_keys;  // Missing where an optional key had no value.
    size_t join_key_count;
};

// The oldest match that was not taken yet, in the order of completion, or NULL. What is kept for
// matches that are not taken, or that `tail` holds, counts in memory_max_bytes: take them after
// each event. It and what was kept for it are borrowed until the next call of any function of this
// run.
const struct pomona_eql_match *pomona_eql_next(struct pomona_eql_run *run);

struct pomona_eql_counts {
    uint64_t events;
    uint64_t matches;
    uint64_t partials_begun;
    uint64_t partials_expired;   // Older than maxspan.
    uint64_t partials_replaced;  // By a newer one of the same stage and key.
    uint64_t partials_killed;    // By `until`.
    uint64_t partials_spoiled;   // By an event that must be missing.
    uint64_t partials_evicted;   // For lack of room: a match may be missed.
    uint64_t keys_cut;  // Times that an event had more than 64 keys for a stage; 64 were joined.
    uint64_t patterns_cut;       // Patterns given up after too many steps: they did not match.
    uint64_t combinations_cut;   // Comparisons false because several fields had too many values.
    uint64_t processes_evicted;  // Forgotten for lack of room: `descendant of` may miss them.
    uint64_t partials_open;      // Now.
    uint64_t memory_bytes;       // Of sequence state, now.
};

struct pomona_eql_counts pomona_eql_run_counts(const struct pomona_eql_run *run);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
