// Processes that read images, each without the right to do anything else: a file that breaks its
// reader, or keeps it too long, costs that file and no more.
//
// The walker gives files in its order and takes what was told of them in the same order, whoever
// was done first. What waits in between is bounded, in files and in octets.

#ifndef INSPECT_WORKERS_H
#define INSPECT_WORKERS_H

#include "inspect/disk.h"
#include "inspect/reader.h"

#include <signal.h>

#define WORKERS_MAX      64u
#define WORKERS_HELD_MAX (256u * 1024 * 1024)  // Octets told and not taken, before more is given.

struct workers;

struct workers_options {
    struct reader_options reader;
    const struct disk *disk;
    unsigned jobs;       // Processes; 0: read in this one, without any barrier.
    unsigned timeout_s;  // For one file; hashing its pages has time on top.
    // Set by a signal handler: no more is looked up. NULL is fine.
    const volatile sig_atomic_t *stop;
};

// What became of one file. Lives until the next workers_take().
struct workers_result {
    uint64_t ticket;
    enum status status;  // As of reader_read(); ERR_IO where the reader crashed or was ended.
    str why;
    const struct told *told;
    size_t told_count;
    str around;  // What else of the disk it depends on (around.h); empty where that is not known.
};

// Everything is borrowed. Processes are started when they are needed.
struct workers *workers_new(const struct workers_options *options);
void workers_free(struct workers *w);  // Ends the processes. NULL is fine.

// How many files can be given and not taken.
size_t workers_room(const struct workers *w);
// Whether another file can be given now.
bool workers_have_room(const struct workers *w);
// `job->fd` is the workers' from here on, and closed. ERR_IO where no process could be made.
MUST_CHECK enum status workers_give(struct workers *w, uint64_t ticket,
                                    const struct reader_job *job, struct err *err);
// A file of which all is known, for its place in the order.
void workers_pass(struct workers *w, uint64_t ticket);
// The next file in the order of giving. False where there is none, or it is not done yet.
bool workers_take(struct workers *w, struct workers_result *out);
// Deals with what readers have said by now; they may wait for an answer.
void workers_hear(struct workers *w);
// The same, but waits until a reader has said something, its time is up, or a signal came; a second at most.
void workers_wait(struct workers *w);
// Whether files were given that are not taken yet.
bool workers_are_busy(const struct workers *w);

// What the barriers of the system lack, as a clause; "" where nothing, or nothing was started yet.
const char *workers_missing(const struct workers *w);
// How many readers could not be ended, and were left to the system.
uint64_t workers_left(const struct workers *w);

#endif
