// What the desk remembers, and what the world hands in.

#include "review/desk_internal.h"

#include <stdarg.h>
#include <stdio.h>

#define HEADINGS_LEAST 8u  // Rows of a terminal on which columns have headings.
#define FOOTER_LEAST   4u

static enum desk_wish leave_help(struct desk *d);

void desk_init(struct desk *d, const struct filter *filter, str me, str store)
{
    *d = (struct desk){ .me = me, .store = store, .filter = *filter };
}

void desk_done(struct desk *d)
{
    queue_done(&d->queue);
    view_done(&d->finding);
    view_done(&d->help);
}

enum desk_wish desk_resize(struct desk *d, unsigned rows, unsigned columns)
{
    const bool is_first = d->rows == 0;
    const bool is_wider = columns != d->columns;
    if (rows == d->rows && !is_wider)
        return DESK_WAITS;
    d->rows = rows > 0 ? rows : 1;
    d->columns = columns > 0 ? columns : 1;
    if (is_first)
        return desk_load(d, QUEUE_LOAD_FIRST);
    if (d->mode == DESK_HELP && is_wider)
        (void)desk_help(d);
    d->keeps_place = true;
    if (d->mode == DESK_FINDING && is_wider)
        return DESK_OPEN;
    return desk_load(d, queue_settle(&d->queue, desk_height(d)));
}

enum desk_wish desk_press(struct desk *d, uint32_t key)
{
    if (key == KEY_OF_NOTHING)
        return DESK_WAITS;
    if (d->question != DESK_ASKS_NOTHING)
        return desk_answer(d, key);
    d->said[0] = '\0';
    if (d->mode == DESK_HELP) {
        if (key == 'q' || key == '?' || key == KEY_OF_ESCAPE || key == KEY_OF_LEFT)
            return leave_help(d);
        (void)view_press(&d->help, key, desk_height(d));
        return DESK_WAITS;
    }
    const bool is_list = d->mode == DESK_LIST;
    for (size_t i = 0; i < desk_binding_count; i++) {
        const struct desk_binding *b = &desk_bindings[i];
        if (b->key == key && (is_list ? b->is_of_list : b->is_of_finding))
            return b->act(d);
    }
    if (is_list || !view_press(&d->finding, key, desk_height(d)))
        desk_say(d, "no such key here; ? shows the keys");
    return DESK_WAITS;
}

// The terminal may have another size than when the finding was shown.
static enum desk_wish leave_help(struct desk *d)
{
    d->mode = d->mode_before;
    d->keeps_place = true;
    return d->mode == DESK_FINDING ? DESK_OPEN : DESK_WAITS;
}

void desk_say(struct desk *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(d->said, sizeof d->said, format, args);
    va_end(args);
}

enum desk_wish desk_decided(struct desk *d)
{
    d->keeps_place = true;
    if (d->mode == DESK_FINDING)
        return DESK_OPEN;
    d->mark_count = 0;
    return desk_load(d, QUEUE_LOAD_AGAIN);
}

void desk_show(struct desk *d, const struct finding_row *row, str text)
{
    d->mode = DESK_FINDING;
    d->target = desk_target_of(row);
    view_set(&d->finding, text, d->columns, d->keeps_place);
    d->keeps_place = false;
}

enum desk_wish desk_hide(struct desk *d)
{
    d->mode = DESK_LIST;
    d->keeps_place = false;
    return desk_load(d, QUEUE_LOAD_AGAIN);
}

enum desk_wish desk_loaded(struct desk *d, bool is_good)
{
    if (!is_good)
        queue_give_up(&d->queue);
    const enum desk_wish wish =
        is_good ? desk_load(d, queue_end(&d->queue, desk_height(d))) : DESK_WAITS;
    if (wish != DESK_WAITS || !d->waits_to_show)
        return wish;
    d->waits_to_show = false;
    return desk_show_other(d);
}

size_t desk_target_count(const struct desk *d)
{
    return desk_has_marks(d) ? d->mark_count : 1;
}

const struct desk_target *desk_target(const struct desk *d, size_t index)
{
    return desk_has_marks(d) ? &d->marks[index] : &d->target;
}

bool desk_has_marks(const struct desk *d)
{
    return d->mode == DESK_LIST && d->mark_count > 0;
}

bool desk_target_holds(const struct desk_target *target, const struct finding_row *row)
{
    const struct desk_target now = desk_target_of(row);
    return now.status == target->status && now.assignee_hash == target->assignee_hash;
}

struct desk_target desk_target_of(const struct finding_row *row)
{
    struct desk_target target = { .status = row->status,
                                  .disposition = row->disposition,
                                  .assignee_hash = str_hash(row->assignee, 0) };
    const str id = str_to(row->id, DESK_ID_MAX - 1);
    if (id.len > 0)
        memcpy(target.id, id.at, id.len);
    return target;
}

bool desk_is_marked(const struct desk *d, str id)
{
    for (size_t i = 0; i < d->mark_count; i++)
        if (str_eq(str_of(d->marks[i].id), id))
            return true;
    return false;
}

enum desk_wish desk_load(struct desk *d, enum queue_load wanted)
{
    d->load = wanted;
    return wanted == QUEUE_LOAD_NONE ? DESK_WAITS : DESK_LOAD;
}

unsigned desk_head(const struct desk *d)
{
    return d->mode == DESK_LIST && d->rows >= HEADINGS_LEAST ? 2 : 1;
}

unsigned desk_height(const struct desk *d)
{
    const unsigned used = desk_head(d) + (d->rows >= FOOTER_LEAST ? 2 : 1);
    return d->rows > used ? d->rows - used : 1;
}
