// What was seen, lost and missing: counters per Mac, sensor and signal, kept while events pass.
//
// The way of an event touches four numbers that are found by index: Mac, sensor, signal. Nothing is
// hashed, and no text is looked at but one word of exec and load events. Memory follows what was
// seen: a Mac has a row for each sensor that it was seen through, and that row an entry for each
// signal that came: some two thousand octets a Mac.
//
// What the counters mean (seen, degraded, silent, ...) is told by coverage.h.

#ifndef FIDELITY_FIDELITY_H
#define FIDELITY_FIDELITY_H

#include "base/arena.h"
#include "event/batch.h"
#include "event/projection.h"
#include "event/sensor.h"

#define FIDELITY_SENSORS_MAX 32u  // Kinds of sensor.
#define FIDELITY_DROPS_MAX   32u  // Reasons for which a record makes no event.
#define FIDELITY_WARM_UP_NS  (60LL * 1000000000LL)

// What makes no event, by number.
struct fidelity_drop_kind {
    str name;
    bool is_loss;  // Something was told that is now unknown; otherwise it was nothing to us.
};

// A rule, and what must be seen for it.
struct fidelity_rule {
    const struct rule_facts *facts;
    const struct signal_need *needs;
    size_t need_count;
};

// Profiles, hosts, and what rules and names point to are borrowed for the life of the counters; the
// lists are copied.
struct fidelity_options {
    const struct sensor_profiles *profiles;
    const str *sensors;  // Their names, by number.
    size_t sensor_count;
    const struct fidelity_drop_kind *drops;
    size_t drop_count;
    const struct fidelity_rule *rules;
    size_t rule_count;
    const struct hosts *hosts;
};

// One kind of record of a stream, by the sensor's own numbers of it.
struct fidelity_stream_kind {
    enum action action;  // ACTION_COUNT: not known, or nothing to us.
    uint64_t in;
    uint64_t missed;
};

// What order knows of the records of one sensor on one Mac. Whether their numbers promise anything,
// events say themselves.
struct fidelity_stream {
    uint32_t host;
    uint32_t sensor;
    uint64_t in;
    uint64_t sessions;  // Times that the numbers began.
    uint64_t gaps;
    uint64_t missed;  // Records of any kind.
    uint64_t duplicates;
    uint64_t late;
    uint64_t clamped;  // Stamps from the future.
    uint64_t wild;     // Stamps past belief.
    uint64_t lateness_ns;
    const struct fidelity_stream_kind *kinds;  // Borrowed until the call returns.
    size_t kind_count;
};

#define FIDELITY_DOUBTS_MAX 3u
#define FIDELITY_DOUBT_COST 5u

struct fidelity;

struct fidelity *fidelity_new(const struct fidelity_options *options);
void fidelity_free(struct fidelity *f);
// What the shares of facts are counted from.
void fidelity_want(struct projection *projection);

// Every event, once, after enrich.
void fidelity_see(struct fidelity *f, const struct event *event);
// Records of an input that made no event.
void fidelity_drop(struct fidelity *f, uint32_t host, uint32_t reason, uint64_t count);
// The last word on one stream; an earlier one on the same is replaced.
void fidelity_set_stream(struct fidelity *f, const struct fidelity_stream *stream);

// What the rule, or the analytic, could not see on the Mac up to the last event of it: at most
// FIDELITY_DOUBTS_MAX. To be asked when the finding is made, before the next event is seen, so that
// it does not depend on how the input was divided. Sentences live in the arena.
size_t fidelity_unseen(const struct fidelity *f, const struct finding *finding, struct arena *arena,
                       struct finding_doubt *out);

#endif
