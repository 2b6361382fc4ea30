// The engine's spine: what happens to one batch of records, in order. This is the only file
// that knows the order of the stages, and the stages know nothing of each other: each takes
// an event (or a finding), adds what it knows, and hands it back.

#include "pipeline.h"

#include "crew.h"
#include "pipeline_fidelity.h"
#include "score/behaviour.h"

static struct enrich_options enrich_options_of(const struct pipeline_options *options,
                                               const struct rules *rules);
static void add_event(struct pipeline *p, struct event *event);
static void take_event(struct pipeline *p, struct event *event, struct batch *batch);
static void end(struct pipeline *p, struct batch *batch);
static void doubt(struct pipeline *p, struct batch *batch, size_t from);
static void judge(struct pipeline *p, struct batch *batch, size_t from);
static void judge_one(struct pipeline *p, struct finding *finding, struct batch *batch);
static void leave_out(struct pipeline *p, struct batch *batch, size_t from);

enum status pipeline_run_batch(struct pipeline *p, struct err *err)
{
    struct batch *batch = &p->batch;

    batch_reset(batch);  // Everything the previous batch allocated goes at once.

    const enum status read = source_read(p->source, batch, err);
    if (read != OK && read != END)
        return read;  // The source is broken.
    decode_batch(p->decoder, batch);
    return pipeline_take(p, batch, read, err);
}

enum status pipeline_take(struct pipeline *p, struct batch *batch, enum status read,
                          struct err *err)
{
    pipeline_fidelity_batch(p->fidelity, batch);
    for (size_t i = 0; i < batch->event_count; i++)
        add_event(p, batch->events[i]);
    order_tick(p->order);  // Live, nothing waits for long.
    if (read == END)
        order_flush(p->order);
    for (struct event *event; (event = order_next(p->order)) != NULL;)
        take_event(p, event, batch);
    if (read == END)
        end(p, batch);
    if (p->witness.told != NULL)
        p->witness.told(p->witness.context, batch);

    order_settle(p->order);  // What waits for late records outlives the batch.

    enum status status = sink_write(p->sink, batch, err);
    if (status == OK && read == END)
        status = sink_flush(p->sink, err);
    // The source may forget only what is kept: after a crash, findings repeat but are not lost.
    const uint64_t kept = status == OK ? sink_kept(p->sink, batch) : 0;
    if (kept > 0)
        status = source_commit(p->source, kept - 1, err);
    return status == OK ? read : status;
}

enum status pipeline_run(struct pipeline *p, struct err *err)
{
    enum status status = p->threads > 1 ? crew_run(p, p->threads, err) : OK;
    if (p->threads <= 1)
        while ((status = pipeline_run_batch(p, err)) == OK)
            continue;
    decoder_end(p->decoder);
    return status == END ? OK : status;
}

static void add_event(struct pipeline *p, struct event *event)
{
    event->host = hosts_resolve(&p->hosts, event->host, event->sensor, &event->host_told);
    order_add(p->order, event);
}

static void take_event(struct pipeline *p, struct event *event, struct batch *batch)
{
    if (p->without.signals != 0 && !pipeline_without_keeps(&p->without, event))
        return;
    enrich(p->enricher, event, batch);
    fidelity_see(p->fidelity, event);
    if (p->watch.see != NULL) {
        p->watch.see(p->watch.context, event);
        return;
    }
    if (p->learn.see != NULL)
        p->learn.see(p->learn.context, &p->hosts, event);
    const size_t finding_count = batch->finding_count;
    match(p->matcher, event, batch);
    judge(p, batch, finding_count);
    if (p->witness.passed != NULL)
        p->witness.passed(p->witness.context, event, batch);
}

static void end(struct pipeline *p, struct batch *batch)
{
    const size_t finding_count = batch->finding_count;
    matcher_end(p->matcher, batch);  // What waited for an event that did not come.
    pipeline_fidelity_end(p->fidelity, p->order);
    judge(p, batch, finding_count);
}

// At once, event by event, so that findings are the same however the input is divided.
static void judge(struct pipeline *p, struct batch *batch, size_t from)
{
    if (batch->finding_count == from)
        return;
    doubt(p, batch, from);
    for (size_t i = from; i < batch->finding_count; i++)
        judge_one(p, batch->findings[i], batch);
    group(p->grouper, batch, from);
    for (size_t i = from; i < batch->finding_count; i++) {
        const struct finding *finding = batch->findings[i];
        if (finding->verdict != VERDICT_NEW)
            continue;
        if (!p->has_worst || finding->level > p->worst)
            p->worst = finding->level;
        p->has_worst = true;
    }
    leave_out(p, batch, from);
}

// What is less than was asked for is counted, and not told.
static void leave_out(struct pipeline *p, struct batch *batch, size_t from)
{
    size_t told = from;
    for (size_t i = from; i < batch->finding_count; i++) {
        struct finding *finding = batch->findings[i];
        if (finding->level >= p->least)
            batch->findings[told++] = finding;
    }
    p->left_out += batch->finding_count - told;
    batch->finding_count = told;
}

static void doubt(struct pipeline *p, struct batch *batch, size_t from)
{
    pipeline_fidelity_doubt(p->fidelity, batch, from);
    for (size_t i = from; i < batch->finding_count; i++)
        batch->findings[i]->missed = order_missed(p->order, batch->findings[i]->host);
}

// What the site knows comes first, since the score takes account of it.
static void judge_one(struct pipeline *p, struct finding *finding, struct batch *batch)
{
    exceptions_judge(p->exceptions, finding);
    baseline_judge(p->baseline, finding, &batch->arena);
    if (p->learn.take != NULL)
        p->learn.take(p->learn.context, finding);
    score(p->scorer, finding, batch);
}

enum status pipeline_open(struct pipeline *p, const struct pipeline_options *options,
                          const struct rules *rules, FILE *stream, struct err *err)
{
    *p = (struct pipeline){ 0 };
    hosts_init(&p->hosts);
    p->hosts.is_forced = options->source.host.len > 0;
    batch_init(&p->batch);
    p->threads = options->threads;
    p->decode = options->decode;
    p->watch = options->watch;
    p->witness = options->witness;
    pipeline_without_init(&p->without, options->without);
    p->learn = options->learn;
    p->least = options->least;
    p->exceptions = options->exceptions;

    rules_want(rules, &p->projection);
    score_want(&p->projection);
    fidelity_want(&p->projection);
    if (p->watch.see != NULL)
        projection_want_all(&p->projection);
    if (p->learn.see != NULL)
        behaviour_want(&p->projection);
    const struct enrich_options enrich = enrich_options_of(options, rules);
    enrich_want(&enrich.lists, &p->projection);
    projection_compile(&p->projection);

    enum status status = enricher_new(&enrich, &p->projection, &p->hosts, &p->enricher, err);
    if (status == OK && options->baseline_path.len > 0)
        status = baseline_open(options->baseline_path, &p->baseline, err);
    if (status != OK)
        return status;
    p->decoder = decoder_new(&p->projection, &options->decode);
    const struct rule_list critical = rules_list(rules, STR("critical_hosts"));
    struct order_options order = options->order;
    order.merges = !rules_need_each(rules);
    p->order = order_new(&order);
    p->matcher = matcher_new(rules, &p->hosts, &options->match);
    p->fidelity = pipeline_fidelity_new(rules, &p->hosts);
    p->scorer = scorer_new(&(struct score_options){
        .hosts = &p->hosts,
        .critical_hosts = critical.at,
        .critical_host_count = critical.count,
    });
    p->grouper = grouper_new();
    return sink_new(&options->sink, stream, &p->sink, err);
}

static struct enrich_options enrich_options_of(const struct pipeline_options *options,
                                               const struct rules *rules)
{
    struct enrich_options enrich = {
        .links_path = options->links_path,
        .read_images = options->read_images,
        .no_linkage = (options->without & SIGNAL_BIT(SIGNAL_LINKAGE)) != 0,
        .processes_max = options->processes_max,
        .lineage_count = rules_lineage_count(rules),
    };
    for (size_t i = 0; i < ENRICH_LIST_COUNT; i++) {
        const struct rule_list list = rules_list(rules, enrich_list_name((enum enrich_list)i));
        enrich.lists.of[i] = (struct enrich_texts){ .at = list.at, .count = list.count };
    }
    return enrich;
}

void pipeline_close(struct pipeline *p)
{
    sink_free(p->sink);
    grouper_free(p->grouper);
    scorer_free(p->scorer);
    baseline_free(p->baseline);
    fidelity_free(p->fidelity);
    matcher_free(p->matcher);
    enricher_free(p->enricher);
    order_free(p->order);
    decoder_free(p->decoder);
    source_close(p->source);
    batch_done(&p->batch);
    hosts_done(&p->hosts);
    *p = (struct pipeline){ 0 };
}
