// This run beside one before, as `--output json` has kept it: what got worse and what got better.

#ifndef VALIDATE_COMPARE_H
#define VALIDATE_COMPARE_H

#include "validate/judge.h"

#define COMPARE_FILE_MAX    (256u * 1024u * 1024u)
#define COMPARE_CHANGES_MAX 20000u

struct change {
    bool is_worse;
    str scenario;
    str what;  // "S09 was found and is missed"
};

struct changes {
    struct change *at;
    size_t count;
    size_t worse;
    size_t better;
    size_t compared;  // Scenarios that are in both,
    size_t fresh;     // only here,
    size_t gone;      // only there.
    size_t beyond;    // Changes that there was no room for.
};

// Reads the run before and compares. ERR_IO where the file cannot be read, ERR_CONFIG where it is no such
// run. Lives in the arena.
MUST_CHECK enum status compare_with(str path, const struct judged *results, size_t count,
                                    struct arena *arena, struct changes *out, struct err *err);

#endif
