// A working day: what the user, the developer and macOS itself do, one activity at a time, with
// the background going on meanwhile. None of it is an attack, some of it looks like one.

#ifndef SIMULATE_ORDINARY_H
#define SIMULATE_ORDINARY_H

#include "host.h"

typedef void ordinary_run(struct host *h);

struct activity {
    ordinary_run *run;
    unsigned weight;  // How often, against the others.
};

// Of apps.c, system.c, developer.c and alike.c.
extern const struct activity ordinary_apps[];
extern const size_t ordinary_app_count;
extern const struct activity ordinary_system[];
extern const size_t ordinary_system_count;
extern const struct activity ordinary_developer[];
extern const size_t ordinary_developer_count;
extern const struct activity ordinary_alike[];
extern const size_t ordinary_alike_count;

// What the sensor sees when it starts.
void ordinary_begin(struct host *h);
// One activity, chosen by weight.
void ordinary_step(struct host *h);

#endif
