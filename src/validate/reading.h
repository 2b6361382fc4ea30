// What the files that read one scenario.yaml share.

#ifndef VALIDATE_READING_H
#define VALIDATE_READING_H

#include "base/document.h"
#include "validate/scenario.h"

// Octets that are kept of one file. With aliases a small file may say much.
#define READING_KEPT_MAX  (4u * 1024u * 1024u)
#define READING_PAIRS_MAX 2048  // Of one mapping: an alias reads all of it again.

struct reading {
    struct document document;
    size_t kept_bytes;
    struct scenario *scenario;
    const str *names;  // Of recordings, as written; none: not told.
    size_t name_count;
    str lists_name;
    str warnings[SCENARIO_WARNINGS_MAX];
    size_t warning_count;
};

// One key of a mapping: how its value is read, and where it goes in the struct at hand.
struct reading_key {
    str name;
    enum status (*read)(struct reading *r, const yaml_node_t *node, void *place);
    size_t offset;
};

// Every pair of the mapping by the table. A key that is not in it, or stands twice, is a warning.
MUST_CHECK enum status reading_mapping(struct reading *r, const yaml_node_t *node,
                                       const struct reading_key *keys, size_t key_count, void *out);
const yaml_node_t *reading_item(struct reading *r, const yaml_node_t *list, size_t i);
// 0 for what is no list.
size_t reading_count(const yaml_node_t *list);

// Readers of values, for the tables. A text: str. A list of texts, or one text: struct reading_texts.
struct reading_texts {
    const str *at;
    size_t count;
};
MUST_CHECK enum status reading_text(struct reading *r, const yaml_node_t *node, void *place);
MUST_CHECK enum status reading_texts(struct reading *r, const yaml_node_t *node, void *place);
MUST_CHECK enum status reading_rules(struct reading *r, const yaml_node_t *node, void *place);
MUST_CHECK enum status reading_bool(struct reading *r, const yaml_node_t *node, void *place);

// "PATH:LINE:COL: what "name"" among the scenario's warnings.
void reading_warn(struct reading *r, const yaml_node_t *node, const char *what, str name);

// scenario_parts.c: `expect` and `images` into the scenario.
MUST_CHECK enum status reading_expects(struct reading *r, const yaml_node_t *node, void *place);
MUST_CHECK enum status reading_images(struct reading *r, const yaml_node_t *node, void *place);

// scenario_paths.c: where recordings and lists are. What leaves the directory is refused.
MUST_CHECK enum status reading_find_files(struct reading *r, struct err *err);

#endif
