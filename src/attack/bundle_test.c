#include "attack/bundle.h"

#include "attack/object.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TYPE "\"type\":\"bundle\""
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
        { "\n\n{}", "no STIX bundle: its \"type\" is not \"bundle\"" },
        { "{\"type\":\"report\",\"objects\":[]}",
          "no STIX bundle: its \"type\" is not \"bundle\"" },
        { "{\"a\":\"type\",\"b\":\"bundle\"}", "no STIX bundle: its \"type\" is not \"bundle\"" },
        { "{" TYPE "}", "no STIX bundle: it has no list \"objects\"" },
        { "{" TYPE ",\"objects\":{\"objects\":[]}}", "no STIX bundle: it has no list \"objects\"" },
        { "{" TYPE ",\"a\":\"objects\",\"b\":[]}", "no STIX bundle: it has no list \"objects\"" },
        { "{\"objects\":[\n7]}", "line 2: an element of \"objects\" is no object" },
        { "{\"objects\":[[]]}", "line 1: an element of \"objects\" is no object" },
        { "{\"objects\":[]}\n{", "line 2: something stands behind the bundle" },
        { "{\"objects\":[],\"objects\":[]}", "line 1: a second \"objects\"" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[512];
        struct err err;
        assert_int_equal(read_all(cases[i].text, strlen(cases[i].text), out, sizeof out, &err),
                         ERR_FORMAT);
        assert_string_equal(err.text, cases[i].sentence);
    }
}

// What stands around the objects is JSON, and what is not is told with its line.
static void bundle_next__refuses_what_is_out_of_place(void **state)
{
    static const char *const texts[] = {
        "{]",
        "{,}",
        "{\"a\"}",
        "{\"a\" \"b\":1}",
        "{\"a\":}",
        "{\"a\":,}",
        "{\"a\":1 2}",
        "{\"a\":1 true}",
        "{\"a\":\"b\" \"c\":1}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":[}]}",
        "{\"a\":{]}",
        "{\"a\":[1]]}",
        "{\"a\"::1}",
        "{\"objects\":[,]}",
        "{\"objects\":[{},]}",
        "{\"objects\":[{},,{}]}",
        "{\"objects\":[{}{}]}",
        "{\"objects\":[{} 7]}",
        "{\"objects\":[] \"a\":1}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char text[128];
        char out[512];
        struct err err;
        const int len = snprintf(text, sizeof text, "\n%s", texts[i]);
        assert_int_equal(read_all(text, (size_t)len, out, sizeof out, &err), ERR_FORMAT);
        assert_string_equal(
            err.text, "line 2: no JSON: a comma, a colon, a quote or a bracket is out of place");
    }
}

static void bundle_next__passes_over_other_values(void **state)
{
    static const char text[] =
        "{\"a\":-1.5e+9,\"b\" : true ,\"c\":null\n,\"d\":\"]}\\\"\",\"e\":[[{\"objects\":[{}]}]],"
        "\"f\":123456789012345678901234567890123456789012345678901234567890,"
        "\"objects\":7," TYPE ",\"objects\":[ {\"n\":1e999} ]}";
    char out[512];
    struct err err;
    (void)state;
    assert_int_equal(read_all(text, sizeof text - 1, out, sizeof out, &err), END);
    assert_string_equal(out, "2:{\"n\":1e999}|");
}

// A value that is passed over may nest so deep, and no deeper.
static void bundle_next__refuses_deep_brackets(void **state)
{
    char text[4096];
    char out[64];
    struct err err;
    (void)state;
    for (unsigned depth = 1024; depth <= 1025; depth++) {
        struct buf b;
        buf_init(&b, sizeof text);
        buf_add(&b, STR("{\"a\":"));
        for (unsigned i = 0; i < depth; i++)
            buf_add_char(&b, '[');
        for (unsigned i = 0; i < depth; i++)
            buf_add_char(&b, ']');
        buf_add(&b, STR("," TYPE ",\"objects\":[]}"));
        assert_int_equal(read_all(b.at, b.len, out, sizeof out, &err),
                         depth == 1024 ? END : ERR_LIMIT);
        buf_done(&b);
    }
    assert_string_equal(err.text, "line 1: more than 1024 brackets in one another");
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
        cmocka_unit_test(bundle_next__refuses_what_is_out_of_place),
        cmocka_unit_test(bundle_next__passes_over_other_values),
        cmocka_unit_test(bundle_next__refuses_deep_brackets),
        cmocka_unit_test(bundle_next__refuses_a_large_object),
        cmocka_unit_test(attack_read__knows_an_analytic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
