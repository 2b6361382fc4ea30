// Sequence state where it is short of room, where clocks disagree, and what joins events.

#include "match/fixture.h"

#define SECOND FIXTURE_SECOND_NS

#define EXEC_TRACE                                    \
    "sequence by process.entity_id with maxspan=10s " \
    "[process where event.action == \"exec\"] "       \
    "[process where event.action == \"trace\"]"
#define FILE_TRACE                                    \
    "sequence by process.entity_id with maxspan=10s " \
    "[file where event.action == \"creation\"] "      \
    "[process where event.action == \"trace\"]"
#define HEAD "sequence by process.entity_id with maxspan=10s "
#define A    "[process where event.action == \"exec\"] "
#define B    "[process where event.action == \"trace\"] "

static uint64_t evicted(const struct sequence_counts *counts)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < EVICT_REASON_COUNT; i++)
        sum += counts->evicted[i];
    return sum;
}

// --- Room

static void match__takes_the_oldest_of_a_rule_that_is_full(void **state)
{
    (void)state;
    struct fixture f;
    const char *const rules[] = { EXEC_TRACE, FILE_TRACE };
    const struct match_options options = { .rule_partials_max = 3 };
    fixture_load(&f, rules, COUNT_OF(rules), &options);
    fixture_go_many(&f, ACTION_CREATION, 0, 3, 1);
    fixture_go_many(&f, ACTION_EXEC, 0, 5, 1);
    assert_int_equal(fixture_of_rule(&f, 0)->evicted[EVICT_RULE], 2);
    assert_int_equal(fixture_of_rule(&f, 0)->open, 3);
    assert_int_equal(evicted(fixture_of_rule(&f, 1)), 0);
    assert_int_equal(fixture_of_rule(&f, 1)->open, 3);
    assert_int_equal(fixture_total(&f).evicted[EVICT_RULE], 2);
    assert_int_equal(fixture_total(&f).open, 6);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "e1", 2), 1);  // Only the other rule's.
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "e2", 2), 2);
    fixture_unload(&f);
}

static void match__takes_of_the_rule_that_holds_most_where_all_together_are_full(void **state)
{
    (void)state;
    struct fixture f;
    const char *const rules[] = { FILE_TRACE, EXEC_TRACE };
    const struct match_options options = { .partials_max = 10 };
    fixture_load(&f, rules, COUNT_OF(rules), &options);
    fixture_go_many(&f, ACTION_CREATION, 0, 2, 1);
    fixture_go_many(&f, ACTION_EXEC, 0, 8, 1);
    assert_int_equal(evicted(fixture_of_rule(&f, 1)), 0);
    fixture_go_many(&f, ACTION_CREATION, 2, 3, 1);
    assert_int_equal(fixture_of_rule(&f, 0)->open, 5);
    assert_int_equal(evicted(fixture_of_rule(&f, 0)), 0);
    assert_int_equal(fixture_of_rule(&f, 1)->open, 5);
    assert_int_equal(fixture_of_rule(&f, 1)->evicted[EVICT_TOTAL], 3);
    assert_int_equal(fixture_total(&f).evicted[EVICT_TOTAL], 3);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "e2", 2), 1);  // Of the files only.
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "e3", 2), 2);
    fixture_unload(&f);
}

// A rule that held most for a while is not emptied for one that has come to hold more.
static void match__takes_in_turn_of_rules_that_hold_much(void **state)
{
    (void)state;
    struct fixture f;
    const char *const rules[] = { FILE_TRACE, EXEC_TRACE };
    const struct match_options options = { .partials_max = 190 };
    fixture_load(&f, rules, COUNT_OF(rules), &options);
    fixture_go_many(&f, ACTION_CREATION, 0, 100, 1);
    fixture_go_many(&f, ACTION_EXEC, 0, 90, 1);
    fixture_go_many(&f, ACTION_EXEC, 90, 400, 1);
    assert_true(fixture_of_rule(&f, 0)->open >= 49);
    assert_true(fixture_of_rule(&f, 1)->evicted[EVICT_TOTAL] > 300);
    assert_int_equal(fixture_total(&f).open, 190);
    fixture_unload(&f);
}

// A rule that keeps much for each event gives way to its own events, not to others.
static void match__takes_of_the_rule_that_holds_most_where_memory_is_short(void **state)
{
    (void)state;
    static char path[1001];
    char entity[16];
    struct fixture f;
    const char *const rules[] = { FILE_TRACE, EXEC_TRACE };
    const struct match_options options = { .memory_max_bytes = 1000000 };
    memset(path, 'p', sizeof path - 1);
    fixture_load(&f, rules, COUNT_OF(rules), &options);
    fixture_go_many(&f, ACTION_EXEC, 0, 20, 1);
    for (int i = 0; i < 3000; i++) {
        fixture_next(&f, ACTION_CREATION, SECOND + i);
        fixture_set(&f, FIELD_FILE_PATH, path);
        fixture_set(&f, FIELD_PROCESS_ENTITY_ID, fixture_entity(i, entity));
        assert_int_equal(fixture_feed(&f), 0);
        assert_true(fixture_total(&f).memory_bytes < 1010000);
    }
    assert_int_equal(evicted(fixture_of_rule(&f, 1)), 0);
    assert_int_equal(fixture_of_rule(&f, 1)->open, 20);
    const struct sequence_counts *files = fixture_of_rule(&f, 0);
    assert_true(files->evicted[EVICT_MEMORY] > 2000);
    assert_int_equal(files->evicted[EVICT_MEMORY], 3000 - files->open);
    assert_int_equal(evicted(files), files->evicted[EVICT_MEMORY]);
    assert_int_equal(fixture_total(&f).evicted[EVICT_MEMORY], files->evicted[EVICT_MEMORY]);
    fixture_unload(&f);
}

// Where not even the tables fit, every sequence gives way to the next, and nothing else happens.
static void match__goes_on_where_there_is_room_for_one(void **state)
{
    (void)state;
    const struct match_options tight[] = { { .memory_max_bytes = 1 },
                                           { .partials_max = 1 },
                                           { .rule_partials_max = 1 } };
    for (size_t i = 0; i < COUNT_OF(tight); i++) {
        struct fixture f;
        const char *const rules[] = { EXEC_TRACE };
        fixture_load(&f, rules, 1, &tight[i]);
        fixture_go_many(&f, ACTION_EXEC, 0, 50, 1);
        assert_int_equal(fixture_total(&f).open, 1);
        assert_int_equal(evicted(fixture_of_rule(&f, 0)), 49);
        assert_int_equal(fixture_go(&f, ACTION_TRACE, "e48", 2), 0);
        assert_int_equal(fixture_go(&f, ACTION_TRACE, "e49", 2), 1);
        fixture_unload(&f);
    }
}

// Whatever ends a sequence, its rule holds nothing afterwards.
static void match__gives_back_the_memory_of_a_rule_whatever_ended_its_sequences(void **state)
{
    (void)state;
    static char path[5000];
    const char *const rules[] = {
        "sequence by process.entity_id with maxspan=10s [process where event.action == \"exec\"] "
        "as e0 [process where event.action == \"trace\" and file.path == e0.file.path] "
        "until [process where event.action == \"end\"]",
    };
    const enum action enders[] = { ACTION_TRACE, ACTION_END, ACTION_EXEC };
    struct fixture f;
    fixture_load(&f, rules, 1, NULL);
    memset(path, 'p', sizeof path - 1);
    for (int round = 0; round < 30; round++) {
        fixture_next(&f, ACTION_EXEC, round * 100 * SECOND);
        fixture_set(&f, FIELD_PROCESS_ENTITY_ID, path);
        fixture_set(&f, FIELD_FILE_PATH, path);
        assert_int_equal(fixture_feed(&f), 0);
        assert_true(fixture_of_rule(&f, 0)->memory_bytes > sizeof path);
        const enum action ender = enders[round % 3];
        fixture_next(&f, ender, round * 100 * SECOND + SECOND);
        fixture_set(&f, FIELD_PROCESS_ENTITY_ID, path);
        fixture_set(&f, FIELD_FILE_PATH, path);
        assert_int_equal(fixture_feed(&f), ender == ACTION_TRACE);
        // A newer one took its place: time must end that.
        for (int i = 0; i < 2 && ender == ACTION_EXEC; i++)
            assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", round * 100 + 50), 0);
        assert_int_equal(fixture_of_rule(&f, 0)->open, 0);
        assert_int_equal(fixture_of_rule(&f, 0)->memory_bytes, 0);
    }
    assert_int_equal(fixture_of_rule(&f, 0)->matches, 10);
    assert_int_equal(fixture_of_rule(&f, 0)->killed, 10);
    assert_int_equal(fixture_of_rule(&f, 0)->replaced, 10);
    assert_int_equal(fixture_of_rule(&f, 0)->expired, 10);
    assert_int_equal(fixture_of_rule(&f, 0)->begun, 40);
    fixture_unload(&f);
}

// Begun sequences are all told of: they match, expire, are replaced, killed, spoilt, evicted or open.
static void match__accounts_for_every_sequence_that_began(void **state)
{
    (void)state;
    const char *const rules[] = {
        HEAD A "![process where event.action == \"signal\"] " B
               "until [process where event.action == \"end\"]",
    };
    const enum action actions[] = { ACTION_EXEC, ACTION_TRACE, ACTION_SIGNAL, ACTION_END,
                                    ACTION_EXEC };
    const struct match_options options = { .rule_partials_max = 5 };
    uint64_t seed = 7;
    char entity[16];
    struct fixture f;
    fixture_load(&f, rules, 1, &options);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const enum action action = actions[(seed >> 33) % COUNT_OF(actions)];
        (void)fixture_go(&f, action, fixture_entity((int)(seed >> 40) % 12, entity), i / 3);
    }
    const struct sequence_counts *c = fixture_of_rule(&f, 0);
    assert_int_equal(c->begun, c->matches + c->expired + c->replaced + c->killed + c->spoiled +
                                   evicted(c) + c->open);
    assert_true(c->matches > 10 && c->expired > 10 && c->replaced > 10 && c->killed > 10);
    assert_true(c->spoiled > 10 && c->open > 0);
    assert_true(evicted(c) > 10);
    assert_int_equal(fixture_total(&f).begun, c->begun);
    assert_int_equal(fixture_total(&f).evicted[EVICT_RULE], evicted(c));
    fixture_unload(&f);
}

// --- Clocks

static void match__expires_what_a_host_that_is_behind_has_left(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, EXEC_TRACE);
    (void)fixture_go_on(&f, "behind", ACTION_EXEC, "a", 1);
    (void)fixture_go_on(&f, "behind", ACTION_EXEC, "b", 5);
    for (int i = 0; i < 50; i++)
        assert_int_equal(fixture_go_on(&f, "ahead", ACTION_EXEC, "a", 100000 + 20 * i), 0);
    assert_int_equal(fixture_go_on(&f, "behind", ACTION_TRACE, "a", 12), 0);
    assert_int_equal(fixture_go_on(&f, "behind", ACTION_TRACE, "b", 12), 1);
    (void)fixture_go_on(&f, "behind", ACTION_EXEC, "c", 13);
    for (int i = 0; i < 20; i++)
        (void)fixture_go_on(&f, "behind", ACTION_SIGNAL, "c", 60 + i);
    for (int i = 0; i < 20; i++)
        (void)fixture_go_on(&f, "ahead", ACTION_SIGNAL, "c", 200000 + i);
    assert_int_equal(fixture_total(&f).open, 0);
    fixture_unload(&f);
}

// One stamp alone ends nothing; a second one says that time has gone on. Afterwards all is as before.
static void match__takes_up_again_after_two_stamps_from_the_future(void **state)
{
    (void)state;
    const int64_t future = 4070908800;
    struct fixture f;
    fixture_load_one(&f, EXEC_TRACE);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 1), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", future), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 2), 1);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 3), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", future), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", future), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 4), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 5), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 6), 1);
    for (int i = 0; i < 2000; i++)
        fixture_go_many(&f, ACTION_EXEC, i, 1, 10 + i);
    assert_true(fixture_total(&f).open <
                50);  // Those of ten seconds, and few that are not yet seen.
    fixture_unload(&f);
}

static void match__bears_the_first_and_the_last_moment_of_time(void **state)
{
    (void)state;
    const int64_t times[] = { INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX };
    const char *const rules[] = {
        HEAD A B,
        HEAD A "![process where event.action == \"signal\"] ",
        HEAD "![process where event.action == \"signal\"] " A,
        "sequence by process.entity_id with maxspan=366d " A
        "![process where event.action == \"signal\"]",
    };
    const enum action actions[] = { ACTION_EXEC, ACTION_SIGNAL, ACTION_TRACE };
    struct fixture f;
    fixture_load(&f, rules, COUNT_OF(rules), NULL);
    for (size_t i = 0; i < COUNT_OF(times) * COUNT_OF(times); i++)
        for (size_t a = 0; a < COUNT_OF(actions); a++) {
            const int64_t pair[] = { times[i / COUNT_OF(times)], times[i % COUNT_OF(times)] };
            for (size_t t = 0; t < 2; t++) {
                fixture_next(&f, actions[(a + t) % COUNT_OF(actions)], pair[t]);
                fixture_set(&f, FIELD_PROCESS_ENTITY_ID, "a");
                (void)fixture_feed(&f);
            }
        }
    (void)fixture_end(&f);
    assert_int_equal(matcher_counts(f.matcher).in, 2 * 3 * COUNT_OF(times) * COUNT_OF(times));
    fixture_unload(&f);
}

struct stamp {
    int64_t second;
    int number;  // -1: none.
};

// Whether an event of the first stamp and then one of the second, in order of arrival, are a sequence.
static bool are_in_order(struct stamp first, struct stamp second)
{
    const struct stamp stamps[] = { first, second };
    const enum action actions[] = { ACTION_EXEC, ACTION_TRACE };
    size_t found = 0;
    struct fixture f;
    fixture_load_one(&f, EXEC_TRACE);
    for (size_t i = 0; i < 2; i++) {
        fixture_next(&f, actions[i], stamps[i].second * SECOND);
        fixture_set(&f, FIELD_PROCESS_ENTITY_ID, "a");
        f.event.has_sequence = stamps[i].number >= 0;
        f.event.sequence = stamps[i].number < 0 ? 0 : (uint64_t)stamps[i].number;
        found = fixture_feed(&f);
    }
    fixture_unload(&f);
    return found > 0;
}

static void match__orders_equal_stamps_by_number_and_then_by_arrival(void **state)
{
    (void)state;
    const struct {
        struct stamp first;
        struct stamp second;
        bool in_order;
    } cases[] = {
        { { 1, 4 }, { 1, 5 }, true },    { { 1, 5 }, { 1, 4 }, false },
        { { 1, 5 }, { 1, 5 }, true },    { { 1, -1 }, { 1, -1 }, true },
        { { 1, 9 }, { 1, -1 }, true },   { { 1, -1 }, { 1, 9 }, false },
        { { 1, 9 }, { 2, 3 }, true },    { { 2, 3 }, { 1, 9 }, false },
        { { 2, -1 }, { 1, -1 }, false }, { { 1, -1 }, { 2, 1 }, true },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (are_in_order(cases[i].first, cases[i].second) != cases[i].in_order)
            fail_msg("case %zu", i);
}

// It is taken by its own time: too early to carry on, but not too late to begin.
static void match__takes_a_late_event_by_its_own_time(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, EXEC_TRACE);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 10), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 9), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 11), 1);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", 20), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "b", 12), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "b", 22), 1);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "x", 23), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "c", 12), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "c", 23), 0);
    fixture_unload(&f);
}

// It ends what had begun by its own time, and what came at the same moment before it.
static void match__lets_a_late_until_end_only_what_was_before_it(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD A B "until [process where event.action == \"end\"]");
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 10), 0);
    assert_int_equal(fixture_go(&f, ACTION_END, "a", 9), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 11), 1);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 20), 0);
    assert_int_equal(fixture_go(&f, ACTION_END, "a", 20), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 21), 0);
    assert_int_equal(fixture_total(&f).killed, 1);
    fixture_unload(&f);
}

// --- Keys and runs

static void match__counts_events_with_more_keys_than_are_joined(void **state)
{
    (void)state;
    char texts[KEY_COMBINATIONS_MAX + 1][16];
    struct value list[KEY_COMBINATIONS_MAX + 1];
    struct fixture f;
    fixture_load_one(&f, "sequence [process where event.action == \"exec\"] by process.args "
                         "[process where event.action == \"trace\"] by process.entity_id");
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = value_of_text(str_of(fixture_entity((int)i, texts[i])));
    fixture_next(&f, ACTION_EXEC, SECOND);
    f.slots[FIELD_PROCESS_ARGS] = value_of_list(list, KEY_COMBINATIONS_MAX);
    assert_int_equal(fixture_feed(&f), 0);
    assert_int_equal(matcher_counts(f.matcher).keys_cut, 0);
    assert_int_equal(fixture_total(&f).begun, KEY_COMBINATIONS_MAX);
    fixture_next(&f, ACTION_EXEC, SECOND);
    f.slots[FIELD_PROCESS_ARGS] = value_of_list(list, KEY_COMBINATIONS_MAX + 1);
    assert_int_equal(fixture_feed(&f), 0);
    assert_int_equal(matcher_counts(f.matcher).keys_cut, 1);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "e63", 2), 1);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "e64", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "e0", 2), 1);
    fixture_unload(&f);
}

static void match__joins_keys_of_64_kb_by_their_tails(void **state)
{
    (void)state;
    static char a[65537];
    static char b[65537];
    struct fixture f;
    fixture_load_one(&f, EXEC_TRACE);
    memset(a, 'x', sizeof a - 1);
    memset(b, 'x', sizeof b - 1);
    b[sizeof b - 2] = 'y';
    assert_int_equal(fixture_go(&f, ACTION_EXEC, a, 1), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, b, 2), 0);
    assert_int_equal(fixture_total(&f).replaced, 0);
    assert_true(fixture_of_rule(&f, 0)->memory_bytes < 10000);  // Not the whole of them.
    b[sizeof b - 2] = '\0';
    assert_int_equal(fixture_go(&f, ACTION_TRACE, b, 3), 0);  // One octet shorter.
    assert_int_equal(fixture_go(&f, ACTION_TRACE, a, 4), 1);
    assert_int_equal(f.batch.findings[0]->steps[0].time_ns, SECOND);
    b[sizeof b - 2] = 'y';
    assert_int_equal(fixture_go(&f, ACTION_TRACE, b, 5), 1);
    assert_int_equal(f.batch.findings[0]->steps[0].time_ns, 2 * SECOND);
    fixture_unload(&f);
}

static void match__counts_runs_within_one_sequence(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD "[process where event.action == \"exec\"] with runs=3 " B);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 1), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 3), 0);  // Two are not three.
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "b", 4), 0);   // Another's.
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 5), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 6), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 7), 1);
    assert_int_equal(f.batch.findings[0]->step_count, 4);
    assert_int_equal(f.batch.findings[0]->steps[0].time_ns, SECOND);
    assert_int_equal(f.batch.findings[0]->steps[2].time_ns, 6 * SECOND);
    fixture_unload(&f);
}

// Of more runs than are asked for, the last ones count.
static void match__keeps_the_last_of_too_many_runs(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, HEAD "[process where event.action == \"exec\"] with runs=2 " B);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", i), 0);
    assert_int_equal(fixture_go(&f, ACTION_TRACE, "a", 6), 1);
    assert_int_equal(f.batch.findings[0]->steps[0].time_ns, 4 * SECOND);
    assert_int_equal(f.batch.findings[0]->steps[1].time_ns, 5 * SECOND);
    fixture_unload(&f);
}

static void match__takes_a_hundred_runs(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, "sequence by process.entity_id "
                         "[process where event.action == \"exec\"] with runs=100");
    for (int i = 1; i < 100; i++)
        assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", i), 0);
    assert_int_equal(fixture_go(&f, ACTION_EXEC, "a", 100), 1);
    assert_int_equal(f.batch.findings[0]->step_count, 100);
    fixture_unload(&f);
}

// What other rules ask of an event is no business of a rule's finding.
static void match__shows_what_its_own_rule_names(void **state)
{
    (void)state;
    const char *const rules[] = {
        "process where event.action == \"exec\" and process.name == \"sh\"",
        "process where event.action == \"exec\" and process.parent.name == \"zsh\"",
    };
    struct fixture f;
    fixture_load(&f, rules, COUNT_OF(rules), NULL);
    fixture_next(&f, ACTION_EXEC, FIXTURE_SECOND_NS);
    fixture_set(&f, FIELD_PROCESS_EXECUTABLE, "/bin/sh");
    fixture_set(&f, FIELD_PROCESS_NAME, "sh");
    fixture_set(&f, FIELD_PARENT_NAME, "zsh");
    assert_int_equal(fixture_feed(&f), 2);
    const struct finding_step *first = &f.batch.findings[0]->steps[0];
    const struct finding_step *second = &f.batch.findings[1]->steps[0];
    assert_int_equal(finding_step_value(first, FIELD_PROCESS_NAME).type, VALUE_TEXT);
    assert_int_equal(finding_step_value(first, FIELD_PARENT_NAME).type, VALUE_MISSING);
    assert_int_equal(finding_step_value(second, FIELD_PROCESS_NAME).type, VALUE_MISSING);
    assert_int_equal(finding_step_value(second, FIELD_PARENT_NAME).type, VALUE_TEXT);
    fixture_unload(&f);
}

// What began in the future stands in front of its line, and lets others go all the same.
static void match__forgets_behind_one_from_the_future(void **state)
{
    (void)state;
    struct fixture f;
    char entity[16];
    fixture_load_one(&f, "sequence by process.entity_id with maxspan=1s "
                         "[process where event.action == \"exec\"] "
                         "[process where event.action == \"trace\"]");
    (void)fixture_go(&f, ACTION_EXEC, "future", 1000000);
    for (int i = 0; i < 2000; i++)
        (void)fixture_go(&f, ACTION_EXEC, fixture_entity(i, entity), i);
    assert_true(fixture_total(&f).open < 20);
    fixture_unload(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match__shows_what_its_own_rule_names),
        cmocka_unit_test(match__forgets_behind_one_from_the_future),
        cmocka_unit_test(match__takes_the_oldest_of_a_rule_that_is_full),
        cmocka_unit_test(match__takes_of_the_rule_that_holds_most_where_all_together_are_full),
        cmocka_unit_test(match__takes_in_turn_of_rules_that_hold_much),
        cmocka_unit_test(match__takes_of_the_rule_that_holds_most_where_memory_is_short),
        cmocka_unit_test(match__goes_on_where_there_is_room_for_one),
        cmocka_unit_test(match__gives_back_the_memory_of_a_rule_whatever_ended_its_sequences),
        cmocka_unit_test(match__accounts_for_every_sequence_that_began),
        cmocka_unit_test(match__expires_what_a_host_that_is_behind_has_left),
        cmocka_unit_test(match__takes_up_again_after_two_stamps_from_the_future),
        cmocka_unit_test(match__bears_the_first_and_the_last_moment_of_time),
        cmocka_unit_test(match__orders_equal_stamps_by_number_and_then_by_arrival),
        cmocka_unit_test(match__takes_a_late_event_by_its_own_time),
        cmocka_unit_test(match__lets_a_late_until_end_only_what_was_before_it),
        cmocka_unit_test(match__counts_events_with_more_keys_than_are_joined),
        cmocka_unit_test(match__joins_keys_of_64_kb_by_their_tails),
        cmocka_unit_test(match__counts_runs_within_one_sequence),
        cmocka_unit_test(match__keeps_the_last_of_too_many_runs),
        cmocka_unit_test(match__takes_a_hundred_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
