// Labelled recordings through the pipeline, all of some directories, and what is said of them.

#ifndef VALIDATE_VALIDATE_H
#define VALIDATE_VALIDATE_H

#include "validate/compare.h"
#include "validate/lost.h"
#include "validate/matrix.h"
#include "validate/walk.h"

#include <stdio.h>

struct validation {
    struct arena arena;
    struct walk walk;
    struct judged *results;  // In the order of names.
    size_t count;
    const struct rules *rules;
    struct matrix matrix;
    struct losses losses;           // Of --without.
    const struct changes *changes;  // Since a run before; NULL: not compared.
};

// Told before each replay: how far all is, 0 to 1, and which is next.
struct validate_progress {
    void (*tell)(void *context, double done, str what);
    void *context;
};

struct validate_options {
    struct replay_options replay;
    uint32_t without;   // Signals, left out together;
    bool without_each;  // or each alone.
    struct validate_progress progress;
};

// Finds and replays. ERR_IO, ERR_LIMIT or ERR_CONFIG where the directories cannot be read or hold no
// scenario; a scenario that fails is a result. `*v` needs validate_done() also where it failed.
MUST_CHECK enum status validate_run(const struct validate_options *options, const str *directories,
                                    size_t count, struct validation *v, struct err *err);
void validate_done(struct validation *v);

enum validate_form {
    VALIDATE_TABLE,
    VALIDATE_NDJSON,
    VALIDATE_JUNIT,
    VALIDATE_JSON,
    VALIDATE_FORM_COUNT
};
bool validate_form_of(str name, enum validate_form *out);
// ERR_IO where the stream refuses.
MUST_CHECK enum status validate_print(const struct validation *v, enum validate_form form,
                                      unsigned width, bool colour, FILE *stream, struct err *err);

#endif
