// Several threads at one pipeline. None has a task of its own: whoever is free does what is next.
//
//     read ──► decode ──► take (order, enrich, match, score, sink)
//     one at    any       one at a time, in the order in which
//     a time    number    batches were read
//
// Batches go round in a ring of fixed size. Where taking is slower than reading, no batch is free, and
// reading waits: that is all of back-pressure. Taking comes before decoding, and decoding before
// reading, so what is begun is finished first, and one thread alone would do just what
// pipeline_run_batch() does. Results are the same with any number of threads, because decoders share
// nothing and all that remembers is behind the one that takes.

#ifndef CREW_H
#define CREW_H

#include "pipeline.h"

// Runs the pipeline to its end with `threads` (2 to PIPELINE_THREADS_MAX), this one among them. The
// counts of all decoders are then in p->decoder. Fewer run where no more can be had.
MUST_CHECK enum status crew_run(struct pipeline *p, unsigned threads, struct err *err);

#endif
