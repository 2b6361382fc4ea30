// Exceptions in the store: the text of each, as YAML, who put it there, and how often it was met.
//
// What the text means is not known here: who reads it judges it as it would a file. Every change of a text is in
// the audit log, with what it was and what it is; that an exception was met decides nothing, and is not.

#ifndef STORE_EXCEPTIONS_H
#define STORE_EXCEPTIONS_H

#include "store/store.h"

#define EXCEPTIONS_STORE_ROWS_MAX  10000u
#define EXCEPTIONS_STORE_BYTES_MAX (8u * 1024u * 1024u)  // Of all texts together.

// A time is nanoseconds since 1970, of the event, and means nothing where there is no hit.
struct exception_row {
    str id;
    str text;
    str put_by;  // Who put the text there, and when. Given out only.
    int64_t put_ns;
    uint64_t hits;
    int64_t first_hit_ns;
    int64_t last_hit_ns;
};

struct exception_changes {
    size_t added;
    size_t changed;
    size_t removed;
};

// Whether the name is that of a store and not of a file of exceptions: a URL, or a database by its first octets.
bool exceptions_store_is(str name);
// All of them, in the order in which they were put.
MUST_CHECK enum status exceptions_store_rows(struct db *db, struct arena *a,
                                             struct exception_row **out, size_t *out_count,
                                             struct err *err);
MUST_CHECK enum status exceptions_store_count(struct db *db, int64_t *out, struct err *err);

// These are transactions of their own.
// In place of all that were there. One whose id stays keeps its hits.
MUST_CHECK enum status exceptions_store_replace(struct db *db, const struct store_act *act,
                                                const struct exception_row *rows, size_t count,
                                                struct exception_changes *out, struct err *err);
// Behind those that are there. ERR_CONFIG, and nothing added, where one has the id of one that is there;
// ERR_LIMIT where there would be too many.
MUST_CHECK enum status exceptions_store_add(struct db *db, const struct store_act *act,
                                            const struct exception_row *rows, size_t count,
                                            struct err *err);
// ERR_CONFIG, and nothing removed, where there is none of such an id.
MUST_CHECK enum status exceptions_store_remove(struct db *db, const struct store_act *act,
                                               const str *ids, size_t count, struct err *err);
// Adds the hits of a run. One that went away meanwhile has none.
MUST_CHECK enum status exceptions_store_add_hits(struct db *db, const struct exception_row *rows,
                                                 size_t count, struct err *err);

#endif
