// Sensor profiles: what each sensor can show and what it cannot, as rules/sensors.yaml says it.

#ifndef EVENT_SENSOR_H
#define EVENT_SENSOR_H

#include "event/signal.h"

enum sensor_shows {
    SENSOR_UNKNOWN,  // Also where the profile says nothing.
    SENSOR_SHOWN,
    SENSOR_PARTLY,
    SENSOR_NOT,
    SENSOR_SHOWS_COUNT
};
// "unknown", "shown", "partly", "not"; false where it is none of them.
bool sensor_shows_of(str word, enum sensor_shows *out);
str sensor_shows_name(enum sensor_shows shows);

struct sensor_entry {
    enum sensor_shows shows;
    str how;     // In which part, or why not; may be empty but with SENSOR_PARTLY.
    str source;  // What states it. Empty with SENSOR_UNKNOWN only.
};

struct sensor_profile {
    str sensor;  // Name of the dialect.
    str product;
    str versions;
    str caveat;     // Why evidence from it is worth less; may be empty.
    str omissions;  // What it leaves out or sums up as a rule; may be empty.
    struct sensor_entry signals[SIGNAL_COUNT];
};

struct sensor_profiles {
    const struct sensor_profile *at;
    size_t count;
};

// The sensors that a profile may be of: the names of dialects, those to come among them.
size_t sensor_count(void);
str sensor_name(size_t i);
bool sensor_is_known(str name);

// NULL where there is no profile of it.
const struct sensor_profile *sensor_profile_find(const struct sensor_profiles *profiles,
                                                 str sensor);

#endif
