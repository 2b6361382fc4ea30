// What parses prints back to a text that parses to the same print, and compiles exactly where the
// first one did. What compiles can be asked of an event.

#include "base/buf.h"
#include "eql/ast.h"
#include "eql/plan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool print(str text, struct buf *out);
static bool try_plan(str text);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str text = str_of_bytes((bytes){ .at = data, .len = size });
    struct buf once;
    struct buf twice;
    buf_init(&once, EQL_TEXT_MAX);
    buf_init(&twice, EQL_TEXT_MAX);
    // A print may be too long to be a query; then there is nothing to compare.
    if (print(text, &once) && !once.failed) {
        if (!print(buf_str(&once), &twice) || !str_eq(buf_str(&once), buf_str(&twice)))
            abort();
        if (try_plan(text) != try_plan(buf_str(&once)))
            abort();
    }
    buf_done(&once);
    buf_done(&twice);
    return 0;
}

static bool print(str text, struct buf *out)
{
    struct arena arena = { 0 };
    struct err err;
    struct lexer l = { .text = text, .arena = &arena, .err = &err };
    struct ast_query query;
    const bool parses = ast_parse(&l, &query) == OK;
    if (parses)
        ast_print(&query, out);
    arena_done(&arena);
    return parses;
}

static bool try_plan(str text)
{
    static const struct value args[] = {
        { .text = "sh", .len = 2, .type = VALUE_TEXT },
        { .text = "a\xff*", .len = 3, .type = VALUE_TEXT },
    };
    struct eql_plan *plan;
    struct err err;
    if (eql_compile(text, NULL, &plan, NULL, &err) != OK)
        return false;
    struct value slots[FIELD_COUNT] = { 0 };
    slots[FIELD_PROCESS_NAME] = value_of_text(STR("zsh"));
    slots[FIELD_PROCESS_PID] = value_of_int(501);
    slots[FIELD_PROCESS_ARGS] = value_of_list(args, COUNT_OF(args));
    slots[FIELD_PROCESS_CS_HARD] = value_of_bool(true);
    const struct event event = { .slot_count = FIELD_COUNT, .slots = slots };
    const bool known[FIELD_COUNT] = { [FIELD_EVENT_ACTION] = true };
    struct eql_scratch *scratch = eql_scratch_new(plan->pool);
    eql_look_at(scratch, &event);
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        const uint32_t condition = plan->stages[i].condition;
        const bool holds = eql_holds(scratch, condition, NULL);
        if (holds && !eql_may_hold(scratch, condition, known))
            abort();
    }
    eql_scratch_free(scratch);
    eql_plan_free(plan);
    return true;
}
