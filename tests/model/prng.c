// SplitMix64: a counter that is stirred.

#include "prng.h"

struct prng prng_of(uint64_t seed, uint64_t stream)
{
    struct prng p = { .state = seed };
    p.state = prng_next(&p) ^ stream;
    return p;
}

uint64_t prng_next(struct prng *p)
{
    p->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = p->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

unsigned prng_below(struct prng *p, unsigned count)
{
    return (unsigned)(prng_next(p) % count);
}

bool prng_chance(struct prng *p, unsigned percent)
{
    return prng_below(p, 100) < percent;
}
