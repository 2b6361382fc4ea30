// The same again: when it is told all the same, under which id, and what is forgotten.

#include "score/group_fixture.h"

// Never silent for good; and two messages never have the same id and revision.
static void group__tells_the_tenth_repeat_and_the_hundredth(void **state)
{
    (void)state;
    static const uint64_t repeats[] = { 0, 10, 100, 1000 };
    struct rig r;
    uint64_t told = 0;
    begin(&r, grouper_new());
    for (int64_t i = 0; i <= 1000; i++) {
        const struct arrival a = { BY(i, "S01", HIGH, "p", "aa") };
        run(&r, &a, 1, false);
        if (r.batch.finding_count > 0) {
            const struct finding *f = r.batch.findings[0];
            assert_true(told < COUNT_OF(repeats));
            assert_int_equal(f->repeats, repeats[told]);
            assert_int_equal(f->revision, told);
            assert_int_equal(f->time_ns, START + i * SECOND);
            told++;
        }
        batch_reset(&r.batch);
        buf_reset(&r.told);
    }
    assert_int_equal(told, 4);
    assert_int_equal(grouper_counts(r.grouper)->repeats, 997);
    assert_int_equal(grouper_counts(r.grouper)->repeats_told, 3);
    assert_int_equal(grouper_counts(r.grouper)->revisions, 3);
    done(&r);
}

// The act is over and its process has another, or it is forgotten: the id and the number go on.
static void group__numbers_revisions_on_when_an_act_is_over(void **state)
{
    (void)state;
    static const struct group_limits limits[] = { { GROUPS_MAX, REPEATS_MAX }, { 1, 10 } };
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct arrival arrivals[13] = {
            { BY(0, "S02", LOW, "p", "aa") },
            { BY(60, "S01", HIGH, "p", "aa") },
            { BY(1260, "S03", HIGH, "p", "aa") },
        };
        for (int64_t k = 3; k < 13; k++)
            arrivals[k] = (struct arrival){ BY(1260 + k, "S01", HIGH, "p", "aa") };
        struct rig r;
        begin(&r, grouper_new_within(limits[i]));
        run(&r, arrivals, COUNT_OF(arrivals), true);
        assert_told(&r, "numbered",
                    i == 0 ? "S02#0; S01#0 u1 (S02); S03#2; .; .; .; .; .; .; .; .; .; "
                             "S01#0 u2 r10 (S02); "
                           : "S02#0; S01#0 u1 (S02); S03#2; .; .; .; .; .; .; .; .; .; "
                             "S01#0 u2 r10; ");
        done(&r);
    }
}

// All of them in one call, where what the first is called is found only after they are counted.
static void group__names_a_repeat_by_what_its_first_was_told_as(void **state)
{
    (void)state;
    struct rig r;
    begin(&r, grouper_new());
    add_arrival(&r, &(struct arrival){ BY(0, "S02", LOW, "p", "aa") });
    for (int64_t i = 1; i <= 11; i++)
        add_arrival(&r, &(struct arrival){ BY(i, "S01", HIGH, "p", "aa") });
    group(r.grouper, &r.batch, 0);
    add_told(&r, 0);
    assert_told(&r, "named", "S02#0 & S01#0 u1 (S02) & S01#0 u2 r10 (S02); ");
    done(&r);
}

static void group__heeds_the_rules_own_keys_and_window(void **state)
{
    (void)state;
    static const enum field by[] = { FIELD_DLL_PATH };
    static const struct arrival arrivals[] = {
        { BY(0, "S01", HIGH, "p", "aa"), .library = "/x" },
        { BY(1, "S01", HIGH, "q", "bb"), .library = "/x" },
        { BY(2, "S01", HIGH, "r", "aa"), .library = "/y" },
        { BY(HOUR, "S01", HIGH, "s", "aa"), .library = "/x" },
        { BY(HOUR + 1, "S01", HIGH, "s", "aa"), .library = "/x" },
        { BY(HOUR + 2, "S01", HIGH, "t", "aa") },
        { BY(HOUR + 3, "S01", HIGH, "u", "bb") },  // Neither shows it: another program is another.
        { BY(HOUR + 4, "S01", HIGH, "v", "aa") },
    };
    struct rig r;
    begin(&r, grouper_new());
    r.by = by;
    r.by_count = COUNT_OF(by);
    r.window_ns = HOUR * SECOND;
    run(&r, arrivals, COUNT_OF(arrivals), true);
    assert_told(&r, "own keys", "S01#0; .; S01#2; .; S01#4; S01#5; S01#6; .; ");
    done(&r);
}

// Rules and verdicts that differ by little: each is told.
static void group__does_not_take_one_verdict_for_another(void **state)
{
    (void)state;
    static const char *const rules[] = { "S00", "S01", "S02", "S03", "S04", "S05", "S06", "S07" };
    struct rig r;
    begin(&r, grouper_new());
    for (size_t i = 0; i < 3 * COUNT_OF(rules); i++) {
        const struct arrival a = { BY((int64_t)i * HOUR / 2, rules[i / 3], HIGH, "p", "aa"),
                                   .verdict = (enum verdict)(i % 3) };
        run(&r, &a, 1, true);
    }
    assert_int_equal(grouper_counts(r.grouper)->told, 3 * COUNT_OF(rules));
    done(&r);
}

static void group__forgets_the_oldest_and_counts_it(void **state)
{
    (void)state;
    static const struct arrival arrivals[] = {
        { BY(0, "S01", HIGH, "p", "aa") }, { BY(1, "S01", HIGH, "q", "bb") },
        { BY(2, "S01", HIGH, "r", "cc") }, { BY(3, "S01", HIGH, "r", "cc") },
        { BY(4, "S02", HIGH, "p", "aa") }, { BY(5, "S01", HIGH, "p", "aa") },
    };
    static const struct {
        struct group_limits limits;
        const char *told;
        uint64_t groups_evicted;
        uint64_t repeats_evicted;
    } limited[] = {
        { { 2, 100 }, "S01#0; S01#1; S01#2; .; S02#4; .; ", 2, 0 },
        { { 100, 2 }, "S01#0; S01#1; S01#2; .; S02#0 u1 (S01); S01#0 u2 (S02); ", 0, 3 },
        { { 1, 1 }, "S01#0; S01#1; S01#2; .; S02#4; S01#4 u1 (S02); ", 3, 4 },
    };
    for (size_t i = 0; i < COUNT_OF(limited); i++) {
        struct rig r;
        begin(&r, grouper_new_within(limited[i].limits));
        run(&r, arrivals, COUNT_OF(arrivals), true);
        assert_told(&r, "forgotten", limited[i].told);
        assert_int_equal(grouper_counts(r.grouper)->groups_evicted, limited[i].groups_evicted);
        assert_int_equal(grouper_counts(r.grouper)->repeats_evicted, limited[i].repeats_evicted);
        done(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(group__tells_the_tenth_repeat_and_the_hundredth),
        cmocka_unit_test(group__numbers_revisions_on_when_an_act_is_over),
        cmocka_unit_test(group__names_a_repeat_by_what_its_first_was_told_as),
        cmocka_unit_test(group__heeds_the_rules_own_keys_and_window),
        cmocka_unit_test(group__does_not_take_one_verdict_for_another),
        cmocka_unit_test(group__forgets_the_oldest_and_counts_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
