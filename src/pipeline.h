// One run of the engine: what goes in, which rules, where findings go, what was counted.

#ifndef PIPELINE_H
#define PIPELINE_H

#include "decode/decode.h"
#include "enrich/enrich.h"
#include "fidelity/fidelity.h"
#include "match/match.h"
#include "order/order.h"
#include "pipeline_without.h"
#include "score/baseline.h"
#include "score/exceptions.h"
#include "score/group.h"
#include "score/score.h"
#include "sink/sink.h"
#include "source/source.h"

// Who wants to see the events themselves, each when it is complete. Rules are then not asked.
struct pipeline_watch {
    void (*see)(void *context, const struct event *event);
    void *context;
};

// Who wants to know at which event each finding was made. `passed` is called when the rules have been
// asked of an event: what was found by it is in the batch, behind what was found before. `told` is called
// when all findings of the batch are judged, before they are written.
struct pipeline_witness {
    void (*passed)(void *context, const struct event *event, const struct batch *batch);
    void (*told)(void *context, const struct batch *batch);
    void *context;
};

// Who learns from events and from the findings that they make: each event when it is complete, and
// each finding after its last event.
struct pipeline_learn {
    void (*see)(void *context, const struct hosts *hosts, const struct event *event);
    void (*take)(void *context, const struct finding *finding);
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
    str baseline_path;              // Empty: no baseline.
    struct exceptions *exceptions;  // NULL: none. Borrowed, and counts its hits.
    struct pipeline_watch watch;
    struct pipeline_witness witness;
    uint32_t
        without;  // Signals that are left out, as if no sensor told them: SIGNAL_BIT() of each.
    struct pipeline_learn learn;
    enum level least;  // Findings below are counted, and not told.
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
    struct baseline *baseline;  // NULL: none was given.
    struct exceptions *exceptions;
    struct scorer *scorer;
    struct grouper *grouper;
    struct sink *sink;
    struct batch batch;  // The one that is worked on where there is one thread.
    unsigned threads;
    struct decode_options decode;
    struct pipeline_watch watch;
    struct pipeline_witness witness;
    struct pipeline_without without;
    struct pipeline_learn learn;
    enum level least;
    uint64_t left_out;
    bool has_worst;
    enum level worst;  // Of the findings so far that are neither expected nor excepted.
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
