#include "score/score.h"

#include "score/id.h"

#include <inttypes.h>
#include <stdlib.h>

#define CONFIDENCE_MAX 100u

struct scorer {
    struct score_options options;
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

// What the circumstances add or take away; `say` puts it in words, or gives an empty text.
static str say_untrusted(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_place(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_library(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_new(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_download(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_target(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_rare(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_chain(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_usual(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_context(const struct finding *f, struct arena *arena, uint32_t *points);
static str say_unseen(const struct finding *f, struct arena *arena, uint32_t *points);

static const struct part {
    str (*say)(const struct finding *f, struct arena *arena, uint32_t *points);
    uint32_t points;  // Where it does not say another number.
} worse[] = {
    { say_untrusted, 3 }, { say_place, 3 },  { say_library, 2 }, { say_new, 2 },
    { say_download, 1 },  { say_target, 1 }, { say_rare, 2 },    { say_chain, 0 },
}, better[] = {
    { say_usual, 2 },
    { say_context, 2 },
    { say_unseen, 0 },
};
#define CHAIN_MAX  3u
#define UNSEEN_MAX 4u
// Level, asset, every part, and that a sum was cut.
#define REASONS_MAX (2u + COUNT_OF(worse) + 1u + COUNT_OF(better) + 1u)

// What is being put together for one finding; texts go to the batch's arena.
struct verdict_parts {
    struct arena *arena;
    str *unseen;
    size_t unseen_count;
    str *reasons;
    size_t reason_count;
};

static void judge_level(const struct scorer *s, struct finding *f, struct verdict_parts *parts);
static bool is_critical_host(const struct scorer *s, uint32_t host);
static void judge_confidence(struct finding *f, uint64_t missed, struct verdict_parts *parts);
static void judge_score(struct finding *f, struct verdict_parts *parts);
static uint32_t add_parts(const struct finding *f, struct verdict_parts *parts, char sign,
                          const struct part *of, size_t count, uint32_t max);
static void add_reason(struct verdict_parts *parts, str reason);
static const struct finding_step *find_step(const struct finding *f, enum field field, str value);
static bool any_step_is(const struct finding *f, enum field field, bool value);
static const struct shady_field *find_shady_place(const struct finding *f, str *place);
static bool value_is_bool(struct value v, bool expected);
static bool value_is_text(struct value v, str expected);

struct scorer *scorer_new(const struct score_options *options)
{
    struct scorer *s = memory_zeroed(1, sizeof *s);
    s->options = *options;
    return s;
}

void scorer_free(struct scorer *s)
{
    free(s);
}

void score(const struct scorer *s, struct finding *finding, struct batch *batch)
{
    struct arena *arena = &batch->arena;
    struct verdict_parts parts = {
        .arena = arena,
        // A text for each doubt, one for records that were missed, and those that it came with.
        .unseen = arena_alloc(arena, (COUNT_OF(doubts) + 1 + finding->doubt_count) * sizeof(str)),
        .reasons = arena_alloc(arena, REASONS_MAX * sizeof(str)),
    };

    judge_level(s, finding, &parts);
    judge_confidence(finding, finding->missed, &parts);
    judge_score(finding, &parts);
    finding->reasons = parts.reasons;
    finding->reason_count = parts.reason_count;
    score_id(finding);
}

static void judge_level(const struct scorer *s, struct finding *f, struct verdict_parts *parts)
{
    f->level = f->rule->level;
    const bool is_raised = f->level < LEVEL_CRITICAL && is_critical_host(s, f->host);
    if (is_raised)
        f->level++;
    const str level = level_name(f->level);
    add_reason(parts, arena_printf(parts->arena, "%u for level %.*s", level_base[f->level],
                                   STR_ARG(level)));
    if (is_raised) {
        const str rule_level = level_name(f->rule->level);
        add_reason(parts, arena_printf(parts->arena,
                                       "which is one above the rule's (%.*s): the "
                                       "Mac is in $critical_hosts",
                                       STR_ARG(rule_level)));
    }
}

static bool is_critical_host(const struct scorer *s, uint32_t host)
{
    if (s->options.hosts == NULL || host >= s->options.hosts->count)
        return false;
    for (size_t i = 0; i < s->options.critical_host_count; i++)
        if (hosts_is_called(&s->options.hosts->at[host], s->options.critical_hosts[i]))
            return true;
    return false;
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
    f->unseen = parts->unseen;
    f->unseen_count = parts->unseen_count;
}

static void judge_score(struct finding *f, struct verdict_parts *parts)
{
    const uint32_t up = add_parts(f, parts, '+', worse, COUNT_OF(worse), SCORE_WORSE_MAX);
    const uint32_t down = add_parts(f, parts, '-', better, COUNT_OF(better), SCORE_BETTER_MAX);
    const uint32_t total = level_base[f->level] + up - down;
    f->score = total < SCORE_MAX ? total : SCORE_MAX;
}

static uint32_t add_parts(const struct finding *f, struct verdict_parts *parts, char sign,
                          const struct part *of, size_t count, uint32_t max)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t points = of[i].points;
        const str said = of[i].say(f, parts->arena, &points);
        if (said.len == 0 || points == 0)
            continue;
        add_reason(parts, arena_printf(parts->arena, "%c%u %.*s", sign, points, STR_ARG(said)));
        sum += points;
    }
    if (sum <= max)
        return sum;
    add_reason(parts, arena_printf(parts->arena, "of these at most %c%u count", sign, max));
    return max;
}

static void add_reason(struct verdict_parts *parts, str reason)
{
    parts->reasons[parts->reason_count++] = reason;
}

static str say_untrusted(const struct finding *f, struct arena *arena, uint32_t *points)
{
    (void)arena;
    (void)points;
    return any_step_is(f, FIELD_PROCESS_SIGNATURE_TRUSTED, false)
               ? STR("the process is not of a trusted signer")
               : STR_EMPTY;
}

static str say_place(const struct finding *f, struct arena *arena, uint32_t *points)
{
    (void)points;
    str place;
    const struct shady_field *shady = find_shady_place(f, &place);
    if (shady == NULL)
        return STR_EMPTY;
    return arena_printf(arena, "%.*s is in a hidden or temporary place (%.*s)",
                        STR_ARG(shady->what), STR_ARG(place));
}

static str say_library(const struct finding *f, struct arena *arena, uint32_t *points)
{
    static const struct {
        str signer;
        str said;
    } signers[] = {
        { STR_INIT("unsigned"), STR_INIT("nobody signed a library") },
        { STR_INIT("adhoc"), STR_INIT("a library is signed by nobody (ad-hoc)") },
        { STR_INIT("foreign"), STR_INIT("another team signed a library") },
    };
    (void)arena;
    (void)points;
    for (size_t i = 0; i < COUNT_OF(signers); i++)
        if (find_step(f, FIELD_DLL_SIGNER, signers[i].signer) != NULL)
            return signers[i].said;
    return STR_EMPTY;
}

static str say_new(const struct finding *f, struct arena *arena, uint32_t *points)
{
    (void)arena;
    (void)points;
    if (find_step(f, FIELD_DLL_IMAGE_AGE, STR("new")) != NULL)
        return STR("a library is less than a day old");
    return find_step(f, FIELD_PROCESS_IMAGE_AGE, STR("new")) != NULL
               ? STR("the program is less than a day old")
               : STR_EMPTY;
}

static str say_download(const struct finding *f, struct arena *arena, uint32_t *points)
{
    (void)arena;
    (void)points;
    return find_step(f, FIELD_PROCESS_QUARANTINE, STR("yes")) != NULL ||
                   find_step(f, FIELD_DLL_QUARANTINE, STR("yes")) != NULL
               ? STR("it bears the mark of a download")
               : STR_EMPTY;
}

static str say_target(const struct finding *f, struct arena *arena, uint32_t *points)
{
    (void)arena;
    (void)points;
    return any_step_is(f, FIELD_TARGET_SAME_TEAM, false)
               ? STR("a program of another signer was acted upon")
               : STR_EMPTY;
}

static str say_rare(const struct finding *f, struct arena *arena, uint32_t *points)
{
    (void)points;
    if (!f->rarity.is_known || f->rarity.hosts > 0 || f->rarity.hosts_total == 0)
        return STR_EMPTY;
    return arena_printf(arena, "never seen on the %" PRIu64 " Macs of the baseline",
                        f->rarity.hosts_total);
}

static str say_chain(const struct finding *f, struct arena *arena, uint32_t *points)
{
    const size_t more = f->step_count > 1 ? f->step_count - 1 : 0;
    *points = more < CHAIN_MAX ? (uint32_t)more : CHAIN_MAX;
    return arena_printf(arena, "a chain of %zu steps was completed", f->step_count);
}

static str say_usual(const struct finding *f, struct arena *arena, uint32_t *points)
{
    const struct finding_rarity *r = &f->rarity;
    (void)points;
    // Divided, so that no number is too large.
    if (!r->is_known || r->hosts == 0 || r->days < SCORE_USUAL_DAYS ||
        r->hosts < r->hosts_total / (100 / SCORE_USUAL_PERCENT))
        return STR_EMPTY;
    return arena_printf(arena,
                        "usual here: on %" PRIu64 " of %" PRIu64
                        " Macs of the baseline, on %" PRIu64 " days",
                        r->hosts, r->hosts_total, r->days);
}

// Of the process that the finding is about.
static str say_context(const struct finding *f, struct arena *arena, uint32_t *points)
{
    (void)points;
    if (f->step_count == 0)
        return STR_EMPTY;
    const struct value v = finding_step_value(&f->steps[f->step_count - 1], FIELD_PROCESS_CONTEXT);
    if (v.type == VALUE_MISSING || value_is_text(v, STR("prod")))
        return STR_EMPTY;
    const str context = value_str(v);
    return arena_printf(arena, "it runs in the context %.*s", STR_ARG(context));
}

static str say_unseen(const struct finding *f, struct arena *arena, uint32_t *points)
{
    (void)arena;
    *points = f->unseen_count < UNSEEN_MAX ? (uint32_t)f->unseen_count : UNSEEN_MAX;
    return STR("for what could not be seen");
}

// The first step of which the field is this text; NULL where there is none.
static const struct finding_step *find_step(const struct finding *f, enum field field, str value)
{
    for (size_t i = 0; i < f->step_count; i++)
        if (value_is_text(finding_step_value(&f->steps[i], field), value))
            return &f->steps[i];
    return NULL;
}

static bool any_step_is(const struct finding *f, enum field field, bool value)
{
    for (size_t i = 0; i < f->step_count; i++)
        if (value_is_bool(finding_step_value(&f->steps[i], field), value))
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
