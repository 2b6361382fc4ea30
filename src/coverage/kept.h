// What the store has of assets and of coverage, read whole: what posture.h joins.

#ifndef COVERAGE_KEPT_H
#define COVERAGE_KEPT_H

#include "fidelity/coverage.h"
#include "store/assets.h"
#include "store/canaries.h"
#include "store/coverage.h"

#define KEPT_ASSETS_MAX   1000000u
#define KEPT_HOSTS_MAX    1000000u
#define KEPT_CANARIES_MAX 4000000u

// How long a proof holds, and how long a canary's records may take.
#define KEPT_PROVED_FOR_NS    (INT64_C(30) * 86400 * 1000000000)
#define KEPT_ANSWER_WITHIN_NS (INT64_C(86400) * 1000000000)

// How a signal of a host is now.
struct kept_signal {
    enum coverage_state state;
    bool
        is_unanswered;  // A canary's record of it did not come back, and telemetry told nothing worse.
    int64_t since_ns;  // 0: nothing was ever told.
    str check;
    str figure;
    str reason;
};

struct kept_host {
    struct coverage_kept_host row;
    bool is_of_canary;  // Nothing is kept of it but that a canary came back.
    struct kept_signal signals[SIGNAL_COUNT];
};

struct kept_name {
    str name;
    uint32_t asset;  // By number.
};

struct kept_proof {
    enum signal signal;
    int64_t at_ns;
    str sensor;
    str evidence;
};

struct kept_canary {
    struct canaries_row row;
    str host_id;  // What telemetry calls the Mac; empty where nothing came back.
    str host_name;
    int64_t at_ns;    // When it was emitted: by its records where any came back.
    uint32_t proved;  // Signals of which a record came back: SIGNAL_BIT() of each.
    size_t proof;     // The first of its proofs, by number.
    size_t proof_count;
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
    struct kept_canary *canaries;
    size_t canary_count;
    struct kept_proof *proofs;
    size_t proof_count;
    // By whose time the age of proofs is told; 0: the latest of all that is kept. To be set after reading.
    int64_t now_ns;
    int64_t proved_for_ns;
    int64_t answer_within_ns;
    size_t strange;  // Spans of a signal or state that this program does not know, or of no host.
};

// `*out` needs kept_done() whatever comes of it. ERR_LIMIT past the maxima.
MUST_CHECK enum status kept_read(struct db *db, struct kept *out, struct err *err);
void kept_done(struct kept *k);

// The part of it that is about canaries; adds Macs of which nothing else is kept. Called by kept_read().
MUST_CHECK enum status kept_read_canaries(struct db *db, struct kept *k, struct err *err);
// Of each signal: nothing was told of it.
void kept_host_untold(struct kept_host *host);
// The array, with room for one more: it doubles whenever it is full.
void *kept_with_room(void *at, size_t count, size_t size);

#endif
