// Exceptions in the store: the text of each, as YAML, and how often it was met.
//
// What the text means is not known here: who reads it judges it as it would a file.

#ifndef STORE_EXCEPTIONS_H
#define STORE_EXCEPTIONS_H

#include "base/arena.h"
#include "base/err.h"

#define EXCEPTION_STORE_ROWS_MAX  10000u
#define EXCEPTION_STORE_BYTES_MAX (8u * 1024u * 1024u)  // Of all texts together.

// A time is nanoseconds since 1970, of the event, and means nothing where there is no hit.
struct exception_row {
    str id;
    str text;
    uint64_t hits;
    int64_t first_hit_ns;
    int64_t last_hit_ns;
};

struct exception_store;

// Whether the file is a database at all, by its first octets.
bool exception_store_is(str path);
// Fails with ERR_IO where the file cannot be opened, ERR_FORMAT where it is no store of exceptions or
// was made by a newer program. Where it writes, a file that is not there is made. The caller adds
// the file's name.
MUST_CHECK enum status exception_store_open(str path, bool writes, struct exception_store **out,
                                            struct err *err);
void exception_store_close(struct exception_store *s);

// All of them, in the order in which they were put.
MUST_CHECK enum status exception_store_rows(struct exception_store *s, struct arena *a,
                                            struct exception_row **out, size_t *out_count,
                                            struct err *err);
// In place of all that were there, in one transaction. One whose id stays keeps its hits.
MUST_CHECK enum status exception_store_replace(struct exception_store *s,
                                               const struct exception_row *rows, size_t count,
                                               struct err *err);
// Adds the hits of a run, in one transaction. One that went away meanwhile has none.
MUST_CHECK enum status exception_store_add_hits(struct exception_store *s,
                                                const struct exception_row *rows, size_t count,
                                                struct err *err);

#endif
