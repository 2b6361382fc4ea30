// Undefined symbols of the symbol table, and the table of their names.

#include "macho/test_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

struct test_symbol {
    uint32_t name;
    uint8_t type;
    uint64_t value;
};

#define NAMES     "\0_local\0_mmap\0_common\0_pbud\0_debug\0_open\0"
#define NAMES_LEN (sizeof NAMES - 1)

static const struct test_symbol symbols[] = {
    { 1, 0x0e, 0 },    // defined, not external
    { 8, 0x01, 0 },    // undefined
    { 0, 0x01, 0 },    // without a name
    { 14, 0x01, 16 },  // common
    { 22, 0x0d, 1 },   // prebound undefined
    { 28, 0x21, 0 },   // of a debugger
    { 35, 0x00, 0 },   // not external
    { 35, 0x0f, 0 },   // defined
    { 35, 0x0b, 0 },   // indirect
};

struct test_ranges {
    bool are_told;
    bool has_binds;
    uint32_t first;
    uint32_t count;
};

static void build(struct test_image *t, const struct test_symbol *at, uint32_t count,
                  const char *names, size_t names_len, struct test_ranges ranges)
{
    test_begin(t, TEST_ARM64, 11);  // A kernel extension has nothing but this.
    const size_t numbers = test_number_at(t, 0);
    test_command(t, 0x2, (uint32_t[4]){ 0 }, 4, NULL);
    if (ranges.are_told)
        test_command(t, 0xb, (uint32_t[18]){ 0, 0, 0, 0, ranges.first, ranges.count }, 18, NULL);
    if (ranges.has_binds)
        test_command(t, 0x80000022, (uint32_t[10]){ 0 }, 10, NULL);
    test_end_commands(t);
    test_patch(t, numbers, test_here(t));
    test_patch(t, numbers + 4, count);
    for (uint32_t i = 0; i < count; i++) {
        test_u32(t, at[i].name);
        test_octets(t, (const uint8_t[]){ at[i].type, 0, 0, 0 }, 4);
        test_word(t, at[i].value);
    }
    test_patch(t, numbers + 8, test_here(t));
    test_patch(t, numbers + 12, names_len);
    test_octets(t, names, names_len);
}

static struct test_read open_good(const struct test_image *t)
{
    struct test_read read;
    assert_true(test_open(&read, test_bytes(t), &arena));
    return read;
}

static void assert_error(const struct test_read *read, const char *reason)
{
    assert_int_equal(read->image->error_count, 1);
    assert_string_equal(read->image->errors[0].reason.at, reason);
    assert_false(read->imports.is_complete);
}

static void read_imports__tells_undefined_symbols_only(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct test_image t = { .is_64 = (i & 1) != 0, .is_big_endian = (i & 2) != 0 };
        build(&t, symbols, COUNT_OF(symbols), NAMES, NAMES_LEN, (struct test_ranges){ 0 });
        const struct test_read read = open_good(&t);
        assert_int_equal(read.image->error_count, 0);
        assert_true(read.imports.is_complete);
        assert_int_equal(read.imports.count, 2);
        assert_string_equal(read.imports.all.at[0].at, "_mmap");
        assert_string_equal(read.imports.all.at[1].at, "_pbud");
    }
}

// dyld takes no name from the table where there are binds; without them it may take any.
static void read_imports__believes_the_range_only_beside_binds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct test_image t = { .is_64 = true };
        build(
            &t, symbols, COUNT_OF(symbols), NAMES, NAMES_LEN,
            (struct test_ranges){ .are_told = true, .has_binds = i == 1, .first = 4, .count = 2 });
        const struct test_read read = open_good(&t);
        assert_true(read.imports.is_complete);
        assert_int_equal(read.imports.count, i == 1 ? 1 : 2);
        assert_string_equal(read.imports.all.at[read.imports.count - 1].at, "_pbud");
    }
}

static void read_imports__looks_at_all_symbols_where_the_range_is_wrong(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    build(&t, symbols, COUNT_OF(symbols), NAMES, NAMES_LEN,
          (struct test_ranges){ .are_told = true, .has_binds = true, .first = 4, .count = 6 });
    const struct test_read read = open_good(&t);
    assert_error(&read, "6 undefined symbols from 4 end past the 9 symbols");
    assert_int_equal(read.image->errors[0].index, 1);
    assert_int_equal(read.imports.count, 2);
}

static void read_imports__refuses_names_outside_their_table(void **state)
{
    (void)state;
    static const struct test_symbol bad[] = { { 8, 0x01, 0 }, { 41, 0x01, 0 }, { 1000, 0x01, 0 } };
    struct test_image t = { .is_64 = true };
    build(&t, bad, COUNT_OF(bad), NAMES, NAMES_LEN, (struct test_ranges){ 0 });
    const struct test_read read = open_good(&t);
    assert_error(&read, "the name at 41 of the names of symbols (41 octets) lies outside them");
    assert_int_equal(read.imports.count, 1);
}

static void read_imports__refuses_names_without_an_end(void **state)
{
    (void)state;
    static const struct test_symbol bad[] = { { 1, 0x01, 0 }, { 7, 0x01, 0 } };
    struct test_image t = { .is_64 = true };
    build(&t, bad, COUNT_OF(bad), "\0_mmap\0_open", 12, (struct test_ranges){ 0 });
    const struct test_read read = open_good(&t);
    assert_error(&read,
                 "the name at 7 of the names of symbols (12 octets) does not end inside them");
    assert_int_equal(read.imports.count, 1);
}

// Every suffix of one name is a name too; all of them together would be its square.
static void read_imports__refuses_names_that_share_their_octets(void **state)
{
    (void)state;
    struct test_symbol shared[64];
    char names[66] = { 0 };
    memset(names + 1, 'a', 64);
    for (uint32_t i = 0; i < COUNT_OF(shared); i++)
        shared[i] = (struct test_symbol){ i + 1, 0x01, 0 };
    struct test_image t = { .is_64 = true };
    build(&t, shared, COUNT_OF(shared), names, sizeof names, (struct test_ranges){ 0 });
    const struct test_read read = open_good(&t);
    assert_error(&read, "the name at 2 of the names of symbols (66 octets) shares its octets with "
                        "too many others");
    assert_int_equal(read.imports.count, 1);
}

// Beyond the buffer, and as long as a name may be.
static void read_imports__reads_long_names_up_to_max(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        const size_t names_len = 1 + 5 + 1 + 3 * (MACHO_SYMBOL_MAX + more + 1);
        const struct test_symbol long_ones[] = {
            { 1, 0x01, 0 },
            { 7, 0x01, 0 },
            { (uint32_t)(7 + MACHO_SYMBOL_MAX + more + 1), 0x01, 0 },
        };
        struct test_image t = { .is_64 = true };
        build(&t, long_ones, COUNT_OF(long_ones), "", 0, (struct test_ranges){ 0 });
        const size_t numbers = 32 + 8;
        test_patch(&t, numbers + 12, names_len);
        uint8_t *large = test_calloc(1, t.len + names_len);
        memcpy(large, t.at, t.len);
        memcpy(large + t.len + 1, "_mmap", 5);
        for (size_t i = 0; i < 3; i++)
            memset(large + t.len + 7 + i * (MACHO_SYMBOL_MAX + more + 1), 'a' + (int)i,
                   MACHO_SYMBOL_MAX + more);
        struct test_read read;
        assert_true(test_open(&read, (bytes){ .at = large, .len = t.len + names_len }, &arena));
        if (more == 0) {
            assert_true(read.imports.is_complete);
            assert_int_equal(read.imports.count, 3);
            assert_int_equal(read.imports.all.at[1].len, MACHO_SYMBOL_MAX);
            assert_int_equal(read.imports.all.at[2].at[0], 'b');
        } else {
            assert_error(&read, "the name at 7 of the names of symbols (98317 octets) is too long");
            assert_int_equal(read.imports.count, 1);
        }
        test_free(large);
    }
}

static void read_imports__survives_every_truncation_of_symbols(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    build(&t, symbols, COUNT_OF(symbols), NAMES, NAMES_LEN, (struct test_ranges){ 0 });
    for (size_t len = 28; len < t.len; len++) {
        uint8_t *exact = test_malloc(len);
        memcpy(exact, t.at, len);
        struct test_read read;
        assert_true(test_open(&read, (bytes){ .at = exact, .len = len }, &arena));
        assert_true(read.image->error_count > 0);
        assert_false(read.imports.is_complete);
        test_free(exact);
    }
}

// As many undefined symbols as are looked up, and one more.
static void read_imports__refuses_more_undefined_symbols_than_max(void **state)
{
    (void)state;
    for (uint32_t more = 0; more < 2; more++) {
        const uint32_t count = MACHO_IMPORTS_MAX + more;
        struct test_image t = { .is_64 = false };
        build(&t, symbols, 0, "", 0, (struct test_ranges){ 0 });
        const size_t size = t.len + (size_t)count * 12 + NAMES_LEN;
        uint8_t *large = test_calloc(1, size);
        for (uint32_t i = 0; i < count; i++) {
            large[t.len + (size_t)i * 12] = 8;
            large[t.len + (size_t)i * 12 + 4] = 0x01;
        }
        memcpy(large + size - NAMES_LEN, NAMES, NAMES_LEN);
        test_patch(&t, 28 + 12, count);
        test_patch(&t, 28 + 16, size - NAMES_LEN);
        test_patch(&t, 28 + 20, NAMES_LEN);
        memcpy(large, t.at, t.len);
        struct test_read read;
        assert_true(test_open(&read, (bytes){ .at = large, .len = size }, &arena));
        assert_int_equal(read.imports.count, 1);
        if (more == 0)
            assert_true(read.imports.is_complete);
        else
            assert_error(&read, "more than 1048576 undefined symbols");
        test_free(large);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(read_imports__tells_undefined_symbols_only, forget),
        cmocka_unit_test_teardown(read_imports__believes_the_range_only_beside_binds, forget),
        cmocka_unit_test_teardown(read_imports__looks_at_all_symbols_where_the_range_is_wrong,
                                  forget),
        cmocka_unit_test_teardown(read_imports__refuses_names_outside_their_table, forget),
        cmocka_unit_test_teardown(read_imports__refuses_names_without_an_end, forget),
        cmocka_unit_test_teardown(read_imports__refuses_names_that_share_their_octets, forget),
        cmocka_unit_test_teardown(read_imports__reads_long_names_up_to_max, forget),
        cmocka_unit_test_teardown(read_imports__survives_every_truncation_of_symbols, forget),
        cmocka_unit_test_teardown(read_imports__refuses_more_undefined_symbols_than_max, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
