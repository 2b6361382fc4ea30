// How near detection comes to merely parsing the input, and whether open sequences cost anything.
//
// usage: bench FILE RULES
// Everything is measured in one run over one file held in memory, so that only ratios need be
// believed: machines are noisy.

#include "pipeline.h"
#include "platform/platform.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include <yyjson.h>

#define FILE_MAX_BYTES (8ull << 30)
#define HELD_OPEN_MAX  1000000u
#define ROUNDS         3  // The best of so many counts: the others were disturbed.

struct run {
    double seconds;
    uint64_t events;
    uint64_t findings;
    uint64_t open;
};

static bytes file_read(const char *path);
static double now(void);
static double parse_seconds(bytes input);
static struct run detect(bytes input, const struct rules *rules, uint32_t held_open);
static void hold_open(struct pipeline *p, uint32_t count);
static struct rules *load(const str *paths, size_t count);
static double peak_mb(void);

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fputs("usage: bench FILE RULES\n", stderr);
        return 2;
    }
    const bytes input = file_read(argv[1]);
    const double mb = (double)input.len / 1e6;
    const str own[] = { str_of(argv[2]) };
    const str with_open[] = { str_of(argv[2]), STR(BENCH_RULES) };
    struct rules *rules = load(own, 1);
    struct rules *open_rules = load(with_open, 2);

    (void)printf("input          %.0f MB held in memory\n", mb);
    const double parse = parse_seconds(input);
    (void)printf("bare parse     %7.0f MB/s   (yyjson, every line, reused memory)\n", mb / parse);

    const double before = peak_mb();
    const struct run run = detect(input, rules, 0);
    (void)printf("detect         %7.0f MB/s   %.0f events/s, %zu rules, one thread, %" PRIu64 " findings\n",
                 mb / run.seconds, (double)run.events / run.seconds, rules_count(rules), run.findings);
    (void)printf("ratio          %7.2f        (detect to bare parse; at least 0.50, aim 0.80)\n",
                 parse / run.seconds);
    (void)printf("peak memory    %7.0f MB     (%.0f MB of it the input and the bare parse)\n", peak_mb(), before);

    static const uint32_t held[] = { 1000, 100000, 1000000 };
    double best = 0;
    double worst = 0;
    for (size_t i = 0; i < COUNT_OF(held); i++) {
        const struct run with = detect(input, open_rules, held[i]);
        const double rate = mb / with.seconds;
        best = i == 0 || rate > best ? rate : best;
        worst = i == 0 || rate < worst ? rate : worst;
        (void)printf("open partials  %7.0f MB/s   with %u held open (%" PRIu64 " open at the end)\n", rate, held[i],
                     with.open);
    }
    (void)printf("difference     %7.1f %%      (fastest to slowest of these; at most 20)\n",
                 (best - worst) / best * 100);
    rules_free(rules);
    rules_free(open_rules);
    return 0;
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
    double best = 0;
    const size_t pool_size = yyjson_read_max_memory_usage(SOURCE_LINE_MAX / 16, 0);
    void *pool = memory_new(pool_size);
    for (int round = 0; round < ROUNDS; round++) {
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
        best = round == 0 || seconds < best ? seconds : best;
        if (damaged > 0)
            (void)printf("bare parse     %zu lines are damaged\n", damaged);
    }
    free(pool);
    return best;
}

static struct run detect(bytes input, const struct rules *rules, uint32_t held_open)
{
    struct run best = { 0 };
    for (int round = 0; round < ROUNDS; round++) {
        const struct pipeline_options options = {
            .match = { .partials_max = PARTIALS_MAX_DEFAULT },
            .sink = { .form = SINK_NDJSON },
            .read_images = true,
            .processes_max = PROCESSES_MAX_DEFAULT,
        };
        struct pipeline p;
        struct err err;
        FILE *null = fopen("/dev/null", "w");
        if (null == NULL || pipeline_open(&p, &options, rules, null, &err) != OK ||
            source_open_memory(input, &options.source, &p.hosts, &p.source, &err) != OK) {
            (void)fprintf(stderr, "bench: the pipeline does not open\n");
            exit(3);
        }
        hold_open(&p, held_open);
        const double start = now();
        if (pipeline_run(&p, &err) != OK) {
            (void)fprintf(stderr, "bench: %s\n", err.text);
            exit(3);
        }
        const struct run run = { .seconds = now() - start,
                                 .events = decoder_counts(p.decoder)->out,
                                 .findings = matcher_counts(p.matcher)->findings,
                                 .open = matcher_counts(p.matcher)->partials_open };
        if (round == 0 || run.seconds < best.seconds)
            best = run;
        pipeline_close(&p);
        (void)fclose(null);
    }
    return best;
}

// As many processes started on a host of their own, each beginning the sequence that never ends.
static void hold_open(struct pipeline *p, uint32_t count)
{
    struct value slots[FIELD_COUNT] = { 0 };
    struct event event = { .action = ACTION_EXEC, .categories = CATEGORY_PROCESS, .slots = slots,
                           .slot_count = FIELD_COUNT };
    event.host = hosts_keep(&p->hosts, STR("bench"), STR_EMPTY);
    slots[FIELD_EVENT_ACTION] = value_of_text(STR("exec"));
    slots[FIELD_PROCESS_EXECUTABLE] = value_of_text(STR("/Applications/Example.app/Contents/MacOS/Example"));
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
    if (rules_load(paths, count, &rules, &err) != OK) {
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
