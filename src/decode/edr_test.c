#include "decode/edr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct event *event_of(struct decoding *c, struct batch *batch)
{
    batch_init(batch);
    *c = (struct decoding){ .batch = batch, .event = batch_add_event(batch, FIELD_COUNT) };
    return c->event;
}

static void decode_edr_path__joins_only_what_is_apart(void **state)
{
    static const struct {
        const char *folder;
        const char *name;
        const char *path;
    } cases[] = {
        { "/opt/tool", "tool", "/opt/tool" },
        { "/opt/Tool", "tool", "/opt/Tool" },
        { "/opt", "tool", "/opt/tool" },
        { "/opt/", "tool", "/opt/tool" },
        { "/", "tool", "/tool" },
        { "/opt/mytool", "tool", "/opt/mytool/tool" },
        { "", "tool", "" },
        { "/opt", "", "/opt" },
        { "tool", "tool", "tool" },
        { "ool", "tool", "ool/tool" },
    };
    struct batch batch;
    struct decoding c;
    (void)state;
    (void)event_of(&c, &batch);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_true(str_eq(decode_edr_path(&c, str_of(cases[i].folder), str_of(cases[i].name)),
                           str_of(cases[i].path)));
    batch_done(&batch);
}

static void decode_edr_is_told__leaves_out_what_no_process_has(void **state)
{
    static const struct {
        int64_t given;
        int64_t pid;
        bool is_odd;
    } cases[] = {
        { 7, 7, false },
        { 0, -1, false },
        { -1, -1, false },
        { -2, -1, true },
        { INT32_MAX, INT32_MAX, false },
        { (int64_t)INT32_MAX + 1, -1, true },
        { INT64_MIN, -1, true },
    };
    struct batch batch;
    struct decoding c;
    (void)state;
    struct event *event = event_of(&c, &batch);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        c.is_value_odd = false;
        event->process = event_nobody;
        event->process.id.pid = cases[i].given;
        assert_int_equal(decode_edr_is_told(&c, &event->process), cases[i].pid > 0);
        assert_int_equal(event->process.id.pid, cases[i].pid);
        assert_int_equal(c.is_value_odd, cases[i].is_odd);
    }
    event->process = event_nobody;
    event->process.id.entity = STR("7");
    event->process.euid = (int64_t)UINT32_MAX + 1;
    assert_true(decode_edr_is_told(&c, &event->process) && c.is_value_odd);
    assert_int_equal(event->process.euid, -1);
    batch_done(&batch);
}

static void decode_edr_is_windows__knows_drives_and_roots(void **state)
{
    (void)state;
    assert_true(decode_edr_is_windows(STR("C:\\a")) && decode_edr_is_windows(STR("z:\\")));
    assert_true(decode_edr_is_windows(STR("\\Device\\a")) &&
                decode_edr_is_windows(STR("\\\\a\\b")));
    assert_false(decode_edr_is_windows(STR("/a\\b")) || decode_edr_is_windows(STR("C:/a")) ||
                 decode_edr_is_windows(STR("")) || decode_edr_is_windows(STR("1:\\a")));
}

static void decode_edr_parse__takes_text_and_what_is_parsed(void **state)
{
    static const struct {
        const char *json;
        bool is_there;
        bool is_odd;
    } cases[] = {
        { "{\"a\":1}", true, false },
        { "[1]", true, false },
        { "\"{\\\"a\\\":1}\"", true, false },
        { "\"[]\"", true, false },
        { "\"7\"", false, true },
        { "\"{\"", false, true },
        { "\"\"", false, false },
        { "null", false, false },
        { "7", false, false },
    };
    struct batch batch;
    struct decoding c;
    char pool[EDR_POOL_SIZE];
    (void)state;
    (void)event_of(&c, &batch);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        yyjson_doc *doc = yyjson_read(cases[i].json, strlen(cases[i].json), 0);
        c.is_value_odd = false;
        yyjson_val *val = decode_edr_parse(&c, yyjson_doc_get_root(doc), pool);
        assert_int_equal(val != NULL, cases[i].is_there);
        assert_int_equal(c.is_value_odd, cases[i].is_odd);
        yyjson_doc_free(doc);
    }
    batch_done(&batch);
}

// More values than the pool holds: not looked at, and said so.
static void decode_edr_parse__is_bounded(void **state)
{
    struct batch batch;
    struct decoding c;
    char pool[EDR_POOL_SIZE];
    char text[EDR_POOL_SIZE];
    (void)state;
    (void)event_of(&c, &batch);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? ',' : '0';
    text[0] = '[';
    text[sizeof text - 1] = ']';
    text[sizeof text - 2] = '0';
    text[sizeof text - 3] = '0';
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_doc_set_root(doc, yyjson_mut_strn(doc, text, sizeof text));
    yyjson_doc *given = yyjson_mut_doc_imut_copy(doc, NULL);
    assert_null(decode_edr_parse(&c, yyjson_doc_get_root(given), pool));
    assert_true(c.is_value_odd);
    yyjson_doc_free(given);
    yyjson_mut_doc_free(doc);
    batch_done(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_edr_path__joins_only_what_is_apart),
        cmocka_unit_test(decode_edr_is_told__leaves_out_what_no_process_has),
        cmocka_unit_test(decode_edr_is_windows__knows_drives_and_roots),
        cmocka_unit_test(decode_edr_parse__takes_text_and_what_is_parsed),
        cmocka_unit_test(decode_edr_parse__is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
