// Who looks on while a scenario is replayed: counts events by Mac, and keeps what was raised with the
// number of the event at which it was.

#ifndef VALIDATE_WITNESS_H
#define VALIDATE_WITNESS_H

#include "validate/replay.h"

struct witness {
    const struct scenario *scenario;
    struct arena *arena;  // Of what is kept.
    struct replay_host *hosts;
    size_t host_count;
    size_t host_capacity;
    struct raised *raised;
    size_t raised_count;
    size_t raised_capacity;
    uint64_t raised_beyond;
    // Of the batch at hand: at which event each finding was made.
    uint64_t *made_at;
    size_t made_count;
    size_t made_capacity;
};

void witness_init(struct witness *w, const struct scenario *s, struct arena *arena);
void witness_done(struct witness *w);
struct pipeline_witness witness_for(struct witness *w);

#endif
