#include "match/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND 1000000000LL

// One rule set of one query, and the means to feed it events by hand.
struct fixture {
    char directory[64];
    char path[128];
    struct rules *rules;
    struct hosts hosts;
    struct matcher *matcher;
    struct batch batch;
    uint64_t sequence;
};

static void write_rule(struct fixture *f, const char *name, const char *text)
{
    (void)snprintf(f->path, sizeof f->path, "%s/%s", f->directory, name);
    FILE *file = fopen(f->path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void load_text(struct fixture *f, const char *text)
{
    struct err err;
    *f = (struct fixture){ .directory = "/tmp/pomona-match-XXXXXX" };
    assert_non_null(mkdtemp(f->directory));
    write_rule(f, "rule.yaml", text);
    const str paths[] = { str_of(f->path) };
    if (rules_load(paths, 1, NULL, &f->rules, &err) != OK)
        fail_msg("%s", err.text);
    (void)unlink(f->path);
    (void)rmdir(f->directory);
    hosts_init(&f->hosts);
    batch_init(&f->batch);
}

static void load_max(struct fixture *f, const char *query, uint32_t partials_max)
{
    char text[4096];
    size_t problems;
    (void)snprintf(
        text, sizeof text,
        "id: T1\ntitle: Test\nversion: 1\ndescription: Test\nlevel: low\nquery: |\n  %s\n", query);
    load_text(f, text);
    const struct rule_problem *problem = rules_problems(f->rules, &problems);
    if (problems > 0)
        fail_msg("%.*s", STR_ARG(problem->text));
    const struct match_options options = { .partials_max = partials_max };
    f->matcher = matcher_new(f->rules, &f->hosts, &options);
}

static uint64_t evicted(const struct matcher *m)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < EVICT_REASON_COUNT; i++)
        sum += matcher_counts(m).partials.evicted[i];
    return sum;
}

static void load(struct fixture *f, const char *query)
{
    load_max(f, query, 1000);
}

static void unload(struct fixture *f)
{
    matcher_free(f->matcher);
    rules_free(f->rules);
    batch_done(&f->batch);
    hosts_done(&f->hosts);
}

// An event at `second`; true where it completes a finding.
static bool feed_on(struct fixture *f, const char *host, enum action action, const char *entity,
                    const char *path, int64_t second)
{
    struct value slots[FIELD_COUNT] = { 0 };
    struct event event = { .action = action,
                           .categories = action_traits[action].categories,
                           .time_ns = second * SECOND,
                           .sequence = f->sequence++,
                           .has_sequence = true,
                           .slots = slots,
                           .slot_count = FIELD_COUNT };
    event.host = hosts_keep(&f->hosts, str_of(host), STR_EMPTY);
    slots[FIELD_EVENT_ACTION] = value_of_text(action_traits[action].name);
    slots[FIELD_EVENT_TYPE] = value_of_text(action_traits[action].type);
    if (entity != NULL)
        slots[FIELD_PROCESS_ENTITY_ID] = value_of_text(str_of(entity));
    if (path != NULL)
        slots[FIELD_FILE_PATH] = value_of_text(str_of(path));
    batch_reset(&f->batch);
    match(f->matcher, &event, &f->batch);
    return f->batch.finding_count > 0;
}

static bool feed(struct fixture *f, enum action action, const char *entity, int64_t second)
{
    return feed_on(f, "mac-1", action, entity, NULL, second);
}

#define EXEC_TRACE                                    \
    "sequence by process.entity_id with maxspan=10s " \
    "[process where event.action == \"exec\"] [process where event.action == \"trace\"]"

static void match__completes_a_sequence_with_its_steps(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, EXEC_TRACE);
    assert_false(feed(&f, ACTION_EXEC, "a", 1));
    assert_false(feed(&f, ACTION_TRACE, "b", 2));
    assert_true(feed(&f, ACTION_TRACE, "a", 3));
    const struct finding *finding = f.batch.findings[0];
    assert_int_equal(finding->step_count, 2);
    assert_int_equal(finding->steps[0].action, ACTION_EXEC);
    assert_int_equal(finding->steps[0].time_ns, 1 * SECOND);
    assert_int_equal(finding->steps[1].action, ACTION_TRACE);
    assert_int_equal(finding->time_ns, 3 * SECOND);
    assert_true(str_eq(finding->host_id, STR("mac-1")));
    assert_true(str_eq(value_str(finding_step_value(&finding->steps[1], FIELD_PROCESS_ENTITY_ID)),
                       STR("a")));
    assert_true(str_contains(finding->steps[0].why, STR("exec")));
    assert_false(feed(&f, ACTION_TRACE, "a", 4));  // It has been used up.
    assert_int_equal(matcher_counts(f.matcher).partials.open, 0);
    unload(&f);
}

static void match__keeps_maxspan_to_the_nanosecond_and_uses_up_what_is_late(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, EXEC_TRACE);
    assert_false(feed(&f, ACTION_EXEC, "a", 0));
    assert_true(feed(&f, ACTION_TRACE, "a", 10));  // Inclusive.
    assert_false(feed(&f, ACTION_EXEC, "a", 20));
    assert_false(feed(&f, ACTION_TRACE, "a", 31));
    assert_false(feed(&f, ACTION_TRACE, "a", 30));
    assert_int_equal(matcher_counts(f.matcher).partials.expired, 1);
    unload(&f);
}

static void match__lets_a_newer_partial_take_the_place_of_an_older(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, EXEC_TRACE);
    assert_false(feed(&f, ACTION_EXEC, "a", 1));
    assert_false(feed(&f, ACTION_EXEC, "a", 2));
    assert_true(feed(&f, ACTION_TRACE, "a", 3));
    assert_int_equal(f.batch.findings[0]->steps[0].time_ns, 2 * SECOND);
    assert_false(feed(&f, ACTION_TRACE, "a", 4));
    assert_int_equal(matcher_counts(f.matcher).partials.replaced, 1);
    unload(&f);
}

static void match__never_lets_an_event_extend_itself(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "sequence by process.entity_id [process where true] [process where true]");
    assert_false(feed(&f, ACTION_EXEC, "a", 1));
    assert_true(feed(&f, ACTION_EXEC, "a", 2));  // Completes one and begins another.
    assert_true(feed(&f, ACTION_EXEC, "a", 3));
    unload(&f);
}

static void match__runs_are_copies_of_the_stage(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "sequence by process.entity_id [process where event.action == \"trace\"] with runs=3");
    assert_false(feed(&f, ACTION_TRACE, "a", 1));
    assert_false(feed(&f, ACTION_TRACE, "a", 2));
    assert_true(feed(&f, ACTION_TRACE, "a", 3));
    assert_int_equal(f.batch.findings[0]->step_count, 3);
    unload(&f);
}

static void match__until_ends_what_waits_but_not_what_completes(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "sequence by process.entity_id [process where event.action == \"exec\"]"
             " [process where event.action in (\"trace\", \"end\")]"
             " until [process where event.action in (\"signal\", \"end\")]");
    assert_false(feed(&f, ACTION_EXEC, "a", 1));
    assert_false(feed(&f, ACTION_SIGNAL, "a", 2));
    assert_false(feed(&f, ACTION_TRACE, "a", 3));
    assert_int_equal(matcher_counts(f.matcher).partials.killed, 1);
    assert_false(feed(&f, ACTION_EXEC, "a", 4));
    assert_false(feed(&f, ACTION_SIGNAL, "b", 5));  // Another key.
    assert_true(feed(&f, ACTION_END, "a", 6));      // Completes, and is the end as well.
    unload(&f);
}

static void match__drops_an_event_without_its_key_unless_the_key_is_optional(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "sequence by process.entity_id [process where event.action == \"exec\"]"
             " [process where event.action == \"trace\"]");
    assert_false(feed(&f, ACTION_EXEC, NULL, 1));
    assert_false(feed(&f, ACTION_TRACE, NULL, 2));
    assert_int_equal(matcher_counts(f.matcher).partials.begun, 0);
    unload(&f);
    load(&f, "sequence by ?process.entity_id [process where event.action == \"exec\"]"
             " [process where event.action == \"trace\"]");
    assert_false(feed(&f, ACTION_EXEC, NULL, 1));
    assert_true(feed(&f, ACTION_TRACE, NULL, 2));
    unload(&f);
}

static void match__joins_by_what_each_stage_names(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "sequence [file where event.action == \"creation\"] by file.path"
             " [process where event.action == \"exec\"] by process.entity_id");
    assert_false(feed_on(&f, "mac-1", ACTION_CREATION, "x", "/tmp/a", 1));
    assert_false(feed_on(&f, "mac-1", ACTION_EXEC, "/tmp/b", NULL, 2));
    assert_true(feed_on(&f, "mac-1", ACTION_EXEC, "/tmp/a", NULL, 3));
    unload(&f);
}

static void match__never_joins_two_hosts(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, EXEC_TRACE);
    assert_false(feed_on(&f, "mac-1", ACTION_EXEC, "a", NULL, 1));
    assert_false(feed_on(&f, "mac-2", ACTION_TRACE, "a", NULL, 2));
    assert_true(feed_on(&f, "mac-1", ACTION_TRACE, "a", NULL, 3));
    unload(&f);
}

// A host whose clock is a day behind loses nothing to a host that is ahead.
static void match__expires_by_each_hosts_own_clock(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, EXEC_TRACE);
    assert_false(feed_on(&f, "slow", ACTION_EXEC, "a", NULL, 1));
    for (int i = 0; i < 100; i++)
        assert_false(feed_on(&f, "fast", ACTION_EXEC, "b", NULL, 86400 + i));
    assert_true(feed_on(&f, "slow", ACTION_TRACE, "a", NULL, 5));
    unload(&f);
}

// One record from the year 2099 must not end what waits on its host.
static void match__is_not_blinded_by_one_stamp_from_the_future(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, EXEC_TRACE);
    for (int i = 0; i < 3; i++) {
        assert_false(feed(&f, ACTION_EXEC, "a", 10 * i + 1));
        assert_false(feed(&f, ACTION_SIGNAL, "x", 4070908800));
        assert_false(feed(&f, ACTION_EXEC, "b", 10 * i + 2));
        assert_true(feed(&f, ACTION_TRACE, "a", 10 * i + 3));
        assert_true(feed(&f, ACTION_TRACE, "b", 10 * i + 4));
    }
    unload(&f);
}

static void match__forgets_what_is_too_old(void **state)
{
    (void)state;
    struct fixture f;
    char entity[16];
    load(&f, EXEC_TRACE);
    for (int i = 0; i < 500; i++) {
        (void)snprintf(entity, sizeof entity, "e%d", i);
        assert_false(feed(&f, ACTION_EXEC, entity, i));
    }
    // Those of the last ten seconds, one that the next event will end, and no more.
    assert_int_equal(matcher_counts(f.matcher).partials.open, 12);
    assert_int_equal(matcher_counts(f.matcher).partials.expired, 488);
    unload(&f);
}

static void match__evicts_the_oldest_and_counts_it(void **state)
{
    (void)state;
    struct fixture f;
    char entity[16];
    load_max(&f,
             "sequence by process.entity_id [process where event.action == \"exec\"]"
             " [process where event.action == \"trace\"]",
             10);
    for (int i = 0; i < 25; i++) {
        (void)snprintf(entity, sizeof entity, "e%d", i);
        assert_false(feed(&f, ACTION_EXEC, entity, i));
    }
    assert_int_equal(matcher_counts(f.matcher).partials.open, 10);
    assert_int_equal(evicted(f.matcher), 15);
    assert_false(feed(&f, ACTION_TRACE, "e14", 30));
    assert_true(feed(&f, ACTION_TRACE, "e15", 31));
    unload(&f);
}

static void match__stays_within_its_memory(void **state)
{
    (void)state;
    static char path[1000];
    struct fixture f;
    char entity[16];
    memset(path, 'p', sizeof path - 1);
    load_max(&f,
             "sequence by process.entity_id [file where event.action == \"creation\"]"
             " [process where event.action == \"trace\"]",
             1000000);
    matcher_free(f.matcher);
    const struct match_options options = { .partials_max = 1000000, .memory_max_bytes = 1000000 };
    f.matcher = matcher_new(f.rules, &f.hosts, &options);
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(entity, sizeof entity, "e%d", i);
        assert_false(feed_on(&f, "mac-1", ACTION_CREATION, entity, path, i));
        assert_true(matcher_counts(f.matcher).partials.memory_bytes < 1010000);
    }
    assert_true(evicted(f.matcher) > 3500);
    assert_true(matcher_counts(f.matcher).partials.open > 500);
    assert_true(feed_on(&f, "mac-1", ACTION_TRACE, "e4999", NULL, 5000));
    unload(&f);
}

static void match__gives_back_all_memory_of_what_has_ended(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, EXEC_TRACE);
    assert_false(feed(&f, ACTION_EXEC, "a", 1));
    assert_true(feed(&f, ACTION_TRACE, "a", 2));
    const uint64_t idle = matcher_counts(f.matcher).partials.memory_bytes;
    for (int i = 3; i < 103; i += 2) {
        assert_false(feed(&f, ACTION_EXEC, "a", i));
        assert_true(matcher_counts(f.matcher).partials.memory_bytes > idle);
        assert_true(feed(&f, ACTION_TRACE, "a", i + 1));
        assert_int_equal(matcher_counts(f.matcher).partials.memory_bytes, idle);
    }
    unload(&f);
}

static void match__joins_long_keys_by_all_of_their_octets(void **state)
{
    (void)state;
    struct fixture f;
    static char a[65536];
    static char b[65536];
    memset(a, 'x', sizeof a - 1);
    memset(b, 'x', sizeof b - 1);
    b[sizeof b - 2] = 'y';
    load(&f, EXEC_TRACE);
    assert_false(feed(&f, ACTION_EXEC, a, 1));
    assert_false(feed(&f, ACTION_TRACE, b, 2));
    assert_true(feed(&f, ACTION_TRACE, a, 3));
    unload(&f);
}

static void match__finds_single_events(void **state)
{
    (void)state;
    struct fixture f;
    load(&f, "process where event.action == \"trace\" and process.entity_id == \"a\"");
    assert_false(feed(&f, ACTION_TRACE, "b", 1));
    assert_true(feed(&f, ACTION_TRACE, "a", 2));
    assert_int_equal(f.batch.findings[0]->step_count, 1);
    unload(&f);
}

static void assert_refused(const char *text, const char *sentence)
{
    struct fixture f;
    size_t problems;
    load_text(&f, text);
    const struct rule_problem *problem = rules_problems(f.rules, &problems);
    assert_int_equal(problems, 1);
    assert_int_equal(rules_count(f.rules), 0);
    const str expected = str_of(sentence);
    if (!str_ends_with(problem->text, expected))
        fail_msg("%.*s", STR_ARG(problem->text));
    unload(&f);
}

#define HEAD "id: T1\ntitle: Test\nversion: 1\ndescription: Test\nlevel: low\n"

static void rules_load__says_where_a_file_is_wrong(void **state)
{
    (void)state;
    char nested[256];
    memset(nested, '[', sizeof nested - 1);
    nested[sizeof nested - 1] = '\0';
    assert_refused(nested, "rule.yaml: more than 64 brackets inside one another");
    assert_refused("id: [", "rule.yaml:2:1: did not find expected node content");
    assert_refused("- a\n", "rule.yaml:1:1: a rule is a mapping of keys");
    assert_refused(HEAD, "rule.yaml:1:1: the rule has no \"query\"");
    assert_refused(HEAD "severity: high\n", "rule.yaml:6:1: a rule has no key \"severity\"");
    assert_refused(HEAD "title: Again\n", "rule.yaml:6:1: the key stands twice: \"title\"");
    assert_refused(
        "level: severe\n",
        "rule.yaml:1:8: level is informational, low, medium, high or critical, not \"severe\"");
    assert_refused("version: 0\n", "rule.yaml:1:10: version is a number from 1, not \"0\"");
    assert_refused("tags: attack.t1106\n", "rule.yaml:1:7: a list of texts belongs here");
}

static void rules_load__says_where_in_the_file_a_query_is_wrong(void **state)
{
    (void)state;
    struct fixture f;
    size_t problems;
    // Characters of several octets before it: marks count characters.
    load_text(&f, "# \xc3\xa4\xc3\xb6\xc3\xbc\n" HEAD
                  "query: |\n  process where\n    process.executible == \"a\"\n");
    const struct rule_problem *problem = rules_problems(f.rules, &problems);
    assert_int_equal(problems, 1);
    assert_true(str_contains(problem->text, STR("rule.yaml:9:5: ")));
    assert_true(str_contains(problem->text, STR("process.executable")));
    unload(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__completes_a_sequence_with_its_steps),
        cmocka_unit_test(match__keeps_maxspan_to_the_nanosecond_and_uses_up_what_is_late),
        cmocka_unit_test(match__lets_a_newer_partial_take_the_place_of_an_older),
        cmocka_unit_test(match__never_lets_an_event_extend_itself),
        cmocka_unit_test(match__runs_are_copies_of_the_stage),
        cmocka_unit_test(match__until_ends_what_waits_but_not_what_completes),
        cmocka_unit_test(match__drops_an_event_without_its_key_unless_the_key_is_optional),
        cmocka_unit_test(match__joins_by_what_each_stage_names),
        cmocka_unit_test(match__never_joins_two_hosts),
        cmocka_unit_test(match__expires_by_each_hosts_own_clock),
        cmocka_unit_test(match__is_not_blinded_by_one_stamp_from_the_future),
        cmocka_unit_test(match__forgets_what_is_too_old),
        cmocka_unit_test(match__evicts_the_oldest_and_counts_it),
        cmocka_unit_test(match__stays_within_its_memory),
        cmocka_unit_test(match__gives_back_all_memory_of_what_has_ended),
        cmocka_unit_test(match__joins_long_keys_by_all_of_their_octets),
        cmocka_unit_test(match__finds_single_events),
        cmocka_unit_test(rules_load__says_where_a_file_is_wrong),
        cmocka_unit_test(rules_load__says_where_in_the_file_a_query_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
