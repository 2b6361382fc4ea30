// An inventory as records of names and values, whether it is CSV or JSON: of CSV the names are the cells of the
// first row; of JSON they are the paths of members ("general.name"), and lists within a record are left
// out.
//
// JSON may be one list, objects one behind the other (NDJSON), or what an API answers: the list is then
// looked for where those products put it ("hosts", "results", "computers", "devices", "value", and a
// "spec" for the object itself).

#ifndef ASSETS_INVENTORY_H
#define ASSETS_INVENTORY_H

#include "base/err.h"
#include "base/str.h"

#define INVENTORY_TEXT_MAX  (64u * 1024u * 1024u)
#define INVENTORY_DEPTH_MAX 32u
#define INVENTORY_VALUE_MAX (64u * 1024u)
#define INVENTORY_NAMES_MAX 1024u  // Of one record.

struct inventory;

struct inventory_record {
    const str *names;
    const str *values;
    size_t count;
    uint64_t line;    // Where it begins; of a list in JSON, where that does.
    uint64_t number;  // Of the record in such a list, from 1; 0 elsewhere.
};

// `text` is borrowed. An empty one has no records.
struct inventory *inventory_new(str text);
void inventory_free(struct inventory *r);
// `*out` lives until the next call. END behind the last. Sentences begin with the line and, where it is known,
// the column.
MUST_CHECK enum status inventory_next(struct inventory *r, struct inventory_record *out,
                                      struct err *err);

#endif
