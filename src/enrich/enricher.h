// What the files of this room share: the enricher itself, and one event as they see it.

#ifndef ENRICH_ENRICHER_H
#define ENRICH_ENRICHER_H

#include "enrich/asset.h"
#include "enrich/library.h"
#include "enrich/owners.h"
#include "enrich/process_table.h"
#include "enrich/seen.h"
#include "enrich/writers.h"

#define CDHASHES_MAX (1u << 20)  // Of processes and libraries that were seen, on all Macs together.
#define SIGNERS_MAX  (1u << 18)  // Executables of which the last signer is known, likewise.

// What anybody asks for, of what is only known to who remembers it.
struct enrich_wants {
    bool births;
    bool marks;
    bool writers;
    bool signers;
    bool cdhashes;
    bool ranges;
};

struct enricher {
    struct enrich_lists lists;
    const struct projection *projection;
    const struct hosts *hosts;
    struct programs programs;
    struct assets assets;
    struct variables runtime_variables;
    bool keeps_runtime_env;  // Somebody wants process.Ext.runtime_env,
    bool notes_owners;       // and file.Ext.by_owner.
    struct process_table table;
    struct process *nobody;    // Of the last event, where it named no process; NULL otherwise.
    struct host_links *links;  // NULL: no inventory.
    struct linkages *linkages;
    struct libraries *libraries;
    struct owners *owners;
    bool read_images;
    struct enrich_wants wants;
    struct writers writers;
    struct seen cdhashes;
    struct seen signers;
    struct ranges_pool ranges;
    struct arena scratch;  // For one look-up.
    struct enrich_counts counts;
};

// An event, and what it is about.
struct view {
    struct enricher *enricher;
    struct event *event;
    struct arena *arena;  // Of the batch.
    struct process *process;
    const struct process_facts *facts;  // The record's, of the process.
    const struct image *image;
    uint32_t cs_flags;  // Now; where the record does not tell, as at exec.
    bool is_platform;
    // The library, where there is one; looked up once, when first asked for.
    const struct library *library;
    bool is_noted;              // It writes its file, and so:
    enum macho_type file_type;  // what is known of that.
    int64_t range;              // Number of the range of memory; 0: there is none, or nobody asks.
};

// lineage.c: follows forks, execs and exits, and returns the process that the event is about.
struct process *lineage_follow(struct enricher *e, const struct event *event);
// The life that a record means; NULL where it is not in the table.
struct process *lineage_find(const struct enricher *e, uint32_t host, const struct process_id *id,
                             int64_t time_ns);
// Looks for a parent that was not there when the process was first met.
void lineage_find_parent(struct enricher *e, struct process *p);

// slots.c, subject.c, relation.c: the value of one field; VALUE_MISSING where there is none.
struct value slots_value(struct view *v, enum field field);
struct value subject_value(struct view *v, enum field field);
struct value relation_value(const struct view *v, enum field field);

static inline struct value value_if_told(str text)
{
    return text.len == 0 ? (struct value){ 0 } : value_of_text(text);
}

static inline struct value value_if_number(int64_t n)
{
    return n < 0 ? (struct value){ 0 } : value_of_int(n);
}

#endif
