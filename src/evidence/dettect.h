// DeTT&CT's two administration files, measured: data sources (1.1) with the five dimensions of their quality, and
// techniques (1.2) with scores of visibility and detection. Decision 0024 says how a measure becomes a score, and
// docs/EVIDENCE.md says it for readers.

#ifndef EVIDENCE_DETTECT_H
#define EVIDENCE_DETTECT_H

#include "base/buf.h"
#include "evidence/measure.h"
#include "evidence/snapshot.h"
#include "validate/validate.h"

struct evidence_dettect {
    const struct evidence_measure *measure;
    const struct rules *rules;
    const struct fidelity_options *needs;  // Of the rules, in their order.
    const struct evidence_attack *attack;  // Names; may have none.
    const struct validation *validation;   // NULL: the rules were not validated.
    struct db *db;                         // Reviews.
    int64_t registered_ns;                 // 0: not known.
    int64_t retention_days;
};

// 0 for none, then 1 to 4 for each quarter that is begun, and 5 for all. Of nothing it is 0.
unsigned evidence_dettect_score(uint64_t part, uint64_t whole);

void evidence_dettect_sources(const struct evidence_dettect *d, struct buf *out);
MUST_CHECK enum status evidence_dettect_techniques(const struct evidence_dettect *d,
                                                   struct buf *out, struct err *err);

#endif
