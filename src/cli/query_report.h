// What `pomona query` says on standard error: what is wrong with a query, and the closing counters.

#ifndef CLI_QUERY_REPORT_H
#define CLI_QUERY_REPORT_H

#include "query/input.h"

#include <stdio.h>

// The sentence with its place, the line, and the place underlined.
void query_report_error(str query, const struct pomona_eql_error *error, FILE *stream);

struct query_report {
    const struct records *records;
    const struct input *input;
    const struct pomona_eql_run *run;
    const str *paths;
    uint64_t match_count;  // Of those that were printed.
    bool is_sorted;
};

void query_report_print(const struct query_report *report, FILE *stream);

#endif
