// Chained imports of each format, and each way in which they are damaged.

#include "macho/test_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PLACE     48u  // Of the fixups, behind the header and one command.
#define NAMES     "\0_dlopen\0_mmap\0_open\0"
#define NAMES_LEN (sizeof NAMES - 1)

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const uint32_t name_offsets[] = { 15, 1, 9, 1 };  // One of them twice.

static void put_import(struct test_image *t, uint32_t format, uint32_t name)
{
    if (format == 3) {
        test_put(t, t->len, (uint64_t)name << 32 | 0x10001, 8, t->is_big_endian);
        test_put(t, t->len + 8, 7, 8, t->is_big_endian);
        t->len += 16;
        return;
    }
    test_u32(t, name << 9 | 0x101);
    if (format == 2)
        test_u32(t, 7);
}

static void build(struct test_image *t, uint32_t format)
{
    test_begin(t, TEST_ARM64, TEST_EXECUTE);
    test_command(t, 0x80000034, (uint32_t[]){ 0, 0 }, 2, NULL);
    test_end_commands(t);
    const uint32_t imports_bytes = format == 1 ? 16 : format == 2 ? 32 : 64;
    const uint32_t begin = test_here(t);
    test_u32(t, 0);  // version
    test_u32(t, 28);
    test_u32(t, 28);
    test_u32(t, 28 + imports_bytes);
    test_u32(t, COUNT_OF(name_offsets));
    test_u32(t, format);
    test_u32(t, 0);  // names are not compressed
    for (size_t i = 0; i < COUNT_OF(name_offsets); i++)
        put_import(t, format, name_offsets[i]);
    test_octets(t, NAMES, NAMES_LEN);
    const size_t command = t->is_64 ? 32 : 28;
    test_patch(t, command + 8, begin);
    test_patch(t, command + 12, test_here(t) - begin);
}

static struct test_read open_good(const struct test_image *t)
{
    struct test_read read;
    assert_true(test_open(&read, test_bytes(t), &arena));
    return read;
}

static void read_imports__tells_chained_imports_of_every_format(void **state)
{
    (void)state;
    for (uint32_t format = 1; format <= 3; format++)
        for (unsigned i = 0; i < 4; i++) {
            struct test_image t = { .is_64 = (i & 1) != 0, .is_big_endian = (i & 2) != 0 };
            build(&t, format);
            const struct test_read read = open_good(&t);
            assert_int_equal(read.image->error_count, 0);
            assert_true(read.imports.is_complete);
            assert_int_equal(read.imports.count, 3);
            assert_string_equal(read.imports.all.at[0].at, "_dlopen");
            assert_string_equal(read.imports.all.at[1].at, "_mmap");
            assert_string_equal(read.imports.all.at[2].at, "_open");
            assert_int_equal(read.imports.watched.count, 2);
        }
}

// One number of the header is changed; what could be read all the same is told.
static void assert_refused(size_t number, uint32_t value, size_t count, const char *reason)
{
    struct test_image t = { .is_64 = true };
    build(&t, 1);
    test_patch(&t, PLACE + 4 * number, value);
    const struct test_read read = open_good(&t);
    assert_int_equal(read.image->error_count, 1);
    assert_string_equal(read.image->errors[0].reason.at, reason);
    assert_int_equal(read.image->errors[0].index, -1);
    assert_false(read.imports.is_complete);
    assert_int_equal(read.imports.count, count);
}

static void read_imports__refuses_headers_that_are_damaged(void **state)
{
    (void)state;
    assert_refused(0, 1, 0, "chained fixups of version 1");
    assert_refused(2, 60, 0, "4 chained imports at 60 end past the 65 octets of the fixups");
    assert_refused(2, UINT32_MAX, 0,
                   "4 chained imports at 4294967295 end past the 65 octets of the fixups");
    assert_refused(3, 66, 0, "names of chained imports at 66 lie outside the 65 octets");
    assert_refused(4, UINT32_MAX, 0,
                   "4294967295 chained imports at 28 end past the 65 octets of the fixups");
    assert_refused(5, 0, 0, "chained imports of format 0");
    assert_refused(5, 4, 0, "chained imports of format 4");
    assert_refused(6, 1, 0, "names of chained imports are compressed (format 1)");
}

static void read_imports__refuses_names_that_are_damaged(void **state)
{
    (void)state;
    assert_refused(7, 100 << 9, 2,
                   "the name at 100 of the names of chained imports (21 octets) lies outside them");
    struct test_image t = { .is_64 = true };
    build(&t, 1);
    t.at[t.len - 1] = 'x';
    const struct test_read read = open_good(&t);
    assert_string_equal(
        read.image->errors[0].reason.at,
        "the name at 15 of the names of chained imports (21 octets) does not end inside them");
    assert_int_equal(read.imports.count, 2);
    assert_false(read.imports.is_complete);
}

static void read_imports__refuses_fixups_that_are_too_short(void **state)
{
    (void)state;
    struct test_image t = { .is_64 = true };
    build(&t, 1);
    test_patch(&t, 32 + 12, 27);
    struct test_read read = open_good(&t);
    assert_string_equal(read.image->errors[0].reason.at,
                        "chained fixups of 27 octets are too short");
    assert_false(read.imports.is_complete);
    // None at all are none.
    test_patch(&t, 32 + 12, 0);
    read = open_good(&t);
    assert_int_equal(read.image->error_count, 0);
    assert_true(read.imports.is_complete);
}

// Whether the file is cut or the command tells less.
static void read_imports__refuses_every_truncation_of_fixups(void **state)
{
    (void)state;
    for (uint32_t format = 1; format <= 3; format++) {
        struct test_image t = { .is_64 = true };
        build(&t, format);
        const uint32_t whole = test_here(&t) - PLACE;
        for (uint32_t len = 1; len < whole; len++) {
            struct test_image told = t;
            test_patch(&told, 32 + 12, len);
            assert_false(open_good(&told).imports.is_complete);
            uint8_t *exact = test_malloc(PLACE + len);
            memcpy(exact, t.at, PLACE + len);
            struct test_read read;
            assert_true(test_open(&read, (bytes){ .at = exact, .len = PLACE + len }, &arena));
            assert_false(read.imports.is_complete);
            assert_int_equal(read.image->error_count, 1);
            assert_int_equal(read.image->errors[0].index, 0);
            test_free(exact);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(read_imports__tells_chained_imports_of_every_format, forget),
        cmocka_unit_test_teardown(read_imports__refuses_headers_that_are_damaged, forget),
        cmocka_unit_test_teardown(read_imports__refuses_names_that_are_damaged, forget),
        cmocka_unit_test_teardown(read_imports__refuses_fixups_that_are_too_short, forget),
        cmocka_unit_test_teardown(read_imports__refuses_every_truncation_of_fixups, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
