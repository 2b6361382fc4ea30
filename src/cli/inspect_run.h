// What `pomona inspect` was asked for, and the three things it does.

#ifndef CLI_INSPECT_RUN_H
#define CLI_INSPECT_RUN_H

#include "cli/store_options.h"
#include "inspect/inspect.h"

#define INSPECT_APIS_MAX 64u

struct inspect_arguments {
    struct arena arena;
    str *paths;
    size_t path_count;
    str root;
    struct store_options store;  // Where facts are kept. No name: nowhere.
    str host;
    str anchors_path;
    str api_frameworks[INSPECT_APIS_MAX];
    size_t api_framework_count;  // 0: the default.
    unsigned jobs;
    unsigned timeout_s;
    bool as_table;
    bool in_colour;
    bool with_imports;
    bool with_pages;
    bool with_progress;
    bool reads_again;
    bool is_bare;  // --no-sandbox
    bool merges;
    bool compares;
};

// Each prints what it finds and what is wrong, and gives an exit_code.
int inspect_run_images(struct inspect_arguments *in);
int inspect_run_merge(struct inspect_arguments *in);
int inspect_run_diff(struct inspect_arguments *in);

// One file, with the same arguments, to whom it is wanted.
MUST_CHECK enum status inspect_read_one(struct inspect_arguments *in, const str *path,
                                        const struct inspect_ear *ear, struct err *err);

#endif
