// Statistics of findings by rule, as `pomona review stats` and `pomona rules list` tell them.

#ifndef CLI_REVIEW_STATS_H
#define CLI_REVIEW_STATS_H

#include "base/buf.h"
#include "store/findings.h"

void review_stats_print_heading(void);
// A findings_take_statistics. The context is whether a table is printed; a bool.
void review_stats_print(void *context, const struct finding_statistics *s);
// True positives among what was decided to be true or not; what is benign but was rightly told counts neither way.
// False where nothing was.
bool review_stats_precision(const struct finding_statistics *s, double *out);
// The members of an object that stands open: from "findings" to "triage_seconds".
void review_stats_add_members(struct buf *out, const struct finding_statistics *s);
// Two columns of 10 and 12: precision and time to triage.
void review_stats_add_columns(struct buf *out, const struct finding_statistics *s);

#endif
