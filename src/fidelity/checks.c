// The checks of a Mac's telemetry that telemetry alone can answer, by their ids.

#include "fidelity/judge.h"

#include <inttypes.h>

// Sums over the sensors of the Mac.
struct sums {
    uint64_t events;
    uint64_t execs;
    uint64_t forks;
    uint64_t exits;
    uint64_t in;
    uint64_t kind_in;
    uint64_t kind_missed;
    uint64_t missed;
    uint64_t sessions;
    uint64_t duplicates;
    uint64_t late;
    uint64_t wrong_stamps;
    uint64_t paths_truncated;
    uint64_t silence_ns;
    uint64_t since_ns;  // From the last event to the end of the window.
    bool is_numbered;
    bool shows_forks;
    str caveat;
    str omissions;
};

static struct sums sums_of(const struct judging *j);
static void add_stream(struct sums *sums, const struct sensor_row *row);
static void add(struct judging *j, const char *id, const char *what, enum coverage_grade grade,
                str figure);
static void check_presence(struct judging *j, const struct sums *s);
static void check_facts(struct judging *j);
static void check_numbers(struct judging *j, const struct sums *s);
static void check_times(struct judging *j, const struct sums *s);
static void check_sensor(struct judging *j, const struct sums *s);

void judge_checks(struct judging *j)
{
    const struct sums s = sums_of(j);
    check_presence(j, &s);
    check_facts(j);
    check_numbers(j, &s);
    check_times(j, &s);
    check_sensor(j, &s);
}

static uint64_t events_of(const struct sensor_row *row, enum signal signal)
{
    const struct signal_count *count = fidelity_count(row, signal);
    return count == NULL ? 0 : count->events;
}

static struct sums sums_of(const struct judging *j)
{
    struct sums s = { .since_ns = UINT64_MAX };
    for (size_t i = 0; i < j->row->sensor_count; i++) {
        const struct sensor_row *row = &j->row->sensors[i];
        const struct sensor_profile *profile = j->fidelity->profiles[row->sensor];
        const uint64_t since = (uint64_t)j->fidelity->span.last_ns - (uint64_t)row->span.last_ns;
        s.events += row->events;
        s.execs += events_of(row, SIGNAL_EXEC);
        s.forks += events_of(row, SIGNAL_LINEAGE);
        s.exits += events_of(row, SIGNAL_EXIT);
        s.paths_truncated += row->paths_truncated;
        s.silence_ns = row->span.silence_ns > s.silence_ns ? row->span.silence_ns : s.silence_ns;
        if (row->events > 0 && since < s.since_ns)
            s.since_ns = since;
        s.shows_forks |= fidelity_shows(j->fidelity, row, SIGNAL_LINEAGE) != SENSOR_NOT;
        if (profile != NULL && profile->caveat.len > 0)
            s.caveat = profile->caveat;
        if (profile != NULL && profile->omissions.len > 0)
            s.omissions = profile->omissions;
        if (row->has_stream)
            add_stream(&s, row);
    }
    return s;
}

static void add_stream(struct sums *s, const struct sensor_row *row)
{
    const struct fidelity_stream *stream = &row->stream;
    s->is_numbered |= row->is_numbered;
    s->in += stream->in;
    s->missed += stream->missed;
    s->sessions += stream->sessions;
    s->duplicates += stream->duplicates;
    s->late += stream->late;
    s->wrong_stamps += stream->clamped + stream->wild;
    s->kind_in += row->kinds_in;
    s->kind_missed += row->kinds_missed;
}

static void add(struct judging *j, const char *id, const char *what, enum coverage_grade grade,
                str figure)
{
    struct coverage_host *out = j->out;
    if (out->check_count == COVERAGE_CHECKS_MAX)
        return;
    out->checks[out->check_count++] = (struct coverage_check){
        .id = str_of(id), .what = str_of(what), .grade = grade, .figure = figure
    };
}

static enum coverage_grade grade_of(uint64_t part, uint64_t whole, unsigned middle_per_mille,
                                    unsigned fail_per_mille)
{
    return judge_exceeds(part, whole, fail_per_mille)     ? COVERAGE_FAILS
           : judge_exceeds(part, whole, middle_per_mille) ? COVERAGE_MIDDLE
                                                          : COVERAGE_PASSES;
}

static void check_presence(struct judging *j, const struct sums *s)
{
    struct arena *a = j->arena;
    add(j, "T01", "programs started are seen", s->execs > 0 ? COVERAGE_PASSES : COVERAGE_FAILS,
        judge_count(a, s->execs, "exec event", "exec events"));
    if (!s->shows_forks || s->execs == 0) {
        add(j, "T05", "forks and exits match", COVERAGE_UNTOLD,
            s->execs == 0 ? STR("no exec event") : STR("the sensor shows no forks"));
        return;
    }
    const uint64_t unpaired = s->forks < s->execs ? s->execs - s->forks : 0;
    enum coverage_grade grade = grade_of(unpaired, s->execs, 50, 200);
    if (s->exits == 0)
        grade = COVERAGE_FAILS;
    add(j, "T05", "forks and exits match", grade,
        arena_printf(a, "%" PRIu64 " forks and %" PRIu64 " exits for %" PRIu64 " exec events",
                     s->forks, s->exits, s->execs));
}

static void check_facts(struct judging *j)
{
    static const enum coverage_grade grades[COVERAGE_STATE_COUNT] = {
        [COVERAGE_PROVED] = COVERAGE_PASSES,    [COVERAGE_SEEN] = COVERAGE_PASSES,
        [COVERAGE_DEGRADED] = COVERAGE_MIDDLE,  [COVERAGE_BLIND_IN_PART] = COVERAGE_FAILS,
        [COVERAGE_SILENT] = COVERAGE_FAILS,     [COVERAGE_NEVER_SEEN] = COVERAGE_UNTOLD,
        [COVERAGE_IMPOSSIBLE] = COVERAGE_FAILS,
    };
    static const struct {
        enum signal fact;
        const char *id;
        const char *what;
    } facts[] = {
        { SIGNAL_PARENT, "T06", "parents are known" },
        { SIGNAL_CDHASH, "T07", "programs have a cdhash" },
        { SIGNAL_SIGNATURE, "T07", "programs have their signer told" },
        { SIGNAL_ENVIRONMENT, "T08", "environment is told" },
        { SIGNAL_ARGUMENTS, "T09", "arguments are told" },
        { SIGNAL_LINKAGE, "T22", "linkage is known" },
        { SIGNAL_LIBRARY_IDENTITY, "T23", "signers of libraries are known" },
    };
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        const struct coverage_signal *signal = &j->out->signals[facts[i].fact];
        add(j, facts[i].id, facts[i].what, grades[signal->state], signal->figure);
    }
}

static void check_numbers(struct judging *j, const struct sums *s)
{
    struct arena *a = j->arena;
    const uint64_t lost = j->lost + s->paths_truncated;
    add(j, "T09", "records and paths are whole", grade_of(lost, s->events + j->lost, 1, 10),
        arena_printf(a, "%" PRIu64 " damaged records, %" PRIu64 " paths cut short", j->lost,
                     s->paths_truncated));
    if (s->kind_in > 0)
        add(j, "T10", "numbers of each kind have no gaps",
            s->kind_missed == 0 ? COVERAGE_PASSES
            : judge_exceeds(s->kind_missed, s->kind_in + s->kind_missed, LOSS_PER_MILLE)
                ? COVERAGE_FAILS
                : COVERAGE_MIDDLE,
            judge_count(a, s->kind_missed, "record lost", "records lost"));
    else
        add(j, "T10", "numbers of each kind have no gaps", COVERAGE_UNTOLD,
            STR("kinds have no numbers of their own"));
    if (s->is_numbered)
        add(j, "T11", "numbers of all records have no gaps",
            s->missed == 0                                                ? COVERAGE_PASSES
            : judge_exceeds(s->missed, s->in + s->missed, LOSS_PER_MILLE) ? COVERAGE_FAILS
                                                                          : COVERAGE_MIDDLE,
            judge_count(a, s->missed, "record lost", "records lost"));
    else
        add(j, "T11", "numbers of all records have no gaps", COVERAGE_UNTOLD,
            STR("records have no numbers"));
    const uint64_t restarts = s->sessions > 1 ? s->sessions - 1 : 0;
    add(j, "T12", "the sensor did not restart",
        s->sessions == 0 ? COVERAGE_UNTOLD
        : restarts <= 1  ? COVERAGE_PASSES
        : restarts <= 4  ? COVERAGE_MIDDLE
                         : COVERAGE_FAILS,
        s->sessions == 0 ? STR("no numbers that would tell")
                         : judge_count(a, restarts, "restart", "restarts"));
}

static void check_times(struct judging *j, const struct sums *s)
{
    struct arena *a = j->arena;
    const uint64_t longest =
        s->since_ns != UINT64_MAX && s->since_ns > s->silence_ns ? s->since_ns : s->silence_ns;
    const str silence = judge_span(a, longest);
    const bool at_end = longest == s->since_ns && longest > s->silence_ns;
    add(j, "T13", "no long silence",
        s->events == 0                          ? COVERAGE_UNTOLD
        : longest <= (uint64_t)SILENCE_NS       ? COVERAGE_PASSES
        : at_end && longest > 2 * s->silence_ns ? COVERAGE_FAILS
                                                : COVERAGE_MIDDLE,
        arena_printf(a, "the longest is %.*s%s", STR_ARG(silence), at_end ? ", at the end" : ""));
    add(j, "T14", "the clock can be believed",
        grade_of(s->wrong_stamps, s->events, 0, LOSS_PER_MILLE),
        judge_count(a, s->wrong_stamps, "stamp that cannot be", "stamps that cannot be"));
    add(j, "T15", "records come in order, and once",
        grade_of(s->late + s->duplicates, s->events + s->duplicates, LOSS_PER_MILLE, 10),
        arena_printf(a, "%" PRIu64 " late, %" PRIu64 " twice", s->late, s->duplicates));
}

static void check_sensor(struct judging *j, const struct sums *s)
{
    const bool is_judged = s->events > 0;
    add(j, "T25", "the source is meant for this",
        !is_judged          ? COVERAGE_UNTOLD
        : s->caveat.len > 0 ? COVERAGE_MIDDLE
                            : COVERAGE_PASSES,
        s->caveat.len > 0 ? s->caveat : STR("its profile says nothing against it"));
    // Events alike that were merged on the way here are counted, and nothing of them is lost.
    const bool is_reduced = s->omissions.len > 0;
    add(j, "T26", "nothing is left out or summed up",
        !is_judged   ? COVERAGE_UNTOLD
        : is_reduced ? COVERAGE_MIDDLE
                     : COVERAGE_PASSES,
        is_reduced ? s->omissions : STR("its profile says nothing of it"));
}
