// The files that rules are in: those that are named, and all below a directory that is.

#ifndef MATCH_RULE_PATHS_H
#define MATCH_RULE_PATHS_H

#include "base/arena.h"
#include "base/err.h"

#define RULE_FILES_MAX 20000u
#define RULE_DEPTH_MAX 16u  // Directories in directories.

struct rule_paths {
    str *at;
    size_t count;
};

// Adds the file; or all *.yaml, *.yml and *.eql in the directory and below it, in the order of
// names, but not what begins with a dot, nor what only a link to a directory leads to. Fails where
// it cannot be read, or there are too many.
MUST_CHECK enum status rule_paths_add(struct rule_paths *p, str path, struct arena *arena,
                                      struct err *err);
void rule_paths_done(struct rule_paths *p);

bool rule_path_is_query(str path);    // *.eql
bool rule_path_is_lists(str path);    // lists.yaml
bool rule_path_is_sensors(str path);  // sensors.yaml

#endif
