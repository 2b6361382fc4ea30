// One run of the engine: what goes in, which rules, where findings go, what was counted.

#ifndef PIPELINE_H
#define PIPELINE_H

#include "decode/decode.h"
#include "enrich/enrich.h"
#include "fidelity/fidelity.h"
#include "match/match.h"
#include "order/order.h"
#include "score/score.h"
#include "sink/sink.h"
#include "source/source.h"

struct pipeline_options {
    struct source_options source;
    struct decode_options decode;
    struct match_options match;
    struct sink_options sink;
    str links_path;    // Empty: no link inventory.
    bool read_images;  // Look at images that are on this machine.
    uint32_t processes_max;
};

struct pipeline {
    struct hosts hosts;
    struct projection projection;
    struct source *source;
    struct decoder *decoder;
    struct order *order;
    struct enricher *enricher;
    struct matcher *matcher;
    struct fidelity *fidelity;
    struct scorer *scorer;
    struct sink *sink;
    struct batch batch;
    enum level worst;  // Of the findings so far; meaningful where there are any.
};

// Everything but the source: the caller opens that with `p->hosts` and hands it over. `rules`
// and `stream` are borrowed. `*p` needs pipeline_close() afterwards, also where it failed.
MUST_CHECK enum status pipeline_open(struct pipeline *p, const struct pipeline_options *options,
                                     const struct rules *rules, FILE *stream, struct err *err);
void pipeline_close(struct pipeline *p);

// One batch of records. END when the source has no more, or was told to stop.
MUST_CHECK enum status pipeline_run_batch(struct pipeline *p, struct err *err);

// Batches until END, which is OK here.
MUST_CHECK enum status pipeline_run(struct pipeline *p, struct err *err);

#endif
