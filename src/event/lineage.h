// Which `child of [...]` and `descendant of [...]` of the rules a process is known to answer: three
// rows of bits, a bit for each. Kept with the process: its own are set by match when it meets a
// condition, the others come from its ancestors when it is born.

#ifndef EVENT_LINEAGE_H
#define EVENT_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>

// By value; a zeroed one keeps nothing and answers no.
struct lineage {
    uint64_t *bits;  // Own, then the parent's, then those of any ancestor.
    uint32_t words;  // Of a row.
};

// For conditions numbered below `count`. All bits are clear.
void lineage_init(struct lineage *l, uint32_t count);
void lineage_done(struct lineage *l);

bool lineage_has_met(const struct lineage *l, uint32_t condition);
bool lineage_parent_has_met(const struct lineage *l, uint32_t condition);
bool lineage_ancestor_has_met(const struct lineage *l, uint32_t condition);
void lineage_meet(struct lineage *l, uint32_t condition);

// The process is the other's child.
void lineage_inherit(struct lineage *l, const struct lineage *parent);
// The process goes on from the other by exec: it has the same parent, and the image before is an
// ancestor.
void lineage_go_on(struct lineage *l, const struct lineage *old);
// The same, in place.
void lineage_replace(struct lineage *l);

#endif
