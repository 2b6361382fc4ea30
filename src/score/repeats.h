// Findings that were told, each under what makes another the same: see group.h.

#ifndef SCORE_REPEATS_H
#define SCORE_REPEATS_H

#include "base/map.h"
#include "event/finding.h"

struct repeat {
    uint64_t hash;
    int64_t first_ns;
    uint64_t count;     // Of those after the first.
    uint32_t revision;  // Of the last that was told,
    char id[33];        // and its id.
};

// A ring: where it is full, the one that was told longest ago goes.
struct repeats {
    struct map by_hash;
    struct repeat *at;
    uint32_t capacity;
    uint32_t count;
    uint32_t oldest;
    uint32_t max;
    uint64_t evicted;
};

void repeats_init(struct repeats *r, uint32_t max);
void repeats_done(struct repeats *r);

uint64_t repeats_hash(const struct finding *finding);
// What the finding is a repeat of; NULL where it is none (or no more: then it is forgotten).
struct repeat *repeats_find(struct repeats *r, const struct finding *finding, uint64_t hash);
void repeats_add(struct repeats *r, const struct finding *finding, uint64_t hash);
// The finding was told under this id, as this revision.
void repeats_name(struct repeats *r, const struct finding *finding, const char *id,
                  uint32_t revision);
// A repeat that is to be told takes the id, and the next revision.
void repeats_take_name(struct repeats *r, struct finding *finding);

#endif
