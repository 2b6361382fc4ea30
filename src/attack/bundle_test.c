#include "attack/bundle.h"

#include "attack/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WHOLE                                                                          \
    "{\"type\":\"bundle\",\"note\":{\"objects\":[1,{\"a\":\"]}\"}]},\n\"objects\":[\n" \
    "{\"id\":\"a--1\",\"type\":\"x\",\"name\":\"br{ace] \\\"quoted\\\\\"},\n"          \
    " {\"id\":\"a--2\", \"type\":\"y\", \"deep\":[[{\"b\":{}}]]}\n],\"id\":\"bundle--1\"}\n"

static enum status read_all(const char *text, size_t len, char *out, size_t room, struct err *err)
{
    FILE *stream = tmpfile();
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, len, stream), len);
    rewind(stream);
    struct bundle *b = bundle_new(stream);
    str raw;
    uint64_t line;
    enum status status;
    size_t used = 0;
    out[0] = '\0';
    err->text[0] = '\0';
    while ((status = bundle_next(b, &raw, &line, err)) == OK)
        used += (size_t)snprintf(out + used, room - used, "%u:%.*s|", (unsigned)line, STR_ARG(raw));
    bundle_free(b);
    (void)fclose(stream);
    return status;
}

static void bundle_next__gives_every_object(void **state)
{
    char out[512];
    struct err err;
    (void)state;
    assert_int_equal(read_all(WHOLE, strlen(WHOLE), out, sizeof out, &err), END);
    assert_string_equal(out,
                        "3:{\"id\":\"a--1\",\"type\":\"x\",\"name\":\"br{ace] \\\"quoted\\\\\"}|"
                        "4:{\"id\":\"a--2\", \"type\":\"y\", \"deep\":[[{\"b\":{}}]]}|");
}

// Every truncation is said to be one, but for that of the last line's end.
static void bundle_next__refuses_every_truncation(void **state)
{
    char out[512];
    struct err err;
    (void)state;
    for (size_t len = 0; len < strlen(WHOLE) - 1; len++) {
        assert_int_equal(read_all(WHOLE, len, out, sizeof out, &err), ERR_FORMAT);
        assert_non_null(strstr(err.text, "ends in the middle of the bundle"));
    }
}

static void bundle_next__refuses(void **state)
{
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {
        { "[]", "line 1: no STIX bundle: no object begins here" },
        { "\n\n{}", "no STIX bundle: it has no list \"objects\"" },
        { "{\"objects\":{}}", "no STIX bundle: it has no list \"objects\"" },
        { "{\"objects\":[\n7]}", "line 2: an element of \"objects\" is no object" },
        { "{\"objects\":[]}\n{", "line 2: something stands behind the bundle" },
        { "{\"objects\":[],\"objects\":[]}", "line 1: a second \"objects\"" },
        { "{\"a\":[}]]}", "line 1: a bracket too many" },
        { "{]", "line 1: a bracket too many" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[512];
        struct err err;
        assert_int_equal(read_all(cases[i].text, strlen(cases[i].text), out, sizeof out, &err),
                         ERR_FORMAT);
        if (strstr(cases[i].sentence, "too many") == NULL)
            assert_string_equal(err.text, cases[i].sentence);
    }
}

// An object larger than there is room for is refused, whatever comes behind it.
static void bundle_next__refuses_a_large_object(void **state)
{
    static const char front[] = "{\"objects\":[{\"a\":\"";
    const size_t len = BUNDLE_OBJECT_MAX + 1024;
    char *text = memory_new(len);
    char out[64];
    struct err err;
    (void)state;
    memset(text, 'x', len);
    memcpy(text, front, sizeof front - 1);
    assert_int_equal(read_all(text, len, out, sizeof out, &err), ERR_LIMIT);
    assert_string_equal(err.text, "line 1: an object of more than 16777216 octets begins here");
    free(text);
}

static void attack_read__knows_an_analytic(void **state)
{
    static const char text[] =
        "{\"type\":\"x-mitre-analytic\",\"id\":\"x-mitre-analytic--1\",\"name\":\"Analytic 9\","
        "\"x_mitre_version\":\"1.0\",\"x_mitre_deprecated\":true,\"description\":\"What it is.\","
        "\"external_references\":[{\"source_name\":\"other\",\"external_id\":\"AN0\"},"
        "{\"source_name\":\"mitre-attack\",\"external_id\":\"AN9\",\"url\":\"u\"}],"
        "\"x_mitre_platforms\":[\"macOS\",7],\"x_mitre_log_source_references\":[{\"name\":\"es\","
        "\"channel\":\"exec\",\"x_mitre_data_component_ref\":\"c\"}],"
        "\"x_mitre_mutable_elements\":[{\"field\":\"f\",\"description\":\"d\"},3]}";
    struct arena arena = { 0 };
    struct attack_object o;
    struct err err;
    (void)state;
    assert_int_equal(attack_read((str){ .at = text, .len = sizeof text - 1 }, &arena, &o, &err),
                     OK);
    assert_true(str_eq(o.attack_id, STR("AN9")));
    assert_int_equal(o.state, ATTACK_DEPRECATED);
    assert_int_equal(o.log_source_count, 1);
    assert_true(str_eq(o.log_sources[0].channel, STR("exec")));
    assert_int_equal(o.mutable_count, 2);
    assert_true(str_eq(o.mutables[0].field, STR("f")));
    assert_int_equal(o.mutables[1].field.len, 0);
    assert_int_equal(o.platform_count, 2);
    for (size_t len = 0; len < sizeof text - 1; len++)
        assert_int_equal(attack_read((str){ .at = text, .len = len }, &arena, &o, &err),
                         ERR_FORMAT);
    assert_int_equal(attack_read(STR("{\"id\":\"a\"}"), &arena, &o, &err), ERR_FORMAT);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundle_next__gives_every_object),
        cmocka_unit_test(bundle_next__refuses_every_truncation),
        cmocka_unit_test(bundle_next__refuses),
        cmocka_unit_test(bundle_next__refuses_a_large_object),
        cmocka_unit_test(attack_read__knows_an_analytic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
