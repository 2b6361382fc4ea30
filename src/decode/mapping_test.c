#include "base/buf.h"
#include "decode/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

// The index must find what the search finds, which is simpler; whatever the keys.

#define TEXT_MAX (1u << 20)

static yyjson_doc *parsed(const char *text)
{
    yyjson_doc *doc = yyjson_read(text, strlen(text), 0);
    assert_non_null(doc);
    return doc;
}

static void assert_same(const char *text, const char *const *paths, size_t count)
{
    struct decode_keys keys;
    yyjson_doc *doc = parsed(text);
    yyjson_val *root = yyjson_doc_get_root(doc);
    decode_keys_of(root, &keys);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(decode_find(&keys, str_of(paths[i])), decode_at(root, str_of(paths[i])));
    yyjson_doc_free(doc);
}

static void decode_find__finds_as_decode_at_does(void **state)
{
    static const char *const paths[] = {
        "",        "a",     "ab",   "a.b",       "a.b.c",    "a.b.c.d",      "longer key",
        "x.y",     "x.y.z", "none", "none.none", "12345678", "123456789",    ".",
        "..",      "a.",    ".a",   "list",      "list.0",   "x.longer.key", "deep.er.still.there",
        "deep.er",
    };
    static const char *const objects[] = {
        "{}",
        "[]",
        "7",
        "{\"\":1,\"a\":2,\"ab\":3,\"a.b\":4,\"longer key\":5,\"12345678\":6,\"123456789\":7}",
        "{\"a\":{\"b\":{\"c\":1},\"b.c\":2,\"b.c.d\":3},\"x.y\":{\"z\":1},\".\":4,\"..\":5}",
        "{\"a\":1,\"a\":2,\"a.b\":3,\"a.b\":4}",
        "{\"a\":[],\"a.b\":null,\"list\":[1],\"x\":{\"longer.key\":1}}",
        "{\"deep\":{\"er\":{\"still.there\":1}},\"deep.er\":{\"still\":{\"there\":2}}}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(objects); i++)
        assert_same(objects[i], paths, COUNT_OF(paths));
}

// With as many keys as there is room for, and more; keys that are alike at both ends as well.
static void decode_find__finds_each_of_many_keys(void **state)
{
    static const size_t counts[] = { 1, 100, 191, 192, 193, 255, 256, 257, 1000 };
    struct buf b;
    struct decode_keys keys;
    char name[64];
    (void)state;
    buf_init(&b, TEXT_MAX);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        buf_reset(&b);
        for (size_t k = 0; k < counts[i]; k++)
            buf_printf(&b, "%s\"src.process.%zu.process.pid\":%zu", k == 0 ? "{" : ",", k, k);
        buf_add(&b, STR("}"));
        yyjson_doc *doc = yyjson_read(buf_str(&b).at, buf_str(&b).len, 0);
        assert_non_null(doc);
        decode_keys_of(yyjson_doc_get_root(doc), &keys);
        for (size_t k = 0; k < counts[i]; k++) {
            (void)snprintf(name, sizeof name, "src.process.%zu.process.pid", k);
            assert_int_equal(yyjson_get_uint(decode_find(&keys, str_of(name))), k);
        }
        assert_null(decode_find(&keys, STR("src.process.x.process.pid")));
        yyjson_doc_free(doc);
    }
    buf_done(&b);
}

static void decode_find__finds_nothing_in_nothing(void **state)
{
    struct decode_keys keys;
    (void)state;
    decode_keys_of(NULL, &keys);
    assert_null(decode_find(&keys, STR("a.b")));
    assert_null(decode_find(&keys, STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decode_find__finds_as_decode_at_does),
        cmocka_unit_test(decode_find__finds_each_of_many_keys),
        cmocka_unit_test(decode_find__finds_nothing_in_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
