#include "eql/fixture.h"

#define CHECK(cases) fixture_check(cases, COUNT_OF(cases))

static void eql_holds__compares_as_the_type_asks(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "process.name == \"zsh\"", true },
        { "process.name == \"ZSH\"", false },
        { "process.name == \"zs*\"", false },
        { "\"zsh\" == process.name", true },
        { "process.name != \"zsh\"", false },
        { "process.name != \"sh\"", true },
        { "process.name < \"zz\"", true },
        { "process.name >= \"zsh\"", true },
        { "process.name > \"zsh\"", false },
        { "process.pid == 501", true },
        { "process.pid == 501.0", true },
        { "process.pid < 501.5", true },
        { "process.pid <= 501", true },
        { "process.pid < 501", false },
        { "501 > process.pid", false },
        { "process.pid >= 9223372036854775807", false },
        { "process.Ext.cs_hard == true", true },
        { "process.Ext.cs_hard", true },
        { "process.Ext.cs_adhoc", false },
        { "not process.Ext.cs_adhoc", true },
        { "process.parent.name == \"\"", true },
        { "process.executable == process.name", false },
        { "process.executable > process.name", false },
        { "true", true },
        { "false or true and not false", true },
        { "not not true", true },
        { "not true or true", true },
    };
    CHECK(cases);
}

static void eql_holds__is_false_on_missing_values_and_not_is_plain(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "user.id == \"0\"", false },
        { "user.id != \"0\"", true },
        { "not user.id == \"0\"", true },
        { "user.id in (\"0\")", false },
        { "user.id not in (\"0\")", true },
        { "user.id : \"*\"", false },
        { "user.id like \"*\"", false },
        { "user.id regex \".*\"", false },
        { "process.exit_code < 1", false },
        { "not process.exit_code < 1", true },
        { "process.exit_code == process.Ext.exit_signal", false },
        { "?process.exit_code == ?process.Ext.exit_signal", true },
        { "?process.exit_code != ?process.Ext.exit_signal", false },
        { "?process.exit_code == process.Ext.exit_signal", false },
        { "?process.exit_code == ?process.pid", false },
        { "user.id == null", true },
        { "null == user.id", true },
        { "user.id != null", false },
        { "process.name == null", false },
        { "process.name != null", true },
        { "process.env_vars == null", true },
        { "null == null", true },
        { "null != null", false },
        { "?no.such.field == null", true },
        { "?no.such.field == 5", false },
        { "?no.such.field", false },
        { "not ?no.such.field", true },
        { "?no.such.field == ?no.other.field", true },
        { "null == (process.exit_code > 1)", true },
        { "null == (process.pid > 1)", false },
        { "string(user.id == null) == \"true\"", true },
        { "string(process.name == null) == \"false\"", true },
    };
    CHECK(cases);
}

static void eql_holds__asks_every_leaf_of_every_value_on_its_own(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "process.args == \"-c\"", true },
        { "process.args == \"-x\"", false },
        { "process.args != \"-c\"", false },
        { "process.args != \"-x\"", true },
        { "process.args == \"-c\" and process.args == \"zsh\"", true },
        { "process.args in (\"x\", \"zsh\")", true },
        { "process.args not in (\"x\", \"zsh\")", false },
        { "process.args : \"WHO*\"", true },
        { "process.args like \"WHO*\"", false },
        { "process.args regex \"-[a-z]\"", true },
        { "length(process.args) == 2 and length(process.args) == 6", true },
        { "length(process.args) == 4", false },
        { "length(process.args) + length(process.args) == 8", false },
        { "length(process.args) * 2 == 12", true },
        { "process.args == process.name", true },
        { "string(length(process.args) == 6) == \"true\"", true },
        { "process.args > \"zsg\"", true },
        { "process.args != null", true },
    };
    CHECK(cases);
}

static void eql_holds__looks_up_constants_few_and_many(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "process.name in (\"sh\", \"zsh\")", true },
        { "process.name in \"zsh\"", true },
        { "process.name in (\"sh\", \"Zsh\")", false },
        { "process.name in~ (\"sh\", \"Zsh\")", true },
        { "process.name not in~ (\"sh\", \"Zsh\")", false },
        { "process.name in (\"z*\")", false },
        { "process.name in $shells", true },
        { "process.name in ($shells, \"fish\")", true },
        { "process.name : $shells", true },
        { "process.executable in $shells", false },
        { "process.pid in (1, 501.0)", true },
        { "process.pid in (1, 2)", false },
        { "process.Ext.cs_hard in (true)", true },
        { "process.name in (\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"zsh\")", true },
        { "process.name in (\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\")", false },
        { "process.name in~ (\"A\",\"B\",\"C\",\"D\",\"E\",\"F\",\"G\",\"H\",\"I\",\"ZSH\")",
          true },
        { "process.executable in~ (\"A\",\"B\",\"C\",\"D\",\"E\",\"F\",\"G\",\"H\",\"I\",\"ZSH\")",
          false },
        { "process.pid in (1,2,3,4,5,6,7,8,9,10,501)", true },
        { "process.pid in (1,2,3,4,5,6,7,8,9,10,501.0)", true },
        { "process.pid in (1,2,3,4,5,6,7,8,9,10,501.5)", false },
        { "string(process.pid) in (\"501\")", true },
        { "user.id in (\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\")", false },
    };
    CHECK(cases);
}

static void eql_holds__matches_wildcards_in_every_form(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "process.executable like \"*\"", true },
        { "process.parent.name like \"*\"", true },
        { "process.executable like \"/bin/zsh\"", true },
        { "process.executable like \"/bin/*\"", true },
        { "process.executable like \"/Bin/*\"", false },
        { "process.executable like~ \"/Bin/*\"", true },
        { "process.executable : \"/BIN/ZSH\"", true },
        { "process.executable like \"*/zsh\"", true },
        { "process.executable : \"*/ZSH\"", true },
        { "process.executable like \"*in/z*\"", true },
        { "process.executable : \"*IN/Z*\"", true },
        { "process.executable : \"*IN/Y*\"", false },
        { "process.executable like \"/*/zs?\"", true },
        { "process.executable like \"/*/zs??\"", false },
        { "process.executable like \"/*b*n*z*h\"", true },
        { "process.executable like \"/*b*n*z*hh\"", false },
        { "process.executable like \"????????\"", true },
        { "process.executable like \"?\"", false },
        { "process.name like \"zsh*\"", true },
        { "process.name like \"*zsh\"", true },
        { "process.name like \"zshx*\"", false },
        { "process.name like \"**\"", true },
        { "process.name not like \"z*\"", false },
        { "process.name : (\"bash\", \"Z?H\")", true },
        { "process.working_directory like \"*/Zo?/*\"", true },
        { "process.working_directory like \"*/Zo?"
          "?/*\"",
          false },
        { "process.working_directory like \"*a?b?c\"", true },
        { "string(process.pid) like \"5?1\"", true },
    };
    CHECK(cases);
}

static void eql_holds__matches_regexes_over_the_whole_text(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "process.name regex \"zsh\"", true },
        { "process.name regex \"zs\"", false },
        { "process.name regex \"ZSH\"", false },
        { "process.name regex~ \"ZSH\"", true },
        { "process.name not regex \"z.*\"", false },
        { "process.name regex (\"bash\", \"z[a-s]h\")", true },
        { "process.name regex \"[^a]sh\"", true },
        { "process.name regex \"(z|ba)sh\"", true },
        { "process.name regex \"z|ba\"", false },
        { "process.name regex \"z{1}s{1,}h{1,3}\"", true },
        { "process.name regex \"z{2}sh\"", false },
        { "process.name regex \".*?\"", true },
        { "process.name regex \"^zsh$\"", false },
        { "process.name regex \"z+?sh\"", true },
        { "process.name regex \"(zs)??h\"", true },
        { "process.name regex \"\\\\w{3}\"", true },
        { "process.name regex \"[\\\\s\\\\d]+\"", false },
        { "process.working_directory regex \".*Zo\\u{eb}+?/.*\"", true },
        { "process.working_directory regex \".*Zo\\u{eb}{1}*\\u{eb}?/.*\"", true },
        { "\"a.b\" regex \"\\\"a.b\\\"\"", true },
        { "\"axb\" regex \"\\\"a.b\\\"\"", false },
        { "process.executable regex \"/bin/[a-z]+\"", true },
        { "process.command_line regex \"zsh[ ]+-c .+\"", true },
        { "process.working_directory regex \"/Users/Zo./a\\\\*b\\\\?c\"", true },
        { "process.parent.name regex \"\"", true },
        { "string(process.pid) regex \"[0-9]+\"", true },
    };
    CHECK(cases);
}

// (a+)+b on a long run of a would take longer than there is time; it is cut off and is no match.
static void eql_holds__gives_up_a_regex_that_backtracks_without_end(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'a', sizeof text);
    struct value slots[FIELD_COUNT];
    struct event event;
    struct eql_plan *plan;
    struct err err;
    assert_int_equal(
        eql_compile(STR("any where process.name regex \"(a|aa|a+)+b\""), NULL, &plan, NULL, &err),
        OK);
    fixture_fill(&event, slots);
    slots[FIELD_PROCESS_NAME] = value_of_text((str){ .at = text, .len = sizeof text });
    struct eql_scratch *scratch = eql_scratch_new(plan->pool);
    eql_look_at(scratch, &event);
    assert_false(eql_holds(scratch, plan->stages[0].condition, NULL));
    eql_scratch_free(scratch);
    eql_plan_free(plan);
}

static void eql_holds__survives_values_of_another_type(void **state)
{
    (void)state;
    static const char *const conditions[] = {
        "process.name == \"zsh\"",
        "process.name : \"*\"",
        "process.name regex \".*\"",
        "process.name < \"zz\"",
        "length(process.name) > 0",
        "process.name in (\"a\", \"b\")",
        "process.pid > 1",
        "process.pid + 1 > 1",
        "process.pid in (1, 2)",
        "process.Ext.cs_hard",
        "startsWith(process.name, \"\")",
        "substring(process.name, 1) != null",
    };
    static const enum field fields[] = { FIELD_PROCESS_NAME, FIELD_PROCESS_PID,
                                         FIELD_PROCESS_CS_HARD };
    const struct value wrong[3][2] = {
        { value_of_int(1), value_of_bool(true) },
        { value_of_text(STR("x")), value_of_bool(true) },
        { value_of_text(STR("x")), value_of_float(1.5) },
    };
    for (size_t i = 0; i < COUNT_OF(conditions) * 2; i++) {
        char query[256];
        struct value slots[FIELD_COUNT];
        struct event event;
        struct eql_plan *plan;
        struct err err;
        (void)snprintf(query, sizeof query, "any where %s", conditions[i / 2]);
        assert_int_equal(eql_compile(str_of(query), NULL, &plan, NULL, &err), OK);
        fixture_fill(&event, slots);
        for (size_t f = 0; f < COUNT_OF(fields); f++)
            slots[fields[f]] = wrong[f][i % 2];
        struct eql_scratch *scratch = eql_scratch_new(plan->pool);
        eql_look_at(scratch, &event);
        assert_false(eql_holds(scratch, plan->stages[0].condition, NULL));
        eql_scratch_free(scratch);
        eql_plan_free(plan);
    }
}

// Which actions a condition can hold for is told from the action alone.
static void eql_may_hold__says_no_only_where_it_must_be_no(void **state)
{
    (void)state;
    static const struct fixture_case cases[] = {
        { "event.action == \"exec\"", true },
        { "event.action == \"fork\"", false },
        { "event.action in (\"fork\", \"exec\") and process.name == \"x\"", true },
        { "event.action in (\"fork\", \"end\") and process.name == \"x\"", false },
        { "event.action == \"fork\" or process.name == \"x\"", true },
        { "event.action == \"fork\" or event.action : \"END\"", false },
        { "not event.action == \"exec\"", false },
        { "not (event.action == \"exec\" and process.name == \"x\")", true },
        { "not (event.action == \"exec\" or process.name == \"x\")", false },
        { "process.name == \"x\"", true },
        { "false and process.name == \"x\"", false },
        { "length(event.action) == 3", false },
        { "?no.such == 1", false },
    };
    const bool known[FIELD_COUNT] = { [FIELD_EVENT_ACTION] = true };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char query[256];
        struct value slots[FIELD_COUNT];
        struct event event;
        struct eql_plan *plan;
        struct err err;
        (void)snprintf(query, sizeof query, "any where %s", cases[i].condition);
        assert_int_equal(eql_compile(str_of(query), NULL, &plan, NULL, &err), OK);
        fixture_fill(&event, slots);
        struct eql_scratch *scratch = eql_scratch_new(plan->pool);
        eql_look_at(scratch, &event);
        if (eql_may_hold(scratch, plan->stages[0].condition, known) != cases[i].holds)
            fail_msg("%s", cases[i].condition);
        eql_scratch_free(scratch);
        eql_plan_free(plan);
    }
}

static void eql_fields__names_every_field_of_a_condition(void **state)
{
    (void)state;
    struct eql_plan *plan;
    struct err err;
    const str query =
        STR("any where not process.pid == 1 and (process.name : \"a*\" or user.id == null) and "
            "length(file.path) > process.args_count and ?no.such == 1");
    assert_int_equal(eql_compile(query, NULL, &plan, NULL, &err), OK);
    bool fields[FIELD_COUNT] = { false };
    eql_fields(plan->pool, plan->stages[0].condition, fields);
    size_t count = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        count += fields[i];
    assert_int_equal(count, 5);
    assert_true(fields[FIELD_PROCESS_PID] && fields[FIELD_PROCESS_NAME] && fields[FIELD_USER_ID] &&
                fields[FIELD_FILE_PATH] && fields[FIELD_PROCESS_ARGS_COUNT]);
    eql_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eql_holds__compares_as_the_type_asks),
        cmocka_unit_test(eql_holds__is_false_on_missing_values_and_not_is_plain),
        cmocka_unit_test(eql_holds__asks_every_leaf_of_every_value_on_its_own),
        cmocka_unit_test(eql_holds__looks_up_constants_few_and_many),
        cmocka_unit_test(eql_holds__matches_wildcards_in_every_form),
        cmocka_unit_test(eql_holds__matches_regexes_over_the_whole_text),
        cmocka_unit_test(eql_holds__gives_up_a_regex_that_backtracks_without_end),
        cmocka_unit_test(eql_holds__survives_values_of_another_type),
        cmocka_unit_test(eql_may_hold__says_no_only_where_it_must_be_no),
        cmocka_unit_test(eql_fields__names_every_field_of_a_condition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
