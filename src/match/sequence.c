#include "match/sequence.h"

#include "match/key.h"

#include <assert.h>
#include <stdlib.h>

#define NONE          UINT32_MAX
#define DUE_PER_EVENT 2u  // Partials at the front of a line that one event looks at.
#define POOL_STEP     1024u

struct partial {
    struct key *key;  // Own copy.
    uint64_t hash;    // Of its slot.
    int64_t start_ns;
    uint32_t rule;
    uint32_t stage;  // Last one reached.
    uint32_t host;
    uint32_t step;    // Last one, in s->steps.
    uint32_t before;  // In the rule's line; `after` links the free ones.
    uint32_t after;
};

struct step {
    struct evidence *evidence;
    uint32_t before;  // `before` links the free ones.
};

struct line {
    uint32_t first;
    uint32_t last;
    uint32_t count;
    uint32_t *waiting;  // How many wait in each stage.
};

struct sequences {
    const struct rules *rules;
    const struct hosts *hosts;
    uint32_t partials_max;
    uint64_t memory_max_bytes;
    struct match_counts *counts;  // The matcher's.
    struct map slots;
    struct partial *partials;
    uint32_t partial_capacity;
    uint32_t free_partial;
    struct step *steps;
    uint32_t step_capacity;
    uint32_t free_step;
    struct line *lines;    // One a rule.
    uint32_t next_line;    // Whose front is looked at with the next event.
    struct clock *clocks;  // One a host.
    uint32_t host_count;
    int64_t newest_ns;  // The furthest of the hosts' times.
    struct key_builder keys;
};

// A host's time is the earlier of its last two stamps: one record that is stamped in the far
// future must not make everything that waits too old.
struct clock {
    int64_t last_ns;
    int64_t before_ns;
};

struct slot {
    const struct sequences *sequences;
    const struct key *key;
    uint32_t rule;
    uint32_t stage;
    uint32_t host;
};

static void drop_due(struct sequences *s, uint32_t rule);
static int64_t host_time(const struct sequences *s, uint32_t host);
static void begin(struct sequences *s, uint32_t rule, const struct event *event,
                  const struct key *key, struct evidence *evidence);
static void carry_on(struct sequences *s, struct rule_stage stage, const struct event *event,
                     const struct key *key, struct evidence **evidence, struct batch *batch);
static void kill(struct sequences *s, uint32_t rule, const struct event *event,
                 const struct key *key);
static bool follows(const struct sequences *s, const struct partial *p, const struct event *event);
static bool is_too_old(const struct sequences *s, const struct partial *p, int64_t time_ns);
static void complete(struct sequences *s, uint32_t partial, struct batch *batch);
static void report(struct sequences *s, uint32_t rule, uint32_t host,
                   const struct evidence *const *steps, size_t step_count, struct batch *batch);
static struct evidence *evidence_of(struct sequences *s, const struct event *event,
                                    struct evidence **evidence);

static uint32_t slot_find(const struct sequences *s, uint32_t rule, uint32_t stage, uint32_t host,
                          const struct key *key);
static void slot_put(struct sequences *s, uint32_t partial, uint32_t stage);
static void slot_take(struct sequences *s, uint32_t partial);
static uint64_t slot_hash(uint32_t rule, uint32_t stage, uint32_t host, const struct key *key);

static uint32_t partial_new(struct sequences *s, uint32_t rule);
static void partial_free(struct sequences *s, uint32_t partial);
static void step_add(struct sequences *s, uint32_t partial, struct evidence *evidence);
static void evict_one(struct sequences *s);
static void line_add(struct sequences *s, uint32_t partial);
static void line_remove(struct sequences *s, uint32_t partial);

struct sequences *sequences_new(const struct rules *rules, const struct hosts *hosts,
                                const struct match_options *options, struct match_counts *counts)
{
    struct sequences *s = memory_zeroed(1, sizeof *s);
    s->counts = counts;
    s->rules = rules;
    s->hosts = hosts;
    s->partials_max = options->partials_max;
    s->memory_max_bytes =
        options->memory_max_bytes > 0 ? options->memory_max_bytes : MATCH_MEMORY_MAX_DEFAULT;
    s->free_partial = NONE;
    s->free_step = NONE;
    s->newest_ns = INT64_MIN;
    s->lines = memory_zeroed(rules->count, sizeof *s->lines);
    for (size_t i = 0; i < rules->count; i++)
        s->lines[i] = (struct line){ .first = NONE,
                                     .last = NONE,
                                     .waiting = memory_zeroed(rules->at[i].plan->stage_count,
                                                              sizeof(uint32_t)) };
    return s;
}

void sequences_free(struct sequences *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->rules->count; i++) {
        while (s->lines[i].first != NONE)
            partial_free(s, s->lines[i].first);
        free(s->lines[i].waiting);
    }
    key_builder_done(&s->keys);
    map_done(&s->slots);
    free(s->lines);
    free(s->partials);
    free(s->steps);
    free(s->clocks);
    free(s);
}

void sequences_advance_clock(struct sequences *s, const struct event *event)
{
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
    if (s->rules->count == 0)
        return;
    s->next_line = (s->next_line + 1) % (uint32_t)s->rules->count;
    drop_due(s, s->next_line);
}

// The first few of a rule's line: those too old by their own host's clock go, those that only
// other hosts' clocks have passed go to the back.
static void drop_due(struct sequences *s, uint32_t rule)
{
    for (uint32_t i = 0; i < DUE_PER_EVENT; i++) {
        const uint32_t first = s->lines[rule].first;
        if (first == NONE || !is_too_old(s, &s->partials[first], s->newest_ns))
            return;
        if (is_too_old(s, &s->partials[first], host_time(s, s->partials[first].host))) {
            s->counts->partials_expired++;
            partial_free(s, first);
        } else {
            line_remove(s, first);
            line_add(s, first);
        }
    }
}

static int64_t host_time(const struct sequences *s, uint32_t host)
{
    const struct clock *clock = &s->clocks[host];
    return clock->last_ns < clock->before_ns ? clock->last_ns : clock->before_ns;
}

static bool is_too_old(const struct sequences *s, const struct partial *p, int64_t time_ns)
{
    const int64_t span = s->rules->at[p->rule].plan->maxspan_ns;
    return span >= 0 && time_ns > p->start_ns &&
           (uint64_t)time_ns - (uint64_t)p->start_ns > (uint64_t)span;
}

bool sequences_wait(const struct sequences *s, struct rule_stage stage)
{
    const struct line *line = &s->lines[stage.rule];
    if (stage.stage == STAGE_UNTIL)
        return line->count > 0;
    return stage.stage == 0 || line->waiting[stage.stage - 1] > 0;
}

void sequences_take(struct sequences *s, struct rule_stage stage, const struct event *event,
                    struct evidence **evidence, struct batch *batch)
{
    key_builder_begin(&s->keys, rule_stage_of(s->rules, stage), event);
    for (const struct key *key; (key = key_builder_next(&s->keys)) != NULL;) {
        if (stage.stage == STAGE_UNTIL)
            kill(s, stage.rule, event, key);
        else if (stage.stage > 0)
            carry_on(s, stage, event, key, evidence, batch);
        else if (s->rules->at[stage.rule].plan->stage_count > 1)
            begin(s, stage.rule, event, key, evidence_of(s, event, evidence));
        else
            sequences_report_event(s, stage.rule, event, evidence, batch);
    }
}

void sequences_report_event(struct sequences *s, uint32_t rule, const struct event *event,
                            struct evidence **evidence, struct batch *batch)
{
    const struct evidence *steps[] = { evidence_of(s, event, evidence) };
    report(s, rule, event->host, steps, 1, batch);
}

static struct evidence *evidence_of(struct sequences *s, const struct event *event,
                                    struct evidence **evidence)
{
    if (*evidence == NULL) {
        *evidence = evidence_keep(event, s->rules->dispatch[event->action].shows);
        s->counts->memory_bytes += evidence_bytes(*evidence);
    }
    return *evidence;
}

static void begin(struct sequences *s, uint32_t rule, const struct event *event,
                  const struct key *key, struct evidence *evidence)
{
    drop_due(s, rule);
    const uint32_t partial = partial_new(s, rule);
    struct partial *p = &s->partials[partial];
    p->key = key_keep(key);
    p->start_ns = event->time_ns;
    p->host = event->host;
    s->counts->partials_begun++;
    s->counts->memory_bytes += key_bytes(key);
    step_add(s, partial, evidence);
    slot_put(s, partial, 0);
}

static void carry_on(struct sequences *s, struct rule_stage stage, const struct event *event,
                     const struct key *key, struct evidence **evidence, struct batch *batch)
{
    const uint32_t partial = slot_find(s, stage.rule, stage.stage - 1, event->host, key);
    if (partial == NONE || !follows(s, &s->partials[partial], event))
        return;
    slot_take(s, partial);
    if (is_too_old(s, &s->partials[partial], event->time_ns)) {
        s->counts->partials_expired++;
        partial_free(s, partial);
        return;
    }
    step_add(s, partial, evidence_of(s, event, evidence));
    if (stage.stage + 1 == s->rules->at[stage.rule].plan->stage_count)
        complete(s, partial, batch);
    else
        slot_put(s, partial, stage.stage);
}

// Strictly after the partial's last event: by stamp, then by the sensor's number, then by arrival.
static bool follows(const struct sequences *s, const struct partial *p, const struct event *event)
{
    const struct evidence *last = s->steps[p->step].evidence;
    if (event->time_ns != evidence_time_ns(last))
        return event->time_ns > evidence_time_ns(last);
    return !event->has_sequence || event->sequence >= evidence_sequence(last);
}

static void kill(struct sequences *s, uint32_t rule, const struct event *event,
                 const struct key *key)
{
    const uint32_t stages = s->rules->at[rule].plan->stage_count;
    for (uint32_t stage = 0; stage + 1 < stages; stage++) {
        const uint32_t partial = slot_find(s, rule, stage, event->host, key);
        if (partial == NONE)
            continue;
        s->counts->partials_killed++;
        slot_take(s, partial);
        partial_free(s, partial);
    }
}

static void complete(struct sequences *s, uint32_t partial, struct batch *batch)
{
    const struct evidence *steps[EQL_STAGES_MAX];
    const struct partial *p = &s->partials[partial];
    const size_t count = s->rules->at[p->rule].plan->stage_count;
    size_t i = count;
    for (uint32_t step = p->step; step != NONE && i > 0; step = s->steps[step].before)
        steps[--i] = s->steps[step].evidence;
    assert(i == 0);  // One step a stage.
    report(s, p->rule, p->host, steps, count, batch);
    partial_free(s, partial);
}

// A finding with one step for every piece of evidence.
static void report(struct sequences *s, uint32_t rule, uint32_t host,
                   const struct evidence *const *steps, size_t step_count, struct batch *batch)
{
    struct finding *finding = batch_add_finding(batch);
    struct finding_step *shown = arena_alloc(&batch->arena, step_count * sizeof *shown);
    for (size_t i = 0; i < step_count; i++) {
        shown[i] = evidence_step(steps[i], &batch->arena);
        shown[i].why = s->rules->at[rule].plan->stages[i].text;
    }
    finding->rule = &s->rules->at[rule].facts;
    finding->host = host;
    finding->host_id = s->hosts->at[host].id;
    finding->host_name = s->hosts->at[host].name;
    finding->time_ns = shown[step_count - 1].time_ns;
    finding->steps = shown;
    finding->step_count = step_count;
}

// --- Slots

static uint64_t slot_hash(uint32_t rule, uint32_t stage, uint32_t host, const struct key *key)
{
    const uint64_t place = ((uint64_t)rule << 32 | host) * 0x9e3779b97f4a7c15u + stage;
    return key_hash(key) ^ (place * 0xff51afd7ed558ccdu);
}

static bool is_in_slot(const void *context, uint32_t value)
{
    const struct slot *slot = context;
    const struct partial *p = &slot->sequences->partials[value];
    return p->rule == slot->rule && p->stage == slot->stage && p->host == slot->host &&
           key_eq(p->key, slot->key);
}

static uint32_t slot_find(const struct sequences *s, uint32_t rule, uint32_t stage, uint32_t host,
                          const struct key *key)
{
    const struct slot slot = { s, key, rule, stage, host };
    return map_find(&s->slots, slot_hash(rule, stage, host, key), is_in_slot, &slot);
}

static void slot_put(struct sequences *s, uint32_t partial, uint32_t stage)
{
    struct partial *p = &s->partials[partial];
    const uint32_t older = slot_find(s, p->rule, stage, p->host, p->key);
    if (older != NONE) {
        s->counts->partials_replaced++;
        slot_take(s, older);
        partial_free(s, older);
    }
    p->stage = stage;
    p->hash = slot_hash(p->rule, stage, p->host, p->key);
    map_add(&s->slots, p->hash, partial);
    s->lines[p->rule].waiting[stage]++;
}

static void slot_take(struct sequences *s, uint32_t partial)
{
    struct partial *p = &s->partials[partial];
    (void)map_remove(&s->slots, p->hash, partial);
    s->lines[p->rule].waiting[p->stage]--;
    p->stage = NONE;
}

// --- Partials and steps: pools with free lists

static uint32_t partial_new(struct sequences *s, uint32_t rule)
{
    while (s->counts->partials_open > 0 && (s->counts->partials_open >= s->partials_max ||
                                            s->counts->memory_bytes > s->memory_max_bytes))
        evict_one(s);
    if (s->free_partial == NONE) {
        const uint32_t old = s->partial_capacity;
        const uint32_t capacity = old == 0 ? POOL_STEP : old * 2;
        s->partials = memory_resize(s->partials, capacity * sizeof *s->partials);
        s->counts->memory_bytes += (capacity - old) * sizeof *s->partials;
        for (uint32_t i = capacity; i > old; i--) {
            s->partials[i - 1].after = s->free_partial;
            s->free_partial = i - 1;
        }
        s->partial_capacity = capacity;
    }
    const uint32_t partial = s->free_partial;
    s->free_partial = s->partials[partial].after;
    s->partials[partial] = (struct partial){ .rule = rule, .stage = NONE, .step = NONE };
    line_add(s, partial);
    s->counts->partials_open++;
    return partial;
}

static void evict_one(struct sequences *s)
{
    uint32_t longest = 0;
    for (uint32_t i = 1; i < s->rules->count; i++)
        if (s->lines[i].count > s->lines[longest].count)
            longest = i;
    s->counts->partials_evicted++;
    partial_free(s, s->lines[longest].first);
}

static void partial_free(struct sequences *s, uint32_t partial)
{
    struct partial *p = &s->partials[partial];
    if (p->stage != NONE)
        slot_take(s, partial);
    line_remove(s, partial);
    for (uint32_t step = p->step; step != NONE;) {
        const uint32_t before = s->steps[step].before;
        s->counts->memory_bytes -= evidence_drop(s->steps[step].evidence);
        s->steps[step] = (struct step){ .before = s->free_step };
        s->free_step = step;
        step = before;
    }
    s->counts->memory_bytes -= key_bytes(p->key);
    free(p->key);
    *p = (struct partial){ .after = s->free_partial };
    s->free_partial = partial;
    s->counts->partials_open--;
}

static void step_add(struct sequences *s, uint32_t partial, struct evidence *evidence)
{
    if (s->free_step == NONE) {
        const uint32_t old = s->step_capacity;
        const uint32_t capacity = old == 0 ? POOL_STEP : old * 2;
        s->steps = memory_resize(s->steps, capacity * sizeof *s->steps);
        s->counts->memory_bytes += (capacity - old) * sizeof *s->steps;
        for (uint32_t i = capacity; i > old; i--) {
            s->steps[i - 1].before = s->free_step;
            s->free_step = i - 1;
        }
        s->step_capacity = capacity;
    }
    const uint32_t step = s->free_step;
    s->free_step = s->steps[step].before;
    evidence_share(evidence);
    s->steps[step] = (struct step){ .evidence = evidence, .before = s->partials[partial].step };
    s->partials[partial].step = step;
}

// --- Lines

static void line_add(struct sequences *s, uint32_t partial)
{
    struct line *line = &s->lines[s->partials[partial].rule];
    s->partials[partial].before = line->last;
    s->partials[partial].after = NONE;
    if (line->last == NONE)
        line->first = partial;
    else
        s->partials[line->last].after = partial;
    line->last = partial;
    line->count++;
}

static void line_remove(struct sequences *s, uint32_t partial)
{
    const struct partial *p = &s->partials[partial];
    struct line *line = &s->lines[p->rule];
    if (p->before == NONE)
        line->first = p->after;
    else
        s->partials[p->before].after = p->after;
    if (p->after == NONE)
        line->last = p->before;
    else
        s->partials[p->after].before = p->before;
    line->count--;
}
