#include "coverage/kept.h"

#include <stdlib.h>

#define FEWEST 64u

// Rows come in the order of ids that the database has; each refers to the one before, or to one that is looked for.
struct reading {
    struct kept *kept;
    uint32_t at;  // The last one that was looked for.
    bool is_past_max;
};

static void take_asset(void *context, const struct asset_row *asset);
static void take_name(void *context, str asset, str name);
static void take_host(void *context, const struct coverage_kept_host *host);
static void take_span(void *context, const struct coverage_span *span);
static bool find_host(struct reading *r, str id);
static bool find_asset(struct reading *r, str id);

enum status kept_read(struct db *db, struct kept *out, struct err *err)
{
    struct reading r = { .kept = out };
    *out = (struct kept){ .proved_for_ns = KEPT_PROVED_FOR_NS,
                          .answer_within_ns = KEPT_ANSWER_WITHIN_NS };
    enum status status = assets_each(db, STR_EMPTY, take_asset, &r, err);
    if (status == OK)
        status = assets_names(db, take_name, &r, err);
    r.at = 0;
    if (status == OK)
        status = coverage_hosts(db, take_host, &r, err);
    if (status == OK)
        status = coverage_spans(db, take_span, &r, err);
    if (status == OK && r.is_past_max)
        return fail(err, ERR_LIMIT, "the store has more than %u assets or Macs", KEPT_ASSETS_MAX);
    return status == OK ? kept_read_canaries(db, out, err) : status;
}

void kept_done(struct kept *k)
{
    free(k->assets);
    free(k->names);
    free(k->hosts);
    free(k->canaries);
    free(k->proofs);
    arena_done(&k->arena);
    *k = (struct kept){ 0 };
}

void *kept_with_room(void *at, size_t count, size_t size)
{
    if (count == 0)
        return memory_resize(at, FEWEST * size);
    return count >= FEWEST && (count & (count - 1)) == 0 ? memory_resize(at, 2 * count * size) : at;
}

static void take_asset(void *context, const struct asset_row *asset)
{
    struct reading *r = context;
    struct kept *k = r->kept;
    struct arena *a = &k->arena;
    if (k->asset_count == KEPT_ASSETS_MAX) {
        r->is_past_max = true;
        return;
    }
    k->assets = kept_with_room(k->assets, k->asset_count, sizeof *k->assets);
    struct asset_row *to = &k->assets[k->asset_count++];
    *to = *asset;
    to->id = arena_str(a, asset->id);
    to->serial = arena_str(a, asset->serial);
    to->hardware_uuid = arena_str(a, asset->hardware_uuid);
    to->host_name = arena_str(a, asset->host_name);
    to->owner = arena_str(a, asset->owner);
    to->team = arena_str(a, asset->team);
    to->role = arena_str(a, asset->role);
}

static void take_name(void *context, str asset, str name)
{
    struct reading *r = context;
    struct kept *k = r->kept;
    if (!find_asset(r, asset))
        return;
    k->names = kept_with_room(k->names, k->name_count, sizeof *k->names);
    k->names[k->name_count++] =
        (struct kept_name){ .name = arena_str(&k->arena, name), .asset = r->at };
}

static void take_host(void *context, const struct coverage_kept_host *host)
{
    struct reading *r = context;
    struct kept *k = r->kept;
    if (k->host_count == KEPT_HOSTS_MAX) {
        r->is_past_max = true;
        return;
    }
    k->hosts = kept_with_room(k->hosts, k->host_count, sizeof *k->hosts);
    struct kept_host *to = &k->hosts[k->host_count++];
    *to = (struct kept_host){ .row = *host };
    to->row.id = arena_str(&k->arena, host->id);
    to->row.name = arena_str(&k->arena, host->name);
    to->row.sensors = arena_str(&k->arena, host->sensors);
    kept_host_untold(to);
}

void kept_host_untold(struct kept_host *host)
{
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        host->signals[s] = (struct kept_signal){ .state = COVERAGE_NEVER_SEEN,
                                                 .reason = STR("nothing was told of it") };
}

// The last span of a signal is how it is now, and takes the place of those before.
static void take_span(void *context, const struct coverage_span *span)
{
    struct reading *r = context;
    struct kept *k = r->kept;
    const enum signal s = signal_of(span->signal);
    const bool is_known =
        s != SIGNAL_COUNT && span->state >= 0 && span->state < COVERAGE_STATE_COUNT;
    if (!is_known || !find_host(r, span->host_id)) {
        k->strange++;
        return;
    }
    k->hosts[r->at].signals[s] = (struct kept_signal){
        .state = (enum coverage_state)span->state,
        .since_ns = span->from_ns,
        .check = arena_str(&k->arena, span->check),
        .figure = arena_str(&k->arena, span->figure),
        .reason = arena_str(&k->arena, span->reason),
    };
}

// Both lists come in one order, so that what is looked for is at hand or comes next.
static bool find_host(struct reading *r, str id)
{
    const struct kept *k = r->kept;
    uint32_t at = r->at;
    while (at < k->host_count && !str_eq(k->hosts[at].row.id, id))
        at++;
    if (at < k->host_count)
        r->at = at;
    return at < k->host_count;
}

static bool find_asset(struct reading *r, str id)
{
    const struct kept *k = r->kept;
    uint32_t at = r->at;
    while (at < k->asset_count && !str_eq(k->assets[at].id, id))
        at++;
    if (at < k->asset_count)
        r->at = at;
    return at < k->asset_count;
}
