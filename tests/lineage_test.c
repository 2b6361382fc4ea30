// `child of` and `descendant of`: what the process table keeps and rules ask, of processes that fork,
// exec and end as records tell of them.

#include "match/fixture.h"

#include "base/buf.h"
#include "enrich/enrich.h"

#define CHILD      "process where event.action == \"exec\" and child of [process where "
#define DESCENDANT "process where event.action == \"exec\" and descendant of [process where "

// A Mac whose processes do things one after another, a second apart.
struct mac {
    struct fixture f;
    struct projection projection;
    struct enricher *enricher;
    int64_t second;
};

static void open_mac(struct mac *m, const char *const *queries, size_t count)
{
    struct err err;
    *m = (struct mac){ 0 };
    fixture_load(&m->f, queries, count, NULL);
    const struct enrich_options options = { .processes_max = 1000,
                                            .lineage_count = rules_lineage_count(m->f.rules) };
    rules_want(m->f.rules, &m->projection);
    projection_compile(&m->projection);
    if (enricher_new(&options, &m->projection, &m->f.hosts, &m->enricher, &err) != OK)
        fail_msg("%s", err.text);
}

static void open_one(struct mac *m, const char *query)
{
    open_mac(m, &query, 1);
}

static void close_mac(struct mac *m)
{
    enricher_free(m->enricher);
    fixture_unload(&m->f);
}

static struct process_facts life(int64_t pid, int64_t version, const char *path)
{
    return (struct process_facts){ .present = true,
                                   .id = { .pid = pid, .pidversion = version },
                                   .parent = { .pid = 1, .pidversion = 1 },
                                   .responsible = { .pid = pid, .pidversion = version },
                                   .executable = str_of(path) };
}

static size_t go(struct mac *m, enum action action, struct process_facts process,
                 struct process_facts previous)
{
    struct fixture *f = &m->f;
    fixture_next(f, action, ++m->second * FIXTURE_SECOND_NS);
    memset(f->slots, 0, sizeof f->slots);  // All of them are enrich's to fill.
    f->event.process = process;
    f->event.previous = previous;
    batch_reset(&f->batch);
    enrich(m->enricher, &f->event, &f->batch);
    f->slots[FIELD_EVENT_ACTION] = value_of_text(action_traits[action].name);
    match(f->matcher, &f->event, &f->batch);
    return f->batch.finding_count;
}

static size_t do_fork(struct mac *m, struct process_facts parent, struct process_facts child)
{
    child.parent = parent.id;
    return go(m, ACTION_FORK, child, parent);
}

static size_t do_exec(struct mac *m, struct process_facts old, struct process_facts new)
{
    new.parent = old.parent;
    return go(m, ACTION_EXEC, new, old);
}

static size_t do_signal(struct mac *m, struct process_facts process)
{
    return go(m, ACTION_SIGNAL, process, (struct process_facts){ 0 });
}

static const char *const chain[] = { "/Applications/Mail", "/bin/sh", "/usr/bin/curl" };

// launchd runs Mail, which runs sh, which runs curl; whether the last two are found.
static void run_chain(const char *query, size_t expected_sh, size_t expected_curl)
{
    struct mac m;
    open_one(&m, query);
    struct process_facts above = life(1, 1, "/sbin/launchd");
    size_t found[COUNT_OF(chain)];
    for (size_t i = 0; i < COUNT_OF(chain); i++) {
        const int64_t pid = 100 + (int64_t)i;
        struct process_facts forked = life(pid, 10 * pid, "");
        forked.executable = above.executable;
        struct process_facts run = life(pid, 10 * pid + 1, chain[i]);
        forked.parent = run.parent = above.id;
        assert_int_equal(do_fork(&m, above, forked), 0);
        found[i] = do_exec(&m, forked, run);
        above = run;
    }
    assert_int_equal(found[0], 0);
    if (found[1] != expected_sh || found[2] != expected_curl)
        fail_msg("%s: sh %zu, curl %zu", query, found[1], found[2]);
    close_mac(&m);
}

static void match__asks_the_parent_alone_for_child_of(void **state)
{
    (void)state;
    run_chain(CHILD "process.name == \"Mail\"]", 1, 0);
    run_chain(CHILD "process.name == \"sh\"]", 0, 1);
    run_chain(CHILD "process.name == \"curl\"]", 0, 0);
    run_chain(CHILD "process.name : \"mail\" and event.action == \"exec\"]", 1, 0);
    run_chain(CHILD "event.action == \"signal\"]", 0, 0);
    run_chain("process where event.action == \"exec\" and process.name != \"Mail\" and "
              "not child of [process where process.name == \"Mail\"]",
              0, 1);
}

static void match__asks_all_ancestors_for_descendant_of(void **state)
{
    (void)state;
    run_chain(DESCENDANT "process.name == \"Mail\"]", 1, 1);
    run_chain(DESCENDANT "process.name == \"sh\"]", 0, 1);
    run_chain(DESCENDANT "process.name == \"curl\"]", 0, 0);
    run_chain(DESCENDANT "process.name == \"Mail\" and process.name == \"sh\"]", 0, 0);
    run_chain(DESCENDANT "process.name == \"Mail\"] and child of [process where "
                         "process.name == \"sh\"]",
              0, 1);
    run_chain(DESCENDANT "process.name == \"Mail\"] and not child of [process where "
                         "process.name == \"Mail\"]",
              0, 1);
}

// What a process was before it ran something else is above what it runs then, but is not its parent.
static void match__takes_what_a_process_was_before_its_exec_for_an_ancestor(void **state)
{
    (void)state;
    const char *const rules[] = { DESCENDANT "process.name == \"sh\"]",
                                  CHILD "process.name == \"sh\"]" };
    struct mac m;
    open_mac(&m, rules, COUNT_OF(rules));
    const struct process_facts shell = life(10, 2, "/bin/sh");
    const struct process_facts tool = life(10, 3, "/opt/tool");
    const struct process_facts child = life(11, 4, "/opt/tool");
    assert_int_equal(do_exec(&m, life(10, 1, "/sbin/launchd"), shell), 0);
    assert_int_equal(do_exec(&m, shell, tool), 1);
    assert_true(str_eq(m.f.batch.findings[0]->rule->id, STR("r0000")));
    assert_int_equal(do_fork(&m, tool, child), 0);
    struct process_facts last = life(11, 5, "/bin/ls");
    last.parent = tool.id;
    assert_int_equal(do_exec(&m, child, last), 1);  // Below sh, but no child of it.
    close_mac(&m);
}

// A child that never ran anything of its own has its parent all the same.
static void match__follows_a_fork_without_exec(void **state)
{
    (void)state;
    const char *const rules[] = {
        "process where event.action == \"signal\" and child of [process where process.name == "
        "\"sh\" and event.action == \"exec\"]",
        "process where event.action == \"signal\" and descendant of [process where process.name "
        "== \"sh\" and event.action == \"exec\"]",
    };
    struct mac m;
    open_mac(&m, rules, COUNT_OF(rules));
    const struct process_facts shell = life(10, 2, "/bin/sh");
    struct process_facts child = life(11, 3, "/bin/sh");
    struct process_facts grandchild = life(12, 4, "/bin/sh");
    assert_int_equal(do_exec(&m, life(10, 1, "/sbin/launchd"), shell), 0);
    assert_int_equal(do_fork(&m, shell, child), 0);
    assert_int_equal(do_fork(&m, child, grandchild), 0);
    assert_int_equal(do_signal(&m, shell), 0);
    assert_int_equal(do_signal(&m, child), 2);
    assert_int_equal(do_signal(&m, grandchild), 1);
    close_mac(&m);
}

// Processes that ran before the first record: they are met by what they do.
static void match__knows_a_process_that_was_there_before(void **state)
{
    (void)state;
    struct mac m;
    open_one(&m, CHILD "process.name == \"sh\"]");
    const struct process_facts shell = life(10, 2, "/bin/sh");
    struct process_facts child = life(11, 3, "/bin/sh");
    struct process_facts run = life(11, 4, "/bin/ls");
    child.parent = run.parent = shell.id;
    assert_int_equal(do_signal(&m, shell), 0);  // It is met, and marked.
    assert_int_equal(do_fork(&m, shell, child), 0);
    assert_int_equal(do_exec(&m, child, run), 1);

    // One that is only met as a parent never did anything that could have marked it.
    const struct process_facts other = life(20, 2, "/bin/sh");
    struct process_facts second = life(21, 3, "/bin/sh");
    struct process_facts second_run = life(21, 4, "/bin/ls");
    second.parent = second_run.parent = other.id;
    assert_int_equal(do_fork(&m, other, second), 0);
    assert_int_equal(do_exec(&m, second, second_run), 0);
    close_mac(&m);
}

// What a process comes to be after a child was born says nothing of the child.
static void match__leaves_a_mark_that_comes_after_the_fork_to_later_children(void **state)
{
    (void)state;
    struct mac m;
    open_one(&m, "process where event.action == \"exec\" and child of [process where "
                 "event.action == \"signal\"]");
    const struct process_facts shell = life(10, 2, "/bin/sh");
    for (int64_t pid = 11; pid < 13; pid++) {
        struct process_facts child = life(pid, 10 * pid, "/bin/sh");
        struct process_facts run = life(pid, 10 * pid + 1, "/bin/ls");
        child.parent = run.parent = shell.id;
        assert_int_equal(do_fork(&m, shell, child), 0);
        assert_int_equal(do_signal(&m, shell), 0);
        assert_int_equal(do_exec(&m, child, run), pid == 12);
    }
    close_mac(&m);
}

static void match__keeps_ancestors_that_have_ended(void **state)
{
    (void)state;
    struct mac m;
    open_one(&m, DESCENDANT "process.name == \"sh\"]");
    const struct process_facts shell = life(10, 2, "/bin/sh");
    struct process_facts child = life(11, 3, "/bin/sh");
    struct process_facts run = life(11, 4, "/bin/ls");
    assert_int_equal(do_exec(&m, life(10, 1, "/sbin/launchd"), shell), 0);
    assert_int_equal(do_fork(&m, shell, child), 0);
    assert_int_equal(go(&m, ACTION_END, shell, (struct process_facts){ 0 }), 0);
    m.second += 3600;
    run.parent = (struct process_id){ .pid = 1, .pidversion = 1 };
    assert_int_equal(do_exec(&m, child, run), 1);
    close_mac(&m);
}

// The same pid on two Macs, and the same pid in two lives.
static void match__never_takes_another_process_of_the_same_pid_for_an_ancestor(void **state)
{
    (void)state;
    struct mac m;
    open_one(&m, DESCENDANT "process.name == \"sh\"]");
    const struct process_facts shell = life(10, 2, "/bin/sh");
    const struct process_facts later = life(10, 7, "/bin/zsh");
    struct process_facts child = life(11, 8, "/bin/zsh");
    struct process_facts run = life(11, 9, "/bin/ls");
    child.parent = run.parent = later.id;
    assert_int_equal(do_exec(&m, life(10, 1, "/sbin/launchd"), shell), 0);
    assert_int_equal(go(&m, ACTION_END, shell, (struct process_facts){ 0 }), 0);
    assert_int_equal(do_fork(&m, later, child), 0);
    assert_int_equal(do_exec(&m, child, run), 0);
    close_mac(&m);
}

// More conditions than there are bits in a word: each process remembers those that it met, and no others.
static void match__tells_hundreds_of_conditions_apart(void **state)
{
    (void)state;
    enum {
        COUNT = 200
    };
    static char queries[COUNT][160];
    const char *rules[COUNT];
    struct mac m;
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(queries[i], sizeof queries[i],
                       "process where event.action == \"exec\" and %s of [process where "
                       "event.action == \"exec\" and process.name == \"t%d\"]",
                       i % 2 == 0 ? "child" : "descendant", i);
        rules[i] = queries[i];
    }
    open_mac(&m, rules, COUNT);
    struct process_facts above = life(1, 1, "/sbin/launchd");
    const int tools[] = { 3, 68, 199, 130, 5 };  // Of an odd one all below it are descendants.
    const size_t found[] = { 0, 1, 2, 2, 3 };
    char paths[COUNT_OF(tools)][32];
    for (size_t i = 0; i < COUNT_OF(tools); i++) {
        (void)snprintf(paths[i], sizeof paths[i], "/opt/t%d", tools[i]);
        struct process_facts forked = life(10 + (int64_t)i, 2, "");
        struct process_facts run = life(10 + (int64_t)i, 3, paths[i]);
        forked.executable = above.executable;
        forked.parent = run.parent = above.id;
        assert_int_equal(do_fork(&m, above, forked), 0);
        assert_int_equal(do_exec(&m, forked, run), found[i]);
        above = run;
    }
    close_mac(&m);
}

// A stage of a sequence that depends on ancestors, and `until` likewise.
static void match__asks_ancestors_in_sequences(void **state)
{
    (void)state;
    struct mac m;
    open_one(&m, "sequence by process.entity_id with maxspan=1m "
                 "[process where event.action == \"exec\" and process.name == \"ls\"] "
                 "[process where event.action == \"signal\" and child of [process where "
                 "process.name == \"sh\"]]");
    const struct process_facts shell = life(10, 2, "/bin/sh");
    const struct process_facts other = life(20, 2, "/bin/zsh");
    const struct process_facts parents[] = { shell, other };
    assert_int_equal(do_exec(&m, life(10, 1, "/sbin/launchd"), shell), 0);
    assert_int_equal(do_exec(&m, life(20, 1, "/sbin/launchd"), other), 0);
    for (size_t i = 0; i < 2; i++) {
        struct process_facts child = life(30 + (int64_t)i, 3, "");
        struct process_facts run = life(30 + (int64_t)i, 4, "/bin/ls");
        child.executable = parents[i].executable;
        child.parent = run.parent = parents[i].id;
        assert_int_equal(do_fork(&m, parents[i], child), 0);
        assert_int_equal(do_exec(&m, child, run), 0);
        assert_int_equal(do_signal(&m, run), i == 0);
    }
    close_mac(&m);
}

// A rule of `count` conditions on ancestors, of which the first stands twice.
static char *query_of_lineages(uint32_t count)
{
    struct buf b;
    buf_init(&b, EQL_TEXT_MAX);
    buf_add(&b, STR("process where child of [process where process.pid == 1]"));
    for (uint32_t i = 1; i <= count; i++)
        buf_printf(&b, " or descendant of [process where process.pid == %u]", i);
    buf_add_char(&b, '\0');
    assert_false(b.failed);
    return b.at;
}

static void eql_compile__refuses_more_lineages_than_max(void **state)
{
    (void)state;
    for (uint32_t more = 0; more < 2; more++) {
        struct eql_plan *plan = NULL;
        struct err err;
        char *query = query_of_lineages(EQL_LINEAGES_MAX + more);
        const enum status status = eql_compile(str_of(query), NULL, &plan, NULL, &err);
        free(query);
        if (more == 0 && status != OK)
            fail_msg("%s", err.text);
        if (more > 0)
            assert_int_equal(status, ERR_LIMIT);
        if (more > 0)
            assert_non_null(strstr(err.text, ": all rules together have at most 4096 different "
                                             "`child of` and `descendant of`"));
        eql_plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__asks_the_parent_alone_for_child_of),
        cmocka_unit_test(match__asks_all_ancestors_for_descendant_of),
        cmocka_unit_test(match__takes_what_a_process_was_before_its_exec_for_an_ancestor),
        cmocka_unit_test(match__follows_a_fork_without_exec),
        cmocka_unit_test(match__knows_a_process_that_was_there_before),
        cmocka_unit_test(match__leaves_a_mark_that_comes_after_the_fork_to_later_children),
        cmocka_unit_test(match__keeps_ancestors_that_have_ended),
        cmocka_unit_test(match__never_takes_another_process_of_the_same_pid_for_an_ancestor),
        cmocka_unit_test(match__tells_hundreds_of_conditions_apart),
        cmocka_unit_test(match__asks_ancestors_in_sequences),
        cmocka_unit_test(eql_compile__refuses_more_lineages_than_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
