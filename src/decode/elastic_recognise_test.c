#include "decode/dialects.h"
#include "decode/elastic_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

// Whose records are whose.

static const char *const others[] = {
    "{\"schema_version\":1,\"event_type\":9,\"process\":{},\"event\":{\"exec\":{}},\"version\":10}",
    "{\"event.category\":\"process\",\"agent.version\":\"23\",\"tgt.process.pid\":1}",
    "{\"event\":{\"category\":[\"process\"]},\"agent\":{\"type\":\"x\"}}",
    "{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"message\":\"m\"}",
    "{\"hits\":{\"hits\":[]}}",
    "{}",
};

// Of which each alone tells.
static const char *const remains[] = {
    "{\"@timestamp\":1,\"ecs\":{\"version\":\"1.5.0\"}}",
    "{\"@timestamp\":1,\"ecs.version\":\"1.5.0\"}",
    "{\"@timestamp\":1,\"event.category\":[\"file\"]}",
    "{\"@timestamp\":1,\"event\":{\"kind\":\"event\"}}",
    "{\"@timestamp\":1,\"agent\":{\"type\":\"endpoint\"}}",
    "{\"ecs\":{\"version\":\"8.0\"},\"event\":{\"category\":1}}",
    "{\"_source\":{\"@timestamp\":1,\"agent.type\":\"endpoint\"}}",
    "{\"fields\":{\"@timestamp\":[1],\"ecs.version\":[\"8\"]}}",
    "{\"_source\":{},\"fields\":{\"@timestamp\":[1],\"ecs.version\":[\"8\"]}}",
};

static bool is_recognised(const struct dialect *dialect, const char *record)
{
    struct json_index index;
    yyjson_doc *doc = yyjson_read(record, strlen(record), YYJSON_READ_NOFLAG);
    assert_non_null(doc);
    json_index_of(yyjson_doc_get_root(doc), &index);
    const bool is_own = dialect->recognises(&index);
    yyjson_doc_free(doc);
    return is_own;
}

static void recognises__own_records_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(elastic_samples); i++)
        assert_true(is_recognised(&decode_elastic, elastic_samples[i].record));
    for (size_t i = 0; i < COUNT_OF(remains); i++)
        assert_true(is_recognised(&decode_elastic, remains[i]));
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_false(is_recognised(&decode_elastic, others[i]));
}

static void recognises__no_other_takes_them(void **state)
{
    (void)state;
    for (size_t k = 0; k < dialects_count(); k++) {
        const struct dialect *dialect = decode_dialect(k);
        for (size_t i = 0; i < COUNT_OF(elastic_samples); i++)
            if (dialect != &decode_elastic && dialect->recognises != NULL)
                assert_false(is_recognised(dialect, elastic_samples[i].record));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognises__own_records_and_no_other),
        cmocka_unit_test(recognises__no_other_takes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
