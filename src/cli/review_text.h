// What there is to say of a finding in the store, as text that a terminal only shows.

#ifndef CLI_REVIEW_TEXT_H
#define CLI_REVIEW_TEXT_H

#include "base/buf.h"
#include "store/findings.h"

#define REVIEW_TEXT_MAX (64u * 1024u * 1024u)

// " (closed: false-positive, ada)"; nothing of what is open.
void review_text_add_state(struct buf *out, const struct finding_row *row);
// What was decided of it, the notes, and who did what when.
MUST_CHECK enum status review_text_add_decisions(struct buf *out, struct db *db,
                                                 const struct finding_row *row, struct err *err);
// All of it: the finding whole, its playbook from `rules`, and what was decided. Lines are wrapped at `width`; 0: not.
MUST_CHECK enum status review_text_add(struct buf *out, struct db *db,
                                       const struct finding_row *row, str rules, unsigned width,
                                       struct err *err);

#endif
