// What is told of two reports, and of texts that nobody wrote.

#include "coverage/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void change_find__tells_what_came_and_went(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        size_t came;
        size_t went;
        uint64_t assets;
    } cases[] = {
        { "", "", 0, 0, 0 },
        { "assets\t3\n", "assets\t4\nblind\tsilent\ta\n", 1, 0, 3 },
        { "assets\t3\nblind\tsilent\ta\nblind\tsilent\tb\n", "blind\tsilent\tb\n", 0, 1, 3 },
        { "blind\tsilent\tb\nblind\tsilent\ta\n", "blind\tsilent\ta\nblind\tsilent\tb\n", 0, 0, 0 },
        { "blind\tsilent\ta\n", "blind\tdegraded\ta\n", 1, 1, 0 },
        { "nonsense\nassets\tx\nblind\n\t\t\n", "blind\tsilent\ta", 1, 0, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct change c;
        change_find(str_of(cases[i].before), str_of(cases[i].after), &c);
        assert_int_equal(c.came_count, cases[i].came);
        assert_int_equal(c.went_count, cases[i].went);
        assert_int_equal(c.assets_before, cases[i].assets);
        change_done(&c);
    }
}

static void change_write__is_read_again(void **state)
{
    (void)state;
    struct blind_spot spots[] = {
        { .kind = BLIND_SILENT, .id = STR("tab\tand\nline") },
        { .kind = BLIND_UNMANAGED, .id = STR("b") },
    };
    const struct blind_list list = { .at = spots, .count = COUNT_OF(spots) };
    const struct posture posture = { .asset_count = 7 };
    const struct sight sight = { .standings = { [SIGHT_ALL] = 4, [SIGHT_UNEXPECTED] = 3 } };
    struct buf text;
    struct change c;
    buf_init(&text, CHANGE_TEXT_MAX);
    assert_true(change_write(&posture, &list, &sight, &text));
    change_find(STR_EMPTY, buf_str(&text), &c);
    assert_int_equal(c.came_count, 2);
    assert_true(str_eq(c.came[0].kind, STR("silent")));
    assert_true(str_eq(c.came[0].id, STR("tab\\tand\\nline")));
    change_done(&c);
    change_find(buf_str(&text), STR_EMPTY, &c);
    assert_int_equal(c.assets_before, 7);
    assert_int_equal(c.standings_before[SIGHT_ALL], 4);
    assert_int_equal(c.standings_before[SIGHT_SILENT], 0);
    assert_int_equal(c.standings_before[SIGHT_UNEXPECTED], 3);
    change_done(&c);
    buf_done(&text);
    buf_init(&text, 16);
    assert_false(change_write(&posture, &list, &sight, &text));
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_find__tells_what_came_and_went),
        cmocka_unit_test(change_write__is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
