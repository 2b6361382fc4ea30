#include "enrich/signing.h"

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

// A tool of many vendors has the team of each; an ad-hoc one has nothing but its hash.
static void signing_is_listed__knows_any_team_and_one_build(void **state)
{
    (void)state;
    const str list[] = { STR("*/org.sparkle-project.*"), STR("cdhash:AB01"), STR("cdhash:") };
    struct process_facts facts = { .cs_told = true,
                                   .signing_id = STR("org.sparkle-project.Sparkle"),
                                   .team_id = STR("ANYTEAM001"),
                                   .cs_flags = SOUND };
    assert_true(signing_is_listed(list, 3, &facts));
    facts.signing_id = STR("org.other");
    assert_false(signing_is_listed(list, 3, &facts));
    facts.signing_id = STR("org.sparkle-project.Sparkle");
    facts.cs_flags = SOUND | CS_ADHOC;
    assert_false(signing_is_listed(list, 3, &facts));
    facts.cs_flags = 0;
    facts.is_platform = true;
    facts.team_id = STR_EMPTY;
    assert_false(signing_is_listed(list, 3, &facts));

    facts = (struct process_facts){ .cs_told = true,
                                    .cs_flags = SOUND | CS_ADHOC,
                                    .cdhash = STR("ab01") };
    assert_true(signing_is_listed(list, 3, &facts));
    facts.cs_flags = CS_SIGNED | CS_ADHOC;
    assert_false(signing_is_listed(list, 3, &facts));
    facts.cs_told = false;
    assert_true(signing_is_listed(list, 3, &facts));
    facts.cdhash = STR("ab");
    assert_false(signing_is_listed(list, 3, &facts));
    facts.cdhash = STR_EMPTY;
    assert_false(signing_is_listed(list, 3, &facts));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_is_trusted__wants_a_valid_signature_of_a_team),
        cmocka_unit_test(signing_flag_names__are_apples),
        cmocka_unit_test(signing_is_listed__believes_no_bare_name),
        cmocka_unit_test(signing_name_fits__knows_a_trailing_star),
        cmocka_unit_test(signing_is_listed__knows_any_team_and_one_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
