// Sequences that have begun: who waits for what, and for how long.
//
// A partial waits in the slot of (rule, last stage reached, host, key): one partial a slot, a
// newer one takes the place of an older. Slots are found by one look-up, whatever their number.
//
//     slot (rule 2, stage 0, host 7, key "a1f0")  ──→  partial ──→ step 0 ──→ what is held of event 17
//                                                                              ▲
//     slot (rule 5, stage 1, host 7, key "a1f0")  ──→  partial ──→ step 1 ─────┼──→ held of event 20
//                                                                  step 0 ─────┘
//
// The partials of a rule also stand in one line, in the order in which they began. All of them may
// live equally long (maxspan), so those that are too old stand in front: expiry looks at the first
// of a line and never scans (decision 0007). A host whose clock is behind the others' sends a
// partial that would be due elsewhere to the back of the line. Where there is no more room, the
// first of the rule that holds most gives way.
//
// What must be missing, ![ ], never carries anything on. Between two stages that there must be, an
// event that meets it spoils the partial that waits between them. Before the first one, it is
// remembered in a slot of its own, for maxspan, and a sequence that begins takes note of it. After
// the last one, the sequence is complete but waits, in a queue of its host in the order of
// completion, until no event can spoil it any more. A partial that is spoilt on its way lives on as
// if it were whole, and takes its slot from others, but is never reported: what matches is decided
// first, and what must be missing filters it.

#ifndef MATCH_SEQUENCE_H
#define MATCH_SEQUENCE_H

#include "eql/plan.h"
#include "match/key.h"

// Where an event stands among others.
struct moment {
    int64_t time_ns;
    uint64_t sequence;  // The tiebreaker.
    uint64_t arrival;
    bool has_sequence;
};

// What is held of an event that a sequence may end in. The user of sequences puts the rest behind
// it.
struct held {
    uint32_t references;
    uint32_t size_bytes;  // Of the whole.
    struct moment at;
};

enum evict_reason {
    EVICT_RULE,    // The rule held as many as one rule may.
    EVICT_TOTAL,   // All rules together did.
    EVICT_MEMORY,  // They held as much memory as they may.
    EVICT_REASON_COUNT
};

struct sequence_counts {
    uint64_t begun;
    uint64_t matches;
    uint64_t expired;                      // Older than maxspan.
    uint64_t replaced;                     // By a newer one of the same slot.
    uint64_t killed;                       // By `until`.
    uint64_t spoiled;                      // By what must be missing.
    uint64_t evicted[EVICT_REASON_COUNT];  // For lack of room: a match may be missed.
    uint64_t open;                         // Now. With memories of ![ ] before a first stage.
    // Now: what partials hold. Tables have free room besides. Of a rule: what its partials hold, and
    // what they share with those of others is counted in each.
    uint64_t memory_bytes;
};

struct sequence_match {
    uint32_t rule;
    uint32_t host;
    const struct key *key;
    struct held *const *steps;  // One a stage; NULL for a missing event.
    size_t step_count;
};

struct sequences_options {
    const struct eql_plan *const *plans;  // By rule. Borrowed, as all here.
    uint32_t plan_count;
    struct eql_scratch *scratch;  // For conditions that depend on what earlier stages bound.
    uint32_t partials_max;
    uint32_t rule_partials_max;
    uint64_t memory_max_bytes;
    // Makes what is held of the event, with references 1 and `size_bytes`; the rest of the head is
    // filled in.
    struct held *(*keep)(void *context, const struct event *event);
    void (*release)(void *context, struct held *held);
    // All is borrowed until it returns.
    void (*found)(void *context, const struct sequence_match *match);
    void *context;
};

struct sequences;

struct sequences *sequences_new(const struct sequences_options *options);
void sequences_free(struct sequences *s);

// The host's clock goes on to this event, and what is now too old goes.
void sequences_advance_clock(struct sequences *s, const struct event *event);

// One stage of one rule, or its `until`.
#define STAGE_UNTIL UINT32_MAX

struct rule_stage {
    uint32_t rule;
    uint32_t stage;
};

// Whether anything waits that this stage could carry on, spoil or end.
bool sequences_wait(const struct sequences *s, struct rule_stage stage);

// What became of an event that met a stage, for each of its keys.
enum take_outcome {
    TAKE_TAKEN,       // A partial began, went on, was spoilt or ended.
    TAKE_NO_PARTIAL,  // None of that key waits.
    TAKE_NOT_LATER,   // One waits, but for something after this.
    TAKE_NOT_MET,     // Nor does the event meet what refers to earlier stages.
    TAKE_TOO_OLD,     // It began longer ago than maxspan.
    TAKE_OUTCOME_COUNT
};

// The event meets the stage's condition (or may meet it, where that depends on what earlier stages
// bound): partials begin, move on, end, are spoilt or complete. Of a rule the later stages must be
// taken before the earlier, and `until` last. sequences_done_with() must follow the last one. Gives
// how often each outcome was; borrowed until the next call.
const uint32_t *sequences_take(struct sequences *s, struct rule_stage stage,
                               const struct event *event);

// A match of this one event; for rules that are no sequence.
void sequences_report_event(struct sequences *s, uint32_t rule, const struct event *event);

// The event has met all stages it meets.
void sequences_done_with(struct sequences *s);

// Gives up a reference that was added to something held; NULL does nothing.
void sequences_drop(struct sequences *s, struct held *held);

// There are no more events: what waited for a missing event is decided.
void sequences_end(struct sequences *s);

const struct sequence_counts *sequences_total(const struct sequences *s);
// Times that an event had more keys than are joined.
uint64_t sequences_keys_cut(const struct sequences *s);
const struct sequence_counts *sequences_of_rule(const struct sequences *s, uint32_t rule);

#endif
