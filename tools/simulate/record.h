// The shapes of eslogger's records: envelope, process, file, audit token; and what Elastic Defend
// makes of the same happening.

#ifndef SIMULATE_RECORD_H
#define SIMULATE_RECORD_H

#include "host.h"

#define RECORD_CDHASH_SIZE 40  // As hex.

// A process seen by the sensor of a Mac, for PART_AS(…, record_process, &subject).
struct subject {
    struct host *host;
    const struct process *process;
};

// What a create or rename goes to.
struct destination {
    const struct file *file;
    const struct file *directory;
    bool is_new_path;
};

json_write record_process;
json_write record_file;  // Of a struct file.

// In upper case, as eslogger prints it.
str record_cdhash(uint64_t code, char out[RECORD_CDHASH_SIZE]);

// Adds one record, now. `members` are what stands in event.KIND; may be NULL with a count of 0.
void record_add(struct host *h, enum event_kind kind, const struct process *p,
                const struct json_member *members, size_t count);

// elastic.c: the same happening as Elastic Defend writes it, in place of the record; false where it
// does not show such a thing.
bool record_add_elastic(struct host *h, enum event_kind kind, const struct process *p,
                        const struct json_member *members, size_t count);

#endif
