// Which asset a Mac is that telemetry tells of. Names are compared without case:
//
//     surely     host id or host name is the serial, the hardware UUID or the id of an asset
//     by name    one of them is a name of an asset, with its domain
//     by short   the same without a domain on one side or both; ".local" and ".lan" are none
//
// The first line that has an asset decides. Where it has two, that are both in use, nobody knows: that
// is told, and never guessed. An asset that was retired is thought of only where no other fits.

#ifndef COVERAGE_IDENTIFY_H
#define COVERAGE_IDENTIFY_H

#include "coverage/kept.h"

#define IDENTIFY_ASSETS_MAX 4u  // That are told of an ambiguous one.

struct identify_result {
    size_t count;                          // 0: of no asset; more than 1: ambiguous.
    uint32_t assets[IDENTIFY_ASSETS_MAX];  // By number, as many as fit.
    bool is_retired;                       // The one that it is.
};

struct identify;
// `k` is borrowed.
struct identify *identify_new(const struct kept *k);
void identify_free(struct identify *i);
struct identify_result identify_host(const struct identify *i,
                                     const struct coverage_kept_host *host);

#endif
