#include "sink/nest.h"

#include "sink/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXT_MAX 4096u

// As (struct finding_field){...}, so that it may stand in an initializer of static storage.
#define NUMBER(f, n)                                                \
    {                                                               \
        .field = (f), .value = {.integer = (n), .type = VALUE_INT } \
    }
#define NOTHING(f)                                      \
    {                                                   \
        .field = (f), .value = {.type = VALUE_MISSING } \
    }

static void sink_add_nested__puts_each_field_where_its_name_says(void **state)
{
    (void)state;
    static const struct {
        struct finding_field fields[6];
        size_t count;
        str prefix;
        str expected;
    } cases[] = {
        { .count = 0, .expected = STR_INIT("{}") },
        { .fields = { NUMBER(FIELD_TIMESTAMP, 1) },
          .count = 1,
          .expected = STR_INIT("{\"@timestamp\":1}") },
        { .fields = { NUMBER(FIELD_API_SIZE, 1) },
          .count = 1,
          .expected = STR_INIT("{\"process\":{\"Ext\":{\"api\":{\"parameters\":{\"size\":1}}}}}") },
        // What belongs together comes together, where its first member stands.
        { .fields = { NUMBER(FIELD_PROCESS_PID, 1), NUMBER(FIELD_PROCESS_PIDVERSION, 2),
                      NUMBER(FIELD_TARGET_PID, 3), NUMBER(FIELD_PROCESS_ARGS_COUNT, 4),
                      NUMBER(FIELD_PROCESS_SIGNAL, 5), NUMBER(FIELD_USER_ID, 6) },
          .count = 6,
          .expected = STR_INIT("{\"process\":{\"pid\":1,\"Ext\":{\"pidversion\":2,\"signal\":5},"
                               "\"args_count\":4},\"Target\":{\"process\":{\"pid\":3}},"
                               "\"user\":{\"id\":6}}") },
        // Nothing is written of what is missing, not even the object around it.
        { .fields = { NOTHING(FIELD_DLL_PATH), NUMBER(FIELD_FILE_SIZE, 1) },
          .count = 2,
          .expected = STR_INIT("{\"file\":{\"size\":1}}") },
        // The same field again has no second place.
        { .fields = { NUMBER(FIELD_FILE_SIZE, 1), NUMBER(FIELD_FILE_SIZE, 2) },
          .count = 2,
          .expected = STR_INIT("{\"file\":{\"size\":1}}") },
        // A prefix is a whole part of a name: `process` is not the beginning of `process_`.
        { .fields = { NUMBER(FIELD_PROCESS_PID, 1), NUMBER(FIELD_PARENT_PID, 2),
                      NUMBER(FIELD_EFFECTIVE_PID, 3) },
          .count = 3,
          .prefix = STR_INIT("process"),
          .expected = STR_INIT("{\"pid\":1,\"parent\":{\"pid\":2}}") },
        { .fields = { NUMBER(FIELD_PROCESS_PID, 1), NUMBER(FIELD_PARENT_PID, 2) },
          .count = 2,
          .prefix = STR_INIT("process.pa"),
          .expected = STR_INIT("{}") },
        { .fields = { NUMBER(FIELD_PARENT_PID, 2) },
          .count = 1,
          .prefix = STR_INIT("process.parent.pid"),
          .expected = STR_INIT("{}") },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;
        buf_init(&out, TEXT_MAX);
        sink_json_open(&out, STR_EMPTY, '{');
        sink_add_nested(&out, cases[i].fields, cases[i].count, cases[i].prefix);
        sink_json_close(&out, '}');
        const str got = buf_str(&out);
        if (!str_eq(got, cases[i].expected))
            fail_msg("case %zu: %.*s", i, STR_ARG(got));
        buf_done(&out);
    }
}

// One of them would have to be left out.
static void fields__no_name_goes_on_behind_another(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        for (size_t k = 0; k < FIELD_COUNT; k++) {
            const str name = field_name((enum field)i);
            const str other = field_name((enum field)k);
            if (i != k && str_starts_with(other, name) &&
                (other.len == name.len || other.at[name.len] == '.'))
                fail_msg("%.*s and %.*s", STR_ARG(name), STR_ARG(other));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sink_add_nested__puts_each_field_where_its_name_says),
        cmocka_unit_test(fields__no_name_goes_on_behind_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
