// What a pack holds: out of the store, out of the rules, and what else was given.

#ifndef EVIDENCE_GATHER_H
#define EVIDENCE_GATHER_H

#include "evidence/members.h"
#include "evidence/pack.h"
#include "match/match.h"
#include "store/evidence.h"

struct evidence_options {
    struct evidence_about about;  // The audit log's part is filled in.
    int64_t from_ns;              // The period: [from, to).
    int64_t to_ns;
    str rules;  // A file, or a directory of rules.
    const str
        *attachments;  // Files: exceptions, a baseline, results of validation, configuration …
    size_t attachment_count;
};

struct evidence_counts {
    uint64_t findings;
    uint64_t closed[DISPOSITION_COUNT];  // [DISPOSITION_NONE]: not closed.
    uint64_t assets;
    uint64_t spans;
    size_t rules;
    size_t techniques;
};

// ERR_FORMAT where the audit log does not hold: no pack vouches for such a store.
MUST_CHECK enum status evidence_gather(struct db *db, struct evidence_options *o,
                                       struct evidence_members *m, struct evidence_counts *counts,
                                       struct err *err);

// rules/, rules.csv and navigator.json.
MUST_CHECK enum status evidence_gather_rules(const struct evidence_options *o,
                                             struct evidence_members *m,
                                             struct evidence_counts *counts, struct err *err);
// claim.md and controls.md: of what was gathered before.
MUST_CHECK enum status evidence_gather_claim(const struct evidence_options *o,
                                             struct evidence_members *m,
                                             const struct evidence_counts *counts, struct err *err);

// A cell of a CSV file, quoted where it has to be.
void evidence_add_cell(struct buf *b, str text, bool is_last);

#endif
