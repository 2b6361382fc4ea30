// How a function fails: it returns a status, which says what kind of thing went wrong,
// and fills in one sentence for a human. A new status is worth adding only when some
// caller would act on it differently.

#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum status {
    OK = 0,
    END,         // Nothing left to read; not a failure.
    ERR_FORMAT,  // The input is not what it claims to be.
    ERR_LIMIT,   // The input is well formed, but larger than we accept.
    ERR_IO,      // The operating system refused.
    ERR_CONFIG,  // The operator asked for something that makes no sense: usage, configuration, rules.
};

#define ERR_TEXT_MAX 512

struct err {
    char text[ERR_TEXT_MAX];
};

// Writes the sentence and returns `status`, so that failing is one statement:
//     return fail(err, ERR_FORMAT, "segment %u ends past the file", i);
// A sentence longer than the buffer is cut.
MUST_CHECK enum status fail(struct err *err, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

// Puts "subject: " before the sentence; for the one caller who knows the subject.
void err_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

#endif
