// Sequence state where it is short of room, where clocks disagree, and where something must be missing.

#include "match/fixture.h"

#include "base/buf.h"

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
#define C    "[process where event.action == \"signal\"] "

static char *entity_of(int number, char buffer[16])
{
    (void)snprintf(buffer, 16, "e%d", number);
    return buffer;
}

// Events `count` of one action, a second after each other, each of a process of its own.
static void go_many(struct fixture *f, enum action action, int from, int count, int64_t second)
{
    char entity[16];
    for (int i = 0; i < count; i++)
        assert_int_equal(fixture_go(f, action, entity_of(from + i, entity), second), 0);
}

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
    go_many(&f, ACTION_CREATION, 0, 3, 1);
    go_many(&f, ACTION_EXEC, 0, 5, 1);
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
    go_many(&f, ACTION_CREATION, 0, 2, 1);
    go_many(&f, ACTION_EXEC, 0, 8, 1);
    assert_int_equal(evicted(fixture_of_rule(&f, 1)), 0);
    go_many(&f, ACTION_CREATION, 2, 3, 1);
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
    go_many(&f, ACTION_CREATION, 0, 100, 1);
    go_many(&f, ACTION_EXEC, 0, 90, 1);
    go_many(&f, ACTION_EXEC, 90, 400, 1);
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
    go_many(&f, ACTION_EXEC, 0, 20, 1);
    for (int i = 0; i < 3000; i++) {
        fixture_next(&f, ACTION_CREATION, SECOND + i);
        fixture_set(&f, FIELD_FILE_PATH, path);
        fixture_set(&f, FIELD_PROCESS_ENTITY_ID, entity_of(i, entity));
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
        go_many(&f, ACTION_EXEC, 0, 50, 1);
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
        (void)fixture_go(&f, action, entity_of((int)(seed >> 40) % 12, entity), i / 3);
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
        go_many(&f, ACTION_EXEC, i, 1, 10 + i);
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
        list[i] = value_of_text(str_of(entity_of((int)i, texts[i])));
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

// --- What must be missing

#define NO_C "![process where event.action == \"signal\"] "
#define NO_D "![process where event.action == \"suspend\"] "

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
    go_many(&f, ACTION_EXEC, 0, 9, 1);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "e0", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_SUSPEND, "e4", 2), 0);
    assert_int_equal(fixture_go(&f, ACTION_SIGNAL, "e8", 2), 0);
    assert_int_equal(fixture_end(&f), 6);
    for (int i = 0, at = 0; i < 9; i++)
        if (i % 4 != 0)
            assert_true(str_eq(entity_of_finding(&f, (size_t)at++), str_of(entity_of(i, entity))));
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
        found += fixture_go_on(&f, "silent", ACTION_EXEC, entity_of(i, entity), 1);
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
        assert_int_equal(fixture_go(&f, ACTION_EXEC, entity_of(i, entity), 1), 0);
        assert_true(fixture_total(&f).open <= 1000);
    }
    assert_int_equal(fixture_of_rule(&f, 0)->evicted[EVICT_TOTAL], 99000);
    assert_int_equal(fixture_end(&f), 1000);
    assert_true(str_eq(entity_of_finding(&f, 0), STR("e99000")));
    assert_true(str_eq(entity_of_finding(&f, 999), STR("e99999")));
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
        fixture_set(&f, FIELD_PROCESS_ENTITY_ID, entity_of(i, entity));
        assert_int_equal(fixture_feed(&f), 0);
    }
    assert_int_equal(fixture_total(&f).open, 100000);
    assert_int_equal(fixture_end(&f), 100000);
    for (int i = 0; i < 100000; i++)
        assert_true(str_eq(entity_of_finding(&f, (size_t)i), str_of(entity_of(i, entity))));
    assert_int_equal(fixture_of_rule(&f, 0)->memory_bytes, 0);
    fixture_unload(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(match__reports_100000_that_waited_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
