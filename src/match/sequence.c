#include "match/partials.h"

#include <assert.h>
#include <stdlib.h>

#define DUE_PER_EVENT 2u  // Partials at the front of a line that one event looks at.

static void drop_due(struct sequences *s, uint32_t rule);
static void decide_due(struct sequences *s, uint32_t rule, uint32_t host);
static int64_t host_time(const struct sequences *s, uint32_t host);
static void begin(struct sequences *s, struct rule_stage stage, const struct event *event,
                  const struct key *key);
static void note_leading_hit(struct sequences *s, struct rule_stage stage,
                             const struct event *event, const struct key *key);
static void carry_on(struct sequences *s, struct rule_stage stage, const struct event *event,
                     const struct key *key);
static void spoil(struct sequences *s, struct rule_stage stage, const struct event *event,
                  const struct key *key);
static void end(struct sequences *s, struct rule_stage stage, const struct event *event,
                const struct key *key);
static void spoil_one(struct sequences *s, uint32_t partial, bool is_complete, struct moment now);
static enum take_outcome outcome_of(const struct sequences *s, struct rule_stage stage,
                                    const struct event *event, uint32_t partial);
static bool holds(const struct sequences *s, struct rule_stage stage, const struct partial *p);
static bool is_later(int64_t time_ns, int64_t from_ns, int64_t span_ns);
static bool is_too_old(const struct sequences *s, const struct partial *p, int64_t time_ns);
static void reach(struct sequences *s, uint32_t partial, uint32_t stage, const struct event *event);
static void complete(struct sequences *s, uint32_t partial);
static void report(struct sequences *s, uint32_t partial);
static void drop_spoilt(struct sequences *s, uint32_t partial);
static struct held *held_of(struct sequences *s, const struct event *event);
static struct moment moment_of(const struct sequences *s, const struct event *event);

void sequences_advance_clock(struct sequences *s, const struct event *event)
{
    s->arrivals++;
    if (event->host >= s->host_count) {
        const uint32_t count = event->host + 16;
        s->clocks = memory_resize(s->clocks, count * sizeof *s->clocks);
        for (uint32_t i = s->host_count; i < count; i++)
            s->clocks[i] = (struct clock){ INT64_MIN, INT64_MIN };
        s->host_count = count;
    }
    struct clock *clock = &s->clocks[event->host];
    *clock = (struct clock){ .last_ns = event->time_ns, .before_ns = clock->last_ns };
    if (host_time(s, event->host) > s->newest_ns)
        s->newest_ns = host_time(s, event->host);
    if (s->options.plan_count > 0) {
        s->next_line = (s->next_line + 1) % s->options.plan_count;
        drop_due(s, s->next_line);
    }
    if (s->trailing_count > 0) {
        s->next_trailing = (s->next_trailing + 1) % s->trailing_count;
        decide_due(s, s->trailing[s->next_trailing], event->host);
    }
}

// The first few of a rule's line: those too old by their own host's clock go, those that only
// other hosts' clocks have passed go to the back.
static void drop_due(struct sequences *s, uint32_t rule)
{
    for (uint32_t i = 0; i < DUE_PER_EVENT; i++) {
        const uint32_t first = s->rules[rule].line.first;
        if (first == NONE)
            return;
        const struct partial *p = &s->partials[first];
        // One that was stamped in the future does not stand in the way of others.
        const bool is_ahead = p->start.time_ns > s->newest_ns;
        if (!is_ahead && !is_too_old(s, p, s->newest_ns))
            return;
        if (!is_ahead && is_too_old(s, p, host_time(s, p->host))) {
            partials_count_expired(s, first);
            partials_free_one(s, first);
        } else {
            line_remove(s, &s->rules[rule].line, first);
            line_add(s, &s->rules[rule].line, first);
        }
    }
}

// Of a host's complete sequences, those that nothing can spoil any more are reported, in the order
// of completion.
static void decide_due(struct sequences *s, uint32_t rule, uint32_t host)
{
    struct line *queue = partials_queue_of(&s->rules[rule], host);
    for (uint32_t i = 0; i < 2 * DUE_PER_EVENT && queue->first != NONE; i++) {
        const uint32_t first = queue->first;
        const struct partial *p = &s->partials[first];
        const struct clock *clock = &s->clocks[host];
        const int64_t latest_ns =
            clock->last_ns > clock->before_ns ? clock->last_ns : clock->before_ns;
        const int64_t span_ns = s->options.plans[rule]->maxspan_ns;
        if (host_time(s, host) > p->until_ns) {
            report(s, first);
        } else if (is_later(s->steps[p->step].held->at.time_ns, latest_ns, span_ns)) {
            // Complete in the future: it does not stand in the way of others.
            line_remove(s, queue, first);
            line_add(s, queue, first);
        } else {
            return;
        }
    }
}

// A host's time is the earlier of its last two stamps: one record that is stamped in the far
// future must not make everything that waits too old.
static int64_t host_time(const struct sequences *s, uint32_t host)
{
    const struct clock *clock = &s->clocks[host];
    return clock->last_ns < clock->before_ns ? clock->last_ns : clock->before_ns;
}

static bool is_later(int64_t time_ns, int64_t from_ns, int64_t span_ns)
{
    return time_ns > from_ns && (uint64_t)time_ns - (uint64_t)from_ns > (uint64_t)span_ns;
}

static bool is_too_old(const struct sequences *s, const struct partial *p, int64_t time_ns)
{
    const int64_t span = s->options.plans[p->rule]->maxspan_ns;
    return span >= 0 && is_later(time_ns, p->start.time_ns, span);
}

// The last moment of the span, or the end of time.
static int64_t span_end(int64_t from_ns, int64_t span_ns)
{
    return from_ns > INT64_MAX - span_ns ? INT64_MAX : from_ns + span_ns;
}

bool sequences_wait(const struct sequences *s, struct rule_stage stage)
{
    const struct rule_state *rule = &s->rules[stage.rule];
    if (stage.stage == STAGE_UNTIL)
        return rule->line.count > 0;
    const uint32_t from = rule->shape.from[stage.stage];
    return from == UINT32_MAX || rule->waiting[from] > 0;
}

const uint32_t *sequences_take(struct sequences *s, struct rule_stage stage,
                               const struct event *event)
{
    memset(s->outcomes, 0, sizeof s->outcomes);
    const struct eql_plan *plan = s->options.plans[stage.rule];
    const bool is_until = stage.stage == STAGE_UNTIL;
    const struct eql_stage *what = is_until ? &plan->until : &plan->stages[stage.stage];
    const bool has_before = !is_until && s->rules[stage.rule].shape.from[stage.stage] != UINT32_MAX;
    key_builder_begin(&s->keys, what, event);
    for (const struct key *key; (key = key_builder_next(&s->keys)) != NULL;) {
        if (is_until)
            end(s, stage, event, key);
        else if (what->missing && has_before)
            spoil(s, stage, event, key);
        else if (what->missing)
            note_leading_hit(s, stage, event, key);
        else if (has_before)
            carry_on(s, stage, event, key);
        else
            begin(s, stage, event, key);
    }
    return s->outcomes;
}

void sequences_report_event(struct sequences *s, uint32_t rule, const struct event *event)
{
    struct held *steps[] = { held_of(s, event) };
    const struct sequence_match match = {
        .rule = rule, .host = event->host, .steps = steps, .step_count = 1
    };
    s->total.matches++;
    s->rules[rule].counts.matches++;
    s->options.found(s->options.context, &match);
}

void sequences_done_with(struct sequences *s)
{
    sequences_drop(s, s->held);
    s->held = NULL;
    partials_keep_within(s);
}

// What is held of the event that is taken; made when it is first needed.
static struct held *held_of(struct sequences *s, const struct event *event)
{
    if (s->held == NULL) {
        s->held = s->options.keep(s->options.context, event);
        s->held->at = moment_of(s, event);
        s->total.memory_bytes += s->held->size_bytes;
    }
    return s->held;
}

static struct moment moment_of(const struct sequences *s, const struct event *event)
{
    return (struct moment){ .time_ns = event->time_ns,
                            .sequence = event->sequence,
                            .has_sequence = event->has_sequence,
                            .arrival = s->arrivals };
}

// By stamp, then by the sensor's number (one without stands last), then by arrival.
static bool is_before(struct moment a, struct moment b)
{
    if (a.time_ns != b.time_ns)
        return a.time_ns < b.time_ns;
    if (a.has_sequence != b.has_sequence)
        return a.has_sequence;
    if (a.has_sequence && a.sequence != b.sequence)
        return a.sequence < b.sequence;
    return a.arrival < b.arrival;
}

static void begin(struct sequences *s, struct rule_stage stage, const struct event *event,
                  const struct key *key)
{
    const struct shape *shape = &s->rules[stage.rule].shape;
    drop_due(s, stage.rule);
    const uint32_t hit = shape->leads ? partials_find(s, stage.rule, 0, event->host, key) : NONE;
    const bool has_lead = hit != NONE && is_before(s->partials[hit].start, moment_of(s, event));
    const int64_t lead_ns = has_lead ? s->partials[hit].start.time_ns : 0;

    const uint32_t partial = partials_new(s, stage.rule, event->host, key);
    struct partial *p = &s->partials[partial];
    p->start = moment_of(s, event);
    p->has_lead = has_lead;
    p->lead_ns = lead_ns;
    s->total.begun++;
    s->rules[stage.rule].counts.begun++;
    s->outcomes[TAKE_TAKEN]++;
    reach(s, partial, stage.stage, event);
}

// The latest event that must be missing before a sequence begins; one a key.
static void note_leading_hit(struct sequences *s, struct rule_stage stage,
                             const struct event *event, const struct key *key)
{
    drop_due(s, stage.rule);
    uint32_t hit = partials_find(s, stage.rule, 0, event->host, key);
    if (hit != NONE && !is_before(s->partials[hit].start, moment_of(s, event))) {
        s->outcomes[TAKE_NOT_LATER]++;
        return;
    }
    if (hit == NONE) {
        hit = partials_new(s, stage.rule, event->host, key);
        partials_put(s, hit, 0);
    } else {
        line_remove(s, &s->rules[stage.rule].line, hit);
        line_add(s, &s->rules[stage.rule].line, hit);
    }
    s->partials[hit].start = moment_of(s, event);
    s->outcomes[TAKE_TAKEN]++;
}

static void carry_on(struct sequences *s, struct rule_stage stage, const struct event *event,
                     const struct key *key)
{
    const uint32_t from = s->rules[stage.rule].shape.from[stage.stage];
    const uint32_t partial = partials_find(s, stage.rule, from, event->host, key);
    const enum take_outcome outcome = outcome_of(s, stage, event, partial);
    s->outcomes[outcome]++;
    if (outcome != TAKE_TAKEN && outcome != TAKE_TOO_OLD)
        return;
    partials_take(s, partial);
    if (outcome == TAKE_TOO_OLD) {
        partials_count_expired(s, partial);
        partials_free_one(s, partial);
        return;
    }
    struct partial *p = &s->partials[partial];
    const struct moment now = moment_of(s, event);
    p->is_spoilt = p->is_spoilt || (p->has_hit && is_before(p->hit, now));
    p->has_hit = false;
    reach(s, partial, stage.stage, event);
}

// Of an event that would carry the partial on.
static enum take_outcome outcome_of(const struct sequences *s, struct rule_stage stage,
                                    const struct event *event, uint32_t partial)
{
    if (partial == NONE)
        return TAKE_NO_PARTIAL;
    const struct partial *p = &s->partials[partial];
    if (!is_before(s->steps[p->step].held->at, moment_of(s, event)))
        return TAKE_NOT_LATER;
    if (!holds(s, stage, p))
        return TAKE_NOT_MET;
    return is_too_old(s, p, event->time_ns) ? TAKE_TOO_OLD : TAKE_TAKEN;
}

static void reach(struct sequences *s, uint32_t partial, uint32_t stage, const struct event *event)
{
    const uint32_t rule = s->partials[partial].rule;
    const struct eql_plan *plan = s->options.plans[rule];
    step_add(s, partial, held_of(s, event));
    if (plan->stages[stage].binds)
        bound_add(s, partial, stage, event);
    if (stage == s->rules[rule].shape.last)
        complete(s, partial);
    else
        partials_put(s, partial, stage);
}

// An event that must be missing: between two stages it spoils the one that waits there, behind the
// last one those complete ones that are still young enough.
static void spoil(struct sequences *s, struct rule_stage stage, const struct event *event,
                  const struct key *key)
{
    const struct shape *shape = &s->rules[stage.rule].shape;
    const uint32_t from = shape->from[stage.stage];
    const struct moment now = moment_of(s, event);
    uint32_t partial = partials_find(s, stage.rule, from, event->host, key);
    while (partial != NONE) {
        struct partial *p = &s->partials[partial];
        const uint32_t older = p->older;
        const bool is_complete = from == shape->last;
        if (is_complete && event->time_ns > p->latest_ns)
            break;  // So are those behind it safe.
        if ((!is_complete || event->time_ns <= p->until_ns) &&
            is_before(s->steps[p->step].held->at, now) && holds(s, stage, p)) {
            spoil_one(s, partial, is_complete, now);
            s->outcomes[TAKE_TAKEN]++;
        }
        partial = older;
    }
}

// A complete one is done with; another one lives on, for it may take a slot from others.
static void spoil_one(struct sequences *s, uint32_t partial, bool is_complete, struct moment now)
{
    struct partial *p = &s->partials[partial];
    if (is_complete) {
        drop_spoilt(s, partial);
    } else if (!p->has_hit || is_before(now, p->hit)) {
        p->has_hit = true;
        p->hit = now;
    }
}

// `until`: those of the key that have begun and are not complete.
static void end(struct sequences *s, struct rule_stage stage, const struct event *event,
                const struct key *key)
{
    const struct shape *shape = &s->rules[stage.rule].shape;
    for (uint32_t i = shape->first; i < shape->last; i++) {
        if (s->options.plans[stage.rule]->stages[i].missing)
            continue;
        const uint32_t partial = partials_find(s, stage.rule, i, event->host, key);
        if (partial == NONE || !holds(s, stage, &s->partials[partial]))
            continue;
        const struct held *last = s->steps[s->partials[partial].step].held;
        if (is_before(moment_of(s, event), last->at))
            continue;
        s->total.killed++;
        s->rules[stage.rule].counts.killed++;
        partials_free_one(s, partial);
        s->outcomes[TAKE_TAKEN]++;
    }
}

// What depends on earlier stages was not asked before.
static bool holds(const struct sequences *s, struct rule_stage stage, const struct partial *p)
{
    const struct eql_plan *plan = s->options.plans[stage.rule];
    const struct eql_stage *what =
        stage.stage == STAGE_UNTIL ? &plan->until : &plan->stages[stage.stage];
    return !what->depends || eql_holds(s->options.scratch, what->condition, bound_values(p));
}

// All that must be there is. It is reported now, or when nothing can spoil it any more; but not
// before those that were complete earlier.
static void complete(struct sequences *s, uint32_t partial)
{
    struct partial *p = &s->partials[partial];
    struct rule_state *rule = &s->rules[p->rule];
    const int64_t span = s->options.plans[p->rule]->maxspan_ns;
    const int64_t end_ns = s->steps[p->step].held->at.time_ns;
    const bool is_near = p->has_lead && !is_later(end_ns, p->lead_ns, span);
    p->until_ns = INT64_MIN;
    if (rule->shape.leads && !rule->shape.trails)
        p->is_spoilt = p->is_spoilt || is_near;
    else if (rule->shape.trails && (!rule->shape.leads || is_near))
        p->until_ns = span_end(rule->shape.leads ? p->lead_ns : p->start.time_ns, span);
    if (p->is_spoilt) {
        drop_spoilt(s, partial);
        return;
    }
    if (p->until_ns == INT64_MIN &&
        (!rule->shape.trails || partials_queue_of(rule, p->host)->first == NONE)) {
        report(s, partial);
        return;
    }
    line_remove(s, &rule->line, partial);
    line_add(s, &rule->queue, partial);
    line_add(s, partials_queue_of(rule, p->host), partial);
    partials_put_complete(s, partial, rule->shape.last);
    decide_due(s, p->rule, p->host);
}

static void report(struct sequences *s, uint32_t partial)
{
    const struct partial *p = &s->partials[partial];
    struct held *steps[EQL_STAGES_MAX];
    const struct eql_plan *plan = s->options.plans[p->rule];
    uint32_t step = p->step;
    for (uint32_t i = plan->stage_count; i > 0; i--) {
        const bool is_there = !plan->stages[i - 1].missing;
        steps[i - 1] = is_there ? s->steps[step].held : NULL;
        if (is_there)
            step = s->steps[step].before;
    }
    assert(step == NONE);  // One step for each stage that must be there.
    const struct sequence_match match = { .rule = p->rule,
                                          .host = p->host,
                                          .key = p->key,
                                          .steps = steps,
                                          .step_count = plan->stage_count };
    s->total.matches++;
    s->rules[p->rule].counts.matches++;
    s->options.found(s->options.context, &match);
    partials_free_one(s, partial);
}

static void drop_spoilt(struct sequences *s, uint32_t partial)
{
    s->total.spoiled++;
    s->rules[s->partials[partial].rule].counts.spoiled++;
    partials_free_one(s, partial);
}

void sequences_end(struct sequences *s)
{
    for (uint32_t i = 0; i < s->trailing_count; i++)
        while (s->rules[s->trailing[i]].queue.first != NONE)
            report(s, s->rules[s->trailing[i]].queue.first);
}

const struct sequence_counts *sequences_total(const struct sequences *s)
{
    return &s->total;
}

const struct sequence_counts *sequences_of_rule(const struct sequences *s, uint32_t rule)
{
    return &s->rules[rule].counts;
}

uint64_t sequences_keys_cut(const struct sequences *s)
{
    return s->keys.cut;
}
