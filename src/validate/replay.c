#include "validate/replay.h"

#include "fidelity/coverage.h"
#include "validate/images.h"
#include "validate/witness.h"

#include <errno.h>
#include <stdio.h>

#define SEEN_HOSTS_MAX 256u  // Whose telemetry is looked at for what it shows.

// Reasons that say nothing of damage: the record was nothing to us.
static const bool is_harmless[DECODE_DROP_COUNT] = {
    [DECODE_DROP_UNKNOWN_EVENT] = true,
    [DECODE_DROP_NOT_NEEDED] = true,
    [DECODE_DROP_EMPTY] = true,
    [DECODE_DROP_LOSS] = true,
};

static enum status load_rules(const struct replay_options *options, const struct scenario *s,
                              struct rules **out, struct err *err);
static enum status run(const struct replay_options *options, const struct rules *rules,
                       const struct scenario *s, struct witness *w, str links, struct replay *out,
                       struct err *err);
static enum status run_pipeline(struct pipeline *p, const struct pipeline_options *options,
                                const struct scenario *s, struct err *err);
static void count(const struct pipeline *p, struct replay *out);
static enum status check(const struct replay *r, const struct scenario *s, struct err *err);
static uint32_t seen_by(const struct pipeline *p);
static void take(struct witness *w, struct arena *arena, struct replay *out);

enum status replay_run(const struct replay_options *options, const struct scenario *s,
                       struct arena *arena, struct replay *out, struct err *err)
{
    struct rules *own = NULL;
    struct images images = { 0 };
    struct witness w;
    *out = (struct replay){ 0 };
    witness_init(&w, s, arena);
    enum status status = s->lists.len == 0 ? OK : load_rules(options, s, &own, err);
    if (status == OK && s->image_count > 0)
        status = images_put(s, &images, err);
    if (status == OK)
        status =
            run(options, own == NULL ? options->rules : own, s, &w, str_of(images.path), out, err);
    if (status == OK)
        take(&w, arena, out);
    witness_done(&w);
    images_done(&images);
    rules_free(own);
    return status;
}

// What came last counts, so the scenario's lists stand behind those of the rules.
static enum status load_rules(const struct replay_options *options, const struct scenario *s,
                              struct rules **out, struct err *err)
{
    struct arena arena = { 0 };
    struct rules *rules = NULL;
    str *paths = arena_alloc(&arena, (options->rule_path_count + 1) * sizeof *paths);
    memcpy(paths, options->rule_paths, options->rule_path_count * sizeof *paths);
    paths[options->rule_path_count] = s->lists;
    enum status status =
        rules_load(paths, options->rule_path_count + 1, options->load, &rules, err);
    arena_done(&arena);
    size_t problem_count = 0;
    const struct rule_problem *problems =
        status == OK ? rules_problems(rules, &problem_count) : NULL;
    for (size_t i = 0; i < problem_count && status == OK; i++)
        if (str_starts_with(problems[i].text, s->lists))
            status = fail(err, ERR_CONFIG, "%.*s", STR_ARG(problems[i].text));
    if (status == OK)
        *out = rules;
    else
        rules_free(rules);
    return status;
}

static enum status run(const struct replay_options *options, const struct rules *rules,
                       const struct scenario *s, struct witness *w, str links, struct replay *out,
                       struct err *err)
{
    struct pipeline_options o = *options->pipeline;
    struct pipeline p;
    o.threads = 1;
    o.read_images = false;  // What lies here says nothing of the Mac in the recording.
    o.without = options->without;
    o.witness = witness_for(w);
    o.source.host = s->host;
    o.source.host_from_filename = s->host.len == 0 && s->recording_count > 1;
    o.sink = (struct sink_options){ .form = SINK_NDJSON };
    if (links.len > 0)
        o.links_path = links;

    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL)
        return fail(err, ERR_IO, "/dev/null: %s", strerror(errno));
    enum status status = pipeline_open(&p, &o, rules, nowhere, err);
    if (status == OK)
        status = run_pipeline(&p, &o, s, err);
    if (status == OK) {
        count(&p, out);
        status = check(out, s, err);
    }
    pipeline_close(&p);
    (void)fclose(nowhere);
    return status;
}

static enum status run_pipeline(struct pipeline *p, const struct pipeline_options *options,
                                const struct scenario *s, struct err *err)
{
    size_t failures = 0;
    enum status status = source_open(s->recordings, s->recording_count, &options->source, &p->hosts,
                                     &p->source, err);
    if (status == OK)
        status = pipeline_run(p, err);
    if (status != OK)
        return status;
    const struct source_input_failure *failure = source_failures(p->source, &failures);
    if (failures > 0)
        return fail(err, ERR_IO, "%.*s: %.*s", STR_ARG(failure[0].path), STR_ARG(failure[0].why));
    if (source_counts(p->source)->stopped)
        return fail(err, ERR_IO, "%.*s: stopped before its end", STR_ARG(s->name));
    return OK;
}

static void count(const struct pipeline *p, struct replay *out)
{
    const struct decode_counts *decoded = decoder_counts(p->decoder);
    const struct source_counts *read = source_counts(p->source);
    out->records = read->records;
    out->events = decoded->out;
    for (size_t i = 0; i < DECODE_DROP_COUNT; i++)
        out->damaged += is_harmless[i] ? 0 : decoded->dropped[i];
    for (size_t i = 0; i < SOURCE_DROP_COUNT; i++)
        out->damaged += read->dropped[i];
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        out->left_out[i] = p->without.left_out[i];
    out->seen = seen_by(p);
}

// A recording of which nothing is understood would let every near-miss pass.
static enum status check(const struct replay *r, const struct scenario *s, struct err *err)
{
    if (r->events > 0)
        return OK;
    return fail(err, ERR_FORMAT, "%.*s: nothing in its recordings became an event (%llu records)",
                STR_ARG(s->name), (unsigned long long)r->records);
}

static uint32_t seen_by(const struct pipeline *p)
{
    uint32_t seen = 0;
    struct arena arena = { 0 };
    const uint32_t hosts = coverage_host_count(p->fidelity);
    for (uint32_t i = 0; i < hosts && i < SEEN_HOSTS_MAX; i++) {
        struct coverage_host host;
        if (!coverage_has_host(p->fidelity, i))
            continue;
        coverage_judge(p->fidelity, i, &arena, &host);
        for (size_t j = 0; j < SIGNAL_COUNT; j++)
            if (host.signals[j].events > 0 || host.signals[j].told > 0)
                seen |= SIGNAL_BIT(j);
        arena_reset(&arena);
    }
    arena_done(&arena);
    return seen;
}

static void take(struct witness *w, struct arena *arena, struct replay *out)
{
    struct raised *raised = arena_alloc(arena, (w->raised_count + 1) * sizeof *raised);
    struct replay_host *hosts = arena_alloc(arena, (w->host_count + 1) * sizeof *hosts);
    if (w->raised_count > 0)
        memcpy(raised, w->raised, w->raised_count * sizeof *raised);
    if (w->host_count > 0)
        memcpy(hosts, w->hosts, w->host_count * sizeof *hosts);
    out->raised = raised;
    out->raised_count = w->raised_count;
    out->raised_beyond = w->raised_beyond;
    out->hosts = hosts;
    out->host_count = w->host_count;
}
