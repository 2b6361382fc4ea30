// The commands that name tables: what each damage is called, and that imports are then told to
// be incomplete.

#include "macho/test_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SYMTAB         0x2u
#define DYSYMTAB       0xbu
#define DYLD_INFO_ONLY 0x80000022u
#define FIXUPS         0x80000034u

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct test_read open_good(const struct test_image *t)
{
    struct test_read read;
    assert_true(test_open(&read, test_bytes(t), &arena));
    return read;
}

// Two commands of one kind; the second is refused for what it is or for being the second.
static void assert_refused(uint32_t command, const uint32_t *first, const uint32_t *second,
                           size_t count, const char *reason)
{
    struct test_image t = { .is_64 = true };
    test_begin(&t, TEST_ARM64, TEST_EXECUTE);
    if (first != NULL)
        test_command(&t, command, first, count, NULL);
    else
        test_command(&t, 0x26, (uint32_t[]){ 0, 0 }, 2, NULL);
    test_command(&t, command, second, count, NULL);
    test_end_commands(&t);
    const struct test_read read = open_good(&t);
    assert_int_equal(read.image->error_count, 1);
    assert_string_equal(read.image->errors[0].reason.at, reason);
    assert_int_equal(read.image->errors[0].index, 1);
    assert_false(read.imports.is_complete);
    assert_true(read.image->links_complete);
}

static void tables__are_refused_when_they_are_too_short(void **state)
{
    (void)state;
    static const uint32_t zeros[20] = { 0 };
    assert_refused(SYMTAB, NULL, zeros, 3, "symbol table command of 20 octets is too short");
    assert_refused(DYSYMTAB, NULL, zeros, 17, "symbol ranges command of 76 octets is too short");
    assert_refused(DYLD_INFO_ONLY, NULL, zeros, 9, "dyld info command of 44 octets is too short");
    assert_refused(0x22, NULL, zeros, 9, "dyld info command of 44 octets is too short");
    assert_refused(FIXUPS, NULL, zeros, 1, "chained fixups command of 12 octets is too short");
}

static void tables__are_refused_the_second_time(void **state)
{
    (void)state;
    static const uint32_t zeros[20] = { 0 };
    assert_refused(SYMTAB, zeros, zeros, 4, "a second symbol table");
    assert_refused(DYSYMTAB, zeros, zeros, 18, "a second command of symbol ranges");
    assert_refused(DYLD_INFO_ONLY, zeros, zeros, 10, "a second dyld info");
    assert_refused(FIXUPS, zeros, zeros, 2, "a second command of chained fixups");
}

static void tables__are_refused_outside_the_image(void **state)
{
    (void)state;
    assert_refused(SYMTAB, NULL, (uint32_t[]){ 32, 100, 0, 0 }, 4,
                   "symbol table of 1600 octets at 32 ends past the image of 72");
    assert_refused(SYMTAB, NULL, (uint32_t[]){ 32, UINT32_MAX, 0, 0 }, 4,
                   "symbol table of 68719476720 octets at 32 ends past the image of 72");
    assert_refused(SYMTAB, NULL, (uint32_t[]){ 32, 1, 60, 13 }, 4,
                   "table of symbol names of 13 octets at 60 ends past the image of 72");
    assert_refused(FIXUPS, NULL, (uint32_t[]){ 64, 1 }, 2,
                   "chained fixups of 1 octets at 64 ends past the image of 64");
    assert_refused(DYLD_INFO_ONLY, NULL, (uint32_t[]){ 0, 0, 97, 1, 0, 0, 0, 0, 0, 0 }, 10,
                   "table of binds of 1 octets at 97 ends past the image of 96");
    assert_refused(DYLD_INFO_ONLY, NULL, (uint32_t[]){ 0, 0, 0, 0, 97, 1, 0, 0, 0, 0 }, 10,
                   "table of weak binds of 1 octets at 97 ends past the image of 96");
    assert_refused(DYLD_INFO_ONLY, NULL, (uint32_t[]){ 0, 0, 0, 0, 0, 0, 97, 1, 0, 0 }, 10,
                   "table of lazy binds of 1 octets at 97 ends past the image of 96");
}

static void tables__are_refused_when_the_undefined_symbols_are_more_than_all(void **state)
{
    (void)state;
    assert_refused(DYSYMTAB, NULL, (uint32_t[18]){ 0, 0, 0, 0, 0, 1 }, 18,
                   "1 undefined symbols from 0 end past the 0 symbols");
    assert_refused(DYSYMTAB, NULL, (uint32_t[18]){ 0, 0, 0, 0, UINT32_MAX, 1 }, 18,
                   "1 undefined symbols from 4294967295 end past the 0 symbols");
}

// A damaged command after them may hide anything.
static void tables__are_incomplete_where_the_commands_are(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    test_begin(&t, TEST_ARM64, TEST_EXECUTE);
    test_command(&t, 0x26, (uint32_t[]){ 0, 0 }, 2, NULL);
    test_end_commands(&t);
    assert_true(open_good(&t).imports.is_complete);
    test_patch(&t, 16, 2);
    const struct test_read read = open_good(&t);
    assert_false(read.imports.is_complete);
    assert_false(read.image->sections_complete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(tables__are_refused_when_they_are_too_short, forget),
        cmocka_unit_test_teardown(tables__are_refused_the_second_time, forget),
        cmocka_unit_test_teardown(tables__are_refused_outside_the_image, forget),
        cmocka_unit_test_teardown(tables__are_refused_when_the_undefined_symbols_are_more_than_all,
                                  forget),
        cmocka_unit_test_teardown(tables__are_incomplete_where_the_commands_are, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
