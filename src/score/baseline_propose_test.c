#include "score/baseline_propose.h"

#include "score/exception_fixture.h"

#include <stdio.h>

#define DAY_S 86400

static const struct baseline_wish wish = {
    .owner = STR_INIT("ann@example.org"),
    .reason = STR_INIT("The choir's plug-in"),
    .now_ns = NOON_NS,
};
static struct arena arena;

static int done(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void assert_text(str text, const char *expected)
{
    if (!str_eq(text, str_of(expected)))
        fail_msg("\"%.*s\", expected \"%s\"", STR_ARG(text), expected);
}

static struct baseline_proposed propose(const struct sample *s)
{
    struct baseline_proposed proposed = { .count = 0 };
    struct err err = { .text = "" };
    if (baseline_propose(&s->finding, &wish, &arena, &proposed, &err) != OK)
        fail_msg("%s", err.text);
    return proposed;
}

static void assert_refused(const struct sample *s, const char *sentence)
{
    struct baseline_proposed proposed = { .count = 77 };
    struct err err = { .text = "" };
    assert_int_equal(baseline_propose(&s->finding, &wish, &arena, &proposed, &err), ERR_CONFIG);
    assert_string_equal(err.text, sentence);
    assert_int_equal(proposed.count, 77);
}

// A library of another team, mapped twice on two days.
static void make(struct sample *s)
{
    begin(s, 2);
    for (size_t i = 0; i < 2; i++) {
        s->steps[i].action = ACTION_LOAD;
        s->steps[i].time_ns = NOON_NS - (int64_t)(1 - i) * DAY_NS;
        add_library(s, i);
    }
}

static void baseline_propose__names_what_was_done(void **state)
{
    struct sample s;
    uint8_t key[BASELINE_KEY_BYTES];
    (void)state;
    make(&s);
    const struct baseline_proposed p = propose(&s);
    assert_int_equal(p.count, 1);
    const struct baseline_row *row = &p.rows[0];
    assert_text(row->evidence.behaviour, "library-foreign");
    assert_text(row->evidence.actor, "PRL0XMPL88/com.example.parlo");
    assert_text(row->evidence.object, "KWT0XMPL77/com.example.kwartet.plug");
    assert_text(row->evidence.actor_path, "/Applications/Parlo 4.11.app/Contents/MacOS/Parlo");
    assert_text(row->evidence.rules, "S09");
    assert_int_equal(row->evidence.events, 2);
    assert_int_equal(row->evidence.first_ns, NOON_NS - DAY_NS);
    assert_int_equal(row->evidence.last_ns, NOON_NS);
    assert_int_equal(row->host_count, 1);
    assert_int_equal(row->day_count, 2);
    assert_int_equal(row->state, BASELINE_EXPECTED);
    assert_false(row->allows_critical);
    assert_text(row->owner, "ann@example.org");
    assert_text(row->reason, "The choir's plug-in");
    assert_int_equal(row->promoted_s, NOON_NS / 1000000000);
    assert_int_equal(row->expires_s % DAY_S, 0);
    assert_int_equal(row->expires_s / DAY_S - row->promoted_s / DAY_S, BASELINE_PROPOSED_DAYS + 1);
    baseline_key_of(row->evidence.actor, row->evidence.behaviour, row->evidence.object, key);
    assert_memory_equal(row->key, key, sizeof key);
}

static void baseline_propose__leaves_critical_ones_to_a_person(void **state)
{
    struct sample s;
    (void)state;
    make(&s);
    s.rule.level = LEVEL_CRITICAL;
    const struct baseline_proposed p = propose(&s);
    assert_int_equal(p.rows[0].state, BASELINE_PROPOSAL);
    assert_true(p.rows[0].evidence.is_critical);
    assert_int_equal(p.rows[0].owner.len, 0);
    assert_int_equal(p.rows[0].expires_s, 0);
}

static void baseline_propose__refuses_what_it_would_not_cover(void **state)
{
    struct sample s;
    (void)state;
    make(&s);
    show(&s, 1, FIELD_DLL_SIGNING_ID, (struct value){ .type = VALUE_MISSING });
    show(&s, 1, FIELD_DLL_TEAM_ID, (struct value){ .type = VALUE_MISSING });
    show(&s, 1, FIELD_DLL_HASH_CDHASH, (struct value){ .type = VALUE_MISSING });
    assert_refused(&s, "step 2, library-foreign: what it acts on has no identity");
    make(&s);
    show(&s, 0, FIELD_PROCESS_TEAM_ID, (struct value){ .type = VALUE_MISSING });
    assert_refused(&s, "step 1, library-foreign: who acts has no identity");
    make(&s);
    s.steps[1].action = ACTION_END;
    assert_refused(&s, "its last step is no behaviour that a baseline counts; an exception can say "
                       "it");
    s.steps[0].action = ACTION_END;
    assert_refused(&s, "none of its steps is a behaviour that a baseline counts");
    s.finding.step_count = 0;
    assert_refused(&s, "none of its steps is a behaviour that a baseline counts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(baseline_propose__names_what_was_done),
        cmocka_unit_test(baseline_propose__leaves_critical_ones_to_a_person),
        cmocka_unit_test(baseline_propose__refuses_what_it_would_not_cover),
    };
    return cmocka_run_group_tests(tests, NULL, done);
}
