// How much faster a sequence is found through the public library than by the Python reference.
//
// usage: bench_eql_compare FILE EVENTS COMMAND
//   FILE     telemetry, which is decoded beforehand
//   EVENTS   where its events are written to for the reference
//   COMMAND  is given EVENTS as argument and prints how many sequences it found and its seconds
// Both run the query of rules-eql/compared.yaml over the same events, a few at a time, which are brought
// into the processor's cache first: a program that has just decoded an event has it there.

#include "eql_events.h"

#include "pomona/eql.h"

#include <inttypes.h>
#include <stdlib.h>

#include <yyjson.h>

#define ROUNDS      5  // The best of so many counts, and as many again after the reference ran.
#define RATIO_AIM   200.0
#define FIELDS_MAX  16u
#define COMMAND_MAX 4096u
#define TICK_NS     100  // The reference's clock.

struct result {
    uint64_t sequences;
    double seconds;
};

// The events as the library wants them, and as the reference does.
struct compared {
    struct pomona_eql *query;
    str text;
    enum field fields[FIELDS_MAX];
    size_t field_count;
    struct arena arena;
    struct pomona_eql_event *events;
    size_t count;
};

static void compile(struct compared *c, str text);
static void convert(struct compared *c, const struct events *events);
static void write_events(const struct compared *c, const char *path);
static struct pomona_eql_value value_for(struct value value);
static void write_query(const struct compared *c, FILE *f);
static void write_event(const struct compared *c, const struct pomona_eql_event *event, FILE *f);
static void write_line(yyjson_mut_doc *doc, FILE *f);
static void run(const struct compared *c, struct result *best);
static uint64_t feed(struct pomona_eql_run *run, const struct pomona_eql_event *events,
                     size_t count);
static void touch(const struct compared *c, size_t first, size_t count);
static struct result run_reference(const char *command, const char *events);
static void print(size_t count, struct result ours, struct result theirs);

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fputs("usage: bench_eql_compare FILE EVENTS COMMAND\n", stderr);
        return 2;
    }
    const str path = STR(BENCH_RULES_EQL "/compared.yaml");
    struct rules *rules = bench_rules(&path, 1);
    struct pipeline pipeline;
    struct events events = { 0 };
    struct compared c = { 0 };
    events_read(&events, &pipeline, rules, argv[1]);
    compile(&c, rules_query(rules, 0));
    convert(&c, &events);
    write_events(&c, argv[2]);

    struct result ours = { 0 };
    run(&c, &ours);
    const struct result theirs = run_reference(argv[3], argv[2]);
    run(&c, &ours);
    print(c.count, ours, theirs);

    pomona_eql_free(c.query);
    arena_done(&c.arena);
    events_done(&events);
    pipeline_close(&pipeline);
    rules_free(rules);
    return ours.sequences == theirs.sequences ? 0 : 1;
}

static void compile(struct compared *c, str text)
{
    struct pomona_eql_error error;
    c->text = text;
    if (!pomona_eql_compile(text.at, text.len, NULL, &c->query, &error))
        bench_stop(error.text);
    c->field_count = pomona_eql_field_count(c->query);
    if (c->field_count > FIELDS_MAX)
        bench_stop("the query has too many fields");
    for (size_t i = 0; i < c->field_count; i++) {
        const struct pomona_str name = pomona_eql_field_name(c->query, i);
        c->fields[i] = field_of((str){ .at = name.at, .len = name.len });
        if (c->fields[i] == FIELD_COUNT)
            bench_stop("the query has a field that no event has");
    }
}

// The reference counts in ticks and takes events of equal stamps in the order in which they come;
// so no two are equal here.
static void convert(struct compared *c, const struct events *events)
{
    int64_t last = INT64_MIN;
    c->count = events->count;
    c->events = arena_zalloc(&c->arena, events->count * sizeof *c->events);
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = &events->at[i];
        const str name = category_name(event->categories & -event->categories);
        struct pomona_str *category = arena_alloc(&c->arena, sizeof *category);
        struct pomona_eql_value *values = arena_zalloc(&c->arena, c->field_count * sizeof *values);
        *category = (struct pomona_str){ .at = name.at, .len = name.len };
        for (size_t k = 0; k < c->field_count; k++)
            values[k] = value_for(event->slots[c->fields[k]]);
        const int64_t ticks = event->time_ns / TICK_NS;
        last = ticks > last ? ticks : last + 1;
        c->events[i] = (struct pomona_eql_event){
            .time_ns = last * TICK_NS,
            .categories = category,
            .category_count = 1,
            .values = values,
        };
    }
}

static struct pomona_eql_value value_for(struct value value)
{
    if (value.type == VALUE_TEXT)
        return (struct pomona_eql_value){ .type = POMONA_EQL_STRING,
                                          .len = value.len,
                                          .string = value.text };
    if (value.type != VALUE_MISSING)
        bench_stop("the query may name fields of text only");
    return (struct pomona_eql_value){ .type = POMONA_EQL_MISSING };
}

static void write_events(const struct compared *c, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        bench_stop("the file for the reference cannot be written");
    write_query(c, f);
    for (size_t i = 0; i < c->count; i++)
        write_event(c, &c->events[i], f);
    if (fclose(f) != 0)
        bench_stop("the file for the reference cannot be written");
}

static void write_query(const struct compared *c, FILE *f)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *line = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, line);
    (void)yyjson_mut_obj_add_strn(doc, line, "query", c->text.at, c->text.len);
    write_line(doc, f);
}

static void write_event(const struct compared *c, const struct pomona_eql_event *event, FILE *f)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *line = yyjson_mut_obj(doc);
    yyjson_mut_val *fields = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, line);
    (void)yyjson_mut_obj_add_strn(doc, line, "category", event->categories[0].at,
                                  event->categories[0].len);
    (void)yyjson_mut_obj_add_int(doc, line, "filetime", event->time_ns / TICK_NS);
    (void)yyjson_mut_obj_add_val(doc, line, "fields", fields);
    for (size_t i = 0; i < c->field_count; i++) {
        const struct pomona_eql_value *value = &event->values[i];
        const str name = field_name(c->fields[i]);
        if (value->type == POMONA_EQL_STRING)
            (void)yyjson_mut_obj_add(fields, yyjson_mut_strn(doc, name.at, name.len),
                                     yyjson_mut_strn(doc, value->string, value->len));
    }
    write_line(doc, f);
}

static void write_line(yyjson_mut_doc *doc, FILE *f)
{
    char *text = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, NULL);
    if (text == NULL)
        bench_stop("an event cannot be written as JSON");
    (void)fprintf(f, "%s\n", text);
    free(text);
    yyjson_mut_doc_free(doc);
}

static void run(const struct compared *c, struct result *best)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct pomona_eql_run *run = pomona_eql_run_new(c->query, NULL);
        struct result result = { 0 };
        for (size_t i = 0; i < c->count; i += EVENTS_CHUNK) {
            const size_t left = c->count - i;
            const size_t count = left < EVENTS_CHUNK ? left : EVENTS_CHUNK;
            touch(c, i, count);
            const double start = bench_now();
            result.sequences += feed(run, c->events + i, count);
            result.seconds += bench_now() - start;
        }
        const double start = bench_now();
        pomona_eql_end(run);
        while (pomona_eql_next(run) != NULL)
            result.sequences++;
        result.seconds += bench_now() - start;
        pomona_eql_run_free(run);
        if (best->seconds == 0 || result.seconds < best->seconds)
            *best = result;
    }
}

static uint64_t feed(struct pomona_eql_run *run, const struct pomona_eql_event *events,
                     size_t count)
{
    uint64_t sequences = 0;
    for (size_t i = 0; i < count; i++) {
        (void)pomona_eql_feed(run, &events[i]);
        while (pomona_eql_next(run) != NULL)
            sequences++;
    }
    return sequences;
}

// As events_touch(); the reference is treated alike.
static void touch(const struct compared *c, size_t first, size_t count)
{
    size_t sum = 0;
    for (size_t i = first; i < first + count; i++) {
        sum += (unsigned char)c->events[i].categories[0].at[0];
        for (size_t k = 0; k < c->field_count; k++) {
            const struct pomona_eql_value *value = &c->events[i].values[k];
            for (size_t at = 0; value->type == POMONA_EQL_STRING && at < value->len; at += 32)
                sum += (unsigned char)value->string[at];
        }
    }
    const volatile size_t touched = sum;
    (void)touched;
}

static struct result run_reference(const char *command, const char *events)
{
    char line[COMMAND_MAX];
    struct result result = { 0 };
    const int len = snprintf(line, sizeof line, "%s '%s'", command, events);
    if (len < 0 || (size_t)len >= sizeof line)
        bench_stop("the reference's command is too long");
    FILE *f = popen(line, "r");
    char answer[128] = "";
    if (f == NULL || fgets(answer, sizeof answer, f) == NULL || pclose(f) != 0)
        bench_stop("the reference failed");
    char *seconds;
    result.sequences = strtoull(answer, &seconds, 10);
    result.seconds = strtod(seconds, NULL);
    if (result.seconds <= 0)
        bench_stop("the reference's answer is not understood");
    return result;
}

static void print(size_t count, struct result ours, struct result theirs)
{
    const double ratio = theirs.seconds / ours.seconds;
    (void)printf("reference      %8.0f times    as fast as Python's eql on %zu events and one "
                 "sequence of three; aim at least %.0f: %s\n",
                 ratio, count, RATIO_AIM, ratio >= RATIO_AIM ? "reached" : "not reached");
    if (ours.sequences == theirs.sequences)
        (void)printf("found          %8" PRIu64 " sequences, the reference too\n", ours.sequences);
    else
        (void)printf("found          %8" PRIu64 " sequences, but the reference %" PRIu64 "\n",
                     ours.sequences, theirs.sequences);
}
