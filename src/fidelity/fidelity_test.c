// The counters: what is counted, checks by their ids, doubts of findings, and how much memory.

#include "fidelity/fixture.h"

static enum coverage_grade grade_of(struct fixture *x, const char *id, const char *what)
{
    const struct coverage_host host = fixture_judge(x, 0);
    return fixture_check(&host, id, what)->grade;
}

static void fidelity_see__follows_time_whatever_the_order(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    static const int64_t seconds[] = { 100, 40, 130, 125, 131, 10 };
    for (size_t i = 0; i < COUNT_OF(seconds); i++)
        fixture_see(&x, 0, FULL, ACTION_EXEC, seconds[i], 1);
    const struct coverage_host host = fixture_judge(&x, 0);
    const struct coverage_signal *exec = &host.signals[SIGNAL_EXEC];
    assert_int_equal(exec->events, 6);
    assert_true(exec->first_ns == START + 10 * SECOND && exec->last_ns == START + 131 * SECOND);
    assert_true(exec->silence_ns == (uint64_t)(30 * SECOND));
    assert_int_equal(host.events, coverage_events(x.f));
    fixture_close(&x);
}

static void fidelity_see__counts_the_busiest_minute(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 3);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 60, 5);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 180, 2);
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_int_equal(host.signals[SIGNAL_EXEC].minute_max, 5);
    fixture_close(&x);
}

static void fidelity_see__survives_stamps_at_both_ends(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    static const int64_t stamps[] = { 0, INT64_MAX, 1, INT64_MAX - 1, START };
    for (size_t i = 0; i < COUNT_OF(stamps); i++) {
        struct event *event = fixture_event(&x, 0, FULL, ACTION_EXEC, 0);
        event->time_ns = stamps[i];
        fidelity_see(x.f, event);
    }
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_int_equal(host.signals[SIGNAL_EXEC].events, 5);
    fixture_close(&x);
}

static void fidelity_see__adds_merged_events(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    assert_int_equal(coverage_events(x.f), 0);
    for (int i = 0; i < 3; i++) {
        struct event *event = fixture_event(&x, 0, FULL, ACTION_MPROTECT, i);
        event->slots[FIELD_EVENT_MERGED] = value_of_int(i == 2 ? -5 : 10);
        fidelity_see(x.f, event);
    }
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_int_equal(host.signals[SIGNAL_MEMORY_PROTECTION].merged, 20);
    assert_true(str_starts_with(host.signals[SIGNAL_MEMORY_PROTECTION].figure,
                                STR("3 events and 20 like them")));
    assert_int_equal(fixture_check(&host, "T26", "")->grade, COVERAGE_PASSES);
    fixture_close(&x);
}

static void fidelity_see__refuses_numbers_beyond_its_tables(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, HOST_NONE, FULL, ACTION_EXEC, 0, 1);
    fixture_see(&x, HOSTS_MAX, FULL, ACTION_EXEC, 0, 1);
    fixture_see(&x, 0, FIDELITY_SENSORS_MAX, ACTION_EXEC, 0, 1);
    fidelity_drop(x.f, HOST_NONE, 0, 4);
    fidelity_drop(x.f, 0, UINT32_MAX, 4);
    assert_int_equal(coverage_events(x.f), 0);
    assert_int_equal(coverage_dropped(x.f, 0), 4);
    fixture_see(&x, HOSTS_MAX - 1, FIDELITY_SENSORS_MAX - 1, ACTION_ALERT, 0, 1);
    const struct coverage_host host = fixture_judge(&x, HOSTS_MAX - 1);
    assert_true(str_eq(host.sensors, STR("a sensor without a name")));
    fixture_close(&x);
}

static void fidelity_set_stream__the_last_word_counts(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 3);
    for (uint64_t missed = 3; missed-- > 0;) {
        const struct fidelity_stream_kind kinds[] = {
            { .action = ACTION_EXEC, .in = 3, .missed = missed },
            { .action = ACTION_COUNT, .in = 1, .missed = 7 },
        };
        const struct fidelity_stream stream = {
            .sensor = FULL,
            .kinds = kinds,
            .kind_count = COUNT_OF(kinds),
        };
        fidelity_set_stream(x.f, &stream);
        const struct coverage_host host = fixture_judge(&x, 0);
        assert_int_equal(host.signals[SIGNAL_EXEC].missed, missed);
    }
    fixture_close(&x);
}

static void judge_checks__by_their_ids(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 100);
    assert_int_equal(grade_of(&x, "T01", ""), COVERAGE_PASSES);
    assert_int_equal(grade_of(&x, "T05", ""), COVERAGE_FAILS);
    fixture_see(&x, 0, FULL, ACTION_FORK, 0, 95);
    fixture_see(&x, 0, FULL, ACTION_END, 0, 1);
    assert_int_equal(grade_of(&x, "T05", ""), COVERAGE_PASSES);
    assert_int_equal(grade_of(&x, "T07", "programs have a"), COVERAGE_PASSES);
    assert_int_equal(grade_of(&x, "T10", ""), COVERAGE_UNTOLD);
    assert_int_equal(grade_of(&x, "T12", ""), COVERAGE_UNTOLD);
    assert_int_equal(grade_of(&x, "T13", ""), COVERAGE_PASSES);
    assert_int_equal(grade_of(&x, "T25", ""), COVERAGE_PASSES);
    x.profiles[FULL].caveat = STR("no API");
    assert_int_equal(grade_of(&x, "T25", ""), COVERAGE_MIDDLE);
    assert_int_equal(grade_of(&x, "T26", ""), COVERAGE_PASSES);
    x.profiles[FULL].omissions = STR("some");
    assert_int_equal(grade_of(&x, "T26", ""), COVERAGE_MIDDLE);
    const struct fidelity_stream stream = {
        .sensor = FULL,
        .in = 196,
        .sessions = 6,
        .missed = 1,
        .duplicates = 5,
        .wild = 1,
    };
    fidelity_set_stream(x.f, &stream);
    assert_int_equal(grade_of(&x, "T11", ""), COVERAGE_FAILS);
    assert_int_equal(grade_of(&x, "T12", ""), COVERAGE_FAILS);
    assert_int_equal(grade_of(&x, "T14", ""), COVERAGE_FAILS);
    assert_int_equal(grade_of(&x, "T15", ""), COVERAGE_FAILS);
    fidelity_drop(x.f, 0, 0, 1);
    assert_int_equal(grade_of(&x, "T09", "records"), COVERAGE_MIDDLE);
    fixture_close(&x);
}

static size_t doubts_of(struct fixture *x, uint32_t host, size_t rule, struct finding_doubt *out)
{
    const struct finding finding = { .rule = &fixture_facts[rule], .host = host };
    return fidelity_unseen(x->f, &finding, &x->arena, out);
}

static void fidelity_unseen__says_what_the_macs_sensors_cannot_show(void **state)
{
    (void)state;
    struct fixture x;
    struct finding_doubt doubts[FIDELITY_DOUBTS_MAX];
    fixture_open(&x);
    assert_int_equal(doubts_of(&x, 0, 0, doubts), 0);  // Nothing came of it.
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 1);
    assert_int_equal(doubts_of(&x, 0, 0, doubts), 0);
    fixture_see(&x, 1, SMALL, ACTION_EXEC, 0, 1);
    assert_int_equal(doubts_of(&x, 1, 0, doubts), 1);
    assert_true(str_eq(doubts[0].sentence,
                       STR("no sensor of this host shows task port, remote thread, trace, "
                           "code-signature invalidation, library load, memory map, "
                           "memory protection")));
    assert_int_equal(doubts[0].cost, FIDELITY_DOUBT_COST);
    // Another sensor that shows them, and one of which nobody knows.
    fixture_see(&x, 1, SILENT, ACTION_EXEC, 0, 1);
    assert_int_equal(doubts_of(&x, 1, 0, doubts), 0);
    fixture_close(&x);
}

static void fidelity_unseen__says_which_facts_of_the_rule_are_never_told(void **state)
{
    (void)state;
    struct fixture x;
    struct finding_doubt doubts[FIDELITY_DOUBTS_MAX];
    fixture_open(&x);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(doubts_of(&x, 0, 1, doubts), 0);
        struct event *event = fixture_event(&x, 0, FULL, ACTION_EXEC, i);
        event->slots[FIELD_PROCESS_ARGS_COUNT] = (struct value){ 0 };
        fidelity_see(x.f, event);
    }
    assert_int_equal(doubts_of(&x, 0, 1, doubts), 1);
    assert_true(str_eq(doubts[0].sentence, STR("arguments cannot be told on this host")));
    assert_int_equal(doubts_of(&x, 0, 0, doubts), 0);  // That rule asks for none.
    fixture_close(&x);
}

static void fidelity_unseen__says_what_would_have_ruled_it_out(void **state)
{
    (void)state;
    struct fixture x;
    struct finding_doubt doubts[FIDELITY_DOUBTS_MAX];
    fixture_open(&x);
    fidelity_free(x.f);
    x.needs[1].is_guard = true;
    const struct fidelity_options options = {
        .profiles = &x.all,
        .sensors = fixture_sensors,
        .sensor_count = SENSORS,
        .rules = x.rules,
        .rule_count = 1,
        .hosts = &x.hosts,
    };
    x.f = fidelity_new(&options);
    fixture_see(&x, 0, SMALL, ACTION_EXEC, 0, 1);
    assert_int_equal(doubts_of(&x, 0, 0, doubts), 2);
    assert_true(str_eq(doubts[1].sentence, STR("what would have ruled it out cannot be seen on "
                                               "this host: memory protection")));
    fixture_close(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fidelity_see__follows_time_whatever_the_order),
        cmocka_unit_test(fidelity_see__counts_the_busiest_minute),
        cmocka_unit_test(fidelity_see__survives_stamps_at_both_ends),
        cmocka_unit_test(fidelity_see__adds_merged_events),
        cmocka_unit_test(fidelity_see__refuses_numbers_beyond_its_tables),
        cmocka_unit_test(fidelity_set_stream__the_last_word_counts),
        cmocka_unit_test(judge_checks__by_their_ids),
        cmocka_unit_test(fidelity_unseen__says_what_the_macs_sensors_cannot_show),
        cmocka_unit_test(fidelity_unseen__says_which_facts_of_the_rule_are_never_told),
        cmocka_unit_test(fidelity_unseen__says_what_would_have_ruled_it_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
