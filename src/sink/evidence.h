// One step of a finding as an OCSF evidence artifact.

#ifndef SINK_EVIDENCE_H
#define SINK_EVIDENCE_H

#include "base/buf.h"
#include "event/finding.h"

// An element of the array `evidences`: who acted (actor), upon whom (process), which file or
// library, which call, and a sentence. What is not told is left out.
void sink_add_evidence(struct buf *out, const struct finding_step *step);
// What the schema's type file_hash_t may hold: hexadecimal digits, at most 64.
bool sink_is_hash(str text);

#endif
