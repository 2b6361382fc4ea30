#include "event/batch.h"
#include "event/projection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void field_of__finds_every_field_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        assert_int_equal(field_of(field_name((enum field)i)), i);  // Also: no name stands twice.
        assert_true(field_meaning((enum field)i).len > 0);
    }
    assert_int_equal(field_of(STR("process.executible")), FIELD_COUNT);
    assert_int_equal(field_of(STR_EMPTY), FIELD_COUNT);
}

static void field_nearest__suggests_what_was_meant(void **state)
{
    (void)state;
    assert_int_equal(field_nearest(STR("process.executible")), FIELD_PROCESS_EXECUTABLE);
    assert_int_equal(field_nearest(STR("Process.Pid")), FIELD_PROCESS_PID);
    assert_int_equal(field_nearest(STR("zzzzzzzzzzzzzzzz")), FIELD_COUNT);
}

static void category_of__knows_each_category_and_any(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CATEGORY_COUNT; i++)
        assert_int_equal(category_of(category_name(1u << i)), 1u << i);
    assert_int_equal(category_of(STR("any")), CATEGORY_ANY);
    assert_int_equal(category_of(STR("proces")), 0);
    assert_true(str_eq(category_nearest(STR("proces")), STR("process")));
}

static void action_of__finds_every_action_and_each_has_a_category(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        assert_int_equal(action_of(action_traits[i].name), i);
        assert_true((action_traits[i].categories & CATEGORY_ANY) != 0);
        assert_true(action_traits[i].signal.len > 0);
    }
    assert_int_equal(action_of(STR("explode")), ACTION_COUNT);
}

static void projection_compile__lists_what_is_wanted(void **state)
{
    (void)state;
    static struct projection p;
    projection_want(&p, ACTION_EXEC, FIELD_PROCESS_ARGS);
    projection_want_categories(&p, CATEGORY_LIBRARY, FIELD_DLL_PATH);
    projection_compile(&p);
    assert_int_equal(p.count[ACTION_EXEC], 1);
    assert_int_equal(p.list[ACTION_EXEC][0], FIELD_PROCESS_ARGS);
    assert_true(projection_wants(&p, ACTION_LOAD, FIELD_DLL_PATH));
    assert_false(projection_wants(&p, ACTION_MMAP, FIELD_DLL_PATH));
    assert_int_equal(p.count[ACTION_OPEN], 0);
}

static void hosts_keep__gives_each_host_one_number(void **state)
{
    (void)state;
    struct hosts hosts;
    hosts_init(&hosts);
    const uint32_t first = hosts_keep(&hosts, STR("mac-1"), STR("One"));
    const uint32_t second = hosts_keep(&hosts, STR("mac-2"), STR_EMPTY);
    assert_int_not_equal(first, second);
    assert_int_equal(hosts_keep(&hosts, STR("mac-1"), STR("Renamed")), first);
    assert_true(str_eq(hosts.at[first].name, STR("One")));
    hosts_done(&hosts);
}

static void hosts_keep__refuses_more_than_max(void **state)
{
    (void)state;
    char id[HOST_TEXT_MAX + 1];
    struct hosts hosts;
    hosts_init(&hosts);
    memset(id, 'x', sizeof id);
    assert_int_equal(hosts_keep(&hosts, (str){ .at = id, .len = sizeof id }, STR_EMPTY), HOST_NONE);
    assert_int_equal(hosts_keep(&hosts, STR_EMPTY, STR_EMPTY), HOST_NONE);
    for (uint32_t i = 0; i < HOSTS_MAX; i++) {
        (void)snprintf(id, sizeof id, "%u", i);
        assert_int_equal(hosts_keep(&hosts, str_of(id), STR_EMPTY), i);
    }
    assert_int_equal(hosts_keep(&hosts, STR("one more"), STR_EMPTY), HOST_NONE);
    assert_int_equal(hosts_keep(&hosts, STR("77"), STR_EMPTY), 77);
    hosts_done(&hosts);
}

static void batch_reset__empties_but_keeps_working(void **state)
{
    (void)state;
    struct batch batch;
    batch_init(&batch);
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 1000; i++)
            batch_add_record(&batch, (struct record){ .line = i });
        struct finding *finding = batch_add_finding(&batch);
        assert_int_equal(finding->step_count, 0);
        assert_int_equal(batch.record_count, 1000);
        assert_int_equal(batch.records[999].line, 999);
        batch_reset(&batch);
        assert_int_equal(batch.record_count, 0);
        assert_int_equal(batch.finding_count, 0);
    }
    batch_done(&batch);
}

static void level_of__knows_its_own_names(void **state)
{
    (void)state;
    enum level level;
    for (int i = 0; i < LEVEL_COUNT; i++) {
        assert_true(level_of(level_name((enum level)i), &level));
        assert_int_equal(level, i);
    }
    assert_false(level_of(STR("severe"), &level));
}

static void finding_step_value__is_missing_where_the_step_does_not_show_it(void **state)
{
    (void)state;
    const struct finding_field fields[] = { { FIELD_PROCESS_PID, value_of_int(7) } };
    const struct finding_step step = { .fields = fields, .field_count = 1 };
    assert_int_equal(finding_step_value(&step, FIELD_PROCESS_PID).integer, 7);
    assert_int_equal(finding_step_value(&step, FIELD_DLL_PATH).type, VALUE_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_of__finds_every_field_by_its_name),
        cmocka_unit_test(field_nearest__suggests_what_was_meant),
        cmocka_unit_test(category_of__knows_each_category_and_any),
        cmocka_unit_test(action_of__finds_every_action_and_each_has_a_category),
        cmocka_unit_test(projection_compile__lists_what_is_wanted),
        cmocka_unit_test(hosts_keep__gives_each_host_one_number),
        cmocka_unit_test(hosts_keep__refuses_more_than_max),
        cmocka_unit_test(batch_reset__empties_but_keeps_working),
        cmocka_unit_test(level_of__knows_its_own_names),
        cmocka_unit_test(finding_step_value__is_missing_where_the_step_does_not_show_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
