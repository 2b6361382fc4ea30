// What joins events: every type of value, lists, what is missing, and values too long to keep.

#include "match/fixture.h"
#include "match/key.h"

#define LONG_LEN 65536u

static const struct value missing = { .type = VALUE_MISSING };

// The keys that one event makes for a stage `by` the fields.
struct keys {
    struct key_builder builder;
    struct eql_stage stage;
    struct event event;
    struct value slots[FIELD_COUNT];
};

static const uint16_t fields[] = { FIELD_PROCESS_ARGS, FIELD_PROCESS_ENV_VARS, FIELD_USER_ID };

static void open_keys(struct keys *k, uint32_t count, uint32_t optional)
{
    *k = (struct keys){ .stage = { .key_count = count } };
    k->event = (struct event){ .slots = k->slots, .slot_count = FIELD_COUNT };
    for (uint32_t i = 0; i < count; i++)
        k->stage.keys[i] =
            (struct plan_key){ .field = fields[i], .optional = (optional >> i & 1) != 0 };
}

static uint32_t count_keys(struct keys *k)
{
    uint32_t count = 0;
    key_builder_begin(&k->builder, &k->stage, &k->event);
    while (key_builder_next(&k->builder) != NULL)
        count++;
    return count;
}

// Of one field with one value.
static struct key *key_of(struct value v)
{
    struct keys k;
    open_keys(&k, 1, 1);
    k.slots[fields[0]] = v;
    key_builder_begin(&k.builder, &k.stage, &k.event);
    const struct key *key = key_builder_next(&k.builder);
    assert_non_null(key);
    struct key *kept = key_keep(key);
    assert_true(key_eq(key, kept));
    assert_null(key_builder_next(&k.builder));
    key_builder_done(&k.builder);
    return kept;
}

static bool same_key(struct value a, struct value b)
{
    struct key *left = key_of(a);
    struct key *right = key_of(b);
    const bool same = key_eq(left, right);
    free(left);
    free(right);
    return same;
}

static void key_builder_next__tells_values_of_different_types_apart(void **state)
{
    (void)state;
    const struct value one = value_of_int(1);
    assert_true(same_key(one, value_of_int(1)));
    assert_true(same_key(one, value_of_float(1.0)));
    assert_false(same_key(one, value_of_float(1.5)));
    assert_false(same_key(one, value_of_bool(true)));
    assert_false(same_key(one, value_of_text(STR("1"))));
    assert_false(same_key(value_of_bool(false), value_of_int(0)));
    assert_false(same_key(value_of_bool(false), missing));
    assert_false(same_key(value_of_text(STR("")), missing));
    assert_false(same_key(value_of_text(STR("a")), value_of_text(STR("A"))));
    assert_true(same_key(value_of_float(-0.0), value_of_int(0)));
    assert_false(same_key(value_of_float(1e300), value_of_float(1e299)));
    assert_true(same_key(value_of_int(INT64_MIN), value_of_int(INT64_MIN)));
    assert_false(same_key(value_of_int(INT64_MAX), value_of_float(9223372036854775808.0)));
}

// Two fields of "a" and "bc" are not "ab" and "c".
static void key_builder_next__keeps_the_borders_of_fields(void **state)
{
    (void)state;
    const char *const pairs[][2] = { { "a", "bc" }, { "ab", "c" }, { "", "abc" }, { "abc", "" } };
    struct key *keys[COUNT_OF(pairs)];
    struct keys k;
    open_keys(&k, 2, 0);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        k.slots[fields[0]] = value_of_text(str_of(pairs[i][0]));
        k.slots[fields[1]] = value_of_text(str_of(pairs[i][1]));
        key_builder_begin(&k.builder, &k.stage, &k.event);
        keys[i] = key_keep(key_builder_next(&k.builder));
        for (size_t before = 0; before < i; before++)
            assert_false(key_eq(keys[before], keys[i]));
    }
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        free(keys[i]);
    key_builder_done(&k.builder);
}

static void key_builder_next__makes_no_key_where_a_value_is_missing_unless_it_may(void **state)
{
    (void)state;
    struct keys k;
    const struct value none = value_of_list(NULL, 0);
    open_keys(&k, 3, 0);
    k.slots[fields[0]] = value_of_text(STR("a"));
    k.slots[fields[1]] = value_of_text(STR("b"));
    assert_int_equal(count_keys(&k), 0);
    k.stage.keys[2].optional = true;
    assert_int_equal(count_keys(&k), 1);
    k.slots[fields[2]] = none;  // A list of nothing is nothing.
    assert_int_equal(count_keys(&k), 1);
    k.stage.keys[2].optional = false;
    assert_int_equal(count_keys(&k), 0);
    key_builder_done(&k.builder);
    assert_true(same_key(none, missing));
}

static void key_builder_next__makes_a_key_of_every_combination_once(void **state)
{
    (void)state;
    const struct value left[] = { value_of_text(STR("a")), value_of_text(STR("b")),
                                  value_of_text(STR("a")), value_of_int(1), value_of_float(1.0) };
    const struct value right[] = { value_of_text(STR("x")), value_of_text(STR("y")) };
    struct keys k;
    open_keys(&k, 2, 0);
    k.slots[fields[0]] = value_of_list(left, COUNT_OF(left));
    k.slots[fields[1]] = value_of_list(right, COUNT_OF(right));
    assert_int_equal(count_keys(&k), 3 * 2);
    assert_int_equal(k.builder.cut, 0);
    key_builder_done(&k.builder);
}

static void key_builder_next__refuses_more_than_max_and_counts_it(void **state)
{
    (void)state;
    struct value list[KEY_COMBINATIONS_MAX + 1];
    struct keys k;
    open_keys(&k, 1, 0);
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = value_of_int((int64_t)i);
    k.slots[fields[0]] = value_of_list(list, KEY_COMBINATIONS_MAX);
    assert_int_equal(count_keys(&k), KEY_COMBINATIONS_MAX);
    assert_int_equal(k.builder.cut, 0);
    k.slots[fields[0]] = value_of_list(list, KEY_COMBINATIONS_MAX + 1);
    assert_int_equal(count_keys(&k), KEY_COMBINATIONS_MAX);
    assert_int_equal(k.builder.cut, 1);
    key_builder_done(&k.builder);
}

// A thousand million combinations of one key, and as many of which none is one.
static void key_builder_next__looks_at_each_value_of_a_list_once(void **state)
{
    (void)state;
    struct value list[1000];
    struct keys k;
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = value_of_text(STR("same"));
    open_keys(&k, 3, 0);
    for (size_t i = 0; i < 3; i++)
        k.slots[fields[i]] = value_of_list(list, COUNT_OF(list));
    assert_int_equal(count_keys(&k), 1);
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = value_of_int((int64_t)i % KEY_COMBINATIONS_MAX);
    k.slots[fields[2]] = missing;
    assert_int_equal(count_keys(&k), 0);
    k.slots[fields[2]] = k.slots[fields[1]] = value_of_text(STR("one"));
    assert_int_equal(count_keys(&k), KEY_COMBINATIONS_MAX);
    assert_int_equal(k.builder.cut, 0);
    key_builder_done(&k.builder);
}

static void key_builder_next__looks_at_no_more_values_than_max_and_counts_it(void **state)
{
    (void)state;
    struct value list[KEY_LIST_MAX + 1];
    struct keys k;
    for (size_t i = 0; i < COUNT_OF(list); i++)
        list[i] = value_of_text(STR("same"));
    list[KEY_LIST_MAX - 1] = value_of_text(STR("last"));
    list[KEY_LIST_MAX] = value_of_text(STR("beyond"));
    open_keys(&k, 1, 0);
    k.slots[fields[0]] = value_of_list(list, KEY_LIST_MAX);
    assert_int_equal(count_keys(&k), 2);
    assert_int_equal(k.builder.cut, 0);
    k.slots[fields[0]] = value_of_list(list, KEY_LIST_MAX + 1);
    assert_int_equal(count_keys(&k), 2);
    assert_int_equal(k.builder.cut, 1);
    key_builder_done(&k.builder);
}

// A value that is as long as is kept whole, and one of an octet more.
static void key_values__gives_back_what_was_put_in(void **state)
{
    (void)state;
    static char text[KEY_VALUE_MAX + 1];
    struct value out[EQL_KEYS_MAX];
    memset(text, 't', sizeof text);
    const struct value values[] = {
        value_of_text(STR("one\0two")),
        value_of_text(STR("")),
        value_of_bool(true),
        value_of_bool(false),
        value_of_int(-7),
        value_of_float(2.5),
        value_of_text((str){ .at = text, .len = KEY_VALUE_MAX }),
        missing,
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct key *key = key_of(values[i]);
        assert_int_equal(key_values(key, out), 1);
        assert_int_equal(out[0].type, values[i].type);
        if (out[0].type == VALUE_TEXT)
            assert_true(str_eq(value_str(out[0]), value_str(values[i])));
        if (out[0].type == VALUE_BOOL)
            assert_int_equal(out[0].boolean, values[i].boolean);
        if (out[0].type == VALUE_INT || out[0].type == VALUE_FLOAT)
            assert_int_equal(out[0].integer, values[i].integer);
        free(key);
    }
    struct key *key = key_of(value_of_text((str){ .at = text, .len = sizeof text }));
    assert_int_equal(key_values(key, out), 1);
    assert_int_equal(out[0].len, KEY_VALUE_MAX);
    free(key);
}

static void key_values__finds_the_value_behind_a_long_one(void **state)
{
    (void)state;
    static char text[LONG_LEN];
    struct value out[EQL_KEYS_MAX];
    struct keys k;
    memset(text, 'x', sizeof text);
    open_keys(&k, 3, 4);
    k.slots[fields[0]] = value_of_text((str){ .at = text, .len = sizeof text });
    k.slots[fields[1]] = value_of_text(STR("behind"));
    key_builder_begin(&k.builder, &k.stage, &k.event);
    const struct key *key = key_builder_next(&k.builder);
    assert_true(key_bytes(key) < 2 * KEY_VALUE_MAX);
    assert_int_equal(key_values(key, out), 3);
    assert_int_equal(out[0].len, KEY_VALUE_MAX);
    assert_true(str_eq(value_str(out[1]), STR("behind")));
    assert_int_equal(out[2].type, VALUE_MISSING);
    key_builder_done(&k.builder);
}

static void key_builder_next__tells_long_values_apart_by_all_of_their_octets(void **state)
{
    (void)state;
    static char a[LONG_LEN];
    static char b[LONG_LEN];
    const str whole = { .at = a, .len = sizeof a };
    const str shorter = { .at = a, .len = sizeof a - 1 };
    const size_t places[] = { 0, KEY_VALUE_MAX - 1, KEY_VALUE_MAX, LONG_LEN / 2, LONG_LEN - 1 };
    memset(a, 'x', sizeof a);
    memcpy(b, a, sizeof b);
    const str other = { .at = b, .len = sizeof b };
    assert_true(same_key(value_of_text(whole), value_of_text(other)));
    assert_false(same_key(value_of_text(whole), value_of_text(shorter)));
    for (size_t len = KEY_VALUE_MAX - 1; len < KEY_VALUE_MAX + 20; len++) {
        b[len - 1] = 'y';
        assert_false(
            same_key(value_of_text(str_to(whole, len)), value_of_text(str_to(other, len))));
        b[len - 1] = 'x';
    }
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        b[places[i]] = 'y';
        assert_false(same_key(value_of_text(whole), value_of_text(other)));
        b[places[i]] = 'x';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_builder_next__tells_values_of_different_types_apart),
        cmocka_unit_test(key_builder_next__keeps_the_borders_of_fields),
        cmocka_unit_test(key_builder_next__makes_no_key_where_a_value_is_missing_unless_it_may),
        cmocka_unit_test(key_builder_next__makes_a_key_of_every_combination_once),
        cmocka_unit_test(key_builder_next__refuses_more_than_max_and_counts_it),
        cmocka_unit_test(key_builder_next__looks_at_each_value_of_a_list_once),
        cmocka_unit_test(key_builder_next__looks_at_no_more_values_than_max_and_counts_it),
        cmocka_unit_test(key_values__gives_back_what_was_put_in),
        cmocka_unit_test(key_values__finds_the_value_behind_a_long_one),
        cmocka_unit_test(key_builder_next__tells_long_values_apart_by_all_of_their_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
