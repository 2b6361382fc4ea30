// The one source of chance: the same seed gives the same numbers on every machine.

#ifndef SIMULATE_RNG_H
#define SIMULATE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

// Streams of one seed are independent of each other: one for each Mac.
struct rng rng_of(uint64_t seed, uint64_t stream);

uint64_t rng_next(struct rng *r);
// From 0 to `count` - 1; `count` is at least 1.
uint32_t rng_below(struct rng *r, uint32_t count);
// From `low` to `high`, both included.
uint64_t rng_between(struct rng *r, uint64_t low, uint64_t high);
// True `parts` times in a thousand.
bool rng_permille(struct rng *r, uint32_t parts);

#endif
