// One run of the engine: what goes in, which rules, where findings go, what was counted.

#ifndef PIPELINE_H
#define PIPELINE_H

#include "decode/decode.h"
#include "enrich/enrich.h"
#include "fidelity/fidelity.h"
#include "match/match.h"
#include "order/order.h"
#include "score/exceptions.h"
#include "score/score.h"
#include "sink/sink.h"
#include "source/source.h"

// Who wants to see the events themselves, each when it is complete. Rules are then not asked.
struct pipeline_watch {
    void (*see)(void *context, const struct event *event);
    void *context;
};

struct pipeline_options {
    struct source_options source;
    struct decode_options decode;
    struct order_options order;
    struct match_options match;
    struct sink_options sink;
    str links_path;    // Empty: no link inventory.
    bool read_images;  // Look at images that are on this machine.
    uint32_t processes_max;
    struct exceptions *exceptions;  // NULL: none. Borrowed, and counts its hits.
    struct pipeline_watch watch;
    uint32_t threads;  // At the work together; 0 and 1: this one alone.
};

#define PIPELINE_THREADS_MAX 64u

struct pipeline {
    struct hosts hosts;
    struct projection projection;
    struct source *source;
    struct decoder *decoder;
    struct order *order;
    struct enricher *enricher;
    struct matcher *matcher;
    struct fidelity *fidelity;
    struct exceptions *exceptions;
    struct scorer *scorer;
    struct sink *sink;
    struct batch batch;  // The one that is worked on where there is one thread.
    unsigned threads;
    struct decode_options decode;
    struct pipeline_watch watch;
    bool has_worst;    // There was a finding that nobody knew of.
    enum level worst;  // Of those so far.
};

// Everything but the source: the caller opens that with `p->hosts` and hands it over. `rules`
// and `stream` are borrowed. `*p` needs pipeline_close() afterwards, also where it failed.
MUST_CHECK enum status pipeline_open(struct pipeline *p, const struct pipeline_options *options,
                                     const struct rules *rules, FILE *stream, struct err *err);
void pipeline_close(struct pipeline *p);

// One batch of records. END when the source has no more, or was told to stop.
MUST_CHECK enum status pipeline_run_batch(struct pipeline *p, struct err *err);

// What follows decoding, of one batch after the other in the order in which they were read. `read` is
// what source_read() said of it: OK, or END of the last. Returns that, or why it failed.
MUST_CHECK enum status pipeline_take(struct pipeline *p, struct batch *batch, enum status read,
                                     struct err *err);

// Batches until END, which is OK here.
MUST_CHECK enum status pipeline_run(struct pipeline *p, struct err *err);

#endif
