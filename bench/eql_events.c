#include "eql_events.h"

#include <stdlib.h>
#include <time.h>

static void take(struct events *events, struct pipeline *p);
static void add(struct events *events, struct event event);
static void keep(struct events *events, const struct event *event);
static void keep_process(struct arena *arena, struct process_facts *process);
static struct value keep_value(struct arena *arena, struct value value);
static size_t touch_value(struct value value);

void events_read(struct events *events, struct pipeline *p, const struct rules *rules,
                 const char *path)
{
    const struct pipeline_options options = {
        .match = { .partials_max = PARTIALS_MAX_DEFAULT },
        .sink = { .form = SINK_NDJSON },
        .processes_max = PROCESSES_MAX_DEFAULT,
    };
    const str paths[] = { str_of(path) };
    struct err err;
    enum status status = pipeline_open(p, &options, rules, stdout, &err);
    if (status == OK)
        status = source_open(paths, 1, &options.source, &p->hosts, &p->source, &err);
    while (status == OK) {
        order_settle(p->order);
        batch_reset(&p->batch);
        status = source_read(p->source, &p->batch, &err);
        decode_batch(p->decoder, &p->batch);
        for (size_t i = 0; i < p->batch.event_count; i++) {
            struct event *event = p->batch.events[i];
            event->host = hosts_resolve(&p->hosts, event->host, event->sensor, &event->host_told);
            order_add(p->order, event);
        }
        if (status == END)
            order_flush(p->order);
        take(events, p);
    }
    if (status != END)
        bench_stop(err.text);
    if (events->count == 0)
        bench_stop("there is no event in the input");
}

static void take(struct events *events, struct pipeline *p)
{
    for (struct event *event; (event = order_next(p->order)) != NULL;) {
        enrich(p->enricher, event, &p->batch);
        keep(events, event);
    }
}

void events_done(struct events *events)
{
    free(events->at);
    arena_done(&events->arena);
    *events = (struct events){ 0 };
}

void events_select(struct events *out, const struct events *from, enum action action)
{
    *out = (struct events){ 0 };
    for (size_t i = 0; i < from->count; i++)
        if (from->at[i].action == action)
            add(out, from->at[i]);
}

static void add(struct events *events, struct event event)
{
    if (events->count == events->capacity) {
        events->capacity = events->capacity == 0 ? 1024 : 2 * events->capacity;
        events->at = memory_resize(events->at, events->capacity * sizeof *events->at);
    }
    events->at[events->count++] = event;
}

static void keep(struct events *events, const struct event *event)
{
    struct event kept = *event;
    kept.lineage = NULL;  // It is the process table's, which goes on.
    kept.slots = arena_alloc(&events->arena, event->slot_count * sizeof *event->slots);
    for (size_t i = 0; i < event->slot_count; i++)
        kept.slots[i] = keep_value(&events->arena, event->slots[i]);
    keep_process(&events->arena, &kept.process);
    keep_process(&events->arena, &kept.previous);
    keep_process(&events->arena, &kept.target);
    add(events, kept);
}

static void keep_process(struct arena *arena, struct process_facts *process)
{
    process->executable = arena_str(arena, process->executable);
    process->signing_id = arena_str(arena, process->signing_id);
    process->team_id = arena_str(arena, process->team_id);
    process->cdhash = arena_str(arena, process->cdhash);
}

static struct value keep_value(struct arena *arena, struct value value)
{
    if (value.type == VALUE_TEXT)
        return value_of_text(arena_str(arena, value_str(value)));
    if (value.type != VALUE_LIST)
        return value;
    struct value *list = arena_alloc(arena, value.len * sizeof *list);
    for (size_t i = 0; i < value.len; i++)
        list[i] = keep_value(arena, value.list[i]);
    return value_of_list(list, value.len);
}

void events_touch(const struct event *at, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t slot = 0; slot < at[i].slot_count; slot++)
            sum += touch_value(at[i].slots[slot]);
    const volatile size_t touched = sum;  // So that the compiler reads, too.
    (void)touched;
}

static size_t touch_value(struct value value)
{
    size_t sum = value.len;
    if (value.type == VALUE_TEXT)
        for (size_t i = 0; i < value.len; i += 32)
            sum += (unsigned char)value.text[i];
    if (value.type == VALUE_LIST)
        for (size_t i = 0; i < value.len; i++)
            sum += touch_value(value.list[i]);
    return sum;
}

double bench_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct rules *bench_rules(const str *paths, size_t count)
{
    struct rules *rules;
    struct err err;
    size_t problem_count;
    if (rules_load(paths, count, NULL, &rules, &err) != OK)
        bench_stop(err.text);
    const struct rule_problem *problems = rules_problems(rules, &problem_count);
    if (problem_count > 0) {
        (void)fprintf(stderr, "%.*s\n", STR_ARG(problems[0].text));
        bench_stop("a rule is refused");
    }
    return rules;
}

_Noreturn void bench_stop(const char *sentence)
{
    (void)fprintf(stderr, "bench: %s\n", sentence);
    exit(3);
}
