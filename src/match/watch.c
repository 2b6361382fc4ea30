#include "match/watch.h"

#include "match/explain.h"

#include <stdlib.h>

#define NEAREST_MAX (64u * 1024u)

static void see_stage(struct watch *w, struct rule_stage stage, const struct event *event,
                      struct eql_scratch *scratch);
static uint32_t count_held(const struct eql_pool *pool, uint32_t condition,
                           struct eql_scratch *scratch, uint32_t *count);
static void describe(struct watch_stage *s, const struct eql_pool *pool, uint32_t condition,
                     const struct event *event, struct eql_scratch *scratch);
static void describe_one(struct watch_stage *s, const struct eql_pool *pool, uint32_t condition,
                         const struct event *event);

void watch_init(struct watch *w, const struct rules *rules, uint32_t rule)
{
    const struct eql_plan *plan = rules->at[rule].plan;
    *w = (struct watch){ .rules = rules, .rule = rule, .stage_count = plan->stage_count + 1 };
    w->stages = memory_zeroed(w->stage_count, sizeof *w->stages);
    for (uint32_t i = 0; i < w->stage_count; i++)
        buf_init(&w->stages[i].nearest, NEAREST_MAX);
}

void watch_done(struct watch *w)
{
    for (uint32_t i = 0; i < w->stage_count; i++)
        buf_done(&w->stages[i].nearest);
    free(w->stages);
    *w = (struct watch){ 0 };
}

static struct watch_stage *stage_of(struct watch *w, struct rule_stage stage)
{
    return &w->stages[stage.stage == STAGE_UNTIL ? w->stage_count - 1 : stage.stage];
}

void watch_see(struct watch *w, const struct event *event, struct eql_scratch *scratch)
{
    const struct dispatch *d = &w->rules->dispatch[event->action];
    for (uint32_t i = 0; i < d->count; i++)
        if (d->stages[i].rule == w->rule)
            see_stage(w, d->stages[i], event, scratch);
}

void watch_taken(struct watch *w, struct rule_stage stage, const uint32_t *outcomes)
{
    if (stage.rule != w->rule)
        return;
    for (size_t i = 0; i < TAKE_OUTCOME_COUNT; i++)
        stage_of(w, stage)->outcomes[i] += outcomes[i];
}

static void see_stage(struct watch *w, struct rule_stage stage, const struct event *event,
                      struct eql_scratch *scratch)
{
    const struct eql_pool *pool = w->rules->pool;
    const uint32_t condition = rule_stage_of(w->rules, stage)->condition;
    struct watch_stage *s = stage_of(w, stage);
    s->asked++;
    if (eql_may_hold(scratch, condition, NULL)) {
        s->met++;
        return;
    }
    uint32_t count;
    const uint32_t held = count_held(pool, condition, scratch, &count);
    if (s->met > 0 || (s->has_nearest && held <= s->held))
        return;
    s->has_nearest = true;
    s->held = held;
    s->conditions = count;
    s->time_ns = event->time_ns;
    buf_reset(&s->nearest);
    describe(s, pool, condition, event, scratch);
}

// Of the conditions that are joined by `and` at the top.
static uint32_t count_held(const struct eql_pool *pool, uint32_t condition,
                           struct eql_scratch *scratch, uint32_t *count)
{
    const struct plan_node *n = &pool->nodes[condition];
    uint32_t held = 0;
    *count = 1;
    if (n->op != PLAN_ALL)
        return 0;
    *count = n->count;
    for (uint32_t i = 0; i < n->count; i++)
        held += eql_may_hold(scratch, pool->children[n->first + i], NULL);
    return held;
}

static void describe(struct watch_stage *s, const struct eql_pool *pool, uint32_t condition,
                     const struct event *event, struct eql_scratch *scratch)
{
    const struct plan_node *n = &pool->nodes[condition];
    if (n->op != PLAN_ALL) {
        describe_one(s, pool, condition, event);
        return;
    }
    for (uint32_t i = 0; i < n->count; i++)
        if (!eql_may_hold(scratch, pool->children[n->first + i], NULL))
            describe_one(s, pool, pool->children[n->first + i], event);
}

// The condition, and what the event has of the fields it names.
static void describe_one(struct watch_stage *s, const struct eql_pool *pool, uint32_t condition,
                         const struct event *event)
{
    bool fields[FIELD_COUNT] = { false };
    const char *separator = "      where ";
    eql_fields(pool, condition, fields);
    buf_add(&s->nearest, STR("    not  "));
    eql_describe(pool, condition, &s->nearest);
    buf_add_char(&s->nearest, '\n');
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!fields[i])
            continue;
        buf_printf(&s->nearest, "%s%.*s is ", separator, STR_ARG(field_name((enum field)i)));
        explain_value(event->slots[i], &s->nearest);
        separator = ", ";
    }
    buf_add_char(&s->nearest, '\n');
}
