#include "match/explain.h"

#include "match/rules.h"

#include <inttypes.h>
#include <stdlib.h>

#define TEXT_SHOWN_MAX 160u
#define LIST_SHOWN_MAX 8u

static void add_span(int64_t span_ns, struct buf *out);
static void add_keys(const struct eql_stage *stage, const struct explain_names *names,
                     struct buf *out);
static void add_conditions(const struct eql_plan *plan, uint32_t condition, struct buf *out);
static void add_condition(const struct eql_pool *pool, uint32_t condition, struct buf *out);
static void add_fields(const struct eql_plan *plan, uint32_t stage,
                       const struct explain_names *names, struct buf *out);
static void add_name(struct buf *out, bool *first, str name);
static void add_actions(const struct rules *r, struct rule_stage stage, struct buf *out);
static void add_columns(const struct rules *r, struct rule_stage stage, struct buf *out);
static void add_signals(const struct rules *r, uint32_t rule, struct buf *out);
static bool needs_before(const struct rules *r, uint32_t rule, uint32_t stage, uint32_t any_of);
static void add_set(struct buf *out, bool *first, uint32_t set, str separator);
static void add_state(const struct eql_plan *plan, const struct match_options *options,
                      struct buf *out);
static str name_of_field(const void *context, uint16_t slot);

static const struct eql_stage *stage_of(const struct eql_plan *plan, uint32_t stage)
{
    return stage == STAGE_UNTIL ? &plan->until : &plan->stages[stage];
}

void explain_query(const struct eql_plan *plan, const struct explain_names *names, struct buf *out)
{
    if (plan->is_sequence)
        buf_printf(out, "a sequence of %u stages", plan->stage_count);
    else
        buf_add(out, STR("single events"));
    if (plan->maxspan_ns >= 0) {
        buf_add(out, STR(", from the first to the last within "));
        add_span(plan->maxspan_ns, out);
    }
    for (uint32_t i = 0; i < plan->pipe_count; i++)
        buf_printf(out, ", %s %" PRIu64 " matches only",
                   plan->pipes[i].is_tail ? "the last" : "the first", plan->pipes[i].count);
    buf_add_char(out, '\n');
    if (plan->is_sequence && plan->stages[0].key_count > 0) {
        buf_add(out, STR("joined by "));
        add_keys(&plan->stages[0], names, out);
        buf_add_char(out, '\n');
    }
}

static void add_span(int64_t span_ns, struct buf *out)
{
    static const struct {
        int64_t ns;
        const char *unit;
    } units[] = {
        { INT64_C(86400000000000), "d" }, { INT64_C(3600000000000), "h" },
        { INT64_C(60000000000), "m" },    { INT64_C(1000000000), "s" },
        { INT64_C(1000000), "ms" },
    };
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (span_ns % units[i].ns != 0 && i + 1 < COUNT_OF(units))
            continue;
        buf_printf(out, "%" PRId64 "%s", span_ns / units[i].ns, units[i].unit);
        return;
    }
}

static void add_keys(const struct eql_stage *stage, const struct explain_names *names,
                     struct buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < stage->key_count; i++) {
        const struct plan_key *key = &stage->keys[i];
        const bool exists = key->field != PLAN_FIELD_NONE;
        add_name(out, &first, exists ? names->of(names->context, key->field) : STR("(no field)"));
        if (key->optional)
            buf_add(out, STR(" (also where it is missing)"));
    }
}

void explain_stage(const struct eql_plan *plan, uint32_t stage, const struct explain_names *names,
                   struct buf *out)
{
    const struct eql_stage *what = stage_of(plan, stage);
    if (stage == STAGE_UNTIL)
        buf_add(out, STR("\nuntil    "));
    else
        buf_printf(out, "\nstage %-2u ", stage + 1);
    buf_printf(out, "%.*s%s\n", STR_ARG(what->category),
               what->missing ? ", and there must be none" : "");
    add_conditions(plan, what->condition, out);
    if (what->key_count > 0 && plan->is_sequence) {
        buf_add(out, STR("  key    "));
        add_keys(what, names, out);
        buf_add_char(out, '\n');
    }
    add_fields(plan, stage, names, out);
}

// What is joined by `and` at the top has a line each.
static void add_conditions(const struct eql_plan *plan, uint32_t condition, struct buf *out)
{
    const struct eql_pool *pool = plan->pool;
    const struct plan_node *n = &pool->nodes[condition];
    if (n->op != PLAN_ALL) {
        add_condition(pool, condition, out);
        return;
    }
    for (uint32_t i = 0; i < n->count; i++)
        add_condition(pool, pool->children[n->first + i], out);
}

static void add_condition(const struct eql_pool *pool, uint32_t condition, struct buf *out)
{
    const struct plan_node *n = &pool->nodes[condition];
    const struct plan_node *leaf =
        n->op == PLAN_NOT && n->leaf == PLAN_LEAF_NONE ? &pool->nodes[pool->children[n->first]] : n;
    buf_add(out, STR("  where  "));
    eql_describe(pool, condition, out);
    if (leaf->leaf != PLAN_LEAF_NONE && pool->leaves[leaf->leaf].uses > 1)
        buf_printf(out, "   [asked in %u places, answered once]", pool->leaves[leaf->leaf].uses);
    buf_add_char(out, '\n');
}

static void add_fields(const struct eql_plan *plan, uint32_t stage,
                       const struct explain_names *names, struct buf *out)
{
    const struct eql_stage *what = stage_of(plan, stage);
    bool *fields = memory_zeroed(EQL_SLOT_COUNT_MAX, sizeof *fields);
    bool first = true;
    eql_fields(plan->pool, what->condition, fields);
    for (uint32_t i = 0; i < what->key_count; i++)
        if (what->keys[i].field != PLAN_FIELD_NONE)
            fields[what->keys[i].field] = true;
    for (uint32_t i = 0; i < plan->binding_count; i++)
        if (plan->bindings[i].stage == stage)
            fields[plan->bindings[i].field] = true;
    buf_add(out, STR("  needs  "));
    for (uint16_t i = 0; i < EQL_SLOT_COUNT_MAX; i++)
        if (fields[i])
            add_name(out, &first, names->of(names->context, i));
    buf_add(out, first ? STR("no field\n") : STR("\n"));
    free(fields);
}

static void add_name(struct buf *out, bool *first, str name)
{
    if (!*first)
        buf_add(out, STR(", "));
    *first = false;
    buf_add(out, name);
}

void rules_explain(const struct rules *r, size_t rule, const struct match_options *options,
                   struct buf *out)
{
    static const struct explain_names names = { .of = name_of_field };
    const struct rule *what = &r->at[rule];
    const struct eql_plan *plan = what->plan;
    const str level = level_name(what->facts.level);
    buf_printf(out, "%.*s  %.*s\n", STR_ARG(what->facts.id), STR_ARG(what->facts.title));
    buf_printf(out, "%.*s, version %u, %.*s\n\n", STR_ARG(level), what->facts.version,
               STR_ARG(what->path));
    explain_query(plan, &names, out);
    if (plan->is_sequence)
        buf_add(out, STR("never of two Macs at once\n"));
    for (uint32_t stage = 0; stage < plan->stage_count + plan->has_until; stage++) {
        const uint32_t number = stage < plan->stage_count ? stage : STAGE_UNTIL;
        explain_stage(plan, number, &names, out);
        add_actions(r, (struct rule_stage){ (uint32_t)rule, number }, out);
    }
    add_signals(r, (uint32_t)rule, out);
    add_state(plan, options, out);
}

static str name_of_field(const void *context, uint16_t slot)
{
    (void)context;
    return field_name((enum field)slot);
}

static void add_actions(const struct rules *r, struct rule_stage stage, struct buf *out)
{
    bool first = true;
    buf_add(out, STR("  asked  of "));
    for (size_t action = 0; action < ACTION_COUNT; action++)
        if (dispatch_has(&r->dispatch[action], stage))
            add_name(out, &first, action_traits[action].name);
    if (first)
        buf_add(out, STR("no event: it can never be met"));
    else
        add_columns(r, stage, out);
    buf_add_char(out, '\n');
}

// The fields whose values exclude it without its being asked.
static void add_columns(const struct rules *r, struct rule_stage stage, struct buf *out)
{
    bool fields[FIELD_COUNT] = { false };
    bool first = true;
    for (size_t action = 0; action < ACTION_COUNT; action++)
        dispatch_columns(&r->dispatch[action], stage, fields);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!fields[i])
            continue;
        if (first)
            buf_add(out, STR(", unless excluded by "));
        add_name(out, &first, field_name((enum field)i));
    }
}

// Where a stage sees with any of several, all of them stand with `or` between.
static void add_signals(const struct rules *r, uint32_t rule, struct buf *out)
{
    uint32_t facts = 0;
    uint32_t guards = 0;
    bool first = true;
    buf_add(out, STR("\nsignals  "));
    for (uint32_t i = 0; i < rules_stage_count(r, rule); i++) {
        const struct signal_need need = rules_need(r, rule, i);
        facts |= need.facts;
        if (need.is_guard)
            guards |= need.any_of;
        else if (need.any_of != 0 && !needs_before(r, rule, i, need.any_of))
            add_set(out, &first, need.any_of, STR(" or "));
    }
    buf_add(out, first ? STR("none\n") : STR("\n"));
    first = true;
    if (guards != 0) {
        buf_add(out, STR("guards   "));
        add_set(out, &first, guards, STR(", "));
        buf_add(out, STR(": completed without, but perhaps wrongly\n"));
    }
    first = true;
    if (facts != 0) {
        buf_add(out, STR("facts    "));
        add_set(out, &first, facts, STR(", "));
        buf_add_char(out, '\n');
    }
}

// Whether an earlier stage needs the same.
static bool needs_before(const struct rules *r, uint32_t rule, uint32_t stage, uint32_t any_of)
{
    for (uint32_t i = 0; i < stage; i++) {
        const struct signal_need need = rules_need(r, rule, i);
        if (!need.is_guard && need.any_of == any_of)
            return true;
    }
    return false;
}

static void add_set(struct buf *out, bool *first, uint32_t set, str separator)
{
    bool is_first_of_set = true;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if ((set & SIGNAL_BIT(i)) == 0)
            continue;
        if (!is_first_of_set)
            buf_add(out, separator);
        if (is_first_of_set)
            add_name(out, first, signal_traits[i].name);
        else
            buf_add(out, signal_traits[i].name);
        is_first_of_set = false;
    }
}

static void add_state(const struct eql_plan *plan, const struct match_options *options,
                      struct buf *out)
{
    if (!plan->is_sequence) {
        buf_add(out, STR("state    none\n"));
        return;
    }
    const uint32_t all = options->partials_max > 0 ? options->partials_max : PARTIALS_MAX_DEFAULT;
    const uint32_t one =
        options->rule_partials_max > 0 ? options->rule_partials_max : RULE_PARTIALS_MAX_DEFAULT;
    const uint64_t memory =
        options->memory_max_bytes > 0 ? options->memory_max_bytes : MATCH_MEMORY_MAX_DEFAULT;
    buf_printf(out,
               "state    at most %u sequences that have begun (%u and %" PRIu64
               " MiB with all other rules);\n"
               "         one for each stage and key, the newest; where there is no room the "
               "oldest gives way, and is counted\n",
               one < all ? one : all, all, memory >> 20);
}

void explain_value(struct value v, struct buf *out)
{
    switch ((enum value_type)v.type) {
    case VALUE_MISSING:
        buf_add(out, STR("missing"));
        return;
    case VALUE_BOOL:
        buf_add(out, v.boolean ? STR("true") : STR("false"));
        return;
    case VALUE_INT:
        buf_printf(out, "%" PRId64, v.integer);
        return;
    case VALUE_FLOAT:
        buf_printf(out, "%g", v.real);
        return;
    case VALUE_TEXT:
        buf_add_char(out, '"');
        buf_add(out, str_to(value_str(v), TEXT_SHOWN_MAX));
        buf_add(out, v.len > TEXT_SHOWN_MAX ? STR("...\"") : STR("\""));
        return;
    case VALUE_LIST:
        break;
    }
    buf_add_char(out, '(');
    for (uint32_t i = 0; i < v.len && i < LIST_SHOWN_MAX; i++) {
        buf_add(out, i == 0 ? STR_EMPTY : STR(", "));
        explain_value(v.list[i], out);
    }
    buf_add(out, v.len > LIST_SHOWN_MAX ? STR(", ...)") : STR(")"));
}
