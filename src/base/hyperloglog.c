#include "base/hyperloglog.h"

#include <math.h>

#define RANK_MAX  (64u - HYPERLOGLOG_BITS + 1u)
#define COUNT_MAX 1e18  // Nobody has counted so far; what says so is no count.

static uint64_t mix(uint64_t x);

void hyperloglog_add(struct hyperloglog *h, uint64_t hash)
{
    const uint64_t mixed = mix(hash);
    const uint64_t rest = mixed << HYPERLOGLOG_BITS;
    const uint8_t rank = rest == 0 ? RANK_MAX : (uint8_t)(__builtin_clzll(rest) + 1);
    uint8_t *at = &h->registers[mixed >> (64u - HYPERLOGLOG_BITS)];
    if (rank > *at)
        *at = rank;
}

// The finalizer of splitmix64 (Steele, Lea, Flood 2014): every bit of the one depends on every bit of
// the other.
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

void hyperloglog_merge(struct hyperloglog *into, const struct hyperloglog *from)
{
    for (uint32_t i = 0; i < HYPERLOGLOG_REGISTERS; i++)
        if (from->registers[i] > into->registers[i])
            into->registers[i] = from->registers[i];
}

// Registers may be from a file: one that cannot be counts as the largest that can.
uint64_t hyperloglog_count(const struct hyperloglog *h)
{
    const double m = HYPERLOGLOG_REGISTERS;
    double sum = 0;
    uint32_t zeros = 0;
    for (uint32_t i = 0; i < HYPERLOGLOG_REGISTERS; i++) {
        const uint32_t rank = h->registers[i] < RANK_MAX ? h->registers[i] : RANK_MAX;
        sum += ldexp(1, -(int)rank);
        zeros += rank == 0;
    }
    const double raw = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    const double count = raw <= 2.5 * m && zeros > 0 ? m * log(m / zeros) : raw;
    return (uint64_t)(count < COUNT_MAX ? count + 0.5 : COUNT_MAX);
}
