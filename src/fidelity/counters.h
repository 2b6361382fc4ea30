// The counters themselves, for this room alone.

#ifndef FIDELITY_COUNTERS_H
#define FIDELITY_COUNTERS_H

#include "fidelity/fidelity.h"

#define NONE UINT8_MAX

// Facts of exec (of load: the library's identity).
struct fact_count {
    uint64_t asked;
    uint64_t told;
};

struct span {
    int64_t first_ns;
    int64_t last_ns;
    uint64_t silence_ns;  // The longest time without one, between two.
};

struct signal_count {
    uint64_t events;
    uint64_t merged;  // Events that those stand for besides.
    struct span span;
    int64_t minute_ns;    // Where the minute that is counted began,
    uint64_t in_minute;   // what came in it,
    uint64_t minute_max;  // and most that came in any.
    // By the sensor's numbers; 0 where it has none.
    uint64_t numbered;
    uint64_t missed;
};

enum basis {
    BASIS_PIDVERSION,
    BASIS_SENSOR,
    BASIS_START,
    BASIS_PID,
    BASIS_COUNT
};

struct sensor_row {
    uint32_t sensor;
    bool is_numbered;          // No record is without a number in one row,
    bool is_numbered_by_kind;  // or in one of its kind.
    bool has_stream;
    struct fidelity_stream stream;  // Without its kinds.
    uint64_t kinds_in;              // Of the stream's kinds together.
    uint64_t kinds_missed;
    uint64_t events;
    struct span span;
    struct fact_count facts[SIGNAL_COUNT - SIGNAL_LINKAGE];  // See fidelity_fact().
    struct fact_count settled_parents;  // SIGNAL_PARENT, without the first minute.
    uint64_t paths_truncated;
    uint64_t basis[BASIS_COUNT];     // By what the process of an exec is named.
    uint8_t entry_of[SIGNAL_COUNT];  // In `signals`; NONE: nothing of it came.
    struct signal_count *signals;
    uint8_t signal_count;
    uint8_t signal_capacity;
};

struct host_row {
    uint64_t events;
    uint64_t drops[FIDELITY_DROPS_MAX];
    uint8_t row_of[FIDELITY_SENSORS_MAX];  // In `sensors`; NONE: not seen through it.
    struct sensor_row *sensors;
    uint8_t sensor_count;
};

struct fidelity {
    struct fidelity_options options;
    struct arena arena;  // Its lists.
    uint8_t signal_of[ACTION_COUNT];
    const struct sensor_profile *profiles[FIDELITY_SENSORS_MAX];  // By number; NULL: none.
    struct host_row **hosts;  // By number; NULL: nothing of it came.
    uint32_t host_count;
    uint64_t drops[FIDELITY_DROPS_MAX];
    uint64_t events;
    struct span span;
};

// NULL where nothing of it came.
static inline const struct host_row *fidelity_host(const struct fidelity *f, uint32_t host)
{
    return host < f->host_count ? f->hosts[host] : NULL;
}

static inline const struct signal_count *fidelity_count(const struct sensor_row *row,
                                                        enum signal signal)
{
    const uint8_t entry = row->entry_of[signal];
    return entry == NONE ? NULL : &row->signals[entry];
}

// Facts stand last among signals. Nothing was asked of the others.
static inline struct fact_count fidelity_fact(const struct sensor_row *row, size_t signal)
{
    return signal < SIGNAL_LINKAGE ? (struct fact_count){ 0 } : row->facts[signal - SIGNAL_LINKAGE];
}

static inline enum sensor_shows fidelity_shows(const struct fidelity *f,
                                               const struct sensor_row *row, enum signal signal)
{
    const struct sensor_profile *profile = f->profiles[row->sensor];
    return profile == NULL ? SENSOR_UNKNOWN : profile->signals[signal].shows;
}

#endif
