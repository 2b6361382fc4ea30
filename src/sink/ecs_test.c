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
    sink_add_ecs(&out, finding, &(struct sink_options){ .form = SINK_ECS });
    assert_false(out.failed);
    const bool found = str_contains(buf_str(&out), part);
    if (!found)
        print_message("%.*s\n", (int)out.len, out.at);
    buf_done(&out);
    return found;
}

// Each object is of the last step that shows it, and never put together from two.
static void sink_add_ecs__takes_each_object_from_one_step(void **state)
{
    (void)state;
    static const struct finding_field first[] = {
        { FIELD_PROCESS_PID, NUMBER(1) },  { FIELD_PROCESS_COMMAND_LINE, TEXT("first") },
        { FIELD_TARGET_PID, NUMBER(2) },   { FIELD_DLL_PATH, TEXT("/a/one.dylib") },
        { FIELD_DLL_NAME, TEXT("given") },
    };
    static const struct finding_field second[] = {
        { FIELD_USER_ID, TEXT("0") },
        { FIELD_PROCESS_PID, NUMBER(3) },
        { FIELD_FILE_PATH, TEXT("/a/two") },
        { FIELD_DLL_PATH, { .type = VALUE_MISSING } },
    };
    static const struct finding_step steps[] = {
        { .action = ACTION_LOAD, .fields = first, .field_count = COUNT_OF(first) },
        { .action = ACTION_CREATION, .fields = second, .field_count = COUNT_OF(second) },
    };
    const struct finding finding = {
        .rule = &bare_rule, .host_id = STR("h"), .steps = steps, .step_count = COUNT_OF(steps)
    };
    assert_true(tells(&finding, STR("\"host\":{\"id\":\"h\"},\"user\":{\"id\":\"0\"},"
                                    "\"process\":{\"pid\":3},\"Target\":{\"process\":{\"pid\":2}},"
                                    "\"dll\":{\"path\":\"/a/one.dylib\",\"name\":\"given\"},"
                                    "\"file\":{\"path\":\"/a/two\",\"name\":\"two\"},"
                                    "\"pomona\":{")));
}

// The alert speaks of the finding, whatever a sensor's own alert says in one of its steps.
static void sink_add_ecs__lets_no_step_speak_for_the_finding(void **state)
{
    (void)state;
    static const struct finding_field fields[] = {
        { FIELD_EVENT_MODULE, TEXT("santa") }, { FIELD_EVENT_SEVERITY, NUMBER(7) },
        { FIELD_EVENT_SEQUENCE, NUMBER(4) },   { FIELD_RULE_NAME, TEXT("theirs") },
        { FIELD_RULE_ID, TEXT("their.id") },   { FIELD_MESSAGE, TEXT("their line") },
        { FIELD_HOST_ID, TEXT("forged") },     { FIELD_TIMESTAMP, NUMBER(5) },
    };
    static const struct finding_step step = { .action = ACTION_ALERT,
                                              .categories = CATEGORY_ALERT | CATEGORY_FILE,
                                              .fields = fields,
                                              .field_count = COUNT_OF(fields) };
    const struct finding finding = {
        .rule = &bare_rule, .host_id = STR("h"), .steps = &step, .step_count = 1
    };
    assert_true(
        tells(&finding, STR("\"message\":\"Bare\",\"event\":{\"kind\":\"alert\",\"category\":"
                            "[\"intrusion_detection\",\"file\"],\"type\":[\"info\"],"
                            "\"action\":\"alert\",")));
    assert_true(tells(&finding, STR("\"severity\":1,")));
    assert_true(
        tells(&finding, STR("\"rule\":{\"id\":\"S00\",\"name\":\"Bare\",\"version\":\"0\","
                            "\"ruleset\":\"AN1467\"},\"host\":{\"id\":\"h\"},\"pomona\":{")));
    assert_true(tells(&finding, STR("\"rule.name\":\"theirs\"")));
}

// An index refuses a document for one value that its field's type does not take.
static void sink_add_ecs__keeps_to_the_types_of_the_schema(void **state)
{
    (void)state;
    static const struct {
        struct finding_field field;
        str expected;  // Between the host and our own.
    } cases[] = {
        { { FIELD_PROCESS_START, NUMBER(START_NS + 5) },
          STR_INIT(",\"process\":{\"start\":\"2026-02-03T09:14:07.000000005Z\"}") },
        { { FIELD_PROCESS_START, NUMBER(-1) },
          STR_INIT(",\"process\":{\"start\":\"1969-12-31T23:59:59.999999999Z\"}") },
        { { FIELD_PROCESS_START, { .real = 1e300, .type = VALUE_FLOAT } }, STR_INIT("") },
        { { FIELD_PROCESS_START, TEXT("today") }, STR_INIT("") },
        { { FIELD_DESTINATION_IP, TEXT("192.0.2.7") },
          STR_INIT(",\"destination\":{\"ip\":\"192.0.2.7\"}") },
        { { FIELD_DESTINATION_IP, TEXT("2001:db8::7") },
          STR_INIT(",\"destination\":{\"ip\":\"2001:db8::7\"}") },
        { { FIELD_DESTINATION_IP, TEXT("::ffff:192.0.2.7") },
          STR_INIT(",\"destination\":{\"ip\":\"::ffff:192.0.2.7\"}") },
        { { FIELD_DESTINATION_IP, TEXT("") }, STR_INIT("") },
        { { FIELD_DESTINATION_IP, TEXT("192.0.2") }, STR_INIT("") },
        { { FIELD_DESTINATION_IP, TEXT("192.0.2.7\0") }, STR_INIT("") },
        { { FIELD_DESTINATION_IP, TEXT("fe80::1%en0") }, STR_INIT("") },
        { { FIELD_DESTINATION_IP, TEXT("mac.example") }, STR_INIT("") },
        { { FIELD_DESTINATION_IP, TEXT(HOSTILE) }, STR_INIT("") },
        { { FIELD_DESTINATION_IP, NUMBER(7) }, STR_INIT("") },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct finding_step step = { .fields = &cases[i].field, .field_count = 1 };
        const struct finding finding = {
            .rule = &bare_rule, .host_id = STR("h"), .steps = &step, .step_count = 1
        };
        struct buf expected;
        buf_init(&expected, TEXT_MAX);
        buf_printf(&expected, "\"host\":{\"id\":\"h\"}%.*s,\"pomona\":{",
                   STR_ARG(cases[i].expected));
        if (!tells(&finding, buf_str(&expected)))
            fail_msg("case %zu", i);
        buf_done(&expected);
    }
}

// Of a technique and its sub-techniques each once, and no empty lists.
static void sink_add_ecs__tells_techniques_from_their_parts(void **state)
{
    (void)state;
    static const struct {
        str techniques[4];
        size_t count;
        str expected;
    } cases[] = {
        { { STR_INIT("T1106") }, 1, STR_INIT("\"technique\":{\"id\":[\"T1106\"]}}") },
        { { STR_INIT("T1574.004") },
          1,
          STR_INIT(
              "\"technique\":{\"id\":[\"T1574\"],\"subtechnique\":{\"id\":[\"T1574.004\"]}}}") },
        { { STR_INIT("T1574.006"), STR_INIT("T1574"), STR_INIT("T1574.004"),
            STR_INIT("T1574.006") },
          4,
          STR_INIT("\"technique\":{\"id\":[\"T1574\"],\"subtechnique\":{\"id\":[\"T1574.006\","
                   "\"T1574.004\"]}}}") },
        { { STR_INIT("") }, 0, STR_INIT("\"ruleset\":\"AN1467\"},\"host\"") },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct rule_facts rule = { .techniques = cases[i].techniques,
                                         .technique_count = cases[i].count };
        const struct finding finding = { .rule = &rule };
        if (!tells(&finding, cases[i].expected))
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sink_add_ecs__takes_each_object_from_one_step),
        cmocka_unit_test(sink_add_ecs__lets_no_step_speak_for_the_finding),
        cmocka_unit_test(sink_add_ecs__keeps_to_the_types_of_the_schema),
        cmocka_unit_test(sink_add_ecs__tells_techniques_from_their_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
