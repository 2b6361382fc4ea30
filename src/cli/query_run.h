// One query over inputs: what is read, held, matched and printed.

#ifndef CLI_QUERY_RUN_H
#define CLI_QUERY_RUN_H

#include "query/input.h"

struct query_options {
    struct input_options input;
    str text;  // EQL.
    const str *paths;
    size_t path_count;
    bool counts_only;
    bool explains;   // Print what the query was compiled to, and read nothing.
    bool is_stream;  // Events come in order: none is held but for matches.
};

// Prints matches on stdout, and on stderr what is wrong, and the closing counters. An exit_code.
int query_run(const struct query_options *options);

#endif
