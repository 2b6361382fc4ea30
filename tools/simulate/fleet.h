// Several Macs at once: their records put in order of time, or one file for each Mac.

#ifndef SIMULATE_FLEET_H
#define SIMULATE_FLEET_H

#include "base/err.h"
#include "base/str.h"

#include <stdio.h>

#define FLEET_HOSTS_MAX   1000u
#define FLEET_MINUTES_MAX 10080u  // A week.
#define FLEET_BYTES_MAX   (1ull << 40)

struct fleet_options {
    uint32_t hosts;
    uint32_t minutes;
    uint32_t busy_percent;  // Of the time; nothing happens in the rest. 0 is 100.
    uint64_t seed;
    uint32_t attacks;       // As attacks_parse() gives it.
    uint64_t min_bytes;     // Goes on past `minutes`, without attacks, until so much is written.
    FILE *out;              // One stream of all Macs, each record in an envelope; or NULL:
    const char *directory;  // one file for each Mac, in a directory that exists.
    FILE *labels;           // May be NULL.
    const char *links;      // File of the link inventory; may be NULL.
    bool is_elastic;        // Records of Elastic Defend; they name their host themselves.
};

struct fleet_counts {
    uint64_t records;
    uint64_t bytes;
    uint64_t labels;
    uint64_t seconds;  // Simulated.
};

// Fails with ERR_IO where something cannot be written.
MUST_CHECK enum status fleet_run(const struct fleet_options *options, struct fleet_counts *out,
                                 struct err *err);

#endif
