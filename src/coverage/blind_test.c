// Of the planted fleet each blind spot is told with its reason, and none that is not there.

#include "coverage/fixture.h"
#include "store/test_store.h"

// The number at the end of an id.
static unsigned number_of(str id)
{
    uint64_t out = 0;
    assert_true(id.len > 5 && str_to_u64(str_from(id, id.len - 5), &out));
    return (unsigned)out;
}

static void check_spot(const struct blind_spot *spot)
{
    if (str_starts_with(spot->id, STR("stray-"))) {
        assert_int_equal(spot->kind, BLIND_UNMANAGED);
        assert_true(str_eq(spot->reason, STR("telemetry comes of it, and no asset is known by its"
                                             " id or name")));
        return;
    }
    const struct plant *p = plant_of(number_of(spot->id));
    if ((int)spot->kind == p->second_kind)
        return;
    if ((int)spot->kind != p->kind || !str_starts_with(spot->reason, str_of(p->reason))) {
        print_error("%.*s: %.*s\n", STR_ARG(spot->id), STR_ARG(spot->reason));
        fail_msg("what was not planted");
    }
    if (spot->kind == BLIND_DEGRADED) {
        assert_int_equal(spot->since_ns, END_NS - DAY_NS);
        assert_true(str_eq(spot->check, STR("T10")));
    }
    if (spot->kind == BLIND_SILENT)
        assert_int_equal(spot->since_ns, END_NS - p->ends_before_ns);
}

static void check_order(const struct blind_spot *one, const struct blind_spot *next)
{
    if (one->asset == NULL || next->asset == NULL) {
        assert_true(one->asset == NULL);
        return;
    }
    assert_true(one->asset->asset->criticality >= next->asset->asset->criticality);
    if (one->asset->asset->criticality == next->asset->asset->criticality &&
        str_eq(next->asset->asset->role, STR("executive")))
        assert_true(str_eq(one->asset->asset->role, STR("executive")));
}

static void blind_find__tells_each_that_is_planted_and_no_other(void **state)
{
    (void)state;
    struct err err;
    struct kept kept;
    struct posture posture;
    struct blind_list list;
    struct arena arena = { 0 };
    size_t expected[BLIND_KIND_COUNT] = { [BLIND_UNMANAGED] = STRAYS };
    struct db *db = make_fleet(str_of(test_store));
    assert_int_equal(kept_read(db, &kept, &err), OK);
    assert_int_equal(kept.strange, 0);
    posture_join(&kept, POSTURE_SILENT_AFTER_NS, &posture);
    blind_find(&posture, &arena, &list);
    for (unsigned i = 0; i < ASSETS; i++) {
        const struct plant *p = plant_of(i);
        if (p->kind >= 0)
            expected[p->kind]++;
        if (p->second_kind >= 0)
            expected[p->second_kind]++;
    }
    for (size_t i = 0; i < COUNT_OF(plants); i++)
        assert_int_equal(plants[i].at, i);
    for (size_t i = 0; i < list.count; i++)
        check_spot(&list.at[i]);
    for (size_t i = 1; i < list.count; i++)
        check_order(&list.at[i - 1], &list.at[i]);
    for (size_t kind = 0; kind < BLIND_KIND_COUNT; kind++)
        assert_int_equal(list.kinds[kind], expected[kind]);
    blind_done(&list);
    posture_done(&posture);
    kept_done(&kept);
    arena_done(&arena);
    db_close(db);
}

static enum coverage_state state_of(const struct posture *p, const char *id, enum signal s,
                                    int64_t *since_ns)
{
    for (size_t i = 0; i < p->asset_count; i++) {
        if (!str_eq(p->assets[i].asset->id, str_of(id)))
            continue;
        *since_ns = p->assets[i].signals[s].since_ns;
        return p->assets[i].signals[s].state;
    }
    fail_msg("no asset %s", id);
    return COVERAGE_STATE_COUNT;
}

static void posture_join__gives_each_signal_its_state(void **state)
{
    (void)state;
    static const struct {
        const char *asset;
        enum signal signal;
        enum coverage_state state;
        int64_t since_ns;
    } cases[] = {
        { "asset-00000", SIGNAL_EXEC, COVERAGE_NEVER_SEEN, 0 },
        { "asset-00003", SIGNAL_EXEC, COVERAGE_SILENT, END_NS - 3 * DAY_NS },
        { "asset-00008", SIGNAL_MEMORY_MAP, COVERAGE_DEGRADED, END_NS - DAY_NS },
        { "asset-00008", SIGNAL_EXEC, COVERAGE_SEEN, BEGIN_NS },
        { "asset-00011", SIGNAL_NETWORK, COVERAGE_IMPOSSIBLE, END_NS - DAY_NS },
        { "asset-00012", SIGNAL_FILE, COVERAGE_SEEN, END_NS - DAY_NS / 2 },
        { "asset-00013", SIGNAL_EXEC, COVERAGE_NEVER_SEEN, 0 },
        { "asset-00019", SIGNAL_EXEC, COVERAGE_SEEN, BEGIN_NS },
        { "asset-04999", SIGNAL_EXEC, COVERAGE_SEEN, BEGIN_NS },
    };
    struct err err;
    struct kept kept;
    struct posture posture;
    struct db *db = make_fleet(str_of(test_store));
    assert_int_equal(kept_read(db, &kept, &err), OK);
    posture_join(&kept, POSTURE_SILENT_AFTER_NS, &posture);
    assert_int_equal(posture.asset_count, ASSETS - 2 * ASSETS / EVERY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t since_ns = -1;
        assert_int_equal(state_of(&posture, cases[i].asset, cases[i].signal, &since_ns),
                         cases[i].state);
        assert_int_equal(since_ns, cases[i].since_ns);
    }
    posture_done(&posture);
    kept_done(&kept);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blind_find__tells_each_that_is_planted_and_no_other,
                                        test_store_make, test_store_remove),
        cmocka_unit_test_setup_teardown(posture_join__gives_each_signal_its_state, test_store_make,
                                        test_store_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
