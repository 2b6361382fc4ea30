// A file of rules/ as libyaml's tree (decision 0006), and what all such files share: limits, texts,
// and refusals that say where.

#ifndef MATCH_DOCUMENT_H
#define MATCH_DOCUMENT_H

#include "base/arena.h"
#include "base/err.h"

#include <yaml.h>

struct document {
    str path;
    str text;
    yaml_document_t yaml;
    struct arena *arena;  // Of all text that is kept.
    struct err *err;
};

// All of a regular file of at most RULE_FILE_MAX octets, in the arena.
MUST_CHECK enum status document_text(str path, struct arena *arena, str *out, struct err *err);
// `*d` needs document_done() where it succeeds. `err` is borrowed until then.
MUST_CHECK enum status document_read(str path, struct arena *arena, struct document *d,
                                     struct err *err);
void document_done(struct document *d);

// The text of a scalar node; lives as long as the document.
str document_scalar(const yaml_node_t *node);
// A list of texts, kept.
MUST_CHECK enum status document_texts(struct document *d, const yaml_node_t *node, const str **out,
                                      size_t *count);
// "PATH:LINE:COL: what "name"", the place being the node's; without a name, just what.
enum status document_refuse(struct document *d, const yaml_node_t *node, const char *what,
                            str name);

#endif
