#include "fidelity/fleet.h"

#include <stdlib.h>

static void add_host(struct fleet *fleet, const struct fidelity *f,
                     const struct coverage_host *host, struct arena *arena);
static int worst_first(const void *a, const void *b);

void fleet_count(const struct fidelity *f, struct fleet *out)
{
    const uint32_t end = coverage_host_count(f);
    struct arena arena = { 0 };
    *out = (struct fleet){
        .rules = memory_zeroed(coverage_options(f)->rule_count + 1, sizeof *out->rules),
        .hosts = memory_zeroed(end + 1u, sizeof *out->hosts),
    };
    for (uint32_t i = 0; i < end; i++) {
        struct coverage_host host;
        if (!coverage_has_host(f, i))
            continue;
        coverage_judge(f, i, &arena, &host);
        add_host(out, f, &host, &arena);
        arena_reset(&arena);
    }
    arena_done(&arena);
    qsort(out->hosts, out->host_count, sizeof *out->hosts, worst_first);
}

void fleet_done(struct fleet *f)
{
    free(f->rules);
    free(f->hosts);
    *f = (struct fleet){ 0 };
}

static void add_host(struct fleet *fleet, const struct fidelity *f,
                     const struct coverage_host *host, struct arena *arena)
{
    const struct fidelity_options *options = coverage_options(f);
    fleet->hosts[fleet->host_count++] =
        (struct fleet_host){ .host = host->host, .badness = host->badness };
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        fleet->signals[s][host->signals[s].state]++;
    for (size_t i = 0; i < options->rule_count; i++) {
        const struct coverage_rule rule = coverage_judge_rule(host, &options->rules[i], arena);
        fleet->rules[i].hosts[rule.sight]++;
        if (rule.blame != SIGNAL_COUNT)
            fleet->rules[i].blamed[rule.blame]++;
    }
}

static int worst_first(const void *a, const void *b)
{
    const struct fleet_host *one = a;
    const struct fleet_host *other = b;
    if (one->badness != other->badness)
        return one->badness > other->badness ? -1 : 1;
    return (one->host > other->host) - (one->host < other->host);
}

enum signal fleet_blame(const struct fleet_rule *rule)
{
    enum signal most = SIGNAL_COUNT;
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        if (rule->blamed[s] > 0 && (most == SIGNAL_COUNT || rule->blamed[s] > rule->blamed[most]))
            most = (enum signal)s;
    return most;
}
