// What is wrong with rules, as it is said on standard error.

#ifndef CLI_PROBLEMS_H
#define CLI_PROBLEMS_H

#include "match/match.h"
#include "score/exceptions.h"

struct problem_counts {
    size_t refused;
    size_t warnings;
};

// Each as "FILE:LINE:COL: sentence" and, where it is in a query, the line with the place
// underlined.
struct problem_counts problems_print(const struct rules *rules);
// Likewise of exceptions, which are no queries.
struct problem_counts problems_print_exceptions(const struct exceptions *exceptions);

#endif
