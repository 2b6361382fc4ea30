#include "fidelity/judge.h"

#include "base/buf.h"

#include <inttypes.h>

#define NS_PER_SECOND UINT64_C(1000000000)

const struct fact_band judge_facts[] = {
    { SIGNAL_LINKAGE, STR_INIT("T22"), 97, 90, true },
    { SIGNAL_LIBRARY_IDENTITY, STR_INIT("T23"), 95, 90, true },
    { SIGNAL_PARENT, STR_INIT("T06"), 98, 90, true },
    { SIGNAL_CDHASH, STR_INIT("T07"), 99, 90, false },
    { SIGNAL_ARGUMENTS, STR_INIT("T09"), 99, 90, false },
    { SIGNAL_ENVIRONMENT, STR_INIT("T08"), 95, 1, false },
    { SIGNAL_SIGNATURE, STR_INIT("T07"), 99, 90, false },
};
const size_t judge_fact_count = COUNT_OF(judge_facts);

// Which check fails where nothing of a signal comes.
static const str absence_checks[SIGNAL_COUNT] = {
    [SIGNAL_EXEC] = STR_INIT("T01"),
    [SIGNAL_LINEAGE] = STR_INIT("T05"),
    [SIGNAL_EXIT] = STR_INIT("T05"),
    [SIGNAL_LIBRARY_LOAD] = STR_INIT("T03"),
    [SIGNAL_MEMORY_MAP] = STR_INIT("T03"),
    [SIGNAL_MEMORY_PROTECTION] = STR_INIT("T04"),
    [SIGNAL_CODE_SIGNING_LOG] = STR_INIT("T24"),
};

static struct coverage_signal judge_row(struct judging *j, const struct sensor_row *row,
                                        enum signal signal);
static void judge_losses(struct judging *j, const struct sensor_row *row,
                         const struct signal_count *count, struct coverage_signal *out);
static void judge_loss(struct judging *j, uint64_t missed, uint64_t whole, const char *what,
                       str check, struct coverage_signal *out);
static void judge_end(struct judging *j, const struct sensor_row *row, enum signal signal,
                      struct coverage_signal *out);
static void judge_profile(struct judging *j, const struct sensor_row *row, enum signal signal,
                          struct coverage_signal *out);
static struct coverage_signal judge_absence(struct judging *j, const struct sensor_row *row,
                                            enum signal signal);
static void judge_untold(struct judging *j, const struct fact_band *band,
                         struct coverage_signal *out);
static str absence_check(enum signal signal);

void judge_signal(struct judging *j, enum signal signal)
{
    struct coverage_signal *out = &j->out->signals[signal];
    *out = (struct coverage_signal){ .state = COVERAGE_NEVER_SEEN,
                                     .figure = STR("no events"),
                                     .reason = STR("no event came") };
    uint64_t events = 0;
    for (size_t i = 0; i < j->row->sensor_count; i++) {
        const struct coverage_signal of_row = judge_row(j, &j->row->sensors[i], signal);
        events += of_row.events;
        if (i == 0 || of_row.state < out->state)
            *out = of_row;
    }
    out->events = events;  // Of all sensors; the rest is of the one that shows it best.
}

static struct coverage_signal judge_row(struct judging *j, const struct sensor_row *row,
                                        enum signal signal)
{
    const struct signal_count *count = fidelity_count(row, signal);
    if (count == NULL || count->events == 0)
        return judge_absence(j, row, signal);
    struct coverage_signal out = {
        .state = COVERAGE_SEEN,
        .events = count->events,
        .merged = count->merged,
        .minute_max = count->minute_max,
        .first_ns = count->span.first_ns,
        .last_ns = count->span.last_ns,
        .silence_ns = count->span.silence_ns,
    };
    judge_losses(j, row, count, &out);
    judge_profile(j, row, signal, &out);
    judge_end(j, row, signal, &out);
    str events = judge_count(j->arena, count->events, "event", "events");
    if (count->merged > 0)
        events = arena_printf(j->arena, "%.*s and %" PRIu64 " like them", STR_ARG(events),
                              count->merged);
    const char *losses = out.losses_told ? ", none lost" : "";
    if (out.missed > 0)
        out.figure = arena_printf(j->arena, "%.*s, %" PRIu64 "%s lost", STR_ARG(events), out.missed,
                                  str_eq(out.check, STR("T10")) ? "" : " records of any kind");
    else
        out.figure = arena_printf(j->arena, "%.*s%s", STR_ARG(events), losses);
    return out;
}

// A sensor that numbers each kind of record says what was lost of this one; one that numbers all
// together only that something was, which may have been of any kind. Where nothing is numbered,
// damaged records are all that is known to be lost.
static void judge_losses(struct judging *j, const struct sensor_row *row,
                         const struct signal_count *count, struct coverage_signal *out)
{
    const struct fidelity_stream *stream = &row->stream;
    out->reason = STR("events came");
    if (row->has_stream && row->is_numbered_by_kind && count->numbered > 0) {
        out->losses_told = true;
        judge_loss(j, count->missed, count->numbered + count->missed, "of its records", STR("T10"),
                   out);
    } else if (row->has_stream && (row->is_numbered || stream->missed > 0)) {
        // What is known to be of other kinds is not of this one.
        const uint64_t others =
            row->kinds_missed < stream->missed ? row->kinds_missed : stream->missed;
        const uint64_t missed = stream->missed - others;
        out->losses_told = true;
        judge_loss(j, missed, stream->in + missed, "of the sensor's records, of whatever kind,",
                   STR("T11"), out);
    } else {
        out->reason =
            STR("events came; how many were lost is not told: the records have no numbers");
        judge_loss(j, j->lost, row->events + j->lost, "of the records were damaged", STR("T09"),
                   out);
    }
}

static void judge_loss(struct judging *j, uint64_t missed, uint64_t whole, const char *what,
                       str check, struct coverage_signal *out)
{
    if (missed == 0)
        return;
    const str share = judge_share(j->arena, missed, whole);
    out->missed = missed;
    out->check = check;
    out->state =
        judge_exceeds(missed, whole, LOSS_PER_MILLE) ? COVERAGE_BLIND_IN_PART : COVERAGE_DEGRADED;
    out->reason = arena_printf(j->arena, "%.*s %s%s", STR_ARG(share), what,
                               str_eq(check, STR("T09")) ? "" : " were lost");
}

static void judge_profile(struct judging *j, const struct sensor_row *row, enum signal signal,
                          struct coverage_signal *out)
{
    const struct sensor_profile *profile = j->fidelity->profiles[row->sensor];
    if (profile == NULL || out->state != COVERAGE_SEEN)
        return;
    const struct sensor_entry *entry = &profile->signals[signal];
    if (entry->shows == SENSOR_NOT) {
        out->reason = STR("events came, though the sensor's profile says that it cannot show it");
    } else if (entry->shows == SENSOR_PARTLY) {
        out->state = COVERAGE_DEGRADED;
        out->check = STR("T26");
        out->reason =
            arena_printf(j->arena, "the sensor shows it in part only: %.*s", STR_ARG(entry->how));
    }
}

// Nothing came for longer than ten minutes and twice the longest silence before, while the Mac, or
// where the Mac is silent itself, others went on.
static void judge_end(struct judging *j, const struct sensor_row *row, enum signal signal,
                      struct coverage_signal *out)
{
    if (signal_traits[signal].kind != SIGNAL_STEADY)
        return;
    const struct span *all = &j->fidelity->span;
    const uint64_t host = (uint64_t)all->last_ns - (uint64_t)row->span.last_ns;
    const uint64_t own = (uint64_t)all->last_ns - (uint64_t)out->last_ns;
    const uint64_t usual = 2 * out->silence_ns;
    if (own <= (uint64_t)SILENCE_NS || own <= usual)
        return;
    const str span = judge_span(j->arena, own);
    out->state = COVERAGE_SILENT;
    out->check = STR("T13");
    out->reason = arena_printf(j->arena, "nothing of it came in the last %.*s%s", STR_ARG(span),
                               host > (uint64_t)SILENCE_NS ? ": the whole sensor is silent" : "");
}

static struct coverage_signal judge_absence(struct judging *j, const struct sensor_row *row,
                                            enum signal signal)
{
    const struct sensor_profile *profile = j->fidelity->profiles[row->sensor];
    const struct sensor_entry *entry = profile == NULL ? NULL : &profile->signals[signal];
    const enum sensor_shows shows = entry == NULL ? SENSOR_UNKNOWN : entry->shows;
    const str sensor = row->sensor < j->fidelity->options.sensor_count
                           ? j->fidelity->options.sensors[row->sensor]
                           : STR("the sensor");
    struct coverage_signal out = { .figure = STR("no events"), .check = absence_check(signal) };
    if (shows == SENSOR_NOT) {
        out.state = COVERAGE_IMPOSSIBLE;
        out.check = STR_EMPTY;  // Nothing fails that could do otherwise.
        out.reason = arena_printf(j->arena, "%.*s cannot show it%s%.*s", STR_ARG(sensor),
                                  entry->how.len > 0 ? ": " : "", STR_ARG(entry->how));
    } else if (shows == SENSOR_UNKNOWN) {
        out.state = COVERAGE_NEVER_SEEN;
        out.reason = arena_printf(j->arena, "no event came; whether %.*s shows it is not known",
                                  STR_ARG(sensor));
    } else {
        out.state = COVERAGE_SILENT;
        out.reason =
            arena_printf(j->arena, "no event came, though %.*s can show it%s", STR_ARG(sensor),
                         signal_traits[signal].kind == SIGNAL_RARE
                             ? "; a Mac may do without for days, only a canary would tell"
                             : "");
    }
    const struct signal_count *count = fidelity_count(row, signal);
    if (count != NULL && count->missed > 0) {
        out.missed = count->missed;
        out.losses_told = true;
        out.check = STR("T10");
    }
    return out;
}

static str absence_check(enum signal signal)
{
    return absence_checks[signal].len > 0 ? absence_checks[signal] : STR("T16");
}

void judge_fact(struct judging *j, const struct fact_band *band)
{
    struct coverage_signal *out = &j->out->signals[band->fact];
    *out = (struct coverage_signal){ .check = band->check };
    struct fact_count settled = { 0 };
    for (size_t i = 0; i < j->row->sensor_count; i++) {
        const struct sensor_row *row = &j->row->sensors[i];
        const struct fact_count fact = fidelity_fact(row, band->fact);
        out->asked += fact.asked;
        out->told += fact.told;
        settled.asked += row->settled_parents.asked;
        settled.told += row->settled_parents.told;
    }
    // Of the first minute, most parents had started before the telemetry did.
    const bool is_settled = band->fact == SIGNAL_PARENT && settled.asked > 0;
    if (is_settled) {
        out->asked = settled.asked;
        out->told = settled.told;
    }
    const char *of =
        band->fact == SIGNAL_LIBRARY_IDENTITY ? "mapped libraries" : "programs started";
    if (out->told == 0 && (!band->is_derived || out->asked == 0)) {
        judge_untold(j, band, out);
        return;
    }
    const str share = judge_share(j->arena, out->told, out->asked);
    out->figure = arena_printf(j->arena, "%.*s of %" PRIu64 " %s", STR_ARG(share), out->asked, of);
    const uint64_t untold = out->asked - out->told;
    const bool passes = !judge_exceeds(untold, out->asked, 10 * (100 - band->pass));
    const bool fails = judge_exceeds(untold, out->asked, 10 * (100 - band->fail));
    out->state = passes ? COVERAGE_SEEN : fails ? COVERAGE_BLIND_IN_PART : COVERAGE_DEGRADED;
    if (passes)
        out->check = STR_EMPTY;
    out->reason = arena_printf(j->arena, "told for %.*s%s; %u %% or more is sound", STR_ARG(share),
                               is_settled ? " after the first minute" : "", band->pass);
}

static void judge_untold(struct judging *j, const struct fact_band *band,
                         struct coverage_signal *out)
{
    const bool is_asked = out->asked > 0;
    out->figure = is_asked ? judge_count(j->arena, out->asked, "event, none tells it",
                                         "events, none tells it")
                           : STR("no events");
    enum sensor_shows best = SENSOR_NOT;
    bool any_unknown = j->row->sensor_count == 0;
    for (size_t i = 0; i < j->row->sensor_count; i++) {
        const enum sensor_shows shows =
            fidelity_shows(j->fidelity, &j->row->sensors[i], band->fact);
        any_unknown |= shows == SENSOR_UNKNOWN;
        if (shows == SENSOR_SHOWN || shows == SENSOR_PARTLY)
            best = shows;
    }
    if (!is_asked) {
        out->state = COVERAGE_NEVER_SEEN;
        out->reason = STR("no event came that could tell it");
    } else if (best != SENSOR_NOT) {
        out->state = COVERAGE_SILENT;
        out->reason = STR("no event tells it, though the sensor can");
    } else if (any_unknown) {
        out->state = COVERAGE_NEVER_SEEN;
        out->reason = STR("no event tells it; whether the sensor can is not known");
    } else {
        out->state = COVERAGE_IMPOSSIBLE;
        out->reason = STR("the sensor does not tell it");
    }
}

bool judge_exceeds(uint64_t part, uint64_t whole, unsigned per_mille)
{
    // Counts stay far below what a thousandfold overflows but where they are hostile.
    if (part > UINT64_MAX / 1000 || whole > UINT64_MAX / 1000)
        return part / 1000 * 1000 > whole / 1000 * per_mille;
    return part * 1000 > whole * per_mille;
}

// Never rounded to what it is not: 99.96 % is not 100 %, nor is one of a million 0 %.
str judge_share(struct arena *arena, uint64_t part, uint64_t whole)
{
    if (whole == 0 || part == 0)
        return STR("0 %");
    if (part >= whole)
        return STR("100 %");
    const double percent = 100.0 * (double)part / (double)whole;
    if (percent < 0.01)
        return STR("less than 0.01 %");
    if (percent > 99.99)
        return STR("more than 99.99 %");
    return arena_printf(arena, percent < 1 || percent > 99 ? "%.2f %%" : "%.1f %%", percent);
}

str judge_span(struct arena *arena, uint64_t ns)
{
    const uint64_t seconds = ns / NS_PER_SECOND;
    if (seconds < 120)
        return arena_printf(arena, "%" PRIu64 ".%" PRIu64 " s", seconds,
                            ns % NS_PER_SECOND / (NS_PER_SECOND / 10));
    if (seconds < 7200)
        return arena_printf(arena, "%" PRIu64 " min", seconds / 60);
    if (seconds < 172800)
        return arena_printf(arena, "%" PRIu64 " h", seconds / 3600);
    return arena_printf(arena, "%" PRIu64 " days", seconds / 86400);
}

str judge_count(struct arena *arena, uint64_t n, const char *one, const char *many)
{
    return arena_printf(arena, "%" PRIu64 " %s", n, n == 1 ? one : many);
}
