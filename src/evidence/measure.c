#include "evidence/measure.h"

#include <stdlib.h>

struct telling {
    struct evidence_measure *m;
    size_t host;  // The last that was looked for.
    str missed;   // One that is not among them.
};

static void go_back(struct evidence_measure *m);
static void take_span(void *context, const struct coverage_span *span);
static struct kept_host *host_of(struct telling *t, str id);
static void list_macs(struct evidence_measure *m);
static void host_signals(const struct evidence_mac *mac, struct coverage_host *out);

enum status evidence_measure_read(struct db *db, int64_t at_ns, struct evidence_measure *out,
                                  struct err *err)
{
    *out = (struct evidence_measure){ .at_ns = at_ns };
    struct telling t = { .m = out };
    enum status status = kept_read(db, &out->kept, err);
    if (status != OK)
        return status;
    go_back(out);
    status = coverage_spans(db, take_span, &t, err);
    if (status != OK)
        return status;
    posture_join(&out->kept, POSTURE_SILENT_AFTER_NS, &out->posture);
    out->oldest_ns = out->posture.oldest_ns;
    out->newest_ns = out->posture.newest_ns;
    if (at_ns == 0)
        out->at_ns = out->newest_ns;
    list_macs(out);
    return OK;
}

void evidence_measure_done(struct evidence_measure *m)
{
    free(m->macs);
    posture_done(&m->posture);
    kept_done(&m->kept);
    *m = (struct evidence_measure){ 0 };
}

// What came later is forgotten.
static void go_back(struct evidence_measure *m)
{
    struct kept *k = &m->kept;
    size_t count = 0;
    for (size_t i = 0; i < k->host_count && m->at_ns != 0; i++) {
        struct kept_host *host = &k->hosts[i];
        if (host->row.first_ns >= m->at_ns)
            continue;
        if (host->row.last_ns > m->at_ns)
            host->row.last_ns = m->at_ns;
        for (size_t s = 0; s < SIGNAL_COUNT; s++)
            host->signals[s] = (struct kept_signal){ .state = COVERAGE_NEVER_SEEN,
                                                     .reason = STR("nothing was told of it") };
        k->hosts[count++] = *host;
    }
    k->host_count = m->at_ns != 0 ? count : k->host_count;
}

// Those of a signal come in order of time: the last one before the moment is how it was then.
static void take_span(void *context, const struct coverage_span *span)
{
    struct telling *t = context;
    struct evidence_measure *m = t->m;
    const enum signal s = signal_of(span->signal);
    const bool is_known =
        s != SIGNAL_COUNT && span->state >= 0 && span->state < COVERAGE_STATE_COUNT;
    struct kept_host *host = host_of(t, span->host_id);
    if (!is_known || host == NULL || (m->at_ns != 0 && span->from_ns >= m->at_ns))
        return;
    if (span->state <= COVERAGE_BLIND_IN_PART &&
        (m->first_ns[s] == 0 || span->from_ns < m->first_ns[s]))
        m->first_ns[s] = span->from_ns;
    if (m->at_ns == 0)
        return;  // It was read so already.
    host->signals[s] = (struct kept_signal){
        .state = (enum coverage_state)span->state,
        .since_ns = span->from_ns,
        .check = arena_str(&m->kept.arena, span->check),
        .figure = arena_str(&m->kept.arena, span->figure),
        .reason = arena_str(&m->kept.arena, span->reason),
    };
}

// Both lists come in one order, so that what is looked for is at hand or comes next.
static struct kept_host *host_of(struct telling *t, str id)
{
    const struct kept *k = &t->m->kept;
    size_t at = t->host;
    if (t->missed.len > 0 && str_eq(t->missed, id))
        return NULL;
    while (at < k->host_count && !str_eq(k->hosts[at].row.id, id))
        at++;
    if (at == k->host_count) {
        t->missed = arena_str(&t->m->kept.arena, id);
        return NULL;
    }
    t->host = at;
    return &k->hosts[at];
}

static void list_macs(struct evidence_measure *m)
{
    const struct posture *p = &m->posture;
    m->of_assets = p->asset_count > 0;
    m->macs = memory_zeroed(p->asset_count + p->host_count + 1, sizeof *m->macs);
    for (size_t i = 0; i < p->asset_count; i++) {
        const struct posture_asset *asset = &p->assets[i];
        if (asset->asset->sensor_expected == 0)
            continue;
        m->macs[m->mac_count++] = (struct evidence_mac){ .signals = asset->signals,
                                                         .last_ns = asset->last_ns,
                                                         .is_silent = asset->is_silent };
    }
    for (size_t i = 0; i < p->host_count && !m->of_assets; i++) {
        const struct kept_host *host = p->hosts[i].host;
        m->macs[m->mac_count++] = (struct evidence_mac){
            .signals = host->signals,
            .last_ns = host->row.last_ns,
            .is_silent = host->row.last_ns < p->newest_ns - p->silent_after_ns,
        };
    }
}

void evidence_measure_sight(const struct evidence_measure *m, const struct fidelity_rule *rules,
                            const struct evidence_sight_set *sets, size_t set_count,
                            struct evidence_sight *out)
{
    struct arena arena = { 0 };
    memset(out, 0, set_count * sizeof *out);
    for (size_t i = 0; i < m->mac_count; i++) {
        struct coverage_host host;
        host_signals(&m->macs[i], &host);
        for (size_t k = 0; k < set_count; k++) {
            enum coverage_sight best = COVERAGE_BLIND;
            for (size_t r = 0; r < sets[k].count && best != COVERAGE_SEES; r++) {
                const enum coverage_sight sight =
                    coverage_judge_rule(&host, &rules[sets[k].rules[r]], &arena).sight;
                best = sight < best ? sight : best;
            }
            out[k].macs[best]++;
        }
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static void host_signals(const struct evidence_mac *mac, struct coverage_host *out)
{
    *out = (struct coverage_host){ .id = STR_EMPTY };
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        const enum coverage_state state = mac->signals[s].state;
        out->signals[s].state = mac->is_silent && state < COVERAGE_SILENT ? COVERAGE_SILENT : state;
    }
}
