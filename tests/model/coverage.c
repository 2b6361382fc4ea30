#include "coverage.h"

#include <stdio.h>

enum feature {
    FEATURE_ALL,
    FEATURE_LATE,
    FEATURE_LATE_MISSING,
    FEATURE_LATE_UNTIL,
    FEATURE_BY,
    FEATURE_BY_OF_STAGE,
    FEATURE_BOTH_BY,
    FEATURE_OPTIONAL_KEY,
    FEATURE_OPTIONAL_KEY_OF_STAGE,
    FEATURE_SPAN,
    FEATURE_UNTIL,
    FEATURE_RUNS,
    FEATURE_RUNS_OF_MISSING,
    FEATURE_MISSING_LEADING,
    FEATURE_MISSING_MIDDLE,
    FEATURE_MISSING_TRAILING,
    FEATURE_MISSING_AROUND,
    FEATURE_MISSING_EVERYWHERE,
    FEATURE_MISSING_SEVERAL,
    FEATURE_ONE_POSITIVE,
    FEATURE_FIELD_TO_FIELD,
    FEATURE_REFERENCE,
    FEATURE_REFERENCE_OF_MISSING,
    FEATURE_REFERENCE_OF_UNTIL,
    FEATURE_REFERENCE_TO_RUNS,
    FEATURE_REFERENCE_TO_MANY,
    FEATURE_HEAD,
    FEATURE_TAIL,
    FEATURE_PIPES,
    FEATURE_STAGES_MAX,
    FEATURE_MATCH_AT_ONE_TIME,
    FEATURE_MATCH_WITHOUT_TIEBREAKER,
    FEATURE_MATCH_OF_NULL_KEY,
    FEATURE_MATCH_OF_MANY_KEYS,
    FEATURE_MATCH_IN_TWO_CATEGORIES,
    FEATURE_MATCHES_OF_ONE_EVENT,
    FEATURE_KEEPS,
    FEATURE_TAKES_LAST,
    FEATURE_COUNT,
};

static const char *const feature_names[FEATURE_COUNT] = {
    [FEATURE_ALL] = "all cases",
    [FEATURE_LATE] = "late events",
    [FEATURE_LATE_MISSING] = "late events, ![",
    [FEATURE_LATE_UNTIL] = "late events, until",
    [FEATURE_BY] = "by, of the sequence",
    [FEATURE_BY_OF_STAGE] = "by, of each stage",
    [FEATURE_BOTH_BY] = "by, both",
    [FEATURE_OPTIONAL_KEY] = "?key of the sequence",
    [FEATURE_OPTIONAL_KEY_OF_STAGE] = "?key of a stage",
    [FEATURE_SPAN] = "maxspan",
    [FEATURE_UNTIL] = "until",
    [FEATURE_RUNS] = "runs",
    [FEATURE_RUNS_OF_MISSING] = "runs of a missing event",
    [FEATURE_MISSING_LEADING] = "![ leading only",
    [FEATURE_MISSING_MIDDLE] = "![ in the middle",
    [FEATURE_MISSING_TRAILING] = "![ trailing only",
    [FEATURE_MISSING_AROUND] = "![ leading and trailing",
    [FEATURE_MISSING_EVERYWHERE] = "![ leading, middle, trailing",
    [FEATURE_MISSING_SEVERAL] = "![ ![ in a row",
    [FEATURE_ONE_POSITIVE] = "one positive stage",
    [FEATURE_FIELD_TO_FIELD] = "field compared with field",
    [FEATURE_REFERENCE] = "reference to an alias",
    [FEATURE_REFERENCE_OF_MISSING] = "reference of ![",
    [FEATURE_REFERENCE_OF_UNTIL] = "reference of until",
    [FEATURE_REFERENCE_TO_RUNS] = "reference to the last of runs",
    [FEATURE_REFERENCE_TO_MANY] = "references to two aliases",
    [FEATURE_HEAD] = "head",
    [FEATURE_TAIL] = "tail",
    [FEATURE_PIPES] = "two pipes",
    [FEATURE_STAGES_MAX] = "five stages",
    [FEATURE_MATCH_AT_ONE_TIME] = "a match of equal times",
    [FEATURE_MATCH_WITHOUT_TIEBREAKER] = "a match without tiebreaker",
    [FEATURE_MATCH_OF_NULL_KEY] = "a match of a null key",
    [FEATURE_MATCH_OF_MANY_KEYS] = "a match of a multi-valued key",
    [FEATURE_MATCH_IN_TWO_CATEGORIES] = "a match of two categories",
    [FEATURE_MATCHES_OF_ONE_EVENT] = "matches ended by one event",
    [FEATURE_KEEPS] = "keep and release",
    [FEATURE_TAKES_LAST] = "matches taken after the end",
};

static const char *const effect_names[EFFECT_COUNT] = {
    [EFFECT_REPLACED] = "replaced by a newer one",
    [EFFECT_EXPIRED] = "rejected for maxspan",
    [EFFECT_KILLED] = "killed by until",
    [EFFECT_NOT_LATER] = "step refused: not later",
    [EFFECT_REFERENCE_REFUSED] = "step refused: a reference",
    [EFFECT_NULL_KEY] = "event dropped: null key",
    [EFFECT_SPOILED_LEADING] = "spoiled by a leading ![",
    [EFFECT_SPOILED_MIDDLE] = "spoiled by a middle ![",
    [EFFECT_SPOILED_TRAILING] = "spoiled by a trailing ![",
    [EFFECT_SPOILED_AROUND] = "spoiled by ![ on both sides",
    [EFFECT_LEADING_TOO_FAR] = "not spoiled: leading too far",
    [EFFECT_TRAILING_TOO_FAR] = "not spoiled: trailing too far",
    [EFFECT_AROUND_TOO_FAR] = "not spoiled: both too far",
    [EFFECT_KILLED_WHILE_COMPLETING] = "killed while one completed",
    [EFFECT_CUT_BY_HEAD] = "cut by head",
    [EFFECT_CUT_BY_TAIL] = "cut by tail",
};

static struct {
    uint64_t cases[FEATURE_COUNT];
    uint64_t matching[FEATURE_COUNT];
    uint64_t effects[EFFECT_COUNT];
    uint64_t effect_cases[EFFECT_COUNT];
    uint64_t matches;
} seen;

static void note_clauses(const struct query *q, bool *has);
static void note_stages(const struct query *q, bool *has);
static void note_missing(const struct query *q, bool *has);
static void note_matches(const struct trial *t, const struct outcome *o, bool *has);
static void note_match(const struct trial *t, const struct match *m, bool *has);
static size_t last_event(const struct match *m);

void coverage_add(const struct trial *t, const struct outcome *expected)
{
    bool has[FEATURE_COUNT] = { [FEATURE_ALL] = true };
    has[FEATURE_LATE] = t->late;
    has[FEATURE_KEEPS] = t->keeps;
    has[FEATURE_TAKES_LAST] = t->takes_last;
    note_clauses(&t->query, has);
    note_stages(&t->query, has);
    note_missing(&t->query, has);
    has[FEATURE_LATE_UNTIL] = t->late && has[FEATURE_UNTIL];
    has[FEATURE_LATE_MISSING] =
        t->late && (has[FEATURE_MISSING_MIDDLE] || has[FEATURE_MISSING_TRAILING]);
    note_matches(t, expected, has);
    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        seen.cases[i] += has[i];
        seen.matching[i] += has[i] && expected->match_count > 0;
    }
    for (size_t i = 0; i < EFFECT_COUNT; i++) {
        seen.effects[i] += expected->effects[i];
        seen.effect_cases[i] += expected->effects[i] > 0;
    }
    seen.matches += expected->match_count;
}

static void note_clauses(const struct query *q, bool *has)
{
    const size_t own = q->stages[0].key_count;
    has[FEATURE_BY] = q->common_count > 0;
    has[FEATURE_BY_OF_STAGE] = own > 0;
    has[FEATURE_BOTH_BY] = q->common_count > 0 && own > 0;
    for (size_t i = 0; i < q->common_count; i++)
        has[FEATURE_OPTIONAL_KEY] = has[FEATURE_OPTIONAL_KEY] || q->common[i].optional;
    has[FEATURE_SPAN] = q->span_units != SPAN_NONE;
    has[FEATURE_UNTIL] = q->has_until;
    for (size_t i = 0; i < q->until.condition.leaf_count && q->has_until; i++)
        has[FEATURE_REFERENCE_OF_UNTIL] |=
            q->until.condition.leaves[i].operand == OPERAND_REFERENCE;
    has[FEATURE_STAGES_MAX] = q->stage_count == STAGES_MAX;
    has[FEATURE_PIPES] = q->pipe_count == 2;
    for (size_t i = 0; i < q->pipe_count; i++)
        has[q->pipes[i].head ? FEATURE_HEAD : FEATURE_TAIL] = true;
}

static void note_stages(const struct query *q, bool *has)
{
    unsigned positive = 0;
    size_t referred = SIZE_MAX;
    for (size_t i = 0; i < q->stage_count; i++) {
        const struct stage *stage = &q->stages[i];
        positive += !stage->missing;
        if (stage->runs > 1)
            has[stage->missing ? FEATURE_RUNS_OF_MISSING : FEATURE_RUNS] = true;
        for (size_t k = 0; k < stage->key_count; k++)
            if (stage->keys[k].optional)
                has[FEATURE_OPTIONAL_KEY_OF_STAGE] = true;
        for (size_t j = 0; j < stage->condition.leaf_count; j++) {
            const struct leaf *leaf = &stage->condition.leaves[j];
            has[FEATURE_FIELD_TO_FIELD] |= leaf->operand == OPERAND_FIELD;
            if (leaf->operand != OPERAND_REFERENCE)
                continue;
            has[stage->missing ? FEATURE_REFERENCE_OF_MISSING : FEATURE_REFERENCE] = true;
            has[FEATURE_REFERENCE_TO_RUNS] |= q->stages[leaf->other_stage].runs > 1;
            if (referred != SIZE_MAX && referred != leaf->other_stage)
                has[FEATURE_REFERENCE_TO_MANY] = true;
            referred = leaf->other_stage;
        }
    }
    has[FEATURE_ONE_POSITIVE] = positive == 1;
}

static void note_missing(const struct query *q, bool *has)
{
    const bool leading = q->stages[0].missing;
    const bool trailing = q->stages[q->stage_count - 1].missing;
    bool middle = false;
    size_t last_positive = SIZE_MAX;
    for (size_t i = 0; i < q->stage_count; i++) {
        if (i > 0 && q->stages[i].missing && q->stages[i - 1].missing)
            has[FEATURE_MISSING_SEVERAL] = true;
        if (q->stages[i].missing)
            continue;
        middle = middle || (last_positive != SIZE_MAX && last_positive + 1 < i);
        last_positive = i;
    }
    has[FEATURE_MISSING_LEADING] = leading && !trailing;
    has[FEATURE_MISSING_TRAILING] = trailing && !leading;
    has[FEATURE_MISSING_AROUND] = leading && trailing;
    has[FEATURE_MISSING_MIDDLE] = middle;
    has[FEATURE_MISSING_EVERYWHERE] = leading && middle && trailing;
}

static void note_matches(const struct trial *t, const struct outcome *o, bool *has)
{
    for (size_t i = 0; i < o->match_count; i++) {
        note_match(t, &o->matches[i], has);
        if (i > 0 && last_event(&o->matches[i]) == last_event(&o->matches[i - 1]))
            has[FEATURE_MATCHES_OF_ONE_EVENT] = true;
    }
}

static void note_match(const struct trial *t, const struct match *m, bool *has)
{
    const struct event *previous = NULL;
    for (size_t i = 0; i < m->row_count; i++) {
        if (m->events[i] == EVENT_NONE)
            continue;
        const struct event *e = &t->events[m->events[i]];
        if (previous != NULL && previous->time_ns == e->time_ns) {
            has[FEATURE_MATCH_AT_ONE_TIME] = true;
            has[FEATURE_MATCH_WITHOUT_TIEBREAKER] |= !e->has_tiebreaker;
        }
        has[FEATURE_MATCH_IN_TWO_CATEGORIES] |= e->categories == 3;
        for (size_t k = 0; k < t->query.common_count; k++)
            has[FEATURE_MATCH_OF_MANY_KEYS] |= e->fields[t->query.common[k].field].count > 1;
        previous = e;
    }
    for (size_t i = 0; i < m->join.count; i++)
        has[FEATURE_MATCH_OF_NULL_KEY] |= m->join.at[i].null;
}

static size_t last_event(const struct match *m)
{
    size_t last = EVENT_NONE;
    for (size_t i = 0; i < m->row_count; i++)
        if (m->events[i] != EVENT_NONE)
            last = m->events[i];
    return last;
}

bool coverage_print(void)
{
    bool complete = true;
    printf("%-32s %10s %12s\n", "cases", "with it", "and a match");
    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        printf("%-32s %10llu %12llu%s\n", feature_names[i], (unsigned long long)seen.cases[i],
               (unsigned long long)seen.matching[i], seen.matching[i] == 0 ? "  NEVER" : "");
        complete = complete && seen.matching[i] > 0;
    }
    printf("\n%-32s %10s %12s\n", "sequences", "cases", "times");
    for (size_t i = 0; i < EFFECT_COUNT; i++) {
        printf("%-32s %10llu %12llu%s\n", effect_names[i], (unsigned long long)seen.effect_cases[i],
               (unsigned long long)seen.effects[i], seen.effects[i] == 0 ? "  NEVER" : "");
        complete = complete && seen.effects[i] > 0;
    }
    printf("%-32s %10llu %12llu\n", "matched", (unsigned long long)seen.matching[FEATURE_ALL],
           (unsigned long long)seen.matches);
    return complete;
}
