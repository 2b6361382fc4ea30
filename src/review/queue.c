#include "review/queue.h"

#include "base/arena.h"

#include <stdlib.h>

// Chunks must fit: one is added to what is held, which then is cut.
#define CAPACITY (QUEUE_ROWS_MAX + QUEUE_CHUNK)
#define TEXT_MAX 1024u  // Octets of a column that are kept.

static void forget(struct queue *q, size_t from, size_t to);
static void keep(struct queue_row *out, const struct finding_row *row);
static void set_place(const struct queue *q, enum queue_load load, struct findings_filter *ask);
static void put_at(struct findings_filter *ask, const struct finding_row *row);
static void turn(struct queue *q, size_t count);
static void cut(struct queue *q, enum queue_load load);

void queue_done(struct queue *q)
{
    forget(q, 0, q->count);
    free(q->rows);
    *q = (struct queue){ .count = 0 };
}

const struct finding_row *queue_chosen(const struct queue *q)
{
    return q->chosen < q->count ? &q->rows[q->chosen].row : NULL;
}

enum queue_load queue_move(struct queue *q, int64_t by, size_t height)
{
    const int64_t last = (int64_t)q->count - 1;
    const int64_t wanted = (int64_t)q->chosen + by;
    const int64_t taken = wanted < 0 ? 0 : wanted > last ? (last < 0 ? 0 : last) : wanted;
    q->chosen = (size_t)taken;
    q->moves = wanted - taken;
    if ((q->moves < 0 && q->is_begin) || (q->moves > 0 && q->is_end))
        q->moves = 0;
    if (q->moves != 0)
        return q->moves > 0 ? QUEUE_LOAD_BELOW : QUEUE_LOAD_ABOVE;
    return queue_settle(q, height);
}

enum queue_load queue_settle(struct queue *q, size_t height)
{
    if (height == 0)
        height = 1;
    if (q->chosen < q->top)
        q->top = q->chosen;
    if (q->chosen >= q->top + height)
        q->top = q->chosen - height + 1;
    if (q->top + height > q->count && !q->is_end)
        return QUEUE_LOAD_BELOW;
    if (q->top + height > q->count)
        q->top = q->count > height ? q->count - height : 0;
    // A row above the highest that is shown is what a list is read again from.
    return q->top == 0 && !q->is_begin ? QUEUE_LOAD_ABOVE : QUEUE_LOAD_NONE;
}

void queue_begin(struct queue *q, enum queue_load load, struct findings_filter *ask)
{
    if (q->rows == NULL)
        q->rows = memory_zeroed(CAPACITY, sizeof *q->rows);
    q->load = load;
    q->loaded = 0;
    ask->limit = QUEUE_CHUNK;
    set_place(q, load, ask);
    switch (load) {
    case QUEUE_LOAD_FIRST:
    case QUEUE_LOAD_LAST:
        forget(q, 0, q->count);
        q->chosen = 0;
        q->top = 0;
        q->moves = 0;
        q->is_begin = load == QUEUE_LOAD_FIRST;
        q->is_end = load == QUEUE_LOAD_LAST;
        break;
    case QUEUE_LOAD_AGAIN:
        // The row that the place is named by stays until its text is not needed any more.
        q->chosen -= q->top;
        q->is_begin = ask->after_id.len == 0;
        q->is_end = false;
        break;
    default:
        break;
    }
}

// Its texts are those of a row, which is held until queue_end().
static void set_place(const struct queue *q, enum queue_load load, struct findings_filter *ask)
{
    if (load == QUEUE_LOAD_BELOW && q->count > 0)
        put_at(ask, &q->rows[q->count - 1].row);
    if (load == QUEUE_LOAD_ABOVE && q->count > 0)
        put_at(ask, &q->rows[0].row);
    if (load == QUEUE_LOAD_AGAIN && (q->top > 0 || !q->is_begin) && q->count > 0)
        put_at(ask, &q->rows[q->top > 0 ? q->top - 1 : 0].row);
    ask->is_backward = load == QUEUE_LOAD_LAST || load == QUEUE_LOAD_ABOVE;
}

static void put_at(struct findings_filter *ask, const struct finding_row *row)
{
    ask->after_score = row->score;
    ask->after_time_ns = row->time_ns;
    ask->after_id = row->id;
}

// At the end, whichever way they come: what comes backward is turned when all of it is there.
void queue_take(void *context, const struct finding_row *row)
{
    struct queue *q = context;
    if (q->count + q->loaded < CAPACITY)
        keep(&q->rows[q->count + q->loaded++], row);
}

static void keep(struct queue_row *out, const struct finding_row *row)
{
    out->row = *row;
    out->row.record = STR_EMPTY;
    str *const texts[] = { &out->row.id,       &out->row.rule,      &out->row.title,
                           &out->row.host_id,  &out->row.host_name, &out->row.executable,
                           &out->row.assignee, &out->row.verdict_by };
    size_t len = 0;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        len += texts[i]->len = str_to(*texts[i], TEXT_MAX).len;
    char *at = out->text = memory_new(len + 1);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (texts[i]->len > 0)
            memcpy(at, texts[i]->at, texts[i]->len);
        texts[i]->at = at;
        at += texts[i]->len;
    }
}

enum queue_load queue_end(struct queue *q, size_t height)
{
    const enum queue_load load = q->load;
    const bool is_all = q->loaded < QUEUE_CHUNK;
    const size_t before = load == QUEUE_LOAD_AGAIN ? q->count : 0;
    const bool is_backward = load == QUEUE_LOAD_LAST || load == QUEUE_LOAD_ABOVE;
    q->load = QUEUE_LOAD_NONE;
    q->count += q->loaded;
    if (load == QUEUE_LOAD_AGAIN) {
        forget(q, 0, before);
        q->top = 0;
        if (q->chosen >= q->count)
            q->chosen = q->count > 0 ? q->count - 1 : 0;
    }
    if (is_backward) {
        turn(q, q->loaded);
        q->chosen =
            load == QUEUE_LOAD_LAST ? (q->count > 0 ? q->count - 1 : 0) : q->chosen + q->loaded;
        q->top += load == QUEUE_LOAD_LAST ? 0 : q->loaded;
        q->is_begin = is_all;
    } else {
        q->is_end = is_all;
    }
    cut(q, load);
    return queue_move(q, q->moves, height);
}

void queue_give_up(struct queue *q)
{
    q->count += q->loaded;
    forget(q, q->count - q->loaded, q->count);
    q->loaded = 0;
    q->moves = 0;
    q->load = QUEUE_LOAD_NONE;
    q->is_begin = true;
    q->is_end = true;
}

// The newest `count` rows stand at the end, the last of them first; they come before all others.
static void turn(struct queue *q, size_t count)
{
    struct queue_row *turned = memory_new((count + 1) * sizeof *turned);
    for (size_t i = 0; i < count; i++)
        turned[i] = q->rows[q->count - 1 - i];
    memmove(q->rows + count, q->rows, (q->count - count) * sizeof *turned);
    memcpy(q->rows, turned, count * sizeof *turned);
    free(turned);
}

// What is furthest from where somebody looks goes.
static void cut(struct queue *q, enum queue_load load)
{
    if (q->count <= QUEUE_ROWS_MAX)
        return;
    const size_t more = q->count - QUEUE_ROWS_MAX;
    if (load == QUEUE_LOAD_ABOVE) {
        forget(q, QUEUE_ROWS_MAX, q->count);
        q->is_end = false;
        return;
    }
    forget(q, 0, more);
    q->is_begin = false;
    q->chosen -= q->chosen < more ? q->chosen : more;
    q->top -= q->top < more ? q->top : more;
}

// Rows `from` up to `to`; those behind move up.
static void forget(struct queue *q, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        free(q->rows[i].text);
    if (to > from)
        memmove(q->rows + from, q->rows + to, (q->count - to) * sizeof *q->rows);
    q->count -= to - from;
}
