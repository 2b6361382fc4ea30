// Reads exceptions: every one that is sound, and a sentence for everything that is not.

#ifndef SCORE_EXCEPTION_FILE_H
#define SCORE_EXCEPTION_FILE_H

#include "base/err.h"
#include "score/exception.h"

#define EXCEPTION_FILE_MAX (8u * 1024u * 1024u)
#define EXCEPTIONS_MAX     10000u
#define EXCEPTION_TEXTS_MAX \
    200000u  // Of all lists of a file together: an alias is a list once more.
#define EXCEPTION_PROBLEMS_MAX 1000u  // That are told; the others are counted.

struct exception_problem {
    str text;         // "FILE:LINE:COL: sentence"
    bool is_warning;  // The exception is kept all the same.
};

// Ids of rules that there are; none where nobody can say.
struct exception_rules {
    bool (*knows)(const void *context, str rule);
    const void *context;
};

struct exception_file {
    struct exception *at;
    size_t count;
    struct exception_problem *problems;
    size_t problem_count;
    size_t refused;  // Exceptions that were left out, or an end that was not read.
};

// `path` is for sentences, and all text goes to the arena. Fails where the text is no list of exceptions at all.
MUST_CHECK enum status exception_file_parse(str path, str text, const struct exception_rules *rules,
                                            struct arena *arena, struct exception_file *out,
                                            struct err *err);

#endif
