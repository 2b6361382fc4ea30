// What was told of the coverage of each Mac, over time.
//
// A signal of a host has spans: how long it was in one state, by event time. Telemetry of a later time lengthens
// the last span where the state goes on, and begins a new one where it does not, so that since when
// follows from it. What a run covers again it tells anew: spans of that time are replaced.
// States are those of fidelity/coverage.h, as numbers; who reads them checks that they are.

#ifndef STORE_COVERAGE_H
#define STORE_COVERAGE_H

#include "store/store.h"

// Without telemetry for longer, nobody knows that the state went on: a new span begins.
#define COVERAGE_GAP_NS (INT64_C(2) * 86400 * 1000000000)

// Text is borrowed; of what is given out, until the callback returns.
struct coverage_kept_host {
    str id;
    str name;
    str sensors;
    int64_t first_ns;
    int64_t last_ns;
    int64_t events;  // Of the last run that told of it.
    int64_t lost;
};

struct coverage_span {
    str host_id;
    str signal;
    int64_t from_ns;
    int64_t to_ns;
    int64_t state;
    str check;  // The one that fails; empty where none does.
    str figure;
    str reason;
};

// In the transaction that is open. END where telemetry of a later time is kept of the host: its spans are not
// to be put then.
MUST_CHECK enum status coverage_put_host(struct db *db, const struct coverage_kept_host *host,
                                         struct err *err);
MUST_CHECK enum status coverage_put_span(struct db *db, const struct coverage_span *span,
                                         struct err *err);

typedef void coverage_take_host(void *context, const struct coverage_kept_host *host);
typedef void coverage_take_span(void *context, const struct coverage_span *span);
MUST_CHECK enum status coverage_hosts(struct db *db, coverage_take_host *take, void *context,
                                      struct err *err);
// Those of a host come together, those of a signal in order of time: the last one is how it is now.
MUST_CHECK enum status coverage_spans(struct db *db, coverage_take_span *take, void *context,
                                      struct err *err);

// A report that was kept, so that the next can say what changed. `summary` is text of coverage/change.h.
struct coverage_kept_report {
    int64_t id;  // Given out only.
    int64_t made_ns;
    int64_t from_ns;
    int64_t to_ns;
    str summary;
};
// In the transaction that is open.
MUST_CHECK enum status coverage_put_report(struct db *db, const struct coverage_kept_report *report,
                                           struct err *err);
// The last one, in the arena; END where there is none.
MUST_CHECK enum status coverage_last_report(struct db *db, struct arena *arena,
                                            struct coverage_kept_report *out, struct err *err);

#endif
