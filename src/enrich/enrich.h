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

// The lists of rules/lists.yaml that are read here, by name; what each means is said there.
// LIST(identifier, name)
#define ENRICH_LISTS(LIST)                       \
    LIST(API_FRAMEWORKS, "api_frameworks")       \
    LIST(INTERPRETERS, "interpreters")           \
    LIST(RUNTIME_VARIABLES, "runtime_variables") \
    LIST(DEBUGGERS, "debuggers")                 \
    LIST(PLUGIN_HOSTS, "plugin_hosts")           \
    LIST(INSTALLERS, "installers")               \
    LIST(UPDATERS, "updaters")                   \
    LIST(DEVELOPER_TOOLS, "developer_tools")     \
    LIST(PACKAGE_MANAGERS, "package_managers")   \
    LIST(TEST_TOOLS, "test_tools")               \
    LIST(DEVELOPER_HOSTS, "developer_hosts")     \
    LIST(DEVELOPER_USERS, "developer_users")     \
    LIST(TEST_HOSTS, "test_hosts")               \
    LIST(TEST_USERS, "test_users")

enum enrich_list {
#define LIST(identifier, name) ENRICH_LIST_##identifier,
    ENRICH_LISTS(LIST)
#undef LIST
    ENRICH_LIST_COUNT
};
str enrich_list_name(enum enrich_list list);

struct enrich_texts {
    const str *at;
    size_t count;
};

// Borrowed for the enricher's life; a zeroed one has empty lists.
struct enrich_lists {
    struct enrich_texts of[ENRICH_LIST_COUNT];
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
    uint64_t lookups_failed;     // What was asked of the inventory, and got no answer.
    uint64_t evicted;            // Processes forgotten for lack of room.
    uint64_t owners_evicted;     // Applications whose team was forgotten for lack of room.
    uint64_t writers_evicted;    // Likewise: who wrote a file,
    uint64_t cdhashes_evicted;   // that an image was seen,
    uint64_t signers_evicted;    // who signed what was started from a path,
    uint64_t ranges_evicted;     // and which range of memory was made writable.
    uint64_t process_count;      // In the table now.
};

struct enricher;

// Wants, for the fields that are wanted, what a record must bring to tell them.
void enrich_want(const struct enrich_lists *lists, struct projection *projection);

// Fails with ERR_CONFIG or ERR_IO where the inventory cannot be read.
MUST_CHECK enum status enricher_new(const struct enrich_options *options,
                                    const struct projection *projection, const struct hosts *hosts,
                                    struct enricher **out, struct err *err);
void enricher_free(struct enricher *e);
// Text that it sets lives in the batch's arena, or in the process table until the next event.
void enrich(struct enricher *e, struct event *event, struct batch *batch);
const struct enrich_counts *enricher_counts(const struct enricher *e);

#endif
