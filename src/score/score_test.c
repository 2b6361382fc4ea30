#include "score/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define STEPS_MAX  8u
#define FIELDS_MAX 24u
#define DOCUMENT   "docs/FINDINGS.md"
#define COLUMNS    13u

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
    static const str critical[] = { STR_INIT("MAC-BOARD") };
    struct host hosts_at[] = { { .id = STR("host") },
                               { .id = STR("other") },
                               { .id = STR("third"), .name = STR("mac-board.example") } };
    const struct hosts hosts = { .at = hosts_at, .count = COUNT_OF(hosts_at) };
    const struct score_options options = { .hosts = &hosts,
                                           .critical_hosts = critical,
                                           .critical_host_count = 1 };
    struct scorer *scorer = scorer_new(&options);
    s->finding.missed = missed;
    score(scorer, &s->finding, batch);
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

// One place counts once, however many things are in such places.
static void hidden_everything(struct sample *s)
{
    untrusted(s);
    show(s, 0, FIELD_PROCESS_PATH_CLASS, value_of_text(STR("tmp")));
    show(s, 0, FIELD_FILE_PATH_CLASS, value_of_text(STR("users_shared")));
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

// Confidence, and what is said to be unseen.
static void score__knows_what_was_not_known(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*change)(struct sample *s);
        uint64_t missed;
        uint32_t confidence;
        size_t unseen;
    } examples[] = {
        { "all known", nothing, 0, 100, 0 },
        { "linkage unknown", linkage_unknown, 0, 80, 1 },
        { "parent unknown", parent_unknown, 0, 90, 1 },
        { "start unseen", start_unseen, 0, 85, 1 },
        { "library of unknown signer", library_unknown, 0, 85, 1 },
        { "library of known signer", library_known, 0, 100, 0 },
        { "one record missed", nothing, 1, 80, 1 },
        { "everything unknown", everything_unknown, 12, 20, 5 },
        { "nothing shown is nothing known", nothing_shown, 0, 30, 5 },
        { "known by its start", known_by_start, 0, 95, 1 },
        { "known by its pid", known_by_pid, 0, 85, 1 },
        { "named by the sensor", known_by_sensor, 0, 100, 0 },
        { "signature not told", signature_untold, 0, 90, 1 },
        { "what the Mac could not show", doubted, 0, 90, 2 },
        { "never below nothing", doubted_everywhere, 3, 0, 9 },
    };
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        struct sample s;
        struct batch batch;
        batch_init(&batch);
        begin(&s, LEVEL_HIGH, 1);
        examples[i].change(&s);
        judge(&s, examples[i].missed, &batch);
        const struct finding *f = &s.finding;
        if (f->confidence != examples[i].confidence || f->unseen_count != examples[i].unseen)
            fail_msg("%s: confidence %u, %zu unseen", examples[i].name, f->confidence,
                     f->unseen_count);
        assert_int_equal(f->verdict, VERDICT_NEW);
        batch_done(&batch);
    }
}

static void mark_text(struct sample *s, enum field field, str cell)
{
    if (!str_eq(cell, STR("-")))
        show(s, 0, field, value_of_text(cell));
}

static bool is_yes(str cell)
{
    if (!str_eq(cell, STR("yes")) && !str_eq(cell, STR("-")))
        fail_msg(DOCUMENT ": \"%.*s\" is neither yes nor -", STR_ARG(cell));
    return str_eq(cell, STR("yes"));
}

static void mark_baseline(struct sample *s, str cell)
{
    if (str_eq(cell, STR("never")))
        s->finding.rarity = (struct finding_rarity){ true, 0, 200, 0 };
    else if (str_eq(cell, STR("usual")))
        s->finding.rarity = (struct finding_rarity){ true, 20, 200, 3 };
    else if (str_eq(cell, STR("some")))
        s->finding.rarity = (struct finding_rarity){ true, 19, 200, 30 };
    else if (str_eq(cell, STR("brief")))
        s->finding.rarity = (struct finding_rarity){ true, 150, 200, 2 };
    else
        assert_true(str_eq(cell, STR("-")));
}

// One line of the table of docs/FINDINGS.md, its cells without blanks around them.
static void judge_line(const str cells[COLUMNS])
{
    struct finding_doubt many[6];
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = (struct finding_doubt){ STR_INIT("something"), 5 };
    struct sample s;
    struct batch batch;
    enum level level;
    uint64_t steps = 0;
    uint64_t unknown = 0;
    uint64_t expected = 0;
    assert_true(level_of(cells[0], &level) && str_to_u64(cells[8], &steps));
    assert_true(str_to_u64(cells[11], &unknown) && unknown <= COUNT_OF(many));
    assert_true(str_to_u64(cells[12], &expected));
    batch_init(&batch);
    begin(&s, level, steps);
    s.finding.host = is_yes(cells[1]) ? 2 : 0;
    if (is_yes(cells[2]))
        set(&s, 0, FIELD_PROCESS_SIGNATURE_TRUSTED, value_of_bool(false));
    mark_text(&s, FIELD_PROCESS_PATH_CLASS, cells[3]);
    mark_text(&s, FIELD_DLL_SIGNER, cells[4]);
    if (is_yes(cells[5]))
        show(&s, 0, FIELD_PROCESS_IMAGE_AGE, value_of_text(STR("new")));
    if (is_yes(cells[6]))
        show(&s, 0, FIELD_DLL_QUARANTINE, value_of_text(STR("yes")));
    if (is_yes(cells[7]))
        show(&s, 0, FIELD_TARGET_SAME_TEAM, value_of_bool(false));
    mark_baseline(&s, cells[9]);
    show(&s, steps - 1, FIELD_PROCESS_CONTEXT, value_of_text(cells[10]));
    s.finding.doubts = many;
    s.finding.doubt_count = unknown;
    judge(&s, 0, &batch);
    if (s.finding.score != expected)
        fail_msg(DOCUMENT ": %.*s with %.*s steps is %u, not %.*s", STR_ARG(cells[0]),
                 STR_ARG(cells[8]), s.finding.score, STR_ARG(cells[12]));
    batch_done(&batch);
}

static str trimmed(str s)
{
    while (s.len > 0 && s.at[0] == ' ')
        s = str_from(s, 1);
    while (s.len > 0 && s.at[s.len - 1] == ' ')
        s.len--;
    return s;
}

// What the page says is what is computed.
static void score__worked_examples_are_those_of_the_page(void **state)
{
    (void)state;
    char line[1024];
    size_t count = 0;
    bool is_table = false;
    FILE *page = fopen(DOCUMENT, "rb");
    assert_non_null(page);
    while (fgets(line, sizeof line, page) != NULL) {
        str rest = str_of(line);
        if (str_starts_with(rest, STR("| Level | Critical")))
            is_table = true;
        if (!is_table || rest.len < 3 || rest.at[2] == '-' || rest.at[2] == 'L') {
            is_table = is_table && rest.len > 1;
            continue;
        }
        str cells[COLUMNS];
        str cell;
        size_t columns = 0;
        rest = str_from(rest, 1);
        while (columns < COLUMNS && str_take_until(&rest, '|', &cell))
            cells[columns++] = trimmed(cell);
        assert_int_equal(columns, COLUMNS);
        judge_line(cells);
        count++;
    }
    (void)fclose(page);
    assert_true(count >= 20);
}

// Whatever the circumstances, a lesser level never comes first.
static void score__levels_never_meet(void **state)
{
    (void)state;
    uint32_t before = 0;
    for (size_t level = 0; level < LEVEL_COUNT; level++) {
        struct sample s;
        struct batch batch;
        batch_init(&batch);
        begin(&s, (enum level)level, 1);
        everything_unknown(&s);
        s.finding.rarity = (struct finding_rarity){ true, 200, 200, 30 };
        show(&s, 0, FIELD_PROCESS_CONTEXT, value_of_text(STR("dev")));
        judge(&s, 5, &batch);
        assert_true(level == 0 || s.finding.score > before);
        batch_done(&batch);

        batch_init(&batch);
        begin(&s, (enum level)level, 8);
        hidden_everything(&s);
        s.finding.rarity = (struct finding_rarity){ true, 0, 200, 0 };
        show(&s, 0, FIELD_DLL_SIGNER, value_of_text(STR("unsigned")));
        show(&s, 0, FIELD_DLL_IMAGE_AGE, value_of_text(STR("new")));
        show(&s, 0, FIELD_DLL_QUARANTINE, value_of_text(STR("yes")));
        show(&s, 0, FIELD_TARGET_SAME_TEAM, value_of_bool(false));
        judge(&s, 0, &batch);
        before = s.finding.score;
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
    s.finding.host = 2;
    show(&s, 0, FIELD_DLL_SIGNER, value_of_text(STR("foreign")));
    show(&s, 1, FIELD_DLL_IMAGE_AGE, value_of_text(STR("new")));
    show(&s, 1, FIELD_TARGET_SAME_TEAM, value_of_bool(false));
    show(&s, 2, FIELD_PROCESS_CONTEXT, value_of_text(STR("test")));
    s.finding.rarity = (struct finding_rarity){ true, 0, 120, 0 };
    judge(&s, 12, &batch);

    static const str reasons[] = {
        STR_INIT("90 for level critical"),
        STR_INIT("which is one above the rule's (high): the Mac is in $critical_hosts"),
        STR_INIT("+3 the process is not of a trusted signer"),
        STR_INIT("+3 the program is in a hidden or temporary place (tmp)"),
        STR_INIT("+2 another team signed a library"),
        STR_INIT("+2 a library is less than a day old"),
        STR_INIT("+1 a program of another signer was acted upon"),
        STR_INIT("+2 never seen on the 120 Macs of the baseline"),
        STR_INIT("+2 a chain of 3 steps was completed"),
        STR_INIT("of these at most +12 count"),
        STR_INIT("-2 it runs in the context test"),
        STR_INIT("-1 for what could not be seen"),
    };
    assert_int_equal(s.finding.reason_count, COUNT_OF(reasons));
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        assert_true(str_eq(s.finding.reasons[i], reasons[i]));
    assert_int_equal(s.finding.level, LEVEL_CRITICAL);
    assert_int_equal(s.finding.score, 99);
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
        cmocka_unit_test(score__knows_what_was_not_known),
        cmocka_unit_test(score__worked_examples_are_those_of_the_page),
        cmocka_unit_test(score__levels_never_meet),
        cmocka_unit_test(score__says_its_parts_in_words),
        cmocka_unit_test(score__id_stays_what_it_was),
        cmocka_unit_test(score__id_differs_when_any_part_does),
        cmocka_unit_test(score_want__wants_what_scoring_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
