// pomona rules list: a line a rule, and of a store what became of its findings.

#ifndef CLI_RULES_LIST_H
#define CLI_RULES_LIST_H

#include "cli/store_options.h"
#include "match/match.h"

struct rules_list_options {
    struct store_options store;  // Without a name: rules alone.
    bool is_ndjson;
};

// The exit code.
int rules_list_print(const struct rules *rules, struct rules_list_options *options);

#endif
