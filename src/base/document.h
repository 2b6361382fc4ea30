// A YAML file as libyaml's tree (decision 0006), and what all such files share: limits, texts, and
// refusals that say where.
//
// An alias is the node that it stands for, once more: whoever keeps what a file says bounds what it
// keeps, not only how large the file is.

#ifndef BASE_DOCUMENT_H
#define BASE_DOCUMENT_H

#include "base/arena.h"
#include "base/err.h"

#include <yaml.h>

#define DOCUMENT_NESTING_MAX \
    64u  // Brackets inside one another: libyaml's time grows with their square.
#define DOCUMENT_ITEMS_MAX 16384u  // Of one list.

// For sentences: "a rule file".
struct document_kind {
    const char *name;
    size_t bytes_max;
};

struct document {
    str path;
    str text;
    yaml_document_t yaml;
    struct arena *arena;  // Of all text that is kept.
    struct err *err;
};

// All of a regular file of at most as many octets as the kind may have, in the arena.
MUST_CHECK enum status document_text(str path, const struct document_kind *kind,
                                     struct arena *arena, str *out, struct err *err);
// `*d` needs document_done() where it succeeds. `err` is borrowed until then.
MUST_CHECK enum status document_read(str path, const struct document_kind *kind,
                                     struct arena *arena, struct document *d, struct err *err);
// The same of text that is there already, and outlives `*d`; `path` is for sentences.
MUST_CHECK enum status document_parse(str path, str text, struct arena *arena, struct document *d,
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
