// States of signals, and which rules see.

#include "fidelity/fixture.h"

static void set_stream(struct fixture *x, enum action action, uint64_t in, uint64_t missed)
{
    const struct fidelity_stream_kind kind = { .action = action, .in = in, .missed = missed };
    const struct fidelity_stream stream = {
        .sensor = FULL,
        .in = in,
        .sessions = 1,
        .gaps = missed > 0,
        .missed = missed,
        .kinds = &kind,
        .kind_count = 1,
    };
    fidelity_set_stream(x->f, &stream);
}

static void coverage_judge__losses_make_bands(void **state)
{
    (void)state;
    static const struct {
        uint64_t in;
        uint64_t missed;
        enum coverage_state state;
        const char *check;
    } bands[] = {
        { 1000, 0, COVERAGE_SEEN, "" },
        { 1000000, 1, COVERAGE_DEGRADED, "T10" },
        { 999, 1, COVERAGE_DEGRADED, "T10" },
        { 998, 1, COVERAGE_BLIND_IN_PART, "T10" },
        { 1, 1000000000, COVERAGE_BLIND_IN_PART, "T10" },
        { 1, UINT64_MAX / 2, COVERAGE_BLIND_IN_PART, "T10" },
    };
    for (size_t i = 0; i < COUNT_OF(bands); i++) {
        struct fixture x;
        fixture_open(&x);
        fixture_see(&x, 0, FULL, ACTION_MMAP, 0, 3);
        fixture_see(&x, 0, FULL, ACTION_LOAD, 0, 3);
        fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 3);
        set_stream(&x, ACTION_MMAP, bands[i].in, bands[i].missed);
        const struct coverage_host host = fixture_judge(&x, 0);
        assert_state(&host, SIGNAL_MEMORY_MAP, bands[i].state, bands[i].check);
        // One kind of record with it; but not that of the others, which lost nothing known.
        assert_state(&host, SIGNAL_LIBRARY_LOAD, bands[i].state, bands[i].check);
        assert_state(&host, SIGNAL_EXEC, COVERAGE_SEEN, "");
        assert_int_equal(fixture_check(&host, "T10", "")->grade,
                         bands[i].state == COVERAGE_SEEN       ? COVERAGE_PASSES
                         : bands[i].state == COVERAGE_DEGRADED ? COVERAGE_MIDDLE
                                                               : COVERAGE_FAILS);
        fixture_close(&x);
    }
}

// Where kinds have no numbers of their own, what is lost may be of any.
static void coverage_judge__a_loss_without_a_kind_is_of_every_kind(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_MMAP, 0, 3);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 3);
    const struct fidelity_stream stream = { .sensor = FULL, .in = 6, .missed = 1 };
    fidelity_set_stream(x.f, &stream);
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_state(&host, SIGNAL_MEMORY_MAP, COVERAGE_BLIND_IN_PART, "T11");
    assert_state(&host, SIGNAL_EXEC, COVERAGE_BLIND_IN_PART, "T11");
    fixture_close(&x);
}

static void coverage_judge__absence_is_silence_only_of_what_can_be_shown(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 5);
    fixture_see(&x, 1, SMALL, ACTION_EXEC, 0, 5);
    fixture_see(&x, 2, SILENT, ACTION_EXEC, 0, 5);
    const struct coverage_host full = fixture_judge(&x, 0);
    assert_state(&full, SIGNAL_EXEC, COVERAGE_SEEN, "");
    assert_state(&full, SIGNAL_MEMORY_PROTECTION, COVERAGE_SILENT, "T04");
    assert_state(&full, SIGNAL_ALERT, COVERAGE_IMPOSSIBLE, "");
    const struct coverage_host small = fixture_judge(&x, 1);
    assert_state(&small, SIGNAL_MEMORY_PROTECTION, COVERAGE_IMPOSSIBLE, "");
    assert_state(&small, SIGNAL_FILE, COVERAGE_SILENT, "T16");
    const struct coverage_host silent = fixture_judge(&x, 2);
    assert_state(&silent, SIGNAL_EXEC, COVERAGE_SEEN, "");
    assert_state(&silent, SIGNAL_MEMORY_PROTECTION, COVERAGE_NEVER_SEEN, "T04");
    fixture_close(&x);
}

// What came was seen, whatever a profile says; and what comes in part is not all there is.
static void coverage_judge__events_outweigh_profiles(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, SMALL, ACTION_MPROTECT, 0, 1);
    fixture_see(&x, 0, SMALL, ACTION_CLOSE, 0, 1);
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_state(&host, SIGNAL_MEMORY_PROTECTION, COVERAGE_SEEN, "");
    assert_true(str_contains(host.signals[SIGNAL_MEMORY_PROTECTION].reason, STR("though")));
    assert_state(&host, SIGNAL_FILE, COVERAGE_DEGRADED, "T26");
    assert_true(str_contains(host.signals[SIGNAL_FILE].reason, STR("closed ones")));
    fixture_close(&x);
}

static void coverage_judge__of_two_sensors_the_better_counts(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, SMALL, ACTION_EXEC, 0, 3);
    fixture_see(&x, 0, FULL, ACTION_MPROTECT, 0, 3);
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_state(&host, SIGNAL_EXEC, COVERAGE_SEEN, "");
    assert_state(&host, SIGNAL_MEMORY_PROTECTION, COVERAGE_SEEN, "");
    assert_state(&host, SIGNAL_TRACE, COVERAGE_SILENT, "T16");
    assert_true(str_eq(host.sensors, STR("santa, eslogger")));
    fixture_close(&x);
}

static void coverage_judge__silence_at_the_end(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 2000);
    fixture_see(&x, 0, FULL, ACTION_MPROTECT, 0, 1399);  // 601 s before the end.
    fixture_see(&x, 0, FULL, ACTION_FORK, 0, 1401);      // 599 s: no silence yet.
    fixture_see(&x, 0, FULL, ACTION_LOAD, 0, 1);         // Comes every 700 s: no silence,
    fixture_see(&x, 0, FULL, ACTION_LOAD, 700, 1);
    fixture_see(&x, 0, FULL, ACTION_LOAD, 1300, 1);  // though it is 699 s ago.
    fixture_see(&x, 0, FULL, ACTION_TRACE, 0, 1);    // Rare: it may be so.
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_state(&host, SIGNAL_EXEC, COVERAGE_SEEN, "");
    assert_state(&host, SIGNAL_MEMORY_PROTECTION, COVERAGE_SILENT, "T13");
    assert_state(&host, SIGNAL_LINEAGE, COVERAGE_SEEN, "");
    assert_state(&host, SIGNAL_LIBRARY_LOAD, COVERAGE_SEEN, "");
    assert_state(&host, SIGNAL_TRACE, COVERAGE_SEEN, "");
    fixture_close(&x);
}

// A Mac that stopped to tell while others went on.
static void coverage_judge__a_sensor_that_died(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 10);
    fixture_see(&x, 1, FULL, ACTION_EXEC, 0, 1000);
    const struct coverage_host died = fixture_judge(&x, 0);
    assert_state(&died, SIGNAL_EXEC, COVERAGE_SILENT, "T13");
    assert_true(str_contains(died.signals[SIGNAL_EXEC].reason, STR("whole sensor")));
    assert_int_equal(fixture_check(&died, "T13", "")->grade, COVERAGE_FAILS);
    const struct coverage_host lives = fixture_judge(&x, 1);
    assert_state(&lives, SIGNAL_EXEC, COVERAGE_SEEN, "");
    fixture_close(&x);
}

static void coverage_judge__facts_have_bands(void **state)
{
    (void)state;
    static const struct {
        int64_t without;  // Of 1000 exec events.
        enum coverage_state state;
        const char *check;
    } bands[] = {
        { 0, COVERAGE_SEEN, "" },
        { 10, COVERAGE_SEEN, "" },
        { 11, COVERAGE_DEGRADED, "T09" },
        { 100, COVERAGE_DEGRADED, "T09" },
        { 101, COVERAGE_BLIND_IN_PART, "T09" },
        { 1000, COVERAGE_SILENT, "T09" },
    };
    for (size_t i = 0; i < COUNT_OF(bands); i++) {
        struct fixture x;
        fixture_open(&x);
        for (int64_t n = 0; n < 1000; n++) {
            struct event *event = fixture_event(&x, 0, FULL, ACTION_EXEC, n / 10);
            if (n < bands[i].without)
                event->slots[FIELD_PROCESS_ARGS_COUNT] = (struct value){ 0 };
            fidelity_see(x.f, event);
        }
        const struct coverage_host host = fixture_judge(&x, 0);
        assert_state(&host, SIGNAL_ARGUMENTS, bands[i].state, bands[i].check);
        assert_state(&host, SIGNAL_CDHASH, COVERAGE_SEEN, "");
        assert_state(&host, SIGNAL_ENVIRONMENT, COVERAGE_SEEN, "");
        fixture_close(&x);
    }
}

// What we find ourselves is never impossible, nor silent: it is just not known.
static void coverage_judge__unknown_linkage_is_blindness_in_part(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    struct event *event = fixture_event(&x, 0, SMALL, ACTION_EXEC, 0);
    event->slots[FIELD_MACHO_NATIVE_API] = value_of_text(STR("unknown"));
    fidelity_see(x.f, event);
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_state(&host, SIGNAL_LINKAGE, COVERAGE_BLIND_IN_PART, "T22");
    assert_state(&host, SIGNAL_LIBRARY_IDENTITY, COVERAGE_NEVER_SEEN, "T23");
    fixture_close(&x);
}

static void coverage_judge__parents_count_after_the_first_minute(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    for (int64_t second = 0; second < 120; second++) {
        struct event *event = fixture_event(&x, 0, FULL, ACTION_EXEC, second);
        event->slots[FIELD_PARENT_KNOWN] = value_of_bool(second >= 60);
        fidelity_see(x.f, event);
    }
    const struct coverage_host host = fixture_judge(&x, 0);
    assert_state(&host, SIGNAL_PARENT, COVERAGE_SEEN, "");
    assert_int_equal(host.signals[SIGNAL_PARENT].asked, 60);
    fixture_close(&x);
}

// A sensor without numbers: what was damaged is all that is known to be lost.
static void coverage_judge__damage_is_loss_where_nothing_is_numbered(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, SMALL, ACTION_EXEC, 0, 100);
    fidelity_drop(x.f, 0, 1, 50);  // Nothing to us.
    const struct coverage_host whole = fixture_judge(&x, 0);
    assert_state(&whole, SIGNAL_EXEC, COVERAGE_SEEN, "");
    assert_false(whole.signals[SIGNAL_EXEC].losses_told);
    fidelity_drop(x.f, 0, 0, 1);
    const struct coverage_host damaged = fixture_judge(&x, 0);
    assert_state(&damaged, SIGNAL_EXEC, COVERAGE_BLIND_IN_PART, "T09");
    assert_int_equal(damaged.dropped, 51);
    assert_int_equal(damaged.lost, 1);
    fixture_close(&x);
}

static void coverage_judge__nothing_but_damage(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fidelity_drop(x.f, 3, 0, 9);
    fidelity_drop(x.f, 4, 1, 9);
    assert_true(coverage_has_host(x.f, 3));
    assert_false(coverage_has_host(x.f, 4));
    assert_false(coverage_has_host(x.f, 2));
    assert_false(coverage_has_host(x.f, 5000));
    const struct coverage_host host = fixture_judge(&x, 3);
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        assert_int_equal(host.signals[s].state, COVERAGE_NEVER_SEEN);
    const struct coverage_rule rule = coverage_judge_rule(&host, &x.rules[0], &x.arena);
    assert_int_equal(rule.sight, COVERAGE_BLIND);
    fixture_close(&x);
}

static void coverage_judge_rule__needs_every_stage_and_any_alternative(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 3);
    fixture_see(&x, 0, FULL, ACTION_MMAP, 0, 3);
    const struct coverage_host host = fixture_judge(&x, 0);
    const struct coverage_rule blind = coverage_judge_rule(&host, &x.rules[0], &x.arena);
    assert_int_equal(blind.sight, COVERAGE_BLIND);
    assert_int_equal(blind.blame, SIGNAL_MEMORY_PROTECTION);
    assert_true(str_starts_with(blind.reason, STR("memory protection is silent: ")));
    const struct coverage_rule sees = coverage_judge_rule(&host, &x.rules[1], &x.arena);
    assert_int_equal(sees.sight, COVERAGE_SEES);
    assert_int_equal(sees.blame, SIGNAL_COUNT);
    fixture_close(&x);
}

static void coverage_judge_rule__of_what_is_rare_silence_is_no_blindness(void **state)
{
    (void)state;
    struct fixture x;
    fixture_open(&x);
    const struct signal_need needs[] = {
        { .any_of = SIGNAL_BIT(SIGNAL_TRACE) },
        { .any_of = SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION), .is_guard = true },
    };
    const struct fidelity_rule rule = { &fixture_facts[0], needs, COUNT_OF(needs) };
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 3);
    fixture_see(&x, 1, SMALL, ACTION_EXEC, 0, 3);
    const struct coverage_host can = fixture_judge(&x, 0);
    assert_int_equal(coverage_judge_rule(&can, &rule, &x.arena).sight, COVERAGE_SEES_BADLY);
    const struct coverage_host cannot = fixture_judge(&x, 1);
    assert_int_equal(coverage_judge_rule(&cannot, &rule, &x.arena).sight, COVERAGE_BLIND);
    fixture_close(&x);
}

static void fleet_count__sums_and_puts_the_worst_first(void **state)
{
    (void)state;
    struct fixture x;
    struct fleet fleet;
    fixture_open(&x);
    fixture_see(&x, 0, FULL, ACTION_EXEC, 0, 3);
    fixture_see(&x, 0, FULL, ACTION_MPROTECT, 0, 3);
    fixture_see(&x, 70, FULL, ACTION_EXEC, 0, 3);
    fixture_see(&x, 5, FULL, ACTION_EXEC, 0, 3);
    fleet_count(x.f, &fleet);
    assert_int_equal(fleet.host_count, 3);
    assert_int_equal(fleet.hosts[0].host, 5);
    assert_int_equal(fleet.hosts[1].host, 70);
    assert_int_equal(fleet.hosts[2].host, 0);
    assert_int_equal(fleet.signals[SIGNAL_EXEC][COVERAGE_SEEN], 3);
    assert_int_equal(fleet.signals[SIGNAL_MEMORY_PROTECTION][COVERAGE_SILENT], 2);
    assert_int_equal(fleet.rules[0].hosts[COVERAGE_SEES], 1);
    assert_int_equal(fleet.rules[0].hosts[COVERAGE_BLIND], 2);
    assert_int_equal(fleet_blame(&fleet.rules[0]), SIGNAL_MEMORY_PROTECTION);
    fleet_done(&fleet);
    fixture_close(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coverage_judge__losses_make_bands),
        cmocka_unit_test(coverage_judge__a_loss_without_a_kind_is_of_every_kind),
        cmocka_unit_test(coverage_judge__absence_is_silence_only_of_what_can_be_shown),
        cmocka_unit_test(coverage_judge__events_outweigh_profiles),
        cmocka_unit_test(coverage_judge__of_two_sensors_the_better_counts),
        cmocka_unit_test(coverage_judge__silence_at_the_end),
        cmocka_unit_test(coverage_judge__a_sensor_that_died),
        cmocka_unit_test(coverage_judge__facts_have_bands),
        cmocka_unit_test(coverage_judge__unknown_linkage_is_blindness_in_part),
        cmocka_unit_test(coverage_judge__parents_count_after_the_first_minute),
        cmocka_unit_test(coverage_judge__damage_is_loss_where_nothing_is_numbered),
        cmocka_unit_test(coverage_judge__nothing_but_damage),
        cmocka_unit_test(coverage_judge_rule__needs_every_stage_and_any_alternative),
        cmocka_unit_test(coverage_judge_rule__of_what_is_rare_silence_is_no_blindness),
        cmocka_unit_test(fleet_count__sums_and_puts_the_worst_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
