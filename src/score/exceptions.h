// Exceptions: findings that a site knows and need not look at again, each with an owner, a reason and
// an end. Nothing is left out by one: the finding is told, and says by which exception.
//
// An exception is about a signer or about code, never about a place alone. It ends by the time of the
// finding, not by a clock, so that a replay is judged as the run was. docs/EXCEPTIONS.md says what
// they are like, and why.

#ifndef SCORE_EXCEPTIONS_H
#define SCORE_EXCEPTIONS_H

#include "score/exception_file.h"
#include "store/exceptions.h"

struct exceptions;

// A YAML file, or a store (exceptions_store_is()). What is wrong with single exceptions are problems, and the
// others are loaded. Fails with ERR_IO, ERR_LIMIT, ERR_FORMAT
// or ERR_CONFIG where the file as a whole cannot be used; the sentence begins with its name. `rules` may be NULL.
MUST_CHECK enum status exceptions_load(str name, const struct exception_rules *rules,
                                       struct exceptions **out, struct err *err);
// The same of a store, whose hits are loaded too, and which is closed again.
MUST_CHECK enum status exceptions_load_store(str name, const struct exception_rules *rules,
                                             struct exceptions **out, struct err *err);
// The same of a store that is open; `name` is for sentences.
MUST_CHECK enum status exceptions_load_from(struct db *db, str name,
                                            const struct exception_rules *rules,
                                            struct exceptions **out, struct err *err);
// The same of text; `path` is for sentences.
MUST_CHECK enum status exceptions_load_text(str path, str text, const struct exception_rules *rules,
                                            struct exceptions **out, struct err *err);
void exceptions_free(struct exceptions *e);

size_t exceptions_count(const struct exceptions *e);
const struct exception *exceptions_at(const struct exceptions *e, size_t i);
size_t exceptions_refused(const struct exceptions *e);
const struct exception_problem *exceptions_problems(const struct exceptions *e, size_t *count);
bool exceptions_are_stored(const struct exceptions *e);

// Sets verdict and verdict_by of a finding that an exception covers: the first in the order of the
// file, which counts a hit. Nothing where `e` is NULL, or there is a verdict already. The name of
// the exception lives as long as `e`.
void exceptions_judge(struct exceptions *e, struct finding *finding);

struct exceptions_counts {
    uint64_t in;        // Findings that were judged.
    uint64_t excepted;  // Of them.
    size_t used;        // Exceptions that covered one.
    size_t expired;     // That ended before the last finding that was judged.
    size_t never_hit;   // Neither.
};
struct exceptions_counts exceptions_counts(const struct exceptions *e);
// How often this run met the exception.
uint64_t exceptions_hits(const struct exceptions *e, size_t i);

// Adds the hits of this run to the store that the exceptions are from; OK where they are from a file.
MUST_CHECK enum status exceptions_save_hits(const struct exceptions *e, struct err *err);
// All of them in place of what the store has, or behind them (store/exceptions.h).
MUST_CHECK enum status exceptions_replace_in(const struct exceptions *e, struct db *db,
                                             const struct store_act *act,
                                             struct exception_changes *out, struct err *err);
MUST_CHECK enum status exceptions_add_to(const struct exceptions *e, struct db *db,
                                         const struct store_act *act, struct err *err);

#endif
