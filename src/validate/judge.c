#include "validate/judge.h"

static const str outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_AS_LABELLED] = STR_INIT("as labelled"),
    [OUTCOME_WRONG] = STR_INIT("wrong"),
    [OUTCOME_NOT_ASKED] = STR_INIT("not asked"),
    [OUTCOME_FAILED] = STR_INIT("failed"),
};

static struct judged_expect judge_expect(const struct judged *j, size_t index,
                                         const struct rules *rules);
static bool is_better(enum judged_miss miss, size_t choice, const struct raised *raised,
                      const struct judged_expect *than);
static void take_time(const struct replay *r, size_t index, struct judged_expect *out);
static bool comes_before(const struct raised *a, const struct raised *b);
static size_t choice_of(const struct scenario_expect *expect, str rule);
static bool is_about(const struct replay *r, const struct raised *raised,
                     const struct scenario_expect *expect);
static bool is_loaded(const struct scenario_expect *expect, const struct rules *rules);
static uint32_t blind_for(const struct scenario_expect *expect, const struct rules *rules,
                          uint32_t seen);
static uint32_t blind_of_rule(const struct rules *rules, size_t rule, uint32_t seen);
static void find_wrong(struct judged *j, struct arena *arena);
static bool is_wrong(const struct judged *j, const struct raised *raised);
static bool is_part_of_expected(const struct judged *j, const struct raised *raised);
static bool is_allowed(const struct scenario *s, str rule);

str judged_outcome_name(enum judged_outcome outcome)
{
    return outcome_names[outcome];
}

void judge(struct judged *j, const struct rules *rules, struct arena *arena)
{
    const struct scenario *s = &j->scenario;
    struct judged_expect *expects = arena_zalloc(arena, (s->expect_count + 1) * sizeof *expects);
    j->expects = expects;
    j->expect_count = s->expect_count;
    for (size_t i = 0; i < s->expect_count; i++) {
        expects[i] = judge_expect(j, i, rules);
        j->missed += expects[i].miss != MISS_NONE;
        j->needs |= judge_needs(rules, s->expects[i].rules[expects[i].choice]);
    }
    for (size_t i = 0; i < j->replay.raised_count; i++)
        j->excused += j->replay.raised[i].verdict != VERDICT_NEW;
    find_wrong(j, arena);
    j->outcome = j->missed + j->wrong_count > 0 ? OUTCOME_WRONG : OUTCOME_AS_LABELLED;
    if (s->kind == SCENARIO_NEAR_MISS && j->outcome == OUTCOME_AS_LABELLED &&
        rules_find(rules, s->rule) == rules_count(rules))
        j->outcome = OUTCOME_NOT_ASKED;
}

void judge_failed(struct judged *j, enum status status, const char *why, struct arena *arena)
{
    j->outcome = OUTCOME_FAILED;
    j->status = status;
    j->failure = arena_str(arena, str_of(why));
}

// What the rule that is hoped for most has found, or else what came nearest to it; and what came first.
static struct judged_expect judge_expect(const struct judged *j, size_t index,
                                         const struct rules *rules)
{
    const struct scenario_expect *expect = &j->scenario.expects[index];
    struct judged_expect out = { .expect = expect, .miss = MISS_SILENT };
    for (size_t i = 0; i < j->replay.raised_count; i++) {
        const struct raised *raised = &j->replay.raised[i];
        const size_t choice = choice_of(expect, raised->rule);
        if (choice == expect->rule_count)
            continue;
        const enum judged_miss miss = !is_about(&j->replay, raised, expect) ? MISS_OTHER_PROCESS
                                      : raised->verdict != VERDICT_NEW      ? MISS_EXCUSED
                                                                            : MISS_NONE;
        if (miss == MISS_NONE && (out.first == NULL || comes_before(raised, out.first)))
            out.first = raised;
        if (is_better(miss, choice, raised, &out)) {
            out.miss = miss;
            out.by = raised;
            out.choice = choice;
        }
    }
    if (out.miss == MISS_SILENT && !is_loaded(expect, rules))
        out.miss = MISS_NOT_LOADED;
    const size_t hoped = rules_find(rules, expect->rules[0]);
    if (hoped < rules_count(rules))
        out.gaps = blind_of_rule(rules, hoped, j->replay.seen);
    if (out.miss == MISS_NONE)
        take_time(&j->replay, index, &out);
    else
        out.blind = blind_for(expect, rules, j->replay.seen);
    return out;
}

static bool is_better(enum judged_miss miss, size_t choice, const struct raised *raised,
                      const struct judged_expect *than)
{
    // By how near it is to what is expected.
    static const unsigned distance[] = { [MISS_NONE] = 0,
                                         [MISS_EXCUSED] = 1,
                                         [MISS_OTHER_PROCESS] = 2,
                                         [MISS_SILENT] = 3,
                                         [MISS_NOT_LOADED] = 4 };
    if (than->by == NULL || distance[miss] != distance[than->miss])
        return than->by == NULL || distance[miss] < distance[than->miss];
    return choice != than->choice ? choice < than->choice : comes_before(raised, than->by);
}

static void take_time(const struct replay *r, size_t index, struct judged_expect *out)
{
    const struct raised *by = out->first;
    if (by->host >= r->host_count || r->hosts[by->host].marks == NULL || by->event == 0)
        return;
    const struct replay_mark *mark = &r->hosts[by->host].marks[index];
    if (mark->begins > 0 && by->event >= mark->begins)
        out->events = by->event - mark->begins + 1;
    if (mark->begins > 0)
        out->after_ms = (by->time_ns - mark->begins_ns) / 1000000;
    out->has_late = mark->ends > 0 && by->event >= mark->ends;
    if (out->has_late)
        out->late = by->event - mark->ends;
}

static bool comes_before(const struct raised *a, const struct raised *b)
{
    return a->host == b->host && a->event < b->event;
}

static size_t choice_of(const struct scenario_expect *expect, str rule)
{
    for (size_t i = 0; i < expect->rule_count; i++)
        if (str_eq(expect->rules[i], rule))
            return i;
    return expect->rule_count;
}

// One finding is about all that its rules are about.
static bool is_about(const struct replay *r, const struct raised *raised,
                     const struct scenario_expect *expect)
{
    if (raised_is_about(raised, expect->process, expect->pid))
        return true;
    for (size_t i = 0; i < r->raised_count; i++)
        if (str_eq(r->raised[i].id, raised->id) &&
            raised_is_about(&r->raised[i], expect->process, expect->pid))
            return true;
    return false;
}

static bool is_loaded(const struct scenario_expect *expect, const struct rules *rules)
{
    for (size_t i = 0; i < expect->rule_count; i++)
        if (rules_find(rules, expect->rules[i]) < rules_count(rules))
            return true;
    return false;
}

// By the rule that lacks least.
static uint32_t blind_for(const struct scenario_expect *expect, const struct rules *rules,
                          uint32_t seen)
{
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < expect->rule_count; i++) {
        const size_t rule = rules_find(rules, expect->rules[i]);
        if (rule == rules_count(rules))
            continue;
        const uint32_t blind = blind_of_rule(rules, rule, seen);
        if (least == UINT32_MAX || __builtin_popcount(blind) < __builtin_popcount(least))
            least = blind;
    }
    return least == UINT32_MAX ? 0 : least;
}

static uint32_t blind_of_rule(const struct rules *rules, size_t rule, uint32_t seen)
{
    uint32_t blind = 0;
    for (uint32_t i = 0; i < rules_stage_count(rules, rule); i++) {
        const struct signal_need need = rules_need(rules, rule, i);
        if (need.is_guard)
            continue;
        if ((need.any_of & seen) == 0)
            blind |= need.any_of;
        blind |= need.facts & ~seen;
    }
    return blind;
}

uint32_t judge_needs(const struct rules *rules, str rule)
{
    const size_t number = rules_find(rules, rule);
    uint32_t needs = 0;
    if (number == rules_count(rules))
        return 0;
    for (uint32_t i = 0; i < rules_stage_count(rules, number); i++) {
        const struct signal_need need = rules_need(rules, number, i);
        needs |= need.is_guard ? 0 : need.any_of | need.facts;
    }
    return needs;
}

static void find_wrong(struct judged *j, struct arena *arena)
{
    const struct raised **wrong = arena_alloc(arena, (j->replay.raised_count + 1) * sizeof *wrong);
    for (size_t i = 0; i < j->replay.raised_count; i++)
        if (is_wrong(j, &j->replay.raised[i]))
            wrong[j->wrong_count++] = &j->replay.raised[i];
    j->wrong = wrong;
}

static bool is_wrong(const struct judged *j, const struct raised *raised)
{
    const struct scenario *s = &j->scenario;
    if (raised->verdict != VERDICT_NEW)
        return false;
    if (s->kind == SCENARIO_NEAR_MISS && str_eq(raised->rule, s->rule))
        return true;
    return raised->level > s->max_level && !is_allowed(s, raised->rule) &&
           !is_part_of_expected(j, raised);
}

static bool is_part_of_expected(const struct judged *j, const struct raised *raised)
{
    const struct replay *r = &j->replay;
    for (size_t i = 0; i < j->expect_count; i++) {
        const struct scenario_expect *expect = j->expects[i].expect;
        for (size_t k = 0; k < r->raised_count; k++)
            if (str_eq(r->raised[k].id, raised->id) &&
                choice_of(expect, r->raised[k].rule) < expect->rule_count &&
                is_about(r, &r->raised[k], expect))
                return true;
    }
    return false;
}

static bool is_allowed(const struct scenario *s, str rule)
{
    for (size_t i = 0; i < s->allow_count; i++)
        if (str_eq(s->allow[i], rule))
            return true;
    return false;
}
