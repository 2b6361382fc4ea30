// Profiles of sensors, and every sentence that refuses one.

#include "match/sensor_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static enum status read_as(const char *text, struct arena *arena, struct sensor_profiles *out,
                           struct err *err)
{
    char path[] = "/tmp/pomona-sensors-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
    const enum status status = sensor_file_read(str_of(path), arena, out, err);
    (void)unlink(path);
    return status;
}

static void sensor_file_read__reads_a_profile(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct sensor_profiles profiles;
    struct err err;
    assert_int_equal(read_as("santa:\n"
                             "  product: Santa\n"
                             "  versions: '2024'\n"
                             "  caveat: >-\n"
                             "    a long\n"
                             "    one\n"
                             "  omissions: some\n"
                             "  sources:\n"
                             "    proto: a file\n"
                             "    page: a page\n"
                             "  signals:\n"
                             "    exec: { is: shown, source: proto }\n"
                             "    file: { is: partly, how: closed ones, source: page }\n"
                             "    task port: { is: not, source: page }\n"
                             "    trace: { is: unknown }\n"
                             "osquery: { product: osquery }\n",
                             &arena, &profiles, &err),
                     OK);
    assert_int_equal(profiles.count, 2);
    const struct sensor_profile *santa = sensor_profile_find(&profiles, STR("santa"));
    assert_non_null(santa);
    assert_true(str_eq(santa->product, STR("Santa")));
    assert_true(str_eq(santa->versions, STR("2024")));
    assert_true(str_eq(santa->caveat, STR("a long one")));
    assert_true(str_eq(santa->omissions, STR("some")));
    assert_int_equal(santa->signals[SIGNAL_EXEC].shows, SENSOR_SHOWN);
    assert_true(str_eq(santa->signals[SIGNAL_EXEC].source, STR("a file")));
    assert_int_equal(santa->signals[SIGNAL_FILE].shows, SENSOR_PARTLY);
    assert_true(str_eq(santa->signals[SIGNAL_FILE].how, STR("closed ones")));
    assert_int_equal(santa->signals[SIGNAL_TASK_PORT].shows, SENSOR_NOT);
    assert_int_equal(santa->signals[SIGNAL_TRACE].shows, SENSOR_UNKNOWN);
    assert_int_equal(santa->signals[SIGNAL_EXIT].shows, SENSOR_UNKNOWN);
    assert_null(sensor_profile_find(&profiles, STR("eslogger")));
    arena_done(&arena);
}

#define HEAD "santa:\n  product: S\n  sources: { a: b }\n  signals:\n"

static void sensor_file_read__refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *sentence;
    } refusals[] = {
        { "", ":1:1: the file is empty" },
        { "- a\n", ":1:1: sensors.yaml is a mapping of sensors" },
        { "santa:\n  product: S\n x: 1\n", ":3:2: " },
        { "santas: { product: S }\n", ":1:1: there is no sensor \"santas\"" },
        { "[a]: { product: S }\n", ":1:1: a sensor's name is a word" },
        { "santa: { product: S }\nsanta: { product: S }\n",
          ":2:1: the sensor stands twice: \"santa\"" },
        { "santa: 1\n", ":1:8: a sensor is a mapping of keys" },
        { "santa:\n  versions: a\n", ":2:3: the sensor has no \"product\"" },
        { "santa:\n  product: S\n  colour: red\n", ":3:3: a sensor has no key \"colour\"" },
        { "santa:\n  product: S\n  product: T\n", ":3:3: the key stands twice: \"product\"" },
        { "santa:\n  product: ''\n", ":2:12: a text belongs to the key \"product\"" },
        { "santa:\n  product: [a]\n", ":2:12: a text belongs to the key \"product\"" },
        { "santa:\n  product: S\n  signals: {}\n", ":3:12: sources come before signals" },
        { "santa:\n  product: S\n  sources: a\n", ":3:12: sources is a mapping of names to texts" },
        { "santa:\n  product: S\n  sources: { a: b }\n", ":3:14: no entry names the source \"a\"" },
        { HEAD "    exec: shown\n", ":5:11: a signal's entry is { is: ..., source: ... }" },
        { HEAD "    execs: { is: shown, source: a }\n",
          ":5:5: did you mean \"exec\"? There is no signal \"execs\"" },
        { HEAD "    wombats: { is: shown, source: a }\n", ":5:5: there is no signal \"wombats\"" },
        { HEAD "    exec: { is: yes, source: a }\n", ":5:17: is: shown, partly, not or unknown" },
        { HEAD "    exec: { is: shown }\n", ":5:11: the entry has no \"source\"" },
        { HEAD "    exec: { source: a }\n", ":5:11: the entry has no \"is\"" },
        { HEAD "    exec: { is: partly, source: a }\n", ":5:11: the entry has no \"how\"" },
        { HEAD "    exec: { is: shown, source: c }\n", ":5:32: there is no source \"c\"" },
        { HEAD "    exec: { is: shown, source: a, why: x }\n",
          ":5:35: a signal's entry has no key \"why\"" },
        { HEAD "    exec: { is: shown, source: a }\n    exec: { is: not, source: a }\n",
          ":6:5: the key stands twice: \"exec\"" },
    };
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        struct arena arena = { 0 };
        struct sensor_profiles profiles;
        struct err err = { .text = "" };
        const enum status status = read_as(refusals[i].text, &arena, &profiles, &err);
        if (status != ERR_CONFIG || !str_contains(str_of(err.text), str_of(refusals[i].sentence)))
            fail_msg("%s: \"%s\" is not \"%s\"", refusals[i].text, err.text, refusals[i].sentence);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensor_file_read__reads_a_profile),
        cmocka_unit_test(sensor_file_read__refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
