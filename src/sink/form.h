// The forms a sink can write: each adds one finding's text to a buffer.

#ifndef SINK_FORM_H
#define SINK_FORM_H

#include "base/buf.h"
#include "event/finding.h"
#include "sink/sink.h"

// The analytic that every rule belongs to, and the strategy that names it.
#define SINK_ANALYTIC       "AN1467"
#define SINK_STRATEGY       "DET0529"
#define SINK_ATTACK_VERSION "18.1"

typedef void sink_add(struct buf *out, const struct finding *finding,
                      const struct sink_options *options);

sink_add sink_add_table;
sink_add sink_add_ndjson;
sink_add sink_add_ocsf;
sink_add sink_add_ecs;

#endif
