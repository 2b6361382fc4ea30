// Which rules let events that are alike be merged before they are matched.

#include "match/fixture.h"

#define BY_LIFE "sequence by process.entity_id "

static void rules_need_each__where_an_event_between_may_be_wanted(void **state)
{
    static const struct {
        const char *query;
        bool needs_each;
    } cases[] = {
        { "library where true", false },
        { BY_LIFE "[process where true] [library where true] [library where dll.name == \"a\"]",
          false },
        { BY_LIFE "[library where true] with runs=2", true },
        { BY_LIFE "[library where true] [any where true] [library where dll.name == \"a\"]", true },
        { "sequence by host.id [process where true] [library where true]", true },
        { "sequence [process where true] by process.parent.entity_id [library where true] by "
          "process.entity_id",
          true },
        { "sequence by process.pid [process where true] [file where true]", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        fixture_load(&f, &cases[i].query, 1, NULL);
        if (rules_need_each(f.rules) != cases[i].needs_each)
            fail_msg("%s", cases[i].query);
        fixture_unload(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_need_each__where_an_event_between_may_be_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
