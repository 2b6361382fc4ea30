// JSON values out of streams of text: one for each line, or the elements of a list where an input
// is one list, however it is laid out over lines.
//
// Lines end at line ends and elements at commas outside of everything else, whatever is in them: a
// damaged one harms no other. The octets are not looked at further here.

#ifndef QUERY_RECORDS_H
#define QUERY_RECORDS_H

#include "base/err.h"
#include "base/str.h"

#include <signal.h>

#define RECORDS_LEN_MAX (16u * 1024u * 1024u)  // A longer record is skipped whole.

struct records_item {
    str text;          // Borrowed until the next records_take().
    uint64_t line;     // From 1, in its input: where the record begins.
    uint32_t input;    // Index of the input among those given.
    bool is_too_long;  // And so there is no text.
};

struct records_failure {
    str path;
    const char *why;
};

struct records_counts {
    uint64_t records;
    uint64_t bytes;  // As decompressed.
    uint64_t inputs_read;
    bool stopped;  // By `stop`, before every input was at its end.
};

struct records;

// `paths`: file names (plain, gzip, zstd), "-" for standard input; must outlive the records. An
// input that cannot be opened or breaks midway is a failure that is kept: what could be read is
// given out, and the next input follows. `stop` may be NULL; where a signal handler sets it, the
// reading ends.
struct records *records_open(const str *paths, size_t count, const volatile sig_atomic_t *stop);
// One input that is in memory already.
struct records *records_open_memory(bytes input);
void records_close(struct records *r);

// False when every input is at its end. Lines and elements without anything in them are no records.
bool records_take(struct records *r, struct records_item *out);

// Whether the next records_take() may have to wait for input.
bool records_are_dry(const struct records *r);

struct records_counts records_counts(const struct records *r);
const struct records_failure *records_failures(const struct records *r, size_t *count);

#endif
