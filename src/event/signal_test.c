#include "event/sensor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void signal_of_action__every_action_is_a_signal_of_events(void **state)
{
    (void)state;
    bool met[SIGNAL_COUNT] = { false };
    for (size_t a = 0; a < ACTION_COUNT; a++) {
        const enum signal signal = signal_of_action((enum action)a);
        if (signal == SIGNAL_COUNT || signal_traits[signal].kind == SIGNAL_FACT)
            fail_msg("%.*s has the signal %.*s", STR_ARG(action_traits[a].name),
                     STR_ARG(action_traits[a].signal));
        met[signal] = true;
    }
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        assert_true(met[s] == (signal_traits[s].kind != SIGNAL_FACT));
}

static void signal_of_field__every_fact_has_fields(void **state)
{
    (void)state;
    bool met[SIGNAL_COUNT] = { false };
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        const enum signal signal = signal_of_field((enum field)f);
        if (signal == SIGNAL_COUNT)
            continue;
        assert_int_equal(signal_traits[signal].kind, SIGNAL_FACT);
        met[signal] = true;
    }
    for (size_t s = 0; s < SIGNAL_COUNT; s++)
        assert_true(met[s] == (signal_traits[s].kind == SIGNAL_FACT));
    for (size_t s = 0; s < SIGNAL_COUNT; s++)  // So that arrays of facts need no more room.
        assert_true((s >= SIGNAL_LINKAGE) == (signal_traits[s].kind == SIGNAL_FACT));
    assert_int_equal(signal_of_field(FIELD_PROCESS_PID), SIGNAL_COUNT);
}

static void signal_of__finds_names(void **state)
{
    (void)state;
    for (size_t s = 0; s < SIGNAL_COUNT; s++) {
        assert_int_equal(signal_of(signal_traits[s].name), s);
        assert_true(signal_traits[s].meaning.len > 0);
    }
    assert_int_equal(signal_of(STR("Exec")), SIGNAL_COUNT);
    assert_int_equal(signal_of(STR_EMPTY), SIGNAL_COUNT);
    assert_true(str_eq(signal_nearest(STR("task-port")), STR("task port")));
    assert_int_equal(signal_nearest(STR("wombats")).len, 0);
}

static void sensor_is_known__knows_names_and_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sensor_count(); i++)
        assert_true(sensor_is_known(sensor_name(i)));
    assert_false(sensor_is_known(STR("eslog")));
    for (size_t i = 0; i < SENSOR_SHOWS_COUNT; i++) {
        enum sensor_shows shows;
        assert_true(sensor_shows_of(sensor_shows_name((enum sensor_shows)i), &shows));
        assert_int_equal(shows, i);
    }
    enum sensor_shows shows;
    assert_false(sensor_shows_of(STR("yes"), &shows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signal_of_action__every_action_is_a_signal_of_events),
        cmocka_unit_test(signal_of_field__every_fact_has_fields),
        cmocka_unit_test(signal_of__finds_names),
        cmocka_unit_test(sensor_is_known__knows_names_and_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
