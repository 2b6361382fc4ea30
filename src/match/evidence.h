// What is kept of an event that a sequence may end in: the fields that a finding shows, in one
// block of memory, shared by every partial that the event is a step of.

#ifndef MATCH_EVIDENCE_H
#define MATCH_EVIDENCE_H

#include "event/finding.h"
#include "event/projection.h"
#include "match/match.h"

struct evidence;

// Fields that every step shows, where the event has them.
void evidence_want(struct projection *projection, enum action action);

// A copy with one reference. `extra[field]`: fields to keep beside those that every step shows.
struct evidence *evidence_keep(const struct event *event, const bool *extra);
// One reference more.
void evidence_share(struct evidence *e);
// Gives up one reference; NULL does nothing. Returns the octets that this freed.
size_t evidence_drop(struct evidence *e);

int64_t evidence_time_ns(const struct evidence *e);
uint64_t evidence_sequence(const struct evidence *e);
size_t evidence_bytes(const struct evidence *e);

// As a step of a finding, copied into the arena.
struct finding_step evidence_step(const struct evidence *e, struct arena *arena);

#endif
