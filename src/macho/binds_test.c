// Binding opcodes: what is bound is told, what is only set is not, and each damage ends the walk.

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

// Each kind of opcode once. "_set" is set and not bound.
static const char rich[] = "\x11\x72\x08\x51"
                           "\x40_mmap\0\x90"
                           "\x20\x81\x01\x60\x7f\x80\xff\xff\x03"
                           "\x41_open\0\xa0\x10"
                           "\x3e\x40_read\0\xb2\x90"
                           "\x48_set\0"
                           "\x40_write\0\xc0\x05\x08"
                           "\xd0\x03\xd1"
                           "\x00";
static const char lazy[] = "\x72\x00\x11\x40_dlopen\0\x90\x00"
                           "\x72\x08\x11\x40_dlsym\0\x90\x00\x00";

static void build(struct test_image *t, enum macho_bind_kind kind, const char *opcodes, size_t len)
{
    uint32_t numbers[10] = { 0 };
    test_begin(t, TEST_ARM64, TEST_EXECUTE);
    numbers[2 + 2 * kind] = (t->is_64 ? 32 : 28) + 48;
    numbers[3 + 2 * kind] = (uint32_t)len;
    test_command(t, 0x80000022, numbers, COUNT_OF(numbers), NULL);
    test_end_commands(t);
    test_octets(t, opcodes, len);
}

static struct test_read open_good(const struct test_image *t)
{
    struct test_read read;
    assert_true(test_open(&read, test_bytes(t), &arena));
    return read;
}

static void assert_names(const struct test_read *read, const char *const *names, size_t count)
{
    assert_int_equal(read->image->error_count, 0);
    assert_true(read->imports.is_complete);
    assert_int_equal(read->imports.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(read->imports.all.at[i].at, names[i]);
}

static void read_imports__tells_what_opcodes_bind(void **state)
{
    (void)state;
    static const char *const names[] = { "_mmap", "_open", "_read", "_write" };
    for (unsigned i = 0; i < 4; i++) {
        struct test_image t = { .is_64 = (i & 1) != 0, .is_big_endian = (i & 2) != 0 };
        build(&t, MACHO_BIND, rich, sizeof rich - 1);
        struct test_read read = open_good(&t);
        assert_names(&read, names, COUNT_OF(names));
    }
    struct test_image t = { .is_64 = true };
    build(&t, MACHO_BIND_WEAK, rich, sizeof rich - 1);
    struct test_read read = open_good(&t);
    assert_names(&read, names, COUNT_OF(names));
}

static void read_imports__goes_on_after_each_lazy_bind(void **state)
{
    (void)state;
    static const char *const names[] = { "_dlopen", "_dlsym" };
    struct test_image t = { .is_64 = true };
    build(&t, MACHO_BIND_LAZY, lazy, sizeof lazy - 1);
    struct test_read read = open_good(&t);
    assert_names(&read, names, 2);
    // In the other tables the first end is the end.
    t = (struct test_image){ .is_64 = true };
    build(&t, MACHO_BIND, lazy, sizeof lazy - 1);
    read = open_good(&t);
    assert_names(&read, names, 1);
}

static void assert_refused(enum macho_bind_kind kind, const char *opcodes, size_t len,
                           const char *reason)
{
    struct test_image t = { .is_64 = true };
    build(&t, kind, opcodes, len);
    const struct test_read read = open_good(&t);
    assert_int_equal(read.image->error_count, 1);
    assert_string_equal(read.image->errors[0].reason.at, reason);
    assert_false(read.imports.is_complete);
}

static void read_imports__refuses_opcodes_that_are_damaged(void **state)
{
    (void)state;
    assert_refused(MACHO_BIND, "\x90", 1, "binds have a bind without a symbol at 1 of 1 octets");
    assert_refused(MACHO_BIND_WEAK, "\xe0", 1,
                   "weak binds have an unknown opcode at 1 of 1 octets");
    assert_refused(MACHO_BIND_LAZY, "\xd2", 1,
                   "lazy binds have an unknown opcode at 1 of 1 octets");
    assert_refused(MACHO_BIND, "\x40_open", 6, "binds have a name without an end at 1 of 6 octets");
    assert_refused(MACHO_BIND, "\x20", 1, "binds have an end inside an opcode at 1 of 1 octets");
    assert_refused(MACHO_BIND, "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12,
                   "binds have a number of more than 64 bits at 11 of 12 octets");
}

static void read_imports__reads_numbers_of_64_bits(void **state)
{
    (void)state;
    static const char opcodes[] = "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x40_open\0\x90";
    static const char *const names[] = { "_open" };
    struct test_image t = { .is_64 = true };
    build(&t, MACHO_BIND, opcodes, sizeof opcodes - 1);
    struct test_read read = open_good(&t);
    assert_names(&read, names, 1);
}

// A table may end anywhere between opcodes; names that were bound before are told.
static void read_imports__survives_every_truncation_of_opcodes(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    build(&t, MACHO_BIND, rich, sizeof rich - 1);
    size_t before = 0;
    for (uint32_t len = 1; len < sizeof rich; len++) {
        uint8_t *exact = test_malloc(80 + len);
        struct test_image told = t;
        test_patch(&told, 32 + 8 + 12, len);
        memcpy(exact, told.at, 80 + len);
        struct test_read read;
        assert_true(test_open(&read, (bytes){ .at = exact, .len = 80 + len }, &arena));
        assert_int_equal(read.imports.is_complete, read.image->error_count == 0);
        assert_true(read.imports.count >= before);
        before = read.imports.count;
        test_free(exact);
    }
    assert_int_equal(before, 4);
}

// A long table, so that names and numbers lie across the borders of what is read at once.
static struct test_read read_large(const char *name, size_t name_len, size_t times, uint8_t **out)
{
    const size_t each = name_len + 3 + 4;
    struct test_image t = { .is_64 = true };
    build(&t, MACHO_BIND, "", 0);
    uint8_t *large = test_calloc(1, t.len + times * each + 1);
    uint8_t *at = large + t.len;
    for (size_t i = 0; i < times; i++) {
        char number[5];
        (void)snprintf(number, sizeof number, "%04x", (unsigned)(i & 0xffff));
        *at++ = 0x40;
        memcpy(at, name, name_len);
        memcpy(at + name_len, number, 4);
        at[name_len + 4] = 0;
        at[name_len + 5] = 0x90;
        at += name_len + 6;
    }
    test_put(&t, 32 + 8 + 12, (uint64_t)(at - large) - t.len, 4, false);
    memcpy(large, t.at, t.len);
    struct test_read read;
    assert_true(test_open(&read, (bytes){ .at = large, .len = (size_t)(at - large) }, &arena));
    *out = large;
    return read;
}

static void read_imports__reads_tables_larger_than_its_buffer(void **state)
{
    (void)state;
    uint8_t *large;
    const struct test_read read = read_large("_symbol_of_some_length", 22, 10000, &large);
    assert_int_equal(read.image->error_count, 0);
    assert_int_equal(read.imports.count, 10000);
    assert_string_equal(read.imports.all.at[9999].at, "_symbol_of_some_length270f");
    test_free(large);
}

static void read_imports__refuses_a_bound_name_longer_than_max(void **state)
{
    (void)state;
    uint8_t *large;
    char *name = test_malloc(MACHO_SYMBOL_MAX);
    memset(name, 'x', MACHO_SYMBOL_MAX);
    struct test_read read = read_large(name, MACHO_SYMBOL_MAX - 4, 3, &large);
    assert_int_equal(read.image->error_count, 0);
    assert_int_equal(read.imports.count, 3);
    test_free(large);
    read = read_large(name, MACHO_SYMBOL_MAX - 3, 1, &large);
    assert_string_equal(read.image->errors[0].reason.at,
                        "binds have a name that is too long at 1 of 32772 octets");
    test_free(large);
    test_free(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(read_imports__tells_what_opcodes_bind, forget),
        cmocka_unit_test_teardown(read_imports__goes_on_after_each_lazy_bind, forget),
        cmocka_unit_test_teardown(read_imports__refuses_opcodes_that_are_damaged, forget),
        cmocka_unit_test_teardown(read_imports__reads_numbers_of_64_bits, forget),
        cmocka_unit_test_teardown(read_imports__survives_every_truncation_of_opcodes, forget),
        cmocka_unit_test_teardown(read_imports__reads_tables_larger_than_its_buffer, forget),
        cmocka_unit_test_teardown(read_imports__refuses_a_bound_name_longer_than_max, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
