#include "fidelity/judge.h"

#include "base/buf.h"

#include <inttypes.h>

#define SENSORS_TEXT_MAX 1024u

static const str state_names[COVERAGE_STATE_COUNT] = {
    [COVERAGE_PROVED] = STR_INIT("proved"),
    [COVERAGE_SEEN] = STR_INIT("seen"),
    [COVERAGE_DEGRADED] = STR_INIT("degraded"),
    [COVERAGE_BLIND_IN_PART] = STR_INIT("blind in part"),
    [COVERAGE_SILENT] = STR_INIT("silent"),
    [COVERAGE_NEVER_SEEN] = STR_INIT("never seen"),
    [COVERAGE_IMPOSSIBLE] = STR_INIT("impossible"),
};

static const str grade_names[COVERAGE_GRADE_COUNT] = {
    [COVERAGE_PASSES] = STR_INIT("passes"),
    [COVERAGE_MIDDLE] = STR_INIT("degraded"),
    [COVERAGE_FAILS] = STR_INIT("fails"),
    [COVERAGE_UNTOLD] = STR_INIT("not told"),
};

static const str sight_names[COVERAGE_SIGHT_COUNT] = {
    [COVERAGE_SEES] = STR_INIT("can see"),
    [COVERAGE_SEES_BADLY] = STR_INIT("degraded"),
    [COVERAGE_BLIND] = STR_INIT("blind"),
};

static const str limits[] = {
    STR_INIT("anonymous and MAP_JIT mappings: no event of any sensor has them"),
    STR_INIT("Mach VM calls (mach_vm_allocate, _protect, _write, _map, _remap, vm_copy)"),
    STR_INIT("threads taken over by thread_set_state"),
    STR_INIT("task ports that came in a message"),
    STR_INIT("what memory holds"),
    STR_INIT("which library of the dyld shared cache was loaded"),
    STR_INIT("the source of AppleScript and JavaScript for Automation"),
    STR_INIT("whether mprotect was allowed: events tell of the attempt"),
    STR_INIT("a trojanised library of the same team: no check of a signature tells it"),
};

static const str unasked[] = {
    STR_INIT("T02 canary of exec"),
    STR_INIT("T03 canary of library load"),
    STR_INIT("T04 canary of mprotect"),
    STR_INIT("T16 what the sensor subscribed to"),
    STR_INIT("T17 what it mutes"),
    STR_INIT("T18 its permissions"),
    STR_INIT("T19 notifications against authorizations"),
    STR_INIT("T20 SIP, boot arguments, build"),
    STR_INIT("T21 management"),
    STR_INIT("T24 the unified log's own losses"),
};

static void name_sensors(struct judging *j);
static uint32_t badness_of(const struct coverage_host *host);
static enum coverage_sight sight_of_event(enum coverage_state state, enum signal signal);
static enum coverage_sight sight_of_fact(enum coverage_state state, enum signal fact);
static void worsen(struct coverage_rule *rule, enum coverage_sight sight, enum signal blame);
static enum signal best_of(const struct coverage_host *host, uint32_t any_of);

str coverage_state_name(enum coverage_state state)
{
    return state_names[state];
}

str coverage_grade_name(enum coverage_grade grade)
{
    return grade_names[grade];
}

str coverage_sight_name(enum coverage_sight sight)
{
    return sight_names[sight];
}

str coverage_limit(size_t i)
{
    return i < COUNT_OF(limits) ? limits[i] : STR_EMPTY;
}

str coverage_unasked(size_t i)
{
    return i < COUNT_OF(unasked) ? unasked[i] : STR_EMPTY;
}

const struct fidelity_options *coverage_options(const struct fidelity *f)
{
    return &f->options;
}

uint64_t coverage_dropped(const struct fidelity *f, size_t reason)
{
    return reason < FIDELITY_DROPS_MAX ? f->drops[reason] : 0;
}

uint64_t coverage_events(const struct fidelity *f)
{
    return f->events;
}

bool coverage_window(const struct fidelity *f, int64_t *first_ns, int64_t *last_ns)
{
    *first_ns = f->span.first_ns;
    *last_ns = f->span.last_ns;
    return f->events > 0;
}

static uint64_t dropped_of(const struct fidelity *f, const struct host_row *row, bool is_loss)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < FIDELITY_DROPS_MAX; i++) {
        const bool loses = i >= f->options.drop_count || f->options.drops[i].is_loss;
        if (loses || !is_loss)
            sum += row->drops[i];
    }
    return sum;
}

bool coverage_has_host(const struct fidelity *f, uint32_t host)
{
    const struct host_row *row = fidelity_host(f, host);
    return row != NULL && (row->events > 0 || dropped_of(f, row, true) > 0);
}

uint32_t coverage_host_count(const struct fidelity *f)
{
    return f->host_count;
}

void coverage_judge(const struct fidelity *f, uint32_t host, struct arena *arena,
                    struct coverage_host *out)
{
    const struct host_row *row = fidelity_host(f, host);
    const struct hosts *hosts = f->options.hosts;
    const bool is_known = host < hosts->count;
    *out = (struct coverage_host){
        .host = host,
        .id = is_known ? hosts->at[host].id : STR_EMPTY,
        .name = is_known ? hosts->at[host].name : STR_EMPTY,
        .events = row->events,
        .dropped = dropped_of(f, row, false),
        .lost = dropped_of(f, row, true),
    };
    struct judging j = { .fidelity = f, .row = row, .arena = arena, .out = out, .lost = out->lost };
    name_sensors(&j);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if (signal_traits[i].kind != SIGNAL_FACT)
            judge_signal(&j, (enum signal)i);
    for (size_t i = 0; i < judge_fact_count; i++)
        judge_fact(&j, &judge_facts[i]);
    judge_checks(&j);
    out->badness = badness_of(out);
}

static void name_sensors(struct judging *j)
{
    struct buf b;
    buf_init(&b, SENSORS_TEXT_MAX);
    for (size_t i = 0; i < j->row->sensor_count; i++) {
        const uint32_t sensor = j->row->sensors[i].sensor;
        buf_add(&b, b.len > 0 ? STR(", ") : STR_EMPTY);
        buf_add(&b, sensor < j->fidelity->options.sensor_count
                        ? j->fidelity->options.sensors[sensor]
                        : STR("a sensor without a name"));
    }
    j->out->sensors = arena_str(j->arena, buf_str(&b));
    buf_done(&b);
}

// What every Mac should show counts for more than what it may do without.
static uint32_t badness_of(const struct coverage_host *host)
{
    static const uint32_t weights[COVERAGE_STATE_COUNT] = {
        [COVERAGE_DEGRADED] = 1,   [COVERAGE_BLIND_IN_PART] = 3, [COVERAGE_SILENT] = 5,
        [COVERAGE_NEVER_SEEN] = 4, [COVERAGE_IMPOSSIBLE] = 4,
    };
    uint32_t sum = host->events == 0 ? 1000 : 0;
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if (signal_traits[i].kind != SIGNAL_RARE)
            sum += weights[host->signals[i].state];
    return sum;
}

struct coverage_rule coverage_judge_rule(const struct coverage_host *host,
                                         const struct fidelity_rule *rule, struct arena *arena)
{
    struct coverage_rule out = { .sight = COVERAGE_SEES, .blame = SIGNAL_COUNT };
    for (size_t i = 0; i < rule->need_count; i++) {
        const struct signal_need *need = &rule->needs[i];
        if (need->is_guard)
            continue;  // Without it the rule is completed all the same.
        const enum signal best = best_of(host, need->any_of);
        if (best != SIGNAL_COUNT)
            worsen(&out, sight_of_event(host->signals[best].state, best), best);
        for (size_t s = 0; s < SIGNAL_COUNT; s++)
            if ((need->facts & SIGNAL_BIT(s)) != 0)
                worsen(&out, sight_of_fact(host->signals[s].state, (enum signal)s), (enum signal)s);
    }
    if (out.blame == SIGNAL_COUNT)
        return out;
    const struct coverage_signal *blame = &host->signals[out.blame];
    const str state = state_names[blame->state];
    const str name = signal_traits[out.blame].name;
    out.reason = arena_printf(arena, "%.*s is %.*s: %.*s", STR_ARG(name), STR_ARG(state),
                              STR_ARG(blame->reason));
    return out;
}

// A stage that is asked of several kinds of events sees with any of them.
static enum signal best_of(const struct coverage_host *host, uint32_t any_of)
{
    enum signal best = SIGNAL_COUNT;
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        if ((any_of & SIGNAL_BIT(s)) == 0)
            continue;
        if (best == SIGNAL_COUNT || host->signals[s].state < host->signals[best].state)
            best = (enum signal)s;
    }
    return best;
}

// That nothing of what is rare came may be as it should be: only a canary would tell.
static enum coverage_sight sight_of_event(enum coverage_state state, enum signal signal)
{
    if (state <= COVERAGE_SEEN)
        return COVERAGE_SEES;
    if (state <= COVERAGE_BLIND_IN_PART)
        return COVERAGE_SEES_BADLY;
    return state == COVERAGE_SILENT && signal_traits[signal].kind == SIGNAL_RARE
               ? COVERAGE_SEES_BADLY
               : COVERAGE_BLIND;
}

// A fact that we find ourselves is `unknown` where it is not found, and rules let that pass.
static enum coverage_sight sight_of_fact(enum coverage_state state, enum signal fact)
{
    const bool is_derived = fact == SIGNAL_LINKAGE || fact == SIGNAL_LIBRARY_IDENTITY;
    if (state <= COVERAGE_SEEN)
        return COVERAGE_SEES;
    return state <= COVERAGE_BLIND_IN_PART || is_derived ? COVERAGE_SEES_BADLY : COVERAGE_BLIND;
}

static void worsen(struct coverage_rule *rule, enum coverage_sight sight, enum signal blame)
{
    if (sight <= rule->sight)
        return;
    rule->sight = sight;
    rule->blame = blame;
}
