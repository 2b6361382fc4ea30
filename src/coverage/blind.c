#include "coverage/blind.h"

#include "coverage/proof.h"
#include "sink/json.h"

#include <inttypes.h>
#include <stdlib.h>

#define NS_PER_HOUR  INT64_C(3600000000000)
#define REASON_MAX   4096u
#define SIGNALS_TOLD 3u

static const str kind_names[BLIND_KIND_COUNT] = {
    [BLIND_UNMANAGED] = STR_INIT("unmanaged"),     [BLIND_AMBIGUOUS] = STR_INIT("ambiguous"),
    [BLIND_UNMONITORED] = STR_INIT("unmonitored"), [BLIND_SILENT] = STR_INIT("silent"),
    [BLIND_CANARY] = STR_INIT("canary"),           [BLIND_PERMISSIONS] = STR_INIT("permissions"),
    [BLIND_DEGRADED] = STR_INIT("degraded"),
};

// The first is worth the most to an attacker.
static const str roles[] = { STR_INIT("executive"), STR_INIT("privileged"), STR_INIT("developer") };

struct finding_out {
    const struct posture *posture;
    struct arena *arena;
    struct blind_list *out;
    size_t room;
};

static void look_at_host(struct finding_out *f, const struct posture_host *host);
static void look_at_asset(struct finding_out *f, const struct posture_asset *asset);
static void look_at_stray_canary(struct finding_out *f, const struct posture_canary *canary);
static void tell_canary(struct finding_out *f, const struct posture_canary *canary,
                        struct blind_spot *spot);
static void look_at_permissions(struct finding_out *f, const struct posture_asset *asset);
static void look_at_signals(struct finding_out *f, const struct posture_asset *asset);
static bool is_blind(enum signal s, const struct kept_signal *signal);
static void tell_signals(struct buf *b, const struct posture_asset *asset, enum signal worst,
                         size_t count);
static str ambiguity_of(struct finding_out *f, const struct identify_result *is);
static str silence_of(struct finding_out *f, const struct posture_asset *asset);
static struct blind_spot *add(struct finding_out *f, enum blind_kind kind,
                              const struct posture_asset *asset);
static size_t role_rank(const struct blind_spot *spot);
static int most_critical_first(const void *a, const void *b);

str blind_kind_name(enum blind_kind kind)
{
    return kind_names[kind];
}

void blind_find(const struct posture *p, struct arena *arena, struct blind_list *out)
{
    struct finding_out f = { .posture = p, .arena = arena, .out = out };
    *out = (struct blind_list){ 0 };
    for (size_t i = 0; i < p->host_count; i++)
        look_at_host(&f, &p->hosts[i]);
    for (size_t i = 0; i < p->asset_count; i++)
        look_at_asset(&f, &p->assets[i]);
    for (size_t i = 0; i < p->canary_count; i++)
        if (p->canaries[i].asset == NULL)
            look_at_stray_canary(&f, &p->canaries[i]);
    if (out->count > 0)
        qsort(out->at, out->count, sizeof *out->at, most_critical_first);
}

void blind_done(struct blind_list *list)
{
    free(list->at);
    *list = (struct blind_list){ 0 };
}

static void look_at_host(struct finding_out *f, const struct posture_host *host)
{
    const struct coverage_kept_host *row = &host->host->row;
    if (host->is.count == 1 && !host->is.is_retired)
        return;
    struct blind_spot *spot = add(f, host->is.count > 1 ? BLIND_AMBIGUOUS : BLIND_UNMANAGED, NULL);
    spot->id = row->id;
    spot->name = row->name;
    spot->since_ns = row->first_ns;
    if (host->is.count > 1)
        spot->reason = ambiguity_of(f, &host->is);
    else if (host->is.is_retired)
        spot->reason = STR("telemetry comes of an asset that was retired");
    else if (host->host->is_of_canary)
        spot->reason = STR("a canary came back from it, and no asset is known by its id or name");
    else
        spot->reason = STR("telemetry comes of it, and no asset is known by its id or name");
}

static str ambiguity_of(struct finding_out *f, const struct identify_result *is)
{
    struct buf b;
    buf_init(&b, REASON_MAX);
    buf_printf(&b, "it may be any of %zu assets:", is->count);
    for (size_t i = 0; i < is->count && i < IDENTIFY_ASSETS_MAX; i++) {
        const str id = str_to(f->posture->kept->assets[is->assets[i]].id, REASON_MAX / 8);
        buf_printf(&b, "%s %.*s", i == 0 ? "" : ",", STR_ARG(id));
    }
    const str reason = arena_str(f->arena, buf_str(&b));
    buf_done(&b);
    return reason;
}

static void look_at_asset(struct finding_out *f, const struct posture_asset *asset)
{
    const int64_t expected = asset->asset->sensor_expected;
    if (asset->host_count == 0 && asset->claim_count == 0 && expected != 0)
        add(f, BLIND_UNMONITORED, asset)->reason =
            expected > 0
                ? STR("a sensor is expected, and no telemetry of it ever came")
                : STR("no telemetry of it ever came, and nobody says that none is expected");
    if (asset->is_silent) {
        struct blind_spot *spot = add(f, BLIND_SILENT, asset);
        spot->since_ns = asset->last_ns;
        spot->check = STR("T13");
        spot->reason = silence_of(f, asset);
    }
    if (asset->unanswered != NULL)
        tell_canary(f, asset->unanswered, add(f, BLIND_CANARY, asset));
    if (asset->host_count > 0 || expected != 0)
        look_at_permissions(f, asset);
    if (asset->host_count > 0 && !asset->is_silent)
        look_at_signals(f, asset);
}

static void tell_canary(struct finding_out *f, const struct posture_canary *canary,
                        struct blind_spot *spot)
{
    enum signal first = 0;
    while (first < SIGNAL_COUNT && (canary->missing & SIGNAL_BIT(first)) == 0)
        first++;
    spot->since_ns = canary->canary->at_ns;
    spot->check = proof_check_of(first);
    spot->reason = proof_reason(f->posture, canary, f->arena);
}

// Of a Mac that is no asset, or any of several: by what it was called.
static void look_at_stray_canary(struct finding_out *f, const struct posture_canary *canary)
{
    const struct kept_canary *from = canary->canary;
    if (!canary->is_last || !canary->is_recent ||
        (canary->missing == 0 && canary->answer != POSTURE_NOT_LOOKED))
        return;
    struct blind_spot *spot = add(f, BLIND_CANARY, NULL);
    const bool is_named = from->host_id.len > 0 || from->row.host.len > 0;
    spot->id = proof_name_of(canary);
    spot->name = from->host_name;
    tell_canary(f, canary, spot);
    const str where = canary->is.count > 1    ? ambiguity_of(f, &canary->is)
                      : canary->is.count == 1 ? STR("the asset was retired")
                      : is_named              ? STR("no asset is known by this name")
                                              : STR("nobody knows on which Mac it was");
    spot->reason = arena_printf(f->arena, "%.*s; %.*s", STR_ARG(spot->reason), STR_ARG(where));
}

static str silence_of(struct finding_out *f, const struct posture_asset *asset)
{
    const int64_t hours = (f->posture->newest_ns - asset->last_ns) / NS_PER_HOUR;
    return arena_printf(
        f->arena, "nothing came of it for %" PRId64 " d %" PRId64 " h, while other Macs went on",
        hours / 24, hours % 24);
}

static void look_at_permissions(struct finding_out *f, const struct posture_asset *asset)
{
    const bool no_disk = asset->asset->full_disk_access == 0;
    const bool no_pppc = asset->asset->pppc == 0;
    if (!no_disk && !no_pppc)
        return;
    add(f, BLIND_PERMISSIONS, asset)->reason =
        no_disk && no_pppc ? STR("no Full Disk Access, and the PPPC profile is not granted")
        : no_disk          ? STR("no Full Disk Access: the sensor may not start, or not see all")
                           : STR("the PPPC profile is not granted");
}

static void look_at_signals(struct finding_out *f, const struct posture_asset *asset)
{
    enum signal worst = SIGNAL_COUNT;
    size_t count = 0;
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        if (!is_blind(s, &asset->signals[s]))
            continue;
        count++;
        if (worst == SIGNAL_COUNT || asset->signals[s].state > asset->signals[worst].state)
            worst = s;
    }
    if (count == 0)
        return;
    struct buf b;
    struct blind_spot *spot = add(f, BLIND_DEGRADED, asset);
    buf_init(&b, REASON_MAX);
    tell_signals(&b, asset, worst, count);
    spot->check = asset->signals[worst].check;
    spot->since_ns = asset->signals[worst].since_ns;
    spot->reason = arena_str(f->arena, buf_str(&b));
    buf_done(&b);
}

// What is rare a Mac may do without; what the sensor cannot show is no fault of the Mac; of a canary that is not
// answered a blind spot of its own tells.
static bool is_blind(enum signal s, const struct kept_signal *signal)
{
    if (signal->is_unanswered)
        return false;
    return signal->state == COVERAGE_DEGRADED || signal->state == COVERAGE_BLIND_IN_PART ||
           (signal->state == COVERAGE_SILENT && signal_traits[s].kind != SIGNAL_RARE);
}

// The worst with its reason, then names of others.
static void tell_signals(struct buf *b, const struct posture_asset *asset, enum signal worst,
                         size_t count)
{
    const struct kept_signal *signal = &asset->signals[worst];
    const str state = coverage_state_name(signal->state);
    const str reason =
        str_to(signal->reason.len > 0 ? signal->reason : signal->figure, REASON_MAX / 2);
    buf_printf(b, "%.*s is %.*s: %.*s", STR_ARG(signal_traits[worst].name), STR_ARG(state),
               STR_ARG(reason));
    size_t told = 0;
    for (enum signal s = 0; s < SIGNAL_COUNT && told < SIGNALS_TOLD; s++) {
        if (s == worst || !is_blind(s, &asset->signals[s]))
            continue;
        const str also = coverage_state_name(asset->signals[s].state);
        buf_printf(b, "%s%.*s is %.*s", told == 0 ? "; also " : ", ",
                   STR_ARG(signal_traits[s].name), STR_ARG(also));
        told++;
    }
    if (count > told + 1)
        buf_printf(b, " and %zu more", count - told - 1);
}

static struct blind_spot *add(struct finding_out *f, enum blind_kind kind,
                              const struct posture_asset *asset)
{
    struct blind_list *out = f->out;
    if (out->count == f->room) {
        f->room = f->room == 0 ? 64 : 2 * f->room;
        out->at = memory_resize(out->at, f->room * sizeof *out->at);
    }
    struct blind_spot *spot = &out->at[out->count++];
    *spot = (struct blind_spot){ .kind = kind, .asset = asset };
    if (asset != NULL) {
        spot->id = asset->asset->id;
        spot->name = asset->asset->host_name;
    }
    out->kinds[kind]++;
    return spot;
}

static size_t role_rank(const struct blind_spot *spot)
{
    size_t rank = 0;
    while (rank < COUNT_OF(roles) && !str_eq_nocase(spot->asset->asset->role, roles[rank]))
        rank++;
    return rank;
}

bool blind_is_marked(const struct blind_spot *spot)
{
    return spot->asset != NULL && (str_eq_nocase(spot->asset->asset->role, STR("executive")) ||
                                   str_eq_nocase(spot->asset->asset->role, STR("developer")));
}

static int most_critical_first(const void *a, const void *b)
{
    const struct blind_spot *one = a;
    const struct blind_spot *other = b;
    if ((one->asset == NULL) != (other->asset == NULL))
        return one->asset == NULL ? -1 : 1;
    if (one->asset != NULL) {
        const int64_t criticality = one->asset->asset->criticality;
        const int64_t others = other->asset->asset->criticality;
        if (criticality != others)
            return criticality > others ? -1 : 1;
        const size_t rank = role_rank(one);
        if (rank != role_rank(other))
            return rank < role_rank(other) ? -1 : 1;
    }
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    return str_cmp(one->id, other->id);
}
