// pomona rules explain: what a rule was compiled to and, against telemetry, why its stages were met
// or not.

#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "cli/cli.h"
#include "match/match.h"

struct explain_options {
    str id;            // Empty: the only rule there is, or all of them.
    const str *files;  // Telemetry; none: the rule alone is explained.
    size_t file_count;
};

// The exit code.
int explain_run(const struct rules *rules, const struct explain_options *options);

#endif
