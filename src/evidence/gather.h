// What a pack holds: out of the store, out of the rules, and what else was given.

#ifndef EVIDENCE_GATHER_H
#define EVIDENCE_GATHER_H

#include "evidence/measure.h"
#include "evidence/members.h"
#include "evidence/pack.h"
#include "evidence/snapshot.h"
#include "match/match.h"
#include "store/evidence.h"
#include "validate/validate.h"

#define EVIDENCE_RETENTION_DAYS 90  // For which telemetry should be at hand, where nobody says.

struct evidence_options {
    struct evidence_about about;  // The audit log's part is filled in.
    int64_t from_ns;              // The period: [from, to).
    int64_t to_ns;
    str rules;                                // A file, or a directory of rules.
    str exceptions;                           // A file, or another store; empty: those of this one.
    str baseline;                             // Another store.
    str scenarios;                            // A directory; empty: the rules are not validated.
    const struct pipeline_options *pipeline;  // That they go through.
    int64_t retention_days;
    const str *configs;  // Files of the site's configuration.
    size_t config_count;
    const str *attachments;  // Other files.
    size_t attachment_count;
    char audit_head[EVIDENCE_FINGERPRINT_SIZE];  // Filled in.
};

struct evidence_counts {
    uint64_t findings;
    uint64_t closed[DISPOSITION_COUNT];  // [DISPOSITION_NONE]: not closed.
    uint64_t assets;
    uint64_t spans;
    uint64_t canary_rows;
    uint64_t hosts;
    size_t rules;
    size_t rules_refused;
    size_t techniques;
    size_t attack_objects;
    size_t attack_absent;
    size_t exceptions;
    size_t exceptions_ended;    // Before the period did.
    size_t exceptions_refused;  // That make no sense, and stand in no row.
    uint64_t expected;          // Entries of the baseline,
    uint64_t refused;
    uint64_t proposals;  // and those that nobody decided.
    size_t scenarios;
    size_t scenarios_failed;
    size_t attacks;
    size_t attacks_found;
    size_t falsely_raised;
    size_t inputs;
};

// Everything that is gathered from, in the room alone.
struct evidence_gathering {
    struct db *db;
    struct evidence_options *o;
    struct evidence_members *m;
    struct evidence_counts *counts;
    struct rules *rules;
    struct fidelity *fidelity;  // Of no telemetry: what each rule needs.
    struct evidence_measure measure;
    struct evidence_attack attack;
    struct validation *validation;  // NULL: nobody asked.
    int64_t registered_ns;          // When coverage was first kept; 0: never.
};

// ERR_FORMAT where the audit log does not hold: no pack vouches for such a store.
MUST_CHECK enum status evidence_gather(struct db *db, struct evidence_options *o,
                                       struct evidence_members *m, struct evidence_counts *counts,
                                       struct err *err);

// rules/, rules.csv and navigator.json.
MUST_CHECK enum status evidence_gather_rules(struct evidence_gathering *g, struct err *err);
// attack/.
MUST_CHECK enum status evidence_gather_attack(struct evidence_gathering *g, struct err *err);
// exceptions.ndjson and baseline.ndjson.
MUST_CHECK enum status evidence_gather_decisions(struct evidence_gathering *g, struct err *err);
// validation/.
MUST_CHECK enum status evidence_gather_validation(struct evidence_gathering *g, struct err *err);
// signals.csv and sight.csv.
MUST_CHECK enum status evidence_gather_figures(struct evidence_gathering *g, struct err *err);
// dettect/.
MUST_CHECK enum status evidence_gather_dettect(struct evidence_gathering *g, struct err *err);
// configuration.json and configuration/: of what was gathered before, as the next.
MUST_CHECK enum status evidence_gather_configuration(struct evidence_gathering *g, struct err *err);
// claim.md and controls.md.
MUST_CHECK enum status evidence_gather_claim(struct evidence_gathering *g, struct err *err);

// A cell of a CSV file, quoted where it has to be.
void evidence_add_cell(struct buf *b, str text, bool is_last);
void evidence_add_number(struct buf *b, uint64_t number, bool is_last);

#endif
