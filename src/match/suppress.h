// `suppress` of a rule file: what makes a finding a repeat, and for how long (score/group.h).

#ifndef MATCH_SUPPRESS_H
#define MATCH_SUPPRESS_H

#include "base/document.h"
#include "event/finding.h"

#define SUPPRESS_FIELDS_MAX 8u

// `window`, a duration as in maxspan, and `by`, names of fields; each may be left out, not both.
MUST_CHECK enum status suppress_read(struct document *d, const yaml_node_t *node,
                                     struct rule_facts *out);

#endif
