// Who is told to be better or worse, in which order, and of which team.

#include "coverage/swing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct asset_row rows[] = {
    { .id = STR_INIT("a"), .team = STR_INIT("blue"), .criticality = 1 },
    { .id = STR_INIT("b"), .team = STR_INIT("blue"), .criticality = 4 },
    { .id = STR_INIT("c\t"), .team = STR_INIT("red") },
    { .id = STR_INIT("d"), .team = STR_INIT("red") },
};

static void swing_find__tells_who_is_worse_and_who_is_better(void **state)
{
    (void)state;
    struct posture_asset assets[COUNT_OF(rows)] = { { 0 } };
    const struct posture posture = { .assets = assets, .asset_count = COUNT_OF(rows) };
    struct change c;
    struct swing s;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assets[i].asset = &rows[i];
    change_find(STR("blind\tsilent\tc\\t\nblind\tpermissions\td\nblind\tdegraded\tb\n"
                    "blind\tunmonitored\ta\nblind\tof another program\te\n"),
                STR("blind\tsilent\tb\nblind\tpermissions\tb\nblind\tunmanaged\tx\n"
                    "blind\tdegraded\td\nblind\tsilent\ta\nblind\tdegraded\ta\n"),
                &c);
    swing_find(&c, &posture, &s);
    static const char *const order[] = { "x", "b", "e", "a", "c\\t", "d" };
    assert_int_equal(s.count, COUNT_OF(order));
    for (size_t i = 0; i < COUNT_OF(order); i++)
        assert_true(str_eq(s.macs[i].id, str_of(order[i])));
    assert_int_equal(s.worse, 2);
    assert_int_equal(s.better, 4);
    assert_null(s.macs[0].asset);
    assert_int_equal(s.macs[1].came, BLIND_SILENT);
    assert_int_equal(s.macs[1].went, BLIND_DEGRADED);
    assert_int_equal(s.macs[2].went, BLIND_DEGRADED);
    assert_int_equal(s.macs[3].came, BLIND_SILENT);
    assert_int_equal(s.macs[3].went, BLIND_UNMONITORED);
    assert_ptr_equal(s.macs[4].asset, &rows[2]);
    assert_int_equal(s.macs[4].came, BLIND_KIND_COUNT);
    assert_int_equal(s.team_count, 3);
    assert_int_equal(s.teams[0].name.len + s.teams[1].name.len, 4);
    assert_true(str_eq(s.teams[2].name, STR("red")));
    assert_int_equal(s.teams[2].better, 2);
    swing_done(&s);
    change_done(&c);
}

static void swing_find__takes_nothing(void **state)
{
    (void)state;
    const struct posture posture = { 0 };
    struct change c;
    struct swing s;
    change_find(STR_EMPTY, STR_EMPTY, &c);
    swing_find(&c, &posture, &s);
    assert_int_equal(s.count, 0);
    assert_int_equal(s.team_count, 0);
    swing_done(&s);
    change_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swing_find__tells_who_is_worse_and_who_is_better),
        cmocka_unit_test(swing_find__takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
