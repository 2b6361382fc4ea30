#include "eql/eql.h"

#include "base/buf.h"
#include "eql/compile.h"
#include "eql/scratch.h"

#include <stdlib.h>

static void grow_lower(struct eql_scratch *s, size_t count);

enum status eql_compile(str text, const struct eql_options *options, struct eql_plan **out,
                        struct eql_place *out_place, struct err *err)
{
    static const struct eql_options none = { 0 };
    struct arena arena = { 0 };
    struct lexer l = { .text = text, .arena = &arena, .err = err };
    struct ast_query query;
    struct eql_plan *plan = memory_zeroed(1, sizeof *plan);
    if (options == NULL)
        options = &none;
    plan->owns_pool = options->pool == NULL;
    plan->pool = plan->owns_pool ? eql_pool_new() : options->pool;

    enum status status = ast_parse(&l, &query);
    if (status == OK)
        status = ast_check(&query, options, &l);
    if (status == OK)
        status = compile(&query, options->lists, &l, plan);
    arena_done(&arena);
    if (status == OK) {
        *out = plan;
        return OK;
    }
    eql_plan_free(plan);
    const struct eql_place place = lexer_place(text, l.wrong_at);
    if (out_place != NULL)
        *out_place = place;
    else
        err_prefix(err, "line %u, column %u", place.line, place.column);
    return status;
}

void eql_plan_free(struct eql_plan *plan)
{
    if (plan == NULL)
        return;
    if (plan->owns_pool)
        eql_pool_free(plan->pool);
    arena_done(&plan->arena);
    free(plan);
}

struct eql_scratch *eql_scratch_new(const struct eql_pool *pool)
{
    struct eql_scratch *s = memory_zeroed(1, sizeof *s);
    s->pool = pool;
    s->answers = memory_zeroed(pool->leaf_count + 1, sizeof *s->answers);
    regex_scratch_init(s);
    return s;
}

void eql_scratch_free(struct eql_scratch *s)
{
    if (s == NULL)
        return;
    regex_scratch_done(s);
    arena_done(&s->arena);
    arena_done(&s->event_arena);
    free(s->lower);
    free(s->answers);
    free(s);
}

void eql_look_at(struct eql_scratch *s, const struct event *event)
{
    s->event = event;
    if (s->event_arena.used > 0)
        arena_reset(&s->event_arena);
    if (event->slot_count > s->lower_count)
        grow_lower(s, event->slot_count);
    if (++s->event_number <= UINT32_MAX / 2)
        return;
    memset(s->answers, 0, s->pool->leaf_count * sizeof *s->answers);
    memset(s->lower, 0, s->lower_count * sizeof *s->lower);
    s->event_number = 1;
}

static void grow_lower(struct eql_scratch *s, size_t count)
{
    s->lower = memory_resize(s->lower, count * sizeof *s->lower);
    memset(s->lower + s->lower_count, 0, (count - s->lower_count) * sizeof *s->lower);
    s->lower_count = (uint32_t)count;
}

uint64_t eql_combinations_cut(const struct eql_scratch *s)
{
    return s->combinations_cut;
}

uint64_t eql_patterns_cut(const struct eql_scratch *s)
{
    return s->patterns_cut;
}
