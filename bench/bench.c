// How near detection comes to merely parsing the input, what the rules cost, and whether open
// sequences cost anything.
//
// usage: bench FILE ELASTIC RULES
// Everything is measured in one run over two files held in memory, eslogger's and Elastic Defend's records
// of the same fleet, so that only ratios need be believed: machines are noisy.

#include "pipeline.h"
#include "platform/platform.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include <yyjson.h>

#define FILE_MAX_BYTES (8ull << 30)
#define HELD_OPEN_MAX  1000000u
#define ROUNDS         5  // The best of so many counts: the others were disturbed.

static const uint32_t held_open[] = { 1000, 100000, HELD_OPEN_MAX };
#define HELD_COUNT COUNT_OF(held_open)

struct run {
    double seconds;
    uint64_t events;
    uint64_t findings;
    uint64_t open;
};

// One file and what became of it.
struct measured {
    double parse;
    double decode;    // Reading and decoding alone.
    double no_rules;  // All stages, but no rule is asked: what is left of `one` is the rules' cost.
    struct run one;   // With one thread.
    struct run two;
};

struct best {
    struct measured eslogger;
    struct measured elastic;
    double peak_mb;  // After the first parse and the first detection.
    struct run held[HELD_COUNT];
};

static void measure(struct measured *best, bytes input, const struct rules *rules);
static void print(const struct best *best, double mb, double elastic_mb, double input_mb,
                  size_t rule_count);
static void print_measured(const struct measured *m, const char *name, double mb, double least);
static void keep_least(double *best, double seconds);
static void keep_best(struct run *best, struct run run);
static bytes file_read(const char *path);
static double now(void);
static double parse_seconds(bytes input);
static struct run detect(bytes input, const struct rules *rules, uint32_t held, uint32_t threads);
static double decode_seconds(bytes input, const struct rules *rules);
static double no_rules_seconds(bytes input, const struct rules *rules);
static FILE *open_run(struct pipeline *p, bytes input, const struct rules *rules, uint32_t threads);
static void ignore(void *context, const struct event *event);
static void hold_open(struct pipeline *p, uint32_t count);
static struct rules *load(const str *paths, size_t count);
static _Noreturn void stop(const struct err *err);
static double peak_mb(void);

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fputs("usage: bench FILE ELASTIC RULES\n", stderr);
        return 2;
    }
    const bytes input = file_read(argv[1]);
    const bytes elastic = file_read(argv[2]);
    const str own[] = { str_of(argv[3]) };
    const str with_open[] = { str_of(argv[3]), STR(BENCH_RULES) };
    struct rules *rules = load(own, 1);
    struct rules *open_rules = load(with_open, 2);
    const struct measured worst = { 1e9, 1e9, 1e9, { .seconds = 1e9 }, { .seconds = 1e9 } };
    struct best best = { .eslogger = worst, .elastic = worst };
    for (size_t i = 0; i < HELD_COUNT; i++)
        best.held[i].seconds = 1e9;

    // In turns, so that what disturbs the machine disturbs all of them.
    const double input_mb = peak_mb();
    for (int round = 0; round < ROUNDS; round++) {
        measure(&best.eslogger, input, rules);
        if (round == 0)
            best.peak_mb = peak_mb();
        measure(&best.elastic, elastic, rules);
        for (size_t i = 0; i < HELD_COUNT; i++)
            keep_best(&best.held[i], detect(input, open_rules, held_open[i], 1));
    }
    print(&best, (double)input.len / 1e6, (double)elastic.len / 1e6, input_mb, rules_count(rules));
    rules_free(rules);
    rules_free(open_rules);
    return 0;
}

static void measure(struct measured *best, bytes input, const struct rules *rules)
{
    keep_least(&best->parse, parse_seconds(input));
    keep_least(&best->decode, decode_seconds(input, rules));
    keep_least(&best->no_rules, no_rules_seconds(input, rules));
    keep_best(&best->one, detect(input, rules, 0, 1));
    keep_best(&best->two, detect(input, rules, 0, 2));
}

static void print(const struct best *best, double mb, double elastic_mb, double input_mb,
                  size_t rule_count)
{
    (void)printf("rules          %7zu         best of %d rounds; inputs held in memory\n",
                 rule_count, ROUNDS);
    print_measured(&best->eslogger, "eslogger", mb, 0.6);
    print_measured(&best->elastic, "elastic", elastic_mb, 0.5);
    (void)printf("peak memory    %7.0f MB      of it the inputs %.0f MB\n", best->peak_mb,
                 input_mb);
    double fast = best->held[0].seconds;
    double slow = fast;
    for (size_t i = 0; i < HELD_COUNT; i++) {
        const struct run *run = &best->held[i];
        (void)printf("open partials  %7.0f MB/s   with %u held open, %" PRIu64 " at the end\n",
                     mb / run->seconds, held_open[i], run->open);
        fast = run->seconds < fast ? run->seconds : fast;
        slow = run->seconds > slow ? run->seconds : slow;
    }
    (void)printf("difference     %7.1f %%      fastest to slowest of these; at most 20\n",
                 (slow - fast) / slow * 100);
}

static void print_measured(const struct measured *m, const char *name, double mb, double least)
{
    (void)printf("%-8s       %7.0f MB\n", name, mb);
    (void)printf("  bare parse   %7.0f MB/s    yyjson, every line, reused memory\n", mb / m->parse);
    (void)printf("  detect       %7.0f MB/s    %.0f events/s, one thread, %" PRIu64 " findings\n",
                 mb / m->one.seconds, (double)m->one.events / m->one.seconds, m->one.findings);
    (void)printf("  ratio        %7.2f         detect to bare parse; at least %.2f\n",
                 m->parse / m->one.seconds, least);
    (void)printf("  rules        %7.1f %%       of the time of decoding; at most 25\n",
                 (m->one.seconds - m->no_rules) / m->decode * 100);
    (void)printf("  two threads  %7.2f         times as fast as one; at least 1.70\n",
                 m->one.seconds / m->two.seconds);
}

static void keep_least(double *best, double seconds)
{
    if (seconds < *best)
        *best = seconds;
}

static void keep_best(struct run *best, struct run run)
{
    if (run.seconds < best->seconds)
        *best = run;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// What any consumer of the input must pay: each line through the parser, and nothing else.
static double parse_seconds(bytes input)
{
    const size_t pool_size = yyjson_read_max_memory_usage(SOURCE_LINE_MAX / 16, 0);
    void *pool = memory_new(pool_size);
    const double start = now();
    str rest = { .at = (const char *)input.at, .len = input.len };
    str line;
    size_t damaged = 0;
    while (str_take_until(&rest, '\n', &line)) {
        yyjson_alc alc;
        (void)yyjson_alc_pool_init(&alc, pool, pool_size);
        const union {
            const char *borrowed;
            char *parsed;  // Only parsing in place would write.
        } text = { .borrowed = line.at };
        yyjson_doc *doc = yyjson_read_opts(text.parsed, line.len, YYJSON_READ_NOFLAG, &alc, NULL);
        damaged += doc == NULL;
        yyjson_doc_free(doc);
    }
    const double seconds = now() - start;
    free(pool);
    if (damaged > 0)
        (void)printf("bare parse: %zu lines are damaged\n", damaged);
    return seconds;
}

static struct run detect(bytes input, const struct rules *rules, uint32_t held, uint32_t threads)
{
    struct pipeline p;
    struct err err;
    FILE *null = open_run(&p, input, rules, threads);
    hold_open(&p, held);
    const double start = now();
    if (pipeline_run(&p, &err) != OK)
        stop(&err);
    const struct run run = { .seconds = now() - start,
                             .events = decoder_counts(p.decoder)->out,
                             .findings = matcher_counts(p.matcher).findings,
                             .open = matcher_counts(p.matcher).partials.open };
    pipeline_close(&p);
    (void)fclose(null);
    return run;
}

// Of the fields that the rules want.
static double decode_seconds(bytes input, const struct rules *rules)
{
    struct pipeline p;
    struct err err;
    FILE *null = open_run(&p, input, rules, 1);
    const double start = now();
    enum status status;
    do {
        batch_reset(&p.batch);
        status = source_read(p.source, &p.batch, &err);
        decode_batch(p.decoder, &p.batch);
    } while (status == OK);
    const double seconds = now() - start;
    if (status != END)
        stop(&err);
    pipeline_close(&p);
    (void)fclose(null);
    return seconds;
}

static double no_rules_seconds(bytes input, const struct rules *rules)
{
    struct pipeline p;
    struct err err;
    FILE *null = open_run(&p, input, rules, 1);
    p.watch.see = ignore;  // In the place of the rules; the fields are those that they want.
    const double start = now();
    if (pipeline_run(&p, &err) != OK)
        stop(&err);
    const double seconds = now() - start;
    pipeline_close(&p);
    (void)fclose(null);
    return seconds;
}

static void ignore(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

// Returns the stream that takes the findings, to be closed after the pipeline.
static FILE *open_run(struct pipeline *p, bytes input, const struct rules *rules, uint32_t threads)
{
    const struct pipeline_options options = {
        .match = { .partials_max = PARTIALS_MAX_DEFAULT },
        .sink = { .form = SINK_NDJSON },
        .read_images = true,
        .processes_max = PROCESSES_MAX_DEFAULT,
        .threads = threads,
    };
    struct err err = { .text = "the null device does not open" };
    FILE *null = fopen("/dev/null", "w");
    if (null == NULL || pipeline_open(p, &options, rules, null, &err) != OK ||
        source_open_memory(input, &options.source, &p->hosts, &p->source, &err) != OK)
        stop(&err);
    return null;
}

static _Noreturn void stop(const struct err *err)
{
    (void)fprintf(stderr, "bench: %s\n", err->text);
    exit(3);
}

// As many processes started on a host of their own, each beginning the sequence that never ends.
static void hold_open(struct pipeline *p, uint32_t count)
{
    struct value slots[FIELD_COUNT] = { 0 };
    struct event event = { .action = ACTION_EXEC,
                           .categories = CATEGORY_PROCESS,
                           .slots = slots,
                           .slot_count = FIELD_COUNT };
    event.host = hosts_keep(&p->hosts, STR("bench"), STR_EMPTY);
    slots[FIELD_EVENT_ACTION] = value_of_text(STR("exec"));
    slots[FIELD_PROCESS_EXECUTABLE] =
        value_of_text(STR("/Applications/Example.app/Contents/MacOS/Example"));
    for (uint32_t i = 0; i < count && i < HELD_OPEN_MAX; i++) {
        char entity[32];
        (void)snprintf(entity, sizeof entity, "%020" PRIu32, i);
        slots[FIELD_PROCESS_ENTITY_ID] = value_of_text(str_of(entity));
        event.time_ns = 1;
        event.arrival = i;
        batch_reset(&p->batch);
        match(p->matcher, &event, &p->batch);
    }
}

static struct rules *load(const str *paths, size_t count)
{
    struct rules *rules;
    struct err err;
    size_t problems;
    if (rules_load(paths, count, NULL, &rules, &err) != OK) {
        (void)fprintf(stderr, "bench: %s\n", err.text);
        exit(2);
    }
    (void)rules_problems(rules, &problems);
    if (problems > 0) {
        (void)fprintf(stderr, "bench: %zu rules are refused\n", problems);
        exit(2);
    }
    return rules;
}

static bytes file_read(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseeko(f, 0, SEEK_END) != 0) {
        (void)fprintf(stderr, "bench: cannot read %s\n", path);
        exit(3);
    }
    const off_t size = ftello(f);
    if (size <= 0 || (unsigned long long)size > FILE_MAX_BYTES || fseeko(f, 0, SEEK_SET) != 0)
        exit(3);
    uint8_t *at = memory_new((size_t)size + RECORD_PADDING);
    const size_t got = fread(at, 1, (size_t)size, f);
    (void)fclose(f);
    return (bytes){ .at = at, .len = got };
}

static double peak_mb(void)
{
    return (double)platform_peak_memory() / 1e6;
}
