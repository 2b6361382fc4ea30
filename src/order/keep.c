#include "order/keep.h"

#include "base/arena.h"

#include <stdlib.h>

// One piece of memory: the event, its slots and the values of its lists, then text. The same walk
// measures it, with no memory yet, and fills it.
struct piece {
    struct value *values;
    char *text;
    size_t value_count;
    size_t text_len;
};

static void walk(struct piece *p, struct event *event);
static void walk_values(struct piece *p, const struct value **values, size_t count);
static void walk_process(struct piece *p, struct process_facts *process);
static void walk_str(struct piece *p, str *s);

void order_keep(struct order_item *item)
{
    if (item->event == NULL || item->kept_bytes > 0)
        return;
    struct piece p = { 0 };
    struct event measured = *item->event;
    walk(&p, &measured);

    const size_t size = sizeof(struct event) + p.value_count * sizeof *p.values + p.text_len;
    struct event *kept = memory_new(size);
    *kept = *item->event;
    p = (struct piece){ .values = (struct value *)(void *)(kept + 1),
                        .text = (char *)(kept + 1) + p.value_count * sizeof *p.values };
    walk(&p, kept);
    *item = (struct order_item){ .event = kept, .kept_bytes = size, .missed = item->missed };
}

void order_drop(struct order_item *item)
{
    if (item->kept_bytes > 0)
        free(item->event);
    *item = (struct order_item){ 0 };
}

static void walk(struct piece *p, struct event *event)
{
    const struct value *slots = event->slots;
    struct value *own = p->values;
    walk_values(p, &slots, event->slot_count);
    if (own != NULL)
        event->slots = own;  // Where walk_values() put them: it was the first.
    walk_process(p, &event->process);
    walk_process(p, &event->previous);
    walk_process(p, &event->target);
    walk_str(p, &event->host_told.id);
    walk_str(p, &event->host_told.name);
}

static void walk_values(struct piece *p, const struct value **values, size_t count)
{
    const struct value *from = *values;
    struct value *to = p->values == NULL ? NULL : p->values + p->value_count;
    p->value_count += count;
    if (to != NULL && count > 0)
        memcpy(to, from, count * sizeof *to);
    for (size_t i = 0; i < count; i++) {
        if (from[i].type == VALUE_TEXT) {
            str text = value_str(from[i]);
            walk_str(p, &text);
            if (to != NULL)
                to[i].text = text.at;
        } else if (from[i].type == VALUE_LIST) {
            const struct value *list = from[i].list;
            walk_values(p, &list, from[i].len);
            if (to != NULL)
                to[i].list = list;
        }
    }
    if (to != NULL)
        *values = to;
}

static void walk_process(struct piece *p, struct process_facts *process)
{
    walk_str(p, &process->id.entity);
    walk_str(p, &process->parent.entity);
    walk_str(p, &process->responsible.entity);
    walk_str(p, &process->executable);
    walk_str(p, &process->signing_id);
    walk_str(p, &process->team_id);
    walk_str(p, &process->cdhash);
}

static void walk_str(struct piece *p, str *s)
{
    if (s->len == 0)
        return;
    if (p->text != NULL) {
        memcpy(p->text + p->text_len, s->at, s->len);
        s->at = p->text + p->text_len;
    }
    p->text_len += s->len;
}
