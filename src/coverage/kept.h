// What the store has of assets and of coverage, read whole: what posture.h joins.

#ifndef COVERAGE_KEPT_H
#define COVERAGE_KEPT_H

#include "fidelity/coverage.h"
#include "store/assets.h"
#include "store/coverage.h"

#define KEPT_ASSETS_MAX 1000000u
#define KEPT_HOSTS_MAX  1000000u

// How a signal of a host is now.
struct kept_signal {
    enum coverage_state state;
    int64_t since_ns;  // 0: nothing was ever told.
    str check;
    str figure;
    str reason;
};

struct kept_host {
    struct coverage_kept_host row;
    struct kept_signal signals[SIGNAL_COUNT];
};

struct kept_name {
    str name;
    uint32_t asset;  // By number.
};

// A zeroed one is empty. Text lives in the arena.
struct kept {
    struct arena arena;
    struct asset_row *assets;
    size_t asset_count;
    struct kept_name *names;
    size_t name_count;
    struct kept_host *hosts;
    size_t host_count;
    size_t strange;  // Spans of a signal or state that this program does not know, or of no host.
};

// `*out` needs kept_done() whatever comes of it. ERR_LIMIT past the maxima.
MUST_CHECK enum status kept_read(struct db *db, struct kept *out, struct err *err);
void kept_done(struct kept *k);

#endif
