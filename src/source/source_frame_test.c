// JSON streams: what is a record of them, wherever the readings divide the input.

#include "base/buf.h"
#include "source/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define SHOWN_MAX (1u << 20)

struct reading {
    struct buf shown;  // Every record as LINE:RECORD, with a '|' behind it.
    struct source_counts counts;
};

static void show(struct reading *r, const struct batch *batch)
{
    for (size_t i = 0; i < batch->record_count; i++) {
        const struct record record = batch->records[i];
        buf_printf(&r->shown, "%u:", (unsigned)record.line);
        buf_add(&r->shown, (str){ .at = record.at, .len = record.len < 60 ? record.len : 60 });
        buf_add_char(&r->shown, '|');
    }
}

static struct reading read_text(str text, size_t read_max)
{
    struct reading r = { 0 };
    const struct source_options options = { .read_max = read_max };
    struct hosts hosts;
    struct batch batch;
    struct source *source;
    struct err err;
    hosts_init(&hosts);
    batch_init(&batch);
    buf_init(&r.shown, SHOWN_MAX);
    assert_int_equal(source_open_memory(bytes_of_str(text), &options, &hosts, &source, &err), OK);
    while (source_read(source, &batch, &err) == OK) {
        show(&r, &batch);
        batch_reset(&batch);
    }
    r.counts = *source_counts(source);
    assert_int_equal(r.counts.bytes, text.len);
    source_close(source);
    batch_done(&batch);
    hosts_done(&hosts);
    return r;
}

// However the readings divide the text: each of its octets begins a reading in one of them.
static void assert_records(str text, bool is_framed, str expected)
{
    for (size_t read_max = 0; read_max <= text.len; read_max++) {
        struct reading r = read_text(text, read_max);
        const str shown = { .at = r.shown.at, .len = r.shown.len };
        if (!str_eq(shown, expected) || r.counts.inputs_framed != is_framed)
            fail_msg("%.*s\nby %zu octets: %.*s\nexpected: %.*s", STR_ARG(text), read_max,
                     STR_ARG(shown), STR_ARG(expected));
        buf_done(&r.shown);
    }
}

#define ASSERT_FRAMED(text, expected) assert_records(STR(text), true, STR(expected))
#define ASSERT_LINES(text, expected)  assert_records(STR(text), false, STR(expected))

static void source_read__takes_the_objects_of_an_array(void **state)
{
    (void)state;
    ASSERT_FRAMED("[{\"a\":1},{\"b\":[{}]}]", "1:{\"a\":1}|1:{\"b\":[{}]}|");
    ASSERT_FRAMED("\n [\n  {\n    \"a\": 1\n  },\n  { \"b\": {} } , {}\n]\n",
                  "3:{\n    \"a\": 1\n  }|6:{ \"b\": {} }|6:{}|");
    ASSERT_FRAMED("[{\r\n  \"a\" : 1\r\n},{\r\n  \"b\" : 2\r\n}]\r\n",
                  "1:{\r\n  \"a\" : 1\r\n}|3:{\r\n  \"b\" : 2\r\n}|");
    ASSERT_FRAMED("\xef\xbb\xbf[ {\"a\":1} ]", "1:{\"a\":1}|");
    ASSERT_FRAMED("[]", "");
    ASSERT_FRAMED("[ ]\n", "");
    ASSERT_FRAMED("[]\n[{\"a\":1}]\n{\"b\":2}\n{\"c\":3}\n",
                  "2:{\"a\":1}|3:{\"b\":2}|4:{\"c\":3}|");
}

static void source_read__takes_objects_one_after_the_other(void **state)
{
    (void)state;
    ASSERT_FRAMED("{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}\n", "1:{\n  \"a\": 1\n}|4:{\n  \"b\": 2\n}|");
    ASSERT_FRAMED("{ \r\n}{}", "1:{ \r\n}|2:{}|");
    ASSERT_FRAMED("\xef\xbb\xbf\n{\n\"a\":1}", "2:{\n\"a\":1}|");
}

static void source_read__knows_strings_escapes_and_nesting(void **state)
{
    (void)state;
    ASSERT_FRAMED("[{\"}{\":\"]\\\"}{\\\\\"},{\"a\":\"\\u007b\\\\\\\"{\"}]",
                  "1:{\"}{\":\"]\\\"}{\\\\\"}|1:{\"a\":\"\\u007b\\\\\\\"{\"}|");
    ASSERT_FRAMED("[{\"a\":[[{\"b\":[]},{}],{\"c\":{\"d\":{}}}]},{}]",
                  "1:{\"a\":[[{\"b\":[]},{}],{\"c\":{\"d\":{}}}]}|1:{}|");
    ASSERT_FRAMED("[{\"long\":\"0123456789abcdef\\n0123456789\xc3\xbc\x80\xff\x8a\xa2 \"}]",
                  "1:{\"long\":\"0123456789abcdef\\n0123456789\xc3\xbc\x80\xff\x8a\xa2 \"}|");
}

static void source_read__leaves_lines_as_they_are(void **state)
{
    (void)state;
    ASSERT_LINES("{\"a\":1}\n\n{\"b\":\r\n", "1:{\"a\":1}|3:{\"b\":|");
    ASSERT_LINES("[2031-05-04T10:00:00Z] I santad: action=EXEC|\n[2", "1:[2031-05-04T10:00:00Z] I "
                                                                      "santad: action=EXEC||2:[2|");
    ASSERT_LINES("{ \"a\": 1 }\n{\n}\n", "1:{ \"a\": 1 }|2:{|3:}|");  // Too late to change.
    ASSERT_LINES("[\n[{}]\n]", "1:[|2:[{}]|3:]|");
    ASSERT_LINES("{}\n", "1:{}|");
    ASSERT_LINES("", "");
    ASSERT_LINES("\n\n", "");
    ASSERT_LINES("[", "1:[|");
    ASSERT_LINES("{", "1:{|");
    ASSERT_LINES("\xef\xbb", "1:\xef\xbb|");
    ASSERT_LINES("\xef\xbbx\n{\n}", "1:\xef\xbbx|2:{|3:}|");
}

static void source_read__looks_at_no_more_than_a_head(void **state)
{
    (void)state;
    enum {
        BLANKS = 4096
    };
    char text[BLANKS + 8];
    memset(text, ' ', sizeof text);
    memcpy(text + BLANKS - 2, "[{}]", 4);
    struct reading r = read_text((str){ .at = text, .len = BLANKS + 2 }, 0);
    assert_int_equal(r.counts.inputs_framed, 1);
    buf_done(&r.shown);
    for (size_t read_max = 0; read_max < 2; read_max++) {
        memcpy(text + BLANKS - 2, " [{}]", 5);
        r = read_text((str){ .at = text, .len = BLANKS + 3 }, read_max);
        assert_int_equal(r.counts.inputs_framed, 0);
        assert_int_equal(r.counts.records, 1);
        buf_done(&r.shown);
    }
}

static void source_read__makes_records_of_what_stands_between_objects(void **state)
{
    (void)state;
    ASSERT_FRAMED("[{}, what {\"b\":2}\r\nthis\n\n,{\"c\":3}]] end",
                  "1:{}|1:what {\"b\":2}|2:this|4:{\"c\":3}|4:end|");
    ASSERT_FRAMED("[{},1,2\n,\"a\",{}\n]", "1:{}|1:1,2|2:\"a\",{}|");
    ASSERT_FRAMED("[{}\n}\n\xef\xbb\xbf\n]", "1:{}|2:}|3:\xef\xbb\xbf|");
}

static void source_read__hands_over_what_is_cut(void **state)
{
    (void)state;
    const str text = STR("[{\n \"a\": [{\"\\\"}\": 1}]\n}, {\"b\": {}}]");
    const str whole = STR("1:{\n \"a\": [{\"\\\"}\": 1}]\n}|3:{\"b\": {}}|");
    const size_t first_end = str_find(text, STR("}, {")) + 1;
    assert_records(text, true, whole);
    for (size_t len = 2; len < text.len; len++) {
        struct buf expected;
        buf_init(&expected, SHOWN_MAX);
        buf_add(&expected, STR("1:"));
        buf_add(&expected, str_from(str_to(text, len < first_end ? len : first_end), 1));
        buf_add_char(&expected, '|');
        if (len > first_end + 2) {
            buf_add(&expected, STR("3:"));
            buf_add(&expected, str_from(str_to(text, len), first_end + 2));
            buf_add_char(&expected, '|');
        }
        assert_records(str_to(text, len), true, (str){ .at = expected.at, .len = expected.len });
        buf_done(&expected);
    }
}

static void source_read__finds_the_next_object_after_damage(void **state)
{
    (void)state;
    // A string without its end.
    ASSERT_FRAMED("[{\n  \"a\": \"x\n},{\n  \"b\": 2\n}]",
                  "1:{\n  \"a\": \"x\n}|3:{\n  \"b\": 2\n}|");
    ASSERT_FRAMED("[{\"a\":\"x\n{\"b\":2}\n", "1:{\"a\":\"x\n|2:{\"b\":2}|");
    ASSERT_FRAMED("[{\"a\":\"x\\\n{\"b\":2}\n", "1:{\"a\":\"x\\\n|2:{\"b\":2}|");
    ASSERT_FRAMED("{\n \"a\": b\",\n \"c\": {\n },\n \"d\": 1\n}\n{\n}",
                  "1:{\n \"a\": b\",\n \"c\": {\n },\n \"d\": 1\n}|7:{\n}|");
    // An inner object of the same width is not mistaken for the next one.
    ASSERT_FRAMED("[\n  {\n    \"a\": \"x\n    \"c\": {\n    }\n  },\n  {\n  }\n]",
                  "2:{\n    \"a\": \"x\n    \"c\": {\n    }\n  }|7:{\n  }|");
    // Objects and arrays that are not closed.
    ASSERT_FRAMED("{\n \"a\": {\n  \"b\": 1,\n{\n \"c\": 2\n}\n",
                  "1:{\n \"a\": {\n  \"b\": 1,\n|4:{\n \"c\": 2\n}|");
    ASSERT_FRAMED("[{\n \"a\": [\n  1,\n},{\n \"b\": 2\n}]",
                  "1:{\n \"a\": [\n  1,\n}|4:{\n \"b\": 2\n}|");
    ASSERT_FRAMED("{\n \"a\": {\n  \"b\": 1,\n[\n{\n }\n]",
                  "1:{\n \"a\": {\n  \"b\": 1,\n|5:{\n }|");
    // A value that is missing takes one object with it.
    ASSERT_FRAMED("[{\"a\":\n{\"b\":2}\n{\"c\":3}\n", "1:{\"a\":\n{\"b\":2}\n|3:{\"c\":3}|");
}

static void source_read__counts_brackets_that_are_very_deep(void **state)
{
    (void)state;
    enum {
        DEPTH = 300
    };
    char text[3 * DEPTH + 16] = "[{\"a\":";
    size_t len = strlen(text);
    memset(text + len, '[', DEPTH);
    memset(text + len + DEPTH, ']', DEPTH);
    len += 2 * (size_t)DEPTH;
    memcpy(text + len, "},{}]", 5);
    struct reading r = read_text((str){ .at = text, .len = len + 5 }, 0);
    assert_int_equal(r.counts.records, 2);
    buf_done(&r.shown);
}

// A first object, one of `size` octets that are lines of inner objects, and what comes after.
static struct reading read_large(size_t size, str after)
{
    const str before = STR("[{\"first\":1},{");
    const str inner = STR("\n    \"inner\": {}");
    char *text = malloc(before.len + size + inner.len + after.len);
    assert_non_null(text);
    memcpy(text, before.at, before.len);
    size_t len = before.len;
    while (len < before.len + size) {
        memcpy(text + len, inner.at, inner.len);
        len += inner.len;
    }
    memcpy(text + len, after.at, after.len);
    const struct reading r = read_text((str){ .at = text, .len = len + after.len }, 0);
    free(text);
    return r;
}

static void source_read__drops_an_object_that_is_too_long(void **state)
{
    (void)state;
    static const str afters[] = {
        STR_INIT("\n},{\n\"next\":2}]"),
        STR_INIT("\n},\n  {\n\"next\":2}]"),
        STR_INIT("\n\"x\"\n[ {\n\"next\":2}"),
        STR_INIT("\n, {\n\"next\":2}"),
    };
    for (size_t i = 0; i < COUNT_OF(afters); i++) {
        struct reading r = read_large(SOURCE_LINE_MAX, afters[i]);
        const str shown = { .at = r.shown.at, .len = r.shown.len };
        assert_true(str_starts_with(shown, STR("1:{\"first\":1}|")));
        assert_true(str_ends_with(shown, STR(":{\n\"next\":2}|")));
        assert_int_equal(r.counts.records, 3);
        assert_int_equal(r.counts.dropped[SOURCE_DROP_TOO_LONG], 1);
        buf_done(&r.shown);
    }
    struct reading r = read_large(SOURCE_LINE_MAX / 2, afters[0]);
    assert_int_equal(r.counts.records, 3);
    assert_int_equal(r.counts.dropped[SOURCE_DROP_TOO_LONG], 0);
    buf_done(&r.shown);
}

// What stands between objects and has no end is dropped as well.
static void source_read__drops_a_line_of_a_stream_that_is_too_long(void **state)
{
    (void)state;
    const size_t len = SOURCE_LINE_MAX + 4096;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, "[{}", 3);
    memcpy(text + len - 5, "\n{}\n]", 5);
    struct reading r = read_text((str){ .at = text, .len = len }, 0);
    assert_true(str_eq((str){ .at = r.shown.at, .len = r.shown.len }, STR("1:{}|2:{}|")));
    assert_int_equal(r.counts.records, 3);
    assert_int_equal(r.counts.dropped[SOURCE_DROP_TOO_LONG], 1);
    buf_done(&r.shown);
    free(text);
}

static void write_file(char *path, str text)
{
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.at, text.len), text.len);
    assert_int_equal(close(fd), 0);
}

static void source_open__knows_each_input_by_itself(void **state)
{
    (void)state;
    char a[] = "/tmp/pomona-frame-XXXXXX";
    char b[] = "/tmp/pomona-frame-XXXXXX";
    write_file(a, STR("[{\n\"a\":\"cut"));
    write_file(b, STR("{\"b\":2}\n{\n"));
    const str paths[] = { str_of(a), str_of(b), str_of(a) };
    struct reading r = { 0 };
    const struct source_options options = { 0 };
    struct hosts hosts;
    struct batch batch;
    struct source *source;
    struct err err;
    hosts_init(&hosts);
    batch_init(&batch);
    buf_init(&r.shown, SHOWN_MAX);
    assert_int_equal(source_open(paths, COUNT_OF(paths), &options, &hosts, &source, &err), OK);
    while (source_read(source, &batch, &err) == OK) {
        show(&r, &batch);
        batch_reset(&batch);
    }
    assert_true(str_eq((str){ .at = r.shown.at, .len = r.shown.len },
                       STR("1:{\n\"a\":\"cut|1:{\"b\":2}|2:{|1:{\n\"a\":\"cut|")));
    assert_int_equal(source_counts(source)->inputs_read, 3);
    assert_int_equal(source_counts(source)->inputs_framed, 2);
    assert_int_equal(source_counts(source)->records, 4);
    buf_done(&r.shown);
    source_close(source);
    batch_done(&batch);
    hosts_done(&hosts);
    (void)unlink(a);
    (void)unlink(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_read__takes_the_objects_of_an_array),
        cmocka_unit_test(source_read__takes_objects_one_after_the_other),
        cmocka_unit_test(source_read__knows_strings_escapes_and_nesting),
        cmocka_unit_test(source_read__leaves_lines_as_they_are),
        cmocka_unit_test(source_read__looks_at_no_more_than_a_head),
        cmocka_unit_test(source_read__makes_records_of_what_stands_between_objects),
        cmocka_unit_test(source_read__hands_over_what_is_cut),
        cmocka_unit_test(source_read__finds_the_next_object_after_damage),
        cmocka_unit_test(source_read__counts_brackets_that_are_very_deep),
        cmocka_unit_test(source_read__drops_an_object_that_is_too_long),
        cmocka_unit_test(source_read__drops_a_line_of_a_stream_that_is_too_long),
        cmocka_unit_test(source_open__knows_each_input_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
