// The report of what is kept: where the organisation sees, where it does not, and what changed.

#ifndef CLI_BLIND_REPORT_H
#define CLI_BLIND_REPORT_H

#include "cli/store_options.h"
#include "coverage/proof.h"
#include "coverage/swing.h"
#include "match/match.h"
#include "store/findings.h"

#include <stdio.h>

#define BLIND_SHOWN      50u             // Blind spots, and changes, of a table without --all.
#define BLIND_OBJECT_MAX (1024u * 1024)  // Octets of what is written at a time.

struct blind_report {
    const struct kept *kept;
    struct posture posture;
    struct blind_list spots;
    const struct fidelity_rule *rules;
    size_t rule_count;
    struct sight sight;
    struct finding_totals findings;
    struct change change;
    struct swing swing;
    bool has_before;
    int64_t before_ns;  // When that report was made,
    int64_t made_ns;    // and this one.
    bool all;
    bool colour;
    unsigned width;
};

// Each writes to the stream and leaves errors for its owner to see.
typedef void blind_print(const struct blind_report *r, FILE *stream);
blind_print blind_print_table;
blind_print blind_print_ndjson;
blind_print blind_print_json;
blind_print blind_print_csv;
blind_print blind_print_md;
blind_print blind_print_html;

struct blind_options {
    struct store_options *store;
    blind_print *print;
    int64_t silent_after_ns;
    int64_t proved_for_ns;
    int64_t answer_within_ns;
    bool keep;  // So that the next report says what changed since this one.
    bool all;
    bool colour;
};
// Reads the store and prints. EXIT_DONE, or says what failed and returns the code.
int blind_report(const struct blind_options *options, const struct rules *rules);

// How many assets are in the state of the signal.
size_t blind_count(const struct blind_report *r, enum signal s, enum coverage_state state);
// Numbers of assets, the worst first, or with teams together; of more than `most` the worst, or all with --all.
// The caller frees it.
size_t *blind_order(const struct blind_report *r, size_t most, bool by_team, size_t *count);
// Of a cell of the matrix: S where it is seen.
char blind_letter(enum coverage_state state);
// "2 h 5 min", of a time that is not negative.
void blind_add_span(struct buf *b, int64_t span_ns);
// Whether the report speaks of the canary: the last one of its asset, or of its Mac, while a proof would hold.
bool blind_tells_canary(const struct posture_canary *canary);

#endif
