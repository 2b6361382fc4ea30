// Events as match sees them, kept in memory, so that matching can be measured alone.

#ifndef BENCH_EQL_EVENTS_H
#define BENCH_EQL_EVENTS_H

#include "pipeline.h"

// What is matched between two looks at the clock: so few that they stay in the processor's cache,
// as those do that a decoder has just made.
#define EVENTS_CHUNK 64u

struct events {
    struct arena arena;
    struct event *at;
    size_t count;
    size_t capacity;
};

// All that follow end the program, with a sentence, where they fail.

// Decodes and enriches the file's records in order, in the pipeline's own rooms. `p` is opened for
// that, and the caller closes it; `rules` say which fields are kept.
void events_read(struct events *events, struct pipeline *p, const struct rules *rules,
                 const char *path);
void events_done(struct events *events);

// Those of one action; slots and texts are those of `from`, which must live on.
void events_select(struct events *out, const struct events *from, enum action action);

// Reads all that these hold, which brings it into the cache.
void events_touch(const struct event *at, size_t count);

struct rules *bench_rules(const str *paths, size_t count);
double bench_now(void);  // Seconds since some beginning.
_Noreturn void bench_stop(const char *sentence);

#endif
