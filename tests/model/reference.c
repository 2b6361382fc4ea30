// Positive stages first, event by event, by one list of what has begun; then each sequence that was
// completed is held against the whole of the events for those that must be missing; then pipes.

#include "reference.h"

#include <assert.h>
#include <string.h>

#include "meaning.h"

#define STEPS_MAX    ROWS_MAX
#define PARTIALS_MAX MATCHES_MAX  // Each event begins at most one for each key.

// A sequence that has begun. Its slot is (step, join): there is never a second one like it.
struct partial {
    size_t step;  // The last one taken.
    struct join join;
    size_t events[STEPS_MAX];     // By step.
    size_t by_stage[STAGES_MAX];  // By stage as written, for references: its last run's.
};

struct reference {
    const struct trial *trial;
    struct outcome *out;
    size_t step_count;
    size_t stage_of[STEPS_MAX];  // Runs written out; only what must be there.
    size_t partial_count;
    struct partial partials[PARTIALS_MAX];
    size_t completed_count;
    struct partial completed[MATCHES_MAX];
};

// The events between which an event that must be missing is looked for, and what was found. It lies
// between them in order, and has arrived between them: what comes too late changes nothing.
struct search {
    size_t after;   // Or EVENT_NONE: from the beginning.
    size_t before;  // Or EVENT_NONE: to the end.
    size_t first_stage;
    size_t end_stage;  // Stages from first_stage to here, this one not included.
    size_t nearest;    // Out: nearest to the sequence, or EVENT_NONE.
};

static void list_steps(struct reference *r);
static void take_event(struct reference *r, size_t event);
static void take_step(struct reference *r, size_t step, size_t event, const struct join *join);
static bool may_step(struct reference *r, const struct partial *p, size_t step, size_t event);
static void arrive(struct reference *r, const struct partial *p);
static void apply_until(struct reference *r, size_t event, bool has_completed);
static size_t find_slot(const struct reference *r, size_t step, const struct join *join);
static void remove_partial(struct reference *r, size_t index);
static bool is_within_span(const struct reference *r, size_t from, size_t to);
static bool is_spoiled(struct reference *r, const struct partial *p);
static bool is_spoiled_in_middle(const struct reference *r, const struct partial *p);
static bool is_spoiled_at_edges(struct reference *r, const struct partial *p);
static void search(const struct reference *r, const struct partial *p, struct search *s);
static bool follows(const struct trial *t, size_t event, size_t before);
static bool hits(const struct reference *r, const struct partial *p, const struct search *s,
                 size_t event);
static void report(struct reference *r, const struct partial *p);
static void apply_pipes(struct reference *r);

void reference_run(const struct trial *trial, struct outcome *out)
{
    static struct reference reference;
    struct reference *r = &reference;
    r->trial = trial;
    r->out = out;
    r->partial_count = r->completed_count = 0;
    out->complaint = NULL;
    out->match_count = 0;
    memset(out->effects, 0, sizeof out->effects);

    list_steps(r);
    for (size_t event = 0; event < trial->event_count; event++)
        take_event(r, event);
    for (size_t i = 0; i < r->completed_count; i++)
        if (!is_spoiled(r, &r->completed[i]))
            report(r, &r->completed[i]);
    apply_pipes(r);
}

static void list_steps(struct reference *r)
{
    r->step_count = 0;
    for (size_t s = 0; s < r->trial->query.stage_count; s++) {
        const struct stage *stage = &r->trial->query.stages[s];
        for (unsigned run = 0; run < stage->runs && !stage->missing; run++)
            r->stage_of[r->step_count++] = s;
    }
}

// --- Positive stages

static void take_event(struct reference *r, size_t event)
{
    const size_t completed_before = r->completed_count;
    for (size_t step = r->step_count; step-- > 0;) {
        struct join joins[JOINS_MAX];
        const struct stage *stage = &r->trial->query.stages[r->stage_of[step]];
        const size_t join_count = stage_joins(r->trial, stage, event, joins);
        if (join_count == 0)
            r->out->effects[EFFECT_NULL_KEY]++;
        for (size_t i = 0; i < join_count; i++)
            take_step(r, step, event, &joins[i]);
    }
    if (r->trial->query.has_until)
        apply_until(r, event, r->completed_count > completed_before);
}

static void take_step(struct reference *r, size_t step, size_t event, const struct join *join)
{
    struct partial p = { .join = *join };
    if (step == 0) {
        for (size_t i = 0; i < STAGES_MAX; i++)
            p.by_stage[i] = EVENT_NONE;
        if (!stage_accepts(r->trial, &r->trial->query.stages[r->stage_of[0]], event, p.by_stage))
            return;
    } else {
        const size_t slot = find_slot(r, step - 1, join);
        if (slot == EVENT_NONE || !may_step(r, &r->partials[slot], step, event))
            return;
        p = r->partials[slot];
        remove_partial(r, slot);
        if (!is_within_span(r, p.events[0], event)) {
            r->out->effects[EFFECT_EXPIRED]++;
            return;
        }
    }
    p.step = step;
    p.events[step] = event;
    if (step + 1 == r->step_count || r->stage_of[step + 1] != r->stage_of[step])
        p.by_stage[r->stage_of[step]] = event;
    arrive(r, &p);
}

static bool may_step(struct reference *r, const struct partial *p, size_t step, size_t event)
{
    const struct stage *stage = &r->trial->query.stages[r->stage_of[step]];
    const bool accepts = stage_accepts(r->trial, stage, event, p->by_stage);
    for (size_t i = 0; i < stage->condition.leaf_count && !accepts; i++)
        r->out->effects[EFFECT_REFERENCE_REFUSED] +=
            stage->condition.leaves[i].operand == OPERAND_REFERENCE;
    if (!accepts)
        return false;
    const bool is_later = event_is_before(r->trial, p->events[p->step], event);
    r->out->effects[EFFECT_NOT_LATER] += !is_later;
    return is_later;
}

static void arrive(struct reference *r, const struct partial *p)
{
    if (p->step + 1 == r->step_count) {
        assert(r->completed_count < MATCHES_MAX);
        r->completed[r->completed_count++] = *p;
        return;
    }
    const size_t slot = find_slot(r, p->step, &p->join);
    if (slot != EVENT_NONE) {
        r->out->effects[EFFECT_REPLACED]++;
        remove_partial(r, slot);
    }
    assert(r->partial_count < PARTIALS_MAX);
    r->partials[r->partial_count++] = *p;
}

static void apply_until(struct reference *r, size_t event, bool has_completed)
{
    const struct stage *until = &r->trial->query.until;
    struct join joins[JOINS_MAX];
    const size_t join_count = stage_joins(r->trial, until, event, joins);
    unsigned killed = 0;
    for (size_t i = r->partial_count; i-- > 0;) {
        const struct partial *p = &r->partials[i];
        bool has_join = false;
        for (size_t j = 0; j < join_count; j++)
            has_join = has_join || join_equals(&p->join, &joins[j]);
        if (!has_join || !stage_accepts(r->trial, until, event, p->by_stage))
            continue;
        // One that is late ends only what was there at its time.
        if (event_is_before(r->trial, event, p->events[p->step]))
            continue;
        remove_partial(r, i);
        killed++;
    }
    r->out->effects[EFFECT_KILLED] += killed;
    r->out->effects[EFFECT_KILLED_WHILE_COMPLETING] += has_completed && killed > 0;
}

static size_t find_slot(const struct reference *r, size_t step, const struct join *join)
{
    for (size_t i = 0; i < r->partial_count; i++)
        if (r->partials[i].step == step && join_equals(&r->partials[i].join, join))
            return i;
    return EVENT_NONE;
}

static void remove_partial(struct reference *r, size_t index)
{
    r->partial_count--;
    for (size_t i = index; i < r->partial_count; i++)
        r->partials[i] = r->partials[i + 1];
}

// `to` is not earlier; all of time may lie between them.
static bool is_within_span(const struct reference *r, size_t from, size_t to)
{
    const struct trial *t = r->trial;
    const uint64_t passed_ns = (uint64_t)t->events[to].time_ns - (uint64_t)t->events[from].time_ns;
    return t->query.span_units == SPAN_NONE ||
           passed_ns <= (uint64_t)(t->query.span_units * t->unit_ns);
}

// --- Events that must be missing

static bool is_spoiled(struct reference *r, const struct partial *p)
{
    if (is_spoiled_in_middle(r, p)) {
        r->out->effects[EFFECT_SPOILED_MIDDLE]++;
        return true;
    }
    return is_spoiled_at_edges(r, p);
}

static bool is_spoiled_in_middle(const struct reference *r, const struct partial *p)
{
    for (size_t step = 1; step < r->step_count; step++) {
        // Between two runs of one stage there is nothing: the range of stages is empty.
        struct search between = {
            .after = p->events[step - 1],
            .before = p->events[step],
            .first_stage = r->stage_of[step - 1] + 1,
            .end_stage = r->stage_of[step],
        };
        search(r, p, &between);
        if (between.nearest != EVENT_NONE)
            return true;
    }
    return false;
}

static bool is_spoiled_at_edges(struct reference *r, const struct partial *p)
{
    const size_t first = p->events[0];
    const size_t last = p->events[r->step_count - 1];
    struct search leading = {
        .after = EVENT_NONE, .before = first, .first_stage = 0, .end_stage = r->stage_of[0]
    };
    struct search trailing = {
        .after = last,
        .before = EVENT_NONE,
        .first_stage = r->stage_of[r->step_count - 1] + 1,
        .end_stage = r->trial->query.stage_count,
    };
    const bool has_leading = leading.first_stage < leading.end_stage;
    const bool has_trailing = trailing.first_stage < trailing.end_stage;
    search(r, p, &leading);
    search(r, p, &trailing);

    // What is missing on both sides of a sequence spoils it only together.
    size_t from = first;
    size_t to = last;
    enum effect spoiled = EFFECT_SPOILED_AROUND;
    enum effect too_far = EFFECT_AROUND_TOO_FAR;
    if (has_leading)
        from = leading.nearest;
    if (has_trailing)
        to = trailing.nearest;
    if (!has_leading) {
        spoiled = EFFECT_SPOILED_TRAILING;
        too_far = EFFECT_TRAILING_TOO_FAR;
    } else if (!has_trailing) {
        spoiled = EFFECT_SPOILED_LEADING;
        too_far = EFFECT_LEADING_TOO_FAR;
    }
    if ((!has_leading && !has_trailing) || from == EVENT_NONE || to == EVENT_NONE)
        return false;
    const bool is_near = is_within_span(r, from, to);
    r->out->effects[is_near ? spoiled : too_far]++;
    return is_near;
}

// The latest where the search has no beginning, else the earliest: the one next to the sequence.
static void search(const struct reference *r, const struct partial *p, struct search *s)
{
    s->nearest = EVENT_NONE;
    for (size_t event = 0; event < r->trial->event_count; event++) {
        if (s->after != EVENT_NONE && !follows(r->trial, event, s->after))
            continue;
        if (s->before != EVENT_NONE && !follows(r->trial, s->before, event))
            continue;
        if (!hits(r, p, s, event))
            continue;
        const bool want_latest = s->after == EVENT_NONE;
        if (s->nearest == EVENT_NONE || event_is_before(r->trial, s->nearest, event) == want_latest)
            s->nearest = event;
    }
}

static bool follows(const struct trial *t, size_t event, size_t before)
{
    return event > before && event_is_before(t, before, event);
}

static bool hits(const struct reference *r, const struct partial *p, const struct search *s,
                 size_t event)
{
    for (size_t i = s->first_stage; i < s->end_stage; i++) {
        const struct stage *stage = &r->trial->query.stages[i];
        struct join joins[JOINS_MAX];
        if (!stage_accepts(r->trial, stage, event, p->by_stage))
            continue;
        const size_t join_count = stage_joins(r->trial, stage, event, joins);
        for (size_t j = 0; j < join_count; j++)
            if (join_equals(&joins[j], &p->join))
                return true;
    }
    return false;
}

// --- Results

static void report(struct reference *r, const struct partial *p)
{
    struct match *m = &r->out->matches[r->out->match_count++];
    *m = (struct match){ .join = p->join };
    size_t step = 0;
    for (size_t s = 0; s < r->trial->query.stage_count; s++) {
        const struct stage *stage = &r->trial->query.stages[s];
        for (unsigned run = 0; run < stage->runs; run++)
            m->events[m->row_count++] = stage->missing ? EVENT_NONE : p->events[step++];
    }
}

static void apply_pipes(struct reference *r)
{
    struct outcome *out = r->out;
    for (size_t i = 0; i < r->trial->query.pipe_count; i++) {
        const struct pipe *pipe = &r->trial->query.pipes[i];
        if (out->match_count <= pipe->count)
            continue;
        const size_t dropped = out->match_count - pipe->count;
        if (!pipe->head)
            memmove(out->matches, out->matches + dropped, pipe->count * sizeof *out->matches);
        out->match_count = pipe->count;
        out->effects[pipe->head ? EFFECT_CUT_BY_HEAD : EFFECT_CUT_BY_TAIL]++;
    }
}
