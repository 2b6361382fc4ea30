// Fields as objects within each other: process.parent.pid becomes the key `pid` of the object
// `parent` of the object `process`.

#ifndef SINK_NEST_H
#define SINK_NEST_H

#include "base/buf.h"
#include "event/finding.h"

// Adds the members of the object that is named `prefix`; empty: of the outermost one. Keys come in
// the order in which `fields` first names them, and none comes twice: of a name and another that
// goes on behind it with a dot, the first has the key (fields.def has no such names).
void sink_add_nested(struct buf *out, const struct finding_field *fields, size_t count, str prefix);

#endif
