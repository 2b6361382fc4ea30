#include "macho/bundle_info.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void bundle_info__reads_xml(void **state)
{
    (void)state;
    static const char named[] =
        "<plist version=\"1.0\"><dict><key>CFBundleName</key><string>x</string>"
        "<key>CFBundleExecutable</key><string>tool</string></dict></plist>";
    static const char other[] = "<plist><dict><key>CFBundleExecutable</key><true/></dict></plist>";
    str name;
    struct err err;
    bytes in = { .at = (const uint8_t *)named, .len = sizeof named - 1 };
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), OK);
    assert_true(str_eq(name, STR("tool")));
    in = (bytes){ .at = (const uint8_t *)other, .len = sizeof other - 1 };
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), OK);
    assert_int_equal(name.len, 0);
}

static void bundle_info__refuses_more_than_max(void **state)
{
    (void)state;
    enum {
        LEN = 1024 * 1024 + 1
    };
    char *xml = malloc(LEN);
    str name;
    struct err err;
    memset(xml, ' ', LEN);
    bytes in = { .at = (const uint8_t *)xml, .len = LEN };
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), ERR_LIMIT);
    assert_string_equal(err.text,
                        "contents of Info.plist of 1048577 octets; at most 1048576 are read");
    for (size_t i = 0; i < 4097; i++)
        memcpy(xml + 6 * i, "<array", 6);
    in.len--;
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), ERR_LIMIT);
    assert_string_equal(
        err.text,
        "4097 dictionaries and arrays in the contents of Info.plist; at most 4096 are read");
    free(xml);
}

// A binary list: CFBundleExecutable is `value`, which is one object.
static bytes binary_of(const char *value, size_t len)
{
    static uint8_t at[2048];
    size_t n = 0;
    memset(at, 0, sizeof at);
    memcpy(at,
           "bplist00\xd1\x01\x02\x5f\x10\x12"
           "CFBundleExecutable",
           32);
    n = 32;
    memcpy(at + n, value, len);
    n += len;
    const size_t table = n;
    const uint8_t offsets[3] = { 8, 11, 32 };
    memcpy(at + n, offsets, 3);
    n += 3;
    at[n + 6] = 1;
    at[n + 7] = 1;
    at[n + 15] = 3;
    at[n + 30] = (uint8_t)(table >> 8);
    at[n + 31] = (uint8_t)table;
    return (bytes){ .at = at, .len = n + 32 };
}

static void bundle_info__reads_binary_lists(void **state)
{
    (void)state;
    str name;
    struct err err;
    bytes in = binary_of("\x54tool", 5);
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), OK);
    assert_true(str_eq(name, STR("tool")));
    // "é", a character beyond the first 65536, and a euro.
    in = binary_of("\x64\x00\xe9\xd8\x3d\xde\x00\x20\xac", 9);
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), OK);
    assert_true(str_eq(name, STR("\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac")));
    // Without the key, and without a dictionary.
    uint8_t changed[256];
    memcpy(changed, in.at, in.len);
    changed[15] = 'X';
    in.at = changed;
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), OK);
    assert_int_equal(name.len, 0);
    changed[8] = 0xa1;
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), OK);
    assert_int_equal(name.len, 0);
}

static void bundle_info__refuses_damaged_binary_lists(void **state)
{
    (void)state;
    str name = STR("untouched");
    struct err err;
    bytes in = binary_of("\x09", 1);
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), ERR_FORMAT);
    assert_string_equal(err.text, "name of the executable in Info.plist is damaged");
    char name_of_1025[4 + 1025] = "\x5f\x11\x04\x01";
    memset(name_of_1025 + 4, 'a', 1025);
    in = binary_of(name_of_1025, sizeof name_of_1025);
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), ERR_FORMAT);
    name_of_1025[3] = 0;
    in = binary_of(name_of_1025, sizeof name_of_1025 - 1);
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), OK);
    assert_int_equal(name.len, 1024);
    in = binary_of("\x09", 1);
    in.len = 31;
    assert_int_equal(bundle_info_executable(in, &arena, &name, &err), ERR_FORMAT);
    assert_string_equal(err.text, "Info.plist of 31 octets is damaged");
}

static void bundle_info__survives_every_change_and_truncation(void **state)
{
    (void)state;
    str name;
    struct err err;
    uint8_t changed[256];
    const bytes in = binary_of("\x54tool", 5);
    for (size_t at = 0; at < in.len; at++) {
        memcpy(changed, in.at, in.len);
        for (unsigned value = 0; value < 256; value++) {
            changed[at] = (uint8_t)value;
            if (bundle_info_executable((bytes){ .at = changed, .len = in.len }, &arena, &name,
                                       &err) == OK)
                assert_true(name.len <= 1024 * 4);
        }
        arena_reset(&arena);
    }
    for (size_t len = 0; len < in.len; len++) {
        uint8_t *exact = malloc(len + 1);
        memcpy(exact, in.at, len);
        assert_int_not_equal(
            bundle_info_executable((bytes){ .at = exact, .len = len }, &arena, &name, &err), OK);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(bundle_info__reads_xml, forget),
        cmocka_unit_test_teardown(bundle_info__refuses_more_than_max, forget),
        cmocka_unit_test_teardown(bundle_info__reads_binary_lists, forget),
        cmocka_unit_test_teardown(bundle_info__refuses_damaged_binary_lists, forget),
        cmocka_unit_test_teardown(bundle_info__survives_every_change_and_truncation, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
