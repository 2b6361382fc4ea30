// What the commands of `pomona baseline` share, but for `learn`.

#ifndef CLI_BASELINE_OPTIONS_H
#define CLI_BASELINE_OPTIONS_H

#include "cli/store_options.h"
#include "score/proposal.h"

struct baseline_options {
    struct arena arena;
    struct store_options store;
    struct baseline_filter filter;
    bool has_filter;
    int64_t expires_day;  // Since 1970; 0: none was given.
    bool is_table;
    bool all;
    struct proposal_consent consent;
    struct baseline_promotion promotion;
};

// One for each file: the commands, given what stands behind the options.
int baseline_learn(int argc, char **argv);  // Reads options of its own.
int baseline_print(struct baseline_options *o, bool is_review);
int baseline_promote(struct baseline_options *o, char **ids, int count);
int baseline_refuse(struct baseline_options *o, char **ids, int count);
int baseline_export(struct baseline_options *o, const char *name);
int baseline_import(struct baseline_options *o, const char *name);

extern const char baseline_help[];

#endif
