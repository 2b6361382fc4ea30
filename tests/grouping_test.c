// What the whole engine makes of two rules that one event completes, and of a host that is critical.

#include "base/buf.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define INPUT "tests/cases/S08/inserted-library-mapped/input.ndjson"

// The findings of INPUT, as NDJSON in `text`. `p` needs pipeline_close().
static void find(struct pipeline *p, struct rules **rules, const str *paths, size_t path_count,
                 char **text)
{
    const struct pipeline_options options = {
        .source = { .host = STR("mac-7") },
        .match = { .partials_max = 1000 },
        .sink = { .form = SINK_NDJSON },
        .processes_max = 1000,
    };
    const str inputs[] = { STR(INPUT) };
    struct err err;
    size_t len = 0;
    FILE *stream = open_memstream(text, &len);
    assert_non_null(stream);
    if (rules_load(paths, path_count, NULL, rules, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(pipeline_open(p, &options, *rules, stream, &err), OK);
    assert_int_equal(source_open(inputs, 1, &options.source, &p->hosts, &p->source, &err), OK);
    assert_int_equal(pipeline_run(p, &err), OK);
    (void)fclose(stream);
}

// S20 speaks of the start, the others of the load.
static void pipeline_run__makes_one_finding_of_two_rules_of_one_event(void **state)
{
    (void)state;
    const str paths[] = { STR("rules") };
    struct pipeline p;
    struct rules *rules = NULL;
    char *text = NULL;
    find(&p, &rules, paths, 1, &text);
    const struct group_counts *counts = grouper_counts(p.grouper);
    assert_int_equal(matcher_counts(p.matcher).findings, 3);
    assert_int_equal(counts->told, 1);
    assert_int_equal(counts->revisions, 1);
    assert_int_equal(counts->joined, 2);
    assert_true(p.has_worst);
    assert_int_equal(p.worst, LEVEL_MEDIUM);
    assert_int_equal(counts->by_level[LEVEL_MEDIUM], 1);
    const char *first = strstr(text, "\"rule\":{\"id\":\"S20\"");
    const char *second = strstr(text, "\"rule\":{\"id\":\"S08-weak\"");
    assert_non_null(first);
    assert_non_null(second);
    assert_non_null(strstr(first, "\"revision\":0,\"repeats\":0,\"also\":[]"));
    second = strstr(second, "\"revision\":1,\"repeats\":0,\"also\":[{");
    assert_non_null(second);
    const char *third = strstr(second, "\"rule\":{\"id\":\"S09-weak\"");
    assert_non_null(third);
    assert_non_null(strstr(third, "\"rule\":{\"id\":\"S20\""));
    const char *end = strchr(second, '\n');
    assert_non_null(end);
    assert_string_equal(end, "\n");
    free(text);
    pipeline_close(&p);
    rules_free(rules);
}

static void pipeline_run__raises_the_level_on_a_critical_host(void **state)
{
    (void)state;
    char directory[] = "/tmp/pomona-grouping-XXXXXX";
    char path[64];
    struct pipeline p;
    struct rules *rules = NULL;
    char *text = NULL;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/lists.yaml", directory);
    FILE *lists = fopen(path, "wb");
    assert_non_null(lists);
    (void)fputs("critical_hosts: [mac-1, MAC-7]\n", lists);
    (void)fclose(lists);

    const str paths[] = { STR("rules"), str_of(directory) };
    find(&p, &rules, paths, COUNT_OF(paths), &text);
    assert_int_equal(p.worst, LEVEL_HIGH);
    assert_int_equal(grouper_counts(p.grouper)->by_level[LEVEL_HIGH], 1);
    assert_non_null(strstr(text, "\"level\":\"medium\"},\"level\":\"high\""));
    assert_non_null(
        strstr(text, "which is one above the rule's (medium): the Mac is in $critical_hosts"));
    free(text);
    pipeline_close(&p);
    rules_free(rules);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipeline_run__makes_one_finding_of_two_rules_of_one_event),
        cmocka_unit_test(pipeline_run__raises_the_level_on_a_critical_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
