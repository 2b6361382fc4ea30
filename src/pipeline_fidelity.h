// What the pipeline tells fidelity: which rules, sensors and reasons there are, what made no event,
// and what order knows of each stream.

#ifndef PIPELINE_FIDELITY_H
#define PIPELINE_FIDELITY_H

#include "fidelity/fidelity.h"
#include "match/match.h"
#include "order/order.h"

// `rules` and `hosts` are borrowed.
struct fidelity *pipeline_fidelity_new(const struct rules *rules, const struct hosts *hosts);
// Of the findings of the batch from the number on: what could not be seen when they were made.
void pipeline_fidelity_doubt(const struct fidelity *f, struct batch *batch, size_t from);
// Once a batch, when all of it is decoded.
void pipeline_fidelity_batch(struct fidelity *f, const struct batch *batch);
// Once there are no more events.
void pipeline_fidelity_end(struct fidelity *f, const struct order *order);

#endif
