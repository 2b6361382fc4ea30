// One event as text, for who looks at events rather than at findings: nested as ECS documents are, or
// a line for people.

#ifndef SINK_TAP_H
#define SINK_TAP_H

#include "base/buf.h"
#include "event/finding.h"

// All fields that the event has, on one line.
void sink_add_event(struct buf *out, const struct event *event);

// Time, Mac, sensor, who, and what happened, in at most `width` columns (0: as many as it takes).
void sink_add_event_line(struct buf *out, const struct event *event, unsigned width);

#endif
