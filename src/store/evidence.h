// What an evidence pack takes out of the store, as it is at one moment.

#ifndef STORE_EVIDENCE_H
#define STORE_EVIDENCE_H

#include "store/findings.h"

// Until the end everything is read as it was at the beginning. Nothing is written.
MUST_CHECK enum status store_evidence_begin(struct db *db, struct err *err);
void store_evidence_end(struct db *db);

struct store_evidence_finding {
    str id;
    str record;
    enum finding_status status;
    enum disposition disposition;
    str assignee;
    int64_t time_ns;
    int64_t triaged_ns;
    int64_t closed_ns;
    str closed_by;
    str close_out;  // A JSON object; empty where it is not closed.
};
// Fails where the caller does.
typedef enum status store_evidence_take(void *context, const struct store_evidence_finding *row,
                                        struct err *err);
// Those whose time is in [from, to), in the order of time.
MUST_CHECK enum status store_evidence_findings(struct db *db, int64_t from_ns, int64_t to_ns,
                                               store_evidence_take *take, void *context,
                                               struct err *err);

enum store_evidence_cell {
    STORE_CELL_TEXT,   // Also numbers.
    STORE_CELL_TIME,   // Nanoseconds since 1970; 0: not known.
    STORE_CELL_FLAG,   // 1, 0; -1: not known.
    STORE_CELL_STATE,  // Of coverage: fidelity/coverage.h.
};
struct store_evidence_column {
    str name;
    enum store_evidence_cell kind;
};
#define STORE_EVIDENCE_COLUMNS_MAX 24u

struct store_evidence_table {
    struct store_evidence_column columns[STORE_EVIDENCE_COLUMNS_MAX];
    size_t count;
    const char *sql;
};
extern const struct store_evidence_table store_evidence_assets;
extern const struct store_evidence_table store_evidence_coverage;  // Spans that touch [from, to).
extern const struct store_evidence_table store_evidence_canaries;  // Emitted in [from, to).
extern const struct store_evidence_table
    store_evidence_hosts;  // Macs that were seen in [from, to).

typedef void store_evidence_take_cells(void *context, const str *cells);
MUST_CHECK enum status store_evidence_rows(struct db *db, const struct store_evidence_table *table,
                                           int64_t from_ns, int64_t to_ns,
                                           store_evidence_take_cells *take, void *context,
                                           struct err *err);

#endif
