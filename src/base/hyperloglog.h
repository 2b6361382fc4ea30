// How many different things were seen, in a fixed 2048 octets however many they are: HyperLogLog
// (Flajolet, Fusy, Gandouet, Meunier 2007) over 64-bit hashes, with linear counting where few were.
//
// With 2^11 registers the standard error is 1.04 / sqrt(2048), 2.3 %. The same things give the same
// registers in whatever order, and two counts are joined register by register.

#ifndef BASE_HYPERLOGLOG_H
#define BASE_HYPERLOGLOG_H

#include <stdint.h>

#define HYPERLOGLOG_BITS      11u
#define HYPERLOGLOG_REGISTERS (1u << HYPERLOGLOG_BITS)

struct hyperloglog {
    uint8_t registers[HYPERLOGLOG_REGISTERS];
};

// By value; a zeroed one has seen nothing. The hash is mixed here, so a weak one will do.
void hyperloglog_add(struct hyperloglog *h, uint64_t hash);
void hyperloglog_merge(struct hyperloglog *into, const struct hyperloglog *from);
uint64_t hyperloglog_count(const struct hyperloglog *h);

#endif
