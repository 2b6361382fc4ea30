#include "query/results.h"

static void pass(struct results *r, uint32_t pipe, struct result *result);
static void queue_add(struct result_queue *q, struct result *result);
static struct result *queue_take(struct result_queue *q);

void results_init(struct results *r, const struct eql_plan *plan,
                  void (*drop)(void *context, struct result *result), void *context)
{
    *r = (struct results){ .plan = plan, .drop = drop, .context = context };
}

void results_done(struct results *r)
{
    struct result *result;
    for (uint32_t i = 0; i < r->plan->pipe_count; i++)
        while ((result = queue_take(&r->pipes[i].held)) != NULL)
            r->drop(r->context, result);
    while ((result = queue_take(&r->ready)) != NULL)
        r->drop(r->context, result);
}

void results_add(struct results *r, struct result *result)
{
    pass(r, 0, result);
}

static void pass(struct results *r, uint32_t pipe, struct result *result)
{
    for (; pipe < r->plan->pipe_count; pipe++) {
        const struct plan_pipe *what = &r->plan->pipes[pipe];
        struct pipe_state *state = &r->pipes[pipe];
        if (what->is_tail) {
            queue_add(&state->held, result);
            if (state->held.count > what->count)
                r->drop(r->context, queue_take(&state->held));
            return;
        }
        if (state->passed == what->count) {
            r->drop(r->context, result);
            return;
        }
        state->passed++;
    }
    queue_add(&r->ready, result);
}

void results_end(struct results *r)
{
    for (uint32_t i = 0; i < r->plan->pipe_count; i++)
        for (struct result *result; (result = queue_take(&r->pipes[i].held)) != NULL;)
            pass(r, i + 1, result);
}

bool results_are_complete(const struct results *r)
{
    for (uint32_t i = 0; i < r->plan->pipe_count && !r->plan->pipes[i].is_tail; i++)
        if (r->pipes[i].passed == r->plan->pipes[i].count)
            return true;
    return false;
}

struct result *results_take(struct results *r)
{
    return queue_take(&r->ready);
}

static void queue_add(struct result_queue *q, struct result *result)
{
    result->next = NULL;
    if (q->last == NULL)
        q->first = result;
    else
        q->last->next = result;
    q->last = result;
    q->count++;
}

static struct result *queue_take(struct result_queue *q)
{
    struct result *result = q->first;
    if (result == NULL)
        return NULL;
    q->first = result->next;
    if (q->first == NULL)
        q->last = NULL;
    q->count--;
    return result;
}
