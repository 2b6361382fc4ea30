// What findings say that could not be seen, and what coverage says, does not depend on how the input
// was divided, nor on the number of threads. Run from the top of the tree.

#include "base/buf.h"
#include "fidelity/coverage.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT_MAX (4u * 1024u * 1024u)

static const str inputs[] = {
    STR_INIT("tests/cases/S01/untrusted-links-from-memory/input.ndjson"),
    STR_INIT("tests/cases/S05/port-then-thread/input.ndjson"),
    STR_INIT("tests/cases/S08/inserted-library-mapped/input.ndjson"),
    STR_INIT("tests/cases/S09/trusted-maps-from-tmp/input.ndjson"),
};

// A sensor that shows less than it does.
static const char profile[] = "eslogger:\n"
                              "  product: one that shows little\n"
                              "  sources: { test: this test }\n"
                              "  signals:\n"
                              "    trace: { is: not, source: test }\n"
                              "    memory protection: { is: not, source: test }\n";

static struct rules *load_rules(void)
{
    const str path = STR("rules");
    struct rules *rules;
    struct err err;
    char name[] = "/tmp/pomona-profile-XXXXXX";
    const int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, profile, sizeof profile - 1), sizeof profile - 1);
    assert_int_equal(close(fd), 0);
    if (rules_load(&path, 1, NULL, &rules, &err) != OK ||
        rules_load_profiles(rules, str_of(name), &err) != OK)
        fail_msg("%s", err.text);
    (void)unlink(name);
    return rules;
}

static void add_file(FILE *file, struct buf *out)
{
    char text[4096];
    rewind(file);
    for (size_t len; (len = fread(text, 1, sizeof text, file)) > 0;)
        buf_add(out, (str){ .at = text, .len = len });
}

static void add_coverage(const struct fidelity *f, struct buf *out)
{
    struct arena arena = { 0 };
    for (uint32_t host = 0; host < coverage_host_count(f); host++) {
        struct coverage_host judged;
        if (!coverage_has_host(f, host))
            continue;
        coverage_judge(f, host, &arena, &judged);
        for (size_t s = 0; s < SIGNAL_COUNT; s++)
            buf_printf(out, "%.*s: %.*s: %.*s\n", STR_ARG(judged.id),
                       STR_ARG(judged.signals[s].figure), STR_ARG(judged.signals[s].reason));
        for (size_t i = 0; i < judged.check_count; i++)
            buf_printf(out, "%.*s: %.*s\n", STR_ARG(judged.checks[i].id),
                       STR_ARG(judged.checks[i].figure));
    }
    arena_done(&arena);
}

static void run(const struct rules *rules, size_t read_max, uint32_t threads, struct buf *out)
{
    const struct pipeline_options options = {
        .source = { .read_max = read_max },
        .sink = { .form = SINK_NDJSON },
        .processes_max = PROCESSES_MAX_DEFAULT,
        .threads = threads,
    };
    struct pipeline p;
    struct err err;
    FILE *findings = tmpfile();
    assert_non_null(findings);
    enum status status = pipeline_open(&p, &options, rules, findings, &err);
    if (status == OK)
        status = source_open(inputs, COUNT_OF(inputs), &options.source, &p.hosts, &p.source, &err);
    if (status == OK)
        status = pipeline_run(&p, &err);
    if (status != OK)
        fail_msg("%s", err.text);
    add_file(findings, out);
    add_coverage(p.fidelity, out);
    pipeline_close(&p);
    assert_int_equal(fclose(findings), 0);
}

static void fidelity__says_the_same_however_the_input_is_divided(void **state)
{
    (void)state;
    static const struct {
        size_t read_max;
        uint32_t threads;
    } ways[] = { { 0, 1 }, { 100, 1 }, { 4096, 1 }, { 700, 3 } };
    struct rules *rules = load_rules();
    struct buf first;
    buf_init(&first, TEXT_MAX);
    run(rules, ways[0].read_max, ways[0].threads, &first);
    assert_true(str_contains(buf_str(&first), STR("no sensor of this host shows trace")));
    for (size_t i = 1; i < COUNT_OF(ways); i++) {
        struct buf other;
        buf_init(&other, TEXT_MAX);
        run(rules, ways[i].read_max, ways[i].threads, &other);
        if (!str_eq(buf_str(&first), buf_str(&other)))
            fail_msg("read_max %zu, threads %u:\n%.*s\nis not\n%.*s", ways[i].read_max,
                     ways[i].threads, STR_ARG(buf_str(&other)), STR_ARG(buf_str(&first)));
        buf_done(&other);
    }
    buf_done(&first);
    rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fidelity__says_the_same_however_the_input_is_divided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
