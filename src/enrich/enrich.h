// What the record leaves out: lineage from the process table, link facts from the inventory or
// the image, path class, signer relations, execution context. Fills the slots that the
// projection wants; derived fields are always set.

#ifndef ENRICH_ENRICH_H
#define ENRICH_ENRICH_H

#include "base/err.h"
#include "event/batch.h"
#include "event/projection.h"

#define PROCESSES_MAX_DEFAULT 500000u
#define EXIT_GRACE_NS         (60LL * 1000000000LL)  // An ended process is remembered so long.

// Tables that rules/lists.yaml fills; borrowed for the enricher's life.
struct enrich_lists {
    const str *api_frameworks;  // $api_frameworks
    size_t api_framework_count;
    const str *interpreters;  // $interpreters: names or prefixes ending in '*'
    size_t interpreter_count;
    const str *debuggers;  // $debuggers: signing ids of platform or "TEAM/signing id"
    size_t debugger_count;
    const str *dev_tools;  // $developer_tools: signing ids whose descendants run in context dev
    size_t dev_tool_count;
    const str *test_users;  // reserved for site lists; may be empty
    size_t test_user_count;
};

struct enrich_options {
    struct enrich_lists lists;
    str links_path;    // --links: the inventory that `inspect --save` wrote; empty: none.
    bool read_images;  // Read the image itself where the path exists on this machine.
    bool no_linkage;   // What programs link is not looked up: nobody is to know it.
    uint32_t processes_max;
    uint32_t lineage_count;  // Conditions that rules ask of ancestors.
};

struct enrich_counts {
    uint64_t in;
    uint64_t parents_unknown;    // exec or fork whose parent was not in the table.
    uint64_t starts_unseen;      // Processes first met without fork or exec.
    uint64_t linkage[5];         // exec events by verdict: yes, no, bridge, string, unknown.
    uint64_t libraries_unknown;  // Loads whose signer could not be told.
    uint64_t evicted;            // Processes forgotten for lack of room.
    uint64_t process_count;      // In the table now.
};

struct enricher;

// Fails with ERR_CONFIG or ERR_IO where the inventory cannot be read.
MUST_CHECK enum status enricher_new(const struct enrich_options *options,
                                    const struct projection *projection, const struct hosts *hosts,
                                    struct enricher **out, struct err *err);
void enricher_free(struct enricher *e);
// Text that it sets lives in the batch's arena, or in the process table until the next event.
void enrich(struct enricher *e, struct event *event, struct batch *batch);
const struct enrich_counts *enricher_counts(const struct enricher *e);

#endif
