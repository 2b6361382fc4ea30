#include "enrich/signing.h"

#include "enrich/context.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SOUND (CS_VALID | CS_SIGNED)

static void signing_is_trusted__wants_a_valid_signature_of_a_team(void **state)
{
    (void)state;
    const str team = STR("TEAM000001");
    assert_true(signing_is_trusted(SOUND, false, team));
    assert_true(signing_is_trusted(0, true, STR_EMPTY));
    assert_false(signing_is_trusted(SOUND, false, STR_EMPTY));
    assert_false(signing_is_trusted(SOUND | CS_ADHOC, false, team));
    assert_false(signing_is_trusted(CS_SIGNED, false, team));
    assert_false(signing_is_trusted(CS_VALID, false, team));
}

static void signing_flag_names__are_apples(void **state)
{
    (void)state;
    struct value names[SIGNING_FLAGS_MAX];
    assert_int_equal(signing_flag_names(0, names), 0);
    assert_int_equal(signing_flag_names(SOUND | CS_ADHOC | CS_LINKER_SIGNED, names), 4);
    assert_true(str_eq(value_str(names[0]), STR("valid")));
    assert_true(str_eq(value_str(names[1]), STR("adhoc")));
    assert_true(str_eq(value_str(names[2]), STR("linker_signed")));
    assert_true(str_eq(value_str(names[3]), STR("signed")));
    assert_in_range(signing_flag_names(UINT32_MAX, names), 1, SIGNING_FLAGS_MAX);
}

// Whoever only bears the name of a debugger is none.
static void signing_is_listed__believes_no_bare_name(void **state)
{
    (void)state;
    const str list[] = { STR("com.apple.lldb*"), STR("APPLE00001/com.apple.dt.*") };
    struct process_facts facts = { .signing_id = STR("com.apple.lldb-rpc"),
                                   .is_platform = true,
                                   .cs_flags = SOUND };
    assert_true(signing_is_listed(list, 2, &facts));
    facts.is_platform = false;
    assert_false(signing_is_listed(list, 2, &facts));
    facts.team_id = STR("APPLE00001");
    assert_false(signing_is_listed(list, 2, &facts));
    facts.signing_id = STR("com.apple.dt.Xcode");
    assert_true(signing_is_listed(list, 2, &facts));
    facts.team_id = STR("OTHER00001");
    assert_false(signing_is_listed(list, 2, &facts));
    facts.team_id = STR("APPLE00001");
    facts.cs_flags = SOUND | CS_ADHOC;
    assert_false(signing_is_listed(list, 2, &facts));
    facts.signing_id = STR_EMPTY;
    assert_false(signing_is_listed(list, 2, &facts));
    assert_false(signing_is_listed(NULL, 0, &facts));
}

static void signing_name_fits__knows_a_trailing_star(void **state)
{
    (void)state;
    assert_true(signing_name_fits(STR("python3.13"), STR("python*")));
    assert_true(signing_name_fits(STR("node"), STR("node")));
    assert_false(signing_name_fits(STR("nodejs"), STR("node")));
    assert_false(signing_name_fits(STR_EMPTY, STR("node")));
    assert_true(signing_name_fits(STR_EMPTY, STR("*")));
    assert_true(signing_name_fits(STR_EMPTY, STR_EMPTY));
}

static void context_of__is_dev_only_below_a_developer_tool(void **state)
{
    (void)state;
    struct context_facts facts = { 0 };
    assert_int_equal(context_of(&facts), CONTEXT_PROD);
    facts.is_below_developer_tool = true;
    assert_int_equal(context_of(&facts), CONTEXT_DEV);
    facts.is_trusted = true;
    assert_int_equal(context_of(&facts), CONTEXT_PROD);
    facts.is_debuggable = true;
    assert_int_equal(context_of(&facts), CONTEXT_DEV);
    facts.is_debuggable = false;
    facts.is_developer_tool = true;
    assert_int_equal(context_of(&facts), CONTEXT_DEV);
    facts.is_below_developer_tool = false;
    assert_int_equal(context_of(&facts), CONTEXT_PROD);
    facts.is_test_user = true;
    assert_int_equal(context_of(&facts), CONTEXT_TEST);
    assert_true(str_eq(context_name(CONTEXT_TEST), STR("test")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_is_trusted__wants_a_valid_signature_of_a_team),
        cmocka_unit_test(signing_flag_names__are_apples),
        cmocka_unit_test(signing_is_listed__believes_no_bare_name),
        cmocka_unit_test(signing_name_fits__knows_a_trailing_star),
        cmocka_unit_test(context_of__is_dev_only_below_a_developer_tool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
