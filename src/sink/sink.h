// Where findings go: a table with an explained timeline for people, NDJSON (Pomona's own form),
// OCSF Detection Finding (class 2004) or ECS alert, one object a line, for programs.
// docs/FINDINGS.md describes the forms for programs field by field.

#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/err.h"
#include "event/batch.h"
#include "store/store.h"

#include <stdio.h>

// One finding's text at most. Evidence is cut far below it (match.h); past it is ERR_LIMIT.
#define SINK_FINDING_MAX (64u * 1024u * 1024u)

enum sink_form {
    SINK_TABLE,
    SINK_NDJSON,
    SINK_OCSF,
    SINK_ECS,
    SINK_FORM_COUNT
};
// "table", "ndjson", "ocsf", "ecs"; false where there is no such form.
bool sink_form_of(str name, enum sink_form *out);

struct sink_options {
    enum sink_form form;
    bool colour;
    unsigned width;  // Columns of the terminal; 0: not one, lines are not cut.
    bool brief;      // In the table a finding that an exception covers is one line.
    struct db
        *store;  // What is written goes there as well. Borrowed, and the sink's alone. NULL: none.
    struct store_act act;  // Who keeps it there.
    store_clock *clock;    // When. NULL: at the time of the act.
};

struct sink;

// `stream` is borrowed. Writing is flushed at the end of every sink_write().
MUST_CHECK enum status sink_new(const struct sink_options *options, FILE *stream, struct sink **out,
                                struct err *err);
// What was written is put into the store first. NULL is fine.
void sink_free(struct sink *s);
// Every finding of the batch; ERR_IO where the stream or the store refuses, which the store may do later.
MUST_CHECK enum status sink_write(struct sink *s, const struct batch *batch, struct err *err);
// Waits until the store has all that was written.
MUST_CHECK enum status sink_flush(struct sink *s, struct err *err);
// Of how many batches, from the first to `batch`, which was written last, nothing can be lost any more.
uint64_t sink_kept(struct sink *s, const struct batch *batch);

#endif
