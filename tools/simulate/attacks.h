// Labelled attacks: one for each rule, each with the way it got there.
//
// An attack is a few steps with ordinary work in between. Where it is over, it says what has to
// be found: the rule, the Mac, the process, from when to when.

#ifndef SIMULATE_ATTACKS_H
#define SIMULATE_ATTACKS_H

#include "host.h"

#define ATTACKS_MAX    32  // Kinds; a set of them is a mask of bits.
#define ATTACKED_OF    4u  // One Mac in so many is attacked,
#define ATTACKED_INDEX 1u  // the second of them.

// One attack on one Mac, under way.
struct attack_run {
    unsigned kind;
    unsigned step;
    uint64_t due_ns;
    bool is_over;
};

// All that a Mac will suffer.
struct attack_plan {
    struct attack_run runs[ATTACKS_MAX];
    size_t run_count;
};

// "all", "none", or names as in "S01,S05". False when a name is not known.
bool attacks_parse(str names, uint32_t *out_kinds);

// Spreads the attacks over the first `span_ns`.
void attacks_plan(struct host *h, uint32_t kinds, uint64_t span_ns, struct attack_plan *out);

// Does one step of an attack that is due, and adds label lines. False when none is due.
bool attacks_step(struct host *h, struct attack_plan *plan, struct buf *labels);

// Does what is left, one step upon the other.
void attacks_finish(struct host *h, struct attack_plan *plan, struct buf *labels);

#endif
