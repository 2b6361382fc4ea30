// What must be seen for a rule, from its query.

#include "match/fixture.h"
#include "match/rules.h"

static void rules_need__of_every_stage(void **state)
{
    (void)state;
    struct fixture f;
    fixture_load_one(
        &f, "sequence by process.entity_id with maxspan=1m\n"
            "  [process where event.action == \"exec\" and process.args == \"-x\"]\n"
            "  ![file where file.name == \"a\"]\n"
            "  [any where event.action in (\"load\", \"mmap\", \"mprotect\") and\n"
            "     process.macho.native_api != \"no\"]\n"
            "until [process where event.action == \"end\" and process.hash.cdhash != null]");
    assert_int_equal(rules_stage_count(f.rules, 0), 4);
    const struct signal_need exec = rules_need(f.rules, 0, 0);
    assert_int_equal(exec.any_of, SIGNAL_BIT(SIGNAL_EXEC));
    assert_int_equal(exec.facts, SIGNAL_BIT(SIGNAL_ARGUMENTS));
    assert_false(exec.is_guard);
    const struct signal_need missing = rules_need(f.rules, 0, 1);
    assert_int_equal(missing.any_of, SIGNAL_BIT(SIGNAL_FILE));
    assert_true(missing.is_guard);
    const struct signal_need memory = rules_need(f.rules, 0, 2);
    assert_int_equal(memory.any_of, SIGNAL_BIT(SIGNAL_LIBRARY_LOAD) |
                                        SIGNAL_BIT(SIGNAL_MEMORY_MAP) |
                                        SIGNAL_BIT(SIGNAL_MEMORY_PROTECTION));
    assert_int_equal(memory.facts, SIGNAL_BIT(SIGNAL_LINKAGE));
    const struct signal_need until = rules_need(f.rules, 0, 3);
    assert_int_equal(until.any_of, SIGNAL_BIT(SIGNAL_EXIT));
    assert_int_equal(until.facts, SIGNAL_BIT(SIGNAL_CDHASH));
    assert_true(until.is_guard);
    fixture_unload(&f);
}

static void rules_need__ancestors_and_what_can_never_be(void **state)
{
    (void)state;
    struct fixture f;
    const char *const queries[] = {
        "process where event.action == \"exec\" and\n"
        "  descendant of [process where process.name == \"sh\"]",
        "process where event.action == \"exce\"",
    };
    fixture_load(&f, queries, COUNT_OF(queries), NULL);
    assert_int_equal(rules_need(f.rules, 0, 0).facts, SIGNAL_BIT(SIGNAL_PARENT));
    assert_int_equal(rules_need(f.rules, 1, 0).any_of, 0);
    fixture_unload(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_need__of_every_stage),
        cmocka_unit_test(rules_need__ancestors_and_what_can_never_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
