// Sequences that have begun: who waits for what, and for how long.
//
// A partial waits in the slot of (rule, last stage reached, host, key): one partial a slot, a
// newer one takes the place of an older. Slots are found by one look-up, whatever their number.
//
//     slot (rule 2, stage 0, host 7, key "a1f0")  ──→  partial ──→ step 0 ──→ evidence of event 17
//                                                                              ▲
//     slot (rule 5, stage 1, host 7, key "a1f0")  ──→  partial ──→ step 1 ─────┼──→ evidence of event 20
//                                                                  step 0 ─────┘
//
// The partials of a rule also stand in one line, in the order in which they began. All of them
// may live equally long (maxspan), so those that are too old stand in front: expiry looks at the
// first of a line and never scans. A host whose clock is behind the others' sends a partial that
// would be due elsewhere to the back of the line. Where there is no more room, the first of the
// longest line gives way.

#ifndef MATCH_SEQUENCE_H
#define MATCH_SEQUENCE_H

#include "match/evidence.h"
#include "match/rules.h"

struct sequences;

// Counts of partials and memory go to `counts`, which is borrowed.
struct sequences *sequences_new(const struct rules *rules, const struct hosts *hosts,
                                const struct match_options *options, struct match_counts *counts);
void sequences_free(struct sequences *s);

// The host's clock goes on to this event, and what is now too old goes.
void sequences_advance_clock(struct sequences *s, const struct event *event);

// Whether anything waits that this stage could carry on (or `until` could end).
bool sequences_wait(const struct sequences *s, struct rule_stage stage);

// The event meets the stage's condition: partials begin, move on, end or complete. `*evidence` is
// made when it is first needed, and counted in memory_bytes; the caller gives up its reference.
// Findings go to the batch.
void sequences_take(struct sequences *s, struct rule_stage stage, const struct event *event,
                    struct evidence **evidence, struct batch *batch);

// A finding of this one event; for rules that are no sequence.
void sequences_report_event(struct sequences *s, uint32_t rule, const struct event *event,
                            struct evidence **evidence, struct batch *batch);

#endif
