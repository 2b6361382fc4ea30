#include "coverage/sight.h"

#include <stdlib.h>

static void look_from(const struct posture_asset *asset, const struct fidelity_rule *rules,
                      size_t rule_count, struct arena *arena, struct sight *out, uint32_t *blamed,
                      size_t *sights);
static void host_of(const struct posture_asset *asset, struct coverage_host *out);
static enum sight_standing standing_of(const struct posture_asset *asset, const size_t *sights,
                                       size_t rule_count);
static enum signal most_blamed(const uint32_t *blamed);

static const str standing_names[SIGHT_STANDING_COUNT] = {
    [SIGHT_ALL] = STR_INIT("all rules"),           [SIGHT_MOST] = STR_INIT("most rules"),
    [SIGHT_FEW] = STR_INIT("few rules"),           [SIGHT_NONE] = STR_INIT("no rule"),
    [SIGHT_SILENT] = STR_INIT("silent"),           [SIGHT_NEVER] = STR_INIT("never seen"),
    [SIGHT_UNEXPECTED] = STR_INIT("not expected"),
};

str sight_standing_name(enum sight_standing standing)
{
    return standing_names[standing];
}

void sight_find(const struct posture *p, const struct fidelity_rule *rules, size_t rule_count,
                struct sight *out)
{
    uint32_t *blamed = memory_zeroed((rule_count + 1) * SIGNAL_COUNT, sizeof *blamed);
    struct arena arena = { 0 };
    *out = (struct sight){
        .rules = memory_zeroed(rule_count + 1, sizeof *out->rules),
        .assets = memory_zeroed(p->asset_count + 1, sizeof *out->assets),
    };
    for (size_t i = 0; i < p->asset_count; i++) {
        size_t sights[COVERAGE_SIGHT_COUNT] = { 0 };
        look_from(&p->assets[i], rules, rule_count, &arena, out, blamed, sights);
        out->assets[i] = standing_of(&p->assets[i], sights, rule_count);
        out->standings[out->assets[i]]++;
        for (size_t sight = 0; sight < COVERAGE_SIGHT_COUNT; sight++)
            out->all[sight] += sights[sight];
        arena_reset(&arena);
    }
    for (size_t r = 0; r < rule_count; r++)
        out->rules[r].blame = most_blamed(&blamed[r * SIGNAL_COUNT]);
    arena_done(&arena);
    free(blamed);
}

void sight_done(struct sight *s)
{
    free(s->rules);
    free(s->assets);
    *s = (struct sight){ 0 };
}

static void look_from(const struct posture_asset *asset, const struct fidelity_rule *rules,
                      size_t rule_count, struct arena *arena, struct sight *out, uint32_t *blamed,
                      size_t *sights)
{
    struct coverage_host host;
    host_of(asset, &host);
    for (size_t r = 0; r < rule_count; r++) {
        const struct coverage_rule judged = coverage_judge_rule(&host, &rules[r], arena);
        out->rules[r].assets[judged.sight]++;
        sights[judged.sight]++;
        if (judged.blame != SIGNAL_COUNT)
            blamed[r * SIGNAL_COUNT + judged.blame]++;
    }
}

static void host_of(const struct posture_asset *asset, struct coverage_host *out)
{
    *out = (struct coverage_host){ .id = asset->asset->id };
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        out->signals[s].state = asset->signals[s].state;
}

static enum sight_standing standing_of(const struct posture_asset *asset, const size_t *sights,
                                       size_t rule_count)
{
    if (asset->host_count == 0)
        return asset->asset->sensor_expected == 0 && asset->claim_count == 0 ? SIGHT_UNEXPECTED
                                                                             : SIGHT_NEVER;
    if (asset->is_silent)
        return SIGHT_SILENT;
    if (sights[COVERAGE_SEES] == rule_count)
        return SIGHT_ALL;
    if (sights[COVERAGE_SEES] * 2 > rule_count)
        return SIGHT_MOST;
    return sights[COVERAGE_BLIND] == rule_count ? SIGHT_NONE : SIGHT_FEW;
}

static enum signal most_blamed(const uint32_t *blamed)
{
    enum signal most = SIGNAL_COUNT;
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        if (blamed[s] > 0 && (most == SIGNAL_COUNT || blamed[s] > blamed[most]))
            most = s;
    return most;
}
