// Where scenarios are: every directory with a scenario.yaml, at any depth.

#ifndef VALIDATE_WALK_H
#define VALIDATE_WALK_H

#include "base/arena.h"
#include "base/err.h"

#define WALK_SCENARIOS_MAX 20000u
#define WALK_DEPTH_MAX     32u

struct walk_place {
    str name;  // From the last part of the directory that was named on.
    str directory;
};

struct walk {
    struct walk_place *at;
    size_t count;
    size_t capacity;
};

// All at or below the directories, by name, each once; not what only a link leads to, nor what
// begins with a dot. ERR_IO where a directory cannot be read, ERR_LIMIT, or ERR_CONFIG where there is no
// scenario.
MUST_CHECK enum status walk_find(struct walk *w, const str *directories, size_t count,
                                 struct arena *arena, struct err *err);
void walk_done(struct walk *w);

#endif
