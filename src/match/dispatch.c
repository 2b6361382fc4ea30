#include "match/dispatch.h"

#include <stdlib.h>

#define NAME_OCTETS_MAX 256u  // A longer name is none that is looked up.

static const enum field gate_fields[DISPATCH_GATES] = { FIELD_PROCESS_NAME, FIELD_PARENT_NAME };

struct maker {
    struct dispatch *dispatch;
    const struct eql_pool *pool;
    struct eql_scratch *scratch;
    struct event event;
    struct value slots[FIELD_COUNT];
    struct value categories[CATEGORY_COUNT];
};

struct text_key {
    const struct dispatch_gate *gate;
    str text;
};

static void describe_action(struct maker *m, enum action action);
static bool can_meet(const struct maker *m, uint32_t categories, uint32_t condition);
static void add_stage(struct maker *m, const struct eql_plan *plan, struct rule_stage stage);
static void add_lineages(struct maker *m);
static const struct plan_node *gate_of(const struct eql_pool *pool, uint32_t condition,
                                       enum field field);
static bool is_gate(const struct plan_node *n, enum field field);
static void add_to_gate(struct dispatch_gate *gate, const struct plan_node *node, uint32_t number);
static struct dispatch_list *list_of(const struct dispatch_gate *gate, str text);
static void list_add(struct dispatch_list *list, uint32_t number);
static str lower(str text, char buffer[NAME_OCTETS_MAX]);

void dispatch_init(struct dispatch *d, const struct eql_plan *const *plans, uint32_t plan_count,
                   const struct eql_pool *pool, enum action action)
{
    struct maker *m = memory_zeroed(1, sizeof *m);
    *d = (struct dispatch){ 0 };
    m->dispatch = d;
    m->pool = pool;
    m->scratch = eql_scratch_new(pool);
    describe_action(m, action);
    for (size_t i = 0; i < DISPATCH_GATES; i++)
        d->gates[i].field = gate_fields[i];
    for (uint32_t rule = 0; rule < plan_count; rule++) {
        const struct eql_plan *plan = plans[rule];
        for (uint32_t stage = plan->stage_count; stage > 0; stage--)
            add_stage(m, plan, (struct rule_stage){ rule, stage - 1 });
        if (plan->has_until)
            add_stage(m, plan, (struct rule_stage){ rule, STAGE_UNTIL });
    }
    add_lineages(m);
    eql_scratch_free(m->scratch);
    free(m);
}

void dispatch_done(struct dispatch *d)
{
    for (size_t i = 0; i < DISPATCH_GATES; i++) {
        for (uint32_t list = 0; list < d->gates[i].count; list++)
            free(d->gates[i].lists[list].at);
        free(d->gates[i].lists);
        free(d->gates[i].texts);
        map_done(&d->gates[i].by_text);
    }
    free(d->always.at);
    free(d->stages);
    *d = (struct dispatch){ 0 };
}

static void describe_action(struct maker *m, enum action action)
{
    uint32_t count = 0;
    for (uint32_t bit = 1; bit < CATEGORY_ANY; bit <<= 1)
        if ((action_traits[action].categories & bit) != 0)
            m->categories[count++] = value_of_text(category_name(bit));
    m->event = (struct event){ .action = action,
                               .categories = action_traits[action].categories,
                               .slots = m->slots,
                               .slot_count = FIELD_COUNT };
    m->slots[FIELD_EVENT_ACTION] = value_of_text(action_traits[action].name);
    m->slots[FIELD_EVENT_TYPE] = value_of_text(action_traits[action].type);
    m->slots[FIELD_EVENT_CATEGORY] = value_of_list(m->categories, count);
    eql_look_at(m->scratch, &m->event);
}

// Whether an event of the action can, whatever its other fields are.
static bool can_meet(const struct maker *m, uint32_t categories, uint32_t condition)
{
    static const bool known[FIELD_COUNT] = {
        [FIELD_EVENT_ACTION] = true,
        [FIELD_EVENT_TYPE] = true,
        [FIELD_EVENT_CATEGORY] = true,
    };
    return (categories & m->event.categories) != 0 && eql_may_hold(m->scratch, condition, known);
}

static void add_stage(struct maker *m, const struct eql_plan *plan, struct rule_stage stage)
{
    struct dispatch *d = m->dispatch;
    const struct eql_stage *what =
        stage.stage == STAGE_UNTIL ? &plan->until : &plan->stages[stage.stage];
    if (!can_meet(m, what->categories, what->condition))
        return;

    const uint32_t number = d->count++;
    d->stages = memory_resize(d->stages, d->count * sizeof *d->stages);
    d->stages[number] = stage;
    eql_fields(m->pool, what->condition, d->shows);
    for (uint32_t i = 0; i < what->key_count; i++)
        if (what->keys[i].field != PLAN_FIELD_NONE)
            d->shows[what->keys[i].field] = true;
    for (uint32_t i = 0; i < plan->binding_count; i++)
        if (plan->bindings[i].stage == stage.stage)
            d->shows[plan->bindings[i].field] = true;

    for (size_t i = 0; i < DISPATCH_GATES; i++) {
        const struct plan_node *gate = gate_of(m->pool, what->condition, gate_fields[i]);
        if (gate == NULL)
            continue;
        add_to_gate(&d->gates[i], gate, number);
        return;
    }
    list_add(&d->always, number);
}

static void add_lineages(struct maker *m)
{
    for (uint32_t i = 0; i < m->pool->lineage_count; i++) {
        const struct plan_lineage *lineage = &m->pool->lineages[i];
        if (!can_meet(m, lineage->categories, lineage->condition))
            continue;
        m->dispatch->lineages |= UINT64_C(1) << i;
        eql_fields(m->pool, lineage->condition, m->dispatch->shows);
    }
}

// The part of the condition that no event meets without one of a few texts in the field.
static const struct plan_node *gate_of(const struct eql_pool *pool, uint32_t condition,
                                       enum field field)
{
    const struct plan_node *n = &pool->nodes[condition];
    if (n->op != PLAN_ALL)
        return is_gate(n, field) ? n : NULL;
    for (uint32_t i = 0; i < n->count; i++) {
        const struct plan_node *part = gate_of(pool, pool->children[n->first + i], field);
        if (part != NULL)
            return part;
    }
    return NULL;
}

static bool is_gate(const struct plan_node *n, enum field field)
{
    if (n->field != field)
        return false;
    if (n->op == PLAN_FIELD_EQUAL)
        return n->value.type == VALUE_TEXT && n->value.len <= NAME_OCTETS_MAX;
    if (n->op != PLAN_FIELD_IN || n->set->pattern_count > 0)
        return false;
    for (uint32_t i = 0; i < n->set->constant_count; i++)
        if (n->set->constants[i].type != VALUE_TEXT || n->set->constants[i].len > NAME_OCTETS_MAX)
            return false;
    return true;
}

static void add_to_gate(struct dispatch_gate *gate, const struct plan_node *node, uint32_t number)
{
    const bool is_set = node->op == PLAN_FIELD_IN;
    const struct value *texts = is_set ? node->set->constants : &node->value;
    const uint32_t count = is_set ? node->set->constant_count : 1;
    for (uint32_t i = 0; i < count; i++) {
        char buffer[NAME_OCTETS_MAX];
        const str text = lower(value_str(texts[i]), buffer);
        struct dispatch_list *list = list_of(gate, text);
        if (list == NULL) {
            gate->texts = memory_resize(gate->texts, (gate->count + 1) * sizeof *gate->texts);
            gate->lists = memory_resize(gate->lists, (gate->count + 1) * sizeof *gate->lists);
            gate->texts[gate->count] = value_str(texts[i]);
            gate->lists[gate->count] = (struct dispatch_list){ 0 };
            map_add(&gate->by_text, str_hash(text, 0), gate->count);
            list = &gate->lists[gate->count++];
        }
        if (list->count == 0 || list->at[list->count - 1] != number)
            list_add(list, number);
    }
}

static bool is_text(const void *context, uint32_t value)
{
    const struct text_key *key = context;
    return str_eq_nocase(key->gate->texts[value], key->text);
}

// Of a text in lower case.
static struct dispatch_list *list_of(const struct dispatch_gate *gate, str text)
{
    const struct text_key key = { .gate = gate, .text = text };
    const uint32_t at = map_find(&gate->by_text, str_hash(text, 0), is_text, &key);
    return at == MAP_NONE ? NULL : &gate->lists[at];
}

static void list_add(struct dispatch_list *list, uint32_t number)
{
    // Room is made in powers of two.
    if ((list->count & (list->count - 1)) == 0)
        list->at = memory_resize(list->at, (list->count == 0 ? 1 : (size_t)list->count * 2) *
                                               sizeof *list->at);
    list->at[list->count++] = number;
}

static str lower(str text, char buffer[NAME_OCTETS_MAX])
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        buffer[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    return (str){ .at = buffer, .len = text.len };
}

bool dispatch_has(const struct dispatch *d, struct rule_stage stage)
{
    for (uint32_t i = 0; i < d->count; i++)
        if (d->stages[i].rule == stage.rule && d->stages[i].stage == stage.stage)
            return true;
    return false;
}

void dispatch_begin(const struct dispatch *d, const struct event *event,
                    struct dispatch_cursor *cursor)
{
    char buffer[NAME_OCTETS_MAX];
    cursor->stages = d->stages;
    cursor->lists[DISPATCH_GATES].at = d->always.at;
    cursor->lists[DISPATCH_GATES].end = d->always.at + d->always.count;
    for (size_t i = 0; i < DISPATCH_GATES; i++) {
        const struct dispatch_gate *gate = &d->gates[i];
        const struct value v = event->slots[gate->field];
        const bool is_asked = gate->count > 0 && v.type == VALUE_TEXT && v.len <= NAME_OCTETS_MAX;
        const struct dispatch_list *list =
            is_asked ? list_of(gate, lower(value_str(v), buffer)) : NULL;
        cursor->lists[i].at = list == NULL ? NULL : list->at;
        cursor->lists[i].end = list == NULL ? NULL : list->at + list->count;
    }
}

bool dispatch_next(struct dispatch_cursor *cursor, struct rule_stage *out)
{
    uint32_t least = UINT32_MAX;
    size_t from = 0;
    for (size_t i = 0; i <= DISPATCH_GATES; i++) {
        if (cursor->lists[i].at == cursor->lists[i].end || *cursor->lists[i].at >= least)
            continue;
        least = *cursor->lists[i].at;
        from = i;
    }
    if (least == UINT32_MAX)
        return false;
    cursor->lists[from].at++;
    *out = cursor->stages[least];
    return true;
}
