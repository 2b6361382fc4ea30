// One process that reads images, from both ends. It is forked and not executed, so it knows the
// options as they are; then it closes all but one socket, gives up its rights (sandbox.h) and reads
// what it is sent. Whatever it says is taken for the word of a stranger: it may have been taken over.

#ifndef INSPECT_PROCESS_H
#define INSPECT_PROCESS_H

#include "inspect/around.h"
#include "inspect/reader.h"
#include "inspect/wire.h"

#include <sys/types.h>

#define PROCESS_END_MS_MAX 2000u

struct process {
    pid_t pid;  // 0: there is none.
    int socket;
    bool is_ready;    // It has said so, which it does first and once.
    struct buf in;    // What has come and is not yet dealt with.
    struct buf body;  // Of the message that is made.
    struct buf out;   // The message.
};

// What it says of the file at hand. `told` and `done` give false where that makes no sense.
struct process_ear {
    void (*ready)(void *context, uint32_t held);
    struct around *(*around)(void *context);  // Of the file at hand; NULL where there is none.
    bool (*may_look)(void *context);          // Before each place; what it may not is not known.
    bool (*told)(void *context, bytes body);  // As told_write() wrote it; not yet looked at.
    bool (*done)(void *context, enum status status, str why);
    void *context;
};

// `p` is zeroed. ERR_IO where the system has no process or socket left.
MUST_CHECK enum status process_start(struct process *p, const struct reader_options *options,
                                     const struct disk *disk, struct err *err);
// A second one may be sent while one is read; what is told and done is then of the first.
MUST_CHECK enum status process_send(struct process *p, const struct reader_job *job,
                                    struct err *err);
// Deals with what has come; does not wait. What the reader asks of the disk is answered, and noted
// around the file. END or ERR_*: the process is of no more use, for the reason in `err`.
MUST_CHECK enum status process_hear(struct process *p, const struct process_ear *ear,
                                    struct err *err);
// Ends it and waits for its end, PROCESS_END_MS_MAX at most: one that hangs in the kernel, on a disk
// that does not answer, is left to it, and false given. The sentence says how it ended, or that it
// was ended.
bool process_end(struct process *p, char *out_sentence, size_t size);

#endif
