// Numbers that look random and depend on the seed alone, on every machine.

#ifndef MODEL_PRNG_H
#define MODEL_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct prng {
    uint64_t state;
};

// Each (seed, stream) gives its own numbers, so that one case can be had without those before.
struct prng prng_of(uint64_t seed, uint64_t stream);

uint64_t prng_next(struct prng *p);

// From 0 to count - 1.
unsigned prng_below(struct prng *p, unsigned count);

bool prng_chance(struct prng *p, unsigned percent);

#endif
