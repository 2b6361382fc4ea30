// What is said of a rule that was compiled, and of the events that came nearest to it.

#include "match/explain.h"
#include "match/fixture.h"
#include "match/rules.h"
#include "match/watch.h"

#define TEXT_MAX (64u * 1024u)

static const char *const two_rules[] = {
    "sequence by process.entity_id, ?user.id with maxspan=90s\n"
    "  [process where event.action == \"exec\" and process.name : (\"sh\", \"z*sh\") and\n"
    "    not process.args == \"-l\"] as e0\n"
    "  ![file where file.path : \"/private/*\"]\n"
    "  [process where event.action == \"signal\" and process.parent.name == e0.process.name]\n"
    "until [process where event.type == \"end\"]",
    "process where not process.args == \"-l\" or process.pid > 3",
};

// Of rule `rule`, with the path of its file as FILE.
static void explain(const struct fixture *f, size_t rule, struct buf *out)
{
    static const struct match_options options = { .partials_max = 5000,
                                                  .memory_max_bytes = 64u << 20 };
    const str path = f->rules->at[rule].path;
    struct buf whole;
    buf_init(&whole, TEXT_MAX);
    buf_init(out, TEXT_MAX);
    rules_explain(f->rules, rule, &options, &whole);
    for (str rest = buf_str(&whole); rest.len > 0;) {
        const bool is_path = str_starts_with(rest, path);
        buf_add(out, is_path ? STR("FILE") : str_to(rest, 1));
        rest = str_from(rest, is_path ? path.len : 1);
    }
    assert_false(whole.failed || out->failed);
    buf_done(&whole);
}

static void assert_text(const struct buf *b, const char *expected)
{
    if (!str_eq(buf_str(b), str_of(expected)))
        fail_msg("printed:\n%.*s", STR_ARG(buf_str(b)));
}

static void rules_explain__prints_a_sequence(void **state)
{
    (void)state;
    struct fixture f;
    struct buf out;
    fixture_load(&f, two_rules, COUNT_OF(two_rules), NULL);
    explain(&f, 0, &out);
    assert_text(
        &out,
        "r0000  r0000\n"
        "medium, version 1, FILE\n"
        "\n"
        "a sequence of 3 stages, from the first to the last within 90s\n"
        "joined by process.entity_id, user.id (also where it is missing)\n"
        "never of two Macs at once\n"
        "\n"
        "stage 1  process\n"
        "  where  event.action == \"exec\"\n"
        "  where  not process.args == \"-l\"   [asked in 2 places, answered once]\n"
        "  where  process.name : (\"sh\", \"z*sh\")\n"
        "  key    process.entity_id, user.id (also where it is missing)\n"
        "  needs  event.action, user.id, process.entity_id, process.name, process.args\n"
        "  asked  of exec, unless excluded by process.name\n"
        "\n"
        "stage 2  file, and there must be none\n"
        "  where  file.path : \"/private/*\"\n"
        "  key    process.entity_id, user.id (also where it is missing)\n"
        "  needs  user.id, process.entity_id, file.path\n"
        "  asked  of creation, modification, close, open, write, rename, deletion, unless "
        "excluded by file.path\n"
        "\n"
        "stage 3  process\n"
        "  where  event.action == \"signal\"\n"
        "  where  process.parent.name == e0.process.name\n"
        "  key    process.entity_id, user.id (also where it is missing)\n"
        "  needs  event.action, user.id, process.entity_id, process.parent.name\n"
        "  asked  of signal\n"
        "\n"
        "until    process\n"
        "  where  event.type == \"end\"\n"
        "  key    process.entity_id, user.id (also where it is missing)\n"
        "  needs  event.type, user.id, process.entity_id\n"
        "  asked  of end\n"
        "\n"
        "signals  exec, signal\n"
        "guards   exit, file: completed without, but perhaps wrongly\n"
        "facts    parent, arguments\n"
        "state    at most 5000 sequences that have begun (5000 and 64 MiB with all other rules);\n"
        "         one for each stage and key, the newest; where there is no room the oldest gives "
        "way, and is counted\n");
    buf_done(&out);
    fixture_unload(&f);
}

static bool explains(const char *const *queries, size_t count, size_t rule, const char *line)
{
    struct fixture f;
    struct buf out;
    fixture_load(&f, queries, count, NULL);
    explain(&f, rule, &out);
    const bool found = str_contains(buf_str(&out), str_of(line));
    buf_done(&out);
    fixture_unload(&f);
    return found;
}

static void rules_explain__tells_which_questions_are_shared(void **state)
{
    (void)state;
    const char *const rules[] = {
        "process where process.name == \"sh\" and process.pid > 1",
        "process where process.name == \"sh\" and process.pid > 2",
        "any where process.pid > 1 and process.name == \"Sh\"",
    };
    assert_true(explains(rules, 3, 0,
                         "  where  process.name == \"sh\"   [asked in 2 places, answered once]\n"));
    assert_true(
        explains(rules, 3, 2, "  where  process.pid > 1   [asked in 2 places, answered once]\n"));
    assert_true(explains(rules, 3, 1, "  where  process.pid > 2\n"));
    assert_true(explains(rules, 3, 2, "  where  process.name == \"Sh\"\n"));
    assert_true(explains(rules, 1, 0, "  where  process.name == \"sh\"\n"));
}

static void rules_explain__tells_of_single_events_and_of_what_can_never_be(void **state)
{
    (void)state;
    const char *const rules[] = {
        "process where true",
        "process where event.action == \"exce\"",
        "sequence with maxspan=1500ms [any where true] by user.id [any where true] by file.name",
        "sequence with maxspan=48h [process where true] [file where process.pid == 1]",
    };
    assert_true(explains(rules, 4, 0, "single events\n"));
    assert_true(explains(rules, 4, 0, "state    none\n"));
    assert_true(explains(rules, 4, 0, "  needs  no field\n"));
    assert_true(explains(rules, 4, 1, "  asked  of no event: it can never be met\n"));
    assert_true(explains(rules, 4, 1, "signals  none\n"));
    assert_true(explains(rules, 4, 2, "within 1500ms\njoined by user.id\n"));
    assert_true(explains(rules, 4, 2, "  key    file.name\n"));
    assert_true(explains(rules, 4, 3, "within 2d\nnever of two Macs at once\n"));
}

static void explain_value__cuts_what_is_long(void **state)
{
    (void)state;
    static char text[1000];
    struct value list[20];
    struct buf out;
    memset(text, 't', sizeof text);
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = value_of_int((int64_t)i);
    const struct {
        struct value value;
        const char *shown;
    } cases[] = {
        { { .type = VALUE_MISSING }, "missing" },
        { value_of_bool(false), "false" },
        { value_of_int(INT64_MIN), "-9223372036854775808" },
        { value_of_float(2.5), "2.5" },
        { value_of_text(STR("")), "\"\"" },
        { value_of_list(list, 0), "()" },
        { value_of_list(list, 1), "(0)" },
        { value_of_list(list, 8), "(0, 1, 2, 3, 4, 5, 6, 7)" },
        { value_of_list(list, 20), "(0, 1, 2, 3, 4, 5, 6, 7, ...)" },
    };
    buf_init(&out, TEXT_MAX);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf_reset(&out);
        explain_value(cases[i].value, &out);
        assert_text(&out, cases[i].shown);
    }
    buf_reset(&out);
    explain_value(value_of_text((str){ .at = text, .len = sizeof text }), &out);
    assert_true(out.len < 200 && str_ends_with(buf_str(&out), STR("t...\"")));
    buf_done(&out);
}

// --- Against events

struct watched {
    struct fixture f;
    struct watch watch;
};

static void watch_rules(struct watched *w, const char *const *queries, size_t count, uint32_t rule)
{
    const struct match_options options = { .watch = &w->watch };
    fixture_load(&w->f, queries, count, NULL);
    watch_init(&w->watch, w->f.rules, rule);
    matcher_free(w->f.matcher);
    w->f.matcher = matcher_new(w->f.rules, &w->f.hosts, &options);
}

static void unwatch(struct watched *w)
{
    watch_done(&w->watch);
    fixture_unload(&w->f);
}

static void assert_stage(const struct watched *w, uint32_t stage, uint64_t asked, uint64_t met,
                         uint64_t taken)
{
    const struct watch_stage *s = &w->watch.stages[stage];
    if (s->asked != asked || s->met != met || s->outcomes[TAKE_TAKEN] != taken)
        fail_msg("stage %u: asked %d, met %d, taken %d", stage, (int)s->asked, (int)s->met,
                 (int)s->outcomes[TAKE_TAKEN]);
}

static void watch_see__counts_what_each_stage_was_asked_met_and_took(void **state)
{
    (void)state;
    struct watched w;
    const char *const rules[] = {
        "process where true",
        "sequence by process.entity_id with maxspan=10s "
        "[process where event.action == \"exec\" and process.pid == 1] "
        "![process where event.action == \"signal\"] "
        "[process where event.action == \"trace\"] "
        "until [process where event.action == \"end\"]",
    };
    const struct {
        enum action action;
        const char *entity;
    } events[] = {
        { ACTION_TRACE, "a" },  // Nothing waits.
        { ACTION_EXEC, "a" },  { ACTION_EXEC, "b" },  { ACTION_TRACE, "c" }, { ACTION_SIGNAL, "b" },
        { ACTION_END, "b" },   { ACTION_TRACE, "a" }, { ACTION_END, "a" },   { ACTION_OPEN, "a" },
    };
    watch_rules(&w, rules, COUNT_OF(rules), 1);
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        fixture_next(&w.f, events[i].action, (int64_t)i);
        fixture_set(&w.f, FIELD_PROCESS_ENTITY_ID, events[i].entity);
        w.f.slots[FIELD_PROCESS_PID] = value_of_int(1);
        (void)fixture_feed(&w.f);
    }
    assert_stage(&w, 0, 2, 2, 2);
    assert_stage(&w, 1, 1, 1, 1);
    assert_stage(&w, 2, 3, 3, 1);
    assert_stage(&w, 3, 2, 2, 1);
    unwatch(&w);
}

static void watch_see__keeps_the_event_that_came_nearest(void **state)
{
    (void)state;
    struct watched w;
    const char *const rules[] = {
        "process where event.action == \"exec\" and process.name : (\"curl\", \"nscurl\") and "
        "process.args == \"-o\" and process.pid > 100",
    };
    const struct value args[] = { value_of_text(STR("curl")), value_of_text(STR("-s")) };
    const struct {
        const char *name;
        int64_t pid;
    } events[] = { { "sh", 5 }, { "curl", 5 }, { "CURL", 500 }, { "curl", 501 }, { "sh", 502 } };
    watch_rules(&w, rules, 1, 0);
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        fixture_next(&w.f, ACTION_EXEC, (int64_t)i);
        fixture_set(&w.f, FIELD_PROCESS_NAME, events[i].name);
        w.f.slots[FIELD_PROCESS_PID] = value_of_int(events[i].pid);
        w.f.slots[FIELD_PROCESS_ARGS] = value_of_list(args, COUNT_OF(args));
        assert_int_equal(fixture_feed(&w.f), 0);
    }
    const struct watch_stage *s = &w.watch.stages[0];
    assert_true(s->has_nearest);
    assert_int_equal(s->held, 3);
    assert_int_equal(s->conditions, 4);
    assert_int_equal(s->time_ns, 2);  // The first of those that are as near.
    assert_text(&s->nearest, "    not  process.args == \"-o\"\n"
                             "      where process.args is (\"curl\", \"-s\")\n");
    unwatch(&w);
}

static void watch_see__shows_all_values_that_a_condition_names(void **state)
{
    (void)state;
    struct watched w;
    const char *const rules[] = {
        "process where not (process.pid > 3 and user.id != \"0\") or process.name == user.id",
    };
    watch_rules(&w, rules, 1, 0);
    fixture_next(&w.f, ACTION_EXEC, 7);
    w.f.slots[FIELD_PROCESS_PID] = value_of_int(4);
    assert_int_equal(fixture_feed(&w.f), 0);
    const struct watch_stage *s = &w.watch.stages[0];
    assert_int_equal(s->held, 0);
    assert_int_equal(s->conditions, 1);
    assert_true(str_ends_with(buf_str(&s->nearest),
                              STR("\n      where user.id is missing, process.pid is 4, "
                                  "process.name is missing\n")));
    unwatch(&w);
}

// An event that met the stage ends the search for one that nearly did.
static void watch_see__has_no_nearest_where_a_stage_was_met(void **state)
{
    (void)state;
    struct watched w;
    const char *const rules[] = { "process where process.pid == 1 and process.name == \"sh\"" };
    watch_rules(&w, rules, 1, 0);
    for (int64_t pid = 1; pid <= 2; pid++) {
        fixture_next(&w.f, ACTION_EXEC, pid);
        fixture_set(&w.f, FIELD_PROCESS_NAME, "sh");
        w.f.slots[FIELD_PROCESS_PID] = value_of_int(pid);
        assert_int_equal(fixture_feed(&w.f), pid == 1);
    }
    assert_stage(&w, 0, 2, 1, 1);
    assert_false(w.watch.stages[0].has_nearest);
    unwatch(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_explain__prints_a_sequence),
        cmocka_unit_test(rules_explain__tells_which_questions_are_shared),
        cmocka_unit_test(rules_explain__tells_of_single_events_and_of_what_can_never_be),
        cmocka_unit_test(explain_value__cuts_what_is_long),
        cmocka_unit_test(watch_see__counts_what_each_stage_was_asked_met_and_took),
        cmocka_unit_test(watch_see__keeps_the_event_that_came_nearest),
        cmocka_unit_test(watch_see__shows_all_values_that_a_condition_names),
        cmocka_unit_test(watch_see__has_no_nearest_where_a_stage_was_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
