// What matching alone costs, with more rules and with more sequences open.
//
// usage: bench_eql FILE RULES
//   FILE   telemetry, which is decoded and enriched beforehand
//   RULES  what make_rules.py wrote: rule-0000.yaml and so on
// Everything is measured in one run and in turns, so that only ratios need be believed: machines
// are noisy.

#include "eql_events.h"

#include <inttypes.h>
#include <stdlib.h>

#define RULE_COUNT 500u
#define SAMPLES    50u  // At most so many rule sets of a size, spread over all rules.
#define ROUNDS     11   // The best of so many counts: the others were disturbed.
#define RATIO_AIM  6.0
#define HELD_AIM   10.0

static const size_t sizes[] = { 1, 10, 100, RULE_COUNT };
static const uint32_t held_open[] = { 1000, 10000, 100000, 1000000 };
#define SIZE_COUNT COUNT_OF(sizes)
#define SIZE_BASE  1u  // The one that the others are compared with.
#define HELD_COUNT COUNT_OF(held_open)
#define HELD_KINDS 2u

struct run {
    double seconds;
    struct match_counts counts;
};

// Rule sets of one size.
struct sized {
    size_t sample_count;
    struct rules *rules[SAMPLES];
    struct run all[SAMPLES];     // Over all events.
    struct run starts[SAMPLES];  // Over those that start a program: most conditions are about them.
};

// Ten rules and one that holds sequences open.
struct held_kind {
    const char *name;
    const char *rule;
    bool has_aim;
    struct rules *rules;
    struct run runs[HELD_COUNT];
};

struct bench {
    struct pipeline pipeline;
    struct rules *every;  // All rules: they say which fields an event needs.
    struct events all;
    struct events starts;
    struct sized sized[SIZE_COUNT];
    struct held_kind held[HELD_KINDS];
};

static void set_up(struct bench *b, const char *file, const char *directory);
static void tear_down(struct bench *b);
static void measure(struct bench *b);
static void measure_sized(struct bench *b, struct sized *sized);
static void measure_held(struct bench *b, struct held_kind *held);
static void keep_best(struct run *best, struct run run);
static struct run run_over(struct bench *b, const struct rules *rules, const struct events *events,
                           uint32_t held);
static void hold_open(struct bench *b, struct matcher *m, uint32_t count);
static void print_sized(const struct bench *b);
static double mean_of(const struct run *runs, size_t count);
static void print_held(const struct held_kind *held);
static struct rules *load_part(const char *directory, size_t first, size_t count,
                               const char *further);

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fputs("usage: bench_eql FILE RULES\n", stderr);
        return 2;
    }
    struct bench b = { .held = {
                           { .name = "open partials",
                             .rule = BENCH_RULES "/open.yaml",
                             .has_aim = true },
                           { .name = "looked for", .rule = BENCH_RULES_EQL "/looked-up.yaml" },
                       } };
    set_up(&b, argv[1], argv[2]);
    measure(&b);
    (void)printf("input          %8zu events, decoded and enriched beforehand; matching alone; "
                 "best of %d rounds\n",
                 b.all.count, ROUNDS);
    print_sized(&b);
    for (size_t i = 0; i < HELD_KINDS; i++)
        print_held(&b.held[i]);
    tear_down(&b);
    return 0;
}

static void set_up(struct bench *b, const char *file, const char *directory)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        struct sized *sized = &b->sized[i];
        const size_t apart = RULE_COUNT / SAMPLES > sizes[i] ? RULE_COUNT / SAMPLES : sizes[i];
        sized->sample_count = RULE_COUNT / apart;
        for (size_t k = 0; k < sized->sample_count; k++)
            sized->rules[k] = load_part(directory, k * apart, sizes[i], NULL);
    }
    for (size_t i = 0; i < HELD_KINDS; i++)
        b->held[i].rules = load_part(directory, 0, sizes[SIZE_BASE], b->held[i].rule);

    b->every = load_part(directory, 0, RULE_COUNT, BENCH_RULES_EQL);
    events_read(&b->all, &b->pipeline, b->every, file);
    events_select(&b->starts, &b->all, ACTION_EXEC);
}

static void tear_down(struct bench *b)
{
    for (size_t i = 0; i < SIZE_COUNT; i++)
        for (size_t k = 0; k < b->sized[i].sample_count; k++)
            rules_free(b->sized[i].rules[k]);
    for (size_t i = 0; i < HELD_KINDS; i++)
        rules_free(b->held[i].rules);
    events_done(&b->starts);
    events_done(&b->all);
    pipeline_close(&b->pipeline);
    rules_free(b->every);
}

// In turns, so that what disturbs the machine disturbs all of them.
static void measure(struct bench *b)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < SIZE_COUNT; i++)
            measure_sized(b, &b->sized[i]);
        for (size_t i = 0; i < HELD_KINDS; i++)
            measure_held(b, &b->held[i]);
    }
}

static void measure_sized(struct bench *b, struct sized *sized)
{
    for (size_t k = 0; k < sized->sample_count; k++) {
        keep_best(&sized->all[k], run_over(b, sized->rules[k], &b->all, 0));
        keep_best(&sized->starts[k], run_over(b, sized->rules[k], &b->starts, 0));
    }
}

static void measure_held(struct bench *b, struct held_kind *held)
{
    for (size_t i = 0; i < HELD_COUNT; i++)
        keep_best(&held->runs[i], run_over(b, held->rules, &b->all, held_open[i]));
}

static void keep_best(struct run *best, struct run run)
{
    if (best->seconds == 0 || run.seconds < best->seconds)
        *best = run;
}

// A fresh matcher over all events. Counted is the second half: the first fills caches and lets tables
// grow. Not counted is what brings events into the cache, where a decoder would have left them.
static struct run run_over(struct bench *b, const struct rules *rules, const struct events *events,
                           uint32_t held)
{
    const struct match_options options = { .partials_max = PARTIALS_MAX_DEFAULT,
                                           .rule_partials_max = PARTIALS_MAX_DEFAULT };
    struct matcher *m = matcher_new(rules, &b->pipeline.hosts, &options);
    struct run run = { 0 };
    hold_open(b, m, held);
    for (size_t i = 0; i < events->count; i += EVENTS_CHUNK) {
        const size_t left = events->count - i;
        const size_t count = left < EVENTS_CHUNK ? left : EVENTS_CHUNK;
        batch_reset(&b->pipeline.batch);
        events_touch(events->at + i, count);
        const double start = bench_now();
        for (size_t k = 0; k < count; k++)
            match(m, &events->at[i + k], &b->pipeline.batch);
        if (i >= events->count / 2)
            run.seconds += bench_now() - start;
    }
    run.counts = matcher_counts(m);
    matcher_free(m);
    return run;
}

// As many starts of processes on a host of their own, each beginning a sequence that never ends.
static void hold_open(struct bench *b, struct matcher *m, uint32_t count)
{
    struct value slots[FIELD_COUNT] = { 0 };
    struct event event = { .action = ACTION_EXEC,
                           .categories = CATEGORY_PROCESS,
                           .time_ns = b->all.at[0].time_ns,
                           .slots = slots,
                           .slot_count = FIELD_COUNT };
    event.host = hosts_keep(&b->pipeline.hosts, STR("bench"), STR_EMPTY);
    slots[FIELD_EVENT_ACTION] = value_of_text(STR("exec"));
    slots[FIELD_PROCESS_EXECUTABLE] =
        value_of_text(STR("/Applications/Example.app/Contents/MacOS/Example"));
    for (uint32_t i = 0; i < count; i++) {
        char entity[32];
        (void)snprintf(entity, sizeof entity, "%020" PRIu32, i);
        slots[FIELD_PROCESS_ENTITY_ID] = value_of_text(str_of(entity));
        event.arrival = i;
        batch_reset(&b->pipeline.batch);
        match(m, &event, &b->pipeline.batch);
    }
}

static void print_sized(const struct bench *b)
{
    const struct sized *base = &b->sized[SIZE_BASE];
    const double all = mean_of(base->all, base->sample_count);
    const double starts = mean_of(base->starts, base->sample_count);
    double ratio = 1;
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        const struct sized *sized = &b->sized[i];
        ratio = mean_of(sized->all, sized->sample_count) / all;
        (void)printf("rules %8zu %8.2f        cost of an event to that with %zu rules; %.2f of a "
                     "program's start\n",
                     sizes[i], ratio, sizes[SIZE_BASE],
                     mean_of(sized->starts, sized->sample_count) / starts);
    }
    const struct match_counts *counts = &b->sized[SIZE_COUNT - 1].all[0].counts;
    (void)printf("%zu rules      %8.2f times    the cost of %zu; aim at most %.0f: %s (%" PRIu64
                 " sequences begin, %" PRIu64 " findings)\n",
                 sizes[SIZE_COUNT - 1], ratio, sizes[SIZE_BASE], RATIO_AIM,
                 ratio <= RATIO_AIM ? "reached" : "not reached", counts->partials.begun,
                 counts->findings);
}

static double mean_of(const struct run *runs, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += runs[i].seconds;
    return sum / (double)count;
}

static void print_held(const struct held_kind *held)
{
    double fast = held->runs[0].seconds;
    double slow = fast;
    for (size_t i = 0; i < HELD_COUNT; i++) {
        const struct run *run = &held->runs[i];
        (void)printf("%-14s %8.2f        throughput with %" PRIu32
                     " held open to that with %" PRIu32 ", %" PRIu64 " at the end\n",
                     held->name, held->runs[0].seconds / run->seconds, held_open[i], held_open[0],
                     run->counts.partials.open);
        fast = run->seconds < fast ? run->seconds : fast;
        slow = run->seconds > slow ? run->seconds : slow;
    }
    const double difference = (slow - fast) / slow * 100;
    if (held->has_aim)
        (void)printf("difference     %8.1f %%      fastest to slowest; aim at most %.0f: %s\n",
                     difference, HELD_AIM, difference <= HELD_AIM ? "reached" : "not reached");
    else
        (void)printf(
            "difference     %8.1f %%      where each event of a file looks for its process\n",
            difference);
}

// The rules rule-FIRST and after, `count` of them, and those of the path `further`.
static struct rules *load_part(const char *directory, size_t first, size_t count,
                               const char *further)
{
    struct arena arena = { 0 };
    str paths[RULE_COUNT + 1];
    size_t path_count = 0;
    for (size_t i = first; i < first + count; i++)
        paths[path_count++] = arena_printf(&arena, "%s/rule-%04zu.yaml", directory, i);
    if (further != NULL)
        paths[path_count++] = str_of(further);
    struct rules *rules = bench_rules(paths, path_count);
    arena_done(&arena);
    return rules;
}
