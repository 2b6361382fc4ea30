// Aliases: what an earlier event of a sequence had, asked of a later one.

#include "match/fixture.h"

#define LONG_LEN 100000u

static void open_pair(struct fixture *f, const char *condition)
{
    char query[1024];
    (void)snprintf(query, sizeof query,
                   "sequence with maxspan=1m [process where event.action == \"exec\"] as e0 "
                   "[process where event.action == \"trace\" and %s]",
                   condition);
    fixture_load_one(f, query);
}

// Whether an exec with one value and then a trace with another are found.
static bool are_found(const char *condition, enum field field, struct value first,
                      struct value second)
{
    struct fixture f;
    open_pair(&f, condition);
    fixture_next(&f, ACTION_EXEC, 1);
    f.slots[field] = first;
    assert_int_equal(fixture_feed(&f), 0);
    fixture_next(&f, ACTION_TRACE, 2);
    f.slots[field] = second;
    const bool found = fixture_feed(&f) > 0;
    fixture_unload(&f);
    return found;
}

static void match__compares_texts_of_two_events(void **state)
{
    (void)state;
    const enum field field = FIELD_PROCESS_NAME;
    const struct value sh = value_of_text(STR("sh"));
    const struct value upper = value_of_text(STR("SH"));
    const struct value empty = value_of_text(STR(""));
    const struct value none = { .type = VALUE_MISSING };
    const char *const same = "process.name == e0.process.name";
    assert_true(are_found(same, field, sh, sh));
    assert_false(are_found(same, field, sh, upper));
    assert_true(are_found(same, field, empty, empty));
    assert_false(are_found(same, field, sh, empty));
    assert_false(are_found(same, field, sh, none));
    assert_false(are_found(same, field, none, sh));
    assert_false(are_found(same, field, none, none));
    const char *const other = "process.name != e0.process.name";
    assert_false(are_found(other, field, sh, sh));
    assert_true(are_found(other, field, sh, upper));
    assert_true(are_found(other, field, sh, none));  // `not` of what is not so.
    assert_true(are_found("e0.process.name == null", field, none, sh));
    assert_false(are_found("e0.process.name == null", field, sh, none));
    assert_false(are_found("e0.process.name == null", field, empty, none));
    assert_true(are_found("e0.process.name : \"S?\"", field, sh, none));
    assert_false(are_found("e0.process.name : \"S?\"", field, none, sh));
    assert_true(are_found("e0.process.name in (\"zsh\", \"sh\")", field, sh, none));
}

static void match__computes_with_values_of_two_events(void **state)
{
    (void)state;
    const enum field pid = FIELD_PROCESS_PID;
    const struct value three = value_of_int(3);
    const struct value big = value_of_int(INT64_MAX);
    assert_true(are_found("process.pid == e0.process.pid", pid, three, three));
    assert_true(are_found("process.pid == e0.process.pid", pid, three, value_of_float(3.0)));
    assert_false(are_found("process.pid == e0.process.pid", pid, big, value_of_int(INT64_MIN)));
    assert_true(are_found("process.pid > e0.process.pid", pid, three, big));
    assert_false(are_found("process.pid > e0.process.pid", pid, three, three));
    assert_true(are_found("process.pid - e0.process.pid == 1", pid, three, value_of_int(4)));
    assert_false(are_found("process.pid - e0.process.pid == 1", pid, three, value_of_int(5)));
    assert_false(are_found("process.pid / e0.process.pid == 1", pid, value_of_int(0), three));
    const enum field path = FIELD_FILE_PATH;
    const struct value folder = value_of_text(STR("/tmp/a"));
    const struct value inside = value_of_text(STR("/tmp/a/b"));
    assert_true(are_found("startsWith(file.path, e0.file.path)", path, folder, inside));
    assert_false(are_found("startsWith(file.path, e0.file.path)", path, inside, folder));
    assert_true(are_found("length(e0.file.path) < length(file.path)", path, folder, inside));
    assert_true(are_found("concat(e0.file.path, \"/b\") == file.path", path, folder, inside));
}

// As everywhere, it is asked whether some combination of values makes it true.
static void match__compares_each_value_of_a_list(void **state)
{
    (void)state;
    const struct value left[] = { value_of_text(STR("a")), value_of_text(STR("b")) };
    const struct value right[] = { value_of_text(STR("c")), value_of_text(STR("b")) };
    const struct value other[] = { value_of_text(STR("A")), value_of_text(STR("ab")) };
    const struct value both = value_of_list(left, 2);
    const enum field args = FIELD_PROCESS_ARGS;
    const char *const same = "process.args == e0.process.args";
    assert_true(are_found(same, args, both, value_of_list(right, 2)));
    assert_false(are_found(same, args, both, value_of_list(other, 2)));
    assert_true(are_found(same, args, both, value_of_text(STR("b"))));
    assert_false(are_found(same, args, both, value_of_list(left, 0)));
    assert_false(are_found(same, args, value_of_list(left, 0), value_of_list(left, 0)));
    assert_true(are_found("e0.process.args == \"b\"", args, both, value_of_list(left, 0)));
    assert_true(are_found("e0.process.args == null", args, value_of_list(left, 0), both));
}

static void match__keeps_a_value_of_100_kb_whole_while_it_is_needed(void **state)
{
    (void)state;
    static char text[LONG_LEN + 1];
    struct fixture f;
    memset(text, 'x', LONG_LEN);
    open_pair(&f, "process.command_line == e0.process.command_line");
    for (int round = 0; round < 2; round++) {
        fixture_next(&f, ACTION_EXEC, 10 * round + 1);
        fixture_set(&f, FIELD_PROCESS_COMMAND_LINE, text);
        assert_int_equal(fixture_feed(&f), 0);
        assert_true(fixture_of_rule(&f, 0)->memory_bytes > LONG_LEN);
        assert_true(fixture_of_rule(&f, 0)->memory_bytes < 2 * LONG_LEN);
        text[LONG_LEN - 1] = 'y';
        fixture_next(&f, ACTION_TRACE, 10 * round + 2);
        fixture_set(&f, FIELD_PROCESS_COMMAND_LINE, text);
        assert_int_equal(fixture_feed(&f), 0);
        text[LONG_LEN - 1] = 'x';
        fixture_next(&f, ACTION_TRACE, 10 * round + 3);
        fixture_set(&f, FIELD_PROCESS_COMMAND_LINE, text);
        assert_int_equal(fixture_feed(&f), 1);
        assert_int_equal(fixture_of_rule(&f, 0)->memory_bytes, 0);
    }
    fixture_unload(&f);
}

// Values are copied: what the event's own text becomes is nothing to it.
static void match__keeps_its_own_copy(void **state)
{
    (void)state;
    char name[] = "first";
    char item[] = "item";
    struct value list[] = { value_of_text(str_of(item)), value_of_int(7) };
    struct fixture f;
    open_pair(&f, "e0.process.name == \"first\" and e0.process.args == \"item\"");
    fixture_next(&f, ACTION_EXEC, 1);
    f.slots[FIELD_PROCESS_NAME] = value_of_text(str_of(name));
    f.slots[FIELD_PROCESS_ARGS] = value_of_list(list, 1);
    assert_int_equal(fixture_feed(&f), 0);
    memset(name, '#', sizeof name - 1);
    memset(item, '#', sizeof item - 1);
    memset(list, 0, sizeof list);
    fixture_next(&f, ACTION_TRACE, 2);
    assert_int_equal(fixture_feed(&f), 1);
    fixture_unload(&f);
}

static size_t go_pid(struct fixture *f, enum action action, int64_t pid, int64_t second)
{
    fixture_next(f, action, second * FIXTURE_SECOND_NS);
    f->slots[FIELD_PROCESS_PID] = value_of_int(pid);
    return fixture_feed(f);
}

static void match__refers_to_the_last_of_several_runs(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, "sequence with maxspan=1m "
                         "[process where event.action == \"exec\"] with runs=3 as e0 "
                         "[process where event.action == \"trace\" and "
                         "process.pid == e0.process.pid]");
    for (int64_t pid = 1; pid <= 3; pid++)
        assert_int_equal(go_pid(&f, ACTION_EXEC, pid, pid), 0);
    assert_int_equal(go_pid(&f, ACTION_TRACE, 1, 4), 0);
    assert_int_equal(go_pid(&f, ACTION_TRACE, 2, 5), 0);
    assert_int_equal(go_pid(&f, ACTION_TRACE, 3, 6), 1);
    fixture_unload(&f);
}

static void match__refers_to_several_stages_at_once(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, "sequence with maxspan=1m "
                         "[process where event.action == \"exec\"] as a "
                         "[process where event.action == \"trace\" and "
                         "process.pid > a.process.pid] as b "
                         "[process where event.action == \"signal\" and "
                         "process.pid == a.process.pid + b.process.pid]");
    assert_int_equal(go_pid(&f, ACTION_EXEC, 5, 1), 0);
    assert_int_equal(go_pid(&f, ACTION_TRACE, 4, 2), 0);  // Not above the first.
    assert_int_equal(go_pid(&f, ACTION_SIGNAL, 9, 3), 0);
    assert_int_equal(go_pid(&f, ACTION_TRACE, 7, 4), 0);
    assert_int_equal(go_pid(&f, ACTION_SIGNAL, 11, 5), 0);
    assert_int_equal(go_pid(&f, ACTION_SIGNAL, 12, 6), 1);
    fixture_unload(&f);
}

static void match__refers_from_what_must_be_missing_and_from_until(void **state)
{
    (void)state;
    const char *const rules[] = {
        ("sequence with maxspan=1m [process where event.action == \"exec\"] as e0 "
         "![process where event.action == \"signal\" and process.pid == e0.process.pid] "
         "[process where event.action == \"trace\"]"),
        ("sequence with maxspan=1m [process where event.action == \"exec\"] as e0 "
         "[process where event.action == \"trace\"] "
         "![process where event.action == \"signal\" and process.pid == e0.process.pid]"),
        ("sequence with maxspan=1m [process where event.action == \"exec\"] as e0 "
         "[process where event.action == \"trace\"] "
         "until [process where event.action == \"signal\" and process.pid == e0.process.pid]"),
    };
    // The signal is of another process, or of that of the first stage; before the second, or after.
    const bool expected[COUNT_OF(rules)][4] = {
        { true, false, true, true },
        { true, true, true, false },
        { true, false, true, true },
    };
    for (size_t rule = 0; rule < COUNT_OF(rules); rule++)
        for (size_t i = 0; i < 4; i++) {
            struct fixture f;
            const int64_t pid = i % 2 == 0 ? 2 : 1;
            size_t found = 0;
            fixture_load_one(&f, rules[rule]);
            found += go_pid(&f, ACTION_EXEC, 1, 1);
            if (i < 2)
                found += go_pid(&f, ACTION_SIGNAL, pid, 2);
            found += go_pid(&f, ACTION_TRACE, 3, 3);
            if (i >= 2)
                found += go_pid(&f, ACTION_SIGNAL, pid, 4);
            found += fixture_end(&f);
            if (found != expected[rule][i])
                fail_msg("rule %zu, case %zu: %zu", rule, i, found);
            fixture_unload(&f);
        }
}

// Each key has values of its own.
static void match__keeps_the_values_of_each_sequence_apart(void **state)
{
    (void)state;
    char entity[16];
    struct fixture f;
    fixture_load_one(&f, "sequence by process.entity_id with maxspan=1h "
                         "[process where event.action == \"exec\"] as e0 "
                         "[process where event.action == \"trace\" and "
                         "process.pid == e0.process.pid]");
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 500; i++) {
            (void)snprintf(entity, sizeof entity, "e%d", i);
            fixture_next(&f, round == 0 ? ACTION_EXEC : ACTION_TRACE, 1000 * round + i);
            fixture_set(&f, FIELD_PROCESS_ENTITY_ID, entity);
            f.slots[FIELD_PROCESS_PID] = value_of_int(round == 1 && i % 5 == 0 ? i + 1 : i);
            assert_int_equal(fixture_feed(&f), round == 1 && i % 5 != 0);
        }
    assert_int_equal(fixture_total(&f).open, 100);
    fixture_unload(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__compares_texts_of_two_events),
        cmocka_unit_test(match__computes_with_values_of_two_events),
        cmocka_unit_test(match__compares_each_value_of_a_list),
        cmocka_unit_test(match__keeps_a_value_of_100_kb_whole_while_it_is_needed),
        cmocka_unit_test(match__keeps_its_own_copy),
        cmocka_unit_test(match__refers_to_the_last_of_several_runs),
        cmocka_unit_test(match__refers_to_several_stages_at_once),
        cmocka_unit_test(match__refers_from_what_must_be_missing_and_from_until),
        cmocka_unit_test(match__keeps_the_values_of_each_sequence_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
