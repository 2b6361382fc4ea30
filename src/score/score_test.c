#include "score/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define STEPS_MAX  8u
#define FIELDS_MAX 16u

// A finding that a test fills step by step.
struct sample {
    struct rule_facts rule;
    struct finding_step steps[STEPS_MAX];
    struct finding_field fields[STEPS_MAX][FIELDS_MAX];
    struct finding finding;
};

static void show(struct sample *s, size_t step, enum field field, struct value value)
{
    const size_t at = s->steps[step].field_count++;
    assert_true(at < FIELDS_MAX);
    s->fields[step][at] = (struct finding_field){ .field = field, .value = value };
}

// Steps of a trusted process of which everything is known.
static void begin(struct sample *s, enum level level, size_t step_count)
{
    *s = (struct sample){ .rule = { .id = STR("S01"), .version = 3, .level = level } };
    assert_true(step_count <= STEPS_MAX);
    for (size_t i = 0; i < step_count; i++) {
        s->steps[i] = (struct finding_step){
            .time_ns = 1000 + (int64_t)i,
            .sequence = 10 + i,
            .action = ACTION_EXEC,
            .categories = CATEGORY_PROCESS,
            .fields = s->fields[i],
        };
        show(s, i, FIELD_PROCESS_ENTITY_ID, value_of_text(STR("h/1/1")));
        show(s, i, FIELD_PROCESS_SIGNATURE_TRUSTED, value_of_bool(true));
        show(s, i, FIELD_PROCESS_KNOWN, value_of_bool(true));
        show(s, i, FIELD_PARENT_KNOWN, value_of_bool(true));
        show(s, i, FIELD_MACHO_NATIVE_API, value_of_text(STR("yes")));
        show(s, i, FIELD_PROCESS_IDENTITY, value_of_text(STR("pidversion")));
        show(s, i, FIELD_PROCESS_SIGNATURE_TOLD, value_of_bool(true));
    }
    s->finding = (struct finding){
        .rule = &s->rule,
        .host_id = STR("host"),
        .steps = s->steps,
        .step_count = step_count,
    };
}

static void set(struct sample *s, size_t step, enum field field, struct value value)
{
    for (size_t i = 0; i < s->steps[step].field_count; i++)
        if (s->fields[step][i].field == field)
            s->fields[step][i].value = value;
}

static void judge(struct sample *s, uint64_t missed, struct batch *batch)
{
    struct scorer *scorer = scorer_new();
    s->finding.missed = missed;
    score(scorer, &s->finding, batch);
    assert_int_equal(scorer_counts(scorer)->in, 1);
    assert_int_equal(scorer_counts(scorer)->by_level[s->rule.level], 1);
    scorer_free(scorer);
}

static void nothing(struct sample *s)
{
    (void)s;
}

static void untrusted(struct sample *s)
{
    set(s, 0, FIELD_PROCESS_SIGNATURE_TRUSTED, value_of_bool(false));
}

static void hidden_program(struct sample *s)
{
    show(s, 0, FIELD_PROCESS_PATH_CLASS, value_of_text(STR("hidden")));
}

// One place counts once, however many things are in such places.
static void hidden_everything(struct sample *s)
{
    untrusted(s);
    show(s, 0, FIELD_PROCESS_PATH_CLASS, value_of_text(STR("tmp")));
    show(s, 0, FIELD_FILE_PATH_CLASS, value_of_text(STR("users_shared")));
}

static void usual_place(struct sample *s)
{
    show(s, 0, FIELD_PROCESS_PATH_CLASS, value_of_text(STR("applications")));
}

static void linkage_unknown(struct sample *s)
{
    set(s, 0, FIELD_MACHO_NATIVE_API, value_of_text(STR("unknown")));
}

static void parent_unknown(struct sample *s)
{
    set(s, 0, FIELD_PARENT_KNOWN, value_of_bool(false));
}

static void start_unseen(struct sample *s)
{
    set(s, 0, FIELD_PROCESS_KNOWN, value_of_bool(false));
}

static void library_unknown(struct sample *s)
{
    show(s, 0, FIELD_DLL_PATH, value_of_text(STR("/x.dylib")));
    show(s, 0, FIELD_DLL_SIGNER, value_of_text(STR("unknown")));
}

static void library_known(struct sample *s)
{
    show(s, 0, FIELD_DLL_PATH, value_of_text(STR("/x.dylib")));
    show(s, 0, FIELD_DLL_SIGNER, value_of_text(STR("adhoc")));
}

static void everything_unknown(struct sample *s)
{
    linkage_unknown(s);
    parent_unknown(s);
    start_unseen(s);
    library_unknown(s);
}

static void known_by_start(struct sample *s)
{
    set(s, 0, FIELD_PROCESS_IDENTITY, value_of_text(STR("start_time")));
}

static void known_by_pid(struct sample *s)
{
    set(s, 0, FIELD_PROCESS_IDENTITY, value_of_text(STR("pid")));
}

static void known_by_sensor(struct sample *s)
{
    set(s, 0, FIELD_PROCESS_IDENTITY, value_of_text(STR("sensor")));
}

static void signature_untold(struct sample *s)
{
    set(s, 0, FIELD_PROCESS_SIGNATURE_TOLD, value_of_bool(false));
}

static void doubted(struct sample *s)
{
    static const struct finding_doubt doubts[] = {
        { STR_INIT("no sensor of this host shows trace"), 5 },
        { STR_INIT("arguments cannot be told on this host"), 5 },
    };
    s->finding.doubts = doubts;
    s->finding.doubt_count = COUNT_OF(doubts);
}

static void doubted_everywhere(struct sample *s)
{
    everything_unknown(s);
    known_by_pid(s);
    signature_untold(s);
    doubted(s);
}

static void nothing_shown(struct sample *s)
{
    s->steps[0].field_count = 0;
}

static void score__worked_examples(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum level level;
        size_t steps;
        void (*change)(struct sample *s);
        uint64_t missed;
        uint32_t score;
        uint32_t confidence;
        size_t unseen;
        size_t reasons;
    } examples[] = {
        { "one step, informational", LEVEL_INFORMATIONAL, 1, nothing, 0, 10, 100, 0, 1 },
        { "one step, low", LEVEL_LOW, 1, nothing, 0, 30, 100, 0, 1 },
        { "one step, medium", LEVEL_MEDIUM, 1, nothing, 0, 50, 100, 0, 1 },
        { "one step, high", LEVEL_HIGH, 1, nothing, 0, 70, 100, 0, 1 },
        { "one step, critical", LEVEL_CRITICAL, 1, nothing, 0, 90, 100, 0, 1 },
        { "three steps", LEVEL_HIGH, 3, nothing, 0, 72, 100, 0, 2 },
        { "six steps", LEVEL_HIGH, 6, nothing, 0, 75, 100, 0, 2 },
        { "the chain counts no further", LEVEL_HIGH, 8, nothing, 0, 75, 100, 0, 2 },
        { "untrusted", LEVEL_HIGH, 1, untrusted, 0, 75, 100, 0, 2 },
        { "hidden program", LEVEL_HIGH, 1, hidden_program, 0, 75, 100, 0, 2 },
        { "untrusted in several places", LEVEL_HIGH, 1, hidden_everything, 0, 80, 100, 0, 3 },
        { "usual place", LEVEL_HIGH, 1, usual_place, 0, 70, 100, 0, 1 },
        { "the largest stays within its level", LEVEL_MEDIUM, 8, hidden_everything, 0, 65, 100, 0,
          4 },
        { "never above 100", LEVEL_CRITICAL, 8, hidden_everything, 0, 100, 100, 0, 4 },
        { "linkage unknown", LEVEL_HIGH, 1, linkage_unknown, 0, 69, 80, 1, 2 },
        { "parent unknown", LEVEL_HIGH, 1, parent_unknown, 0, 69, 90, 1, 2 },
        { "start unseen", LEVEL_HIGH, 1, start_unseen, 0, 69, 85, 1, 2 },
        { "library of unknown signer", LEVEL_HIGH, 1, library_unknown, 0, 69, 85, 1, 2 },
        { "library of known signer", LEVEL_HIGH, 1, library_known, 0, 70, 100, 0, 1 },
        { "one record missed", LEVEL_HIGH, 1, nothing, 1, 69, 80, 1, 2 },
        { "everything unknown", LEVEL_HIGH, 1, everything_unknown, 12, 65, 20, 5, 2 },
        { "nothing shown is nothing known", LEVEL_LOW, 1, nothing_shown, 0, 25, 30, 5, 2 },
        { "known by its start", LEVEL_HIGH, 1, known_by_start, 0, 69, 95, 1, 2 },
        { "known by its pid", LEVEL_HIGH, 1, known_by_pid, 0, 69, 85, 1, 2 },
        { "named by the sensor", LEVEL_HIGH, 1, known_by_sensor, 0, 70, 100, 0, 1 },
        { "signature not told", LEVEL_HIGH, 1, signature_untold, 0, 69, 90, 1, 2 },
        { "what the Mac could not show", LEVEL_HIGH, 1, doubted, 0, 68, 90, 2, 2 },
        { "the unknown counts no further", LEVEL_LOW, 1, doubted_everywhere, 3, 25, 0, 9, 2 },
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct sample s;
        struct batch batch;
        batch_init(&batch);
        begin(&s, examples[i].level, examples[i].steps);
        examples[i].change(&s);
        judge(&s, examples[i].missed, &batch);
        const struct finding *f = &s.finding;
        if (f->score != examples[i].score || f->confidence != examples[i].confidence ||
            f->unseen_count != examples[i].unseen || f->reason_count != examples[i].reasons)
            fail_msg("%s: score %u, confidence %u, %zu unseen, %zu reasons", examples[i].name,
                     f->score, f->confidence, f->unseen_count, f->reason_count);
        assert_int_equal(f->level, examples[i].level);
        assert_int_equal(f->verdict, VERDICT_NEW);
        batch_done(&batch);
    }
}

static void score__says_its_parts_in_words(void **state)
{
    (void)state;
    struct sample s;
    struct batch batch;
    batch_init(&batch);
    begin(&s, LEVEL_HIGH, 3);
    hidden_everything(&s);
    judge(&s, 12, &batch);

    static const str reasons[] = {
        STR_INIT("70 for level high"),
        STR_INIT("+5 the process is not of a trusted signer"),
        STR_INIT("+5 the program is in a hidden or temporary place (tmp)"),
        STR_INIT("+2 a chain of 3 steps was completed"),
        STR_INIT("-1 for what could not be seen"),
    };
    assert_int_equal(s.finding.reason_count, COUNT_OF(reasons));
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        assert_true(str_eq(s.finding.reasons[i], reasons[i]));
    assert_int_equal(s.finding.unseen_count, 1);
    assert_true(str_eq(s.finding.unseen[0], STR("12 records of this host were lost before this")));
    batch_done(&batch);
}

// Changing this value changes every id that was ever written: see score.h.
#define KNOWN_ID "2c9882ff19275391602be45fef07f06d"

static void score__id_stays_what_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct sample s;
        struct batch batch;
        batch_init(&batch);
        begin(&s, LEVEL_HIGH, 2);
        s.finding.host = (uint32_t)i;  // The order of inputs.
        judge(&s, i, &batch);
        assert_string_equal(s.finding.id, KNOWN_ID);
        batch_done(&batch);
    }
}

static void other_rule(struct sample *s)
{
    s->rule.id = STR("S02");
}

static void other_version(struct sample *s)
{
    s->rule.version++;
}

static void other_host(struct sample *s)
{
    s->finding.host_id = STR("host2");
}

static void other_time(struct sample *s)
{
    s->steps[1].time_ns++;
}

static void other_sequence(struct sample *s)
{
    s->steps[0].sequence++;
}

static void other_action(struct sample *s)
{
    s->steps[1].action = ACTION_FORK;
}

static void other_entity(struct sample *s)
{
    set(s, 1, FIELD_PROCESS_ENTITY_ID, value_of_text(STR("h/1/2")));
}

static void other_order(struct sample *s)
{
    const struct finding_step first = s->steps[0];
    s->steps[0] = s->steps[1];
    s->steps[1] = first;
}

static void fewer_steps(struct sample *s)
{
    s->finding.step_count = 1;
}

// The same octets, divided otherwise.
static void moved_border(struct sample *s)
{
    s->rule.id = STR("S0");
    s->finding.host_id = STR("1host");
}

static void score__id_differs_when_any_part_does(void **state)
{
    (void)state;
    static void (*const changes[])(struct sample * s) = {
        nothing,      other_rule,   other_version, other_host,  other_time,   other_sequence,
        other_action, other_entity, other_order,   fewer_steps, moved_border,
    };
    char ids[COUNT_OF(changes)][33];
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct sample s;
        struct batch batch;
        batch_init(&batch);
        begin(&s, LEVEL_HIGH, 2);
        changes[i](&s);
        judge(&s, 0, &batch);
        memcpy(ids[i], s.finding.id, sizeof ids[i]);
        assert_int_equal(strspn(ids[i], "0123456789abcdef"), 32);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(ids[i], ids[k]);
        batch_done(&batch);
    }
}

// Of the actions that rules look at; nothing is filled in for events that no rule will ever keep.
static void score_want__wants_what_scoring_reads(void **state)
{
    (void)state;
    static const enum field read[] = { FIELD_MACHO_NATIVE_API, FIELD_PARENT_KNOWN,
                                       FIELD_PROCESS_KNOWN, FIELD_PROCESS_SIGNATURE_TRUSTED };
    struct projection p = { 0 };
    projection_want(&p, ACTION_EXEC, FIELD_PROCESS_NAME);
    projection_want(&p, ACTION_LOAD, FIELD_DLL_NAME);
    score_want(&p);
    projection_compile(&p);
    for (size_t i = 0; i < COUNT_OF(read); i++) {
        assert_true(projection_wants(&p, ACTION_EXEC, read[i]));
        assert_true(projection_wants(&p, ACTION_LOAD, read[i]));
    }
    assert_true(projection_wants(&p, ACTION_LOAD, FIELD_DLL_SIGNER));
    assert_false(projection_wants(&p, ACTION_EXEC, FIELD_DLL_SIGNER));
    assert_true(projection_wants(&p, ACTION_EXEC, FIELD_PROCESS_COMMAND_LINE));
    assert_false(projection_wants(&p, ACTION_LOAD, FIELD_PROCESS_COMMAND_LINE));
    assert_int_equal(p.count[ACTION_DELETION], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(score__worked_examples),
        cmocka_unit_test(score__says_its_parts_in_words),
        cmocka_unit_test(score__id_stays_what_it_was),
        cmocka_unit_test(score__id_differs_when_any_part_does),
        cmocka_unit_test(score_want__wants_what_scoring_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
