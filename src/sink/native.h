// Parts of Pomona's own form. Other forms carry them too, in the same shape.

#ifndef SINK_NATIVE_H
#define SINK_NATIVE_H

#include "base/buf.h"
#include "event/finding.h"

// The array `steps`: what happened, in order, with every field that a step shows.
void sink_add_steps(struct buf *out, const struct finding *finding);
// The object `native_api`: what the program links, and why that is so.
void sink_add_linkage(struct buf *out, const struct finding *finding);
// The object `rule`.
void sink_add_rule(struct buf *out, const struct rule_facts *rule);
// `verdict_by`, `rarity`, `revision`, `repeats` and `also`: what is known here of such things, and
// what else was said of the same act.
void sink_add_company(struct buf *out, const struct finding *finding);

#endif
