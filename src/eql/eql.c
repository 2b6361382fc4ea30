#include "eql/eql.h"

#include "eql/compile.h"
#include "eql/scratch.h"

#include <stdlib.h>

enum status eql_compile(str text, const struct eql_lists *lists, struct eql_plan **out,
                        struct eql_place *out_place, struct err *err)
{
    struct arena arena = { 0 };
    struct lexer l = { .text = text, .arena = &arena, .err = err };
    struct ast_query query;
    struct eql_plan *plan = memory_zeroed(1, sizeof *plan);

    enum status status = ast_parse(&l, &query);
    if (status == OK)
        status = ast_check(&query, lists, &l);
    if (status == OK)
        status = compile(&query, lists, &l, plan);
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
    for (struct eql_set *s = plan->sets; s != NULL; s = s->next)
        set_done(s);
    arena_done(&plan->arena);
    free(plan->nodes);
    free(plan->children);
    free(plan);
}

struct eql_scratch *eql_scratch_new(void)
{
    struct eql_scratch *s = memory_zeroed(1, sizeof *s);
    regex_scratch_init(s);
    return s;
}

void eql_scratch_free(struct eql_scratch *s)
{
    if (s == NULL)
        return;
    regex_scratch_done(s);
    arena_done(&s->arena);
    free(s);
}
