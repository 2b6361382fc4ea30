#include "match/partials.h"

#include <stdlib.h>

#define POOL_STEP  1024u
#define HOSTS_STEP 16u
// With its cells in the table of slots.
#define PARTIAL_BYTES (sizeof(struct partial) + 2 * sizeof(struct map_cell))

struct slot {
    const struct sequences *sequences;
    const struct key *key;
    uint32_t rule;
    uint32_t stage;
    uint32_t host;
};

static void make_room(struct sequences *s, uint32_t rule);
static void evict_first(struct sequences *s, uint32_t rule, enum evict_reason reason);
static uint32_t rule_that_holds_most(struct sequences *s, enum evict_reason reason);
static void grow_partials(struct sequences *s);
static void grow_steps(struct sequences *s);
static uint32_t pool_grown(uint32_t capacity);

struct sequences *sequences_new(const struct sequences_options *options)
{
    struct sequences *s = memory_zeroed(1, sizeof *s);
    const uint32_t count = options->plan_count;
    s->options = *options;
    s->free_partial = NONE;
    s->free_step = NONE;
    s->newest_ns = INT64_MIN;
    s->rules = memory_zeroed(count + 1, sizeof *s->rules);
    s->trailing = memory_zeroed(count + 1, sizeof *s->trailing);
    for (uint32_t i = 0; i < count; i++) {
        struct rule_state *rule = &s->rules[i];
        shape_init(&rule->shape, options->plans[i]);
        rule->line = rule->queue = (struct line){ .first = NONE, .last = NONE };
        rule->waiting = memory_zeroed(options->plans[i]->stage_count, sizeof *rule->waiting);
        if (rule->shape.trails)
            s->trailing[s->trailing_count++] = i;
    }
    return s;
}

void sequences_free(struct sequences *s)
{
    if (s == NULL)
        return;
    for (uint32_t i = 0; i < s->options.plan_count; i++) {
        struct rule_state *rule = &s->rules[i];
        while (rule->line.first != NONE)
            partials_free_one(s, rule->line.first);
        while (rule->queue.first != NONE)
            partials_free_one(s, rule->queue.first);
        shape_done(&rule->shape);
        free(rule->host_queues);
        free(rule->waiting);
    }
    sequences_drop(s, s->held);
    key_builder_done(&s->keys);
    map_done(&s->slots);
    free(s->rules);
    free(s->trailing);
    free(s->partials);
    free(s->steps);
    free(s->clocks);
    free(s);
}

// --- Partials and steps: pools with free lists

uint32_t partials_new(struct sequences *s, uint32_t rule, uint32_t host, const struct key *key)
{
    make_room(s, rule);
    if (s->free_partial == NONE)
        grow_partials(s);
    const uint32_t partial = s->free_partial;
    s->free_partial = s->partials[partial].links[LINK_RULE].after;
    s->partials[partial] = (struct partial){ .key = key_keep(key),
                                             .rule = rule,
                                             .host = host,
                                             .stage = NONE,
                                             .step = NONE,
                                             .older = NONE,
                                             .newer = NONE };
    line_add(s, &s->rules[rule].line, partial);
    s->total.open++;
    s->rules[rule].counts.open++;
    s->total.memory_bytes += PARTIAL_BYTES + key_bytes(key);
    s->rules[rule].counts.memory_bytes += PARTIAL_BYTES + key_bytes(key);
    return partial;
}

static void make_room(struct sequences *s, uint32_t rule)
{
    const struct sequences_options *options = &s->options;
    while (s->rules[rule].counts.open > 0 &&
           s->rules[rule].counts.open >= options->rule_partials_max)
        evict_first(s, rule, EVICT_RULE);
    while (s->total.open > 0 && s->total.open >= options->partials_max)
        evict_first(s, rule_that_holds_most(s, EVICT_TOTAL), EVICT_TOTAL);
    partials_keep_within(s);
}

void partials_keep_within(struct sequences *s)
{
    while (s->total.open > 1 && s->total.memory_bytes > s->options.memory_max_bytes)
        evict_first(s, rule_that_holds_most(s, EVICT_MEMORY), EVICT_MEMORY);
}

// The one that began first; where none waits, the one that was complete first.
static void evict_first(struct sequences *s, uint32_t rule, enum evict_reason reason)
{
    const struct rule_state *state = &s->rules[rule];
    s->total.evicted[reason]++;
    s->rules[rule].counts.evicted[reason]++;
    partials_free_one(s, state->line.first != NONE ? state->line.first : state->queue.first);
}

static uint64_t held_by(const struct rule_state *rule, enum evict_reason reason)
{
    return reason == EVICT_MEMORY ? rule->counts.memory_bytes : rule->counts.open;
}

// Or one that was it not long ago: all rules are looked at only when the one that was chosen holds
// half of what it held then.
static uint32_t rule_that_holds_most(struct sequences *s, enum evict_reason reason)
{
    struct victim *victim = &s->victims[reason];
    if (victim->held > 0 && held_by(&s->rules[victim->rule], reason) > victim->held / 2)
        return victim->rule;
    victim->rule = 0;
    for (uint32_t i = 1; i < s->options.plan_count; i++)
        if (held_by(&s->rules[i], reason) > held_by(&s->rules[victim->rule], reason))
            victim->rule = i;
    victim->held = held_by(&s->rules[victim->rule], reason);
    return victim->rule;
}

static void grow_partials(struct sequences *s)
{
    const uint32_t old = s->partial_capacity;
    s->partial_capacity = pool_grown(old);
    s->partials = memory_resize(s->partials, s->partial_capacity * sizeof *s->partials);
    for (uint32_t i = s->partial_capacity; i > old; i--) {
        s->partials[i - 1].links[LINK_RULE].after = s->free_partial;
        s->free_partial = i - 1;
    }
}

static void grow_steps(struct sequences *s)
{
    const uint32_t old = s->step_capacity;
    s->step_capacity = pool_grown(old);
    s->steps = memory_resize(s->steps, s->step_capacity * sizeof *s->steps);
    for (uint32_t i = s->step_capacity; i > old; i--) {
        s->steps[i - 1] = (struct step){ .before = s->free_step };
        s->free_step = i - 1;
    }
}

static uint32_t pool_grown(uint32_t capacity)
{
    return capacity == 0 ? POOL_STEP : capacity * 2;
}

void partials_free_one(struct sequences *s, uint32_t partial)
{
    struct partial *p = &s->partials[partial];
    struct rule_state *rule = &s->rules[p->rule];
    if (p->stage != NONE)
        partials_take(s, partial);
    line_remove(s, p->is_complete ? &rule->queue : &rule->line, partial);
    if (p->is_complete)
        line_remove(s, partials_queue_of(rule, p->host), partial);
    for (uint32_t step = p->step; step != NONE;) {
        const uint32_t before = s->steps[step].before;
        s->total.memory_bytes -= sizeof(struct step);
        rule->counts.memory_bytes -= sizeof(struct step) + s->steps[step].held->size_bytes;
        sequences_drop(s, s->steps[step].held);
        s->steps[step] = (struct step){ .before = s->free_step };
        s->free_step = step;
        step = before;
    }
    bound_free(s, p);
    s->total.memory_bytes -= PARTIAL_BYTES + key_bytes(p->key);
    rule->counts.memory_bytes -= PARTIAL_BYTES + key_bytes(p->key);
    free(p->key);
    *p = (struct partial){ .links = { { .after = s->free_partial } } };
    s->free_partial = partial;
    s->total.open--;
    rule->counts.open--;
}

void partials_count_expired(struct sequences *s, uint32_t partial)
{
    const struct partial *p = &s->partials[partial];
    if (p->step == NONE)
        return;
    s->total.expired++;
    s->rules[p->rule].counts.expired++;
}

void step_add(struct sequences *s, uint32_t partial, struct held *held)
{
    if (s->free_step == NONE)
        grow_steps(s);
    const uint32_t step = s->free_step;
    struct partial *p = &s->partials[partial];
    s->free_step = s->steps[step].before;
    held->references++;
    s->steps[step] = (struct step){ .held = held, .before = p->step };
    p->step = step;
    s->total.memory_bytes += sizeof(struct step);
    s->rules[p->rule].counts.memory_bytes += sizeof(struct step) + held->size_bytes;
}

void sequences_drop(struct sequences *s, struct held *held)
{
    if (held == NULL || --held->references > 0)
        return;
    s->total.memory_bytes -= held->size_bytes;
    s->options.release(s->options.context, held);
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

uint32_t partials_find(const struct sequences *s, uint32_t rule, uint32_t stage, uint32_t host,
                       const struct key *key)
{
    const struct slot slot = { s, key, rule, stage, host };
    return map_find(&s->slots, slot_hash(rule, stage, host, key), is_in_slot, &slot);
}

void partials_put(struct sequences *s, uint32_t partial, uint32_t stage)
{
    struct partial *p = &s->partials[partial];
    const uint32_t older = partials_find(s, p->rule, stage, p->host, p->key);
    if (older != NONE) {
        s->total.replaced++;
        s->rules[p->rule].counts.replaced++;
        partials_free_one(s, older);
    }
    p->stage = stage;
    p->hash = slot_hash(p->rule, stage, p->host, p->key);
    map_add(&s->slots, p->hash, partial);
    s->rules[p->rule].waiting[stage]++;
}

void partials_put_complete(struct sequences *s, uint32_t partial, uint32_t stage)
{
    struct partial *p = &s->partials[partial];
    p->older = partials_find(s, p->rule, stage, p->host, p->key);
    p->is_complete = true;
    p->latest_ns = p->until_ns;
    if (p->older != NONE && s->partials[p->older].latest_ns > p->latest_ns)
        p->latest_ns = s->partials[p->older].latest_ns;
    p->stage = stage;
    p->hash = slot_hash(p->rule, stage, p->host, p->key);
    if (p->older != NONE) {
        (void)map_remove(&s->slots, p->hash, p->older);
        s->partials[p->older].newer = partial;
    }
    map_add(&s->slots, p->hash, partial);
    s->rules[p->rule].waiting[stage]++;
}

void partials_take(struct sequences *s, uint32_t partial)
{
    struct partial *p = &s->partials[partial];
    s->rules[p->rule].waiting[p->stage]--;
    p->stage = NONE;
    if (p->older != NONE)
        s->partials[p->older].newer = p->newer;
    if (p->newer != NONE) {
        s->partials[p->newer].older = p->older;
    } else {
        (void)map_remove(&s->slots, p->hash, partial);
        if (p->older != NONE)
            map_add(&s->slots, p->hash, p->older);
    }
    p->older = p->newer = NONE;
}

// --- Lines

struct line *partials_queue_of(struct rule_state *rule, uint32_t host)
{
    if (host >= rule->host_count) {
        const uint32_t count = host + HOSTS_STEP;
        rule->host_queues = memory_resize(rule->host_queues, count * sizeof *rule->host_queues);
        for (uint32_t i = rule->host_count; i < count; i++)
            rule->host_queues[i] = (struct line){ .first = NONE, .last = NONE, .kind = LINK_HOST };
        rule->host_count = count;
    }
    return &rule->host_queues[host];
}

void line_add(struct sequences *s, struct line *line, uint32_t partial)
{
    const enum link_kind kind = line->kind;
    s->partials[partial].links[kind] = (struct link){ .before = line->last, .after = NONE };
    if (line->last == NONE)
        line->first = partial;
    else
        s->partials[line->last].links[kind].after = partial;
    line->last = partial;
    line->count++;
}

void line_remove(struct sequences *s, struct line *line, uint32_t partial)
{
    const enum link_kind kind = line->kind;
    const struct link link = s->partials[partial].links[kind];
    if (link.before == NONE)
        line->first = link.after;
    else
        s->partials[link.before].links[kind].after = link.after;
    if (link.after == NONE)
        line->last = link.before;
    else
        s->partials[link.after].links[kind].before = link.before;
    line->count--;
}
