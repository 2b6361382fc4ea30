// The forms of a report of coverage. They say the same: what came in and what became of it, signals,
// checks and rules, and what no sensor ever shows.

#ifndef CLI_COVERAGE_REPORT_H
#define CLI_COVERAGE_REPORT_H

#include "fidelity/fleet.h"
#include "pipeline.h"

#include <stdio.h>

#define COVERAGE_WORST_SHOWN 10u              // Macs of a fleet that are shown without --all.
#define COVERAGE_TEXT_MAX    (1024u * 1024u)  // Octets of what is written at a time: one Mac.

struct coverage_report {
    const struct fidelity *fidelity;
    struct fleet fleet;
    uint64_t records;     // Of all inputs, those in lists as well.
    uint64_t too_long;    // Of them, those that were not even read,
    uint64_t duplicates;  // those that came before,
    uint64_t merged;      // those that another event stands for,
    uint64_t hostless;    // and those that are of no Mac.
    bool all;
    bool colour;
    unsigned width;
};

// Each writes to the stream and leaves errors for its owner to see.
typedef void coverage_print(const struct coverage_report *r, FILE *stream);
coverage_print coverage_print_table;
coverage_print coverage_print_ndjson;
coverage_print coverage_print_html;

// How many Macs are shown one by one.
static inline uint32_t coverage_shown(const struct coverage_report *r)
{
    const bool all = r->all || r->fleet.host_count <= COVERAGE_WORST_SHOWN;
    return all ? r->fleet.host_count : COVERAGE_WORST_SHOWN;
}

// "12 records in = 10 events + 1 cut short + 1 twice".
void coverage_add_sum(const struct coverage_report *r, struct buf *out);

#endif
