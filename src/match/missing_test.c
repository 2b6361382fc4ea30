// What must be missing, ![ ], before, between and after the stages of a sequence.

#include "match/fixture.h"

#define SECOND FIXTURE_SECOND_NS

#define HEAD   "sequence by process.entity_id with maxspan=10s "
#define A      "[process where event.action == \"exec\"] "
#define B      "[process where event.action == \"trace\"] "
#define NO_C   "![process where event.action == \"signal\"] "
#define NO_D   "![process where event.action == \"suspend\"] "

// An event of process "a", `ns` after a second.
static size_t go_ns(struct fixture *f, enum action action, int64_t second, int64_t ns)
{
    fixture_next(f, action, second * SECOND + ns);
    fixture_set(f, FIELD_PROCESS_ENTITY_ID, "a");
    return fixture_feed(f);
}

static str entity_of_finding(const struct fixture *f, size_t i)
{
    return value_str(finding_step_value(&f->batch.findings[i]->steps[0], FIELD_PROCESS_ENTITY_ID));
}

static void match__waits_for_what_must_not_come_until_no_event_can_be_it(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD A NO_C);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 1), 0);
    const int64_t seconds[] = { 2, 10, 11, 11, 11, 12 };
    for (size_t i = 0; i < COUNT_OF(seconds); i++)
        assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", seconds[i]), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", 12), 1);
    assert_int_equal(f.batch.findings[0]->step_count, 1);
    assert_int_equal(f.batch.findings[0]->time_ns, SECOND);
    assert_int_equal(fixture_end(&f), 0);
    assert_int_equal(fixture_total(&f).open, 0);
    fixture_unload(&f);
}

static void match__is_spoilt_by_what_comes_within_the_span_but_not_after(void **state)
{
    (void)state;
    const struct {
        enum action action;
        int64_t second;
        int64_t ns;
        size_t found;
    } cases[] = {
        { ACTION_SIGNAL, 1, 1, 0 },   // At once.
        { ACTION_SIGNAL, 11, 0, 0 },  // At the end of the span.
        { ACTION_SIGNAL, 11, 1, 1 },  // After it.
        { ACTION_SIGNAL, 0, 0, 1 },   // Late, of before.
        { ACTION_TRACE, 5, 0, 1 },    // Another event.
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        fixture_load_one(&f, HEAD A NO_C);
        assert_int_equal(go_ns(&f, ACTION_EXEC, 1, 0), 0);
        assert_int_equal(go_ns(&f, cases[i].action, cases[i].second, cases[i].ns), 0);
        if (fixture_end(&f) != cases[i].found)
            fail_msg("case %zu", i);
        assert_int_equal(fixture_total(&f).spoiled, 1 - cases[i].found);
        assert_int_equal(fixture_total(&f).open, 0);
        fixture_unload(&f);
    }
}

static void match__is_not_spoilt_by_another_process_or_host(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD A NO_C);
    assert_int_equal(fixture_go_on(&f, "mac-1", ACTION_EXEC, "a", 1), 0);
    assert_int_equal(fixture_go_on(&f, "mac-1", ACTION_SIGNAL, "b", 2), 0);
    assert_int_equal(fixture_go_on(&f, "mac-2", ACTION_SIGNAL, "a", 2), 0);
    fixture_next(&f, ACTION_SIGNAL, 2 * SECOND);  // Of no process.
    assert_int_equal(fixture_feed(&f), 0);
    assert_int_equal(fixture_end(&f), 1);
    fixture_unload(&f);
}

static void match__reports_what_waited_in_the_order_of_completion(void **state)
{
    (void)state;
    struct fixture f;
    const char *const order[] = { "b", "a", "c" };
    fixture_load_one(&f, HEAD A B NO_C);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 1), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "b", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "c", 2), 0);
    for (size_t i = 0; i < COUNT_OF(order); i++)
        assert_int_equal(fixture_go(&f, ACTION_TRACE, order[i], 3 + (int64_t)i), 0);
    // The span of "a" has gone by, but that of "b", which was complete before it, has not.
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "x", 12), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "x", 12), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "x", 13), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "x", 13), 3);
    for (size_t i = 0; i < COUNT_OF(order); i++)
        assert_true(str_eq(entity_of_finding(&f, i), str_of(order[i])));
    fixture_unload(&f);
}

// One that is spoilt does not hold up those behind it.
static void match__reports_at_the_end_what_still_waits(void **state)
{
    (void)state;
    char entity[16];
    struct fixture f;
    fixture_load_one(&f, HEAD A NO_C NO_D);
    fixture_go_many(&f, ACTION_EXEC, 0, 9, 1);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "e0", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "e4", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "e8", 2), 0);
    assert_int_equal(fixture_end(&f), 6);
    for (int i = 0, at = 0; i < 9; i++)
        if (i % 4 != 0)
            assert_true(
                str_eq(entity_of_finding(&f, (size_t)at++), str_of(fixture_entity(i, entity))));
    assert_int_equal(fixture_total(&f).spoiled, 3);
    assert_int_equal(fixture_of_rule(&f, 0)->memory_bytes, 0);
    assert_int_equal(fixture_end(&f), 0);
    fixture_unload(&f);
}

static void match__is_spoilt_only_between_the_two_stages(void **state)
{
    (void)state;
    const struct {
        enum action actions[4];
        size_t found;
    } cases[] = {
        { { ACTION_EXEC, ACTION_SIGNAL, ACTION_TRACE, ACTION_SUSPEND }, 0 },
        { { ACTION_EXEC, ACTION_SUSPEND, ACTION_TRACE, ACTION_SIGNAL }, 1 },
        { { ACTION_SIGNAL, ACTION_EXEC, ACTION_TRACE, ACTION_SIGNAL }, 1 },
        { { ACTION_SIGNAL, ACTION_EXEC, ACTION_SIGNAL, ACTION_TRACE }, 0 },
        { { ACTION_EXEC, ACTION_SIGNAL, ACTION_EXEC, ACTION_TRACE }, 1 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        size_t found = 0;
        fixture_load_one(&f, HEAD A NO_C B);
        for (size_t e = 0; e < 4; e++)
            found += fixture_go(&f, cases[i].actions[e], "a", (int64_t)e);
        if (found != cases[i].found)
            fail_msg("case %zu", i);
        fixture_unload(&f);
    }
}

// It came between the two that carried the sequence on only by the order of arrival.
static void match__judges_a_hit_by_the_stages_it_stands_between(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD A NO_C B "[process where event.action == \"suspend\"]");
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 1), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "a", 5), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 4), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "a", 6), 1);
    // And one that came late stands between them all the same.
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 11), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "a", 13), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "a", 12), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 14), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "a", 15), 0);
    fixture_unload(&f);
}

// What can never be reported makes room at once, and not when its span has gone by.
static void match__lets_go_of_what_is_spoilt(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD A NO_C);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 1), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "a", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "x", 3), 0);
    assert_int_equal(fixture_total(&f).open, 0);
    assert_int_equal(fixture_total(&f).spoiled, 1);
    fixture_unload(&f);
}

// Runs a query over events of one process; the number of findings, with those at the end.
struct step_at {
    enum action action;
    int64_t second;
    int64_t ns;
};

static size_t run_steps(const char *query, const struct step_at *steps, size_t count)
{
    struct fixture f;
    size_t found = 0;
    fixture_load_one(&f, query);
    for (size_t i = 0; i < count; i++)
        found += go_ns(&f, steps[i].action, steps[i].second, steps[i].ns);
    found += fixture_end(&f);
    assert_int_equal(fixture_total(&f).matches, found);
    fixture_unload(&f);
    return found;
}

static void match__must_not_have_had_a_leading_event_within_maxspan(void **state)
{
    (void)state;
    const struct {
        struct step_at steps[3];
        size_t found;
    } cases[] = {
        { { { ACTION_SIGNAL, 1, 0 }, { ACTION_EXEC, 10, 0 }, { ACTION_TRACE, 11, 0 } }, 0 },
        { { { ACTION_SIGNAL, 1, 0 }, { ACTION_EXEC, 10, 0 }, { ACTION_TRACE, 11, 1 } }, 1 },
        { { { ACTION_SUSPEND, 1, 0 }, { ACTION_EXEC, 10, 0 }, { ACTION_TRACE, 11, 0 } }, 1 },
        { { { ACTION_EXEC, 1, 0 }, { ACTION_SIGNAL, 2, 0 }, { ACTION_TRACE, 3, 0 } }, 1 },
        { { { ACTION_SIGNAL, 1, 0 }, { ACTION_EXEC, 12, 0 }, { ACTION_TRACE, 13, 0 } }, 1 },
        { { { ACTION_SIGNAL, 1, 0 }, { ACTION_EXEC, 1, 0 }, { ACTION_TRACE, 11, 0 } }, 0 },
        // The order of arrival says that it came after the first stage.
        { { { ACTION_EXEC, 1, 0 }, { ACTION_SIGNAL, 1, 0 }, { ACTION_TRACE, 11, 0 } }, 1 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (run_steps(HEAD NO_C A B, cases[i].steps, 3) != cases[i].found)
            fail_msg("case %zu", i);
}

static void match__weighs_the_latest_of_several_leading_events(void **state)
{
    (void)state;
    const struct step_at near[] = { { ACTION_SIGNAL, 1, 0 },
                                    { ACTION_SUSPEND, 8, 0 },
                                    { ACTION_EXEC, 15, 0 } };
    const struct step_at late[] = { // The second arrives late, and is older.
                                    { ACTION_SIGNAL, 8, 0 },
                                    { ACTION_SUSPEND, 1, 0 },
                                    { ACTION_EXEC, 15, 0 }
    };
    const struct step_at far[] = { { ACTION_SIGNAL, 1, 0 },
                                   { ACTION_SUSPEND, 4, 0 },
                                   { ACTION_EXEC, 15, 0 } };
    assert_int_equal(run_steps(HEAD NO_C NO_D A, near, 3), 0);
    assert_int_equal(run_steps(HEAD NO_C NO_D A, late, 3), 0);
    assert_int_equal(run_steps(HEAD NO_C NO_D A, far, 3), 1);
}

static void match__needs_a_gap_longer_than_maxspan_between_leading_and_trailing(void **state)
{
    (void)state;
    const struct {
        struct step_at steps[3];
        size_t found;
    } cases[] = {
        { { { ACTION_SIGNAL, 1, 0 }, { ACTION_EXEC, 5, 0 }, { ACTION_SUSPEND, 11, 0 } }, 0 },
        { { { ACTION_SIGNAL, 1, 0 }, { ACTION_EXEC, 5, 0 }, { ACTION_SUSPEND, 11, 1 } }, 1 },
        { { { ACTION_SIGNAL, 1, 0 }, { ACTION_EXEC, 5, 0 }, { ACTION_TRACE, 6, 0 } }, 1 },
        { { { ACTION_TRACE, 1, 0 }, { ACTION_EXEC, 5, 0 }, { ACTION_SUSPEND, 6, 0 } }, 1 },
        { { { ACTION_SIGNAL, 1, 0 }, { ACTION_EXEC, 12, 0 }, { ACTION_SUSPEND, 13, 0 } }, 1 },
        { { { ACTION_SUSPEND, 1, 0 }, { ACTION_EXEC, 5, 0 }, { ACTION_SIGNAL, 6, 0 } }, 1 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (run_steps(HEAD NO_C A NO_D, cases[i].steps, 3) != cases[i].found)
            fail_msg("case %zu", i);
}

// Where there was no leading event nothing can spoil it: there is nothing to wait for.
static void match__reports_at_once_what_had_no_leading_event(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD NO_C A NO_D);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 1), 1);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "a", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 3), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", 12), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "x", 13), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "x", 13), 1);
    fixture_unload(&f);
}

// A host that is silent keeps its own waiting, but nobody else's.
static void match__reports_what_waits_on_one_host_while_another_is_silent(void **state)
{
    (void)state;
    struct fixture f;
    size_t found = 0;
    fixture_load_one(&f, HEAD A NO_C);
    for (int i = 0; i < 20; i++) {
        char entity[16];
        found += fixture_go_on(&f, "silent", ACTION_EXEC, fixture_entity(i, entity), 1);
    }
    for (int i = 0; i < 10; i++)
        found += fixture_go_on(&f, "busy", ACTION_EXEC, "b", 100 + i);
    assert_int_equal(found, 0);
    for (int i = 0; i < 100; i++)
        found += fixture_go_on(&f, "busy", ACTION_TRACE, "x", 200 + i);
    assert_int_equal(found, 10);
    assert_int_equal(fixture_total(&f).open, 20);
    assert_int_equal(fixture_go_on(&f, "silent", ACTION_SIGNAL, "e7", 2), 0);  // It was only slow.
    assert_int_equal(fixture_end(&f), 19);
    fixture_unload(&f);
}

static void match__bounds_what_waits_for_nothing_to_happen(void **state)
{
    (void)state;
    const char *const rules[] = { "sequence by process.entity_id with maxspan=1d " A NO_C };
    const struct match_options options = { .partials_max = 1000 };
    char entity[16];
    struct fixture f;
    fixture_load(&f, rules, 1, &options);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(fixture_go(&f, ACTION_EXEC, fixture_entity(i, entity), 1), 0);
        assert_true(fixture_total(&f).open <= 1000);
    }
    assert_int_equal(fixture_of_rule(&f, 0)->evicted[EVICT_TOTAL], 99000);
    assert_int_equal(fixture_end(&f), 1000);
    assert_true(str_eq(entity_of_finding(&f, 0), STR("e99000")));
    assert_true(str_eq(entity_of_finding(&f, 999), STR("e99999")));
    fixture_unload(&f);
}

static void match__reports_behind_one_from_the_future(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD A NO_C);
    (void)fixture_go(&f, ACTION_EXEC, "b", 1);
    (void)fixture_go(&f, ACTION_EXEC, "future", 1000000);
    (void)fixture_go(&f, ACTION_EXEC, "a", 2);
    size_t found = 0;
    for (int second = 3; second < 40; second++)
        found += fixture_go(&f, ACTION_SUSPEND, "x", second);
    assert_int_equal(found, 2);
    assert_int_equal(fixture_end(&f), 1);
    fixture_unload(&f);
}

// The one that began late is complete last, and an event after its span is within that of the other.
static void match__is_spoilt_though_a_late_one_is_safe(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD A NO_C);
    (void)fixture_go(&f, ACTION_EXEC, "a", 5);
    (void)fixture_go(&f, ACTION_EXEC, "a", 1);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "a", 13), 0);
    assert_int_equal(fixture_end(&f), 1);
    assert_int_equal(f.batch.findings[0]->time_ns, SECOND);
    fixture_unload(&f);
}

static void match__reports_100000_that_waited_in_order(void **state)
{
    (void)state;
    char entity[16];
    struct fixture f;
    fixture_load_one(&f, "sequence by user.id with maxspan=1d " A NO_C);
    for (int i = 0; i < 100000; i++) {
        fixture_next(&f, ACTION_EXEC, SECOND);
        fixture_set(&f, FIELD_USER_ID, "501");  // All wait in one slot.
        fixture_set(&f, FIELD_PROCESS_ENTITY_ID, fixture_entity(i, entity));
        assert_int_equal(fixture_feed(&f), 0);
    }
    assert_int_equal(fixture_total(&f).open, 100000);
    assert_int_equal(fixture_end(&f), 100000);
    for (int i = 0; i < 100000; i++)
        assert_true(str_eq(entity_of_finding(&f, (size_t)i), str_of(fixture_entity(i, entity))));
    assert_int_equal(fixture_of_rule(&f, 0)->memory_bytes, 0);
    fixture_unload(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__waits_for_what_must_not_come_until_no_event_can_be_it),
        cmocka_unit_test(match__is_spoilt_by_what_comes_within_the_span_but_not_after),
        cmocka_unit_test(match__is_not_spoilt_by_another_process_or_host),
        cmocka_unit_test(match__reports_what_waited_in_the_order_of_completion),
        cmocka_unit_test(match__reports_at_the_end_what_still_waits),
        cmocka_unit_test(match__is_spoilt_only_between_the_two_stages),
        cmocka_unit_test(match__judges_a_hit_by_the_stages_it_stands_between),
        cmocka_unit_test(match__lets_go_of_what_is_spoilt),
        cmocka_unit_test(match__must_not_have_had_a_leading_event_within_maxspan),
        cmocka_unit_test(match__weighs_the_latest_of_several_leading_events),
        cmocka_unit_test(match__needs_a_gap_longer_than_maxspan_between_leading_and_trailing),
        cmocka_unit_test(match__reports_at_once_what_had_no_leading_event),
        cmocka_unit_test(match__reports_what_waits_on_one_host_while_another_is_silent),
        cmocka_unit_test(match__bounds_what_waits_for_nothing_to_happen),
        cmocka_unit_test(match__reports_behind_one_from_the_future),
        cmocka_unit_test(match__is_spoilt_though_a_late_one_is_safe),
        cmocka_unit_test(match__reports_100000_that_waited_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
