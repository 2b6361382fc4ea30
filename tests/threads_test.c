// A pipeline with several threads: findings, counts and how it ends are those of one thread. Built
// and run with the thread sanitizer as well, by `make check-threads`.

#include "base/buf.h"
#include "pipeline.h"
#include "store/test_file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CASES           "tests/cases"
#define TEXT_MAX        (64u * 1024u * 1024u)
#define COPIES          40u
#define READ_MAX        4096u  // Octets of a reading, so that there are many batches.
#define PATH_MAX_OCTETS 1024u

struct outcome {
    enum status status;
    struct err err;
    char *text;
    size_t len;
    struct decode_counts decoded;
    struct enrich_counts enriched;
    uint64_t findings;
};

static struct rules *rules;
static struct buf input;

// As of a Mac of its own.
static void add_file(struct buf *out, const char *path, const char *host)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return;
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t len; (len = getline(&line, &capacity, file)) > 0;) {
        buf_printf(out, "{\"host\":{\"id\":\"%s-@@\"},\"record\":", host);
        buf_add(out, (str){ .at = line, .len = (size_t)len - (line[len - 1] == '\n') });
        buf_add(out, STR("}\n"));
    }
    free(line);
    (void)fclose(file);
}

// Every input below tests/cases. The order of directories does not matter here.
static void add_cases(struct buf *out)
{
    DIR *of_rules = opendir(CASES);
    assert_non_null(of_rules);
    for (struct dirent *rule; (rule = readdir(of_rules)) != NULL;) {
        char path[PATH_MAX_OCTETS];
        (void)snprintf(path, sizeof path, CASES "/%s", rule->d_name);
        DIR *of_cases = rule->d_name[0] == '.' ? NULL : opendir(path);
        if (of_cases == NULL)
            continue;
        for (struct dirent *one; (one = readdir(of_cases)) != NULL;) {
            char file[2 * PATH_MAX_OCTETS];
            (void)snprintf(file, sizeof file, "%s/%s/input.ndjson", path, one->d_name);
            if (one->d_name[0] != '.')
                add_file(out, file, one->d_name);
        }
        (void)closedir(of_cases);
    }
    (void)closedir(of_rules);
}

// All that the cases have, many times, each time of other Macs, with damage that differs.
static int make_input(void **state)
{
    (void)state;
    struct err err;
    const str path = STR("rules");
    struct buf once;
    buf_init(&once, TEXT_MAX);
    buf_init(&input, TEXT_MAX);
    add_cases(&once);
    assert_true(once.len > 10000);
    for (size_t copy = 0; copy < COPIES; copy++) {
        const size_t start = input.len;
        buf_add(&input, buf_str(&once));
        for (size_t at = 0; at + 1 < once.len; at++)
            if (once.at[at] == '@' && once.at[at + 1] == '@') {
                input.at[start + at] = (char)('a' + copy / 10);
                input.at[start + at + 1] = (char)('0' + copy % 10);
            }
        for (size_t at = 977 * copy; copy > 0 && at < once.len; at += 7919 * copy)
            if (input.at[start + at] != '\n')
                input.at[start + at] = '}';
    }
    buf_done(&once);
    return rules_load(&path, 1, NULL, &rules, &err) == OK ? 0 : -1;
}

static int drop_input(void **state)
{
    (void)state;
    buf_done(&input);
    rules_free(rules);
    return 0;
}

static struct outcome run_with(uint32_t threads, size_t read_max, FILE *stream,
                               const volatile sig_atomic_t *stop, struct db *store)
{
    const struct pipeline_options options = {
        .source = { .read_max = read_max, .stop = stop },
        .match = { .partials_max = 1000 },
        .sink = { .form = SINK_NDJSON, .store = store },
        .processes_max = 10000,
        .threads = threads,
    };
    struct outcome o = { .status = OK };
    struct pipeline p;
    const bytes octets = { .at = (const uint8_t *)input.at, .len = input.len };
    assert_int_equal(pipeline_open(&p, &options, rules, stream, &o.err), OK);
    assert_int_equal(source_open_memory(octets, &options.source, &p.hosts, &p.source, &o.err), OK);
    o.status = pipeline_run(&p, &o.err);
    o.decoded = *decoder_counts(p.decoder);
    o.enriched = *enricher_counts(p.enricher);
    o.findings = matcher_counts(p.matcher).findings;
    pipeline_close(&p);
    return o;
}

static struct outcome run_into(uint32_t threads, size_t read_max, struct db *store)
{
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    assert_non_null(stream);
    struct outcome o = run_with(threads, read_max, stream, NULL, store);
    (void)fclose(stream);
    o.text = text;
    o.len = len;
    return o;
}

static struct outcome run(uint32_t threads, size_t read_max)
{
    return run_into(threads, read_max, NULL);
}

static void pipeline_run__finds_the_same_with_any_number_of_threads(void **state)
{
    static const uint32_t threads[] = { 2, 3, 8 };
    (void)state;
    struct outcome one = run(1, READ_MAX);
    assert_int_equal(one.status, OK);
    assert_true(one.findings > COPIES);
    assert_true(one.decoded.dropped[DECODE_DROP_NOT_JSON] > 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        struct outcome many = run(threads[i], READ_MAX);
        assert_int_equal(many.status, OK);
        assert_int_equal(many.len, one.len);
        assert_memory_equal(many.text, one.text, one.len);
        assert_memory_equal(&many.decoded, &one.decoded, sizeof one.decoded);
        assert_memory_equal(&many.enriched, &one.enriched, sizeof one.enriched);
        free(many.text);
    }
    free(one.text);
}

// Nor on where a batch ends: what is one act, and what is a repeat, is found event by event.
static void pipeline_run__finds_the_same_however_the_input_is_divided(void **state)
{
    static const size_t read_max[] = { 700, 65536, 64u * 1024u * 1024u };
    (void)state;
    struct outcome one = run(1, READ_MAX);
    assert_non_null(strstr(one.text, "\"also\":[{\"time\":\""));
    for (size_t i = 0; i < COUNT_OF(read_max); i++) {
        struct outcome other = run(1, read_max[i]);
        assert_int_equal(other.status, OK);
        assert_int_equal(other.len, one.len);
        assert_memory_equal(other.text, one.text, one.len);
        free(other.text);
    }
    free(one.text);
}

static int64_t kept_by(uint32_t threads, const struct outcome *without)
{
    struct db *db = NULL;
    struct err err;
    int64_t octets = -1;
    assert_int_equal(test_file_make(NULL), 0);
    assert_int_equal(store_open(str_of(test_file), DB_CREATE, &db, &err), OK);
    struct outcome o = run_into(threads, READ_MAX, db);
    assert_int_equal(o.status, OK);
    assert_int_equal(o.len, without->len);
    assert_memory_equal(o.text, without->text, o.len);
    free(o.text);
    assert_int_equal(db_number(db, "SELECT sum(length(record)) FROM finding", &octets, &err), OK);
    db_close(db);
    (void)test_file_remove(NULL);
    return octets;
}

static void pipeline_run__keeps_the_same_with_any_number_of_threads(void **state)
{
    (void)state;
    struct outcome without = run(1, READ_MAX);
    const int64_t octets = kept_by(1, &without);
    assert_true(octets > 10000 && (size_t)octets < without.len);
    assert_int_equal(kept_by(4, &without), octets);
    free(without.text);
}

// What refuses the first finding ends all threads, and says why.
static void pipeline_run__ends_all_threads_where_the_output_refuses(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        print_message("skipped: there is no /dev/full here\n");
        skip();
    }
    const struct outcome o = run_with(4, READ_MAX, full, NULL, NULL);
    assert_int_equal(o.status, ERR_IO);
    assert_non_null(strstr(o.err.text, "findings cannot be written"));
    (void)fclose(full);
}

static void pipeline_run__ends_all_threads_when_told_to_stop(void **state)
{
    (void)state;
    const volatile sig_atomic_t stop = 1;
    FILE *null = fopen("/dev/null", "w");
    const struct outcome o = run_with(4, READ_MAX, null, &stop, NULL);
    assert_int_equal(o.status, OK);
    assert_int_equal(o.decoded.in, 0);
    (void)fclose(null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipeline_run__finds_the_same_with_any_number_of_threads),
        cmocka_unit_test(pipeline_run__finds_the_same_however_the_input_is_divided),
        cmocka_unit_test(pipeline_run__keeps_the_same_with_any_number_of_threads),
        cmocka_unit_test(pipeline_run__ends_all_threads_where_the_output_refuses),
        cmocka_unit_test(pipeline_run__ends_all_threads_when_told_to_stop),
    };
    return cmocka_run_group_tests(tests, make_input, drop_input);
}
