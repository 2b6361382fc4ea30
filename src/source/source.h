// Where records come from: files (plain, gzip, zstd, told apart by content) and standard
// input, read one after the other, in batches of whole records.
//
// A record is a line that is not empty; or, where an input begins as a JSON stream, an object in
// it (frame.h), which may have many lines. An input is one or the other from its first octets on:
// what begins with lines stays lines, whatever follows.
//
// A batch is what could be read without waiting for more: a live pipe is never held back to
// fill a buffer. Records of a batch are the batch's own, and live until its batch_reset().

#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "base/err.h"
#include "event/batch.h"

#include <signal.h>

#define SOURCE_LINE_MAX (16u * 1024u * 1024u)  // A longer record is skipped whole and counted.

enum source_drop {
    SOURCE_DROP_TOO_LONG,  // Longer than SOURCE_LINE_MAX.
    SOURCE_DROP_COUNT
};

struct source_options {
    str host;  // --host: of every input; empty where not given.
    bool
        host_from_filename;  // --host-from-filename: base name less .gz, .zst, .ndjson, .jsonl, .json, .log.
    // Set by a signal handler: the read in progress ends and the source says END.
    const volatile sig_atomic_t *stop;
    // Where a pipe, a terminal or a socket gives nothing for so long, an empty batch is read, so
    // that whoever holds events back for others can let go of them. 0: waits for ever.
    uint32_t idle_ms;
    size_t
        read_max;  // At most so many octets at a time, so that tests divide inputs; 0: as it suits.
};

struct source_input_failure {
    str path;
    str why;
};

struct source_counts {
    uint64_t records;  // Those handed over and those dropped here.
    uint64_t bytes;    // As decompressed.
    uint64_t empty_lines;
    uint64_t dropped[SOURCE_DROP_COUNT];
    uint64_t inputs_read;
    uint64_t inputs_framed;  // Of those read: JSON streams.
    uint64_t inputs_failed;
    bool stopped;  // By `stop`, before every input was at its end.
};

struct source;

// `paths`: file names, "-" for standard input; must outlive the source. An input that cannot be
// opened or breaks midway (truncated gzip, unreadable, a directory) does not fail the source:
// what could be read is handed over, the failure is kept, and the next input follows. The Macs
// of all inputs are added to `hosts` here. A host that is not told is "local" for standard input and for files.
MUST_CHECK enum status source_open(const str *paths, size_t count,
                                   const struct source_options *options, struct hosts *hosts,
                                   struct source **out, struct err *err);
// One input that is in memory already, which is copied batch by batch: for tests and benchmarks.
MUST_CHECK enum status source_open_memory(bytes input, const struct source_options *options,
                                          struct hosts *hosts, struct source **out,
                                          struct err *err);
// Into a batch that is empty; any number of batches may take turns. Sets its number, also at the
// end. END when every input is at its end, or `stop` was set. A batch may be empty.
MUST_CHECK enum status source_read(struct source *s, struct batch *batch, struct err *err);
// All batches up to and with this number have been dealt with (for sources that remember).
MUST_CHECK enum status source_commit(struct source *s, uint64_t number, struct err *err);
void source_close(struct source *s);

const struct source_counts *source_counts(const struct source *s);
// Inputs that failed so far, with one sentence each; borrowed until source_close().
const struct source_input_failure *source_failures(const struct source *s, size_t *count);
str source_drop_name(enum source_drop drop);

#endif
