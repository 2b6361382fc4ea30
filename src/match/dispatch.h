// Which stages of which rules an event can meet, found without asking each of them.
//
// For each action there are those stages whose condition can hold for it. Most of them name the program
// they are about: these are found by the event's process.name, or else by process.parent.name, and all others
// are always asked. Stages stand in the order in which an event is tried: rules in their own
// order, of a rule the later stages first and `until` last.

#ifndef MATCH_DISPATCH_H
#define MATCH_DISPATCH_H

#include "base/map.h"
#include "eql/plan.h"
#include "match/sequence.h"

#define DISPATCH_GATES 2u

// Stages by number, in `stages` of their dispatch, ascending.
struct dispatch_list {
    uint32_t *at;
    uint32_t count;
};

// Stages whose event must have one of a few texts in a field.
struct dispatch_gate {
    enum field field;
    struct map by_text;
    str *texts;  // Lower-case; borrowed from the pool.
    struct dispatch_list *lists;
    uint32_t count;
};

struct dispatch {
    struct rule_stage *stages;
    uint32_t count;
    struct dispatch_list always;
    struct dispatch_gate gates[DISPATCH_GATES];
    uint64_t lineages;        // Bits of those that a process may come to meet by such an event.
    bool shows[FIELD_COUNT];  // Fields that conditions, keys and references to these stages name.
};

// `plans`, all of one pool, are borrowed. All zero is an empty one.
void dispatch_init(struct dispatch *d, const struct eql_plan *const *plans, uint32_t plan_count,
                   const struct eql_pool *pool, enum action action);
void dispatch_done(struct dispatch *d);

// Whether events of the action are asked it.
bool dispatch_has(const struct dispatch *d, struct rule_stage stage);

// Takes the stages that the event may meet one by one.
struct dispatch_cursor {
    const struct rule_stage *stages;
    struct {
        const uint32_t *at;
        const uint32_t *end;
    } lists[DISPATCH_GATES + 1];
};

void dispatch_begin(const struct dispatch *d, const struct event *event,
                    struct dispatch_cursor *cursor);
// False at the end.
bool dispatch_next(struct dispatch_cursor *cursor, struct rule_stage *out);

#endif
