// Telemetry as a sensor would tell it that lacks some signals: their events do not come, and their
// facts are not told. What is left out is counted.
//
// It happens between order and enrich, so the sensor's own numbers have no gaps, and what follows from
// other records (who forked whom) is still known.

#ifndef PIPELINE_WITHOUT_H
#define PIPELINE_WITHOUT_H

#include "event/signal.h"

struct pipeline_without {
    uint32_t signals;                 // SIGNAL_BIT() of each that is left out.
    uint64_t left_out[SIGNAL_COUNT];  // Events that did not come, or had the fact taken.
    enum signal of_action[ACTION_COUNT];
    enum signal of_field[FIELD_COUNT];
};

void pipeline_without_init(struct pipeline_without *w, uint32_t signals);
// False where the event is of a signal that is left out. Otherwise its facts of such signals are gone.
bool pipeline_without_keeps(struct pipeline_without *w, struct event *event);

#endif
