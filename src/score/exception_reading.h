// What the files that read exceptions share.

#ifndef SCORE_EXCEPTION_READING_H
#define SCORE_EXCEPTION_READING_H

#include "base/document.h"
#include "base/map.h"
#include "score/exception_file.h"

struct exception_reading {
    struct document document;
    struct err err;
    const struct exception_rules *rules;
    struct exception_file *file;
    struct exception *exception;  // The one that is being read.
    bool is_refused;
    size_t texts_left;
    struct map ids;  // Numbers of exceptions that are kept.
};

// "FILE:LINE:COL: what "name"": the exception is left out. False, so that refusing is one statement.
bool exception_reading_refuse(struct exception_reading *r, const yaml_node_t *node,
                              const char *what, str name);
// It is kept all the same.
void exception_reading_warn(struct exception_reading *r, const yaml_node_t *node, const char *what,
                            str name);
const yaml_node_t *exception_reading_node(struct exception_reading *r, int index);
// A text of 1 to `max` octets, kept.
bool exception_reading_text(struct exception_reading *r, const yaml_node_t *node, size_t max,
                            str *out);
// A list of 1 to `max` of them, or one alone.
bool exception_reading_texts(struct exception_reading *r, const yaml_node_t *node, size_t max,
                             const str **out, size_t *count);

// exception_who.c: one key of a process or library; false where it is none of its keys.
bool exception_reading_who_key(struct exception_reading *r, str key, const yaml_node_t *value,
                               struct exception_who *who);
// A mapping of such keys.
void exception_reading_who(struct exception_reading *r, const yaml_node_t *node,
                           struct exception_who *who);
// Refuses what names neither a signer nor code; `node` is where.
void exception_reading_refuse_nobody(struct exception_reading *r, const yaml_node_t *node,
                                     const struct exception_who *who);

#endif
