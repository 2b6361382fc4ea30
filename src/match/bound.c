// Values of earlier stages that later ones refer to: one block a partial, made anew when another
// stage is reached whose event is referred to.

#include "match/partials.h"

#include <stdlib.h>

struct bound {
    size_t size_bytes;
    uint32_t count;
    struct value values[];  // By number of the plan's bindings; their lists and texts follow.
};

struct writer {
    struct value *lists;
    char *text;
};

static void measure(struct value v, size_t *lists, size_t *text);
static struct value copy(struct writer *w, struct value v);

void bound_add(struct sequences *s, uint32_t partial, uint32_t stage, const struct event *event)
{
    struct partial *p = &s->partials[partial];
    const struct eql_plan *plan = s->options.plans[p->rule];
    struct value values[EQL_BINDINGS_MAX] = { 0 };
    size_t lists = 0;
    size_t text = 0;
    for (uint32_t i = 0; i < plan->binding_count; i++) {
        if (p->bound != NULL)
            values[i] = p->bound->values[i];
        if (plan->bindings[i].stage == stage)
            values[i] = event->slots[plan->bindings[i].field];
        measure(values[i], &lists, &text);
    }
    const size_t head = sizeof(struct bound) + (plan->binding_count + lists) * sizeof(struct value);
    struct bound *bound = memory_new(head + text);
    bound->size_bytes = head + text;
    bound->count = plan->binding_count;
    struct writer w = { .lists = bound->values + plan->binding_count,
                        .text = (char *)bound + head };
    for (uint32_t i = 0; i < plan->binding_count; i++)
        bound->values[i] = copy(&w, values[i]);
    bound_free(s, p);
    p->bound = bound;
    s->total.memory_bytes += bound->size_bytes;
    s->rules[p->rule].counts.memory_bytes += bound->size_bytes;
}

void bound_free(struct sequences *s, struct partial *p)
{
    if (p->bound == NULL)
        return;
    s->total.memory_bytes -= p->bound->size_bytes;
    s->rules[p->rule].counts.memory_bytes -= p->bound->size_bytes;
    free(p->bound);
    p->bound = NULL;
}

const struct value *bound_values(const struct partial *p)
{
    return p->bound == NULL ? NULL : p->bound->values;
}

static void measure(struct value v, size_t *lists, size_t *text)
{
    if (v.type == VALUE_TEXT)
        *text += v.len;
    if (v.type != VALUE_LIST)
        return;
    *lists += v.len;
    for (uint32_t i = 0; i < v.len; i++)
        measure(v.list[i], lists, text);
}

static struct value copy(struct writer *w, struct value v)
{
    if (v.type == VALUE_TEXT && v.len > 0) {
        memcpy(w->text, v.text, v.len);
        v.text = w->text;
        w->text += v.len;
    }
    if (v.type == VALUE_LIST) {
        struct value *list = w->lists;
        w->lists += v.len;
        for (uint32_t i = 0; i < v.len; i++)
            list[i] = copy(w, v.list[i]);
        v.list = list;
    }
    return v;
}
