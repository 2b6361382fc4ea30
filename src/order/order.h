// Records in the order in which things happened: late ones find their place, repeated ones are
// dropped, and what the sensors' own numbers say of losses is counted.
//
// A record whose number is the next of its sensor goes on at once, so that a stream in order
// costs nothing. Where a number is missing before it, it waits until that one comes, or until its
// host's bound has passed (by event time, or by how many wait), which follows how late the host's
// records really are. Records of a sensor that leaves numbers out, or has none, wait by the bound
// alone. Hosts never wait for each other. See decision 0013.
//
// A repeat is dropped only where number and stamp are those of a record that was seen, and, where
// the sensor leaves numbers out, process and object too. Records
// with neither a global number nor one of their type have no identity: of them, none is dropped.

#ifndef ORDER_ORDER_H
#define ORDER_ORDER_H

#include "event/event.h"

#define ORDER_TYPES_MAX        256u  // Event type numbers whose sequence is followed, per sensor.
#define ORDER_SENSORS_MAX      32u   // Of one host; events of further ones go on as they come.
#define ORDER_HELD_MAX_DEFAULT 100000u
#define ORDER_HELD_BYTES_MAX   (64u * 1024u * 1024u)  // Of copies, over all hosts.

struct order_options {
    // The wall clock: what is in the future, and, in live mode, what has waited long enough. NULL:
    // nothing is in the future, and nothing is let go by waiting.
    int64_t (*now_ns)(void *context);
    void *context;
    bool is_live;
    bool merges;        // Repeated events of memory and libraries go on as one: merge.h.
    uint32_t held_max;  // Events that wait, over all hosts. 0: ORDER_HELD_MAX_DEFAULT.
};

// in = out + duplicates + merged + hostless + held.
struct order_counts {
    uint64_t in;
    uint64_t out;
    uint64_t duplicates;  // Dropped: number and stamp of a record that was seen.
    uint64_t merged;      // Swallowed: another event stands for it.
    uint64_t hostless;    // Dropped: of no host, since there are too many or its name is none.
    uint64_t held;        // Now.
    uint64_t gaps;        // Places where numbers are missing.
    uint64_t missed;      // Records that the gaps stand for.
    uint64_t restarts;    // Sensors that began to count anew.
    uint64_t disordered;  // Came after one that they belong before.
    uint64_t late;        // Went on after one that they belong before: they came past the bound.
    uint64_t jumps;       // Clocks that fell back by more than an hour.
    uint64_t future;      // Stamps ahead of the wall clock by more than five minutes.
    uint64_t clamped;     // Live, those; and stamps ahead of all that came next: changed.
    uint64_t wild;        // Numbers far from all others of their sensor: not believed.
    uint64_t released_early;  // Before their bound had passed, for lack of room.
    uint64_t unplaced;        // Of too many sensors on one host: went on as they came.
};

// Of one sensor on one host.
struct order_sensor_counts {
    uint32_t host;
    uint32_t sensor;
    uint64_t records;  // With those of which no event was made.
    uint64_t sessions;
    uint64_t gaps;
    uint64_t missed;
    uint64_t duplicates;
    uint64_t disordered;
    uint64_t late;
    uint64_t jumps;
    uint64_t future;
    uint64_t clamped;
    uint64_t wild;
    uint64_t merged[ACTION_COUNT];
    bool has_stamps;
    int64_t first_ns;  // Stamps, as far as records have one.
    int64_t last_ns;
    uint64_t silence_ns;   // The longest between two records.
    uint64_t lateness_ns;  // The largest, behind the newest stamp of the host.
};

// Of one event type of a sensor, by the sensor's number of the type.
struct order_type_counts {
    uint32_t type_number;
    enum action action;  // Of the last event of that type; ACTION_COUNT: none was made.
    uint64_t records;
    uint64_t gaps;
    uint64_t missed;
};

struct order;

// `options` may be NULL: no clock, no merging.
struct order *order_new(const struct order_options *options);
void order_free(struct order *o);

// Takes an event, also one of ACTION_COUNT: that one never goes on, but its numbers are not missed,
// and release what waits for them. Borrowed until order_settle().
void order_add(struct order *o, struct event *event);
// The next event that may go on, its arrival told; NULL: none for now. Good until order_settle().
struct event *order_next(struct order *o);
// The batch is about to be reset: what is still here is copied, and copies that went on are freed.
void order_settle(struct order *o);
// The input idles, or some time has passed: lets go of what has waited long enough by the clock.
void order_tick(struct order *o);
// No more will come: lets go of all.
void order_flush(struct order *o);

const struct order_counts *order_counts(const struct order *o);
// Records missed on one host before the latest of its events that order_next() gave, however many
// more are here; after order_flush(), when none is left, all.
uint64_t order_missed(const struct order *o, uint32_t host);
// The i-th sensor on a host, in order of first appearance; NULL past the last.
const struct order_sensor_counts *order_sensor_counts(const struct order *o, size_t i);
// Of it, the i-th event type; false past the last.
bool order_type_counts(const struct order *o, size_t sensor, size_t i,
                       struct order_type_counts *out);

#endif
