// rules/sensors.yaml against what the program reads: every dialect has a profile, and every profile
// is of a sensor that there is or will be. Run from the top of the tree.

#include "decode/decode.h"
#include "match/match.h"
#include "match/sensor_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void profiles__there_is_one_of_every_sensor(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct sensor_profiles profiles;
    struct err err;
    if (sensor_file_read(STR("rules/sensors.yaml"), &arena, &profiles, &err) != OK)
        fail_msg("%s", err.text);
    assert_int_equal(profiles.count, sensor_count());
    for (size_t i = 0; i < sensor_count(); i++)
        if (sensor_profile_find(&profiles, sensor_name(i)) == NULL)
            fail_msg("no profile of %.*s", STR_ARG(sensor_name(i)));
    for (size_t i = 0; i < dialects_count(); i++)
        if (sensor_profile_find(&profiles, dialects_name(i)) == NULL)
            fail_msg("no profile of the dialect %.*s", STR_ARG(dialects_name(i)));
    arena_done(&arena);
}

static void profiles__are_loaded_with_the_rules(void **state)
{
    (void)state;
    const str path = STR("rules");
    struct rules *rules;
    struct err err;
    size_t problems;
    if (rules_load(&path, 1, NULL, &rules, &err) != OK)
        fail_msg("%s", err.text);
    (void)rules_problems(rules, &problems);
    assert_int_equal(problems, 0);
    assert_int_equal(rules_profiles(rules)->count, sensor_count());
    rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles__there_is_one_of_every_sensor),
        cmocka_unit_test(profiles__are_loaded_with_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
