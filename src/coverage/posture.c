#include "coverage/proof.h"

#include <stdlib.h>

static void find_window(const struct kept *k, struct posture *out);
static uint32_t *begin_assets(const struct kept *k, struct posture *out);
static void join_host(struct posture_host *host, const uint32_t *places, struct posture *out);
static void add_signals(struct posture_asset *to, const struct kept_host *host, bool is_first);
static bool is_better(const struct kept_signal *one, const struct kept_signal *other);
static void finish(struct posture_asset *asset, const struct posture *p);
static void set_never_seen(struct posture_asset *asset);

void posture_join(const struct kept *k, int64_t silent_after_ns, struct posture *out)
{
    *out = (struct posture){ .kept = k, .silent_after_ns = silent_after_ns };
    find_window(k, out);
    uint32_t *places = begin_assets(k, out);
    struct identify *names = identify_new(k);
    out->hosts = memory_zeroed(k->host_count + 1, sizeof *out->hosts);
    for (size_t i = 0; i < k->host_count; i++) {
        struct posture_host *host = &out->hosts[out->host_count++];
        host->host = &k->hosts[i];
        host->is = identify_host(names, &k->hosts[i].row);
        join_host(host, places, out);
    }
    for (size_t i = 0; i < out->asset_count; i++)
        if (out->assets[i].host_count == 0)
            set_never_seen(&out->assets[i]);
    proof_lay_over(names, places, out);
    for (size_t i = 0; i < out->asset_count; i++)
        finish(&out->assets[i], out);
    identify_free(names);
    free(places);
}

void posture_done(struct posture *p)
{
    free(p->assets);
    free(p->hosts);
    free(p->canaries);
    arena_done(&p->arena);
    *p = (struct posture){ 0 };
}

// Of telemetry whose coverage is kept: that a canary came back says nothing of whether the others' did.
static void find_window(const struct kept *k, struct posture *out)
{
    bool is_first = true;
    for (size_t i = 0; i < k->host_count; i++) {
        const struct coverage_kept_host *row = &k->hosts[i].row;
        if (k->hosts[i].is_of_canary)
            continue;
        if (is_first || row->first_ns < out->oldest_ns)
            out->oldest_ns = row->first_ns;
        if (is_first || row->last_ns > out->newest_ns)
            out->newest_ns = row->last_ns;
        is_first = false;
    }
}

// By number of an asset its place in the posture, which retired ones do not have.
static uint32_t *begin_assets(const struct kept *k, struct posture *out)
{
    uint32_t *places = memory_zeroed(k->asset_count + 1, sizeof *places);
    out->assets = memory_zeroed(k->asset_count + 1, sizeof *out->assets);
    for (size_t i = 0; i < k->asset_count; i++) {
        places[i] = UINT32_MAX;
        if (k->assets[i].is_retired)
            continue;
        places[i] = (uint32_t)out->asset_count;
        out->assets[out->asset_count++].asset = &k->assets[i];
    }
    return places;
}

static void join_host(struct posture_host *host, const uint32_t *places, struct posture *out)
{
    const struct coverage_kept_host *row = &host->host->row;
    const size_t shown =
        host->is.count < IDENTIFY_ASSETS_MAX ? host->is.count : IDENTIFY_ASSETS_MAX;
    for (size_t i = 0; i < shown; i++) {
        const uint32_t place = places[host->is.assets[i]];
        if (place == UINT32_MAX)
            continue;
        struct posture_asset *asset = &out->assets[place];
        if (host->is.count > 1) {
            asset->claimed_by = asset->claim_count == 0 ? row->id : asset->claimed_by;
            asset->claim_count++;
            continue;
        }
        add_signals(asset, host->host, asset->host_count == 0);
        if (asset->host_count == 0 || row->last_ns > asset->last_ns)
            asset->last_ns = row->last_ns;
        asset->host_count++;
    }
}

static void add_signals(struct posture_asset *to, const struct kept_host *host, bool is_first)
{
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        if (is_first || is_better(&host->signals[s], &to->signals[s]))
            to->signals[s] = host->signals[s];
}

// Of two that are alike the one that has been so for longer.
static bool is_better(const struct kept_signal *one, const struct kept_signal *other)
{
    if (one->state != other->state)
        return one->state < other->state;
    return one->since_ns != 0 && one->since_ns < other->since_ns;
}

static void finish(struct posture_asset *asset, const struct posture *p)
{
    if (asset->host_count == 0)
        return;
    asset->is_silent = asset->last_ns < p->newest_ns - p->silent_after_ns;
    for (size_t s = 0; asset->is_silent && s < SIGNAL_COUNT; s++) {
        struct kept_signal *signal = &asset->signals[s];
        if (signal->state >= COVERAGE_SILENT)
            continue;
        signal->state = COVERAGE_SILENT;
        signal->since_ns = asset->last_ns;
        signal->check = STR("T13");
        signal->reason = STR("the whole Mac is silent");
    }
}

static void set_never_seen(struct posture_asset *asset)
{
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        asset->signals[s] = (struct kept_signal){
            .state = COVERAGE_NEVER_SEEN,
            .reason = asset->claim_count > 0 ? STR("which Mac it is, is ambiguous")
                                             : STR("no telemetry of it ever came"),
        };
}
