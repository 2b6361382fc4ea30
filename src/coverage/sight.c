#include "coverage/sight.h"

#include <stdlib.h>

static void count_rule(const struct coverage_host *host, const struct fidelity_rule *rule,
                       struct arena *arena, struct sight_rule *out, uint32_t *blamed);
static void host_of(const struct posture_asset *asset, struct coverage_host *out);
static enum signal most_blamed(const uint32_t *blamed);

struct sight_rule *sight_count(const struct posture *p, const struct fidelity_rule *rules,
                               size_t rule_count)
{
    struct sight_rule *out = memory_zeroed(rule_count + 1, sizeof *out);
    uint32_t *blamed = memory_zeroed((rule_count + 1) * SIGNAL_COUNT, sizeof *blamed);
    struct arena arena = { 0 };
    for (size_t i = 0; i < p->asset_count; i++) {
        struct coverage_host host;
        host_of(&p->assets[i], &host);
        for (size_t r = 0; r < rule_count; r++)
            count_rule(&host, &rules[r], &arena, &out[r], &blamed[r * SIGNAL_COUNT]);
        arena_reset(&arena);
    }
    for (size_t r = 0; r < rule_count; r++)
        out[r].blame = most_blamed(&blamed[r * SIGNAL_COUNT]);
    arena_done(&arena);
    free(blamed);
    return out;
}

static void host_of(const struct posture_asset *asset, struct coverage_host *out)
{
    *out = (struct coverage_host){ .id = asset->asset->id };
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        out->signals[s].state = asset->signals[s].state;
}

static void count_rule(const struct coverage_host *host, const struct fidelity_rule *rule,
                       struct arena *arena, struct sight_rule *out, uint32_t *blamed)
{
    const struct coverage_rule judged = coverage_judge_rule(host, rule, arena);
    out->assets[judged.sight]++;
    if (judged.blame != SIGNAL_COUNT)
        blamed[judged.blame]++;
}

static enum signal most_blamed(const uint32_t *blamed)
{
    enum signal most = SIGNAL_COUNT;
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        if (blamed[s] > 0 && (most == SIGNAL_COUNT || blamed[s] > blamed[most]))
            most = s;
    return most;
}
