#include "sink/fixture.h"
#include "sink/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXT_MAX 65536u

static bool tells(const struct finding *finding, str part)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    sink_add_ocsf(&out, finding, &(struct sink_options){ .form = SINK_OCSF });
    assert_false(out.failed);
    const bool found = str_contains(buf_str(&out), part);
    buf_done(&out);
    return found;
}

// What a type of the schema refuses is told otherwise, or not at all.
static void sink_add_ocsf__keeps_to_the_types_of_the_schema(void **state)
{
    (void)state;
    static const struct {
        str host;
        str cdhash;
        str sha256;
        str expected;
        str unexpected;
    } cases[] = {
        { STR_INIT("mac-07.example"), STR_INIT("00ff"), STR_INIT(""),
          STR_INIT("\"hostname\":\"mac-07.example\""), STR_INIT("\"name\":\"mac-07.example\"") },
        { STR_INIT("mac_07"), STR_INIT("00FF"), STR_INIT(""), STR_INIT("\"name\":\"mac_07\""),
          STR_INIT("hostname") },
        { .host = STR_INIT("mac-"),
          .expected = STR_INIT("\"name\":\"mac-\""),
          .unexpected = STR_INIT("hostname") },
        { .host = STR_INIT("-mac"),
          .expected = STR_INIT("\"name\":\"-mac\""),
          .unexpected = STR_INIT("hostname") },
        { .host = STR_INIT("a..b"),
          .expected = STR_INIT("\"name\":\"a..b\""),
          .unexpected = STR_INIT("hostname") },
        { .host = STR_INIT("a-.b"),
          .expected = STR_INIT("\"name\":\"a-.b\""),
          .unexpected = STR_INIT("hostname") },
        { .host = STR_INIT("a."),
          .expected = STR_INIT("\"name\":\"a.\""),
          .unexpected = STR_INIT("hostname") },
        { STR_INIT("m"), STR_INIT("00fg"), STR_INIT(""), STR_INIT("\"hostname\":\"m\""),
          STR_INIT("hashes") },
        { STR_INIT("m"), STR_INIT("00\0"), STR_INIT(""), STR_INIT("\"hostname\":\"m\""),
          STR_INIT("hashes") },
        { STR_INIT(""), STR_INIT("00ff"), STR_INIT("ee"),
          STR_INIT("\"hashes\":[{\"algorithm_id\":99,\"algorithm\":\"cdhash\",\"value\":\"00ff\"},"
                   "{\"algorithm_id\":3,\"algorithm\":\"SHA-256\",\"value\":\"ee\"}]"),
          STR_INIT("hostname") },
        { STR_INIT(""), STR_INIT("no"), STR_INIT("ee"),
          STR_INIT("\"hashes\":[{\"algorithm_id\":3,"), STR_INIT("cdhash") },
        { .expected = STR_INIT("\"evidences\""), .unexpected = STR_INIT("\"hostname\"") },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct finding_field fields[] = {
            { FIELD_PROCESS_PID, NUMBER(7) },
            { FIELD_PROCESS_EXECUTABLE, TEXT("/bin/x") },
            { FIELD_PROCESS_HASH_CDHASH, value_of_text(cases[i].cdhash) },
            { FIELD_PROCESS_HASH_SHA256, value_of_text(cases[i].sha256) },
        };
        const struct finding_step step = { .fields = fields, .field_count = COUNT_OF(fields) };
        const struct finding finding = {
            .rule = &bare_rule, .host_name = cases[i].host, .steps = &step, .step_count = 1
        };
        if (!tells(&finding, cases[i].expected) || tells(&finding, cases[i].unexpected))
            fail_msg("case %zu", i);
    }
}

// A process needs a pid or a uid, and a pid has 32 bits.
static void sink_add_ocsf__leaves_out_a_pid_that_is_none(void **state)
{
    (void)state;
    static const int64_t pids[] = { INT64_MAX, INT64_MIN, (int64_t)INT32_MAX + 1,
                                    (int64_t)INT32_MIN - 1 };
    for (size_t i = 0; i < COUNT_OF(pids); i++) {
        const struct finding_field fields[] = {
            { FIELD_PROCESS_PID, value_of_int(pids[i]) },
            { FIELD_PROCESS_ENTITY_ID, TEXT("entity") },
            { FIELD_TARGET_PID, value_of_int(pids[i]) },
        };
        struct finding_step step = { .fields = fields, .field_count = 2 };
        const struct finding finding = { .rule = &bare_rule, .steps = &step, .step_count = 1 };
        assert_true(tells(&finding, STR("\"process\":{\"uid\":\"entity\"}")));
        step.fields = fields + 2;
        step.field_count = 1;
        assert_false(tells(&finding, STR("\"process\":{")));
    }
}

static void sink_add_ocsf__leaves_out_what_there_is_nothing_for(void **state)
{
    (void)state;
    static const str parts[] = { STR_INIT("evidences"), STR_INIT("observables"),
                                 STR_INIT("attacks"), STR_INIT("remediation"),
                                 STR_INIT("start_time") };
    const struct finding finding = { .rule = &bare_rule };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_false(tells(&finding, parts[i]));
    assert_true(tells(&finding, STR("\"unmapped\":{\"strategy\":\"DET0529\"")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sink_add_ocsf__keeps_to_the_types_of_the_schema),
        cmocka_unit_test(sink_add_ocsf__leaves_out_a_pid_that_is_none),
        cmocka_unit_test(sink_add_ocsf__leaves_out_what_there_is_nothing_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
