// What happened, said to a person: text is as it came, the form escapes it.

#ifndef SINK_SUMMARY_H
#define SINK_SUMMARY_H

#include "base/buf.h"
#include "event/finding.h"

// One sentence without a subject: "mapped /private/tmp/x.dylib executable (R-X), signer unknown".
void sink_add_summary(struct buf *out, const struct finding_step *step);
// The signer of the step's process: "team ABCDE12345, identifier com.example.tool".
void sink_add_signer(struct buf *out, const struct finding_step *step);
// A value as a person reads it: lists joined by ", ", addresses in hex.
void sink_add_value(struct buf *out, enum field field, struct value value);

// What a finding's process links, from its last step.
struct sink_linkage {
    str verdict;  // yes, no, bridge, string, unknown
    str because;  // Parts separated by "; "; empty where nothing is said.
};
struct sink_linkage sink_linkage_of(const struct finding *finding);
// Takes the next part off the front; false when there is none.
bool sink_linkage_take(str *because, str *part);

// The first category of an action that is one of the step's.
str sink_category_of(const struct finding_step *step);
// The text of a field in the step, or empty.
str sink_text_of(const struct finding_step *step, enum field field);
// The last step, which says who the finding is about; NULL for a finding without steps.
const struct finding_step *sink_last_step(const struct finding *finding);
// The last step that acts upon another process, or NULL.
const struct finding_step *sink_target_step(const struct finding *finding);

#endif
