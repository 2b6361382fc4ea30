// The forms in which a validation is printed, and what they share.

#ifndef VALIDATE_FORM_H
#define VALIDATE_FORM_H

#include "base/buf.h"
#include "validate/validate.h"

#define FORM_TEXT_MAX (64u * 1024u * 1024u)  // Of what is told of one scenario.

void form_print_table(const struct validation *v, unsigned width, bool colour, FILE *stream);
void form_print_junit(const struct validation *v, FILE *stream);
// One document, or a line for each scenario and one for the summary.
void form_print_json(const struct validation *v, bool is_lines, FILE *stream);

// One sentence on something that is not as labelled, without its end. "missed: S09 or S09-weak for
// /Applications/X: no rule spoke; the recordings do not show: memory protection".
void form_add_miss(struct buf *out, const struct judged_expect *expect);
// "falsely raised: S05 (high, confidence 80) of /path (pid 501) at event 7".
void form_add_wrong(struct buf *out, const struct raised *raised);
// "S09 or S09-weak"
void form_add_rules(struct buf *out, const struct scenario_expect *expect);
// Text as XML 1.0 may hold it, in content or an attribute.
void form_add_xml(struct buf *out, str text);

#endif
