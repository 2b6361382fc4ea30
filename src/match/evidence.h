// What is kept of an event that a sequence may end in: the fields that a finding shows, in one
// block of memory, shared by every partial that the event is a step of.

#ifndef MATCH_EVIDENCE_H
#define MATCH_EVIDENCE_H

#include "event/finding.h"
#include "event/projection.h"
#include "match/match.h"
#include "match/sequence.h"
#include "match/texts.h"

// Fields that every step shows, where the event has them.
void evidence_want(struct projection *projection, enum action action);

// A copy with one reference. `extra[field]`: fields to keep beside those that every step shows. What
// many events have in common is in `texts`; `size_bytes` counts it all the same.
struct held *evidence_keep(const struct event *event, const bool *extra, struct texts *texts);
void evidence_free(struct held *held, struct texts *texts);

// As a step of a finding, copied into the arena: of the fields beside those that every step shows,
// those in `extra`, for what other rules asked of the event is no business of this one.
struct finding_step evidence_step(const struct held *held, const bool *extra,
                                  const struct texts *texts, struct arena *arena);

#endif
