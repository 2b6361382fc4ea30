// Which asset a Mac is: by what, and where nobody can tell.

#include "coverage/identify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct asset_row assets[] = {
    { .id = STR_INIT("a0"), .serial = STR_INIT("SER0"), .host_name = STR_INIT("one.corp.example") },
    { .id = STR_INIT("a1"),
      .serial = STR_INIT("SER1"),
      .hardware_uuid = STR_INIT("AB-01"),
      .host_name = STR_INIT("two.corp.example") },
    { .id = STR_INIT("a2"), .serial = STR_INIT("SER2"), .host_name = STR_INIT("two.lab.example") },
    { .id = STR_INIT("a3"), .serial = STR_INIT("SAME"), .host_name = STR_INIT("three") },
    { .id = STR_INIT("a4"), .serial = STR_INIT("SAME"), .host_name = STR_INIT("four") },
    { .id = STR_INIT("a5"), .serial = STR_INIT("SER5"), .host_name = STR_INIT("five.local") },
    { .id = STR_INIT("a6"),
      .serial = STR_INIT("SER6"),
      .host_name = STR_INIT("three"),
      .is_retired = true },
    { .id = STR_INIT("a7"),
      .serial = STR_INIT("SER7"),
      .host_name = STR_INIT("seven"),
      .is_retired = true },
    { .id = STR_INIT("a8"), .host_name = STR_INIT("10.0.0.7") },
};
static struct kept_name names[] = { { STR_INIT("alias-one"), 0 },
                                    { STR_INIT("shared"), 1 },
                                    { STR_INIT("shared"), 2 } };

static void identify_host__says_which_or_that_nobody_knows(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *name;
        size_t count;
        uint32_t asset;
        bool is_retired;
    } cases[] = {
        { "SER0", "", 1, 0, false },
        { "ser0", "", 1, 0, false },
        { "ab-01", "", 1, 1, false },
        { "x", "SER1", 1, 1, false },
        { "x", "ONE.corp.example", 1, 0, false },
        { "x", "one", 1, 0, false },
        { "x", "one.local", 1, 0, false },
        { "x", "one.other.example", 0, 0, false },
        { "x", "two.corp.example", 1, 1, false },
        { "x", "two", 2, 1, false },
        { "SER2", "two", 1, 2, false },    // What is sure goes before what is likely.
        { "SER0", "three", 1, 0, false },  // Names are handed on.
        { "SAME", "three", 2, 3, false },  // A serial that two have.
        { "SER0", "SER1", 2, 0, false },   // Sure of two.
        { "x", "five.corp.example", 1, 5, false },
        { "x", "three", 1, 3, false },  // The other one was retired.
        { "SER6", "three", 1, 6, true },
        { "x", "seven", 1, 7, true },
        { "x", "alias-one", 1, 0, false },
        { "x", "Shared", 2, 1, false },
        { "10.0.0.7", "", 1, 8, false },
        { "10.9.9.9", "", 0, 0, false },  // An address is no name with a domain.
        { "", "", 0, 0, false },
        { "x", ".local", 0, 0, false },
    };
    struct kept kept = { .assets = assets,
                         .asset_count = COUNT_OF(assets),
                         .names = names,
                         .name_count = COUNT_OF(names) };
    struct identify *i = identify_new(&kept);
    for (size_t n = 0; n < COUNT_OF(cases); n++) {
        const struct coverage_kept_host host = { .id = str_of(cases[n].id),
                                                 .name = str_of(cases[n].name) };
        const struct identify_result is = identify_host(i, &host);
        const bool is_right = is.count == cases[n].count &&
                              (is.count == 0 || is.assets[0] == cases[n].asset) &&
                              is.is_retired == cases[n].is_retired;
        if (!is_right)
            fail_msg("%s %s: %zu, first a%u", cases[n].id, cases[n].name, is.count,
                     (unsigned)is.assets[0]);
    }
    identify_free(i);
    identify_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identify_host__says_which_or_that_nobody_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
