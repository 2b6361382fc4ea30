#include "validate/lost.h"

#include <stdlib.h>

static struct lost_rule *rule_of(struct lost_rule *rules, size_t *count, str rule);
static void compare_attack(const struct judged *whole, const struct judged *without,
                           struct lost_rule *rule);
static bool is_weaker(const struct judged_expect *then, const struct judged_expect *now);
static int by_rule(const void *a, const void *b);

void lost_compare(const struct judged *whole, const struct judged *without, size_t count,
                  uint32_t signals, struct arena *arena, struct loss *out)
{
    struct lost_rule *rules = arena_zalloc(arena, (MATRIX_NAMES_MAX + 1) * sizeof *rules);
    *out = (struct loss){ .signals = signals, .name = lost_names(signals, arena) };
    for (size_t i = 0; i < count; i++) {
        const struct scenario *s = &whole[i].scenario;
        if (whole[i].outcome == OUTCOME_FAILED || without[i].outcome == OUTCOME_FAILED)
            continue;
        for (size_t k = 0; k < SIGNAL_COUNT; k++)
            out->left_out += without[i].replay.left_out[k];
        if (without[i].wrong_count > whole[i].wrong_count)
            out->raised += (uint32_t)(without[i].wrong_count - whole[i].wrong_count);
        if (s->kind == SCENARIO_BENIGN)
            continue;
        struct lost_rule *rule = rule_of(rules, &out->rule_count, s->rule);
        if (s->kind == SCENARIO_ATTACK)
            compare_attack(&whole[i], &without[i], rule);
        else
            rule->raised += whole[i].wrong_count == 0 && without[i].wrong_count > 0;
    }
    qsort(rules, out->rule_count, sizeof *rules, by_rule);
    for (size_t i = 0; i < out->rule_count; i++) {
        out->found += rules[i].found;
        out->lost += rules[i].lost;
        out->weak += rules[i].weak;
    }
    out->rules = rules;
}

static struct lost_rule *rule_of(struct lost_rule *rules, size_t *count, str rule)
{
    for (size_t i = 0; i < *count; i++)
        if (str_eq(rules[i].rule, rule))
            return &rules[i];
    if (*count > MATRIX_NAMES_MAX)
        return &rules[MATRIX_NAMES_MAX];
    rules[*count].rule = *count == MATRIX_NAMES_MAX ? MATRIX_OTHERS : rule;
    return &rules[(*count)++];
}

static void compare_attack(const struct judged *whole, const struct judged *without,
                           struct lost_rule *rule)
{
    if (!judged_is_found(whole))
        return;
    rule->found++;
    if (!judged_is_found(without)) {
        rule->lost++;
        return;
    }
    bool is_weak = false;
    for (size_t i = 0; i < whole->expect_count; i++) {
        const struct judged_expect *now = &without->expects[i];
        if (!is_weaker(&whole->expects[i], now))
            continue;
        is_weak = true;
        if (rule->weak_as.len == 0 && now->choice != whole->expects[i].choice)
            rule->weak_as = now->by->rule;
    }
    rule->weak += is_weak;
}

static bool is_weaker(const struct judged_expect *then, const struct judged_expect *now)
{
    return now->choice > then->choice || now->by->confidence < then->by->confidence ||
           now->by->level < then->by->level || now->first->time_ns > then->first->time_ns;
}

static int by_rule(const void *a, const void *b)
{
    return str_cmp(((const struct lost_rule *)a)->rule, ((const struct lost_rule *)b)->rule);
}

str lost_names(uint32_t signals, struct arena *arena)
{
    str names = STR_EMPTY;
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if ((signals & SIGNAL_BIT(i)) != 0)
            names = arena_printf(arena, "%.*s%s%.*s", STR_ARG(names), names.len == 0 ? "" : ", ",
                                 STR_ARG(signal_traits[i].name));
    return names;
}
