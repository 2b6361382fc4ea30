// SplitMix64, by Sebastiano Vigna (public domain): small, and good enough for inventing things.

#include "rng.h"

#define GOLDEN 0x9e3779b97f4a7c15u

struct rng rng_of(uint64_t seed, uint64_t stream)
{
    struct rng r = { .state = seed };
    r.state = rng_next(&r) ^ ((stream + 1) * GOLDEN);
    (void)rng_next(&r);
    return r;
}

uint64_t rng_next(struct rng *r)
{
    r->state += GOLDEN;
    uint64_t z = r->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t rng_below(struct rng *r, uint32_t count)
{
    return (uint32_t)(((rng_next(r) >> 32) * count) >> 32);
}

uint64_t rng_between(struct rng *r, uint64_t low, uint64_t high)
{
    return low + rng_next(r) % (high - low + 1);
}

bool rng_permille(struct rng *r, uint32_t parts)
{
    return rng_below(r, 1000) < parts;
}
