// One file of rules/: a rule, or the named lists. YAML by libyaml, whose node marks let every
// refusal say where it stands (decision 0006).

#ifndef MATCH_RULE_FILE_H
#define MATCH_RULE_FILE_H

#include "base/document.h"
#include "match/match.h"

#define RULE_LIST_ITEMS_MAX 16384u  // Of one list.
#define RULE_LISTS_MAX      256u    // Of one lists.yaml.

extern const struct document_kind rule_file_kind;

struct rule_file {
    struct rule_facts facts;
    str query;
    // Where the query's first character stands in the file, from 1. A query that is not a literal
    // block (`|`) has only its line.
    uint32_t query_line;
    uint32_t query_column;
    bool query_is_block;
};

// All text goes to `arena`. A refusal's sentence begins "PATH:LINE:COL: ".
MUST_CHECK enum status rule_file_read(str path, struct arena *arena, struct rule_file *out,
                                      struct err *err);
// A file with nothing but a query: its name is the id and the title, its level medium.
MUST_CHECK enum status rule_file_read_query(str path, struct arena *arena, struct rule_file *out,
                                            struct err *err);
MUST_CHECK enum status rule_file_read_lists(str path, struct arena *arena, struct rule_list **out,
                                            size_t *count, struct err *err);

#endif
