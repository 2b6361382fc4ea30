#include "score/score.h"

#include "score/id.h"

#include <inttypes.h>
#include <stdlib.h>

#define CONFIDENCE_MAX 100u

struct scorer {
    struct score_counts counts;
};

static const uint32_t level_base[LEVEL_COUNT] = { 10, 30, 50, 70, 90 };

// Places where programs and libraries that belong to nobody tend to stand.
static const str shady_places[] = {
    STR_INIT("tmp"),
    STR_INIT("var_folders_t"),
    STR_INIT("users_shared"),
    STR_INIT("hidden"),
};

static const struct shady_field {
    enum field field;
    str what;
} shady_fields[] = {
    { FIELD_PROCESS_PATH_CLASS, STR_INIT("the program") },
    { FIELD_DLL_PATH_CLASS, STR_INIT("a library") },
    { FIELD_FILE_PATH_CLASS, STR_INIT("a file") },
};

static bool linkage_is_unknown(const struct finding_step *step);
static bool parent_is_unknown(const struct finding_step *step);
static bool start_is_unseen(const struct finding_step *step);
static bool signer_is_unknown(const struct finding_step *step);
static bool identity_is_start(const struct finding_step *step);
static bool identity_is_pid(const struct finding_step *step);
static bool identity_is_unknown(const struct finding_step *step);
static bool signature_is_untold(const struct finding_step *step);

// What lowers confidence, each once for a finding.
static const struct doubt {
    bool (*holds)(const struct finding_step *step);
    uint32_t cost;
    str unseen;
} doubts[] = {
    { linkage_is_unknown, 20, STR_INIT("which frameworks the program links is not known") },
    { parent_is_unknown, 10, STR_INIT("the parent process was not seen") },
    { start_is_unseen, 15, STR_INIT("the process had started before the telemetry did") },
    { signer_is_unknown, 15, STR_INIT("who signed a mapped library is not known") },
    { identity_is_start, 5, STR_INIT("the process is known by its pid and start only") },
    { identity_is_pid, 15, STR_INIT("the process is known by its pid only") },
    { identity_is_unknown, 15, STR_INIT("by what the process is known is not told") },
    { signature_is_untold, 10, STR_INIT("the sensor does not say who signed the process") },
};
#define MISSED_COST 20u

// Base, trust, place, steps, unknowns.
#define REASONS_MAX 5u

// What is being put together for one finding; texts go to the batch's arena.
struct verdict_parts {
    struct arena *arena;
    str *unseen;
    size_t unseen_count;
    str *reasons;
    size_t reason_count;
};

static void judge_confidence(struct finding *f, uint64_t missed, struct verdict_parts *parts);
static void judge_score(struct finding *f, struct verdict_parts *parts);
static bool is_untrusted(const struct finding *f);
static const struct shady_field *find_shady_place(const struct finding *f, str *place);
static bool value_is_bool(struct value v, bool expected);
static bool value_is_text(struct value v, str expected);

struct scorer *scorer_new(void)
{
    return memory_zeroed(1, sizeof(struct scorer));
}

void scorer_free(struct scorer *s)
{
    free(s);
}

const struct score_counts *scorer_counts(const struct scorer *s)
{
    return &s->counts;
}

void score(struct scorer *s, struct finding *finding, struct batch *batch)
{
    struct arena *arena = &batch->arena;
    struct verdict_parts parts = {
        .arena = arena,
        // A text for each doubt, one for records that were missed, and those that it came with.
        .unseen = arena_alloc(arena, (COUNT_OF(doubts) + 1 + finding->doubt_count) * sizeof(str)),
        .reasons = arena_alloc(arena, REASONS_MAX * sizeof(str)),
    };

    finding->level = finding->rule->level;
    judge_confidence(finding, finding->missed, &parts);
    judge_score(finding, &parts);
    finding->unseen = parts.unseen;
    finding->unseen_count = parts.unseen_count;
    finding->reasons = parts.reasons;
    finding->reason_count = parts.reason_count;
    score_id(finding);

    s->counts.in++;
    s->counts.by_level[finding->level]++;
}

static void judge_confidence(struct finding *f, uint64_t missed, struct verdict_parts *parts)
{
    uint32_t lost = 0;

    for (size_t d = 0; d < COUNT_OF(doubts); d++) {
        bool holds = false;
        for (size_t i = 0; i < f->step_count && !holds; i++)
            holds = doubts[d].holds(&f->steps[i]);
        if (!holds)
            continue;
        lost += doubts[d].cost;
        parts->unseen[parts->unseen_count++] = doubts[d].unseen;
    }
    if (missed > 0) {
        lost += MISSED_COST;
        parts->unseen[parts->unseen_count++] =
            missed == 1
                ? STR("1 record of this host was lost before this")
                : arena_printf(parts->arena,
                               "%" PRIu64 " records of this host were lost before this", missed);
    }
    for (size_t i = 0; i < f->doubt_count; i++) {
        lost += f->doubts[i].cost;
        parts->unseen[parts->unseen_count++] = f->doubts[i].sentence;
    }
    f->confidence = lost < CONFIDENCE_MAX ? CONFIDENCE_MAX - lost : 0;
}

static void judge_score(struct finding *f, struct verdict_parts *parts)
{
    const str level = level_name(f->level);
    uint32_t total = level_base[f->level];
    parts->reasons[parts->reason_count++] =
        arena_printf(parts->arena, "%u for level %.*s", total, STR_ARG(level));

    if (is_untrusted(f)) {
        total += SCORE_UNTRUSTED;
        parts->reasons[parts->reason_count++] = arena_printf(
            parts->arena, "+%u the process is not of a trusted signer", SCORE_UNTRUSTED);
    }
    str place;
    const struct shady_field *shady = find_shady_place(f, &place);
    if (shady != NULL) {
        total += SCORE_PLACE;
        parts->reasons[parts->reason_count++] =
            arena_printf(parts->arena, "+%u %.*s is in a hidden or temporary place (%.*s)",
                         SCORE_PLACE, STR_ARG(shady->what), STR_ARG(place));
    }
    const size_t more = f->step_count > 1 ? f->step_count - 1 : 0;
    const uint32_t chain = SCORE_STEP * (more < SCORE_STEPS_MAX ? (uint32_t)more : SCORE_STEPS_MAX);
    if (chain > 0) {
        total += chain;
        parts->reasons[parts->reason_count++] = arena_printf(
            parts->arena, "+%u a chain of %zu steps was completed", chain, f->step_count);
    }
    const size_t kinds =
        parts->unseen_count < SCORE_UNKNOWNS_MAX ? parts->unseen_count : (size_t)SCORE_UNKNOWNS_MAX;
    const uint32_t unknown = SCORE_UNKNOWN * (uint32_t)kinds;
    if (unknown > 0) {
        total -= unknown;
        parts->reasons[parts->reason_count++] =
            arena_printf(parts->arena, "-%u for what could not be seen", unknown);
    }
    f->score = total < SCORE_MAX ? total : SCORE_MAX;
}

static bool is_untrusted(const struct finding *f)
{
    for (size_t i = 0; i < f->step_count; i++)
        if (value_is_bool(finding_step_value(&f->steps[i], FIELD_PROCESS_SIGNATURE_TRUSTED), false))
            return true;
    return false;
}

static const struct shady_field *find_shady_place(const struct finding *f, str *place)
{
    for (size_t k = 0; k < COUNT_OF(shady_fields) * f->step_count; k++) {
        const struct shady_field *shady = &shady_fields[k / f->step_count];
        const struct value v = finding_step_value(&f->steps[k % f->step_count], shady->field);
        for (size_t i = 0; i < COUNT_OF(shady_places); i++) {
            if (value_is_text(v, shady_places[i])) {
                *place = shady_places[i];
                return shady;
            }
        }
    }
    return NULL;
}

// A fact that a step does not show at all is not known either.
static bool linkage_is_unknown(const struct finding_step *step)
{
    const struct value v = finding_step_value(step, FIELD_MACHO_NATIVE_API);
    return v.type == VALUE_MISSING || value_is_text(v, STR("unknown"));
}

static bool parent_is_unknown(const struct finding_step *step)
{
    return !value_is_bool(finding_step_value(step, FIELD_PARENT_KNOWN), true);
}

static bool start_is_unseen(const struct finding_step *step)
{
    return !value_is_bool(finding_step_value(step, FIELD_PROCESS_KNOWN), true);
}

static bool signer_is_unknown(const struct finding_step *step)
{
    if (finding_step_value(step, FIELD_DLL_PATH).type == VALUE_MISSING)
        return false;
    const struct value v = finding_step_value(step, FIELD_DLL_SIGNER);
    return v.type == VALUE_MISSING || value_is_text(v, STR("unknown"));
}

static bool identity_is(const struct finding_step *step, str basis)
{
    return value_is_text(finding_step_value(step, FIELD_PROCESS_IDENTITY), basis);
}

static bool identity_is_start(const struct finding_step *step)
{
    return identity_is(step, STR("start_time"));
}

static bool identity_is_pid(const struct finding_step *step)
{
    return identity_is(step, STR("pid"));
}

static bool identity_is_unknown(const struct finding_step *step)
{
    return finding_step_value(step, FIELD_PROCESS_IDENTITY).type == VALUE_MISSING;
}

static bool signature_is_untold(const struct finding_step *step)
{
    return !value_is_bool(finding_step_value(step, FIELD_PROCESS_SIGNATURE_TOLD), true);
}

static bool value_is_bool(struct value v, bool expected)
{
    return v.type == VALUE_BOOL && v.boolean == expected;
}

static bool value_is_text(struct value v, str expected)
{
    return v.type == VALUE_TEXT && str_eq(value_str(v), expected);
}
