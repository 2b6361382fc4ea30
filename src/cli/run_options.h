// The options that every command shares which runs the rules over telemetry.

#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include "cli/cli.h"
#include "pipeline.h"

#define RUN_RULE_PATHS_MAX 64u

struct run_options {
    struct arena arena;
    struct pipeline_options pipeline;
    struct rules_options rules;
    str exceptions_path;  // Of a file or a store; empty: none.
    struct exceptions *exceptions;
    str *paths;
    size_t path_count;
    str rule_paths[RUN_RULE_PATHS_MAX];
    size_t rule_path_count;
    bool images_chosen;  // By --images or --no-images.
};

enum {
    RUN_OPT_RULES = 256,
    RUN_OPT_LENIENT,
    RUN_OPT_HOST,
    RUN_OPT_HOST_FROM,
    RUN_OPT_LINKS,
    RUN_OPT_IMAGES,
    RUN_OPT_NO_IMAGES,
    RUN_OPT_PARTIALS,
    RUN_OPT_PROCESSES,
    RUN_OPT_DIALECT,
    RUN_OPT_THREADS,
    RUN_OPT_BASELINE,
    RUN_OPT_OTHER,  // The command's own begin here.
};

// For the command's table of options.
// clang-format off
#define RUN_OPTIONS                                                     \
    { "rules", required_argument, NULL, RUN_OPT_RULES },                \
    { "lenient", no_argument, NULL, RUN_OPT_LENIENT },                  \
    { "host", required_argument, NULL, RUN_OPT_HOST },                  \
    { "host-from-filename", no_argument, NULL, RUN_OPT_HOST_FROM },     \
    { "links", required_argument, NULL, RUN_OPT_LINKS },                \
    { "images", no_argument, NULL, RUN_OPT_IMAGES },                    \
    { "no-images", no_argument, NULL, RUN_OPT_NO_IMAGES },              \
    { "partials-max", required_argument, NULL, RUN_OPT_PARTIALS },      \
    { "processes-max", required_argument, NULL, RUN_OPT_PROCESSES },    \
    { "dialect", required_argument, NULL, RUN_OPT_DIALECT },            \
    { "threads", required_argument, NULL, RUN_OPT_THREADS }
// Of those that judge findings.
#define RUN_BASELINE_OPTION { "baseline", required_argument, NULL, RUN_OPT_BASELINE }
// clang-format on

// And for its help.
#define RUN_HELP                                                                                   \
    "  --rules PATH           rule file or directory; may be given again (default: those that\n"   \
    "                         came with the program)\n"                                            \
    "  --lenient              rules made for other sensors: a field, category or list that there " \
    "is\n"                                                                                         \
    "                         not is a warning, and no event has it\n"                             \
    "  --host NAME            the Mac that every input is from\n"                                  \
    "  --host-from-filename   each file's name, without its endings, is its Mac (so it is where\n" \
    "                         there are several files and no --host)\n"                            \
    "  --links NAME           store with a link inventory, made by `pomona inspect --save NAME`\n" \
    "  --images, --no-images  look at images that are on this machine, or do not (default: only\n" \
    "                         for standard input without --host: telemetry of this Mac)\n"

#define RUN_BASELINE_HELP \
    "  --baseline NAME        the store with the baseline of what is expected here\n"

#define RUN_HELP_LIMITS                                                                            \
    "  --partials-max N       open sequences at a time (default 2000000)\n"                        \
    "  --dialect NAME         every record is of this sensor (default: told apart by content):\n"  \
    "                         eslogger, jamf, jamf-alert, mac-monitor, elastic, santa, "           \
    "santa-log,\n"                                                                                 \
    "                         osquery, ocsf, unified-log, defender, crowdstrike, sentinelone\n"    \
    "  --threads N            threads at the work (default: as many as there are processors, at\n" \
    "                         most 8; results do not depend on it)\n"                              \
    "  --processes-max N      processes remembered at a time (default 500000)\n"

void run_options_init(struct run_options *r);
void run_options_done(struct run_options *r);
// One of the options above.
MUST_CHECK enum status run_options_set(struct run_options *r, int option, str value,
                                       struct err *err);
// What is left of the command line: the inputs.
void run_options_take_paths(struct run_options *r, char **paths, int count);
// The rules, with the profiles that came with the program where they bring none of their own, and the
// exceptions. Prints what is wrong with them; `*refused` is how many were refused. EXIT_DONE, or fails and
// says why.
int run_options_load(struct run_options *r, struct rules **out, size_t *refused);
// What a command says when all inputs are read; returns the code, given the one so far.
typedef int run_done(void *context, const struct pipeline *p, int code);
// Runs the pipeline over the inputs, findings to `stream`, and says which inputs failed. `done` is
// called where it could begin.
int run_options_run(const struct run_options *r, const struct rules *rules, FILE *stream,
                    run_done *done, void *context);

#endif
