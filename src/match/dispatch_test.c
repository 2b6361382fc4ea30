// Which stages an event is asked, in which order, and that none is left out which it meets: whatever is
// remembered of values that were met before.

#include "match/fixture.h"
#include "match/recall.h"

#include "base/buf.h"
#include "match/rules.h"

#define OFFERED_MAX 256u

struct asking {
    struct fixture f;
    struct eql_scratch *scratch;
    struct recall *memories[ACTION_COUNT];
};

static void load(struct asking *a, const char *const *queries, size_t count)
{
    fixture_load(&a->f, queries, count, NULL);
    a->scratch = eql_scratch_new(a->f.rules->pool);
    for (size_t i = 0; i < ACTION_COUNT; i++)
        a->memories[i] = recall_new(&a->f.rules->dispatch[i]);
}

static void unload(struct asking *a)
{
    for (size_t i = 0; i < ACTION_COUNT; i++)
        recall_free(a->memories[i]);
    eql_scratch_free(a->scratch);
    fixture_unload(&a->f);
}

static uint32_t stages_offered(struct asking *a, struct rule_stage *out)
{
    struct recall_cursor cursor;
    uint32_t count = 0;
    eql_look_at(a->scratch, &a->f.event);
    recall_begin(a->memories[a->f.event.action], &a->f.event, a->scratch, &cursor);
    while (recall_next(&cursor, &out[count]))
        assert_true(++count < OFFERED_MAX);
    return count;
}

// Whether an event of these names is asked the only stage of the rule, the first time and later; NULL: it
// has none.
static bool is_asked(const char *condition, const char *name, const char *parent)
{
    struct rule_stage stages[OFFERED_MAX];
    struct asking a;
    char query[4096];
    const char *const queries[] = { query };
    (void)snprintf(query, sizeof query, "process where %s", condition);
    load(&a, queries, 1);
    fixture_next(&a.f, ACTION_EXEC, 1);
    if (name != NULL)
        fixture_set(&a.f, FIELD_PROCESS_NAME, name);
    if (parent != NULL)
        fixture_set(&a.f, FIELD_PARENT_NAME, parent);
    const uint32_t count = stages_offered(&a, stages);
    assert_int_equal(stages_offered(&a, stages), count);
    // What it is asked it may not meet, but what it meets it must be asked.
    assert_true(eql_holds(a.scratch, a.f.rules->at[0].plan->stages[0].condition, NULL) <= count);
    unload(&a);
    return count > 0;
}

static void recall_next__gives_later_stages_first_and_until_last(void **state)
{
    (void)state;
    const char *const rules[] = {
        "process where true",
        ("sequence by process.entity_id [process where true] [process where process.name == "
         "\"sh\"] [process where process.parent.name == \"ssh\"] until [process where true]"),
        "file where true",
        "any where process.name : \"SH\"",
        "sequence by process.entity_id [file where true] [process where true] with runs=2",
    };
    const struct rule_stage expected[] = {
        { 0, 0 }, { 1, 2 }, { 1, 1 }, { 1, 0 }, { 1, STAGE_UNTIL }, { 3, 0 }, { 4, 2 }, { 4, 1 },
    };
    struct rule_stage stages[OFFERED_MAX];
    struct asking a;
    load(&a, rules, COUNT_OF(rules));
    fixture_next(&a.f, ACTION_EXEC, 1);
    fixture_set(&a.f, FIELD_PROCESS_NAME, "sh");
    fixture_set(&a.f, FIELD_PARENT_NAME, "ssh");
    assert_int_equal(stages_offered(&a, stages), COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(stages[i].rule, expected[i].rule);
        assert_int_equal(stages[i].stage, expected[i].stage);
    }
    unload(&a);
}

static void dispatch_init__leaves_out_what_an_action_cannot_meet(void **state)
{
    (void)state;
    const char *const rules[] = {
        "process where event.action == \"exec\"",
        "process where event.type == \"start\" and process.pid > 1",
        "process where event.action in (\"fork\", \"end\")",
        "library where true",
        "api where event.category == \"library\"",
        "process where event.action == \"exec\" and event.action == \"fork\"",
        "process where event.action != \"exec\" or process.pid == 1",
        "any where not event.action : \"EX*\"",
    };
    const struct {
        enum action action;
        bool asked[COUNT_OF(rules)];
    } cases[] = {
        { ACTION_EXEC, { true, true, false, false, false, false, true, false } },
        { ACTION_FORK, { false, true, true, false, false, false, true, true } },
        { ACTION_END, { false, false, true, false, false, false, true, true } },
        { ACTION_LOAD, { false, false, false, true, true, false, false, true } },
        { ACTION_MMAP, { false, false, false, false, false, false, false, true } },
    };
    struct fixture f;
    fixture_load(&f, rules, COUNT_OF(rules), NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (uint32_t rule = 0; rule < COUNT_OF(rules); rule++)
            if (dispatch_has(&f.rules->dispatch[cases[i].action], (struct rule_stage){ rule, 0 }) !=
                cases[i].asked[rule])
                fail_msg("case %zu, rule %u", i, rule);
    fixture_unload(&f);
}

static void recall_next__leaves_out_what_a_name_excludes(void **state)
{
    (void)state;
    const char *const same_case = "process.name == \"Finder\"";
    assert_true(is_asked(same_case, "Finder", NULL));
    assert_false(is_asked(same_case, "Finder2", NULL));
    assert_false(is_asked(same_case, "", NULL));
    assert_false(is_asked(same_case, NULL, "Finder"));
    assert_true(is_asked("\"Finder\" == process.name", "Finder", NULL));
    assert_false(is_asked("\"Finder\" == process.name", "Dock", NULL));

    const char *const several[] = {
        "process.name in (\"sh\", \"zsh\", \"bash\")",
        "process.name : (\"sh\", \"ZSH\", \"bash\")",
        "process.name in~ (\"SH\", \"zsh\", \"bash\") and process.pid == null",
        "(process.pid == null and (process.args == null and process.name like~ (\"Zsh\", \"sh\")))",
    };
    for (size_t i = 0; i < COUNT_OF(several); i++) {
        assert_true(is_asked(several[i], "zsh", NULL));
        assert_true(is_asked(several[i], "sh", "launchd"));
        assert_false(is_asked(several[i], "ksh", NULL));
        assert_false(is_asked(several[i], "zs", NULL));
        assert_false(is_asked(several[i], NULL, "zsh"));
    }

    const char *const parent = "process.parent.name == \"sshd\" and process.pid == null";
    assert_true(is_asked(parent, "anything", "sshd"));
    assert_false(is_asked(parent, "sshd", "sh"));
    assert_false(is_asked(parent, "sshd", NULL));
}

static void recall_next__needs_both_names_where_both_are_named(void **state)
{
    (void)state;
    const char *const both = "process.parent.name == \"sshd\" and process.name == \"sh\"";
    assert_true(is_asked(both, "sh", "sshd"));
    assert_false(is_asked(both, "sh", "zsh"));
    assert_false(is_asked(both, "zsh", "sshd"));
    assert_false(is_asked(both, "sshd", "sh"));
}

// Names that are not needed for the condition must not keep events from it.
static void recall_next__is_not_misled_by_names_under_not_and_or(void **state)
{
    (void)state;
    const char *const open[] = {
        "not process.name == \"sh\"",
        "process.name != \"sh\"",
        "not process.name in (\"sh\", \"zsh\")",
        "process.name == \"sh\" or process.pid == null",
        "process.name == \"sh\" or process.parent.name == \"sh\" or true",
        "not (process.name == \"sh\" and process.pid == 7)",
        "process.name : \"*\" or process.name == null",
        "process.name == null or process.name == \"Dock\"",
        "length(process.name) == 4 or ?process.name == null",
        "process.name == process.name or process.name == null",
    };
    for (size_t i = 0; i < COUNT_OF(open); i++) {
        assert_true(is_asked(open[i], "Dock", NULL));
        assert_true(is_asked(open[i], NULL, NULL));
        assert_true(is_asked(open[i], NULL, "sh"));
    }
    assert_true(is_asked("process.name : (\"sh\", \"k*\", \"Doc?\")", "Dock", NULL));
    assert_true(is_asked("process.name : (\"sh\", \"k*\", \"Doc?\")", "KSH", NULL));
}

// Longer texts than are remembered, and names that differ in their last octet only.
static void match__bears_names_of_300_octets(void **state)
{
    (void)state;
    const size_t lens[] = { RECALL_TEXT_MAX - 1, RECALL_TEXT_MAX, RECALL_TEXT_MAX + 1, 300 };
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        char name[301];
        char other[302];
        char query[512];
        struct fixture f;
        memset(name, 'N', lens[i]);
        name[lens[i]] = '\0';
        (void)snprintf(other, sizeof other, "%sN", name);
        (void)snprintf(query, sizeof query, "process where process.name == \"%s\"", name);
        fixture_load_one(&f, query);
        fixture_next(&f, ACTION_EXEC, 1);
        for (int again = 0; again < 2; again++) {
            fixture_set(&f, FIELD_PROCESS_NAME, name);
            assert_int_equal(fixture_feed(&f), 1);
            fixture_set(&f, FIELD_PROCESS_NAME, other);
            assert_int_equal(fixture_feed(&f), 0);
            f.slots[FIELD_PROCESS_NAME].len = (uint32_t)lens[i] - 1;
            assert_int_equal(fixture_feed(&f), 0);
        }
        fixture_unload(&f);
    }
}

static void match__finds_patterns_without_a_letter_of_ascii(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(&f, "process where process.command_line : (\"*\xc3\xa9\xc3\xa9*\", "
                         "\"\xe6\x96\x87*\")");
    const char *const met[] = { "a\xc3\xa9\xc3\xa9z", "\xe6\x96\x87", "\xe6\x96\x87\xe6" };
    const char *const not_met[] = { "\xc3\xa9", "\xc3\xa9-\xc3\xa9", "-\xe6\x96\x87",
                                    "\xc3\x89\xc3\x89" };
    for (size_t i = 0; i < 12; i++) {
        fixture_next(&f, ACTION_EXEC, 1);
        fixture_set(&f, FIELD_PROCESS_COMMAND_LINE, met[i % COUNT_OF(met)]);
        assert_int_equal(fixture_feed(&f), 1);
        fixture_set(&f, FIELD_PROCESS_COMMAND_LINE, not_met[i % COUNT_OF(not_met)]);
        assert_int_equal(fixture_feed(&f), 0);
    }
    fixture_unload(&f);
}

// More names than are remembered, and so many that do not repeat that none is for a while.
static void match__finds_a_name_among_any_number_of_others(void **state)
{
    (void)state;
    char name[16];
    struct fixture f;
    fixture_load_one(&f, "process where process.name : (\"sh\", \"n77\")");
    for (int i = 0; i < 10 * (int)RECALL_VALUES_MAX; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        fixture_next(&f, ACTION_EXEC, i);
        fixture_set(&f, FIELD_PROCESS_NAME, name);
        assert_int_equal(fixture_feed(&f), i == 77);
        fixture_set(&f, FIELD_PROCESS_NAME, "SH");
        assert_int_equal(fixture_feed(&f), 1);
        f.slots[FIELD_PROCESS_NAME] = (struct value){ .type = VALUE_MISSING };
        assert_int_equal(fixture_feed(&f), 0);
    }
    fixture_unload(&f);
}

// What is remembered of one text, number or list says nothing of another.
static void match__tells_values_of_a_field_apart(void **state)
{
    (void)state;
    const struct value texts[] = { value_of_text(STR("a")), value_of_text(STR("-x")) };
    const struct {
        struct value args;
        struct value pid;
        bool hard;
        size_t found;
    } cases[] = {
        { value_of_list(texts, 1), value_of_int(7), true, 2 },
        { value_of_list(texts, 2), value_of_int(7), true, 3 },
        { value_of_list(texts, 0), value_of_int(8), true, 1 },
        { value_of_text(STR("-x")), value_of_int(-7), true, 2 },
        { value_of_text(STR("-X")), value_of_float(7.0), false, 1 },
        { value_of_text(STR("")), value_of_float(7.5), false, 0 },
        { value_of_text(STR("\7\0\0\0\0\0\0\0")), { .type = VALUE_MISSING }, true, 1 },
    };
    const char *const rules[] = {
        "process where process.args == \"-x\"",
        "process where process.pid == 7",
        "process where process.Ext.cs_hard == true and process.args != \"none\"",
    };
    struct fixture f;
    fixture_load(&f, rules, COUNT_OF(rules), NULL);
    for (size_t round = 0; round < 3 * COUNT_OF(cases); round++) {
        const size_t i = round % COUNT_OF(cases);
        fixture_next(&f, ACTION_EXEC, 1);
        f.slots[FIELD_PROCESS_ARGS] = cases[i].args;
        f.slots[FIELD_PROCESS_PID] = cases[i].pid;
        f.slots[FIELD_PROCESS_CS_HARD] = value_of_bool(cases[i].hard);
        if (fixture_feed(&f) != cases[i].found)
            fail_msg("round %zu", round);
    }
    fixture_unload(&f);
}

// Patterns are found by letters in a text: letters of several octets, and texts that have those of more
// patterns than are noted of one text.
static void match__finds_a_pattern_among_any_number_of_others(void **state)
{
    (void)state;
    enum {
        COUNT = 600
    };
    static char queries[COUNT][96];
    static char line[COUNT * 8];
    const char *rules[COUNT];
    struct fixture f;
    for (int i = 0; i < COUNT; i++) {
        const char *const accent = i % 2 == 0 ? "\xc3\xa9" : "z";
        (void)snprintf(queries[i], sizeof queries[i],
                       "process where process.command_line : \"*%s%03d%s*\"", accent, i, accent);
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), "%s%03d%s ", accent, i,
                       accent);
        rules[i] = queries[i];
    }
    fixture_load(&f, rules, COUNT, NULL);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < COUNT; i += 7) {
            char text[32];
            const char *const accent = i % 2 == 0 ? "\xc3\xa9" : "Z";
            (void)snprintf(text, sizeof text, "- %s%03d%s -", accent, i, accent);
            fixture_next(&f, ACTION_EXEC, 1);
            fixture_set(&f, FIELD_PROCESS_COMMAND_LINE, text);
            assert_int_equal(fixture_feed(&f), 1);
            text[3] = '#';
            assert_int_equal(fixture_feed(&f), 0);
        }
    fixture_next(&f, ACTION_EXEC, 1);
    fixture_set(&f, FIELD_PROCESS_COMMAND_LINE, line);
    assert_int_equal(fixture_feed(&f), COUNT);
    fixture_unload(&f);
}

static void recall_next__offers_a_stage_once_however_often_it_names_a_name(void **state)
{
    (void)state;
    const char *const rules[] = { "process where process.name : (\"sh\", \"SH\", \"Sh\") and "
                                  "process.name in (\"sh\", \"zsh\")" };
    struct rule_stage stages[OFFERED_MAX];
    struct asking a;
    load(&a, rules, 1);
    fixture_next(&a.f, ACTION_EXEC, 1);
    fixture_set(&a.f, FIELD_PROCESS_NAME, "sh");
    assert_int_equal(stages_offered(&a, stages), 1);
    assert_int_equal(fixture_feed(&a.f), 1);
    unload(&a);
}

// --- Whatever the rules and the events are

struct random {
    uint64_t state;
};

static uint32_t below(struct random *r, uint32_t max)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->state >> 33) % max;
}

static const char *const names[] = { "sh", "SH", "zsh", "Dock", "a b", "", "\xc3\x89", "\xc3\xa9" };

// Few letters, so that texts, patterns and parts of them are often alike.
static size_t random_text(struct random *r, const char *letters, char *out, size_t size)
{
    const size_t len = below(r, (uint32_t)size);
    for (size_t i = 0; i < len; i++)
        out[i] = letters[below(r, (uint32_t)strlen(letters))];
    out[len] = '\0';
    return len;
}

static void add_pattern(struct random *r, struct buf *out)
{
    static const char *const fields[] = { "process.command_line", "process.args", "file.path" };
    static const char *const operators[] = { " : ", " like ", " like~ ", " in ", " in~ " };
    char text[8];
    buf_add(out, str_of(fields[below(r, COUNT_OF(fields))]));
    buf_add(out, str_of(operators[below(r, COUNT_OF(operators))]));
    for (uint32_t i = 0, count = 1 + below(r, 3); i < count; i++) {
        (void)random_text(r, "abAB**?", text, sizeof text);
        buf_printf(out, "%s\"%s\"", i == 0 ? "(" : ", ", text);
    }
    buf_add_char(out, ')');
}

static void add_condition(struct random *r, struct buf *out, int depth)
{
    static const char *const leaves[] = {
        "event.action == \"exec\"",
        "event.action in (\"fork\", \"creation\", \"load\")",
        "event.type == \"start\"",
        "event.category == \"library\"",
        "process.pid > 3",
        "process.pid == null",
        "length(process.name) == 2",
        "process.name == process.parent.name",
        "process.name like \"*h\"",
        "?process.name == null",
        "true",
        "false",
    };
    static const char *const gates[] = { "process.name", "process.parent.name" };
    static const char *const operators[] = {
        " == \"%s\"",           " != \"%s\"",         " : \"%s\"", " in (\"%s\", \"zsh\")",
        " in~ (\"x\", \"%s\")", " : (\"%s\", \"z*\")"
    };
    const uint32_t kind = below(r, depth > 0 ? 8 : 4);
    if (kind == 0) {
        buf_add(out, str_of(leaves[below(r, COUNT_OF(leaves))]));
    } else if (kind == 1) {
        add_pattern(r, out);
    } else if (kind < 4) {
        const char *operator= operators[below(r, COUNT_OF(operators))];
        const char *percent = strchr(operator, '%');
        buf_add(out, str_of(gates[below(r, 2)]));
        buf_add(out, (str){ .at = operator, .len =(size_t)(percent - operator) });
        buf_add(out, str_of(names[below(r, COUNT_OF(names))]));
        buf_add(out, str_of(percent + 2));
    } else {
        buf_add(out, kind == 4 ? STR("not (") : STR("("));
        add_condition(r, out, depth - 1);
        buf_add(out, kind < 7 ? STR(" and ") : STR(" or "));
        add_condition(r, out, depth - 1);
        buf_add_char(out, ')');
    }
}

static void add_stage(struct random *r, struct buf *out)
{
    static const char *const categories[] = { "process", "any", "file", "library", "api" };
    buf_printf(out, "%s where ", categories[below(r, COUNT_OF(categories))]);
    add_condition(r, out, 3);
}

// A single event, or a sequence of two stages, with or without `until`. Ends in NUL.
static void add_query(struct random *r, struct buf *out)
{
    const uint32_t stages = below(r, 4) & ~1u;
    if (stages == 0)
        add_stage(r, out);
    else
        buf_add(out, STR("sequence with maxspan=1m"));
    for (uint32_t i = 0; i < stages; i++) {
        buf_add(out, STR(" ["));
        add_stage(r, out);
        buf_add_char(out, ']');
    }
    if (stages > 0 && below(r, 2) > 0) {
        buf_add(out, STR(" until ["));
        add_stage(r, out);
        buf_add_char(out, ']');
    }
    buf_add_char(out, '\0');
}

static void check_event(struct asking *a)
{
    const struct fixture *f = &a->f;
    const struct dispatch *d = &f->rules->dispatch[f->event.action];
    struct rule_stage stages[OFFERED_MAX];
    const uint32_t count = stages_offered(a, stages);
    uint32_t at = 0;
    for (uint32_t rule = 0; rule < f->rules->count; rule++) {
        const struct eql_plan *plan = f->rules->at[rule].plan;
        // The order that the header promises; what is offered is a part of it.
        for (uint32_t i = 0; i < plan->stage_count + plan->has_until; i++) {
            const bool is_until = i == plan->stage_count;
            const uint32_t stage = is_until ? STAGE_UNTIL : plan->stage_count - 1 - i;
            const struct eql_stage *what = is_until ? &plan->until : &plan->stages[stage];
            const bool holds = (what->categories & f->event.categories) != 0 &&
                               eql_holds(a->scratch, what->condition, NULL);
            const bool offered = at < count && stages[at].rule == rule && stages[at].stage == stage;
            at += offered;
            if (holds && !offered)
                fail_msg("not asked: %.*s", STR_ARG(what->text));
            if (offered)
                assert_true(dispatch_has(d, (struct rule_stage){ rule, stage }));
        }
    }
    assert_int_equal(at, count);
}

static void set_random_name(struct random *r, struct fixture *f, enum field field, char name[16])
{
    const uint32_t kind = below(r, 8);
    if (kind == 0)
        return;
    (void)snprintf(name, 16, "n%u", below(r, 3000));  // Most of them are met once.
    fixture_set(f, field, kind == 1 ? name : names[below(r, COUNT_OF(names))]);
}

// --- Searching, against what a plain loop finds

struct search {
    uint32_t function;
    bool folds;
    char needle[7];
};

static const char *const functions[] = { "startsWith", "endsWith", "stringContains" };
#define LIKE COUNT_OF(functions)  // Of the whole text, with wildcards.

static bool is_same_letter(char a, char b, bool folds)
{
    const char lower = (char)(a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a);
    return a == b || (folds && str_eq_nocase((str){ &lower, 1 }, (str){ &b, 1 }));
}

// Every way in which `*` can be read.
static bool is_like(str text, const char *pattern, bool folds)
{
    if (pattern[0] == '\0')
        return text.len == 0;
    if (pattern[0] == '*')
        return is_like(text, pattern + 1, folds) ||
               (text.len > 0 && is_like(str_from(text, 1), pattern, folds));
    return text.len > 0 && (pattern[0] == '?' || is_same_letter(text.at[0], pattern[0], folds)) &&
           is_like(str_from(text, 1), pattern + 1, folds);
}

static bool is_found(const struct search *s, str text)
{
    if (s->function == LIKE)
        return is_like(text, s->needle, s->folds);
    const size_t len = strlen(s->needle);
    for (size_t from = 0; from + len <= text.len; from++) {
        size_t same = 0;
        while (same < len && is_same_letter(text.at[from + same], s->needle[same], s->folds))
            same++;
        if (same == len && (s->function != 0 || from == 0) &&
            (s->function != 1 || from + len == text.len))
            return true;
    }
    return false;
}

// A wildcard in what a function searches for is a letter like any other.
static void match__finds_what_a_plain_search_finds(void **state)
{
    (void)state;
    enum {
        COUNT = 400,
        EVENTS = 2000
    };
    static struct search searches[COUNT];
    static char queries[COUNT][96];
    const char *rules[COUNT];
    struct random r = { 5 };
    struct fixture f;
    for (size_t i = 0; i < COUNT; i++) {
        struct search *s = &searches[i];
        *s = (struct search){ .function = below(&r, LIKE + 1), .folds = below(&r, 2) > 0 };
        (void)random_text(&r, "abAB*?", s->needle, sizeof s->needle);
        const char *const field = below(&r, 2) > 0 ? "process.command_line" : "process.args";
        if (s->function == LIKE)
            (void)snprintf(queries[i], sizeof queries[i], "process where %s like%s \"%s\"", field,
                           s->folds ? "~" : "", s->needle);
        else
            (void)snprintf(queries[i], sizeof queries[i], "process where %s%s(%s, \"%s\")",
                           functions[s->function], s->folds ? "~" : "", field, s->needle);
        rules[i] = queries[i];
    }
    fixture_load(&f, rules, COUNT, NULL);
    for (int event = 0; event < EVENTS; event++) {
        char texts[2][12];
        struct value values[2];
        size_t at = 0;
        fixture_next(&f, ACTION_EXEC, event);
        for (size_t i = 0; i < 2; i++)
            values[i] = value_of_text(
                (str){ texts[i], random_text(&r, "abAB*?", texts[i], sizeof texts[i]) });
        f.slots[FIELD_PROCESS_COMMAND_LINE] = values[0];
        f.slots[FIELD_PROCESS_ARGS] = value_of_list(values, 2);
        const size_t count = fixture_feed(&f);
        for (size_t i = 0; i < COUNT; i++) {
            const bool in_list = strstr(queries[i], "args") != NULL;
            const bool found = at < count && f.batch.findings[at]->rule == rules_facts(f.rules, i);
            if (found != (is_found(&searches[i], value_str(values[0])) ||
                          (in_list && is_found(&searches[i], value_str(values[1])))))
                fail_msg("%s of %.*s and %.*s: %d", queries[i], STR_ARG(value_str(values[0])),
                         STR_ARG(value_str(values[1])), found);
            at += found;
        }
        assert_int_equal(at, count);
    }
    fixture_unload(&f);
}

// Texts and lists of them, in memory of the caller's.
struct texts {
    char command_line[12];
    char path[12];
    char args[3][8];
    struct value list[3];
};

static void set_random_texts(struct random *r, struct fixture *f, struct texts *t)
{
    static const char *const letters = "abAB";
    if (below(r, 4) > 0)
        f->slots[FIELD_PROCESS_COMMAND_LINE] = value_of_text(
            (str){ .at = t->command_line,
                   .len = random_text(r, letters, t->command_line, sizeof t->command_line) });
    if (below(r, 4) > 0)
        f->slots[FIELD_FILE_PATH] =
            value_of_text((str){ .at = t->path, .len = random_text(r, letters, t->path, 6) });
    for (size_t i = 0; i < COUNT_OF(t->args); i++)
        t->list[i] = value_of_text((str){
            .at = t->args[i], .len = random_text(r, letters, t->args[i], sizeof t->args[i]) });
    if (below(r, 4) > 0)
        f->slots[FIELD_PROCESS_ARGS] = value_of_list(t->list, below(r, 4));
}

static void recall_next__offers_in_order_all_stages_that_an_event_meets(void **state)
{
    (void)state;
    enum {
        RULES = 60,
        EVENTS = 1000,
        ROUNDS = 10
    };
    const enum action actions[] = { ACTION_EXEC, ACTION_FORK, ACTION_LOAD, ACTION_CREATION,
                                    ACTION_MMAP };
    struct random r = { 20 };
    for (int round = 0; round < ROUNDS; round++) {
        struct buf queries[RULES];
        const char *texts[RULES];
        struct asking a;
        for (size_t i = 0; i < RULES; i++) {
            buf_init(&queries[i], 65536);
            add_query(&r, &queries[i]);
            assert_false(queries[i].failed);
            texts[i] = queries[i].at;
        }
        load(&a, texts, RULES);
        for (int i = 0; i < EVENTS; i++) {
            char name[16];
            char parent[16];
            struct texts made;
            fixture_next(&a.f, actions[below(&r, COUNT_OF(actions))], i);
            struct value categories[CATEGORY_COUNT];
            uint32_t count = 0;
            for (uint32_t bit = 1; bit < CATEGORY_ANY; bit <<= 1)
                if ((a.f.event.categories & bit) != 0)
                    categories[count++] = value_of_text(category_name(bit));
            a.f.slots[FIELD_EVENT_CATEGORY] = value_of_list(categories, count);
            set_random_name(&r, &a.f, FIELD_PROCESS_NAME, name);
            set_random_name(&r, &a.f, FIELD_PARENT_NAME, parent);
            set_random_texts(&r, &a.f, &made);
            if (below(&r, 2) > 0)
                a.f.slots[FIELD_PROCESS_PID] = value_of_int(below(&r, 7));
            check_event(&a);
        }
        unload(&a);
        for (size_t i = 0; i < RULES; i++)
            buf_done(&queries[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recall_next__gives_later_stages_first_and_until_last),
        cmocka_unit_test(dispatch_init__leaves_out_what_an_action_cannot_meet),
        cmocka_unit_test(recall_next__leaves_out_what_a_name_excludes),
        cmocka_unit_test(recall_next__needs_both_names_where_both_are_named),
        cmocka_unit_test(recall_next__is_not_misled_by_names_under_not_and_or),
        cmocka_unit_test(match__bears_names_of_300_octets),
        cmocka_unit_test(match__finds_a_name_among_any_number_of_others),
        cmocka_unit_test(match__tells_values_of_a_field_apart),
        cmocka_unit_test(match__finds_patterns_without_a_letter_of_ascii),
        cmocka_unit_test(match__finds_a_pattern_among_any_number_of_others),
        cmocka_unit_test(recall_next__offers_a_stage_once_however_often_it_names_a_name),
        cmocka_unit_test(match__finds_what_a_plain_search_finds),
        cmocka_unit_test(recall_next__offers_in_order_all_stages_that_an_event_meets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
