#include "coverage/proof.h"

#include "base/buf.h"
#include "sink/json.h"

#include <inttypes.h>
#include <stdlib.h>

#define NS_PER_HOUR INT64_C(3600000000000)
#define REASON_MAX  2048u

static const str answer_names[POSTURE_ANSWER_COUNT] = {
    [POSTURE_CAME_BACK] = STR_INIT("came back"),
    [POSTURE_IN_PART] = STR_INIT("came back in part"),
    [POSTURE_DID_NOT_COME] = STR_INIT("did not come back"),
    [POSTURE_NOT_LOOKED] = STR_INIT("not looked for"),
    [POSTURE_WAITING] = STR_INIT("waiting"),
};

// Of one signal of an asset, as canaries follow each other in time.
struct track {
    const struct posture_canary *proved;  // The last one that did,
    const struct kept_proof *proof;
    int64_t since_ns;
    const struct posture_canary
        *missed;  // and the last one that did not; NULL where one came back after it.
};

static int64_t time_now(const struct kept *k, const struct posture *p);
static void judge(const struct identify *names, const uint32_t *places, int64_t now_ns,
                  const struct kept_canary *from, struct posture *p);
static struct identify_result identify(const struct identify *names, const struct kept_canary *c);
static enum posture_answer answer_of(const struct kept *k, int64_t now_ns,
                                     const struct kept_canary *c);
static int by_asset(const void *a, const void *b);
static bool is_same(const struct posture_canary *one, const struct posture_canary *other);
static void lay_over_asset(struct posture *p, struct posture_canary *const *of, size_t count,
                           int64_t now_ns);
static void leave_out_impossible(struct posture_canary *c);
static void follow(const struct posture *p, const struct posture_canary *c, struct track *tracks);
static void apply(struct posture *p, struct posture_asset *asset, enum signal s,
                  const struct track *track, int64_t now_ns);
static bool holds(const struct kept_signal *signal, enum signal s, int64_t at_ns);
static str told_by(struct posture *p, const struct posture_canary *c, const char *what,
                   const struct kept_proof *proof);

str proof_answer_name(enum posture_answer answer)
{
    return answer_names[answer];
}

str proof_check_of(enum signal s)
{
    if (s == SIGNAL_LIBRARY_LOAD)
        return STR("T03");
    return s == SIGNAL_MEMORY_PROTECTION ? STR("T04") : STR("T02");
}

void proof_lay_over(const struct identify *names, const uint32_t *places, struct posture *p)
{
    const struct kept *k = p->kept;
    const int64_t now_ns = time_now(k, p);
    struct posture_canary **of = memory_zeroed(k->canary_count + 1, sizeof *of);
    p->canaries = memory_zeroed(k->canary_count + 1, sizeof *p->canaries);
    for (size_t i = 0; i < k->canary_count; i++)
        judge(names, places, now_ns, &k->canaries[i], p);
    for (size_t i = 0; i < p->canary_count; i++)
        of[i] = &p->canaries[i];
    qsort(of, p->canary_count, sizeof *of, by_asset);
    for (size_t i = 0, next = 0; i < p->canary_count; i = next) {
        while (next < p->canary_count && is_same(of[next], of[i]))
            next++;
        of[next - 1]->is_last = true;
        if (of[i]->asset != NULL)
            lay_over_asset(p, &of[i], next - i, now_ns);
    }
    free(of);
}

// Where nobody says what time it is, it is that of the last thing that is known.
static int64_t time_now(const struct kept *k, const struct posture *p)
{
    int64_t now_ns = k->now_ns != 0 ? k->now_ns : p->newest_ns;
    for (size_t i = 0; k->now_ns == 0 && i < k->canary_count; i++) {
        const struct kept_canary *c = &k->canaries[i];
        now_ns = c->at_ns > now_ns ? c->at_ns : now_ns;
        now_ns = c->row.looked_ns > now_ns ? c->row.looked_ns : now_ns;
    }
    return now_ns;
}

static void judge(const struct identify *names, const uint32_t *places, int64_t now_ns,
                  const struct kept_canary *from, struct posture *p)
{
    struct posture_canary *c = &p->canaries[p->canary_count++];
    *c = (struct posture_canary){ .canary = from,
                                  .is = identify(names, from),
                                  .answer = answer_of(p->kept, now_ns, from) };
    if (c->answer == POSTURE_IN_PART || c->answer == POSTURE_DID_NOT_COME)
        c->missing = from->row.acts & ~from->proved;
    const uint32_t place = c->is.count == 1 ? places[c->is.assets[0]] : UINT32_MAX;
    if (place != UINT32_MAX)
        c->asset = &p->assets[place];
    c->is_recent = now_ns - from->at_ns <= p->kept->proved_for_ns;
}

// By what telemetry calls the Mac; where that is no asset's name, by what it was called when it was emitted.
static struct identify_result identify(const struct identify *names, const struct kept_canary *c)
{
    const struct coverage_kept_host told = { .id = c->host_id, .name = c->host_name };
    const struct coverage_kept_host emitted = { .id = c->row.host, .name = c->row.host };
    const struct identify_result is = identify_host(names, &told);
    return is.count > 0 ? is : identify_host(names, &emitted);
}

// What was looked through has to end behind the canary, and somebody has to have looked, or the telemetry to end, when
// the time was over: before that the record may still have been on its way.
static enum posture_answer answer_of(const struct kept *k, int64_t now_ns,
                                     const struct kept_canary *c)
{
    const int64_t until_ns = c->at_ns + k->answer_within_ns;
    const bool is_looked = c->proof_count > 0 || c->row.looked_to_ns >= c->at_ns;
    if ((c->row.acts & ~c->proved) == 0)
        return POSTURE_CAME_BACK;
    if (is_looked && (c->row.looked_ns >= until_ns || c->row.looked_to_ns >= until_ns))
        return c->proof_count > 0 ? POSTURE_IN_PART : POSTURE_DID_NOT_COME;
    return now_ns >= until_ns ? POSTURE_NOT_LOOKED : POSTURE_WAITING;
}

// All lie in one array, in order of time. Those of no asset go by what their Mac is called.
static int by_asset(const void *a, const void *b)
{
    const struct posture_canary *one = *(const struct posture_canary *const *)a;
    const struct posture_canary *other = *(const struct posture_canary *const *)b;
    if (one->asset != other->asset)
        return one->asset < other->asset ? -1 : 1;
    const int order = one->asset != NULL ? 0 : str_cmp(proof_name_of(one), proof_name_of(other));
    if (order != 0)
        return order;
    return one < other ? -1 : one > other;
}

static bool is_same(const struct posture_canary *one, const struct posture_canary *other)
{
    return one->asset == other->asset &&
           (one->asset != NULL || str_eq(proof_name_of(one), proof_name_of(other)));
}

str proof_name_of(const struct posture_canary *c)
{
    const struct kept_canary *from = c->canary;
    if (from->host_id.len > 0)
        return from->host_id;
    return from->row.host.len > 0 ? from->row.host : from->row.nonce;
}

static void lay_over_asset(struct posture *p, struct posture_canary *const *of, size_t count,
                           int64_t now_ns)
{
    struct track tracks[SIGNAL_COUNT] = { 0 };
    struct posture_asset *asset = of[0]->asset;
    for (size_t i = 0; i < count; i++) {
        leave_out_impossible(of[i]);
        follow(p, of[i], tracks);
    }
    struct posture_canary *last = of[count - 1];
    if (last->answer == POSTURE_NOT_LOOKED && last->is_recent)
        asset->unanswered = last;
    for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
        const struct posture_canary *missed = tracks[s].missed;
        if (tracks[s].proof != NULL && tracks[s].proof->at_ns > asset->last_ns)
            asset->last_ns = tracks[s].proof->at_ns;
        if (missed != NULL && missed->is_recent &&
            (asset->unanswered == NULL || asset->unanswered->missing == 0 ||
             missed > asset->unanswered))
            asset->unanswered = missed;
    }
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        apply(p, asset, s, &tracks[s], now_ns);
}

// What no sensor of the Mac can show is not expected of it.
static void leave_out_impossible(struct posture_canary *c)
{
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        if (c->asset->signals[s].state == COVERAGE_IMPOSSIBLE)
            c->missing &= ~SIGNAL_BIT(s);
    if (c->missing == 0 && c->answer == POSTURE_IN_PART)
        c->answer = POSTURE_CAME_BACK;
}

static void follow(const struct posture *p, const struct posture_canary *c, struct track *tracks)
{
    const struct kept_canary *from = c->canary;
    for (enum signal s = 0; s < SIGNAL_COUNT; s++)
        if ((c->missing & SIGNAL_BIT(s)) != 0)
            tracks[s].missed = c;
    for (size_t i = 0; i < from->proof_count; i++) {
        const struct kept_proof *proof = &p->kept->proofs[from->proof + i];
        struct track *track = &tracks[proof->signal];
        const bool goes_on = track->proof != NULL && track->missed == NULL &&
                             proof->at_ns - track->proof->at_ns <= p->kept->proved_for_ns;
        track->since_ns = goes_on ? track->since_ns : proof->at_ns;
        track->proof = proof;
        track->proved = c;
        track->missed = NULL;
    }
}

static void apply(struct posture *p, struct posture_asset *asset, enum signal s,
                  const struct track *track, int64_t now_ns)
{
    struct kept_signal *signal = &asset->signals[s];
    if (track->missed != NULL && track->missed->is_recent) {
        if (signal->state == COVERAGE_SEEN)
            *signal = (struct kept_signal){
                .state = COVERAGE_BLIND_IN_PART,
                .is_unanswered = true,
                .since_ns = track->missed->canary->at_ns,
                .check = proof_check_of(s),
                .reason = told_by(p, track->missed, "its record did not come back", NULL),
            };
        return;
    }
    if (track->proof == NULL || now_ns - track->proof->at_ns > p->kept->proved_for_ns ||
        !holds(signal, s, track->proof->at_ns))
        return;
    *signal = (struct kept_signal){
        .state = COVERAGE_PROVED,
        .since_ns = track->since_ns,
        .reason = told_by(p, track->proved, "its record came back", track->proof),
    };
}

static bool holds(const struct kept_signal *signal, enum signal s, int64_t at_ns)
{
    switch (signal->state) {
    case COVERAGE_SEEN:
    case COVERAGE_NEVER_SEEN:
    case COVERAGE_IMPOSSIBLE:
        return true;
    case COVERAGE_SILENT:
        return signal_traits[s].kind == SIGNAL_RARE || at_ns > signal->since_ns;
    default:
        return false;
    }
}

static void add_canary(struct buf *b, const struct kept_canary *c)
{
    buf_printf(b, "canary %.*s of ", STR_ARG(c->row.nonce));
    sink_add_time(b, c->at_ns, ' ', 3);
}

static str told_by(struct posture *p, const struct posture_canary *c, const char *what,
                   const struct kept_proof *proof)
{
    struct buf b;
    buf_init(&b, REASON_MAX);
    add_canary(&b, c->canary);
    buf_printf(&b, ": %s", what);
    if (proof != NULL)
        buf_printf(&b, " by %.*s, %.*s", STR_ARG(str_to(proof->sensor, REASON_MAX / 8)),
                   STR_ARG(str_to(proof->evidence, REASON_MAX / 2)));
    const str text = arena_str(&p->arena, buf_str(&b));
    buf_done(&b);
    return text;
}

str proof_reason(const struct posture *p, const struct posture_canary *c, struct arena *arena)
{
    struct buf b;
    const int64_t hours = p->kept->answer_within_ns / NS_PER_HOUR;
    buf_init(&b, REASON_MAX);
    if (c->answer == POSTURE_NOT_LOOKED) {
        buf_add(&b, STR("nobody looked for "));
        add_canary(&b, c->canary);
        buf_add(&b, STR(" in telemetry that is old enough to have it"));
    } else {
        const char *separator = "";
        for (enum signal s = 0; s < SIGNAL_COUNT; s++) {
            if ((c->missing & SIGNAL_BIT(s)) == 0)
                continue;
            const str name = signal_traits[s].name;
            buf_printf(&b, "%s%.*s", separator, STR_ARG(name));
            separator = ", ";
        }
        buf_add(&b, STR(" of "));
        add_canary(&b, c->canary);
        buf_printf(&b, " did not come back within %" PRId64 " h", hours);
    }
    const str text = arena_str(arena, buf_str(&b));
    buf_done(&b);
    return text;
}
